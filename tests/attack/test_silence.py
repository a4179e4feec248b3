"""A whole conversation with its faults, on the website, on WhatsApp and in the console, and not one word of it outside the ledger."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from channels.conftest import Door
from channels.push_town import WELCOME, Town
from console.conftest import Visitor
from console.seeding import PASSWORD, Clinic, Clock
from conversation.world import PATIENT, World
from starlette.responses import JSONResponse

from bot.commands import logs
from bot.console.passwords import hash_password
from bot.conversation.desk_people import Role
from bot.conversation.ports import Contact, EngineAnswer, Reply, TurnFacts

pytestmark = pytest.mark.anyio

ANN = "whatsapp:+441632960417"
#: What a patient says and is, and what staff write and look for.  None may be seen outside.
SECRETS = (
    "velcro", "trampoline", "zebulon", "quartermaine", "07700", "900417", "441632960417", "1632960417",
    "annmarie", "pernickety", "budgerigar", "chest pain",
)  # fmt: skip


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the product would write at its most talkative."""
    levels = {name: logging.getLogger(name).level for name in ("", "bot", "actions")}
    stream, hook, root = io.StringIO(), threading.excepthook, logging.getLogger()
    others, root.handlers = root.handlers, []  # handlers of other tests, whose streams may be closed, complain aloud
    logs.set_up("DEBUG", stream=stream)
    yield stream
    root.handlers = others
    threading.excepthook = hook
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


async def quoting(message: str, turn: TurnFacts | None) -> EngineAnswer:
    """Answers, keeps a contact, and fails with the patient's words in its error."""
    if turn is None:
        return EngineAnswer()
    if "fail" in message:
        raise RuntimeError(f"cannot parse {message!r} of Zebulon Quartermaine")
    return EngineAnswer(
        replies=(Reply(f"You said: {message}"),),
        consent=True if turn.consent is None and message in ("yes", "Yes, you may") else None,
        snapshot={"findings": [message], "understood": True},
        contact=Contact(name="Zebulon Quartermaine", phone="07700 900417"),
    )


def secrets_in(text: str) -> set[str]:
    return {secret for secret in SECRETS if secret in text.lower()}


async def on_the_website(world: World) -> str:
    door = Door(world)
    who = await door.open()
    for message in (
        "hello velcro",
        "yes",
        "Zebulon Quartermaine, 07700 900417",
        "fail on the trampoline",
        "chest pain and velcro",
        "/restart velcro",
        "velcro " * 2000,
    ):
        await door.send(who, message)
    await world.conversations.settle_down(within=60)
    world.screen.broken = True
    await door.send(who, "budgerigar while the screen is broken")
    await world.conversations.settle_down(within=60)
    world.screen.broken = False
    refused = await door.http.post("/api/messages", content=b'{"text": "velcro', headers=who)
    await world.aftercare.look_at_backlog()
    return refused.text + (await door.http.get("/metrics")).text + (await door.http.get("/ready")).text


async def on_whatsapp(world: World) -> str:
    town = Town(world.folder, world=world)
    for message in ("hello velcro", "1", "fail with velcro", "chest pain on the trampoline"):
        await town.say(message, who=ANN, ProfileName="Annmarie", WaId="441632960417")
    quoted = {"code": 21211, "message": f"The number {ANN} of Annmarie is not valid", "status": 400}
    town.twilio.faults.append(JSONResponse(quoted, status_code=400))
    await town.say("velcro again", who=ANN, ProfileName="Annmarie", WaId="441632960417")
    bad = await town.twilio_post("/hooks/twilio", {"MessageSid": "SM9", "From": ANN, "Body": "velcro"}, signature="x")
    return bad.text + (await town.http.get("/metrics")).text


def in_the_console(world: World) -> str:
    """Staff read, write and search; what a page shows to staff is not outside."""
    clinic = Clinic(world.folder / "ledger.db", clock=Clock(now=world.clock.now()))
    clinic.person("clinician", Role.CLINICIAN, password_hash=hash_password(PASSWORD))
    visitor = Visitor(clinic)
    assert visitor.sign_in("clinician").status_code == 303
    with clinic.database.read() as connection:
        talk = connection.exec_driver_sql("SELECT id FROM conversation ORDER BY level DESC LIMIT 1").scalar_one()
    page = f"/talk/{talk}"
    noted = visitor.submit(page, f"{page}/notes", text="a pernickety budgerigar")
    assert noted.status_code == 303
    assert visitor.submit(page, f"{page}/reply", text="velcro?").status_code == 400, (
        "a refused form says nothing either"
    )
    assert "budgerigar" in visitor.get(page).text
    assert visitor.get("/search?q=velcro").status_code == 200
    missing = visitor.get("/talk/velcro")
    clinic.database.close()
    return missing.headers.get("location", "")


async def test_nothing_of_a_whole_conversation_is_seen_outside(
    tmp_path: Path, log: io.StringIO, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    world = World(tmp_path, welcome=WELCOME, limits=PATIENT)
    world.engine.behave = quoting  # type: ignore[assignment]
    outside = await on_the_website(world)
    outside += await on_whatsapp(world)
    outside += await asyncio.to_thread(in_the_console, world)
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("ledger.db*"))
    (tmp_path / "ledger.db").rename(tmp_path / "away.db")
    await world.say("velcro without a database")
    (tmp_path / "away.db").rename(tmp_path / "ledger.db")
    world.close()
    assert b"velcro" in stored and b"Quartermaine" in stored, "it was a real conversation"
    assert len(log.getvalue().splitlines()) > 5, "and faults were logged"
    assert secrets_in(log.getvalue()) == set()
    assert secrets_in(outside) == set()
    printed = capfd.readouterr()
    assert secrets_in(printed.out + printed.err) == set()
    assert secrets_in("\n".join(record.getMessage() for record in caplog.records if record.name != "httpx")) == set()


def test_a_line_of_others_is_its_first_line_and_no_traceback_quotes(log: io.StringIO) -> None:
    try:
        raise ValueError("velcro")
    except ValueError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved\nfuture: exception=velcro")
    (line,) = log.getvalue().splitlines()
    assert "velcro" not in line
    assert "ERROR asyncio Task exception was never retrieved error=ValueError at=test_silence.py:" in line


def test_no_line_can_be_forged(log: io.StringIO) -> None:
    logging.getLogger("bot.channels").warning("door.refused origin=%s", "x\n2026-01-01 INFO bot staff.signed_in")
    assert len(log.getvalue().splitlines()) == 1


def test_the_level_of_the_setting_counts_for_our_lines_only(log: io.StringIO) -> None:
    logging.getLogger("bot.records").debug("ours")
    logging.getLogger("httpx").info("theirs")
    assert [line.split()[-1] for line in log.getvalue().splitlines()] == ["ours"]


def test_a_thread_that_dies_says_where_and_not_what(log: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    def dies() -> None:
        raise RuntimeError("velcro")

    thread = threading.Thread(target=dies, name="dialogue")
    thread.start()
    thread.join()
    assert "thread.died thread=dialogue error=RuntimeError at=" in log.getvalue()
    assert "velcro" not in log.getvalue() + capfd.readouterr().err
