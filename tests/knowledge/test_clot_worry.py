"""The clot talk: safety question first, honest facts, no advice about medicines."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.clinical.clot_worry import STEPS, ClotWorry
from bot.clinical.codes import HISTORY
from bot.clinical.wording import UnknownWordsError
from bot.knowledge.clot_worry import load_clot_worry
from bot.knowledge.strict import Fault
from tests.knowledge.reading_grade import grade
from tests.knowledge.test_answers import CONTACTS

FOLDER = Path(__file__).parents[2] / "bot" / "knowledge"

#: History codes that raise the chance of a clot, and the one that lowers it.
CLOT_CODES = {
    "vte_history",
    "family_history_vte",
    "thrombophilia",
    "active_cancer",
    "recent_surgery",
    "recent_immobility",
    "long_haul_travel",
    "hormonal_contraception",
    "hrt",
    "pregnancy",
    "smoking",
    "nitrous_oxide",
    "anticoagulant",
}


@pytest.fixture(scope="module")
def talk() -> ClotWorry:
    faults: list[Fault] = []
    loaded = load_clot_worry(FOLDER, faults)
    assert faults == []
    return loaded


def test_every_step_is_written(talk: ClotWorry) -> None:
    assert set(talk.steps) == set(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_plain_to_read(talk: ClotWorry, step: str) -> None:
    assert grade(talk.say(step, **CONTACTS)) <= 6.5


@pytest.mark.parametrize(
    "sign", ["swollen", "breath", "chest", "coughing blood", "fainting", "drooping face", "weak arm", "speaking"]
)
def test_the_safety_question_names_the_sign(talk: ClotWorry, sign: str) -> None:
    assert sign in talk.say("any_right_now").lower()


def test_the_risk_list_holds_every_code_that_matters(talk: ClotWorry) -> None:
    named = {risk.code for risk in talk.risks if risk.code}
    assert named == CLOT_CODES
    assert named <= set(HISTORY)
    assert len(talk.risk_list().splitlines()) == len(talk.risks)


def test_nobody_is_told_to_stop_or_start_a_medicine(talk: ClotWorry) -> None:
    said = " ".join(talk.say(step, **CONTACTS) for step in STEPS).lower()
    assert "do not start or stop blood thinners, hormones or b12 by yourself" in said.replace("\n", " ")
    assert "no risk at all" in said and "nobody can promise that" in said


def test_there_are_questions_to_take_along(talk: ClotWorry) -> None:
    assert len(talk.question_list().splitlines()) == 5
    assert all(line.endswith("?") for line in talk.question_list().splitlines())


def test_an_unknown_step_is_refused(talk: ClotWorry) -> None:
    with pytest.raises(UnknownWordsError, match="any_right_now"):
        talk.say("any_now")
