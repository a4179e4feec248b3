"""Every wording finds its example, and nothing that only looks like it."""

from __future__ import annotations

import re

import pytest

from bot.clinical.codes import HISTORY, SYMPTOMS
from bot.knowledge.phrases import LEXICON
from bot.knowledge.sayings import load_sayings
from bot.knowledge.strict import Fault
from bot.language.lexicon import Lexicon
from bot.language.tokens import tokenise

FAULTS: list[Fault] = []
SAYINGS = load_sayings(LEXICON, FAULTS)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon()


def test_the_shipped_wordings_have_no_fault():
    assert FAULTS == []


def test_every_code_has_its_wordings():
    assert {row.code for row in SAYINGS.rows} == set(SYMPTOMS) | set(HISTORY)


@pytest.mark.parametrize("row", SAYINGS.rows, ids=lambda row: row.code)
def test_every_pattern_finds_its_example(lexicon, row):
    for pattern, example in {**row.phrases, **row.weak}.items():
        hits = [hit for hit in lexicon.find(tokenise(example)) if hit.code == row.code]
        assert any(not hit.absent for hit in hits), f"{pattern!r} does not find {example!r}"


@pytest.mark.parametrize("row", SAYINGS.rows, ids=lambda row: row.code)
def test_all_is_well_is_told_apart(lexicon, row):
    for pattern, example in row.absent.items():
        hits = [hit for hit in lexicon.find(tokenise(example)) if hit.code == row.code]
        assert any(hit.absent for hit in hits), f"{pattern!r} does not find {example!r}"


@pytest.mark.parametrize("row", SAYINGS.rows, ids=lambda row: row.code)
def test_look_alikes_give_nothing(lexicon, row):
    for pattern, example in row.never.items():
        hits = [hit for hit in lexicon.find(tokenise(example)) if hit.code == row.code]
        assert hits == [], f"{pattern!r} does not keep {example!r} out"


@pytest.mark.parametrize("name", ["context", "replies", "course", "person"])
def test_no_phrase_is_cut_short_by_a_comment_sign(name):
    """In YAML " #" begins a comment, so a phrase with a number in it must stand in quotes."""
    for line in (LEXICON / f"{name}.yml").read_text(encoding="utf-8").splitlines():
        phrase = re.match(r"\s+- (.*)", line)
        if phrase and not phrase.group(1).startswith(("id:", '"')):
            assert " #" not in phrase.group(1), line


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("exausted", "fatigue"),
        ("palpatations", "palpitations"),
        ("metforman", "metformin"),
        ("omeprasole", "ppi"),
        ("dizy", "dizziness"),
        ("diarhea", "diarrhoea"),
        ("apixiban", "anticoagulant"),
        ("vegatarian", "vegetarian_diet"),
    ],
)
def test_a_misspelling_is_understood(lexicon, text, code):
    assert code in {hit.code for hit in lexicon.find(tokenise(text))}


@pytest.mark.parametrize("text", ["I tried the site", "three weeks", "the whether", "a pair of tights", "form filled"])
def test_ordinary_words_are_not_taken_for_misspellings(lexicon, text):
    assert lexicon.find(tokenise(text)) == []


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("total gastrectomy in 2010", "total"),
        ("half my stomach was removed", "partial"),
        ("gastric bypass", "bypass"),
        ("gastric sleeve", "sleeve"),
        ("gastric balloon", "balloon"),
        ("gastric band", "band"),
        ("Crohn's in the colon", "colon"),
        ("Crohn's of the terminal ileum", "ileum"),
        ("coeliac, strict gluten free diet", "controlled"),
        ("on the mini pill", "progestogen"),
        ("combined pill", "combined"),
        ("Mirena coil", "progestogen"),
        ("Microgynon", "combined"),
    ],
)
def test_the_kind_of_operation_or_medicine_is_kept(lexicon, text, detail):
    assert detail in {hit.detail for hit in lexicon.find(tokenise(text))}


def test_the_whole_name_is_shown(lexicon):
    text = "my memory is terrible and I have pernicious anaemia"
    tokens = tokenise(text)
    shown = {hit.code: text[tokens[hit.start].start : tokens[hit.end - 1].end] for hit in lexicon.find(tokens)}
    assert shown == {"memory_problems": "memory is terrible", "pernicious_anaemia": "pernicious anaemia"}
