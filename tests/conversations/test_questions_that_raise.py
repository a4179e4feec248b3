"""A yes to a safety question of the dialogue raises level, alert and staff inbox together; a no raises nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.clinical.codes import Level
from bot.records.schema import escalation, outbox

from .conftest import Heard

pytestmark = pytest.mark.model

CLOTS = "im worried about blood clots from the injections"
UNWELL = "hi sorry to bother you, im really worried"


def _rows(talk: Heard) -> tuple[list[str], int]:
    """Categories of the open escalations of this talk, and its calls to staff."""
    with talk.backend.database.read() as connection:
        name = talk.talk.conversation_id
        found = connection.execute(escalation.select().where(escalation.c.conversation_id == name)).all()
        calls = connection.execute(outbox.select().where(outbox.c.conversation_id == name)).all()
    return [row.category for row in found if row.state == "open"], len(calls)


@pytest.mark.parametrize(("worry", "category"), [(CLOTS, "dvt"), (UNWELL, "other_emergency")])
def test_a_bare_yes_raises_level_alert_and_inbox(talk: Heard, worry: str, category: str) -> None:
    talk.say(worry)
    assert "999" in talk.say("yes")
    assert talk.level is Level.URGENT
    assert _rows(talk) == ([category], 2)  # one call now and a second one that acknowledging cancels


@pytest.mark.parametrize("worry", [CLOTS, UNWELL])
def test_no_raises_nothing(talk: Heard, worry: str) -> None:
    talk.say(worry)
    talk.say("no")
    assert talk.level is Level.NONE
    assert _rows(talk) == ([], 0)


@pytest.mark.parametrize("worry", [CLOTS, UNWELL])
def test_not_sure_is_asked_again_in_other_words_and_then_counts_as_yes(talk: Heard, worry: str) -> None:
    first = talk.say(worry)
    again = talk.say("not sure")
    assert talk.level is Level.NONE
    assert again.split("\n")[-1] not in first
    assert "today" in talk.say("i dont know")
    assert talk.level is Level.URGENT


def test_after_the_yes_the_level_stays_and_a_graver_sign_raises_it(talk: Heard) -> None:
    talk.say(CLOTS)
    talk.say("yes")
    assert "call" in talk.say("not sure really")
    assert talk.level is Level.URGENT
    assert "999" in talk.say("my chest hurts when i breathe in and im short of breath")
    assert talk.level is Level.EMERGENCY


def test_a_yes_to_the_safety_question_is_no_consent(open_talk: Callable[[], Heard]) -> None:
    talk = open_talk()
    talk.say(UNWELL)
    talk.say("yes")
    state = talk.backend.conversations.keeper.ledger.state(talk.talk.conversation_id)
    assert state is not None
    assert state.consent is None
    assert talk.level is Level.URGENT


def test_while_a_danger_is_open_no_safety_question_is_put(talk: Heard) -> None:
    talk.say("my left calf is swollen and sore since yesterday")
    assert "quick safety check" not in talk.say(UNWELL)
