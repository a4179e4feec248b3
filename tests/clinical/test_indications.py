"""Each indication with the patients it fits and the near ones it does not."""

from __future__ import annotations

import pytest

from bot.clinical.findings import Patient
from tests.clinical.core_rules import finding, judged, lab, labs, patient

LOW = labs(b12=120)
BORDERLINE = labs(b12=200)
USUAL = labs(b12=300)


def codes(who: Patient) -> tuple[str, ...]:
    return judged(who).indications


@pytest.mark.parametrize(
    "code", ["numbness_tingling", "balance_problems", "gait_change", "vision_change", "memory_problems", "brain_fog"]
)
def test_nerve_symptoms_with_a_shown_lack_are_neurologic(code: str) -> None:
    assert "neurologic" in codes(patient(code, results=LOW))
    assert "neurologic" in codes(patient(code, age=40, results=labs(b12=200, mma=620)))
    assert "neurologic" not in codes(patient(code, results=BORDERLINE))


@pytest.mark.parametrize(
    "code", ["dizziness", "headache", "tinnitus", "low_mood", "irritability", "weakness", "fatigue"]
)
def test_soft_symptoms_alone_are_not_neurologic(code: str) -> None:
    assert "neurologic" not in codes(patient(code, results=LOW))


@pytest.mark.parametrize(
    ("symptom", "counts"),
    [
        (finding("numbness_tingling", explained_by_doctor=True), False),
        (finding("numbness_tingling", explained_by_doctor=True, course="stable"), False),
        (finding("numbness_tingling", explained_by_doctor=True, course="worse"), True),
        (finding("numbness_tingling", explained_by_doctor=True, course="new"), True),
        (finding("numbness_tingling", explained_by_doctor=False), True),
        (finding("numbness_tingling", course="better"), True),
        (finding("numbness_tingling", course="gone"), False),
        (finding("numbness_tingling", present=False), False),
    ],
)
def test_an_explained_symptom_counts_only_when_new_or_worse(symptom: object, counts: bool) -> None:
    assert ("neurologic" in codes(patient(symptom, results=LOW))) is counts  # type: ignore[arg-type]


def test_a_change_of_sight_in_lebers_disease_counts_only_when_new_or_worse() -> None:
    leber = "leber_optic_neuropathy"
    assert codes(patient("vision_change", leber, results=LOW)) == ()
    assert "neurologic" in codes(patient(finding("vision_change", course="worse"), leber, results=LOW))
    assert "neurologic" in codes(patient(finding("vision_change", course="new"), leber, results=LOW))


@pytest.mark.parametrize(
    ("who", "severe"),
    [
        (patient(results=labs(b12=73)), True),
        (patient(results=labs(active_b12=9)), True),
        (patient(results=labs(b12=120, haemoglobin=99)), True),
        (patient(results=labs(b12=200, haemoglobin=99)), False),
        (patient(finding("fatigue", limits_daily_life=True), results=LOW), True),
        (patient(finding("fatigue", limits_daily_life=True), results=BORDERLINE), False),
        (patient(finding("fatigue", limits_daily_life=True, explained_by_doctor=True), results=LOW), False),
        (patient(finding("rash", limits_daily_life=True), results=LOW), False),
        (patient(results=labs(b12=120, haemoglobin=90, ferritin=8, mcv=70)), False),
        (patient(results=labs(b12=120, haemoglobin=90, ferritin=8, mcv=85)), True),
    ],
)
def test_severe_needs_a_shown_lack_and_marked_anaemia_level_or_limits(who: Patient, severe: bool) -> None:
    assert ("severe_deficiency_or_anaemia" in codes(who)) is severe


def test_iron_lack_as_the_only_reason_is_asked_about() -> None:
    assessment = judged(patient(results=labs(b12=120, haemoglobin=90, ferritin=8, mcv=70)))
    assert assessment.anaemia_other_cause
    assert "anaemia_other_cause" in {reason.code for reason in assessment.reasons}


