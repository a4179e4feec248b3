"""A red flag wins in every form and through every fault, with the real screen, words, model and ledger."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from bot import wiring
from bot.clinical.codes import Level
from bot.conversation.absent_engine import AbsentEngine
from bot.conversation.inbound import Inbound
from bot.conversation.limits import Limits
from bot.conversation.one_talk import OneTalk
from bot.conversation.ports import EngineAnswer, TurnFacts
from bot.settings import read_settings

from .conftest import Heard, StandingClock

pytestmark = pytest.mark.model

DANGER = "im tired and my throat is closing up i cant breathe"
HARMLESS = "im tired all the time"

#: What opens each form of domain.yml.
FORMS = {
    "consent_form": ["hello there"],
    "interview_form": ["yes", "im tired all the time"],
    "delete_form": ["yes", "delete my data"],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_red_flag_wins_while_this_form_is_open(form: str, open_talk: Callable[[], Heard]) -> None:
    """Rasa gives an open form the first word; a patient in danger must not wait for it."""
    talk = open_talk()
    for text in FORMS[form]:
        talk.say(text)
    assert "999" in talk.say(DANGER).split("\n")[0]
    assert talk.level is Level.EMERGENCY


@pytest.mark.parametrize("form", FORMS)
def test_a_red_flag_wins_in_rasa_alone(form: str, backend: wiring.Backend, loop: asyncio.AbstractEventLoop) -> None:
    """Without a front door (`rasa shell`) the component and the policy are the only line."""
    engine: Any = backend.engine
    name = uuid.uuid4().hex
    facts = TurnFacts(
        conversation_id=name,
        message_id="0",
        channel="shell",
        region="uk",
        now=datetime.now(timezone.utc),
        consent=None if form == "consent_form" else True,
    )
    texts = [text for text in FORMS[form] if text != "yes"]

    async def hold() -> Any:
        for number, text in enumerate([*texts, DANGER]):
            turned = await engine.turn_through(name, text, replace(facts, message_id=str(number)))
        return turned

    turned = loop.run_until_complete(hold())
    assert "999" in turned.replies[0].text
    assert turned.tracker.active_loop_name is None
    assert turned.events[:2] == ("red_flag", "action_give_urgent_advice")


class Faulty:
    """An engine that fails in a chosen way."""

    def __init__(self, fault: str) -> None:
        self._fault = fault

    async def respond(self, conversation_id: str, text: str, *, turn: TurnFacts) -> EngineAnswer:
        if self._fault == "hangs":
            await asyncio.sleep(60)
        if self._fault == "says nothing":
            return EngineAnswer()
        raise RuntimeError("out of order")

    async def forget(self, conversation_id: str) -> None:
        """Nothing to forget."""

    async def ready(self) -> None:
        raise RuntimeError("out of order")


@pytest.mark.parametrize("fault", ["raises", "hangs", "says nothing", "no model"])
def test_advice_arrives_and_nothing_is_silent_when_the_engine(fault: str, tmp_path: Path) -> None:
    engine: Any = AbsentEngine("no model is trained yet") if fault == "no model" else Faulty(fault)

    async def hold() -> tuple[list[str], list[str]]:
        backend = _without_engine(tmp_path, engine)
        try:
            talk = OneTalk(backend.conversations, channel="web", region="uk")
            danger = [row.reply.text for row in await talk.say(DANGER)]
            other = OneTalk(backend.conversations, channel="web", region="uk")
            harmless = [row.reply.text for row in await other.say(HARMLESS)]
            return danger, harmless
        finally:
            backend.close()

    danger, harmless = asyncio.run(hold())
    assert any("999" in text.split("\n")[0] for text in danger)
    assert any("01632 960123" in text and "999" in text for text in harmless)


def test_advice_arrives_while_the_database_is_locked(tmp_path: Path) -> None:
    """Another process holds an exclusive lock; the message waits in the journal and is not lost."""

    async def hold() -> tuple[list[str], int]:
        backend = _without_engine(tmp_path, Faulty("raises"))
        lock = sqlite3.connect(tmp_path / "talks.db", isolation_level=None)
        try:
            conversations = backend.conversations
            talk = OneTalk(conversations, channel="web", region="uk")
            lock.execute("BEGIN EXCLUSIVE")
            receipt = await conversations.receive(
                Inbound(talk.conversation_id, "message-1", DANGER, "web", "uk", conversations.clock.now())
            )
            advised = [row.reply.text for row in receipt.at_once]
            lock.execute("ROLLBACK")
            await conversations.settle_down(within=20)
            await conversations.keeper.catch_up()
            stored = conversations.keeper.ledger.messages(talk.conversation_id)
            return advised, sum(row.author == "patient" for row in stored)
        finally:
            lock.close()
            backend.close()

    advised, kept = asyncio.run(hold())
    assert "999" in advised[0].split("\n")[0]
    assert kept == 1


def _without_engine(folder: Path, engine: Any) -> wiring.Backend:
    """A backend on a fresh database with this engine instead of the trained one."""
    settings = replace(read_settings(), model_dir=folder / "no-models")  # no model here, so the wiring loads none
    limits = Limits(answer=1.0, answer_after_danger=1.0, late_answer=0.5)
    backend = wiring.rehearsal(settings, region="uk", folder=folder, clock=StandingClock(), limits=limits)
    assert isinstance(backend.engine, AbsentEngine)
    backend.conversations.engine = engine
    backend.conversations.answering._engine = engine
    return backend
