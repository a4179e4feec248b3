"""
Patients written down from the clinical sources, row by row, and what the assessment must say of each.

`bot/knowledge/worked_examples.yml` holds the agreed examples; these lie between them: both sides of
conditions, exceptions, and what an input that is doubtful, old or odd may not do.
Each is (what it shows, the patient, what the answer must hold).
"""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.batch.assess import PATIENT_FIELDS, handler
from bot.batch.lines import Handler, run_lines
from tests.clinical.core_rules import UNITS

TODAY = date(2026, 3, 14)


@pytest.fixture(scope="module")
def regions() -> dict[str, Handler]:
    return {region: handler(region=region, today=TODAY) for region in ("uk", "us", "eu")}


def labs(**values: Any) -> list[dict[str, Any]]:
    """Results in their usual unit; a mapping adds or changes fields."""
    made = []
    for analyte, said in values.items():
        fields = said if isinstance(said, dict) else {"value": said}
        unit = {"unit": UNITS[analyte]} if analyte in UNITS else {}
        made.append({"analyte": analyte, **unit, **fields})
    return made


def known(*symptoms: Any, history: tuple[Any, ...] = (), facts: tuple[Any, ...] = (), **more: Any) -> dict[str, Any]:
    """A patient; every keyword that names a test is a result, every other a field."""
    results = {key: more.pop(key) for key in list(more) if key in UNITS or key.endswith("antibody")}
    return {"symptoms": list(symptoms), "history": list(history), "facts": list(facts), "labs": labs(**results), **more}


def is_(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, **more}


def gives(route: str | None, rule: str, *indications: str, **more: Any) -> dict[str, Any]:
    return {"route": route, "rule": rule, "indications": list(indications), **more}


INJECTION, ORAL, CONFIRM = "injection_favoured", "oral_reasonable", "confirm_first"
INSUFFICIENT, NOT_SUPPORTED, TREATED = "insufficient_information", "not_supported", "already_treated"
SEVERE = "severe_deficiency_or_anaemia"

PATIENTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    # --- R1
    ("a girl of 15 is referred", known(age=15, b12=100), gives("out_of_scope", "R1", key_missing=[])),
    ("at 16 the rules begin", known(age=16, b12=100), gives(ORAL, "R6")),
    ("a child in danger is a danger first", known(age=6, facts=("seizure",)), gives(None, "R0", level="emergency")),
    # --- R2
    ("on injections, well", known(history=("current_b12_injections",)), gives(TREATED, "R2", flags=[])),
    (
        "on injections, tingling that gets better",
        known(is_("numbness_tingling", course="better"), history=("current_b12_injections",)),
        gives(TREATED, "R2", flags=[]),
    ),
    (
        "on injections, tingling that stays",
        known(is_("numbness_tingling", course="stable"), history=("current_b12_injections",)),
        gives(TREATED, "R2", flags=["review"]),
    ),
    (
        "ninety days late is still on treatment",
        known(history=("current_b12_injections",), days_since_last_injection=174, injection_interval_days=84, b12=100),
        gives(TREATED, "R2"),
    ),
    (
        "ninety-one days late is untreated",
        known(history=("current_b12_injections",), days_since_last_injection=175, injection_interval_days=84, b12=100),
        gives(ORAL, "R6"),
    ),
    (
        "injections that were stopped",
        known(history=(is_("current_b12_injections", present=False), "pernicious_anaemia"), b12=100),
        gives(INJECTION, "R5", "malabsorption"),
    ),
    (
        "nerves worse on injections are urgent",
        known(is_("gait_change", course="worse", worse_days=10), history=("current_b12_injections",)),
        gives(None, "R0", level="urgent"),
    ),
    # --- R3, R3b
    ("symptoms only", known("fatigue"), gives(INSUFFICIENT, "R3", flags=[])),
    ("nerves without results", known("gait_change"), gives(INSUFFICIENT, "R3", flags=["expedite"])),
    (
        "blood count alone opens no route",
        known(sex="female", haemoglobin=95, mcv=112),
        gives(INSUFFICIENT, "R3"),
    ),
    (
        "pernicious anaemia without results",
        known(history=("pernicious_anaemia",)),
        gives(INSUFFICIENT, "R3b", flags=["expedite"]),
    ),
    (
        "the patient's own guess is no diagnosis",
        known(history=(is_("pernicious_anaemia", confirmed_by_doctor=False),)),
        gives(INSUFFICIENT, "R3", flags=[]),
    ),
    ("total gastrectomy", known(history=(is_("gastrectomy", detail="total"),)), gives(INSUFFICIENT, "R3b")),
    ("partial gastrectomy", known(history=(is_("gastrectomy", detail="partial"),)), gives(INSUFFICIENT, "R3")),
    ("extent not known is not lasting", known(history=("gastrectomy",)), gives(INSUFFICIENT, "R3")),
    (
        "complete ileal resection",
        known(history=(is_("ileal_resection", detail="complete"),)),
        gives(INSUFFICIENT, "R3b"),
    ),
    (
        "bypass is lasting malabsorption but no irreversible cause of R3b",
        known(history=(is_("bariatric_surgery", detail="bypass"),)),
        gives(INSUFFICIENT, "R3"),
    ),
    (
        "the antibody stands for the diagnosis",
        known(intrinsic_factor_antibody={"value": "positive"}),
        gives(INSUFFICIENT, "R3b"),
    ),
    (
        "a lasting cause on tablets",
        known(history=("pernicious_anaemia", "current_oral_b12")),
        gives(INSUFFICIENT, "R3"),
    ),
    # --- R3c
    (
        "told by a doctor, vegan, well",
        known(history=("vegan_diet",), deficiency_confirmed_by_doctor=True),
        gives(ORAL, "R3c/R6"),
    ),
    (
        "told by a doctor, numb feet",
        known("numbness_tingling", deficiency_confirmed_by_doctor=True),
        gives(INJECTION, "R3c/R5", "neurologic"),
    ),
    (
        "told by a doctor, vitiligo, cause unknown",
        known(history=("vitiligo",), deficiency_confirmed_by_doctor=True),
        gives(CONFIRM, "R3c/R6b"),
    ),
    (
        "told by a doctor, number without unit",
        known("numbness_tingling", b12={"value": 150, "unit": None}, deficiency_confirmed_by_doctor=True),
        gives(INJECTION, "R3c/R5", "neurologic"),
    ),
    (
        "told by a doctor, result of two years ago",
        known("memory_problems", b12={"value": 120, "date": "2024-01"}, deficiency_confirmed_by_doctor=True),
        gives(INJECTION, "R3c/R5", "neurologic"),
    ),
    (
        "told by a doctor, corrected since",
        known("numbness_tingling", b12=400, deficiency_confirmed_by_doctor=True),
        gives(NOT_SUPPORTED, "R11"),
    ),
    # --- R4
    ("an open comparator", known(b12={"value": 150, "comparator": "<"}), gives(INSUFFICIENT, "R4")),
    ("a comparator within the band", known(b12={"value": 130, "comparator": "<"}), gives(ORAL, "R6")),
    ("a value that must be asked again", known(b12=20), gives(INSUFFICIENT, "R4")),
    ("asked and confirmed", known(b12={"value": 20, "implausible": False}), gives(INJECTION, "R5", SEVERE)),
    (
        "usual after an injection two months ago",
        known(history=(is_("current_b12_injections", present=False),), b12=500, days_since_last_injection=60),
        gives(CONFIRM, "R4"),
    ),
    ("usual, last tablet 15 days ago", known(b12=500, days_since_last_tablet=15), gives(NOT_SUPPORTED, "R11")),
    ("usual, last tablet 14 days ago", known(b12=500, days_since_last_tablet=14), gives(CONFIRM, "R4")),
    ("still low on tablets stays low", known(b12=100, days_since_last_tablet=1), gives(ORAL, "R6")),
    (
        "older than twelve months is not known",
        known(b12={"value": 100, "date": "2025-03-13"}),
        gives(INSUFFICIENT, "R3"),
    ),
    ("twelve months old still counts", known(b12={"value": 100, "date": "2025-03-14"}), gives(ORAL, "R6")),
    # --- R4b
    (
        "MMA alone, raised, tired",
        known("fatigue", age=40, mma=620),
        gives(INJECTION, "R4b/R7", "functional_deficiency"),
    ),
    (
        "MMA alone, raised, vegan",
        known("fatigue", history=("vegan_diet",), age=40, mma=620),
        gives(ORAL, "R4b/R7", "functional_deficiency"),
    ),
    ("MMA alone, raised, nothing else", known(age=40, mma=620), gives(ORAL, "R4b/R7")),
    ("MMA alone, usual", known("fatigue", age=40, mma=200), gives(INSUFFICIENT, "R4b")),
    ("MMA alone, mild, kidneys not asked", known("fatigue", age=40, mma=350), gives(CONFIRM, "R4b/R7c")),
    (
        "homocysteine 25 alone, folate usual",
        known("fatigue", homocysteine=25, folate=20),
        gives(INJECTION, "R4b/R7", "functional_deficiency"),
    ),
    ("homocysteine 25 alone, folate not done", known("fatigue", homocysteine=25), gives(CONFIRM, "R4b/R7c")),
    # --- R5 and the indications
    ("the edge of deficient, below", known("gait_change", b12=132.4), gives(INJECTION, "R5", "neurologic")),
    ("the edge of deficient, at it", known("gait_change", b12=132.5), gives(CONFIRM, "R7b", flags=["expedite"])),
    ("179 ng/L is deficient", known(b12={"value": 179, "unit": "ng/L"}), gives(ORAL, "R6")),
    ("180 ng/L is not", known(b12={"value": 180, "unit": "ng/L"}), gives(CONFIRM, "R7b")),
    ("350 ng/L is indeterminate", known(b12={"value": 350, "unit": "ng/L"}), gives(CONFIRM, "R7b")),
    ("351 ng/L is above", known(b12={"value": 351, "unit": "pg/mL"}), gives(NOT_SUPPORTED, "R11")),
    ("very low", known(b12={"value": 99, "unit": "ng/L"}), gives(INJECTION, "R5", SEVERE)),
    ("not very low", known(b12={"value": 100, "unit": "ng/L"}), gives(ORAL, "R6")),
    (
        "active B12 24.9",
        known("vision_change", active_b12=24.9),
        gives(INJECTION, "R5", "neurologic", "high_risk_context"),
    ),
    ("active B12 25", known("vision_change", active_b12=25), gives(CONFIRM, "R7b", flags=["expedite"])),
    ("active B12 70 is indeterminate", known(active_b12=70), gives(CONFIRM, "R7b")),
    ("active B12 71 is not", known(active_b12=71), gives(NOT_SUPPORTED, "R11")),
    ("active B12 below 10 is very low", known(active_b12=9.9), gives(INJECTION, "R5", SEVERE)),
    ("soft symptoms alone are not neurologic", known("dizziness", "tinnitus", "low_mood", b12=120), gives(ORAL, "R6")),
    ("brain fog counts with a low result", known("brain_fog", b12=120), gives(INJECTION, "R5", "neurologic")),
    (
        "numb hands that a doctor explained",
        known(is_("numbness_tingling", explained_by_doctor=True, course="stable"), history=("vegan_diet",), b12=120),
        gives(ORAL, "R6"),
    ),
    ("Hb 99 is marked", known(sex="female", haemoglobin=99, b12=120), gives(INJECTION, "R5", SEVERE)),
    ("Hb 100 is not", known(sex="female", haemoglobin=100, b12=120), gives(ORAL, "R6")),
    (
        "Hb 112 and dizziness that limits life",
        known(is_("dizziness", limits_daily_life=True), sex="female", haemoglobin=112, b12=120),
        gives(INJECTION, "R5", SEVERE),
    ),
    (
        "Hb 112 and few neutrophils",
        known(sex="female", haemoglobin=112, neutrophils=1.4, b12=120),
        gives(INJECTION, "R5", SEVERE),
    ),
    (
        "tiredness that stops daily life",
        known(is_("fatigue", limits_daily_life=True), b12=120),
        gives(INJECTION, "R5", SEVERE),
    ),
    (
        "sleeve",
        known(history=(is_("bariatric_surgery", detail="sleeve"),), b12=120),
        gives(INJECTION, "R5", "malabsorption"),
    ),
    ("gastric band", known(history=(is_("bariatric_surgery", detail="band"),), b12=120), gives(ORAL, "R6")),
    ("Crohn's of the colon", known(history=(is_("crohns_disease", detail="colon"),), b12=120), gives(ORAL, "R6")),
    ("Crohn's, place not said", known(history=("crohns_disease",), b12=120), gives(INJECTION, "R5", "malabsorption")),
    ("coeliac, controlled", known(history=(is_("coeliac_disease", detail="controlled"),), b12=120), gives(ORAL, "R6")),
    (
        "coeliac, active",
        known(history=(is_("coeliac_disease", detail="active"),), b12=120),
        gives(INJECTION, "R5", "malabsorption"),
    ),
    ("pancreatitis", known(history=("chronic_pancreatitis",), b12=120), gives(INJECTION, "R5", "malabsorption")),
    ("sibo", known(history=("sibo",), b12=120), gives(INJECTION, "R5", "malabsorption", "oral_not_feasible")),
    ("H. pylori alone", known(history=("h_pylori",), b12=120), gives(ORAL, "R6")),
    ("acid tablets alone", known(history=("ppi", "h2_blocker"), b12=120), gives(ORAL, "R6")),
    (
        "parietal antibody alone is no malabsorption",
        known(parietal_cell_antibody={"value": "positive"}, b12=120),
        gives(CONFIRM, "R6b"),
    ),
    ("breastfeeding", known(history=("breastfeeding",), b12=120), gives(INJECTION, "R5", "high_risk_context")),
    (
        "gas use with numbness",
        known("numbness_tingling", history=(is_("nitrous_oxide", days_ago=80),), b12=120),
        gives(INJECTION, "R5", "neurologic", "high_risk_context", flags=["clot_risk_note"]),
    ),
    (
        "gas use four months ago",
        known("numbness_tingling", history=(is_("nitrous_oxide", days_ago=120),), b12=120),
        gives(INJECTION, "R5", "neurologic"),
    ),
    (
        "tablets 3 months at 50 ug and still low",
        known(history=("vegan_diet", "current_oral_b12"), oral_trial_days=90, oral_dose_ug=50, b12=120),
        gives(INJECTION, "R5", "oral_failure"),
    ),
    (
        "89 days are too short",
        known(history=("vegan_diet", "oral_b12_failed"), oral_trial_days=89, oral_dose_ug=1000, b12=120),
        gives(ORAL, "R6"),
    ),
    (
        "malabsorption needs 1 mg",
        known(history=("sibo", "current_oral_b12"), oral_trial_days=200, oral_dose_ug=500, b12=120),
        gives(INJECTION, "R5", "malabsorption", "oral_not_feasible"),
    ),
    (
        "missed doses are another code",
        known(history=("oral_b12_failed", "adherence_difficulty"), b12=120),
        gives(INJECTION, "R5", "oral_not_feasible"),
    ),
    (
        "diarrhoea for 28 days",
        known(is_("diarrhoea", duration_days=28), b12=120),
        gives(INJECTION, "R5", "oral_not_feasible"),
    ),
    ("diarrhoea for a week", known(is_("diarrhoea", duration_days=7), b12=120), gives(ORAL, "R6")),
    # --- R6, R6b
    ("markers, cause unknown", known(history=("type_1_diabetes",), b12=120), gives(CONFIRM, "R6b")),
    ("markers with a known cause", known(history=("type_1_diabetes", "vegan_diet"), b12=120), gives(ORAL, "R6")),
    (
        "markers, antibody negative",
        known(history=("vitiligo",), intrinsic_factor_antibody={"value": "negative"}, b12=120),
        gives(ORAL, "R6"),
    ),
    (
        "markers, antibody equivocal counts as neither",
        known(history=("vitiligo",), intrinsic_factor_antibody={"value": "equivocal"}, b12=120),
        gives(CONFIRM, "R6b"),
    ),
    ("large cells, cause unknown", known(mcv=100.1, b12=120), gives(CONFIRM, "R6b")),
    ("MCV of 100 is usual", known(mcv=100, b12=120), gives(ORAL, "R6")),
    ("age alone is no cause", known(age=82, mcv=108, b12=120), gives(CONFIRM, "R6b")),
    # --- R7
    ("raised, no sign at all", known(age=40, b12=200, mma=620), gives(ORAL, "R7")),
    (
        "raised, tired, cause unknown",
        known("fatigue", age=40, b12=200, mma=620),
        gives(INJECTION, "R7", "functional_deficiency"),
    ),
    (
        "raised, tired, metformin",
        known("fatigue", history=("metformin",), age=40, b12=200, mma=620),
        gives(ORAL, "R7", "functional_deficiency"),
    ),
    (
        "raised, metformin, cannot work",
        known(is_("fatigue", limits_daily_life=True), history=("metformin",), age=40, b12=200, mma=620),
        gives(INJECTION, "R7", SEVERE, "functional_deficiency"),
    ),
    (
        "lasting cause, indeterminate, numb",
        known("numbness_tingling", history=("pernicious_anaemia",), b12=200),
        gives(INJECTION, "R7a", "malabsorption"),
    ),
    (
        "lasting cause, indeterminate, well",
        known(history=("pernicious_anaemia",), b12=200),
        gives(CONFIRM, "R7b", "malabsorption"),
    ),
    (
        "pregnant, indeterminate",
        known(pregnant=True, active_b12=40),
        gives(CONFIRM, "R7b", flags=["expedite", "clot_risk_note"]),
    ),
    ("homocysteine usual, MMA not done", known("fatigue", b12=200, homocysteine=10), gives(CONFIRM, "R7b")),
    ("homocysteine 18", known("fatigue", b12=200, homocysteine=18, folate=20), gives(CONFIRM, "R7c")),
    ("homocysteine 15 is usual", known("fatigue", b12=200, homocysteine=15), gives(CONFIRM, "R7b")),
    (
        "MMA 350, kidneys well",
        known("fatigue", history=(is_("kidney_disease", present=False),), age=40, b12=200, mma=350),
        gives(INJECTION, "R7", "functional_deficiency"),
    ),
    ("MMA 350, kidneys not asked", known("fatigue", age=40, b12=200, mma=350), gives(CONFIRM, "R7c")),
    ("MMA 300 at 70", known("fatigue", age=70, b12=200, mma=300), gives(NOT_SUPPORTED, "R7d")),
    ("MMA 300, age not known", known("fatigue", b12=200, mma=300), gives(CONFIRM, "R7c")),
    (
        "kidneys make a raised MMA uncertain",
        known("fatigue", history=("kidney_disease",), age=40, b12=200, mma=900),
        gives(CONFIRM, "R7c", flags=["renal_review"]),
    ),
    ("MMA usual, tired", known("fatigue", age=40, b12=200, mma=180), gives(NOT_SUPPORTED, "R7d")),
    (
        "MMA usual, numb",
        known("numbness_tingling", age=40, b12=200, mma=180),
        gives(CONFIRM, "R7e", flags=["expedite"]),
    ),
    (
        "MMA and homocysteine usual, numb",
        known("numbness_tingling", age=40, b12=200, mma=180, homocysteine=9),
        gives(NOT_SUPPORTED, "R7d"),
    ),
    (
        "MMA usual, antibody positive",
        known(age=40, b12=200, mma=180, intrinsic_factor_antibody={"value": "positive"}),
        gives(CONFIRM, "R7e", "malabsorption"),
    ),
    (
        "MMA usual, bypass",
        known(history=(is_("bariatric_surgery", detail="bypass"),), age=40, b12=200, mma=180),
        gives(CONFIRM, "R7e"),
    ),
    # --- the pill and HRT
    (
        "on the pill, low, no symptom",
        known(history=("hormonal_contraception",), b12=120),
        gives(CONFIRM, "R7b", flags=["clot_risk_note"]),
    ),
    (
        "on the mini-pill, low",
        known(history=(is_("hormonal_contraception", detail="progestogen"),), b12=120),
        gives(ORAL, "R6", flags=[]),
    ),
    ("on HRT, low, tired", known("fatigue", history=("hrt",), b12=120), gives(ORAL, "R6", flags=["clot_risk_note"])),
    ("on HRT, low, large cells", known(history=("hrt",), mcv=110, b12=120), gives(CONFIRM, "R6b")),
    ("on HRT, very low", known(history=("hrt",), b12=70), gives(INJECTION, "R5", SEVERE)),
    # --- R8
    (
        "pregnant, low total, anaemia",
        known(pregnant=True, trimester=2, haemoglobin=104, b12=120),
        gives(INJECTION, "R8", "high_risk_context"),
    ),
    (
        "pregnant, low total, Hb just enough",
        known(pregnant=True, trimester=2, haemoglobin=105, b12=120),
        gives(CONFIRM, "R8"),
    ),
    (
        "pregnant, low total, sibo",
        known(pregnant=True, history=("sibo",), b12=120),
        gives(INJECTION, "R8", "malabsorption", "high_risk_context", "oral_not_feasible"),
    ),
    (
        "pregnant, low total, told by a doctor",
        known(pregnant=True, b12=120, deficiency_confirmed_by_doctor=True),
        gives(INJECTION, "R8", "high_risk_context"),
    ),
    (
        "pregnant, low total, tablets failed",
        known(pregnant=True, history=("oral_b12_failed",), b12=120),
        gives(INJECTION, "R8", "high_risk_context", "oral_failure"),
    ),
    (
        "pregnant, total low and active usual: active counts",
        known(pregnant=True, b12=120, active_b12=90),
        gives(NOT_SUPPORTED, "R11"),
    ),
    (
        "pregnant, total usual and active low: active counts",
        known(pregnant=True, b12=300, active_b12=20),
        gives(INJECTION, "R5", "high_risk_context"),
    ),
    (
        "pregnant, low total, MMA raised",
        known(pregnant=True, age=30, b12=120, mma=620),
        gives(INJECTION, "R7", "high_risk_context"),
    ),
    # --- R9
    (
        "tests disagree, numb",
        known("numbness_tingling", b12=300, active_b12=20),
        gives(CONFIRM, "R9", "neurologic", flags=["expedite"]),
    ),
    ("tests agree", known("numbness_tingling", b12=120, active_b12=20), gives(INJECTION, "R5", "neurologic")),
    # --- R10, R11
    (
        "usual, gas, no nerve sign",
        known(history=("nitrous_oxide",), b12=300),
        gives(NOT_SUPPORTED, "R11", flags=["clot_risk_note"]),
    ),
    (
        "usual, antibody positive",
        known(b12=300, intrinsic_factor_antibody={"value": "positive"}),
        gives(CONFIRM, "R10"),
    ),
    (
        "usual, MMA raised, tired",
        known("fatigue", age=40, b12=300, mma=620),
        gives(INJECTION, "R10", "functional_deficiency"),
    ),
    (
        "usual, MMA raised, kidneys ill",
        known("fatigue", history=("kidney_disease",), age=40, b12=300, mma=620),
        gives(CONFIRM, "R10", flags=["renal_review"]),
    ),
    (
        "usual, bypass, numb",
        known("numbness_tingling", history=(is_("bariatric_surgery", detail="bypass"),), b12=300),
        gives(CONFIRM, "R10", flags=["expedite"]),
    ),
    (
        "usual, bypass, tired",
        known("fatigue", history=(is_("bariatric_surgery", detail="bypass"),), b12=300),
        gives(NOT_SUPPORTED, "R11"),
    ),
    (
        "usual, homocysteine 25 does not count alone",
        known("fatigue", b12=300, homocysteine=25, folate=20),
        gives(NOT_SUPPORTED, "R11"),
    ),
    (
        "usual, gas and homocysteine 25",
        known("fatigue", history=("nitrous_oxide",), b12=300, homocysteine=25),
        gives(INJECTION, "R10", "high_risk_context", "functional_deficiency", flags=["clot_risk_note"]),
    ),
    (
        "usual, gas, homocysteine 25, folate low",
        known("fatigue", history=("nitrous_oxide",), b12=300, homocysteine=25, folate=5),
        gives(NOT_SUPPORTED, "R11"),
    ),
    # --- flags
    (
        "every flag by a code",
        known(
            history=("cobalamin_allergy", "leber_optic_neuropathy", "anticoagulant", "kidney_disease", "smoking"),
            b12=300,
        ),
        gives(
            NOT_SUPPORTED,
            "R11",
            flags=["allergy_review", "leber_review", "im_bleeding_review", "renal_review", "clot_risk_note"],
        ),
    ),
    ("potassium 3.4", known(b12=300, potassium=3.4), gives(NOT_SUPPORTED, "R11", flags=["potassium_review"])),
    ("potassium 3.5", known(b12=300, potassium=3.5), gives(NOT_SUPPORTED, "R11", flags=[])),
    (
        "homocysteine 100",
        known(b12=300, homocysteine=100),
        gives(NOT_SUPPORTED, "R11", flags=["clot_risk_note", "review"]),
    ),
    (
        "platelets 1001",
        known(b12=300, platelets={"value": 1001, "implausible": False}),
        gives(NOT_SUPPORTED, "R11", flags=["clot_risk_note", "review"]),
    ),
    (
        "Hb 75 is for staff today",
        known(b12=300, haemoglobin=75),
        gives(NOT_SUPPORTED, "R11", flags=["expedite"], level="none"),
    ),
    ("age alone is no clot risk", known(age=85, b12=300), gives(NOT_SUPPORTED, "R11", flags=[])),
    # --- level: critical results
    ("Hb 69.9", known(haemoglobin=69.9, b12=100), gives(None, "R0", level="urgent")),
    (
        "Hb 6.9 g/dL, eight days ago",
        known(haemoglobin={"value": 6.9, "unit": "g/dL", "date": "2026-03-06"}, b12=100),
        gives(INJECTION, "R5", SEVERE, level="none"),
    ),
    (
        "Hb 6.9 g/dL, seven days ago",
        known(haemoglobin={"value": 6.9, "unit": "g/dL", "date": "2026-03-07"}),
        gives(None, "R0", level="urgent"),
    ),
    (
        "Hb 62 of 2019 is history",
        known(haemoglobin={"value": 62, "date": "2019"}, b12=300),
        gives(NOT_SUPPORTED, "R11", level="none"),
    ),
    ("bare Hb 6.8 is read as g/dL", known(haemoglobin={"value": 6.8, "unit": None}), gives(None, "R0", level="urgent")),
    ("an Hb to be asked again escalates at once", known(haemoglobin=55), gives(None, "R0", level="urgent")),
    ("Hb 76 at 75 years", known(age=75, haemoglobin=76), gives(None, "R0", level="urgent")),
    ("Hb 76 at 74 years", known(age=74, haemoglobin=76), gives(INSUFFICIENT, "R3", level="none", flags=["expedite"])),
    ("Hb 76 and bleeding", known(haemoglobin=76, facts=("black_stool",)), gives(None, "R0", level="urgent")),
    ("Hb 76 and chest pain", known(haemoglobin=76, facts=("chest_pain",)), gives(None, "R0", level="emergency")),
    ("platelets 49", known(platelets=49), gives(None, "R0", level="urgent")),
    (
        "platelets 49 and bleeding",
        known(platelets=49, facts=("bleeding_not_stopping",)),
        gives(None, "R0", level="emergency"),
    ),
    (
        "platelets 19 and a blow to the head",
        known(platelets=19, facts=("head_injury",)),
        gives(None, "R0", level="emergency"),
    ),
    ("neutrophils 0.9, well", known(neutrophils=0.9), gives(INSUFFICIENT, "R3", level="none", flags=["expedite"])),
    ("neutrophils 0.9 and fever", known(neutrophils=0.9, facts=("fever",)), gives(None, "R0", level="emergency")),
    ("potassium 2.4", known(potassium=2.4), gives(None, "R0", level="urgent")),
    ("potassium 2.4 and palpitations", known("palpitations", potassium=2.4), gives(None, "R0", level="emergency")),
    (
        "potassium 2.7, well",
        known(potassium=2.7),
        gives(INSUFFICIENT, "R3", level="none", flags=["expedite", "potassium_review"]),
    ),
    ("potassium 2.7, tired", known("fatigue", potassium=2.7), gives(None, "R0", level="urgent")),
    ("potassium 6.0", known(potassium=6.0), gives(None, "R0", level="urgent")),
    ("potassium 6.5 and weak", known("weakness", potassium=6.5), gives(None, "R0", level="emergency")),
    (
        "three low counts",
        known(sex="female", haemoglobin=110, platelets=99, neutrophils=0.9),
        gives(None, "R0", level="urgent"),
    ),
    (
        "two low counts",
        known(sex="female", haemoglobin=110, platelets=99, neutrophils=1.6),
        gives(INSUFFICIENT, "R3", level="none"),
    ),
    # --- level: facts and combinations
    ("one leg swollen", known(facts=("limb_swollen_one_side",)), gives(None, "R0", level="urgent")),
    (
        "leg, then breath",
        known(facts=("limb_swollen_one_side", "breathless_sudden")),
        gives(None, "R0", level="emergency"),
    ),
    (
        "one leg swollen in pregnancy",
        known(pregnant=True, facts=("limb_swollen_one_side",)),
        gives(None, "R0", level="urgent"),
    ),
    (
        "headache and sight in pregnancy",
        known("headache", trimester=3, facts=("sight_reduced",)),
        gives(None, "R0", level="emergency"),
    ),
    (
        "Hb 65 three weeks ago, first injection, cramps",
        known(haemoglobin={"value": 65, "date": "2026-02-21"}, days_since_last_injection=4, facts=("muscle_cramps",)),
        gives(None, "R0", level="urgent"),
    ),
    (
        "Hb 65 three weeks ago and cramps, no B12 yet",
        known(haemoglobin={"value": 65, "date": "2026-02-21"}, facts=("muscle_cramps",)),
        gives(INSUFFICIENT, "R3"),
    ),
    (
        "platelets 45 two weeks ago and a blow to the head",
        known(platelets={"value": 45, "date": "2026-02-28"}, facts=("head_injury",)),
        gives(None, "R0", level="emergency"),
    ),
    (
        "platelets 45 last year and a denied blow",
        known(platelets={"value": 45, "date": "2025-05-01"}, facts=(is_("head_injury", present=False),)),
        gives(INSUFFICIENT, "R3", level="none"),
    ),
    (
        "neutrophils 0.6 two weeks ago and fever",
        known(neutrophils={"value": 0.6, "date": "2026-02-28"}, facts=("fever",)),
        gives(None, "R0", level="emergency"),
    ),
    (
        "hives on the day of the injection and faint",
        known(days_since_last_injection=0, facts=("hives_widespread", "fainted")),
        gives(None, "R0", level="emergency"),
    ),
    ("hives alone", known(facts=("hives_widespread",)), gives(None, "R0", level="urgent")),
    (
        "blood thinner and black stool",
        known(history=("anticoagulant",), facts=("black_stool",)),
        gives(None, "R0", level="emergency"),
    ),
    (
        "gas and a swollen leg",
        known(history=("nitrous_oxide",), facts=("limb_swollen_one_side",)),
        gives(None, "R0", level="urgent"),
    ),
    (
        "gas and both legs weak",
        known(history=("nitrous_oxide",), facts=(is_("both_legs_weak", duration_days=2),)),
        gives(None, "R0", level="emergency"),
    ),
    ("suicidal intent", known(facts=("suicidal_intent",)), gives(None, "R0", level="emergency")),
    ("life not worth living", known(facts=("life_not_worth_living",)), gives(None, "R0", level="urgent")),
    (
        "baby limp, mother feeds",
        known(history=("breastfeeding",), facts=("baby_floppy_or_not_feeding",)),
        gives(None, "R0", level="emergency"),
    ),
    (
        "baby loses skills, mother feeds",
        known(history=("breastfeeding",), facts=("baby_losing_skills",)),
        gives(None, "R0", level="urgent"),
    ),
    (
        "all dangers denied",
        known(facts=(is_("chest_pain", present=False), is_("seizure", present=False)), b12=300),
        gives(NOT_SUPPORTED, "R11", level="none"),
    ),
    (
        "nerves worse in 28 days",
        known(is_("balance_problems", course="worse", worse_days=28), b12=120),
        gives(None, "R0", level="urgent"),
    ),
    (
        "nerves worse in two months",
        known(is_("balance_problems", course="worse", worse_days=60), b12=120),
        gives(INJECTION, "R5", "neurologic", level="none"),
    ),
    (
        "general weakness worse this week",
        known(is_("weakness", course="worse", worse_days=5), b12=120),
        gives(None, "R0", level="urgent"),
    ),
    (
        "mood worse this week is no nerve sign",
        known(is_("low_mood", course="worse", worse_days=5), b12=120),
        gives(ORAL, "R6", level="none"),
    ),
]


