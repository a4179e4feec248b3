"""
`b12bot batch assess`: indications, route, flags and level from a patient's fields, line by line.

In: `{"id", "patient": {…}}`; a missing field is unknown, a bare code is present.
An unknown field or code is refused by name: a misspelt code would otherwise count as
"not known" and change the answer without a word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.batch.fields import Fields
from bot.batch.lines import Handler, LineError
from bot.clinical.assess import Assessment, ClinicalContent, Reason, assess
from bot.clinical.codes import ANALYTES, DANGER_FACTS, HISTORY, SYMPTOMS, Trend
from bot.clinical.findings import B12Course, Finding, LabResult, Patient, Person
from bot.clinical.lab_scale import COMPARATORS, ImpossibleValueError, LabError, LabScale
from bot.clinical.lab_values import date_span
from bot.knowledge.content import load_assessment_content

COURSES = {"stable": Trend.STABLE, "worse": Trend.WORSE, "better": Trend.BETTER}
DETAILS: dict[str, tuple[str, ...]] = {
    "gastrectomy": ("total", "partial"),
    "ileal_resection": ("complete", "partial"),
    "bariatric_surgery": ("bypass", "sleeve", "band", "balloon"),
    "crohns_disease": ("ileum", "colon"),
    "coeliac_disease": ("active", "controlled"),
    "hormonal_contraception": ("combined", "progestogen"),
}
PATIENT_FIELDS = (
    "age",
    "sex",
    "pregnant",
    "trimester",
    "symptoms",
    "history",
    "facts",
    "labs",
    "deficiency_confirmed_by_doctor",
    "days_since_last_injection",
    "injection_interval_days",
    "days_since_last_tablet",
    "oral_trial_days",
    "oral_dose_ug",
)
SYMPTOM_FIELDS = (
    "name",
    "present",
    "duration_days",
    "course",
    "worse_days",
    "limits_daily_life",
    "explained_by_doctor",
)
HISTORY_FIELDS = ("name", "present", "detail", "confirmed_by_doctor", "days_ago")
FACT_FIELDS = ("name", "present", "duration_days", "course", "worse_days", "days_ago")
LAB_FIELDS = (
    "analyte",
    "value",
    "comparator",
    "unit",
    "canonical_value",
    "canonical_unit",
    "unit_inferred",
    "date",
    "implausible",
    "start",
    "end",
)


def handler(*, region: str, today: date, profile: Path | None = None) -> Handler:
    """A handler for assess records; loads the content once, with a clinic's own limits and switches where given."""
    return assessing(load_assessment_content(region=region, profile=profile), today=today)


@dataclass(frozen=True)
class _Labs:
    results: list[LabResult] = field(default_factory=list)
    impossible: list[str] = field(default_factory=list)  # analytes of numbers that no laboratory reports


def assessing(content: ClinicalContent, *, today: date) -> Handler:
    """The handler over content that is already loaded."""

    def one(record: dict[str, Any]) -> dict[str, Any]:
        fields = Fields(record.get("patient"), "patient", PATIENT_FIELDS)
        labs = _labs(fields.items("labs"), content.assessment.thresholds.scale)
        assessment = assess(_patient(fields, labs.results), content, today=today)
        if labs.impossible:
            note = content.assessment.notes["impossible_value"]
            told = Reason("impossible_value", note.because, note.source, tuple(labs.impossible))
            assessment = replace(assessment, reasons=(*assessment.reasons, told))
        return _shown(record.get("id"), assessment)

    return one


def _shown(identifier: object, assessment: Assessment) -> dict[str, Any]:
    return {
        "id": identifier,
        "indications": list(assessment.indications),
        "route": assessment.route,
        "rule": assessment.rule,
        "flags": list(assessment.flags),
        "level": assessment.level.code,
        "key_missing": list(assessment.key_missing),
        "reasons": [
            {"code": reason.code, "because": _because(reason), "source": ", ".join(reason.source)}
            for reason in assessment.reasons
        ],
        "content_version": assessment.content_version,
    }


def _because(reason: Reason) -> str:
    return f"{reason.because} ({', '.join(reason.found)})" if reason.found else reason.because