@pytest.mark.parametrize(
    ("cause", "counts"),
    [
        (finding("pernicious_anaemia"), True),
        (finding("gastrectomy"), True),
        (finding("gastrectomy", detail="partial"), True),
        (finding("ileal_resection", detail="partial"), True),
        (finding("bariatric_surgery"), True),
        (finding("bariatric_surgery", detail="sleeve"), True),
        (finding("bariatric_surgery", detail="band"), False),
        (finding("bariatric_surgery", detail="balloon"), False),
        (finding("crohns_disease"), True),
        (finding("crohns_disease", detail="ileum"), True),
        (finding("crohns_disease", detail="colon"), False),
        (finding("coeliac_disease"), True),
        (finding("coeliac_disease", detail="active"), True),
        (finding("coeliac_disease", detail="controlled"), False),
        (finding("atrophic_gastritis"), True),
        (finding("chronic_pancreatitis"), True),
        (finding("ulcerative_colitis"), False),
        (finding("h_pylori"), False),
        (finding("metformin"), False),
        (finding("ppi"), False),
        (finding("vegan_diet"), False),
        (finding("alcohol"), False),
        (finding("vitiligo"), False),
    ],
)
def test_malabsorption_takes_strong_and_moderate_causes_by_their_extent(cause: object, counts: bool) -> None:
    assert ("malabsorption" in codes(patient(cause, results=LOW))) is counts  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("who", "likely"),
    [
        (patient("pernicious_anaemia", results=BORDERLINE), True),
        (patient(finding("gastrectomy", detail="total"), results=BORDERLINE), True),
        (patient("gastrectomy", results=BORDERLINE), False),
        (patient(finding("ileal_resection", detail="complete"), results=BORDERLINE), True),
        (patient(finding("bariatric_surgery", detail="bypass"), results=BORDERLINE), False),
        (patient(finding("pernicious_anaemia", confirmed_by_doctor=False), results=BORDERLINE), False),
        (patient(results=labs(b12=200, intrinsic_factor_antibody="positive")), True),
        (patient(results=labs(b12=200, intrinsic_factor_antibody="equivocal")), False),
        (patient(results=labs(b12=200, parietal_cell_antibody="positive")), False),
        (patient("pernicious_anaemia", results=USUAL), False),
    ],
)
def test_a_lasting_cause_with_an_indeterminate_result_is_listed_as_likely(who: Patient, likely: bool) -> None:
    assessment = judged(who)
    assert ("malabsorption" in assessment.indications) is likely
    assert ("malabsorption" in assessment.likely) is likely


@pytest.mark.parametrize(
    ("who", "high_risk"),
    [
        (patient(pregnant=True, results=labs(active_b12=18)), True),
        (patient("breastfeeding", results=LOW), True),
        (patient("breastfeeding", results=BORDERLINE), False),
        (patient("breastfeeding", confirmed=True), True),
        (patient("nitrous_oxide", "numbness_tingling", results=LOW), True),
        (patient(finding("nitrous_oxide", days_ago=90), "numbness_tingling", results=LOW), True),
        (patient(finding("nitrous_oxide", days_ago=91), "numbness_tingling", results=LOW), False),
        (patient("nitrous_oxide", results=LOW), False),
        (patient("nitrous_oxide", results=labs(b12=300, homocysteine=40)), True),
        (patient("vision_change", results=LOW), True),
        (patient("vision_change", "leber_optic_neuropathy", results=LOW), False),
    ],
)
def test_high_risk_needs_a_confirmed_deficiency_and_a_risk(who: Patient, high_risk: bool) -> None:
    assert ("high_risk_context" in codes(who)) is high_risk


