"""
Say back what was understood, in the reviewed words.

Everything here turns values into sentences of `bot/knowledge`; no sentence is written
in this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.clinical.findings import LabResult
from bot.clinical.wording import InterviewWords
from bot.conversation.hearing import Heard
from bot.conversation.picture import Conflict, Picture
from bot.conversation.questions import VALUE_CHECK

#: At most this many questions in a row without giving something back.
QUESTIONS_IN_A_ROW = 3


def acknowledge(words: InterviewWords, picture: Picture, heard: Heard, *, nth: int, facts: Mapping[str, str]) -> str:
    """One short paragraph that reads back what a message brought; "" when there is nothing to say."""
    sentences = []
    if "writes_for" in heard.person:
        sentences.append(words.say("carer", nth=0, **facts))
    if "low_mood" in heard.noted:
        sentences.append(words.say("low_mood_soft", nth=0, **facts))
    labs = [lab_phrase(words, lab) for lab in heard.labs if not (lab.implausible and not lab.confirmed)]
    present = [_with_duration(words, picture, code) for code in heard.noted]
    present += [] if heard.put_right else labs
    absent = [words.name(code) for code in heard.absent]
    if heard.put_right:
        corrected = labs or [f"{words.name('age')}: {picture.patient.person.age}"]
        if labs or "age" in heard.person:
            sentences.append(words.say("noted_correction", nth=nth, items=joined(words, corrected)))
    if not heard.put_right and "age" in heard.person and heard.changed_age:
        sentences.append(
            words.say("noted_correction", nth=nth, items=f"{words.name('age')}: {picture.patient.person.age}")
        )
    if present and absent:
        sentences.append(words.say("noted_both", nth=nth, items=joined(words, present), absent=joined(words, absent)))
    elif present:
        sentences.append(words.say("noted", nth=nth, items=joined(words, present)))
    elif absent and heard.outcome is None:
        sentences.append(words.say("noted_absent", nth=nth, items=joined(words, absent)))
    in_doubt = picture.conflict.code if picture.conflict else None  # asked about in a moment
    corrected_codes = [code for code in heard.corrected if code != in_doubt]
    if corrected_codes:
        items = [
            f"{words.name(code)}: {words.name('present_yes' if _present(picture, code) else 'present_no')}"
            for code in corrected_codes
        ]
        sentences.append(words.say("noted_correction", nth=nth, items=joined(words, items)))
    if heard.answered == VALUE_CHECK and heard.yes_no == "no":
        sentences.append(words.say("value_unlikely_no", nth=0))
    if heard.two_numbers:
        sentences.append(words.say("value_range", nth=0))
    if not sentences and heard.known and heard.answered is None:
        sentences.append(
            words.say(
                "known_already", nth=nth, items=joined(words, [_so_or_not(words, picture, c) for c in heard.known])
            )
        )
    if not sentences and heard.outcome == "unknown":
        sentences.append(words.say("unknown_ok", nth=nth))
    elif not sentences and heard.outcome == "declined":
        sentences.append(words.say("refuse_ok", nth=nth))
    elif not sentences and (heard.answered or heard.person):
        sentences.append(words.say("ack", nth=nth))
    return " ".join(sentences)


def progress(words: InterviewWords, *, left: int, asked: int) -> str:
    """How many questions are left, now and then; "" where it would only be noise."""
    if asked == 0 or asked % QUESTIONS_IN_A_ROW or left < 1:
        return ""
    return words.say("progress_one", nth=asked) if left == 1 else words.say("progress", nth=asked, count=left)


#: More names than these would be longer than the answer; the page and the staff have all of them.
_SOURCES_SHOWN = 2


def sources_line(words: InterviewWords, names: Sequence[str]) -> str:
    """Where an answer comes from, in one short line."""
    if not names:
        return words.say("sources_intro", sources=words.say("source_unchecked"))
    shown = "; ".join(names[:_SOURCES_SHOWN])
    more = len(names) - _SOURCES_SHOWN
    return (
        words.say("sources_more", sources=shown, count=more) if more > 0 else words.say("sources_intro", sources=shown)
    )


def conflict_question(words: InterviewWords, conflict: Conflict) -> str:
    """The one question about two statements that do not go together."""
    if conflict.before is not None and conflict.after is not None:
        shown = joined(words, [lab_phrase(words, conflict.before), lab_phrase(words, conflict.after)])
        return words.say("conflict_values", date=conflict.after.date or "", items=shown)
    return words.say("conflict", items=words.name(conflict.code), words=conflict.first, text=conflict.then)


def lab_phrase(words: InterviewWords, lab: LabResult) -> str:
    """A result as read: "B12 150 (unit not given)", "haemoglobin 9.8 g/dL"."""
    value = words.name(f"result_{lab.value}") if isinstance(lab.value, str) else f"{lab.value}"
    sign = "" if lab.comparator == "=" else lab.comparator
    unit = f" {lab.unit}" if lab.unit else ""
    if not lab.unit and lab.canonical_value is None and lab.canonical_unit != "" and not isinstance(lab.value, str):
        unit = f" ({words.name('unit_missing')})"
    return f"{words.name(lab.analyte)} {sign}{value}{unit}"


def joined(words: InterviewWords, items: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {words.name('join_and')} {items[-1]}"


def duration_phrase(words: InterviewWords, days: int) -> str:
    """ "for about 6 months", in the largest unit that fits."""
    for key, size in (("since_years", 365), ("since_months", 30), ("since_weeks", 7)):
        if days >= 2 * size or (days >= size and days % size == 0):
            count = round(days / size)
            return words.name(key, count=count) if count > 1 else words.name(key.removesuffix("s"))
    return words.name("since_days", count=days) if days > 1 else words.name("since_day")


def _with_duration(words: InterviewWords, picture: Picture, code: str) -> str:
    for finding in (*picture.patient.symptoms, *picture.patient.history):
        if finding.code == code and finding.duration_days:
            return f"{words.name(code)} {duration_phrase(words, finding.duration_days)}"
    return words.name(code)


def _so_or_not(words: InterviewWords, picture: Picture, code: str) -> str:
    return words.name(code) if _present(picture, code) else f"{words.name(code)}: {words.name('present_no')}"


def _present(picture: Picture, code: str) -> bool:
    return any(f.code == code and f.present for f in (*picture.patient.symptoms, *picture.patient.history))
