"""Sentences with holes: filled from facts, never with a hole left, never by guessing a key."""

from __future__ import annotations

import pytest

from bot.clinical.wording import (
    InterviewWords,
    MissingFactError,
    Name,
    Question,
    QuickReply,
    UnknownWordsError,
    fill,
    holes,
    respell,
)


@pytest.fixture
def words() -> InterviewWords:
    return InterviewWords(
        questions={
            "age": Question(
                "age", ("How old are you?", "Your age?"), "It matters.", "Whole years.", (QuickReply("40", "40"),)
            )
        },
        sentences={"hello": ("Hello from {clinic_name}.", "Hello again.")},
        names={
            "fatigue": Name("fatigue", "symptoms", "tiredness", why="It is common.", explain="Being tired."),
            "pallor": Name("pallor", "symptoms", "pale skin", explain="Pale.", explain_us="Pale, in American."),
            "rash": Name("rash", "skin", "a rash at {clinic_name}"),
            "join_and": Name("join_and", "joints", "and"),
        },
        unset={"clinic_name": "this clinic"},
    )


def test_holes_are_named_in_order() -> None:
    assert holes("Call {b} or {a}, {B} is none") == ("b", "a")


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"n": 5}, "n is 5"),
        ({"n": " x "}, "n is x"),
        ({"n": "{m}"}, "n is {m}"),
        ({"n": None}, "n is unset"),
        ({"n": " "}, "n is unset"),
    ],
)
def test_a_hole_is_filled_or_has_a_sentence_of_its_own(facts: dict[str, object], text: str) -> None:
    assert fill("n is {n}", facts, unset={"n": "unset"}) == text


@pytest.mark.parametrize(("facts", "told"), [({}, "nothing"), ({"b": "1", "a": "2"}, "a, b")])
def test_a_hole_that_nothing_fills_is_refused(facts: dict[str, str], told: str) -> None:
    with pytest.raises(MissingFactError, match=rf"needs \{{n\}}; given: {told}"):
        fill("{n}", facts, unset={})


def test_other_spellings_keep_capitals_and_leave_longer_words_alone() -> None:
    american = {"anaemia": "anemia", "colour": "color"}
    assert respell("Anaemia and colour, anaemias", american) == "Anemia and color, anaemias"
    assert respell("Anaemia", {}) == "Anaemia"


def test_wordings_of_a_sentence_take_turns(words: InterviewWords) -> None:
    said = [words.say("hello", nth=count) for count in range(3)]
    assert said == ["Hello from this clinic.", "Hello again.", "Hello from this clinic."]
    assert words.say("hello", clinic_name="Elm Street") == "Hello from Elm Street."


def test_the_last_wording_of_a_question_serves_every_later_time(words: InterviewWords) -> None:
    assert [words.ask("age", attempt=count) for count in range(3)] == ["How old are you?", "Your age?", "Your age?"]
    assert words.quick_replies("age") == (QuickReply("40", "40"),)
    assert words.means("age") == "Whole years."


def test_why_is_told_for_questions_and_for_missing_items(words: InterviewWords) -> None:
    assert words.why("age") == "It matters."
    assert words.why("fatigue") == "It is common."


def test_names_join_to_one_phrase(words: InterviewWords) -> None:
    assert words.listed([]) == ""
    assert words.listed(["fatigue"]) == "tiredness"
    assert words.listed(["fatigue", "pallor"]) == "tiredness and pale skin"
    assert words.listed(["fatigue", "pallor", "rash"]) == "tiredness, pale skin and a rash at this clinic"
    assert words.group("symptoms") == ("fatigue", "pallor")


def test_an_explanation_follows_the_region_where_one_is_written(words: InterviewWords) -> None:
    assert words.explain("pallor") == "Pale."
    assert words.explain("pallor", region="us") == "Pale, in American."
    assert words.explain("fatigue", region="us") == "Being tired."


def test_a_key_that_is_not_written_is_named_with_the_nearest(words: InterviewWords) -> None:
    with pytest.raises(UnknownWordsError) as error:
        words.say("helo")
    assert str(error.value) == "no sentence is written under 'helo'. Near: hello."
    with pytest.raises(UnknownWordsError) as error:
        words.name("zzz")
    assert str(error.value) == "no name is written under 'zzz'."
