"""What tells who wrote a message is taken out, and what only looks like it stays."""

from __future__ import annotations

import pytest

from bot.knowledge.content import FOLDER
from bot.knowledge.pseudonyms import Pseudonym, load_pseudonyms, without_person
from bot.knowledge.strict import Fault


@pytest.fixture(scope="module")
def rules() -> tuple[Pseudonym, ...]:
    faults: list[Fault] = []
    loaded = load_pseudonyms(FOLDER, faults)
    assert faults == []
    return loaded


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("write to jo.bloggs+b12@mail.example.co.uk please", ["jo.bloggs", "example"]),
        ("ring me on 07700 900123 after six", ["07700", "900123"]),
        ("my number is +44 (0)7700 900 123", ["7700", "123"]),
        ("it's 0117-496-0123", ["496"]),
        ("My name is Agnes Okafor and my feet tingle", ["Agnes", "Okafor"]),
        ("my name is agnes and my feet tingle", ["agnes"]),
        ("This is Tom O'Brien, I had my jab", ["Tom", "Brien"]),
        ("I'm Priya Nair, 45", ["Priya", "Nair"]),
        ("Mrs Whitfield gave me the injection", ["Whitfield"]),
        ("dob 12/03/1961", ["12/03", "1961"]),
        ("I was born on 3rd of March 1958 and am tired", ["March", "1958"]),
        ("born 1958", ["1958"]),
        ("date of birth: 3.4.58", ["3.4.58"]),
        ("I live at 12 Oak Tree Road, BS1 4DJ", ["Oak", "BS1", "4DJ"]),
        ("flat 3, 45 High Street", ["High"]),
        ("my nhs number is 943 476 5919", ["943", "5919"]),
        ("see https://example.org/me?id=4", ["example.org"]),
    ],
)
def test_what_tells_who_it_is_goes(rules: tuple[Pseudonym, ...], text: str, gone: list[str]) -> None:
    left = without_person(text, rules)
    assert [part for part in gone if part in left] == []


@pytest.mark.parametrize(
    "text",
    [
        "my B12 was 142 ng/L and ferritin 12.5 on 3 February 2026",
        "I had 6 injections of 1000 micrograms, the last on 12/01/2026",
        "I'm tired and dizzy, and I'm Vegan",
        "call me an ambulance",
        "my blood pressure is 140 / 90 and pulse 110",
        "this is getting worse since 2019",
        "I am 61 and take 500 mg metformin twice a day",
        "MCV 104, Hb 98, folate 3.1, TSH 2.45",
        "I drive on a busy road in the dark",
        "born with a heart problem",
        "the doctor said it is fine",
    ],
)
def test_what_only_looks_like_it_stays(rules: tuple[Pseudonym, ...], text: str) -> None:
    assert without_person(text, rules) == text


def test_known_names_go_wherever_they_stand(rules: tuple[Pseudonym, ...]) -> None:
    left = without_person("okafor here, agnes again. Ann said so", rules, names=("Agnes Okafor", "Jo"))
    assert left == "[name] here, [name] again. Ann said so"
