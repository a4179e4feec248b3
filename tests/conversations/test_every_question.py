"""At every question of the interview: not knowing, not saying, asking back, pausing, starting again."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Heard

pytestmark = pytest.mark.model

#: An answer to each question, and the order in which they come.
ANSWERS = {
    "age": "44",
    "pregnant": "no",
    "current_b12": "none",
    "b12": "150",
    "b12_unit": "ng/L",
    "main_symptoms": "tired",
    "cause": "vegan",
}


def _asked(talk: Heard, since: int) -> list[Any]:
    return [row.reply for row in talk.shown[since:] if (row.reply.custom or {}).get("kind") == "question"]


def _up_to(talk: Heard, code: str) -> None:
    """Answers until this question is open."""
    talk.say("start")
    for asked, answer in ANSWERS.items():
        if asked == code:
            return
        talk.say(answer)


@pytest.mark.parametrize("code", ANSWERS)
@pytest.mark.parametrize("reply", ["i don't know", "rather not say"])
def test_not_knowing_and_not_saying_are_answers(talk: Heard, code: str, reply: str) -> None:
    _up_to(talk, code)
    before = len(talk.shown)
    talk.say(reply)
    assert code not in [(asked.custom or {})["code"] for asked in _asked(talk, before)]
    assert talk.snapshot["questions"][code] in ("unknown", "declined")


@pytest.mark.parametrize("code", ANSWERS)
def test_asking_back_is_answered_and_the_question_comes_again_in_other_words(talk: Heard, code: str) -> None:
    _up_to(talk, code)
    words = talk.backend.parts.words
    shown = [asked.text for asked in _asked(talk, 0)]
    for ask, answer in (("why do you ask?", words.why(code)), ("what does that mean?", words.means(code))):
        before = len(talk.shown)
        said = talk.say(ask)
        assert answer in said
        again = _asked(talk, before)
        assert [(asked.custom or {})["code"] for asked in again] == [code]
        assert again[0].text not in shown, "the same question in the same words"
        shown.append(again[0].text)


@pytest.mark.parametrize("code", ANSWERS)
def test_pausing_and_coming_back_goes_on_at_the_same_question(talk: Heard, code: str) -> None:
    _up_to(talk, code)
    assert "kept" in talk.say("stop")
    before = len(talk.shown)
    talk.say("continue")
    assert [(asked.custom or {})["code"] for asked in _asked(talk, before)] == [code]


@pytest.mark.parametrize("code", ANSWERS)
def test_starting_again_asks_from_the_beginning(talk: Heard, code: str) -> None:
    _up_to(talk, code)
    talk.say("start again")
    before = len(talk.shown)
    talk.say("start")
    assert [(asked.custom or {})["code"] for asked in _asked(talk, before)] == ["age"]


@pytest.mark.parametrize("code", ANSWERS)
def test_a_quick_reply_works_when_typed(talk: Heard, code: str) -> None:
    _up_to(talk, code)
    reply = talk.buttons[0]
    assert "did not quite follow" not in talk.say(reply.upper() if code == "pregnant" else reply)


def test_something_is_given_back_at_least_every_third_question(talk: Heard) -> None:
    talk.say("start")
    for answer in ANSWERS.values():
        before = len(talk.shown)
        talk.say(answer)
        texts = [row.reply.text for row in talk.shown[before:]]
        assert len(texts) > 1, f"only a question after {answer!r}"


def test_progress_is_said_and_never_grows(talk: Heard) -> None:
    talk.say("start")
    left = []
    for answer in ANSWERS.values():
        before = len(talk.shown)
        talk.say(answer)
        left += [(asked.custom or {})["left"] for asked in _asked(talk, before)]
    assert left == sorted(left, reverse=True) or max(left) <= len(ANSWERS)
    assert any("question" in asked.text and asked.custom["progress"] for asked in _asked(talk, 0))
