"""Every name and every spelling of a unit is read in the usual shapes of message and report."""

from __future__ import annotations

import pytest

from bot.clinical.codes import ANALYTES
from bot.knowledge.lab_words import load_lab_words
from bot.knowledge.strict import Fault
from bot.knowledge.thresholds import load_lab_scale
from tests.language.test_labs import FOLDER, read

FAULTS: list[Fault] = []
WORDS, SCALE = load_lab_words(FOLDER, FAULTS), load_lab_scale(FOLDER, FAULTS)
#: A value that can occur, for each test and unit.
VALUES = {
    ("b12", "pmol/L"): "145", ("b12", "pg/mL"): "145", ("b12", "ng/L"): "145", ("active_b12", "pmol/L"): "31",
    ("mma", "nmol/L"): "450", ("mma", "umol/L"): "0.45", ("mma", "ng/mL"): "55", ("homocysteine", "umol/L"): "22.5",
    ("homocysteine", "mg/L"): "3.1", ("haemoglobin", "g/L"): "98", ("haemoglobin", "g/dL"): "9.8",
    ("haemoglobin", "mmol/L"): "6.1", ("mcv", "fL"): "112.4", ("mcv", "um3"): "112", ("folate", "nmol/L"): "5.1",
    ("folate", "ng/mL"): "3.2", ("folate", "ug/L"): "3.2", ("ferritin", "ug/L"): "12", ("ferritin", "ng/mL"): "12",
    ("ferritin", "pmol/L"): "40", ("platelets", "10^9/L"): "98", ("platelets", "10^3/uL"): "98",
    ("platelets", "/uL"): "98000", ("platelets", "lakh/uL"): "1.2", ("neutrophils", "10^9/L"): "1.4",
    ("neutrophils", "10^3/uL"): "1.4", ("neutrophils", "/uL"): "1400", ("potassium", "mmol/L"): "3.1",
    ("potassium", "mEq/L"): "3.1", ("potassium", "mg/dL"): "14",
}  # fmt: skip
SHAPES = [
    "{n} {v} {u}",
    "my {n} came back at {v} {u} last week",
    "{n} {v} L {u}",
    "{n} | {v} | {u} | 1-2",
    "{n} ({u}) {v}",
    "{n} of {v} {u}, is that bad?",
    "{v} {u} {n}",
    "I'm 45, {n} = {v} {u}; tsh 2",
    "the doctor told me my {n} is only {v} {u} and I take 500mg metformin",
    "{n}\n{v} {u}\n1 - 3",
]
#: Not told from a number, a time of day or thousands without their "per litre".
AMBIGUOUS = {"109", "103", "10^9", "000/ul", "pm"}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("analyte", [code for code, unit in ANALYTES.items() if unit])
def test_every_name_of_a_test_is_read(analyte: str, shape: str) -> None:
    unit = str(ANALYTES[analyte])
    value = VALUES[analyte, unit]
    wrong = []
    for name, meaning in WORDS.names.items():
        if meaning.analyte == analyte and meaning.strength == "plain":
            text = shape.format(n=name, v=value, u=unit)
            if [(lab.analyte, str(lab.value), lab.unit) for lab in read(text)] != [(analyte, value, unit)]:
                wrong.append(text)
    assert wrong == []


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("analyte", "unit"), VALUES)
def test_every_spelling_of_a_unit_is_read(analyte: str, unit: str, shape: str) -> None:
    name = {"haemoglobin": "hb", "active_b12": "active b12"}.get(analyte, analyte)
    value = VALUES[analyte, unit]
    wrong = []
    for spelling in {unit, *(said for said, meant in SCALE.spellings.items() if meant == unit)} - AMBIGUOUS:
        text = shape.format(n=name, v=value, u=spelling)
        if [(lab.analyte, str(lab.value), lab.unit) for lab in read(text)] != [(analyte, value, unit)]:
            wrong.append(text)
    assert wrong == []


def test_the_grid_covers_every_unit_of_every_test() -> None:
    assert FAULTS == []
    accepted = {(code, unit) for code, rule in SCALE.analytes.items() for unit in rule.conversions}
    assert set(VALUES) == accepted
