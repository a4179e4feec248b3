"""
What is still unknown: which codes an assessment lacks, and which question comes next.

`key_missing` names what could change the answer; `next_questions` says which questions of
the interview are still open.  A question that was answered with "don't know" is not put
again, and what it asked for stays missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.clinical.assessment_rules import AssessmentRules
from bot.clinical.codes import ANALYTES, HISTORY, SYMPTOMS
from bot.clinical.lab_facts import Band, LabFacts
from bot.clinical.lab_values import LabValues, Unusable
from bot.clinical.patient_facts import PatientFacts
from bot.clinical.patient_view import PatientView
from bot.clinical.route import RouteChoice

#: What decides most comes first; every other code follows in the order of the vocabularies.
_FIRST = (
    "b12_unit",
    "b12",
    "active_b12",
    "mma",
    "homocysteine",
    "kidney_disease",
    "folate",
    "last_b12",
    "current_b12_injections",
    "current_oral_b12",
    "pregnant",
    "age",
    "nitrous_oxide",
    "intrinsic_factor_antibody",
)

#: Every code that `key_missing` may hold, in the order in which it is shown.
MISSING_ORDER = (*_FIRST, *(code for code in (*SYMPTOMS, *HISTORY, *ANALYTES) if code not in _FIRST))

#: The questions that come before the assessment is offered; then all that the interview may put, in their order.
BEFORE_ASSESSMENT = ("age", "pregnant", "current_b12", "b12", "b12_unit", "main_symptoms", "cause")
QUESTION_ORDER = (
    "concerns_now",
    *BEFORE_ASSESSMENT,
    "blood_count",
    "mma",
    "kidney_disease",
    "intrinsic_factor_antibody",
    "tablets",
    "safety",
    "matters",
    "share_consent",
)


def key_missing(choice: RouteChoice, values: LabValues) -> tuple[str, ...]:
    """The codes of what is not known and could change indications or route."""
    facts, labs, rule = choice.basis.facts, choice.basis.labs, choice.rule
    if rule == "R1":
        return ()
    missing = {*_about_the_person(facts), *_about_treatment(facts, rule)}
    if rule != "R2":
        missing |= {*_about_b12(labs), *_about_symptoms(facts), *_about_cause(facts, labs, rule)}
        missing |= {*_about_metabolites(facts, labs, values), *_about_blood(values), *_about_tablets(facts)}
    return tuple(code for code in MISSING_ORDER if code in missing)


def _about_the_person(facts: PatientFacts) -> Iterable[str]:
    person, windows = facts.view.patient.person, facts.rules.thresholds.windows
    if person.age is None:
        yield "age"
    of_age = person.age is None or person.age < windows.pregnancy_asked_below_age
    if facts.view.pregnant is None and of_age:
        yield "pregnant"


def _about_treatment(facts: PatientFacts, rule: str) -> Iterable[str]:
    view, treatment = facts.view, facts.treatment
    if rule == "R2":
        if treatment.days_since_last_injection is None:
            yield "last_b12"
        return
    injections = view.unknown("current_b12_injections") and treatment.days_since_last_injection is None
    tablets = view.unknown("current_oral_b12") and treatment.days_since_last_tablet is None
    if injections:
        yield "current_b12_injections"
    if tablets:
        yield "current_oral_b12"
    on_tablets_since = facts.on_tablets and treatment.days_since_last_tablet is None
    if (injections and tablets) or on_tablets_since:
        yield "last_b12"


def _about_b12(labs: LabFacts) -> Iterable[str]:
    problem = labs.total.problem
    if problem is Unusable.UNIT:
        yield "b12_unit"
    elif not labs.b12_usable:
        yield "b12"
    if labs.lowered or (labs.total.band is not None and labs.active.problem not in (None, Unusable.ABSENT)):
        yield "active_b12"


def _about_symptoms(facts: PatientFacts) -> Iterable[str]:
    nerves = facts.rules.group("neuro_core")
    if all(facts.view.unknown(code) for code in nerves):
        yield from nerves


def _about_cause(facts: PatientFacts, labs: LabFacts, rule: str) -> Iterable[str]:
    view = facts.view
    if view.unknown("nitrous_oxide") and not labs.deficient:
        yield "nitrous_oxide"
    for present in facts.causes:
        if present.cause.weights and view.detail(present.cause.code) is None:
            yield present.cause.code  # its extent decides how much it counts
    settled = facts.antibodies.get("intrinsic_factor_antibody") in ("positive", "negative")
    if not settled and not facts.cause_known and (labs.confirmed or labs.indeterminate or rule == "R6b"):
        yield "intrinsic_factor_antibody"


def _about_metabolites(facts: PatientFacts, labs: LabFacts, values: LabValues) -> Iterable[str]:
    taken_after_b12 = not labs.b12_usable and Unusable.RECENT_B12 in (labs.total.problem, labs.active.problem)
    open_band = labs.indeterminate or taken_after_b12 or _disagree(labs)
    hidden = labs.unlikely and (facts.neuro or facts.antibodies.get("intrinsic_factor_antibody") == "positive")
    wanted = open_band or hidden
    if wanted and not labs.mma.usable:
        yield "mma"
    if wanted and facts.neuro and not labs.homocysteine.usable and not labs.metabolite_raised:
        yield "homocysteine"
    if facts.view.unknown("kidney_disease") and (labs.mma.raised or labs.mma.age_decides or labs.homocysteine.raised):
        yield "kidney_disease"
    if labs.homocysteine.raised and not labs.metabolite_raised and isinstance(values.reading("folate"), Unusable):
        yield "folate"


def _about_blood(values: LabValues) -> Iterable[str]:
    for analyte in ("haemoglobin", "mcv"):
        if isinstance(values.reading(analyte), Unusable):
            yield analyte


def _about_tablets(facts: PatientFacts) -> Iterable[str]:
    treatment = facts.treatment
    if facts.view.has("oral_b12_failed") and None in (treatment.oral_trial_days, treatment.oral_dose_ug):
        yield "oral_b12_failed"


def _disagree(labs: LabFacts) -> bool:
    bands: set[Band | None] = {labs.total.band, labs.active.band}
    return None not in bands and len(bands) > 1


@dataclass(frozen=True)
class OpenQuestions:
    """Question codes still to be put, in their order; those in `required` come before the assessment is offered."""

    codes: tuple[str, ...]

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(code for code in self.codes if code in BEFORE_ASSESSMENT)


def open_questions(facts: PatientFacts, labs: LabFacts, values: LabValues, rules: AssessmentRules) -> OpenQuestions:
    """The interview's questions that are neither answered by what is known nor were put before."""
    view = facts.view
    asked = view.patient.asked
    known = {
        "age": view.patient.person.age is not None,
        "pregnant": _pregnancy_known(facts, rules),
        "current_b12": _treatment_known(facts),
        "b12": bool(values.all("b12") or values.all("active_b12")),
        "b12_unit": labs.total.problem is not Unusable.UNIT or labs.b12_usable,
        "main_symptoms": _symptoms_known(view, rules),
        "cause": _cause_known(view, rules),
        "blood_count": bool(values.all("haemoglobin") or values.all("mcv")),
        "mma": bool(values.all("mma") or values.all("homocysteine")) or not _borderline(labs),
        "kidney_disease": not view.unknown("kidney_disease") or not (_borderline(labs) or values.all("mma")),
        "intrinsic_factor_antibody": bool(values.all("intrinsic_factor_antibody"))
        or facts.cause_known
        or not (labs.confirmed or labs.indeterminate),
        "tablets": _tablets_known(facts),
        "safety": not any(view.unknown(code) for code in rules.group("safety_questions")),
    }
    return OpenQuestions(tuple(code for code in QUESTION_ORDER if not known.get(code, False) and code not in asked))


