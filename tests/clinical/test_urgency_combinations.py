"""Every row of the table of combinations over turns: what raises, and the nearest thing that does not."""

from __future__ import annotations

import pytest

from bot.clinical.codes import Trend
from bot.clinical.urgency import judge
from bot.clinical.urgency_conditions import Seen
from tests.clinical.urgency_world import NOW, lab, real_rules, seen


def later(code: str, **facts) -> Seen:
    return seen(code, turn=3, **facts)


def outcome(*facts: Seen) -> tuple[str, str | None]:
    urgency = judge(facts, rules=real_rules(), now=NOW)
    return urgency.level.code, urgency.category


ROWS = [
    ("K1", [seen("limb_swollen_one_side", days_before=14), later("breathlessness")], "emergency", "pulmonary_embolism"),
    ("K1", [seen("limb_painful_one_side", days_before=3), later("fainted")], "emergency", "pulmonary_embolism"),
    ("K2", [seen("chest_pain", days_before=7), later("limb_swollen_one_side")], "emergency", "pulmonary_embolism"),
    ("K3", [seen("injection_today"), later("hives_widespread")], "urgent", "anaphylaxis"),
    (
        "K3",
        [seen("injection_today"), later("hives_widespread"), later("face_or_lips_swollen")],
        "emergency",
        "anaphylaxis",
    ),
    ("K4", [seen("hives_widespread", days_before=1), later("vomiting")], "emergency", "anaphylaxis"),
    ("K4", [seen("hives_widespread"), later("hoarse_voice")], "emergency", "anaphylaxis"),
    (
        "K5",
        [lab("haemoglobin", "66", days_before=20), seen("b12_started_lately"), later("palpitations")],
        "urgent",
        "hypokalaemia",
    ),
    (
        "K5",
        [seen("severe_anaemia_said", days_before=30), seen("b12_started_lately"), later("muscle_cramps")],
        "urgent",
        "hypokalaemia",
    ),
    (
        "K5",
        [seen("severe_anaemia_said"), seen("b12_started_lately"), later("muscle_cramps"), later("fainted")],
        "emergency",
        "hypokalaemia",
    ),
    ("K6", [seen("anaemia_known"), later("breathless_at_rest")], "urgent", "severe_anaemia"),
    ("K6", [seen("anaemia_known"), later("breathless_at_rest", sudden=True)], "emergency", "severe_anaemia"),
    ("K7", [seen("numbness_tingling", trend=Trend.STABLE), later("getting_worse")], "urgent", "neuro_rapid"),
    ("K7", [seen("numbness_tingling"), later("falls_repeated")], "urgent", "neuro_rapid"),
    ("K8", [seen("back_pain", days_before=30), later("bladder_or_bowel_change")], "emergency", "spinal_cord"),
    ("K9", [seen("site_redness_spreading", days_before=7), later("fever")], "urgent", "infection_sepsis"),
    ("K9", [seen("injection_site_pain"), later("shivering")], "urgent", "infection_sepsis"),
    ("K9", [seen("site_redness_spreading"), later("mottled_skin")], "emergency", "infection_sepsis"),
    ("K10", [seen("low_mood"), later("life_not_worth_living")], "urgent", "mental_health_crisis"),
    ("K10", [seen("life_not_worth_living"), later("suicidal_intent")], "emergency", "mental_health_crisis"),
    (
        "K11",
        [seen("pregnancy"), seen("headache", turn=1), later("visual_disturbance")],
        "emergency",
        "pregnancy_danger",
    ),
    ("K12", [seen("pregnancy", days_before=100), later("limb_swollen_one_side")], "urgent", "dvt"),
    ("K12", [seen("postnatal", days_ago=40), later("breathless_sudden")], "emergency", "pulmonary_embolism"),
    ("K13", [seen("breastfeeding"), later("baby_floppy_or_not_feeding")], "emergency", "infant_risk"),
    ("K13", [seen("deficient_mother"), later("baby_feeding_poorly")], "urgent", "infant_risk"),
    ("K14", [seen("leber_optic_neuropathy"), later("vision_change")], "urgent", "vision_loss"),
    ("K14", [seen("leber_optic_neuropathy"), later("sight_lost_sudden")], "emergency", "vision_loss"),
    ("K15", [seen("anticoagulant"), later("head_injury")], "emergency", "bleeding"),
    ("K15", [lab("platelets", "40"), later("black_stool")], "emergency", "bleeding"),
    ("K15", [seen("anticoagulant"), later("bruise_growing")], "urgent", "bleeding"),
    ("K16", [lab("neutrophils", "0.6"), later("fever")], "emergency", "infection_sepsis"),
    ("K17", [seen("nitrous_oxide", days_ago=80), later("chest_pain")], "emergency", "pulmonary_embolism"),
    ("K17", [seen("nitrous_oxide"), later("limb_painful_one_side")], "urgent", "dvt"),
    ("K17", [seen("nitrous_oxide"), later("one_side_weak")], "emergency", "stroke"),
    ("K18", [seen("nitrous_oxide"), later("gait_change")], "urgent", "neuro_rapid"),
    ("K18", [seen("nitrous_oxide"), later("both_legs_weak", sudden=True)], "emergency", "spinal_cord"),
    ("K18", [seen("nitrous_oxide"), later("bladder_or_bowel_change")], "emergency", "spinal_cord"),
    ("K19", [seen("chest_pain", trend=Trend.GONE, days_ago=0), later("symptom_back")], "emergency", "cardiac"),
    ("K19", [seen("chest_pain", trend=Trend.GONE, days_ago=0), later("clammy_or_grey")], "emergency", "cardiac"),
    ("K20", [seen("sight_reduced"), later("speech_change")], "emergency", "stroke"),
    ("K20", [seen("sight_reduced"), later("sight_lost_sudden")], "emergency", "vision_loss"),
    ("K23", [lab("potassium", "2.8", days_before=14), later("palpitations")], "urgent", "hypokalaemia"),
    ("K23", [lab("potassium", "2.8"), later("fainted")], "emergency", "hypokalaemia"),
    ("K24", [seen("clot_risk"), later("limb_painful_one_side")], "urgent", "dvt"),
    ("K25", [seen("injection_today"), seen("itch", turn=1), later("belly_cramps")], "urgent", "anaphylaxis"),
    ("K26", [seen("too_much_medicine_by_mistake"), later("overdose_deliberate")], "emergency", "mental_health_crisis"),
    ("K26", [seen("overdose_taken"), later("overdose_deliberate")], "emergency", "overdose"),
]