@pytest.mark.parametrize(
    ("who", "functional"),
    [
        (patient("fatigue", age=40, results=labs(b12=200, mma=620)), True),
        (patient(age=40, results=labs(b12=200, mma=620)), False),
        (patient(age=40, results=labs(b12=200, mma=620, mcv=101)), True),
        (patient(age=40, results=labs(b12=200, mma=620, haemoglobin=115)), True),
        (patient("injection_site_pain", age=40, results=labs(b12=200, mma=620)), False),
        (patient("fatigue", age=40, results=labs(b12=120, mma=620)), False),
        (patient("fatigue", age=40, results=labs(b12=300, mma=620)), True),
        (patient("fatigue", "kidney_disease", age=40, results=labs(b12=200, mma=620)), False),
        (patient("fatigue", age=40, results=labs(b12=200, mma=620), days_since_last_tablet=3), False),
    ],
)
def test_functional_deficiency_needs_a_raised_metabolite_a_level_not_low_and_a_sign(
    who: Patient, functional: bool
) -> None:
    assert ("functional_deficiency" in codes(who)) is functional


@pytest.mark.parametrize(
    ("who", "failed"),
    [
        (patient("oral_b12_failed", results=LOW), True),
        (patient(results=LOW, oral_trial_days=90, oral_dose_ug=50), True),
        (patient(results=LOW, oral_trial_days=89, oral_dose_ug=1000), False),
        (patient(results=LOW, oral_trial_days=90, oral_dose_ug=49), False),
        (patient("coeliac_disease", results=LOW, oral_trial_days=90, oral_dose_ug=999), False),
        (patient("coeliac_disease", results=LOW, oral_trial_days=90, oral_dose_ug=1000), True),
        (patient(results=LOW, oral_trial_days=90), False),
        (patient(results=LOW, oral_dose_ug=1000), False),
        (patient("oral_b12_failed", results=LOW, oral_trial_days=60), False),
        (patient("oral_b12_failed", "adherence_difficulty", results=LOW), False),
        (
            patient(finding("oral_b12_failed", present=False), results=LOW, oral_trial_days=180, oral_dose_ug=1000),
            False,
        ),
        (patient("oral_b12_failed", "fatigue", results=USUAL), False),
        (patient("oral_b12_failed", "fatigue", age=40, results=labs(b12=300, mma=620)), True),
        (patient("oral_b12_failed", "fatigue", confirmed=True), True),
        (patient("oral_b12_failed", "previous_b12_deficiency"), True),
        (patient("oral_b12_failed", finding("previous_b12_deficiency", confirmed_by_doctor=False)), False),
        (patient("oral_b12_failed"), False),
        (patient("oral_b12_failed", results=(lab("b12", 90, date="2023-01-05"),)), True),
        (patient("oral_b12_failed", results=(lab("b12", 300, date="2023-01-05"),)), False),
        (patient("oral_b12_failed", results=(lab("b12", 30, date="2023-01-05"),)), False),
        (patient("oral_b12_failed", results=(lab("active_b12", 15, date="2023-01-05"),)), True),
        (patient("fatigue", confirmed=True, oral_trial_days=120, oral_dose_ug=1000), True),
        (patient(finding("fatigue", course="better"), confirmed=True, oral_trial_days=120, oral_dose_ug=1000), False),
    ],
)
def test_oral_failure_needs_time_dose_and_no_correction(who: Patient, failed: bool) -> None:
    assert ("oral_failure" in codes(who)) is failed


@pytest.mark.parametrize(
    ("who", "not_feasible"),
    [
        (patient("swallowing_difficulty", results=LOW), True),
        (patient("oral_b12_intolerance", results=LOW), True),
        (patient("adherence_difficulty", results=LOW), True),
        (patient("sibo", results=LOW), True),
        (patient("swallowing_difficulty", results=BORDERLINE), False),
        (patient("swallowing_difficulty", confirmed=True, results=BORDERLINE), True),
        (patient(finding("diarrhoea", duration_days=28), results=LOW), True),
        (patient(finding("diarrhoea", duration_days=27), results=LOW), False),
        (patient("diarrhoea", results=LOW), False),
        (patient("diarrhoea", finding("crohns_disease", detail="colon"), results=LOW), True),
        (patient("crohns_disease", results=LOW), False),
    ],
)
def test_oral_not_feasible_needs_a_reason_why_tablets_fail(who: Patient, not_feasible: bool) -> None:
    assert ("oral_not_feasible" in codes(who)) is not_feasible


