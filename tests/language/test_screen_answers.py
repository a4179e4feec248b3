"""Answers to a safety question, in the words people answer with."""

from __future__ import annotations

import pytest

from bot.clinical.codes import Level
from tests.language.screens import talk

AFTER_JAB = "I feel a bit weird since the jab"
HOPELESS = "I can't do this anymore"
CALF = "my left calf hurts a bit"

ANSWERS = [
    (AFTER_JAB, "yes", Level.EMERGENCY),
    (AFTER_JAB, "yeah a bit", Level.EMERGENCY),
    (AFTER_JAB, "I think so", Level.EMERGENCY),
    (AFTER_JAB, "sort of", Level.EMERGENCY),
    (AFTER_JAB, "he says yes", Level.EMERGENCY),
    (AFTER_JAB, "now you mention it yes", Level.EMERGENCY),
    (AFTER_JAB, "it's getting worse", Level.EMERGENCY),
    (AFTER_JAB, "👍", Level.EMERGENCY),
    (AFTER_JAB, "no", Level.NONE),
    (AFTER_JAB, "no just sore", Level.NONE),
    (AFTER_JAB, "oh god no", Level.NONE),
    (AFTER_JAB, "none of those", Level.NONE),
    (AFTER_JAB, "I don't think so", Level.NONE),
    (AFTER_JAB, "I can breathe fine", Level.NONE),
    (AFTER_JAB, "no but my throat is tight", Level.EMERGENCY),
    (AFTER_JAB, "it was earlier but it's gone now", Level.URGENT),
    (AFTER_JAB, "not at the moment but I did an hour ago", Level.URGENT),
    (AFTER_JAB, "not sure", Level.CHECK),
    (AFTER_JAB, "what do you mean?", Level.CHECK),
    (AFTER_JAB, "what time is my appointment", Level.CHECK),
    (HOPELESS, "sometimes", Level.EMERGENCY),
    (HOPELESS, "no, I only mean the needles", Level.NONE),
    (CALF, "started yesterday", Level.URGENT),
    (CALF, "had it for years", Level.NONE),
]


@pytest.mark.parametrize(("doubt", "answer", "level"), ANSWERS)
def test_an_answer_has_its_effect(doubt: str, answer: str, level: Level) -> None:
    assert talk(doubt).level is Level.CHECK
    assert talk(doubt, answer).level is level


def test_a_second_unclear_answer_counts_as_yes() -> None:
    assert talk(AFTER_JAB, "not sure", "really not sure").level is Level.EMERGENCY


def test_the_same_question_stays_open_after_one_unclear_answer() -> None:
    first, second = talk(AFTER_JAB), talk(AFTER_JAB, "hmm")
    assert first.question is not None and second.question is not None
    assert first.question.id == second.question.id
    assert (first.answered, second.answered) == (None, "unclear")


def test_after_a_no_the_question_is_not_put_again() -> None:
    assert talk(AFTER_JAB, "no", AFTER_JAB).level is Level.NONE


def test_the_words_of_a_yes_are_its_match() -> None:
    match = talk(AFTER_JAB, "Well, yes").matches[-1]
    assert (match.rule, match.turn, match.text) == ("odd-after-injection", 1, "yes")
