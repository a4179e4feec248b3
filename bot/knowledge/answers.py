"""
Read the reviewed answers (answers/*.yml) and refuse a bank with a hole or a slip in it.

Checked at the start: every topic once, known sources and coverage ids, known
placeholders, must-say phrases present and never-say phrases absent in the text as a
patient would read it, in every region.  The reading grade is checked by the tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from bot.clinical.answers import (
    REGIONS,
    TOPICS,
    Answer,
    Answers,
    AnswerText,
    phrases_forbidden,
    phrases_missing,
)
from bot.clinical.wording import CONTACT_FACTS, holes
from bot.knowledge.coverage import coverage_ids
from bot.knowledge.interview import load_unset_facts
from bot.knowledge.provenance import provenance, source_ids, sources_of
from bot.knowledge.strict import Fault, Row, rows


def load_answers(folder: Path, faults: list[Fault]) -> Answers:
    """The answer bank from `folder` (bot/knowledge); every fault is added to the list."""
    known = source_ids(folder)
    items = coverage_ids(folder)
    closings = _closings(folder, faults, known)
    found: dict[str, Answer] = {}
    for path in sorted((folder / "answers").glob("*.yml")):
        for row in rows(path, faults):
            answer = _answer(row, faults, closings=closings, known=known, items=items)
            if answer.id in found:
                row.fault(f"'{answer.id}' is answered in another file too; keep one.")
            found[answer.id] = answer
    for topic in TOPICS:
        if topic not in found:
            faults.append(Fault("answers", topic, "has no answer; write one in the file of its subject."))
    answers = Answers(
        by_id={topic: found[topic] for topic in TOPICS if topic in found},
        unset=load_unset_facts(folder, faults),
        us_spelling=load_us_spelling(folder, faults),
    )
    _check_phrases(answers, faults)
    return answers


def load_us_spelling(folder: Path, faults: list[Fault]) -> dict[str, str]:
    """UK word to US word, lower case."""
    known = source_ids(folder)
    words = {}
    for row in rows(folder / "us_spelling.yml", faults):
        word = row.text("id")
        if word != word.lower():
            row.fault("'id' must be lower case; capitals in the text are kept by themselves.")
        words[word] = row.text("us")
        provenance(row, known)
    return words


def _closings(folder: Path, faults: list[Fault], known: frozenset[str]) -> dict[str, str]:
    closings = {}
    for row in rows(folder / "answer_closings.yml", faults):
        closings[row.text("id")] = row.text("text")
        provenance(row, known)
    return closings


def _answer(
    row: Row, faults: list[Fault], *, closings: Mapping[str, str], known: frozenset[str], items: frozenset[str]
) -> Answer:
    closing = row.optional_text("closing")
    if closing is not None and closing not in closings:
        row.fault(f"'closing' is '{closing}'. Allowed: {', '.join(closings)}.")
    text = AnswerText(short=row.text("short"), more=row.text("more"))
    covers = row.texts("covers")
    for item in covers:
        if item not in items:
            row.fault(f"'covers' names '{item}', which is no row of coverage.yml.")
    answer = Answer(
        id=row.choice("id", TOPICS),
        question=row.text("question"),
        text=text,
        closing=closings.get(closing or "", ""),
        must_say=_alternatives(row),
        never_say=_lower(row, row.texts("never_say", required=True)),
        sources=sources_of(row, known, key="sources"),
        covers=covers,
        status=row.status(),
        next_review=_date(row),
        regions=_regions(row, text, faults),
    )
    for part in (text, *answer.regions.values()):
        _known_holes(row, part)
    row.done()
    return answer


def _regions(row: Row, text: AnswerText, faults: list[Fault]) -> dict[str, AnswerText]:
    """Wording for regions where facts differ; what a region does not write is shared."""
    data = row.raw("regions")
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        row.fault("'regions' must hold uk, us or eu, each with 'short' or 'more'.")
        return {}
    found = {}
    for region, parts in data.items():
        if region not in REGIONS:
            row.fault(f"'regions' names '{region}'. Allowed: {', '.join(REGIONS)}.")
            continue
        part = Row(parts, file=row.file, row=f"{row.row}, {region}", faults=faults)
        found[region] = AnswerText(
            short=part.text("short", default=text.short), more=part.text("more", default=text.more)
        )
        part.done()
    return found


def _alternatives(row: Row) -> tuple[tuple[str, ...], ...]:
    value = row.raw("must_say")
    well_formed = isinstance(value, list) and all(
        isinstance(options, list) and options and all(isinstance(option, str) for option in options)
        for options in value
    )
    if not well_formed or not value:
        row.fault("'must_say' must be a list of lists: of each inner list one phrase has to appear.")
        return ()
    return tuple(_lower(row, tuple(options)) for options in value)


def _lower(row: Row, phrases: tuple[str, ...]) -> tuple[str, ...]:
    for phrase in phrases:
        if phrase != phrase.lower():
            row.fault(f"'{phrase}' must be lower case; case is ignored when it is looked for.")
    return phrases


def _date(row: Row) -> date:
    value = row.raw("next_review")
    if type(value) is not date:
        row.fault(f"'next_review' must be a date such as 2027-11-20, found {value!r}.")
        return date.max
    return value


def _known_holes(row: Row, part: AnswerText) -> None:
    for text in (part.short, part.more):
        for hole in holes(text):
            if hole not in CONTACT_FACTS:
                row.fault(f"unknown placeholder {{{hole}}}. Allowed: {', '.join(CONTACT_FACTS)}.")
        if text.count("{") != len(holes(text)) or text.count("}") != len(holes(text)):
            row.fault("a brace stands alone; placeholders look like {clinic_phone}.")


def _check_phrases(answers: Answers, faults: list[Fault]) -> None:
    """In the shared spelling, so that one list serves all regions; placeholders stand as written."""
    for answer in answers:
        for region in REGIONS:
            part = answer.text_for(region)
            text = "\n".join((part.short, part.more, answer.closing))
            for options in phrases_missing(answer, text):
                faults.append(Fault("answers", f"{answer.id}, {region}", f"does not say any of: {', '.join(options)}."))
            for phrase in phrases_forbidden(answer, text):
                faults.append(Fault("answers", f"{answer.id}, {region}", f"says '{phrase}', which it must not."))