@pytest.mark.parametrize(("patient", "answer"), [row[1:] for row in PATIENTS], ids=[row[0] for row in PATIENTS])
def test_the_patient_gets_this_answer(
    regions: dict[str, Handler], patient: dict[str, Any], answer: dict[str, Any]
) -> None:
    found = regions["uk"]({"id": 1, "patient": patient})
    assert {key: found[key] for key in answer} == answer
    assert found["reasons"] and all(reason["because"] and reason["source"] for reason in found["reasons"])
    json.dumps(found, allow_nan=False)


REGIONAL: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "us",
        "a low total in pregnancy confirms",
        known(pregnant=True, b12=120),
        gives(INJECTION, "R8", "high_risk_context"),
    ),
    ("eu", "a low total in pregnancy does not", known(pregnant=True, b12=120), gives(CONFIRM, "R8")),
    (
        "us",
        "MMA 272 is raised at any age",
        known("fatigue", history=(is_("kidney_disease", present=False),), age=80, b12=200, mma=272),
        gives(INJECTION, "R7", "functional_deficiency"),
    ),
    (
        "us",
        "MMA 271 is not",
        known("fatigue", history=(is_("kidney_disease", present=False),), age=80, b12=200, mma=271),
        gives(NOT_SUPPORTED, "R7d"),
    ),
    ("uk", "MMA 280 at 64 is usual", known("fatigue", age=64, b12=200, mma=280), gives(NOT_SUPPORTED, "R7d")),
    ("uk", "MMA 281 at 64 is raised, kidneys open", known("fatigue", age=64, b12=200, mma=281), gives(CONFIRM, "R7c")),
    ("uk", "MMA 360 at 65 is usual", known("fatigue", age=65, b12=200, mma=360), gives(NOT_SUPPORTED, "R7d")),
    ("eu", "MMA 361 at 65 is raised, kidneys open", known("fatigue", age=65, b12=200, mma=361), gives(CONFIRM, "R7c")),
    (
        "uk",
        "Hb 107 in the third trimester is enough here",
        known(trimester=3, haemoglobin=107, b12=120),
        gives(CONFIRM, "R8"),
    ),
    (
        "eu",
        "Hb 107 in the third trimester is anaemia",
        known(trimester=3, haemoglobin=107, b12=120),
        gives(INJECTION, "R8", "high_risk_context"),
    ),
]


