"""The process is killed between two steps: what was promised is there afterwards, once, and answered once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.clinical.codes import Level
from conversation.world import World

pytestmark = pytest.mark.anyio

WORKER = Path(__file__).with_name("crash_worker.py")
TESTS = WORKER.parents[1]
STEPS = (
    "before:ledger.record",
    "after:ledger.record",
    "before:ledger.begin_turn",
    "after:ledger.begin_turn",
    "before:engine.respond",
    "before:ledger.settle",
    "after:ledger.settle",
    "before:journal.append",
    "after:journal.append",
    "before:replay.record",
    "after:replay.record",
    "before:replay.settle",
    "after:replay.settle",
)


@pytest.mark.parametrize("step", STEPS)
async def test_a_kill_loses_nothing_and_doubles_nothing(tmp_path: Path, step: str) -> None:
    ended = subprocess.run(
        [sys.executable, str(WORKER), str(tmp_path), step],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"},
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert "survived" not in ended.stdout

    world = World(tmp_path)
    await world.aftercare.replay()
    world.clock.pass_by(minutes=5)
    await world.aftercare.take_up_unanswered()
    if "acknowledged message-x" not in ended.stdout:
        await world.say("I have chest pain", message_id="message-x")  # a sender without a receipt sends again
    await world.aftercare.replay()

    texts = await world.texts()
    for once in ("I have chest pain", "ADVICE emergency cardiac", "You said: I have chest pain"):
        assert texts.count(once) == 1, (once, texts)
    assert world.ledger.state("talk-1").level is Level.EMERGENCY
    page = world.desk.open("talk-1", by="system", now=world.clock.now())
    assert len(page.escalations) == 1
    assert [one.words for one in page.escalations[0].matches] == ["chest pain"]
    assert world.calls_due() == ["first"]
    assert world.journal.pending == 0
    assert world.journal.set_aside == 0
    world.close()
