"""The invented clinic: refused beside real patients, well-formed, and played through the real assistant."""

from __future__ import annotations

import asyncio
import importlib
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

import pytest

from bot import wiring
from bot.cli import main
from bot.clinical.codes import Level
from bot.commands.demo_script import deeds, read_clinic
from bot.commands.demo_seeding import _STEPS, Seeding
from bot.conversation.desk import Desk
from bot.conversation.desk_people import Role
from bot.conversation.inbox import InboxFilter
from bot.engine import training
from bot.records import migrate
from bot.settings import read_settings
from bot.wiring.backend import INVENTED

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=timezone.utc)
CLINIC = read_clinic()
#: One of each kind; the whole clinic takes a minute.
SOME = {"demo-01", "demo-12", "demo-15", "demo-16", "demo-24", "demo-35", "demo-40", "demo-41"}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("B12_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("B12_DATABASE_URL", raising=False)
    (tmp_path / "var").mkdir()
    return tmp_path / "var"


def refusal(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["demo", "seed"]) == 2
    return capsys.readouterr().err


def test_it_is_refused_in_live_mode(data: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("B12_MODE", "live")
    monkeypatch.setenv("B12_SESSION_SECRET", "s" * 40)
    monkeypatch.setenv("B12_ADDRESS_KEY", "k" * 44)
    assert "demo mode only" in refusal(capsys)
    assert not list(data.glob("*.db"))


def test_it_is_refused_where_there_is_an_account(data: Path, capsys) -> None:
    settings = read_settings()
    migrate.upgrade(settings.database_url)
    wiring.desk(settings).add_staff(
        username="anna", name="Anna", role=Role.ADMIN, password_hash="x", by="system", now=NOW
    )
    said = refusal(capsys)
    assert "needs an empty database; this one holds 0 conversations and 1 staff accounts" in said
    assert "B12_DATA_DIR" in said


def test_the_clinic_is_believable_on_paper() -> None:
    found = deeds(CLINIC, steps=_STEPS, now=NOW, say_yes="yes", say_no="no")
    assert [deed.at for deed in found] == sorted(deed.at for deed in found)
    assert found[-1].at <= NOW
    assert 40 <= len(CLINIC["talks"]) == len({talk["id"] for talk in CLINIC["talks"]})
    assert CLINIC["talks"][0]["id"] == INVENTED
    assert {deed.does for deed in found} == {"say", *_STEPS}
    assert {person["role"] for person in CLINIC["staff"]} == {role.value for role in Role}
    assert {talk.get("channel", "web") for talk in CLINIC["talks"]} == {"web", "sms", "whatsapp", "telegram"}


def test_no_two_patients_write_the_same() -> None:
    said = Counter(
        step for talk in CLINIC["talks"] for step in talk["says"] if isinstance(step, str) and len(step) > 12
    )
    assert [text for text, times in said.items() if times > 1] == []


def test_a_step_that_does_not_exist_is_named() -> None:
    broken = {"staff": CLINIC["staff"], "talks": [{"id": "x", "ago": "3h", "says": [{"nina": "dance"}]}]}
    with pytest.raises(ValueError, match=r"demo_clinic.yml, x: 'nina' does 'dance'; expected one of"):
        deeds(broken, steps=_STEPS, now=NOW, say_yes="yes", say_no="no")


@pytest.mark.model
def test_it_is_played_through_the_real_assistant(data: Path) -> None:
    settings = read_settings()
    assert training.is_current(settings.model_dir), "the model is not made from data/ as it is; run make train"
    migrate.upgrade(settings.database_url)
    desk = wiring.desk(settings)
    clinic = {
        **CLINIC,
        "talks": [talk for talk in CLINIC["talks"] if talk["id"] in SOME],
        "reviews": [row for row in CLINIC["reviews"] if row["talk"] in SOME],
    }
    left_out: list[str] = []

    async def play() -> int:
        with Seeding(settings, desk, clinic, password_hash="x") as seeding:
            return await seeding.play(left_out.append)

    assert asyncio.run(play()) == len(SOME)
    assert [line for line in left_out if "left out" in line] == []
    now = datetime.now(timezone.utc)
    rows = {row.conversation_id: row for row in desk.inbox(InboxFilter(), now=now, size=50).rows}
    assert (rows["demo-01"].level, rows["demo-01"].acknowledged_by) == (Level.EMERGENCY, None)
    assert (rows["demo-35"].mode, rows["demo-35"].acknowledged_by, rows["demo-35"].level) == (
        "closed",
        "Tom Ellis",
        Level.NONE,
    )
    assert [call.conversation_id for call in desk.call_backs()] == ["demo-12"]
    _happened_in_order(desk, now)


def _happened_in_order(desk: Desk, now: datetime) -> None:
    """The audit reads as a clinic's own: nobody acts before a message came, and the chain is whole."""
    entries = desk.audit(by="system", now=now, size=500).entries
    times = [entry.at for entry in sorted(entries, key=lambda entry: entry.number)]
    assert times == sorted(times)
    assert desk.verify_audit() is None
    assert all(alert.state(times[-1]) != "late" for alert in desk.alerts(now=now).alerts)


def test_a_database_with_invented_patients_is_not_served_to_real_ones(data: Path, monkeypatch) -> None:
    module = importlib.import_module("bot.wiring.backend")  # the package's own `backend` is the function
    closed: list[bool] = []

    class Running:
        class conversations:  # noqa: N801 - stands in for an attribute
            class keeper:  # noqa: N801
                class ledger:  # noqa: N801
                    @staticmethod
                    def state(talk: str) -> object:
                        return object() if talk == INVENTED else None

        @staticmethod
        def close() -> None:
            closed.append(True)

    monkeypatch.setattr(module, "checked_parts", lambda settings: None)
    monkeypatch.setattr(module, "_backend", lambda *args, **more: Running())
    settings = read_settings()
    assert module.backend(settings) is not None
    object.__setattr__(settings, "mode", "live")
    with pytest.raises(wiring.CannotStart, match="invented patients of b12bot demo seed"):
        module.backend(settings)
    assert closed == [True]
