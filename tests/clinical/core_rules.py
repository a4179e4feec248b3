"""Shipped assessment rules and short ways to write a patient, for the tests of the clinical core."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import bot.knowledge
from bot.clinical.assess import Assessment, assess
from bot.clinical.assessment_rules import AssessmentRules
from bot.clinical.codes import ANALYTES, SYMPTOMS, Trend
from bot.clinical.findings import B12Course, Finding, LabResult, Patient, Person
from bot.clinical.lab_values import LabValues
from bot.clinical.patient_facts import ANTIBODY_CAUSES, PatientFacts
from bot.clinical.patient_view import PatientView
from bot.clinical.urgency import UrgencyRules
from bot.knowledge.assessment import load_assessment
from bot.knowledge.strict import Fault

FOLDER = Path(bot.knowledge.__file__).parent
TODAY = date(2025, 11, 20)
UNITS = {analyte: unit for analyte, unit in ANALYTES.items() if unit is not None}


@dataclass(frozen=True)
class CoreContent:
    """What the core needs, with no red-flag rule unless a test gives one."""

    assessment: AssessmentRules
    urgency: UrgencyRules = field(default_factory=lambda: UrgencyRules(()))
    version: str = "test"


@cache
def content(region: str = "uk", **switches: bool) -> CoreContent:
    faults: list[Fault] = []
    rules = load_assessment(FOLDER, faults, region=region, switches=switches)
    assert faults == []
    return CoreContent(rules)


def lab(analyte: str, value: str | float, unit: str | None = "usual", **more: Any) -> LabResult:
    """A result in its canonical unit; `unit=None` for a bare number; words for antibodies."""
    scale = content().assessment.thresholds.scale
    if analyte.endswith("antibody"):
        return scale.normalise(analyte, str(value), **more)
    return scale.normalise(analyte, Decimal(str(value)), UNITS[analyte] if unit == "usual" else unit, **more)


def labs(**values: Any) -> tuple[LabResult, ...]:
    """`labs(b12=120, mcv=108)`."""
    return tuple(lab(analyte, value) for analyte, value in values.items())


def finding(code: str, **more: Any) -> Finding:
    course = more.pop("course", None)
    return Finding(code, trend=Trend(course) if course else None, **more)


def patient(
    *findings: str | Finding, results: tuple[LabResult, ...] = (), confirmed: bool | None = None, **more: Any
) -> Patient:
    """Findings by code; the fields of person and treatment by name."""
    listed = [item if isinstance(item, Finding) else Finding(item) for item in findings]
    person = {key: more.pop(key) for key in ("age", "sex", "pregnant", "trimester") if key in more}
    asked = frozenset(more.pop("asked", ()))
    return Patient(
        person=Person(**person),
        symptoms=tuple(item for item in listed if item.code in SYMPTOMS),
        history=tuple(item for item in listed if item.code not in SYMPTOMS),
        labs=results,
        treatment=B12Course(**more),
        deficiency_confirmed_by_doctor=confirmed,
        asked=asked,
    )


def judged(who: Patient, *, region: str = "uk", level: Any = None, **switches: bool) -> Assessment:
    extra = {} if level is None else {"level": level}
    return assess(who, content(region, **switches), today=TODAY, **extra)


def facts_of(who: Patient, *, region: str = "uk") -> tuple[PatientFacts, LabValues]:
    rules = content(region).assessment
    values = LabValues(who.labs, thresholds=rules.thresholds, today=TODAY)
    antibodies = {code: values.word(code) for code in ANTIBODY_CAUSES}
    return PatientFacts(PatientView(who), rules, antibodies=antibodies), values


def with_urgency(rules: UrgencyRules) -> CoreContent:
    return replace(content(), urgency=rules)