def _patient(fields: Fields, labs: list[LabResult]) -> Patient:
    return Patient(
        person=Person(
            age=fields.whole("age", most=130),
            sex=fields.choice("sex", ("female", "male", "other")),
            pregnant=fields.flag("pregnant"),
            trimester=fields.whole("trimester", least=1, most=3),
        ),
        symptoms=tuple(_symptom(item, place) for item, place in _numbered(fields, "symptoms")),
        history=tuple(_history(item, place) for item, place in _numbered(fields, "history")),
        facts=tuple(_fact(item, place) for item, place in _numbered(fields, "facts")),
        labs=tuple(labs),
        treatment=B12Course(
            days_since_last_injection=fields.whole("days_since_last_injection"),
            injection_interval_days=fields.whole("injection_interval_days"),
            days_since_last_tablet=fields.whole("days_since_last_tablet"),
            oral_trial_days=fields.whole("oral_trial_days"),
            oral_dose_ug=fields.whole("oral_dose_ug"),
        ),
        deficiency_confirmed_by_doctor=fields.flag("deficiency_confirmed_by_doctor"),
    )


def _numbered(fields: Fields, key: str) -> Iterable[tuple[object, str]]:
    """Each item with its place for errors; a bare code stands for an object with that name."""
    for number, item in enumerate(fields.items(key), start=1):
        yield ({"name": item} if isinstance(item, str) else item), f"{key} {number}"


def _symptom(item: object, place: str) -> Finding:
    fields = Fields(item, place, SYMPTOM_FIELDS)
    return Finding(
        code=fields.code("name", SYMPTOMS),
        present=fields.flag("present", default=True) is True,
        duration_days=fields.whole("duration_days"),
        trend=COURSES.get(fields.choice("course", COURSES) or ""),
        worse_days=fields.whole("worse_days"),
        limits_daily_life=fields.flag("limits_daily_life"),
        explained_by_doctor=fields.flag("explained_by_doctor"),
    )


def _history(item: object, place: str) -> Finding:
    fields = Fields(item, place, HISTORY_FIELDS)
    code = fields.code("name", HISTORY)
    return Finding(
        code=code,
        present=fields.flag("present", default=True) is True,
        detail=fields.choice("detail", DETAILS.get(code, ())),
        confirmed_by_doctor=fields.flag("confirmed_by_doctor"),
        days_ago=fields.whole("days_ago"),
    )


def _fact(item: object, place: str) -> Finding:
    fields = Fields(item, place, FACT_FIELDS)
    return Finding(
        code=fields.code("name", DANGER_FACTS),
        present=fields.flag("present", default=True) is True,
        duration_days=fields.whole("duration_days"),
        trend=COURSES.get(fields.choice("course", COURSES) or ""),
        worse_days=fields.whole("worse_days"),
        days_ago=fields.whole("days_ago"),
    )


def _labs(items: list[Any], scale: LabScale) -> _Labs:
    labs = _Labs()
    for number, item in enumerate(items, start=1):
        place = f"labs {number}"
        fields = Fields(item, place, LAB_FIELDS)
        analyte = fields.code("analyte", ANALYTES)
        try:
            result = scale.normalise(
                analyte,
                _value(fields, place),
                fields.text("unit"),
                comparator=fields.choice("comparator", COMPARATORS) or "=",
                date=_date(fields, place),
                # Said to be plausible although we would ask: somebody has confirmed it.
                confirmed=fields.flag("implausible") is False,
            )
        except ImpossibleValueError:
            labs.impossible.append(analyte)
        except LabError as error:
            raise LineError(f"{place}: {error}") from error
        else:
            doubted = fields.flag("implausible") is True
            labs.results.append(replace(result, implausible=True) if doubted else result)
    return labs


def _value(fields: Fields, place: str) -> Decimal | str:
    value = fields.raw("value")
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise LineError(f"{place}: 'value' must be a number, or a word for an antibody.")
    return value if isinstance(value, str) else Decimal(str(value))  # str keeps the digits as they were written


def _date(fields: Fields, place: str) -> str | None:
    text = fields.text("date")
    if text is None:
        return None
    try:
        date_span(text)
    except ValueError as error:
        raise LineError(f"{place}: {error}") from error
    return text
