"""`b12bot batch assess`: the worked examples, the exact shape of an answer, and every way a line can be wrong."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import bot.knowledge
from bot.batch.assess import PATIENT_FIELDS, assessing, handler
from bot.batch.lines import Handler, LineError, run_lines
from bot.clinical.assessment_rules import AssessmentRules
from bot.clinical.urgency import UrgencyRules
from bot.knowledge.assessment import load_assessment
from bot.knowledge.strict import read_yaml

FOLDER = Path(bot.knowledge.__file__).parent
TODAY = date(2025, 11, 20)
EXAMPLES = read_yaml(FOLDER / "worked_examples.yml")


@dataclass(frozen=True)
class OnlyAssessment:
    """The shipped rules without red flags, which have tests of their own."""

    assessment: AssessmentRules
    urgency: UrgencyRules = field(default_factory=lambda: UrgencyRules(()))
    version: str = "0123456789ab"


@pytest.fixture(scope="module")
def one() -> Handler:
    return assessing(OnlyAssessment(load_assessment(FOLDER, [])), today=TODAY)


@pytest.fixture(scope="module")
def shipped() -> Handler:
    return handler(region="uk", today=TODAY)


def patient_of(row: dict[str, Any]) -> dict[str, Any]:
    """As it would come out of a JSON line."""
    fields: dict[str, Any] = json.loads(json.dumps(row["patient"]))
    return fields


@pytest.mark.parametrize("row", EXAMPLES, ids=[row["id"] for row in EXAMPLES])
def test_worked_examples_get_the_agreed_answer(shipped: Handler, row: dict[str, Any]) -> None:
    answer = shipped({"id": row["id"], "patient": patient_of(row)})
    assert {key: answer[key] for key in row["expect"]} == row["expect"]


def test_all_thirty_three_examples_of_the_reference_are_there() -> None:
    assert {f"E{number}" for number in range(1, 34)} <= {row["id"] for row in EXAMPLES}


def test_an_answer_has_exactly_the_agreed_fields(one: Handler) -> None:
    answer = one(
        {"id": "a", "patient": {"labs": [{"analyte": "b12", "value": 60, "unit": "pmol/L"}], "history": ["hrt"]}}
    )
    assert list(answer) == [
        "id",
        "indications",
        "route",
        "rule",
        "flags",
        "level",
        "key_missing",
        "reasons",
        "content_version",
    ]
    assert answer["id"] == "a" and answer["content_version"] == "0123456789ab"
    for reason in answer["reasons"]:
        assert list(reason) == ["code", "because", "source"]
        assert all(isinstance(value, str) and value for value in reason.values())
    assert "(b12)" in next(r["because"] for r in answer["reasons"] if r["code"] == "severe_deficiency_or_anaemia")


def test_nothing_known_is_insufficient_information(one: Handler) -> None:
    answer = one({"id": 1, "patient": {}})
    assert (answer["route"], answer["rule"], answer["level"]) == ("insufficient_information", "R3", "none")


def test_null_is_the_same_as_not_said(one: Handler) -> None:
    empty = one({"id": 1, "patient": {}})
    assert one({"id": 1, "patient": dict.fromkeys(PATIENT_FIELDS)}) == empty


def test_a_bare_code_is_present_and_an_object_may_deny(one: Handler) -> None:
    low = [{"analyte": "b12", "value": 120, "unit": "pmol/L"}]
    bare = one({"id": 1, "patient": {"labs": low, "symptoms": ["gait_change"]}})
    told = one({"id": 1, "patient": {"labs": low, "symptoms": [{"name": "gait_change", "present": True}]}})
    denied = one({"id": 1, "patient": {"labs": low, "symptoms": [{"name": "gait_change", "present": False}]}})
    assert bare == told and bare["indications"] == ["neurologic"] and denied["indications"] == []


def test_everything_that_may_be_said_is_read(one: Handler) -> None:
    answer = one(
        {
            "id": 1,
            "patient": {
                "age": 40.0,
                "sex": "female",
                "pregnant": False,
                "symptoms": [
                    {
                        "name": "numbness_tingling",
                        "duration_days": 90,
                        "course": "better",
                        "worse_days": None,
                        "limits_daily_life": True,
                        "explained_by_doctor": False,
                    }
                ],
                "history": [
                    {"name": "crohns_disease", "detail": "ileum", "confirmed_by_doctor": True, "days_ago": 400}
                ],
                "facts": [
                    {
                        "name": "fever",
                        "present": False,
                        "duration_days": 1,
                        "course": "stable",
                        "worse_days": 1,
                        "days_ago": 2,
                    }
                ],
                "labs": [
                    {
                        "analyte": "b12",
                        "value": 120,
                        "comparator": "=",
                        "unit": "pmol/L",
                        "canonical_value": 120,
                        "canonical_unit": "pmol/L",
                        "unit_inferred": False,
                        "date": "2025-10",
                        "implausible": False,
                        "start": 0,
                        "end": 3,
                    }
                ],
                "deficiency_confirmed_by_doctor": True,
                "days_since_last_injection": 500,
                "injection_interval_days": 90,
                "days_since_last_tablet": 100,
                "oral_trial_days": 120,
                "oral_dose_ug": 1000,
            },
        }
    )
    assert answer["indications"] == ["neurologic", "severe_deficiency_or_anaemia", "malabsorption", "oral_failure"]


@pytest.mark.parametrize(
    ("lab", "rule"),
    [
        ({"analyte": "b12", "value": 30, "unit": "pmol/L"}, "R4"),
        ({"analyte": "b12", "value": 30, "unit": "pmol/L", "implausible": False}, "R5"),
        ({"analyte": "b12", "value": 120, "unit": "pmol/L", "implausible": True}, "R4"),
        ({"analyte": "b12", "value": "120", "unit": "pmol/L"}, "R6"),
        ({"analyte": "b12", "value": 99999, "unit": "pmol/L"}, "R3"),
        ({"analyte": "b12", "value": 90}, "R6"),
    ],
)
def test_a_doubtful_result_is_used_only_once_it_is_confirmed(one: Handler, lab: dict[str, Any], rule: str) -> None:
    assert one({"id": 1, "patient": {"labs": [lab]}})["rule"] == rule


def test_an_impossible_number_is_named_in_the_reasons(one: Handler) -> None:
    answer = one({"id": 1, "patient": {"labs": [{"analyte": "b12", "value": 99999, "unit": "pmol/L"}]}})
    assert "impossible_value" in [reason["code"] for reason in answer["reasons"]]


@pytest.mark.parametrize(
    ("patient", "sentence"),
    [
        (None, "patient: expected an object, found nothing"),
        ([], "patient: expected an object, found list"),
        ({"agee": 4}, "unknown field 'agee' (did you mean 'age'?)"),
        ({"age": "forty"}, "'age' must be a whole number, found str"),
        ({"age": True}, "'age' must be a whole number, found bool"),
        ({"age": 40.5}, "'age' must be a whole number, found float"),
        ({"age": -1}, "'age' must be from 0 to 130, found -1"),
        ({"age": 131}, "'age' must be from 0 to 130"),
        ({"trimester": 4}, "'trimester' must be from 1 to 3"),
        ({"sex": "F"}, "'sex' is 'F'. Allowed: female, male, other"),
        ({"sex": 1}, "'sex' must be a text, found int"),
        ({"pregnant": "yes"}, "'pregnant' must be true or false, found str"),
        ({"oral_trial_days": -3}, "'oral_trial_days' must be 0 or more, found -3"),
        ({"symptoms": "fatigue"}, "'symptoms' must be a list, found str"),
        ({"symptoms": ["tirednes"]}, "symptoms 1: 'name' is 'tirednes'"),
        ({"symptoms": ["fatigue", "vegan_diet"]}, "symptoms 2: 'name' is 'vegan_diet'"),
        ({"symptoms": [{"present": True}]}, "symptoms 1: 'name' is missing"),
        ({"symptoms": [3]}, "symptoms 1: expected an object, found int"),
        ({"symptoms": [{"name": "fatigue", "course": "bad"}]}, "'course' is 'bad'. Allowed: stable, worse, better"),
        ({"symptoms": [{"name": "fatigue", "detail": "x"}]}, "symptoms 1: unknown field 'detail'"),
        ({"history": ["fatigue"]}, "history 1: 'name' is 'fatigue'"),
        ({"history": [{"name": "gastrectomy", "detail": "half"}]}, "'detail' is 'half'. Allowed: total, partial"),
        ({"history": [{"name": "metformin", "detail": "total"}]}, "'detail' is 'total'. Allowed: nothing"),
        ({"facts": ["chest_pian"]}, "facts 1: 'name' is 'chest_pian' (did you mean 'chest_pain'?)"),
        ({"labs": [{"analyte": "b21", "value": 1}]}, "labs 1: 'analyte' is 'b21' (did you mean 'b12'?)"),
        ({"labs": [{"analyte": "b12", "unit": "ng/L"}]}, "labs 1: 'value' must be a number"),
        ({"labs": [{"analyte": "b12", "value": True}]}, "labs 1: 'value' must be a number"),
        ({"labs": [{"analyte": "b12", "value": "low"}]}, "labs 1: b12: 'low' is not a number"),
        ({"labs": [{"analyte": "b12", "value": 120, "unit": "mcg"}]}, "labs 1: b12: unit 'mcg' is not one of pmol/L"),
        ({"labs": [{"analyte": "b12", "value": 120, "comparator": "~"}]}, "'comparator' is '~'"),
        ({"labs": [{"analyte": "b12", "value": 120, "date": "May"}]}, "labs 1: 'May' is no date"),
        ({"labs": [{"analyte": "intrinsic_factor_antibody", "value": 12}]}, "12"),
    ],
)
def test_what_cannot_be_read_is_named(one: Handler, patient: object, sentence: str) -> None:
    with pytest.raises(LineError) as error:
        one({"id": 1, "patient": patient})
    assert sentence in str(error.value)


def test_one_bad_line_keeps_its_place_and_stops_nothing(one: Handler) -> None:
    out = io.StringIO()
    lines = [
        '{"id": 1, "patient": {}}',
        "",
        '{"id": 2, "patient": {"x": 1}}',
        "nonsense",
        '{"id": 3, "patient": {"age": 9}}',
    ]
    assert run_lines(lines, out, one) == 1
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [answer["id"] for answer in answers] == [1, 2, None, 3]
    assert "unknown field 'x'" in answers[1]["error"] and answers[3]["route"] == "out_of_scope"


@pytest.mark.parametrize(
    ("facts", "level", "category"),
    [
        (["limb_swollen_one_side"], "urgent", "dvt"),
        (["limb_swollen_one_side", "breathless_sudden"], "emergency", "pulmonary_embolism"),
        (["suicidal_intent"], "emergency", "mental_health_crisis"),
        (["saddle_numbness", "bladder_or_bowel_change"], "emergency", "spinal_cord"),
        (["face_droop"], "emergency", "stroke"),
        (["vomiting_blood"], "emergency", "bleeding"),
    ],
)
def test_danger_facts_raise_the_level_and_leave_no_route(
    shipped: Handler, facts: list[str], level: str, category: str
) -> None:
    answer = shipped(
        {"id": 1, "patient": {"facts": facts, "labs": [{"analyte": "b12", "value": 60, "unit": "pmol/L"}]}}
    )
    assert (answer["level"], answer["route"], answer["indications"]) == (level, None, [])
    assert category in [reason["code"] for reason in answer["reasons"]]


@pytest.mark.parametrize("region", ["us", "eu"])
def test_each_region_has_its_own_rules_and_version(region: str, shipped: Handler) -> None:
    other = handler(region=region, today=TODAY)
    record = {"id": 1, "patient": {"pregnant": True, "labs": [{"analyte": "b12", "value": 120, "unit": "pmol/L"}]}}
    assert other(record)["route"] == ("injection_favoured" if region == "us" else "confirm_first")
    assert other(record)["content_version"] != shipped(record)["content_version"]


def test_a_clinics_own_limits_and_switches_count(tmp_path: Path) -> None:
    own = tmp_path / "clinic.yml"
    own.write_text(
        "id: own\nclinic_name: Own\nsource: design\nstatus: draft\n"
        'limits: {b12_deficient_below: "147.6"}\nswitches: {strong_cause_without_labs: true}\n',
        encoding="utf-8",
    )
    clinic = handler(region="uk", today=TODAY, profile=own)
    low = {"labs": [{"analyte": "b12", "value": 140, "unit": "pmol/L"}]}
    assert clinic({"id": 1, "patient": low})["rule"] == "R6"
    assert clinic({"id": 2, "patient": {"history": ["pernicious_anaemia"]}})["route"] == "injection_favoured"
