"""The route rules where worked examples stop: switches, borrowed rules and the order between rules."""

from __future__ import annotations

import pytest

from bot.clinical.codes import ROUTES
from bot.clinical.findings import Patient
from bot.clinical.route import RULES
from tests.clinical.core_rules import finding, judged, lab, labs, patient

INJECTION, ORAL, CONFIRM = "injection_favoured", "oral_reasonable", "confirm_first"
INSUFFICIENT, NOT_SUPPORTED = "insufficient_information", "not_supported"


def answer(who: Patient, **options: object) -> tuple[str | None, str]:
    assessment = judged(who, **options)  # type: ignore[arg-type]
    return assessment.route, assessment.rule


def test_every_rule_gives_only_routes_of_the_contract() -> None:
    assert {route for routes in RULES.values() for route in routes} == set(ROUTES)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        # R2 before everything that follows
        (patient("current_b12_injections", results=labs(b12=120)), ("already_treated", "R2")),
        (
            patient("current_b12_injections", days_since_last_injection=90, injection_interval_days=0),
            ("already_treated", "R2"),
        ),
        (
            patient("current_b12_injections", days_since_last_injection=91, injection_interval_days=0),
            (INSUFFICIENT, "R3"),
        ),
        # R3b and who is left out of it
        (patient(results=labs(intrinsic_factor_antibody="positive")), (INSUFFICIENT, "R3b")),
        (patient(finding("ileal_resection", detail="complete")), (INSUFFICIENT, "R3b")),
        (patient(finding("ileal_resection", detail="partial")), (INSUFFICIENT, "R3")),
        (patient("bariatric_surgery"), (INSUFFICIENT, "R3")),
        (patient("pernicious_anaemia", results=(lab("b12", 90, date="2020"),)), (INSUFFICIENT, "R3b")),
        (patient("pernicious_anaemia", results=labs(haemoglobin=110, mcv=112)), (INSUFFICIENT, "R3b")),
        (patient("pernicious_anaemia", days_since_last_tablet=2), (INSUFFICIENT, "R3")),
        # R3c: confirmed, number not usable
        (patient("pernicious_anaemia", confirmed=True), (INJECTION, "R3c/R5")),
        (patient(confirmed=True, results=(lab("b12", 90, date="2020"),)), (ORAL, "R3c/R6")),
        (patient(confirmed=True, results=(lab("b12", 30),)), (ORAL, "R3c/R6")),
        (patient(confirmed=True, results=(lab("b12", 150, comparator="<"),)), (ORAL, "R3c/R6")),
        (patient(confirmed=True, pregnant=True), (INJECTION, "R3c/R5")),
        (patient(confirmed=True, results=labs(mcv=108)), (CONFIRM, "R3c/R6b")),
        (patient("fatigue", confirmed=True, age=40, results=labs(mma=620)), (ORAL, "R3c/R6")),
        (patient("fatigue", confirmed=True, age=40, results=labs(mma=180)), (INSUFFICIENT, "R4b")),
        # R4 and R4b
        (patient("current_oral_b12", confirmed=True, results=labs(b12=200)), (CONFIRM, "R4")),
        (patient("current_oral_b12", results=labs(b12=200)), (CONFIRM, "R4")),
        (patient(results=labs(active_b12=90), days_since_last_tablet=3), (CONFIRM, "R4")),
        (patient(results=(lab("b12", 150, None),), days_since_last_tablet=3), (INSUFFICIENT, "R4")),
        (patient(results=(lab("mma", 390, comparator="<"),), age=70), (INSUFFICIENT, "R4")),
        (patient(results=labs(mma=180), age=40, days_since_last_tablet=3), (CONFIRM, "R4")),
        (patient("fatigue", results=labs(b12=900, mma=620), age=40, days_since_last_tablet=3), (ORAL, "R4b/R7")),
        (
            patient("gait_change", results=labs(b12=900, mma=620), age=40, days_since_last_tablet=3),
            (INJECTION, "R4b/R7"),
        ),
        (patient("fatigue", results=labs(homocysteine=30, folate=20)), (INJECTION, "R4b/R7")),
        (patient("fatigue", results=labs(homocysteine=30)), (CONFIRM, "R4b/R7c")),
        (patient("fatigue", results=labs(homocysteine=9)), (INSUFFICIENT, "R4b")),
        (patient("fatigue", results=labs(mma=300)), (CONFIRM, "R4b/R7c")),
        # R9 before R8 and R5, not in pregnancy
        (patient(results=labs(b12=120, active_b12=18)), (ORAL, "R6")),
        (patient(results=labs(b12=300, active_b12=90)), (NOT_SUPPORTED, "R11")),
        (patient("gait_change", results=labs(b12=300, active_b12=18)), (CONFIRM, "R9")),
        (patient("gait_change", pregnant=True, results=labs(b12=300, active_b12=18)), (INJECTION, "R5")),
        (patient(results=(*labs(active_b12=18), lab("b12", 150, None))), (ORAL, "R6")),
        # R8
        (patient("gait_change", pregnant=True, results=labs(b12=120)), (INJECTION, "R8")),
        (patient("oral_b12_failed", pregnant=True, results=labs(b12=120)), (INJECTION, "R8")),
        (patient(pregnant=True, confirmed=True, results=labs(b12=120)), (INJECTION, "R8")),
        (patient(pregnant=True, results=labs(b12=120, homocysteine=30, folate=20)), (INJECTION, "R8")),
        (patient(pregnant=True, results=labs(b12=72)), (INJECTION, "R8")),
        (patient(pregnant=True, age=30, results=labs(b12=120, mma=180)), (NOT_SUPPORTED, "R7d")),
        (patient(pregnant=True, age=30, results=labs(b12=120, mma=620)), (INJECTION, "R7")),
        # R7 family
        (patient("fatigue", "metformin", age=40, results=labs(b12=200, mma=620)), (ORAL, "R7")),
        (patient("fatigue", "alcohol", age=40, results=labs(b12=200, mma=620)), (INJECTION, "R7")),
        (patient("gait_change", "vegan_diet", age=40, results=labs(b12=200, mma=620)), (INJECTION, "R7")),
        (patient(finding("gastrectomy", detail="total"), results=labs(b12=200, mcv=101)), (INJECTION, "R7a")),
        (patient("gastrectomy", results=labs(b12=200, mcv=101)), (CONFIRM, "R7b")),
        (patient("pernicious_anaemia", "gait_change", age=40, results=labs(b12=200, mma=180)), (INJECTION, "R7a")),
        (
            patient("pernicious_anaemia", "gait_change", "kidney_disease", age=40, results=labs(b12=200, mma=620)),
            (INJECTION, "R7a"),
        ),
        (
            patient(
                "pernicious_anaemia",
                "gait_change",
                "current_oral_b12",
                results=(lab("b12", 200, date="2025-02-01"),),
                oral_trial_days=60,
            ),
            (CONFIRM, "R7b"),
        ),
        (patient(results=labs(b12=200, homocysteine=9)), (CONFIRM, "R7b")),
        (patient(results=labs(b12=200, homocysteine=18)), (CONFIRM, "R7c")),
        (patient(age=40, results=labs(b12=200, mma=180, intrinsic_factor_antibody="positive")), (CONFIRM, "R7e")),
        (patient("gait_change", age=40, results=labs(b12=200, mma=180, homocysteine=18)), (CONFIRM, "R7e")),
        (patient("brain_fog", age=40, results=labs(b12=200, mma=180)), (NOT_SUPPORTED, "R7d")),
        (patient("coeliac_disease", age=40, results=labs(b12=200, mma=180)), (NOT_SUPPORTED, "R7d")),
        (patient("gait_change", age=40, results=labs(b12=200, mma=180, homocysteine=9)), (NOT_SUPPORTED, "R7d")),
        # R10 and R11
        (patient(results=labs(b12=300, intrinsic_factor_antibody="positive")), (CONFIRM, "R10")),
        (patient(age=None, results=labs(b12=300, mma=300)), (CONFIRM, "R10")),
        (patient("gait_change", "gastrectomy", results=labs(b12=300)), (CONFIRM, "R10")),
        (patient("gait_change", "coeliac_disease", results=labs(b12=300)), (NOT_SUPPORTED, "R11")),
        (patient("fatigue", "gastrectomy", results=labs(b12=300)), (NOT_SUPPORTED, "R11")),
        (patient("fatigue", results=labs(b12=300, homocysteine=40, folate=20)), (NOT_SUPPORTED, "R11")),
        (patient("fatigue", "nitrous_oxide", results=labs(b12=300, homocysteine=40)), (INJECTION, "R10")),
        # R6b
        (patient(results=labs(b12=120, mcv=101)), (CONFIRM, "R6b")),
        (patient(results=labs(b12=120, mcv=100)), (ORAL, "R6")),
        (patient("family_history_pernicious_anaemia", results=labs(b12=120)), (CONFIRM, "R6b")),
        (patient(results=labs(b12=120, parietal_cell_antibody="positive")), (CONFIRM, "R6b")),
        (patient("type_1_diabetes", results=labs(b12=120, intrinsic_factor_antibody="equivocal")), (CONFIRM, "R6b")),
        (patient("vitiligo", "h_pylori", results=labs(b12=120)), (ORAL, "R6")),
        (patient("vitiligo", finding("coeliac_disease", detail="controlled"), results=labs(b12=120)), (ORAL, "R6")),
        (patient("vitiligo", "ulcerative_colitis", results=labs(b12=120)), (CONFIRM, "R6b")),
        (patient("vitiligo", age=80, results=labs(b12=120)), (CONFIRM, "R6b")),
    ],
)
def test_the_first_rule_that_matches_sets_the_route(who: Patient, expected: tuple[str, str]) -> None:
    assert answer(who) == expected


