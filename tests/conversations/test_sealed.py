"""The real dialogue with sealed texts: nothing of it lies open in any file, nothing of it is logged, and it goes on as ever."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bot import wiring
from bot.commands import logs
from bot.conversation.one_talk import OneTalk
from bot.records.vault import new_key
from bot.settings import read_settings

from .conftest import StandingClock

pytestmark = pytest.mark.model

SAID = (
    "hiya its zebulon here, my fingertips feel like velcro",
    "yes thats fine",
    "im 71, vegan since the budgerigar died, and on metformin",
    "my b12 was 98 pg/ml in november",
    "share it with the clinic",
    "yes",
    "07700 900417, ask for zebulon quartermaine",
    "what do you know about me",
    "im on the trampoline and get crushing chest pain",
)
WORDS = ("zebulon", "velcro", "budgerigar", "900417", "quartermaine", "trampoline", "crushing")


def test_a_real_conversation_leaves_no_word_in_any_file_or_log(
    tmp_path: Path, loop: asyncio.AbstractEventLoop, capfd: pytest.CaptureFixture[str]
) -> None:
    levels = {name: logging.getLogger(name).level for name in ("", "bot", "actions")}
    stream, hook = io.StringIO(), threading.excepthook
    handler = logs.set_up("DEBUG", stream=stream)
    before = wiring.shared_parts()
    settings = replace(read_settings(), text_keys=(new_key(),))

    async def make() -> wiring.Backend:
        return wiring.rehearsal(settings, region="uk", folder=tmp_path, clock=StandingClock())

    backend = loop.run_until_complete(make())
    try:

        async def talking() -> list[str]:
            talk = OneTalk(backend.conversations, channel="web", region="uk")
            return ["\n".join(row.reply.text for row in await talk.say(said)) for said in SAID]

        answers = loop.run_until_complete(talking())
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()).lower()
    finally:
        backend.close()
        wiring.use(before)
        logging.getLogger().removeHandler(handler)
        threading.excepthook = hook
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    assert "metformin" in answers[-2], "it is remembered all the same"
    assert "999" in answers[-1]
    assert b"b12sealed:1:" in kept
    assert [word for word in WORDS if word.encode() in kept] == []
    printed = capfd.readouterr()
    assert [word for word in WORDS if word in (stream.getvalue() + printed.out + printed.err).lower()] == []
