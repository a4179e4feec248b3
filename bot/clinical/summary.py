"""
Everything a clinician should see of a talk, as values: what was said, in whose words, and what it adds up to.

Words for it are content; who may see it is decided elsewhere.  What was never asked is
listed as such, because silence is not a "no".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.clinical.assess import Assessment, ClinicalContent, Grounds, assess, grounds_of
from bot.clinical.codes import HISTORY, SYMPTOMS, Level
from bot.clinical.findings import Finding, LabResult, Patient, Words
from bot.clinical.lab_bands import band_of_result
from bot.clinical.lab_values import Reading

#: Rows of names.yml (clinician_questions), in the order in which they are offered.
CLINICIAN_QUESTIONS = (
    "ask_results",
    "ask_cause",
    "ask_plan",
    "ask_recheck",
    "ask_tablets_later",
    "ask_risks",
    "ask_other_tests",
    "ask_danger",
    "ask_missed",
)


class State(str, Enum):
    PRESENT = "present"
    ABSENT = "absent"
    UNSURE = "unsure"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True)
class SummaryItem:
    """One code, what is known of it, and the words it was read from (with their turn) where there are any."""

    code: str
    state: State
    finding: Finding | None = None

    @property
    def words(self) -> Words | None:
        return self.finding.words if self.finding else None


@dataclass(frozen=True)
class SummaryLab:
    """One result; `band` is None where it is open; `usable` False where it must be asked again or has expired."""

    lab: LabResult
    band: str | None
    usable: bool


@dataclass(frozen=True)
class UrgencyEvent:
    """One rise of the level: when in the talk, by which rules, in whose words."""

    level: Level
    category: str | None
    turn: int
    rules: tuple[str, ...]
    words: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Summary:
    symptoms: tuple[SummaryItem, ...]
    history: tuple[SummaryItem, ...]
    facts: tuple[SummaryItem, ...]
    labs: tuple[SummaryLab, ...]
    assessment: Assessment
    urgency: tuple[UrgencyEvent, ...]
    questions: tuple[str, ...]

    def by_state(self, state: State) -> tuple[SummaryItem, ...]:
        return tuple(item for item in (*self.symptoms, *self.history, *self.facts) if item.state is state)


def summarise(
    patient: Patient,
    content: ClinicalContent,
    *,
    today: date,
    level: Level = Level.NONE,
    urgency: tuple[UrgencyEvent, ...] = (),
) -> Summary:
    """
    The whole picture at one moment.

    Args:
        level: The conversation's level now.
        urgency: The rises of the level so far, in order.
    """
    grounds = grounds_of(patient, content, today=today)
    asked_for = (*content.assessment.group("neurologic"), *content.assessment.group("safety_questions"))
    return Summary(
        symptoms=_items(patient.symptoms, SYMPTOMS, asked_for),
        history=_items(patient.history, HISTORY, (*asked_for, *_causes(content))),
        facts=_items(patient.facts, tuple(dict.fromkeys(finding.code for finding in patient.facts)), ()),
        labs=tuple(_lab(lab, grounds) for lab in patient.labs),
        assessment=assess(patient, content, today=today, level=level),
        urgency=urgency,
        questions=CLINICIAN_QUESTIONS,
    )


def _causes(content: ClinicalContent) -> tuple[str, ...]:
    return tuple(code for code, cause in content.assessment.causes.items() if cause.kind != "marker")


def _items(findings: Iterable[Finding], vocabulary: tuple[str, ...], wanted: Iterable[str]) -> tuple[SummaryItem, ...]:
    """Everything said, and of the rest what a clinician would look for, in the order of the vocabulary."""
    said = {finding.code: finding for finding in findings}
    wanted = set(wanted)
    items = []
    for code in dict.fromkeys((*vocabulary, *said)):
        if code in said:
            items.append(SummaryItem(code, _state(said[code]), said[code]))
        elif code in wanted:
            items.append(SummaryItem(code, State.NOT_ASKED))
    return tuple(items)


def _state(finding: Finding) -> State:
    if not finding.present:
        return State.ABSENT
    return State.PRESENT if finding.certain else State.UNSURE


def _lab(lab: LabResult, grounds: Grounds) -> SummaryLab:
    usable = isinstance(lab.value, str) or isinstance(grounds.values.reading_of(lab), Reading)
    return SummaryLab(lab, band_of_result(lab, grounds.facts, grounds.values), usable)