@pytest.mark.parametrize(
    ("switch", "who", "off", "on"),
    [
        ("strong_cause_without_labs", patient("pernicious_anaemia"), (INSUFFICIENT, "R3b"), (INJECTION, "R3b")),
        (
            "pregnancy_total_b12_confirms",
            patient(pregnant=True, results=labs(b12=120)),
            (CONFIRM, "R8"),
            (INJECTION, "R8"),
        ),
        (
            "treat_while_confirming_when_neuro",
            patient("gait_change", results=labs(b12=200)),
            (CONFIRM, "R7b"),
            (INJECTION, "R7b"),
        ),
        (
            "treat_while_confirming_when_neuro",
            patient("fatigue", results=labs(b12=200)),
            (CONFIRM, "R7b"),
            (CONFIRM, "R7b"),
        ),
    ],
)
def test_a_clinic_switch_changes_its_rule_and_nothing_else(
    switch: str, who: Patient, off: tuple[str, str], on: tuple[str, str]
) -> None:
    assert answer(who) == off
    assert answer(who, **{switch: True}) == on


def test_the_us_profile_confirms_a_low_total_in_pregnancy() -> None:
    assert answer(patient(pregnant=True, results=labs(b12=120)), region="us") == (INJECTION, "R8")
    assert answer(patient(pregnant=True, results=labs(b12=120)), region="eu") == (CONFIRM, "R8")


