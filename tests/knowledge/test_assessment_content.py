"""Thresholds, causes, indications, routes: a copy with one thing wrong is refused with a sentence that names it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import bot.knowledge
from bot.knowledge.assessment import load_assessment
from bot.knowledge.strict import Fault
from bot.knowledge.thresholds import LIMIT_IDS, WINDOW_IDS, Overrides, load_thresholds

FOLDER = Path(bot.knowledge.__file__).parent
FILES = ("thresholds.yml", "causes.yml", "indications.yml", "routes.yml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


def change(folder: Path, name: str, edit: Callable[[Any], None]) -> list[str]:
    """The faults after an edit of one file."""
    yaml = YAML(typ="safe")
    path = folder / name
    data = yaml.load(path.read_text(encoding="utf-8"))
    edit(data)
    with path.open("w", encoding="utf-8") as stream:
        yaml.dump(data, stream)
    faults: list[Fault] = []
    load_assessment(folder, faults)
    return [str(fault) for fault in faults]


def row(data: Any, key: str | None, identifier: str) -> Any:
    rows = data[key] if key else data
    return next(item for item in rows if item["id"] == identifier)


def test_the_shipped_files_have_no_fault() -> None:
    faults: list[Fault] = []
    rules = load_assessment(FOLDER, faults)
    assert faults == []
    assert set(rules.thresholds.sources) == {*LIMIT_IDS, *WINDOW_IDS}


def test_only_the_us_takes_its_own_limits() -> None:
    uk, us, eu = (load_thresholds(FOLDER, [], region=region).limits for region in ("uk", "us", "eu"))
    assert (uk.mma_raised_above_under_65, uk.mma_raised_above_65_plus) == (280, 360)
    assert (us.mma_raised_above_under_65, us.mma_raised_above_65_plus) == (271, 271)
    assert eu.mma_raised_above_65_plus == 360
    assert (uk.anaemia_below_trimester_3, us.anaemia_below_trimester_3) == (105, 110)
    assert uk.b12_deficient_below == us.b12_deficient_below == Decimal("132.5")


def set_field(key: str | None, identifier: str, field: str, value: object) -> Callable[[Any], None]:
    def edit(data: Any) -> None:
        row(data, key, identifier)[field] = value

    return edit


def drop(key: str | None, identifier: str) -> Callable[[Any], None]:
    def edit(data: Any) -> None:
        rows = data[key] if key else data
        rows.remove(row(data, key, identifier))

    return edit


@pytest.mark.parametrize(
    ("name", "edit", "sentence"),
    [
        (
            "thresholds.yml",
            set_field("limits", "mcv_large_above", "value", 100.5),
            "'value' must be a number in quotes",
        ),
        (
            "thresholds.yml",
            set_field("limits", "mcv_large_above", "value", "many"),
            "'value' must be a number in quotes",
        ),
        ("thresholds.yml", set_field("limits", "mcv_large_above", "value", True), "'value' must be a number in quotes"),
        ("thresholds.yml", set_field("limits", "mcv_large_above", "id", "mcv_larg"), "did you mean 'mcv_large_above'"),
        ("thresholds.yml", set_field("limits", "mcv_large_above", "regions", {"fr": "9"}), "unknown key 'fr'"),
        ("thresholds.yml", set_field("limits", "mcv_large_above", "source", None), "'source' must be a non-empty text"),
        ("thresholds.yml", set_field("limits", "mcv_large_above", "source", []), "'source' must not be empty"),
        ("thresholds.yml", set_field("limits", "mcv_large_above", "status", "ok"), "'status' is 'ok'"),
        ("thresholds.yml", set_field("limits", "mcv_large_above", "status", "signed"), "needs 'signed_by'"),
        (
            "thresholds.yml",
            set_field("limits", "b12_deficient_below", "value", "300"),
            "must be below 'b12_indeterminate_below'",
        ),
        ("thresholds.yml", drop("limits", "mcv_large_above"), "no row for 'mcv_large_above'"),
        ("thresholds.yml", set_field("windows", "oral_trial_days", "value", "90"), "'value' must be a whole number"),
        ("thresholds.yml", set_field("windows", "oral_trial_days", "value", -1), "'value' must be a whole number"),
        ("thresholds.yml", drop("windows", "oral_trial_days"), "no row for 'oral_trial_days'"),
        ("thresholds.yml", drop("analytes", "b12"), "no row for 'b12'"),
        ("thresholds.yml", set_field("analytes", "b12", "said", {"iu": "IU/L"}), "which is not under 'accepts'"),
        ("thresholds.yml", set_field("analytes", "b12", "said", ["ng"]), "'said' must be a mapping"),
        ("thresholds.yml", set_field("analytes", "b12", "accepts", "pmol/L"), "'accepts' must be a list"),
        ("thresholds.yml", set_field("analytes", "b12", "accepts", [{"unit": "ng/L"}]), "the canonical unit pmol/L"),
        (
            "thresholds.yml",
            set_field("analytes", "mcv", "accepts", [{"unit": "fL", "multiply": "0"}]),
            "a factor must be more than 0",
        ),
        ("thresholds.yml", set_field("analytes", "mcv", "bare", [{"reads": ["g/L"]}]), "the unit 'g/L' is not under"),
        (
            "thresholds.yml",
            set_field("analytes", "mcv", "bare", [{"below": "50", "reads": ["fL"]}, {"from": "60", "reads": ["fL"]}]),
            "ranges must follow each other",
        ),
        ("thresholds.yml", set_field("analytes", "mcv", "hard", None), "'hard' and 'confirm' limits are needed"),
        (
            "thresholds.yml",
            set_field("analytes", "mcv", "confirm", {"from": "1", "to": "2"}),
            "'confirm' must lie inside",
        ),
        ("thresholds.yml", set_field("units", "ng/L", "spellings", ["pmol"]), "already means 'pmol/L'"),
        ("thresholds.yml", set_field("result_words", "negative", "words", ["pos"]), "the word 'pos' already means"),
        ("thresholds.yml", set_field("critical", "hb_below_70", "tests", []), "'tests' must name at least one result"),
        (
            "thresholds.yml",
            set_field("critical", "hb_below_70", "tests", [{"analyte": "haemoglobin"}]),
            "every result would meet it",
        ),
        ("thresholds.yml", set_field("critical", "hb_below_70", "category", None), "needs a 'category'"),
        (
            "thresholds.yml",
            set_field("critical", "hb_below_70", "raises", [{"level": "emergency", "category": "cardiac"}]),
            "at least one code",
        ),
        (
            "thresholds.yml",
            set_field(
                "critical",
                "hb_below_70",
                "raises",
                [{"level": "emergency", "category": "cardiac", "any_of": ["chest_pian"]}],
            ),
            "did you mean 'chest_pain'",
        ),
        ("causes.yml", set_field(None, "sibo", "weight", "heavy"), "weight 'heavy' is not one of none, weak"),
        ("causes.yml", set_field(None, "sibo", "kind", "bowel"), "'kind' is 'bowel'"),
        ("causes.yml", set_field(None, "sibo", "wording", "cause_x"), "'wording' is 'cause_x'"),
        ("causes.yml", set_field(None, "sibo", "lasting", "yes, it is"), "'lasting' must be true, false or a list"),
        ("causes.yml", set_field(None, "gastrectomy", "lasting", ["whole"]), "'lasting' names 'whole'"),
        ("causes.yml", set_field(None, "sibo", "colour", "red"), "unknown key 'colour'"),
        ("indications.yml", set_field("groups", "neuro_core", "codes", ["fatigue", "numb"]), "'codes' names 'numb'"),
        ("indications.yml", drop("groups", "neuro_core"), "no row for 'neuro_core'"),
        ("indications.yml", drop("indications", "neurologic"), "no row for 'neurologic'"),
        (
            "indications.yml",
            set_field("indications", "neurologic", "because", ""),
            "'because' must be a non-empty text",
        ),
        ("routes.yml", drop("rules", "R7e"), "no row for 'R7e'"),
        ("routes.yml", set_field("rules", "R7", "because", {"confirm_first": "x"}), "must have a sentence for each of"),
        ("routes.yml", drop("switches", "haemoglobin_in_mmol"), "no row for 'haemoglobin_in_mmol'"),
        (
            "routes.yml",
            set_field("switches", "haemoglobin_in_mmol", "default", "no"),
            "'default' must be true or false",
        ),
        ("routes.yml", drop("flags", "review"), "no row for 'review'"),
        ("routes.yml", set_field("flags", "clot_risk_note", "but", {"pill": ["x"]}), "'but' names 'pill'"),
        ("routes.yml", drop("notes", "provisional"), "no row for 'provisional'"),
    ],
)
def test_a_wrong_row_is_named_and_explained(
    folder: Path, name: str, edit: Callable[[Any], None], sentence: str
) -> None:
    faults = change(folder, name, edit)
    assert any(sentence in fault and fault.startswith(name) for fault in faults), faults


@pytest.mark.parametrize("name", FILES)
def test_a_missing_or_broken_file_is_a_fault_not_a_crash(folder: Path, name: str) -> None:
    faults: list[Fault] = []
    (folder / name).write_text("- id: [", encoding="utf-8")
    load_assessment(folder, faults)
    assert any(fault.file == name for fault in faults)
    (folder / name).unlink()
    missing: list[Fault] = []
    load_assessment(folder, missing)
    assert any("cannot be read" in fault.sentence for fault in missing)


def test_a_clinics_own_limit_and_window_take_the_place_of_the_shipped_ones() -> None:
    own = Overrides(limits={"b12_deficient_below": Decimal("147.6")}, windows={"oral_trial_days": 120})
    thresholds = load_thresholds(FOLDER, [], overrides=own)
    assert thresholds.limits.b12_deficient_below == Decimal("147.6")
    assert thresholds.windows.oral_trial_days == 120


def test_a_clinic_that_moves_a_band_past_the_next_is_refused_in_its_own_file() -> None:
    faults: list[Fault] = []
    load_thresholds(FOLDER, faults, overrides=Overrides(limits={"b12_deficient_below": Decimal(300)}, file="own.yml"))
    assert [fault.file for fault in faults] == ["own.yml"]
    assert "bands would overlap" in faults[0].sentence