@pytest.mark.parametrize(("row", "facts", "level", "category"), ROWS)
def test_a_combination_over_turns_raises(row: str, facts: list[Seen], level: str, category: str) -> None:
    assert outcome(*facts) == (level, category), row


def test_every_row_of_the_table_is_written_and_tried() -> None:
    """K2 is K1 read backwards; K21 and K22 are about sticking and are proved in test_urgency_course.py."""
    written = {rule.combination for rule in real_rules().rules if rule.combination}
    tried = {row for row, *_ in ROWS} - {"K2"}
    assert written == tried == {f"K{number}" for number in range(1, 27)} - {"K2", "K21", "K22"}


QUIET = [
    [seen("limb_swollen_one_side", days_before=15), later("breathlessness")],
    [seen("injection_today", days_before=2), later("itch"), later("belly_cramps")],
    [lab("haemoglobin", "66", days_before=31), seen("b12_started_lately"), later("muscle_cramps")],
    [seen("anaemia_known"), later("breathlessness")],
    [seen("numbness_tingling", trend=Trend.STABLE), later("fatigue")],
    [seen("injection_site_pain"), later("fatigue")],
    [seen("low_mood"), later("fatigue")],
    [seen("pregnancy"), later("headache")],
    [seen("breastfeeding"), later("fatigue")],
    [seen("leber_optic_neuropathy"), later("fatigue")],
    [seen("anticoagulant"), later("injection_site_pain")],
    [lab("neutrophils", "0.6"), later("fatigue")],
    [seen("nitrous_oxide", days_ago=91), later("numbness_tingling")],
    [lab("potassium", "4.0"), later("muscle_cramps")],
    [seen("clot_risk"), later("muscle_cramps")],
]


@pytest.mark.parametrize("facts", QUIET)
def test_the_nearest_harmless_pair_does_not_raise(facts: list[Seen]) -> None:
    level, _ = outcome(*facts)
    assert level in ("none", "check")