@pytest.mark.parametrize(
    ("who", "rule", "found"),
    [
        (patient(results=labs(b12=500), days_since_last_tablet=3), "R4", ("recent_b12",)),
        (patient(results=(lab("b12", 150, unit=None),)), "R4", ("unit",)),
        (patient(results=(lab("b12", 150, comparator="<"),)), "R4", ("band",)),
        (patient(results=labs(b12=20)), "R4", ("implausible",)),
        (patient(), "R3", ()),
    ],
)
def test_the_reason_names_what_is_wrong_with_a_value(who: Patient, rule: str, found: tuple[str, ...]) -> None:
    assessment = judged(who)
    assert assessment.rule == rule
    assert [reason.found for reason in assessment.reasons if reason.code == assessment.route] == [found]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (patient(age=15, results=labs(b12=120)), ("out_of_scope", "R1")),
        (patient(age=16, results=labs(b12=120)), ("oral_reasonable", "R6")),
        # A usual MMA taken after B12 hides nothing where homocysteine shows the lack and a doctor named it.
        (
            patient(
                "nitrous_oxide",
                age=40,
                confirmed=True,
                results=labs(mma=100, homocysteine=25),
                days_since_last_tablet=3,
            ),
            ("injection_favoured", "R3c/R5"),
        ),
        (
            patient("vitiligo", results=(*labs(b12=120), lab("intrinsic_factor_antibody", "negative"))),
            ("oral_reasonable", "R6"),
        ),
        (
            patient("vitiligo", results=(*labs(b12=120), lab("intrinsic_factor_antibody", "equivocal"))),
            ("confirm_first", "R6b"),
        ),
        (patient("fatigue", "vegan_diet", age=40, results=labs(b12=200, mma=620)), ("oral_reasonable", "R7")),
        (patient("fatigue", "metformin", age=40, results=labs(b12=200, mma=620)), ("oral_reasonable", "R7")),
        (patient("fatigue", "alcohol", age=40, results=labs(b12=200, mma=620)), ("injection_favoured", "R7")),
        (patient("fatigue", age=40, results=labs(b12=300, mma=200)), ("not_supported", "R11")),
        (patient("fatigue", "kidney_disease", age=40, results=labs(b12=300, mma=620)), ("confirm_first", "R10")),
        (patient(age=30, pregnant=True, results=labs(b12=300, mma=620)), ("confirm_first", "R10")),
    ],
)
def test_a_near_case_falls_on_its_own_side(who: Patient, expected: tuple[str, str]) -> None:
    assessment = judged(who)
    assert (assessment.route, assessment.rule) == expected