def test_codes_are_listed_in_their_order() -> None:
    who = patient(
        "swallowing_difficulty",
        "oral_b12_failed",
        "breastfeeding",
        "pernicious_anaemia",
        "gait_change",
        results=labs(b12=60),
    )
    assert codes(who) == (
        "neurologic",
        "severe_deficiency_or_anaemia",
        "malabsorption",
        "high_risk_context",
        "oral_failure",
        "oral_not_feasible",
    )


@pytest.mark.parametrize(
    ("who", "possible"),
    [
        (patient("numbness_tingling", results=labs(b12=220)), ("neurologic",)),
        (patient("pernicious_anaemia"), ("malabsorption",)),
        (patient(pregnant=True, results=LOW), ("high_risk_context",)),
        (
            patient("numbness_tingling", results=labs(b12=400, intrinsic_factor_antibody="positive")),
            ("neurologic", "malabsorption"),
        ),
        (patient("numbness_tingling", results=LOW), ()),
        (patient("numbness_tingling", age=12), ()),
    ],
)
def test_what_would_apply_is_possible_and_not_listed(who: Patient, possible: tuple[str, ...]) -> None:
    assessment = judged(who)
    assert assessment.possible == possible
    assert not set(possible) & set(assessment.indications)


DETAILED_TABLETS = {"oral_trial_days": 150, "oral_dose_ug": 1000}


@pytest.mark.parametrize(
    ("who", "code", "found"),
    [
        (patient("brain_fog", "numbness_tingling", results=LOW), "neurologic", ("numbness_tingling", "brain_fog")),
        (patient(sex="male", results=labs(b12=120, haemoglobin=82)), "severe_deficiency_or_anaemia", ("haemoglobin",)),
        (patient(results=labs(b12=60)), "severe_deficiency_or_anaemia", ("b12",)),
        (patient(results=labs(active_b12=8)), "severe_deficiency_or_anaemia", ("active_b12",)),
        (
            patient(finding("fatigue", limits_daily_life=True), results=labs(b12=60, haemoglobin=82)),
            "severe_deficiency_or_anaemia",
            ("haemoglobin", "b12", "fatigue"),
        ),
        (patient("pernicious_anaemia", "sibo", results=LOW), "malabsorption", ("pernicious_anaemia", "sibo")),
        (patient("pernicious_anaemia", "sibo", results=BORDERLINE), "malabsorption", ("pernicious_anaemia",)),
        (patient("pregnancy", "breastfeeding", confirmed=True), "high_risk_context", ("pregnancy", "breastfeeding")),
        (
            patient("nitrous_oxide", "vision_change", results=LOW),
            "high_risk_context",
            ("nitrous_oxide", "vision_change"),
        ),
        (
            patient("fatigue", age=40, sex="female", results=labs(b12=200, mma=620, haemoglobin=115, mcv=104)),
            "functional_deficiency",
            ("fatigue", "haemoglobin", "mcv"),
        ),
        (patient("oral_b12_failed", results=LOW), "oral_failure", ("oral_b12_failed",)),
        (patient("current_oral_b12", results=LOW, **DETAILED_TABLETS), "oral_failure", ("current_oral_b12",)),
        (
            patient("swallowing_difficulty", "crohns_disease", "diarrhoea", results=LOW),
            "oral_not_feasible",
            ("swallowing_difficulty", "diarrhoea"),
        ),
    ],
)
def test_each_indication_names_what_it_rests_on(who: Patient, code: str, found: tuple[str, ...]) -> None:
    """Staff read these codes beside the reason; a wrong one would send them to the wrong result."""
    reasons = [reason for reason in judged(who).reasons if reason.code == code]
    assert [reason.found for reason in reasons] == [found]


def test_what_is_possible_names_what_it_rests_on_too() -> None:
    reasons = {reason.code: reason.found for reason in judged(patient("gait_change", "pregnancy", "sibo")).reasons}
    assert reasons["possible:neurologic"] == ("gait_change",)
    assert reasons["possible:malabsorption"] == ("sibo",)
    assert reasons["possible:high_risk_context"] == ("pregnancy",)
