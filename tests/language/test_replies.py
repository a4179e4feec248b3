"""Short answers in the light of the question."""

from __future__ import annotations

from datetime import date

import pytest

from bot.clinical.codes import Side, Trend
from bot.language.reading import Reader

TODAY = date(2025, 6, 4)
TWO = "Have you had memory problems or balance problems?"
THREE = "Have you ever had coeliac disease, Crohn's disease or H. pylori?"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def own(reader: Reader, text: str, context: str | None) -> dict[str, bool]:
    return {f.code: f.present for f in reader.read(text, context=context, today=TODAY).own}


@pytest.mark.parametrize(
    "text", ["yes", "Yeah", "yep!", "I do", "a bit", "sometimes", "every morning", "👍", "mainly my feet"]
)
def test_yes_in_many_words(reader, text):
    assert own(reader, text, "numbness_tingling") == {"numbness_tingling": True}


@pytest.mark.parametrize("text", ["no", "Nope", "never", "not really", "I don't", "not that I know of", "👎", "none"])
def test_no_in_many_words(reader, text):
    assert own(reader, text, "Do you have any numbness or tingling?") == {"numbness_tingling": False}


@pytest.mark.parametrize("text", ["not sure", "don't know", "can't remember", "maybe", "no idea", "I'd rather not say"])
def test_neither_yes_nor_no(reader, text):
    assert own(reader, text, "h_pylori") == {}


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("only the second one", TWO, {"memory_problems": False, "balance_problems": True}),
        ("the first", TWO, {"memory_problems": True}),
        ("neither", TWO, {"memory_problems": False, "balance_problems": False}),
        ("both", TWO, {"memory_problems": True, "balance_problems": True}),
        ("no to the first, yes to the second", TWO, {"memory_problems": False, "balance_problems": True}),
        ("yes", TWO, {}),
        ("just my memory", TWO, {"memory_problems": True, "balance_problems": False}),
        ("no to all except H pylori", THREE, {"coeliac_disease": False, "crohns_disease": False, "h_pylori": True}),
        ("Crohn's yes, the others no", THREE, {"coeliac_disease": False, "crohns_disease": True, "h_pylori": False}),
        ("none of them", THREE, {"coeliac_disease": False, "crohns_disease": False, "h_pylori": False}),
        ("everything but the Crohn's", THREE, {"coeliac_disease": True, "crohns_disease": False, "h_pylori": True}),
        ("stopped last year", "Do you take metformin?", {"metformin": False}),
        ("years ago", "Have you ever had H. pylori?", {"h_pylori": True}),
        ("my mum", "Does anyone in your family have pernicious anaemia?", {"family_history_pernicious_anaemia": True}),
        ("no but I get headaches", "Do you get dizzy?", {"dizziness": False, "headache": True}),
        ("6 weeks ago", "When was your last B12 injection?", {"current_b12_injections": True}),
    ],
)
def test_the_question_gives_the_answer_its_meaning(reader, text, context, expected):
    assert own(reader, text, context) == expected


def test_an_answer_with_side_and_duration(reader):
    [finding] = reader.read("yes, both feet, about 3 months", context="numbness_tingling", today=TODAY).own
    assert (finding.present, finding.side, finding.duration_days) == (True, Side.BOTH, 90)


@pytest.mark.parametrize(
    ("text", "trend"),
    [("worse", Trend.WORSE), ("no, the same", Trend.STABLE), ("yes", Trend.WORSE), ("better", Trend.BETTER)],
)
def test_the_answer_to_better_or_worse(reader, text, trend):
    [finding] = reader.read(text, context="Is the tingling getting worse?", today=TODAY).own
    assert (finding.present, finding.trend) == (True, trend)


def test_how_long(reader):
    [finding] = reader.read("a year and a half", context="How long have you been tired?", today=TODAY).own
    assert (finding.code, finding.duration_days) == ("fatigue", 547)


def test_parts_of_the_body_in_a_question_are_no_question_of_their_own(reader):
    asked = "Have you noticed any yellowing of your skin or eyes?"
    assert own(reader, "no", asked) == {"jaundice": False}
