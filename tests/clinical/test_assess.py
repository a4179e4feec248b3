"""Level, flags, reasons and missing codes of a whole assessment, and what must hold for every patient."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clinical.assess import assess, next_questions
from bot.clinical.codes import DANGER_FACTS, FLAGS, HISTORY, INDICATIONS, ROUTES, SYMPTOMS, Level
from bot.clinical.critical_values import judge_results
from bot.clinical.findings import Finding, LabResult, Patient
from bot.clinical.lab_scale import ImpossibleValueError
from bot.clinical.open_questions import MISSING_ORDER
from bot.clinical.urgency import Rule, SafetyQuestion, UrgencyRules
from bot.clinical.urgency_conditions import Every, Fact, Value, parse_condition
from tests.clinical.core_rules import TODAY, UNITS, content, facts_of, finding, judged, lab, labs, patient, with_urgency


def condition(text: str) -> object:
    return parse_condition(text, codes=frozenset((*DANGER_FACTS, *SYMPTOMS, *HISTORY)))


URGENCY = UrgencyRules(
    rules=(
        Rule("one-leg", Level.URGENT, "dvt", condition("limb_swollen_one_side")),  # type: ignore[arg-type]
        Rule("chest", Level.EMERGENCY, "cardiac", condition("chest_pain")),  # type: ignore[arg-type]
        Rule(
            "anaemic", Level.URGENT, "severe_anaemia", Every((Fact("fever"), Value("haemoglobin", below=Decimal(70))))
        ),
    ),
    questions=(
        SafetyQuestion("cramps", condition("muscle_cramps"), "Is it now?", Level.URGENT, "hypokalaemia"),  # type: ignore[arg-type]
    ),
)


# --- level


@pytest.mark.parametrize("code", ["numbness_tingling", "balance_problems", "vision_change", "weakness"])
@pytest.mark.parametrize(
    ("course", "days", "level"),
    [("worse", 28, Level.URGENT), ("worse", 29, Level.NONE), ("worse", None, Level.NONE), ("stable", 3, Level.NONE)],
)
def test_nerves_that_got_worse_within_four_weeks_are_urgent(
    code: str, course: str, days: int | None, level: Level
) -> None:
    assessment = judged(patient(finding(code, course=course, worse_days=days), results=labs(b12=120)))
    assert assessment.level is level
    assert assessment.category == ("neuro_rapid" if level else None)
    assert (assessment.rule == "R0") is (level is Level.URGENT)


def test_a_new_symptom_that_is_worse_is_as_fast_as_it_is_old() -> None:
    assert judged(patient(finding("gait_change", course="worse", duration_days=20))).level is Level.URGENT
    assert judged(patient(finding("gait_change", course="worse", duration_days=40))).level is Level.NONE
    assert judged(patient(finding("fatigue", course="worse", worse_days=5))).level is Level.NONE


def test_an_open_red_flag_leaves_no_route_and_no_indication() -> None:
    assessment = judged(patient("pernicious_anaemia", results=labs(b12=60)), level=Level.URGENT)
    assert (assessment.route, assessment.rule, assessment.indications) == (None, "R0", ())
    assert assessment.level is Level.URGENT and assessment.key_missing == ()
    assert [reason.code for reason in assessment.reasons][:2] == ["urgent", "R0"]
    assert assessment.reasons[1].because == content().assessment.routes["R0"].because["none"]


def test_a_safety_question_does_not_stop_the_assessment() -> None:
    assessment = judged(patient(results=labs(b12=120)), level=Level.CHECK)
    assert (assessment.level, assessment.route, assessment.category) == (Level.CHECK, "oral_reasonable", None)


@pytest.mark.parametrize(
    ("facts", "level", "category"),
    [
        (("limb_swollen_one_side",), Level.URGENT, "dvt"),
        (("limb_swollen_one_side", "chest_pain"), Level.EMERGENCY, "cardiac"),
        (("muscle_cramps",), Level.CHECK, None),
        (("coughing_blood",), Level.NONE, None),
    ],
)
def test_danger_facts_are_judged_by_the_red_flag_rules(
    facts: tuple[str, ...], level: Level, category: str | None
) -> None:
    who = Patient(facts=tuple(Finding(code) for code in facts))
    assessment = assess(who, with_urgency(URGENCY), today=TODAY)
    assert (assessment.level, assessment.category) == (level, category)


def test_an_old_result_adds_nothing_to_a_danger_fact() -> None:
    def level(result: LabResult) -> Level:
        who = replace(patient("fever"), labs=(result,))
        return assess(who, with_urgency(URGENCY), today=TODAY).level

    assert level(lab("haemoglobin", 65, date="2025-11-15")) is Level.URGENT
    assert level(lab("haemoglobin", 65, date="2021")) is Level.NONE


# --- critical results


@pytest.mark.parametrize(
    ("results", "findings", "level", "category", "flags"),
    [
        (labs(haemoglobin=69.9), (), Level.URGENT, "severe_anaemia", ()),
        (labs(haemoglobin=69.9), ("chest_pain",), Level.EMERGENCY, "cardiac", ()),
        (labs(haemoglobin=69.9), ("unconscious",), Level.EMERGENCY, "severe_anaemia", ()),
        (labs(haemoglobin=69.9), ("fainted",), Level.URGENT, "severe_anaemia", ()),
        (labs(haemoglobin=69.9), ("fainted", "dizziness"), Level.EMERGENCY, "severe_anaemia", ()),
        (labs(haemoglobin=69.9), ("breathless_at_rest",), Level.URGENT, "severe_anaemia", ()),
        (labs(haemoglobin=69.9), ("breathless_at_rest", "palpitations"), Level.EMERGENCY, "severe_anaemia", ()),
        (labs(haemoglobin=70), (), Level.NONE, None, ("expedite",)),
        (labs(haemoglobin=79.9), ("palpitations",), Level.URGENT, "severe_anaemia", ()),
        (labs(haemoglobin=79.9), ("palpitations", "fainted"), Level.EMERGENCY, "cardiac", ()),
        (labs(haemoglobin=79.9), ("pregnancy",), Level.URGENT, "severe_anaemia", ("clot_risk_note",)),
        (labs(haemoglobin=80), ("palpitations",), Level.NONE, None, ()),
        (labs(haemoglobin=200), (), Level.NONE, None, ()),
        (labs(haemoglobin=200.1), (), Level.NONE, None, ("review",)),
        (labs(platelets=49.9), (), Level.URGENT, "bleeding", ("im_bleeding_review",)),
        (labs(platelets=50), ("black_stool",), Level.NONE, None, ()),
        (labs(platelets=49.9), ("black_stool",), Level.EMERGENCY, "bleeding", ("im_bleeding_review",)),
        (labs(platelets=20), ("head_injury",), Level.URGENT, "bleeding", ("im_bleeding_review",)),
        (labs(platelets=19.9), ("head_injury",), Level.EMERGENCY, "bleeding", ("im_bleeding_review",)),
        (labs(platelets=1000), (), Level.NONE, None, ()),
        (labs(platelets=1000.1), (), Level.NONE, None, ("clot_risk_note", "review")),
        (labs(neutrophils=0.9), (), Level.NONE, None, ("expedite",)),
        (labs(neutrophils=1.0), ("fever",), Level.NONE, None, ()),
        (labs(neutrophils=0.9), ("fever",), Level.EMERGENCY, "infection_sepsis", ()),
        (labs(neutrophils=0.9), ("confusion",), Level.URGENT, "infection_sepsis", ()),
        (labs(potassium=2.4), (), Level.URGENT, "hypokalaemia", ("potassium_review",)),
        (labs(potassium=2.4), ("palpitations",), Level.EMERGENCY, "hypokalaemia", ("potassium_review",)),
        (labs(potassium=2.5), (), Level.NONE, None, ("expedite", "potassium_review")),
        (labs(potassium=2.9), ("fatigue",), Level.URGENT, "hypokalaemia", ("potassium_review",)),
        (labs(potassium=2.9), ("fainted",), Level.EMERGENCY, "hypokalaemia", ("potassium_review",)),
        (labs(potassium=3.0), ("fatigue",), Level.NONE, None, ("potassium_review",)),
        (labs(potassium=3.5), (), Level.NONE, None, ()),
        (labs(potassium=5.9), (), Level.NONE, None, ()),
        (labs(potassium=6.0), (), Level.URGENT, "cardiac", ()),
        (labs(potassium=6.5), (), Level.URGENT, "cardiac", ()),
        (labs(potassium=6.4), ("palpitations",), Level.URGENT, "cardiac", ()),
        (labs(potassium=6.5), ("palpitations",), Level.EMERGENCY, "cardiac", ()),
        (labs(homocysteine=99.9), (), Level.NONE, None, ()),
        (labs(homocysteine=100), (), Level.NONE, None, ("clot_risk_note", "review")),
        (labs(haemoglobin=119, platelets=99, neutrophils=0.9), (), Level.URGENT, "severe_anaemia", ("expedite",)),
        (labs(haemoglobin=119, platelets=99, neutrophils=1.0), (), Level.NONE, None, ()),
        (labs(haemoglobin=120, platelets=99, neutrophils=0.9), (), Level.NONE, None, ("expedite",)),
        (labs(b12=60), (), Level.NONE, None, ()),
    ],
)
def test_critical_results_hold_their_edges(
    results: tuple[LabResult, ...],
    findings: tuple[str, ...],
    level: Level,
    category: str | None,
    flags: tuple[str, ...],
) -> None:
    assessment = judged(patient(*findings, results=results))
    assert (assessment.level, assessment.category, assessment.flags) == (level, category, flags)


@pytest.mark.parametrize(
    ("result", "level"),
    [
        (lab("haemoglobin", 66, date="2025-11-13"), Level.URGENT),
        (lab("haemoglobin", 66, date="2025-11-12"), Level.NONE),
        (lab("haemoglobin", 66, days_ago=7), Level.URGENT),
        (lab("haemoglobin", 66, date="2025-11"), Level.URGENT),
        (lab("haemoglobin", 66, date="2025-10"), Level.NONE),
        (lab("haemoglobin", 66, date="2026-01-01"), Level.URGENT),
        (lab("haemoglobin", 66, old=True), Level.NONE),
        (lab("haemoglobin", 6.6, None), Level.URGENT),
        (lab("haemoglobin", 50), Level.URGENT),
        (lab("haemoglobin", 70, comparator="<"), Level.URGENT),
        (lab("haemoglobin", 71, comparator="<"), Level.NONE),
        (lab("potassium", 6.5, comparator=">"), Level.URGENT),
    ],
)
def test_a_critical_result_counts_when_recent_or_undated_and_as_it_was_read(result: LabResult, level: Level) -> None:
    assert judged(patient(results=(result,))).level is level


def test_an_open_haemoglobin_that_may_be_worse_is_for_today() -> None:
    assert judged(patient(results=(lab("haemoglobin", 75, comparator="<"),))).flags == ("expedite",)


def test_a_lower_result_replaced_by_a_newer_one_is_history() -> None:
    results = (lab("haemoglobin", 62, date="2025-11-15"), lab("haemoglobin", 110, date="2025-11-19"))
    assert judged(patient(results=results)).level is Level.NONE


@pytest.mark.parametrize(
    ("more", "level"),
    [({"age": 74}, Level.NONE), ({"age": 75}, Level.URGENT), ({"pregnant": True}, Level.URGENT)],
)
def test_age_and_pregnancy_make_a_haemoglobin_in_the_seventies_urgent(more: dict[str, object], level: Level) -> None:
    assert judged(patient(results=labs(haemoglobin=75), **more)).level is level


@pytest.mark.parametrize(("days", "level"), [(14, Level.URGENT), (15, Level.NONE)])
def test_potassium_in_the_high_twos_is_urgent_soon_after_the_first_injection(days: int, level: Level) -> None:
    assert judged(patient(results=labs(potassium=2.7), days_since_last_injection=days)).level is level


# --- flags


@pytest.mark.parametrize(
    ("who", "flags"),
    [
        (patient("cobalamin_allergy"), ("allergy_review",)),
        (patient("leber_optic_neuropathy"), ("leber_review",)),
        (patient("anticoagulant"), ("im_bleeding_review",)),
        (patient("kidney_disease"), ("renal_review",)),
        (patient("vte_history"), ("clot_risk_note",)),
        (patient("hrt"), ("clot_risk_note",)),
        (patient("hormonal_contraception"), ("clot_risk_note",)),
        (patient(finding("hormonal_contraception", detail="combined")), ("clot_risk_note",)),
        (patient(finding("hormonal_contraception", detail="progestogen")), ()),
        (patient(finding("smoking", present=False)), ()),
        (patient(age=90), ()),
        (patient(pregnant=True), ("expedite", "clot_risk_note")),
        (patient("numbness_tingling"), ("expedite",)),
        (patient(finding("numbness_tingling", explained_by_doctor=True)), ("expedite",)),
        (patient("brain_fog"), ()),
        (patient("numbness_tingling", results=labs(b12=120)), ()),
        (patient("current_b12_injections"), ()),
        (patient("current_b12_injections", finding("fatigue", course="better")), ()),
        (patient("current_b12_injections", finding("fatigue", course="stable")), ("review",)),
        (patient("current_b12_injections", finding("fatigue", present=False)), ()),
        (patient("current_b12_injections", "numbness_tingling"), ("review",)),
        (patient(results=(lab("potassium", 3.2, date="2023-01"),)), ()),
    ],
)
def test_flags_follow_from_what_is_known(who: Patient, flags: tuple[str, ...]) -> None:
    assert judged(who).flags == flags


# --- missing and open questions


@pytest.mark.parametrize(
    ("who", "wanted", "not_wanted"),
    [
        (patient(), {"b12", "age", "pregnant", "last_b12", "numbness_tingling", "nitrous_oxide"}, {"b12_unit", "mma"}),
        (patient(age=40, sex="male"), {"b12"}, {"age", "pregnant"}),
        (patient(age=59), {"pregnant"}, set()),
        (patient(age=60), set(), {"pregnant"}),
        (patient(results=(lab("b12", 150, None),)), {"b12_unit"}, {"b12"}),
        (patient(results=(lab("b12", 30),)), {"b12"}, {"b12_unit"}),
        (patient("numbness_tingling", results=labs(b12=200)), {"mma", "homocysteine"}, {"b12", "balance_problems"}),
        (patient("fatigue", results=labs(b12=200)), {"mma"}, {"homocysteine"}),
        (patient(age=40, results=labs(b12=200, mma=390)), {"kidney_disease"}, {"mma"}),
        (patient(results=labs(b12=200, mma=300)), {"age", "kidney_disease"}, {"mma"}),
        (patient(results=labs(b12=200, homocysteine=30)), {"folate", "mma"}, set()),
        (patient(results=labs(b12=200, homocysteine=30, folate=8)), {"mma"}, {"folate"}),
        (patient(pregnant=True, results=labs(b12=120)), {"active_b12", "mma"}, {"pregnant"}),
        (patient(results=labs(b12=120, active_b12=95)), {"mma"}, {"b12"}),
        (patient(results=(*labs(b12=120), lab("active_b12", 3))), {"active_b12"}, set()),
        (patient(results=labs(b12=300, intrinsic_factor_antibody="positive")), {"mma"}, {"intrinsic_factor_antibody"}),
        (patient(results=labs(b12=300)), {"nitrous_oxide"}, {"mma", "intrinsic_factor_antibody"}),
        (patient("gastrectomy", results=labs(b12=120)), {"gastrectomy"}, {"intrinsic_factor_antibody"}),
        (patient(finding("gastrectomy", detail="total"), results=labs(b12=120)), set(), {"gastrectomy"}),
        (patient("vitiligo", results=labs(b12=120)), {"intrinsic_factor_antibody"}, {"nitrous_oxide"}),
        (patient("current_oral_b12", results=labs(b12=300)), {"last_b12", "mma", "b12"}, {"current_oral_b12"}),
        (patient(days_since_last_tablet=5, results=labs(b12=300)), {"mma"}, {"last_b12", "current_oral_b12"}),
        (patient("oral_b12_failed", results=labs(b12=120)), {"oral_b12_failed"}, set()),
        (
            patient("oral_b12_failed", results=labs(b12=120), oral_trial_days=120, oral_dose_ug=1000),
            set(),
            {"oral_b12_failed"},
        ),
        (patient("current_b12_injections"), {"last_b12"}, {"b12", "numbness_tingling"}),
        (patient("current_b12_injections", days_since_last_injection=30), set(), {"last_b12"}),
        (patient(results=labs(b12=120, haemoglobin=130, mcv=90)), set(), {"haemoglobin", "mcv"}),
        (patient(age=10), set(), set(MISSING_ORDER)),
        (patient("numbness_tingling", results=labs(b12=120)), set(), {"homocysteine", "mma"}),
        (patient("numbness_tingling", age=40, results=labs(b12=200, mma=620)), {"kidney_disease"}, {"homocysteine"}),
        (
            patient(finding("kidney_disease", present=False), age=40, results=labs(b12=200, mma=620)),
            set(),
            {"kidney_disease"},
        ),
        (patient(results=labs(b12=120, active_b12=18)), set(), {"mma", "kidney_disease"}),
        (
            patient("vitiligo", results=labs(b12=120, intrinsic_factor_antibody="negative")),
            set(),
            {"intrinsic_factor_antibody"},
        ),
    ],
)
def test_what_could_change_the_answer_is_listed_as_missing(
    who: Patient, wanted: set[str], not_wanted: set[str]
) -> None:
    missing = judged(who).key_missing
    assert wanted <= set(missing)
    assert not not_wanted & set(missing)
    assert list(missing) == sorted(missing, key=MISSING_ORDER.index)


def test_every_missing_code_is_one_of_the_contract() -> None:
    allowed = {*SYMPTOMS, *HISTORY, *UNITS, "intrinsic_factor_antibody", "parietal_cell_antibody"}
    assert set(MISSING_ORDER) == allowed | {"age", "pregnant", "b12_unit", "last_b12"}
    assert len(MISSING_ORDER) == len(set(MISSING_ORDER))


def open_codes(who: Patient) -> tuple[str, ...]:
    return next_questions(who, content(), today=TODAY).codes


def test_the_interview_begins_with_what_happens_now_and_keeps_its_order() -> None:
    questions = next_questions(patient(), content(), today=TODAY)
    assert questions.codes == (
        "concerns_now",
        "age",
        "pregnant",
        "current_b12",
        "b12",
        "main_symptoms",
        "cause",
        "blood_count",
        "tablets",
        "safety",
        "matters",
        "share_consent",
    )
    assert questions.required == ("age", "pregnant", "current_b12", "b12", "main_symptoms", "cause")


@pytest.mark.parametrize(
    ("who", "closed"),
    [
        (patient(age=40), "age"),
        (patient(pregnant=False), "pregnant"),
        (patient(age=60), "pregnant"),
        (patient(finding("current_oral_b12", present=False)), "current_b12"),
        (patient("current_b12_injections"), "current_b12"),
        (patient(days_since_last_tablet=3), "current_b12"),
        (patient(results=labs(b12=120)), "b12"),
        (patient(results=labs(active_b12=120)), "b12"),
        (patient("numbness_tingling"), "main_symptoms"),
        (patient("fatigue", finding("numbness_tingling", present=False)), "main_symptoms"),
        (patient("vegan_diet"), "cause"),
        (patient("nitrous_oxide"), "cause"),
        (patient(results=labs(haemoglobin=120)), "blood_count"),
        (patient(results=labs(b12=120)), "mma"),
        (patient(results=labs(b12=200, homocysteine=9)), "mma"),
        (patient(finding("kidney_disease", present=False), results=labs(b12=200)), "kidney_disease"),
        (patient(results=labs(b12=300)), "kidney_disease"),
        (patient(results=labs(b12=120, intrinsic_factor_antibody="negative")), "intrinsic_factor_antibody"),
        (patient("metformin", results=labs(b12=120)), "intrinsic_factor_antibody"),
        (patient(results=labs(b12=300)), "intrinsic_factor_antibody"),
        (patient(oral_trial_days=30), "tablets"),
        (patient("oral_b12_failed"), "tablets"),
        (patient(finding("current_oral_b12", present=False)), "tablets"),
        (
            patient(*[finding(code, present=False) for code in content().assessment.group("safety_questions")]),
            "safety",
        ),
        (patient(asked=("cause",)), "cause"),
        (patient(asked=("concerns_now",)), "concerns_now"),
    ],
)
def test_a_question_whose_answer_is_known_or_was_put_is_skipped(who: Patient, closed: str) -> None:
    assert closed not in open_codes(who)


@pytest.mark.parametrize(
    ("who", "still_open"),
    [
        (patient("fatigue"), "main_symptoms"),
        (patient(finding("numbness_tingling", present=False)), "main_symptoms"),  # how they feel was not told
        (patient(age=59), "pregnant"),
        (patient("vitiligo"), "cause"),
        (patient("autoimmune_thyroid"), "cause"),
        (patient(results=(lab("b12", 150, None),)), "b12_unit"),
        (patient(results=labs(b12=200)), "mma"),
        (patient(results=labs(b12=200)), "kidney_disease"),
        (patient(results=labs(b12=300, mma=620)), "kidney_disease"),
        (patient(results=labs(b12=120)), "intrinsic_factor_antibody"),
        (patient("current_oral_b12"), "tablets"),
    ],
)
def test_a_question_stays_open_until_its_answer_is_known(who: Patient, still_open: str) -> None:
    assert still_open in open_codes(who)


def test_the_unit_is_not_asked_where_both_readings_agree() -> None:
    assessment = judged(patient(results=(lab("b12", 90, None),)))
    assert "b12_unit" not in open_codes(patient(results=(lab("b12", 90, None),)))
    assert "both_readings_agree" in {reason.code for reason in assessment.reasons}


# --- notes


@pytest.mark.parametrize(
    ("who", "provisional"),
    [
        (patient(results=labs(b12=300)), True),
        (
            patient(
                finding("nitrous_oxide", present=False),
                finding("current_oral_b12", present=False),
                finding("current_b12_injections", present=False),
                finding("numbness_tingling", present=False),
                results=labs(b12=300),
            ),
            False,
        ),
        (patient(results=labs(b12=120)), False),
    ],
)
def test_not_supported_is_provisional_until_treatment_gas_and_nerves_were_asked(
    who: Patient, provisional: bool
) -> None:
    assert judged(who).provisional is provisional


@pytest.mark.parametrize(
    ("who", "noted"),
    [
        (patient(results=(lab("b12", 800, date="2025-06-01"), lab("b12", 900))), True),
        (patient(results=(lab("b12", 700, date="2025-06-01"), lab("b12", 900))), False),
        (patient("current_oral_b12", results=(lab("b12", 800, date="2025-06-01"), lab("b12", 900))), False),
        (patient(results=(lab("b12", 800), lab("b12", 900)), days_since_last_injection=300), False),
        (patient(results=(lab("b12", 800), lab("b12", 1600))), False),
    ],
)
def test_two_high_levels_without_treatment_are_noted_calmly(who: Patient, noted: bool) -> None:
    assert ("b12_high" in {reason.code for reason in judged(who).reasons}) is noted


@pytest.mark.parametrize(
    ("who", "causes"),
    [
        (patient("pernicious_anaemia", results=labs(b12=120)), ("cause_lifelong",)),
        (patient("gastrectomy", results=labs(b12=120)), ("cause_other_malabsorption",)),
        (patient("vegan_diet", "metformin", results=labs(b12=120)), ("cause_dietary", "cause_medicine")),
        (patient("gait_change", "nitrous_oxide", results=labs(b12=120)), ("cause_nerves", "cause_nitrous_oxide")),
        (patient(results=labs(b12=120)), ("cause_unknown",)),
        (patient("pernicious_anaemia"), ("cause_lifelong",)),
        (patient("vegan_diet"), ()),
        (patient(results=labs(b12=300)), ()),
        (patient(results=labs(b12=200)), ()),
    ],
)
def test_the_cause_decides_which_guidance_is_told(who: Patient, causes: tuple[str, ...]) -> None:
    assert judged(who).causes == causes


@pytest.mark.parametrize(
    ("who", "treated"),
    [
        (patient("current_b12_injections"), ("treated_stable",)),
        (patient("current_b12_injections", days_since_last_injection=90), ("treated_stable",)),
        (patient("current_b12_injections", days_since_last_injection=91), ("treated_overdue",)),
        (patient("current_b12_injections", finding("fatigue", duration_days=89)), ("treated_returns_before_next",)),
        (
            patient("current_b12_injections", finding("fatigue", duration_days=90)),
            ("treated_returns_before_next", "treated_not_better"),
        ),
        (patient("current_b12_injections", finding("fatigue", course="better")), ("treated_stable",)),
        (patient(results=labs(b12=120)), ()),
    ],
)
def test_someone_on_injections_is_told_what_fits_their_situation(who: Patient, treated: tuple[str, ...]) -> None:
    assert judged(who).treated == treated


def test_every_code_of_an_assessment_has_a_reason_with_a_source() -> None:
    assessment = judged(patient("gait_change", "pernicious_anaemia", "smoking", results=labs(b12=60)))
    explained = {reason.code for reason in assessment.reasons}
    assert {assessment.route, *assessment.indications, *assessment.flags} <= explained
    assert all(reason.because and reason.source for reason in assessment.reasons)
    assert assessment.content_version == "test"


def test_a_borrowed_rule_gives_the_reasons_of_both() -> None:
    reasons = judged(patient("gait_change", confirmed=True)).reasons
    assert [reason.code for reason in reasons].count("injection_favoured") == 2


# --- for every patient

FINDINGS = st.builds(
    Finding,
    code=st.sampled_from([*SYMPTOMS, *HISTORY, *DANGER_FACTS]),
    present=st.booleans(),
    duration_days=st.none() | st.integers(0, 400),
    worse_days=st.none() | st.integers(0, 60),
    explained_by_doctor=st.none() | st.booleans(),
    limits_daily_life=st.none() | st.booleans(),
)


@st.composite
def results(draw: st.DrawFn) -> LabResult:
    scale = content().assessment.thresholds.scale
    analyte = draw(st.sampled_from([*UNITS, "intrinsic_factor_antibody"]))
    if analyte not in UNITS:
        return lab(analyte, draw(st.sampled_from(["positive", "negative", "equivocal"])))
    low, high = scale.analytes[analyte].hard  # type: ignore[misc]
    value = draw(st.decimals(min_value=low, max_value=high, places=1))
    date = draw(st.none() | st.sampled_from(["2020", "2025-03", "2025-11-18"]))
    unit = UNITS[analyte] if draw(st.booleans()) else None
    comparator = draw(st.sampled_from(["=", "=", "=", "<", ">"]))
    try:
        return scale.normalise(analyte, value, unit, date=date, comparator=comparator)
    except ImpossibleValueError:
        return lab("b12", 200)


@st.composite
def patients(draw: st.DrawFn) -> Patient:
    findings = {item.code: item for item in draw(st.lists(FINDINGS, max_size=8))}
    who = patient(
        *findings.values(),
        results=tuple(draw(st.lists(results(), max_size=5))),
        confirmed=draw(st.none() | st.booleans()),
        age=draw(st.none() | st.integers(16, 100)),
        sex=draw(st.sampled_from([None, "female", "male", "other"])),
        pregnant=draw(st.none() | st.booleans()),
        days_since_last_injection=draw(st.none() | st.integers(0, 400)),
        days_since_last_tablet=draw(st.none() | st.integers(0, 60)),
        oral_trial_days=draw(st.none() | st.integers(0, 400)),
        oral_dose_ug=draw(st.none() | st.integers(0, 2000)),
    )
    return who


@settings(max_examples=150, deadline=None)
@given(patients())
def test_every_patient_gets_an_answer_with_a_reason(who: Patient) -> None:
    assessment = judged(who)
    assert assessment.reasons
    assert (assessment.route is None) is (assessment.level >= Level.URGENT)
    assert assessment.route is None or assessment.route in ROUTES
    assert list(assessment.indications) == [code for code in INDICATIONS if code in assessment.indications]
    assert list(assessment.flags) == [code for code in FLAGS if code in assessment.flags]


@settings(max_examples=100, deadline=None)
@given(patients(), FINDINGS.filter(lambda item: item.present))
def test_one_more_finding_never_lowers_the_level(who: Patient, more: Finding) -> None:
    if any(more.code == item.code for item in (*who.symptoms, *who.history)):
        return
    richer = (
        replace(who, symptoms=(*who.symptoms, more))
        if more.code in SYMPTOMS
        else replace(who, history=(*who.history, more))
    )
    assert judged(richer).level >= judged(who).level


@settings(max_examples=60, deadline=None)
@given(patients(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_were_said_changes_nothing(who: Patient, random: object) -> None:
    symptoms, history = list(who.symptoms), list(who.history)
    random.shuffle(symptoms)  # type: ignore[attr-defined]
    random.shuffle(history)  # type: ignore[attr-defined]
    shuffled = replace(who, symptoms=tuple(symptoms), history=tuple(history))
    assert judged(shuffled) == judged(who)


def test_results_of_different_tests_may_come_in_any_order() -> None:
    given_labs = labs(b12=200, mma=620, haemoglobin=110, folate=8)
    answers = {judged(patient("fatigue", age=40, results=order)) for order in permutations(given_labs)}
    assert len(answers) == 1


@settings(max_examples=100, deadline=None)
@given(patients())
def test_what_is_not_known_never_reassures(who: Patient) -> None:
    """Without any result, and without a result that may be used, low B12 is never called unlikely."""
    assert judged(replace(who, labs=())).route != "not_supported"
    unreadable = tuple(replace(item, implausible=True, confirmed=False) for item in who.labs)
    assert judged(replace(who, labs=unreadable)).route != "not_supported"


# --- critical results in detail


def test_of_two_dangers_beside_a_result_the_first_of_the_table_names_it() -> None:
    assessment = judged(patient("unconscious", "chest_pain", results=labs(haemoglobin=65)))
    assert (assessment.level, assessment.category) == (Level.EMERGENCY, "severe_anaemia")


def test_critical_results_come_most_urgent_first() -> None:
    facts, values = facts_of(patient(results=labs(haemoglobin=75, potassium=2.4)))
    found = judge_results(facts, values, content().assessment)
    assert [finding.rule.id for finding in found] == ["potassium_below_2_5", "hb_70_to_79"]


def test_a_floor_below_which_a_result_lies_meets_the_row_it_may_fall_through() -> None:
    assert "expedite" in judged(patient(results=(lab("haemoglobin", 75, comparator="<"),))).flags
    assert "expedite" not in judged(patient(results=(lab("haemoglobin", 79, comparator=">"),))).flags


@pytest.mark.parametrize(("days", "level"), [(14, Level.URGENT), (15, Level.NONE), (None, Level.NONE)])
def test_a_fairly_low_potassium_is_urgent_when_treatment_is_new(days: int | None, level: Level) -> None:
    assert judged(patient(results=labs(potassium=2.7), days_since_last_injection=days)).level is level
