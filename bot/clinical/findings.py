"""
What is known about a patient, as values: findings, laboratory results, person.

Language readers make these from text, forms and the batch command make them from
fields, and the decisions (`assess`, `urgency`) take nothing else.  "Not known" is
None or absence and never means "no".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bot.clinical.codes import Side, Trend, When, Who


@dataclass(frozen=True)
class Words:
    """
    Where in a message something was read: Unicode code points, end exclusive.

    `turn` is the 0-based patient message of the conversation.
    """

    start: int
    end: int
    text: str
    turn: int = 0


@dataclass(frozen=True)
class Finding:
    """
    One coded statement: a symptom, a danger fact or a history item.

    `code` is one of SYMPTOMS, DANGER_FACTS or HISTORY.  `detail` refines history
    (gastrectomy "total"|"partial", ileal_resection "complete"|"partial",
    bariatric_surgery "bypass"|"sleeve"|"band"|"balloon", crohns_disease
    "ileum"|"colon", coeliac_disease "active"|"controlled", hormonal_contraception
    "combined"|"progestogen").  All durations and distances in time are whole days.
    """

    code: str
    present: bool = True
    who: Who = Who.PATIENT
    when: When = When.NOW
    certain: bool = True
    duration_days: int | None = None
    days_ago: int | None = None  # when it last happened or was last used
    trend: Trend | None = None
    worse_days: int | None = None  # over how many days it has been getting worse
    sudden: bool | None = None  # True: came on at once; False: said to be gradual
    side: Side | None = None
    detail: str | None = None
    limits_daily_life: bool | None = None
    explained_by_doctor: bool | None = None
    confirmed_by_doctor: bool | None = None
    words: Words | None = None


@dataclass(frozen=True)
class LabResult:
    """
    One laboratory result as said, and in the canonical unit where that is certain.

    `value` is the number as said, or "positive", "negative", "equivocal" for the
    antibodies.  `canonical_value` is None when the unit decides the meaning and was
    not said.  `date` is "2019", "2019-03" or "2019-03-14", None when not said.
    `days_ago` is set where the words give the distance directly ("last week": 7).
    `confirmed` is True once the patient said yes to an implausible value.
    """

    analyte: str
    value: Decimal | str
    comparator: str = "="
    unit: str | None = None
    canonical_value: Decimal | None = None
    canonical_unit: str | None = None
    unit_inferred: bool = False
    date: str | None = None
    days_ago: int | None = None
    implausible: bool = False
    confirmed: bool = False
    old: bool = False  # said to be old, before treatment or already put right
    words: Words | None = None


@dataclass(frozen=True)
class Person:
    """Who the conversation is about.  None is "not known"; "declined" answers are None plus the question in `Patient.asked`."""

    age: int | None = None  # whole years
    sex: str | None = None  # female | male | other
    pregnant: bool | None = None
    trimester: int | None = None  # 1, 2, 3
    writes_for: str | None = None  # "mum", "husband": the writer is not the patient


@dataclass(frozen=True)
class B12Course:
    """Present or past B12 treatment, in days and micrograms; None is "not known"."""

    days_since_last_injection: int | None = None
    injection_interval_days: int | None = None
    days_since_last_tablet: int | None = None
    oral_trial_days: int | None = None
    oral_dose_ug: int | None = None


@dataclass(frozen=True)
class Patient:
    """Everything the clinical core may decide from.  One entry a code in `symptoms` and `history`; labs may repeat by date."""

    person: Person = field(default_factory=Person)
    symptoms: tuple[Finding, ...] = ()
    history: tuple[Finding, ...] = ()
    facts: tuple[Finding, ...] = ()  # danger facts
    labs: tuple[LabResult, ...] = ()
    treatment: B12Course = field(default_factory=B12Course)
    deficiency_confirmed_by_doctor: bool | None = None
    asked: frozenset[str] = frozenset()  # questions already put, answered or not
