"""What a patient says against an earlier statement is asked about once, and the answer counts."""

from __future__ import annotations

import pytest

from .conftest import Heard

pytestmark = pytest.mark.model

ASKED = "two things about"


def _present(talk: Heard, code: str) -> bool | None:
    return next((row["present"] for row in talk.snapshot["findings"] if row["code"] == code), None)


@pytest.mark.parametrize(
    ("first", "then", "code"),
    [
        ("ive been on metformin for years, 60 male, tired", "no ive never taken metformin", "metformin"),
        ("im vegan, 35 and male, exhausted", "i have chicken most days", "vegan_diet"),
    ],
)
@pytest.mark.parametrize(("answer", "so"), [("yes", True), ("no", False)])
def test_a_contradiction_is_asked_about_and_the_answer_counts(
    talk: Heard, first: str, then: str, code: str, answer: str, so: bool
) -> None:
    talk.say(first)
    assert ASKED in talk.say(then)
    assert ASKED not in talk.say(answer)
    assert _present(talk, code) is so


def test_a_contradiction_is_asked_about_only_once(talk: Heard) -> None:
    talk.say("ive been on metformin for years, 60 male, tired")
    assert ASKED in talk.say("no ive never taken metformin")
    talk.say("i dont know")
    assert ASKED not in talk.say("i am on metformin")


def test_what_nobody_can_settle_is_kept_as_unsure(talk: Heard) -> None:
    talk.say("ive been on metformin for years, 60 male, tired")
    talk.say("no ive never taken metformin")
    talk.say("i dont know")
    row = next(row for row in talk.snapshot["items"] if row["code"] == "metformin")
    assert row["state"] == "unsure"


@pytest.mark.parametrize(("answer", "value"), [("the 150", "150"), ("320", "320")])
def test_two_results_of_one_day_are_asked_about(talk: Heard, answer: str, value: str) -> None:
    talk.say("52 year old man, b12 was 150 ng/L on 3 february 2026")
    assert "two results with the same date" in talk.say("my b12 on 3 february 2026 was 320 ng/L")
    talk.say(answer)
    assert [row["value"] for row in talk.snapshot["labs"]] == [value]


@pytest.mark.parametrize(
    "texts",
    [
        ("im vegan, 35 and male", "i was vegan but i stopped last year"),
        ("i take metformin, 48, male, tired", "sorry, i meant omeprazole, no metformin"),
        ("b12 was 150 ng/L in january 2025, im a man of 60", "and 210 ng/L in february 2026"),
        ("i take metformin, 48, male, tired", "none of these"),
    ],
)
def test_a_correction_an_ending_or_another_date_is_no_contradiction(talk: Heard, texts: tuple[str, str]) -> None:
    said = "".join(talk.say(text) for text in texts)
    assert ASKED not in said
    assert "same date" not in said


def test_a_plain_none_takes_back_nothing_that_was_told_by_name(talk: Heard) -> None:
    talk.say("48, male, tired, i take metformin")
    for _ in range(5):
        talk.say("none")
    assert _present(talk, "metformin") is True
