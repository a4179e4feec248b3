"""Judging facts: levels, categories and ties, people, what has ended, and that more facts never lower a level."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clinical.codes import CATEGORIES, DANGER_FACTS, Level, Side, Trend, Who
from bot.clinical.findings import Finding, LabResult, Patient
from bot.clinical.urgency import Urgency, judge, judge_facts
from bot.clinical.urgency_facts import BACKGROUND, FACTS
from tests.clinical.core_rules import TODAY
from tests.clinical.urgency_world import NOW, lab, real_rules, seen


def verdict(*facts, now: datetime = NOW) -> Urgency:
    return judge(facts, rules=real_rules(), now=now)


EACH_CATEGORY = [
    # facts, level, category: both sides of the criteria of each category
    (["throat_or_tongue_swollen"], "emergency", "anaphylaxis"),
    (["hives_widespread", "breathless_sudden"], "emergency", "anaphylaxis"),
    (["hives_widespread"], "urgent", "anaphylaxis"),
    (["injection_site_pain"], "none", None),
    (["breathless_sudden"], "emergency", "pulmonary_embolism"),
    (["chest_pain_on_breathing"], "emergency", "pulmonary_embolism"),
    (["coughing_blood"], "emergency", "pulmonary_embolism"),
    (["fainted", "clot_risk"], "emergency", "pulmonary_embolism"),
    (["breathlessness"], "none", None),
    (["limb_swollen_one_side"], "urgent", "dvt"),
    (["limb_swollen_one_side", "breathlessness"], "emergency", "pulmonary_embolism"),
    (["limb_cold_pale"], "emergency", "dvt"),
    (["legs_swollen_both"], "none", None),
    (["face_droop"], "emergency", "stroke"),
    (["speech_change"], "emergency", "stroke"),
    (["one_side_weak"], "emergency", "stroke"),
    (["severe_headache"], "emergency", "stroke"),
    (["headache"], "none", None),
    (["chest_pain"], "emergency", "cardiac"),
    (["palpitations", "fainted"], "emergency", "cardiac"),
    (["palpitations"], "none", None),
    (["bladder_or_bowel_change"], "emergency", "spinal_cord"),
    (["saddle_numbness"], "emergency", "spinal_cord"),
    (["both_legs_weak", "saddle_numbness"], "emergency", "spinal_cord"),
    (["both_legs_weak"], "urgent", "neuro_rapid"),
    (["confusion"], "emergency", "neuro_rapid"),
    (["seizure"], "emergency", "neuro_rapid"),
    (["falls_repeated"], "urgent", "neuro_rapid"),
    (["numbness_tingling"], "none", None),
    (["sight_lost_sudden"], "emergency", "vision_loss"),
    (["sight_reduced"], "urgent", "vision_loss"),
    (["vision_change"], "none", None),
    (["unconscious"], "emergency", "severe_anaemia"),
    (["fainted"], "urgent", "severe_anaemia"),
    (["breathless_at_rest", "anaemia_known"], "urgent", "severe_anaemia"),
    (["breathless_at_rest"], "emergency", "pulmonary_embolism"),
    (["pallor"], "none", None),
    (["vomiting_blood"], "emergency", "bleeding"),
    (["black_stool", "dizziness"], "emergency", "bleeding"),
    (["black_stool"], "urgent", "bleeding"),
    (["bleeding_not_stopping"], "emergency", "bleeding"),
    (["suicidal_intent"], "emergency", "mental_health_crisis"),
    (["harm_to_others"], "emergency", "mental_health_crisis"),
    (["life_not_worth_living"], "urgent", "mental_health_crisis"),
    (["low_mood"], "none", None),
    (["fever", "mottled_skin"], "emergency", "infection_sepsis"),
    (["chemotherapy", "fever"], "emergency", "infection_sepsis"),
    (["site_redness_spreading"], "urgent", "infection_sepsis"),
    (["fever"], "none", None),
    (["b12_started_lately", "palpitations"], "urgent", "hypokalaemia"),
    (["muscle_cramps"], "none", None),
    (["baby_floppy_or_not_feeding"], "emergency", "infant_risk"),
    (["baby_losing_skills"], "urgent", "infant_risk"),
    (["breastfeeding", "vegan_diet"], "none", None),
    (["pregnancy", "vaginal_bleeding", "severe_belly_pain"], "emergency", "pregnancy_danger"),
    (["pregnancy", "vaginal_bleeding"], "urgent", "pregnancy_danger"),
    (["baby_moving_less"], "urgent", "pregnancy_danger"),
    (["pregnancy", "nausea"], "none", None),
    (["overdose_taken"], "emergency", "overdose"),
    (["too_much_b12_injected"], "urgent", "overdose"),
    (["severe_belly_pain"], "emergency", "other_emergency"),
    (["neck_stiffness", "fever"], "emergency", "other_emergency"),
    (["nothing_kept_down"], "urgent", "other_emergency"),
]


@pytest.mark.parametrize(("codes", "level", "category"), EACH_CATEGORY)
def test_each_category_has_its_levels(codes: list[str], level: str, category: str | None) -> None:
    urgency = verdict(*map(seen, codes))
    assert (urgency.level.code if urgency.level is not Level.CHECK else "none", urgency.category) == (level, category)


def test_every_category_is_reached_by_some_rule() -> None:
    assert {rule.category for rule in real_rules().rules} == set(CATEGORIES)


TIES = [
    (["sight_lost_sudden"], "vision_loss"),
    (["sight_lost_sudden", "one_side_weak"], "stroke"),
    (["confusion"], "neuro_rapid"),
    (["confusion", "face_droop"], "stroke"),
    (["overdose_taken", "suicidal_intent"], "overdose"),
    (["overdose_taken", "breathless_sudden"], "overdose"),
    (["chest_pain", "breathless_sudden"], "pulmonary_embolism"),
    (["severe_belly_pain", "chest_pain"], "cardiac"),
]


@pytest.mark.parametrize(("codes", "category"), TIES)
def test_ties_are_broken_in_the_agreed_way(codes: list[str], category: str) -> None:
    assert verdict(*map(seen, codes)).category == category


def test_a_combination_over_turns_goes_before_a_single_rule() -> None:
    facts = (
        seen("limb_swollen_one_side", turn=0),
        seen("throat_or_tongue_swollen", turn=3),
        seen("coughing_blood", turn=3),
    )
    urgency = verdict(*facts)
    assert urgency.category == "pulmonary_embolism"
    assert urgency.matches[0].over_turns
    assert set(urgency.categories) >= {"anaphylaxis", "pulmonary_embolism", "dvt"}


ENDED = [
    ("chest_pain", 0, "urgent"),
    ("chest_pain", 7, "urgent"),
    ("chest_pain", 8, "none"),
    ("speech_change", 0, "emergency"),
    ("speech_change", 1, "emergency"),
    ("speech_change", 2, "urgent"),
    ("speech_change", 14, "urgent"),
    ("speech_change", 15, "none"),
    ("vomiting_blood", 1, "emergency"),
    ("vomiting_blood", 2, "urgent"),
    ("vomiting_blood", 8, "none"),
    ("sight_lost_sudden", 1, "emergency"),
    ("throat_or_tongue_swollen", 1, "urgent"),
    ("throat_or_tongue_swollen", 2, "none"),
    ("suicidal_intent", 7, "emergency"),
    ("overdose_taken", 7, "emergency"),
    ("fainted", 7, "urgent"),
    ("limb_swollen_one_side", 7, "urgent"),
]


@pytest.mark.parametrize(("code", "days_ago", "level"), ENDED)
def test_what_has_just_gone_still_needs_care(code: str, days_ago: int, level: str) -> None:
    urgency = verdict(seen(code, trend=Trend.GONE, days_ago=days_ago))
    assert urgency.level.code == level
    assert all(match.ended for match in urgency.matches)


def test_a_known_anaemia_explains_breathlessness_at_rest_but_not_a_sudden_one() -> None:
    known = seen("anaemia_known")
    assert verdict(known, seen("breathless_at_rest")).level is Level.URGENT
    assert verdict(known, seen("breathless_at_rest", sudden=True)).level is Level.EMERGENCY


def test_facts_of_two_people_are_never_added_up() -> None:
    mine, hers = seen("limb_swollen_one_side"), seen("breathlessness", who=Who.OTHER)
    assert verdict(mine, hers).level is Level.URGENT


def test_what_names_nobody_may_be_about_either() -> None:
    fever, confused = seen("fever", unnamed=True), seen("confusion", who=Who.OTHER)
    rules = {match.rule for match in verdict(fever, confused).matches}
    assert "sepsis-signs" in rules


def test_somebody_else_in_danger_now_escalates_like_the_patient() -> None:
    urgency = verdict(seen("throat_or_tongue_swollen", who=Who.OTHER))
    assert (urgency.level, urgency.matches[0].who) == (Level.EMERGENCY, Who.OTHER)


def test_a_mothers_diet_goes_with_her_babys_signs() -> None:
    facts = (seen("deficient_mother"), seen("baby_losing_skills", who=Who.OTHER, turn=1))
    assert "k13-feeding-baby-worse" in {match.rule for match in verdict(*facts).matches}


def test_family_history_says_nothing() -> None:
    assert verdict(seen("chest_pain", who=Who.FAMILY)).level is Level.NONE


def test_one_rule_fires_once_for_the_same_words() -> None:
    facts = (seen("coughing_blood", unnamed=True), seen("fever", who=Who.OTHER))
    fired = [match.rule for match in verdict(*facts).matches]
    assert fired.count("pe-coughing-blood") == 1


def test_a_doubtful_sign_asks_instead_of_alarming() -> None:
    urgency = verdict(seen("hopeless_words"))
    assert (urgency.level, urgency.category) == (Level.CHECK, None)
    assert [asking.question.id for asking in urgency.asking] == ["hopeless"]


def test_nothing_known_is_no_danger() -> None:
    assert verdict() == Urgency(Level.NONE, None)


def test_fields_are_judged_as_of_today_and_results_by_their_age() -> None:
    def rules(date: str) -> set[str]:
        result = LabResult("haemoglobin", 76, canonical_value=76, date=date)  # type: ignore[arg-type]
        patient = Patient(facts=(Finding("vaginal_bleeding"),), labs=(result,))
        circumstances = (Finding("pregnancy"), Finding("aged_75_or_more"))
        return {match.rule for match in judge_facts(circumstances, patient, real_rules(), today=TODAY).matches}

    assert rules("2025-11-13") >= {"pregnancy-bleeding-or-fluid", "result-hb-70-to-79-and-3"}
    assert "result-hb-70-to-79-and-3" not in rules("2025-11-12")


def test_facts_beside_the_patient_count_too() -> None:
    assert judge_facts((Finding("chest_pain"),), Patient(), real_rules(), today=TODAY).level is Level.EMERGENCY


@pytest.mark.parametrize(
    ("analyte", "value", "level", "category"),
    [
        ("haemoglobin", "69", "urgent", "severe_anaemia"),
        ("haemoglobin", "70", "none", None),
        ("platelets", "49", "urgent", "bleeding"),
        ("platelets", "50", "none", None),
        ("potassium", "2.4", "urgent", "hypokalaemia"),
        ("potassium", "2.5", "none", None),
        ("potassium", "6.0", "urgent", "cardiac"),
        ("potassium", "5.9", "none", None),
    ],
)
def test_critical_results_raise_by_themselves(analyte: str, value: str, level: str, category: str | None) -> None:
    urgency = verdict(lab(analyte, value))
    assert (urgency.level.code, urgency.category) == (level, category)


def findings(codes: tuple[str, ...]) -> st.SearchStrategy[Finding]:
    return st.builds(
        Finding,
        st.sampled_from(codes),
        present=st.booleans(),
        who=st.sampled_from([Who.PATIENT, Who.OTHER]),
        duration_days=st.none() | st.integers(0, 400),
        days_ago=st.none() | st.integers(0, 20),
        trend=st.none() | st.sampled_from(Trend),
        sudden=st.none() | st.booleans(),
        side=st.none() | st.sampled_from(Side),
        detail=st.none() | st.just("severe"),
    )


SIGNS = tuple(code for code in FACTS if code not in BACKGROUND)


@settings(max_examples=150, deadline=None)
@given(known=st.lists(findings(FACTS), max_size=6), more=findings(SIGNS))
def test_one_more_sign_never_lowers_the_level(known: list[Finding], more: Finding) -> None:
    before = judge_facts(known, Patient(), real_rules(), today=TODAY)
    after = judge_facts([*known, more], Patient(), real_rules(), today=TODAY)
    assert after.level >= before.level
    assert {match.rule for match in before.matches} <= {match.rule for match in after.matches}


@settings(max_examples=60, deadline=None)
@given(facts=st.lists(findings(DANGER_FACTS), max_size=6))
def test_the_category_is_that_of_the_most_urgent_match(facts: list[Finding]) -> None:
    urgency = judge_facts(facts, Patient(), real_rules(), today=TODAY)
    if urgency.level >= Level.URGENT:
        assert urgency.category in {match.category for match in urgency.matches if match.level is urgency.level}
    else:
        assert urgency.category is None