def _pregnancy_known(facts: PatientFacts, rules: AssessmentRules) -> bool:
    if facts.view.pregnant is not None:
        return True
    age = facts.view.patient.person.age
    return age is not None and age >= rules.thresholds.windows.pregnancy_asked_below_age


def _treatment_known(facts: PatientFacts) -> bool:
    view, treatment = facts.view, facts.treatment
    if not view.unknown("current_b12_injections") or not view.unknown("current_oral_b12"):
        return True
    return treatment.days_since_last_injection is not None or treatment.days_since_last_tablet is not None


def _symptoms_known(view: PatientView, rules: AssessmentRules) -> bool:
    """Signs from the nerves were told, or were denied by somebody who told how they feel."""
    nerves = rules.group("neuro_core")
    if any(view.has(code) for code in nerves) or not any(view.unknown(code) for code in nerves):
        return True
    return any(not view.unknown(code) for code in nerves) and any(view.has(code) for code in SYMPTOMS)


def _cause_known(view: PatientView, rules: AssessmentRules) -> bool:
    return any(
        view.has(code) for code, cause in rules.causes.items() if cause.explains or cause.kind == "nitrous_oxide"
    )


def _tablets_known(facts: PatientFacts) -> bool:
    treatment = facts.treatment
    if treatment.oral_trial_days is not None or not facts.view.unknown("oral_b12_failed"):
        return True
    return facts.view.denied("current_oral_b12")


def _borderline(labs: LabFacts) -> bool:
    """A second-line test could settle what B12 left open."""
    unusable = not labs.b12_usable and labs.total.problem not in (Unusable.ABSENT, Unusable.OLD)
    return labs.indeterminate or unusable or labs.metabolite_uncertain
