"""Consent, deletion and what is known: what the assistant says of them is so in the ledger."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from bot.conversation.entries import engine_name
from bot.records.schema import conversation, dialogue_state, message

from .conftest import Heard

pytestmark = pytest.mark.model


def _stored(talk: Heard) -> str:
    """Everything the ledger holds of what the patient wrote, was read as or is in."""
    name = talk.talk.conversation_id
    with talk.backend.database.read() as connection:
        rows = connection.execute(select(message).where(message.c.conversation_id == name)).all()
        talks = connection.execute(select(conversation).where(conversation.c.id == name)).all()
        states = connection.execute(select(dialogue_state).where(dialogue_state.c.name == engine_name(name))).all()
    held = [str(row.text) for row in rows if row.author == "patient"] + [str(row.nlu) for row in rows]
    return "\n".join([*held, *(str(row.snapshot) for row in talks), *(str(row.state) for row in states)])


def test_before_consent_nothing_is_kept_of_what_a_message_was_read_as(open_talk: Callable[[], Heard]) -> None:
    talk = open_talk()
    talk.say("i am tired and on metformin")
    stored = _stored(talk)
    assert "report_" not in stored
    assert stored.count("metformin") == 1  # the held text itself


def test_refusing_consent_removes_the_text(open_talk: Callable[[], Heard]) -> None:
    talk = open_talk()
    talk.say("i am tired and on metformin")
    talk.say("no thanks")
    stored = _stored(talk)
    assert "metformin" not in stored
    assert "report_" not in stored


def test_what_was_held_counts_after_the_yes(open_talk: Callable[[], Heard]) -> None:
    talk = open_talk()
    talk.say("i am tired and on metformin")
    talk.say("yes")
    assert {row["code"] for row in talk.snapshot["findings"]} == {"fatigue", "metformin"}


def test_deleting_empties_the_ledger(talk: Heard) -> None:
    talk.say("im 70 and tired, on metformin")
    talk.say("delete my data")
    assert "being deleted" in talk.say("yes")
    talk.loop.run_until_complete(talk.backend.conversations.settle_down(within=20))
    assert "metformin" not in _stored(talk)


def test_asking_whether_it_can_be_deleted_deletes_nothing(talk: Heard) -> None:
    talk.say("im 70 and tired, on metformin")
    assert "delete my data" in talk.say("can i delete it later?")
    assert "metformin" in _stored(talk)


def test_what_is_known_is_said_as_it_stands_in_the_ledger(talk: Heard) -> None:
    talk.say("im 70 and tired, on metformin")
    said = talk.say("what do you know about me")
    for row in talk.snapshot["findings"]:
        assert row["name"] in said


@pytest.mark.parametrize(("answer", "shared"), [("yes", True), ("no", False)])
def test_staff_see_whether_the_summary_is_shared(talk: Heard, answer: str, shared: bool) -> None:
    talk.say("im 70 and tired")
    assert talk.snapshot["shared"] is None
    talk.say("share it with the clinic")
    talk.say(answer)
    talk.say("skip")
    assert talk.snapshot["shared"] is shared


def test_contact_details_are_kept_apart_from_what_is_shown(talk: Heard) -> None:
    talk.say("im 70 and tired")
    talk.say("share it with the clinic")
    talk.say("yes")
    talk.say("07700 900123")
    assert not any("contact" in (row.reply.custom or {}) for row in talk.shown)


def test_somebody_else_on_the_same_device_is_told_to_start_afresh(talk: Heard) -> None:
    talk.say("im 70 and tired")
    assert "start again" in talk.say("my husband was using this before me, is his stuff still here")
    talk.say("start again")
    assert talk.snapshot["findings"] == []
