"""Another model while patients write: training that dies, an archive that breaks, doors that change one after the other."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import wiring
from bot.clinical.codes import Level
from bot.conversation.entries import engine_name
from bot.conversation.one_talk import OneTalk
from bot.engine import training
from bot.engine.rasa_engine import ModelBroken, RasaEngine
from bot.records.schema import dialogue_state
from bot.settings import ROOT, Settings, read_settings

from .conftest import StandingClock

pytestmark = pytest.mark.model


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with the trained model under a name of its own."""
    folder = tmp_path / "models"
    folder.mkdir()
    trained = training.trained_model(read_settings().model_dir)
    assert trained is not None
    old = folder / "b12-old.tar.gz"
    shutil.copyfile(trained, old)
    training.make_current(old)
    return folder


def test_a_training_that_is_killed_half_way_leaves_the_old_model_to_serve(models: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "B12_MODEL_DIR": str(models), "B12_DATA_DIR": str(tmp_path / "var")}
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "train", "--force"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert "Training" in process.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=3)  # it is at work
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert training.trained_model(models) == models / "b12-old.tar.gz"
    engine = RasaEngine(model=models / "b12-old.tar.gz", describe=lambda picture, **_: {})
    asyncio.run(engine.ready())
    engine.close()


def test_a_door_that_runs_keeps_its_model_when_the_archive_breaks(models: Path) -> None:
    path = models / "b12-old.tar.gz"
    engine = RasaEngine(model=path, describe=lambda picture, **_: {})
    path.write_bytes(path.read_bytes()[:100_000])
    asyncio.run(engine.ready())  # its canary messages, a red flag among them
    engine.close()
    with pytest.raises(training.TrainingFailed, match="make train"):
        training.trained_model(models)  # what the next start is told
    with pytest.raises(ModelBroken, match="cannot be used"):
        RasaEngine(model=path, describe=lambda picture, **_: {})


# --- doors that change one after the other -------------------------------------------


class Doors:
    """Two backends over one database and one conversation that goes on at either."""

    def __init__(self, settings: Settings, folder: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.settings, self.folder, self.loop = settings, folder, loop
        self.open: dict[str, wiring.Backend] = {}

    def start(self, model: str) -> None:
        """A new door with the model that is current now."""

        async def make() -> wiring.Backend:
            return wiring.rehearsal(self.settings, region="uk", folder=self.folder, clock=StandingClock())

        self.open[model] = self.loop.run_until_complete(make())
        assert self.open[model].engine.version == model
        self.loop.run_until_complete(self.open[model].engine.ready())

    def stop(self, model: str) -> None:
        self.open.pop(model).close()

    def say(self, model: str, text: str) -> str:
        async def saying() -> str:
            talk = OneTalk(
                self.open[model].conversations, channel="web", region="uk", conversation_id="talk-in-progress"
            )
            talk._seen = len(await self.open[model].conversations.delivery.history("talk-in-progress", after=0))
            return "\n".join(row.reply.text for row in await talk.say(text))

        said = self.loop.run_until_complete(saying())
        assert said, f"silence after {text!r}"
        return said


@pytest.fixture
def doors(models: Path, tmp_path: Path, loop: asyncio.AbstractEventLoop) -> Iterator[Doors]:
    settings = replace(read_settings(), model_dir=models)
    before = wiring.shared_parts()
    made = Doors(settings, tmp_path, loop)
    yield made
    for model in list(made.open):
        made.stop(model)
    wiring.use(before)


def test_a_conversation_goes_on_while_doors_change_their_model(doors: Doors, models: Path) -> None:
    doors.start("b12-old")
    doors.say("b12-old", "yes that's fine")
    doors.say("b12-old", "im 70 and tired")
    new = models / "b12-new.tar.gz"
    shutil.copyfile(models / "b12-old.tar.gz", new)
    training.make_current(new)
    doors.start("b12-new")
    doors.say("b12-new", "on metformin too")  # the balancer sends this one to the new door,
    doors.say("b12-old", "since two years")  # and this one to the old
    doors.stop("b12-old")
    assert "999" in doors.say("b12-new", "now i have crushing chest pain")
    ledger = doors.open["b12-new"].conversations.keeper.ledger
    known = {row["code"] for row in ledger.snapshot("talk-in-progress")["findings"]}
    assert {"fatigue", "metformin"} <= known, "what was said at either door is known at the last one"
    state = ledger.state("talk-in-progress")
    assert state is not None and state.level is Level.EMERGENCY
    written = [row.reply.text for row in ledger.messages("talk-in-progress") if row.author == "patient"]
    assert written == [
        "yes that's fine",
        "im 70 and tired",
        "on metformin too",
        "since two years",
        "now i have crushing chest pain",
    ]


def test_what_only_the_other_model_knows_does_not_end_the_conversation(doors: Doors) -> None:
    """A newer model may have slots, actions and intents that an older one has never heard of, and the other way round."""
    doors.start("b12-old")
    doors.say("b12-old", "yes that's fine")
    doors.say("b12-old", "im 70 and tired")
    name = engine_name("talk-in-progress")
    with doors.open["b12-old"].database.write() as connection:
        state = json.loads(
            connection.execute(select(dialogue_state.c.state).where(dialogue_state.c.name == name)).scalar_one()
        )
        state["slots"]["slot_of_next_year"] = "x"
        state["events"].insert(0, {"event": "slot", "name": "another_new_slot", "value": "y", "timestamp": 1.0})
        state["events"].insert(0, {"event": "action", "name": "action_of_next_year", "timestamp": 1.0})
        connection.execute(update(dialogue_state).where(dialogue_state.c.name == name).values(state=json.dumps(state)))
    doors.say("b12-old", "on metformin too")
    ledger = doors.open["b12-old"].conversations.keeper.ledger
    assert {"fatigue", "metformin"} <= {row["code"] for row in ledger.snapshot("talk-in-progress")["findings"]}
