"""
What one conversation knows of its patient, and which questions were put.

A `Picture` is immutable: hearing a message gives a new one.  It is stored as plain
JSON between messages.  The rules of merging are the patient's: the last statement
about a thing wins, and what was not said stays unknown.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.clinical.codes import SYMPTOMS
from bot.clinical.findings import B12Course, Finding, LabResult, Patient, Person
from bot.conversation.plain import from_plain, to_plain


@dataclass(frozen=True)
class Asked:
    """How often a question was put, and how it was answered: "answered", "unknown", "declined" or not yet."""

    times: int = 0
    missed: int = 0  # replies that said something else; a question in between is no miss
    outcome: str | None = None


@dataclass(frozen=True)
class Conflict:
    """
    Two statements about one thing that cannot both be so; the patient is asked once which holds.

    `first` and `then` are the patient's own words.  For results `before` and `after` hold the
    two; for a finding `present` is what the later statement said.
    """

    code: str
    first: str
    then: str
    present: bool | None = None
    before: LabResult | None = None
    after: LabResult | None = None
    settled: bool = False


@dataclass(frozen=True)
class Picture:
    """Everything that is known after `turns` messages of the patient."""

    patient: Patient = field(default_factory=Patient)
    questions: Mapping[str, Asked] = field(default_factory=dict)
    turns: int = 0
    assessed: bool = False
    verdict: tuple[str, ...] = ()  # indications, route and flags of the last assessment
    last_topic: str | None = None  # the FAQ topic answered last, for "more"
    offered_topics: tuple[str, ...] = ()  # a "did you mean" that is waiting
    quotes: Mapping[str, str] = field(default_factory=dict)  # code -> the clause it was read from
    contact: Mapping[str, str] = field(default_factory=dict)
    put_down: tuple[str, ...] = ()  # doubtful results that nobody could confirm, as "analyte:value"
    explained: str | None = None  # what was explained last: "assessment" or "answer"
    paused: bool = False
    in_crisis: bool = False  # urgent advice was about thoughts of suicide or self-harm
    pressing: str | None = None  # a question that was not understood: put it once more, in other words
    conflicts: tuple[Conflict, ...] = ()  # statements that do not go together, in the order they came up
    shared: bool | None = None  # the patient let the clinic team read the summary

    def to_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = to_plain(self)
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any] | None) -> Picture:
        return from_plain(cls, plain) if plain else cls()

    def asked(self, code: str) -> Asked:
        return self.questions.get(code, Asked())

    def with_question(self, code: str, **changes: Any) -> Picture:
        """The same picture with the question's record changed; an outcome also counts as asked for the core."""
        questions = {**self.questions, code: replace(self.asked(code), **changes)}
        closed = frozenset(name for name, record in questions.items() if record.outcome)
        return replace(self, questions=questions, patient=replace(self.patient, asked=closed))

    def learn(
        self,
        *,
        findings: tuple[Finding, ...] = (),
        labs: tuple[LabResult, ...] = (),
        person: Person | None = None,
        treatment: B12Course | None = None,
        deficiency_confirmed_by_doctor: bool | None = None,
    ) -> Picture:
        """The picture after these statements; later ones replace earlier ones about the same thing."""
        patient = self.patient
        symptoms = _merge(patient.symptoms, (f for f in findings if f.code in SYMPTOMS))
        history = _merge(patient.history, (f for f in findings if f.code not in SYMPTOMS))
        confirmed = deficiency_confirmed_by_doctor
        return replace(
            self,
            patient=replace(
                patient,
                symptoms=symptoms,
                history=history,
                labs=_merge_labs(patient.labs, labs),
                person=_fill(patient.person, person),
                treatment=_fill(patient.treatment, treatment),
                deficiency_confirmed_by_doctor=(
                    confirmed if confirmed is not None else patient.deficiency_confirmed_by_doctor
                ),
            ),
        )

    @property
    def doubtful(self) -> LabResult | None:
        """A result that is unusual for its test and that the patient has not been able to confirm yet."""
        for lab in self.patient.labs:
            if lab.implausible and not lab.confirmed and lab_key(lab) not in self.put_down:
                return lab
        return None

    @property
    def conflict(self) -> Conflict | None:
        """Statements that do not go together and that the patient has not been asked about to the end."""
        return next((conflict for conflict in self.conflicts if not conflict.settled), None)

    def settle(self, conflict: Conflict) -> Picture:
        """The same picture with this conflict asked about."""
        kept = tuple(replace(known, settled=known.settled or known == conflict) for known in self.conflicts)
        return replace(self, conflicts=kept)

    def with_lab(self, before: LabResult, after: LabResult) -> Picture:
        """The same picture with one result exchanged."""
        labs = tuple(after if lab == before else lab for lab in self.patient.labs)
        return replace(self, patient=replace(self.patient, labs=labs))

    def without_lab(self, lab: LabResult) -> Picture:
        return replace(
            self, patient=replace(self.patient, labs=tuple(known for known in self.patient.labs if known != lab))
        )


def lab_key(lab: LabResult) -> str:
    """Names a result among those of one patient."""
    return f"{lab.analyte}:{lab.value}"


def _merge(known: tuple[Finding, ...], new: Any) -> tuple[Finding, ...]:
    """The last statement about a code wins; what it leaves unsaid (duration, detail) is kept from before."""
    by_code = {finding.code: finding for finding in known}
    for finding in new:
        before = by_code.get(finding.code)
        if before is not None and before.present == finding.present:
            finding = _fill(before, finding)
        by_code[finding.code] = finding
    return tuple(by_code.values())


def _merge_labs(known: tuple[LabResult, ...], new: tuple[LabResult, ...]) -> tuple[LabResult, ...]:
    """The same analyte with the same number and date is one result, now better known; others are added."""
    labs = list(known)
    for lab in new:
        for index, before in enumerate(labs):
            if before.analyte == lab.analyte and before.value == lab.value and before.date in (None, lab.date):
                labs[index] = lab if lab.unit or not before.unit else before
                break
        else:
            labs.append(lab)
    return tuple(labs)


def _fill(before: Any, after: Any) -> Any:
    """`after`, with every field it leaves at None taken from `before`."""
    if after is None:
        return before
    kept = {f.name: getattr(before, f.name) for f in dataclasses.fields(after) if getattr(after, f.name) is None}
    return replace(after, **kept)
