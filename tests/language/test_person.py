"""Age, sex, pregnancy of the patient."""

from __future__ import annotations

from datetime import date

import pytest

from bot.language.reading import Reader

TODAY = date(2025, 6, 4)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def person(reader: Reader, text: str, context: str | None = None):
    return reader.read(text, context=context, today=TODAY).person


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("I'm 42F and tired", 42),
        ("58 yo woman", 58),
        ("72 year old man with numb feet", 72),
        ("I am 30, vegan", 30),
        ("aged sixty five", 65),
        ("M34 here", 34),
        ("Female, 33", 33),
        ("I'm in my fifties", 55),
        ("My mum is 78, what should she do?", 78),
        ("I'm 15 and tired", 15),
    ],
)
def test_an_age_is_read(reader, text, age):
    assert person(reader, text).age == age


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("vegan, 40, male", 40, "male"),
        ("40, male", 40, "male"),
        ("52, f, coeliac, always tired", 52, "female"),
        ("metformin, numb feet, 67; woman", 67, "female"),
        ("male, 40, vegan", 40, "male"),
        ("tired / 29 / female", 29, "female"),
    ],
)
def test_age_and_sex_are_read_in_a_list_of_bare_facts(reader, text, age, sex):
    found = person(reader, text)
    assert (found.age, found.sex) == (age, sex)


@pytest.mark.parametrize(
    "text",
    [
        "ferritin 40, male",  # a result with its name
        "omeprazole 40, male doctor",
        "folate 12, 40 mg, vegan",
        "vegan, 400, male",
        "my husband is vegan, 40, male",
        "3 injections, 12 weeks, her, 40",
        "vegan, 40",
        "b12 150, 40 tablets, male nurse gave it",
    ],
)
def test_other_lists_tell_no_age(reader, text):
    assert person(reader, text).age is None


@pytest.mark.parametrize("text", ["42", "im 42", "42 years", "forty two"])
def test_a_bare_number_answers_how_old(reader, text):
    assert person(reader, text, "How old are you?").age == 42


@pytest.mark.parametrize(
    "text",
    ["I was 12 when it started", "my GP is 60", "I take 50 mg", "I'm 20 weeks pregnant", "6m of tingling", "b12 was 150",
     "my husband is 70 and I'm tired", "I'm 3 weeks into tablets"],
)  # fmt: skip
def test_other_numbers_are_no_age(reader, text):
    assert person(reader, text).age is None


@pytest.mark.parametrize(
    ("text", "sex"),
    [("I'm 42F", "female"), ("as a man of 50", "male"), ("58 yo woman", "female"), ("I'm non-binary", "other"),
     ("for my wife: she's tired", "female"), ("the man at reception was rude", None), ("I'm tired", None)],
)  # fmt: skip
def test_sex_where_said(reader, text, sex):
    assert person(reader, text).sex == sex


def test_a_bare_answer_tells_the_sex(reader):
    assert person(reader, "f", "Are you male or female?").sex == "female"


@pytest.mark.parametrize(
    ("text", "pregnant", "trimester"),
    [
        ("I'm 20 weeks pregnant", True, 2),
        ("34/40", True, 3),
        ("12+3 today", True, 1),
        ("third trimester", True, 3),
        ("not pregnant", False, None),
        ("I'm tired", None, None),
        ("trying to get pregnant", None, None),
        ("my sister is 20 weeks pregnant", None, None),
    ],
)
def test_pregnancy_and_trimester(reader, text, pregnant, trimester):
    found = person(reader, text)
    assert (found.pregnant, found.trimester) == (pregnant, trimester)
