"""
Explain an assessment to the patient, in the reviewed words and with their own.

The route label is for staff; patients get the reasons clinicians recognise, what is
missing and what to ask.  No sentence is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.clinical.assess import Assessment, Reason
from bot.clinical.findings import LabResult
from bot.clinical.wording import InterviewWords, QuickReply
from bot.conversation.picture import Picture
from bot.conversation.ports import Button, Reply
from bot.conversation.telling import joined, lab_phrase, sources_line

#: More would not be read; the summary has all of it.
_MOST_MISSING = 5
_MOST_QUESTIONS = 5
_MOST_RESULTS = 4


class SourceNames(Protocol):
    """Names of published sources by id, without repeats."""

    def __call__(self, ids: Sequence[str]) -> list[str]: ...


def explain_assessment(
    assessment: Assessment,
    picture: Picture,
    *,
    words: InterviewWords,
    facts: Mapping[str, str],
    region: str,
    sources: SourceNames,
) -> tuple[Reply, ...]:
    """The assessment as two or three messages; the last one offers what can come next."""
    if assessment.route == "out_of_scope":
        return (Reply(words.say("under_16", nth=0, **facts)),)
    custom = {"kind": "assessment", "indications": list(assessment.indications)}
    reasons = _reasons(assessment, picture, words, facts, region)
    used = sources([source for reason in assessment.reasons for source in reason.source])
    if used:
        reasons.append(sources_line(words, used))
    replies = [Reply("\n\n".join(reasons), custom=custom)]
    missing = _missing(assessment, words)
    if missing:
        replies.append(Reply("\n".join([words.say("missing_intro"), *missing])))
    replies.append(Reply("\n".join([words.say("ask_clinician_intro"), *_questions(words)])))
    buttons = tuple(_button(words, key) for key in ("button_summary", "button_questions", "button_human"))
    replies.append(Reply(words.say("assessment_end"), buttons))
    return tuple(replies)


def quoted(picture: Picture, codes: Sequence[str]) -> list[str]:
    """The patient's own clauses behind these codes, each once."""
    return list(dict.fromkeys(picture.quotes[code] for code in codes if picture.quotes.get(code)))


def _reasons(
    assessment: Assessment, picture: Picture, words: InterviewWords, facts: Mapping[str, str], region: str
) -> list[str]:
    by_code = {reason.code: reason for reason in assessment.reasons}
    parts = [words.say("assessment_intro")]
    if assessment.provisional:
        parts.append(words.say("assessment_on_what_you_said"))
    if assessment.indications:
        parts.append(words.say("indications_intro"))
        parts += [
            _indication(code, by_code.get(code), picture, words, facts, region) for code in assessment.indications
        ]
    elif assessment.route in ("oral_reasonable", "confirm_first", "not_supported"):
        parts.append(words.say("indications_none"))
    results = [lab_phrase(words, lab) for lab in picture.patient.labs if _usable(lab)]
    if results and assessment.route is not None:
        parts.append(words.say("because_results", items=joined(words, results[-_MOST_RESULTS:])))
    if assessment.route is not None:
        parts.append(words.explain(assessment.route, region=region, **facts))
    if assessment.possible:
        parts.append(words.say("indications_possible"))
        parts += [f"- **{words.name(code)}**" for code in assessment.possible]
    for code in (*assessment.treated, *assessment.causes, *assessment.flags):
        parts.append(words.explain(code, region=region, **facts))
    return parts


def _usable(lab: LabResult) -> bool:
    """A result that the assessment could read; one in doubt counts only once it was confirmed."""
    known = lab.canonical_value is not None or isinstance(lab.value, str)
    return known and (not lab.implausible or lab.confirmed)


def _indication(
    code: str,
    reason: Reason | None,
    picture: Picture,
    words: InterviewWords,
    facts: Mapping[str, str],
    region: str,
) -> str:
    said = quoted(picture, reason.found) if reason else []
    because = " ".join(words.say("because_you_said", words=text) for text in said)
    explained = words.explain(code, region=region, **facts)
    return f"- **{words.name(code)}**: {explained} {because}".rstrip()


def _missing(assessment: Assessment, words: InterviewWords) -> list[str]:
    return [f"- {words.name(code)}: {words.why(code)}" for code in assessment.key_missing[:_MOST_MISSING]]


def _questions(words: InterviewWords) -> list[str]:
    return [f"- {words.name(code)}" for code in words.group("clinician_questions")[:_MOST_QUESTIONS]]


def _button(words: InterviewWords, key: str) -> Button:
    reply = QuickReply(title=words.say(key), say=words.say(key))
    return Button(reply.title, reply.say)