@pytest.mark.parametrize(
    ("region", "patient", "answer"),
    [(row[0], *row[2:]) for row in REGIONAL],
    ids=[f"{row[0]}: {row[1]}" for row in REGIONAL],
)
def test_the_patient_gets_this_answer_in_this_region(
    regions: dict[str, Handler], region: str, patient: dict[str, Any], answer: dict[str, Any]
) -> None:
    found = regions[region]({"id": 1, "patient": patient})
    assert {key: found[key] for key in answer} == answer


#: Anything that JSON can hold, and things that look almost right.
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["b12", "fatigue", "chest_pain", "pmol/L", "positive", "2025-13", "worse", "NaN", "1e999"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "analyte", "value", "unit", "date", "present", "course", "x"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
RIGHT = st.fixed_dictionaries(
    {
        "analyte": st.sampled_from([*UNITS, "intrinsic_factor_antibody"]),
        "value": st.sampled_from([0, -1, 1e-9, 150, 1e308, "positive", "150", "", None]) | st.floats(),
        "unit": st.sampled_from([None, "", "pmol/L", "g/dL", "ng/mL", "10^9/L", "furlong"]),
        "comparator": st.sampled_from([None, "=", "<", ">", "~"]),
        "date": st.sampled_from([None, "2026", "2031-01", "2026-03-14", "0000", "soon"]),
    }
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(PATIENT_FIELDS), ODD, max_size=4), st.lists(RIGHT, max_size=4), st.booleans())
def test_any_input_gives_a_result_with_a_reason_or_a_named_error(
    regions: dict[str, Handler], odd: dict[str, Any], results: list[dict[str, Any]], with_labs: bool
) -> None:
    """Wrong types, unknown codes, missing fields, NaN, huge numbers, several values of one test."""
    patient = odd | ({"labs": results} if with_labs else {})
    out = io.StringIO()
    status = run_lines([json.dumps({"id": "x", "patient": patient})], out, regions["uk"])
    answer = json.loads(out.getvalue())
    assert answer["id"] == "x"
    if status:
        assert answer["error"] and "could not be processed" not in answer["error"]
    else:
        assert answer["reasons"] and answer["content_version"] and answer["rule"]


def test_several_values_of_one_test_use_the_newest(regions: dict[str, Handler]) -> None:
    def rule(*results: dict[str, Any]) -> str:
        return regions["uk"]({"id": 1, "patient": {"labs": list(results)}})["rule"]

    low = {"analyte": "b12", "value": 100, "unit": "pmol/L"}
    usual = {"analyte": "b12", "value": 300, "unit": "pmol/L"}
    assert rule(low, usual) == "R11"
    assert rule(usual, low) == "R6"
    assert rule(low | {"date": "2026-03"}, usual | {"date": "2025-12"}) == "R6"
    assert rule(usual | {"date": "2025-12"}, low | {"date": "2026-03"}) == "R6"
