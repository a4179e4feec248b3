"""The two talks the product began with: an assessment with a question in the middle, and an emergency."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.clinical.codes import Level

from .conftest import Heard

pytestmark = pytest.mark.model


def test_a_patient_completes_an_assessment_with_a_question_in_the_middle(talk: Heard) -> None:
    first = talk.say("ive been shattered for months and my feet tingle, had a gastric bypass in 2019")
    for noted in ("tiredness", "numbness or tingling", "weight-loss surgery"):
        assert noted in first
    assert "How old are you?" in first

    answer = talk.say("can these injections give me a blood clot?")
    assert "not seen as a usual cause" in answer
    assert "years" in answer.split("\n")[-1] or "age" in answer  # and the interview goes on where it was
    assert "How old are you?" not in answer  # in other words, not as a parrot

    assert "unit" in talk.say("b12 was 150").lower()
    assert "pregnant" in talk.say("42").lower()
    assert "B12" in talk.say("no")
    assert "ng/L" in talk.say("none")

    assessment = talk.say("pg/ml, hb 9.8")
    assert "the gut does not take in B12 well" in assessment
    assert "signs from the nerves" in assessment
    assert 'You said: "had a gastric bypass in 2019"' in assessment
    assert "You could ask your clinician" in assessment
    assert "diagnosis" in assessment
    assert talk.snapshot["assessment"]["route"] == "injection_favoured"
    assert {row["code"] for row in talk.snapshot["assessment"]["indications"]} >= {"neurologic", "malabsorption"}
    assert "weight-loss surgery" in talk.say("show my summary")


def test_an_emergency_in_the_middle_stops_the_interview(talk: Heard) -> None:
    talk.say("ive been tired for months")
    advice = talk.say("actually my throat feels like its closing up")
    assert "999" in advice.split("\n")[0]
    assert "How old" not in advice
    assert talk.level is Level.EMERGENCY
    afterwards = talk.say("b12 was 150 pg/ml")
    assert "pregnant" not in afterwards.lower()
    assert "help" in afterwards


def test_nothing_is_drawn_from_a_message_before_consent(open_talk: Callable[[], Heard]) -> None:
    talk = open_talk()
    talk.say("i am tired and on metformin")
    assert talk.snapshot.get("findings", []) == []
    talk.say("yes")
    assert {row["code"] for row in talk.snapshot["findings"]} == {"fatigue", "metformin"}


def test_a_red_flag_before_consent_is_advised_at_once(open_talk: Callable[[], Heard]) -> None:
    talk = open_talk()
    assert "999" in talk.say("my lips have blown up and i cant breathe properly")
    assert talk.level is Level.EMERGENCY


def test_refusing_consent_is_respected(open_talk: Callable[[], Heard]) -> None:
    talk = open_talk()
    assert "That is fine" in talk.say("no thanks")
    assert talk.snapshot.get("findings", []) == []
    assert "What brings you here" in talk.say("yes")  # minds may change
