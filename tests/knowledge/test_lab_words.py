"""The file of laboratory words is complete, and its faults are named like an editor would."""

from __future__ import annotations

from pathlib import Path

import pytest

import bot.knowledge
from bot.clinical.codes import ANALYTES
from bot.knowledge.lab_words import load_lab_words
from bot.knowledge.strict import Fault

FOLDER = Path(bot.knowledge.__file__).parent
SHIPPED = (FOLDER / "lexicon" / "labs.yml").read_text(encoding="utf-8")


def faults_of(folder: Path, text: str) -> list[str]:
    (folder / "lexicon").mkdir()
    (folder / "lexicon" / "labs.yml").write_text(text, encoding="utf-8")
    faults: list[Fault] = []
    load_lab_words(folder, faults)
    return [str(fault) for fault in faults]


def test_every_test_has_a_name_and_the_file_has_no_faults() -> None:
    faults: list[Fault] = []
    words = load_lab_words(FOLDER, faults)
    assert faults == []
    assert {name.analyte for name in words.names.values()} == {*ANALYTES, None}
    assert words.days_ago["last week"] == 7
    assert words.lengths["months"] == 30


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("- id: mcv\n", "- id: mvc\n", "'id' is 'mvc' (did you mean 'mcv'?)"),
        ("  medicine: true\n", "  medicin: true\n", "unknown key 'medicin' (did you mean 'medicine'?)"),
        ("names: [mma, ", "names: [mma, b12, ", "the name 'b12' already stands for 'b12'"),
        ("- id: verdict\n", "- id: verdicts\n", "no row for 'verdict'; every cue needs one."),
        ("days: 7, source", "dayz: 7, source", "'days' is missing"),
        ('- {id: "12"', '- {id: "13"', "the id must be a whole number up to 12"),
    ],
)
def test_a_fault_says_where_and_what(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in SHIPPED
    assert any(sentence in fault for fault in faults_of(tmp_path, SHIPPED.replace(old, new, 1)))
