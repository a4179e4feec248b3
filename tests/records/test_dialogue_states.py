"""The engine's private state outlives a restart and an outage, and is never silently empty."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from conversation.world import TurningClock

from bot.conversation.ports import LedgerUnavailable
from bot.records import migrate
from bot.records.database import Database
from bot.records.dialogue_states import SqlStates

pytestmark = pytest.mark.anyio


@pytest.fixture
async def states(url: str) -> AsyncIterator[SqlStates]:
    migrate.upgrade(url)
    made = SqlStates(Database(url, patience=2), clock=TurningClock(), limit=10)
    yield made
    made.close()


def another(url: str) -> SqlStates:
    return SqlStates(Database(url, patience=2), clock=TurningClock(), limit=10)


async def test_what_was_saved_is_loaded_by_another_process(states: SqlStates, url: str) -> None:
    await states.save("one", "first")
    await states.save("one", "second")
    assert await another(url).load("one") == "second"
    assert await another(url).keys() == ["one"]


async def test_a_process_sees_what_another_one_saved_last(states: SqlStates, url: str) -> None:
    await states.save("one", "first")
    await another(url).save("one", "second")
    assert await states.load("one") == "second"


async def test_an_unknown_conversation_has_no_state(states: SqlStates) -> None:
    assert await states.load("nobody") is None


async def test_a_deleted_state_is_gone_for_everybody(states: SqlStates, url: str) -> None:
    await states.save("one", "first")
    await states.delete("one")
    assert await states.load("one") is None
    assert await another(url).load("one") is None


class Away:
    """Makes a database refuse everything while it is entered."""

    def __init__(self, states: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._states, self._patch = states, monkeypatch

    def __enter__(self) -> None:
        def refuse(*_: Any) -> Any:
            raise LedgerUnavailable("away")

        for name in ("_read", "_write", "_keys"):
            self._patch.setattr(self._states, name, refuse)

    def __exit__(self, *_: Any) -> None:
        self._patch.undo()


async def test_a_dialogue_goes_on_while_the_database_is_away(
    states: SqlStates, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await states.save("one", "first")
    with Away(states, monkeypatch):
        assert await states.load("one") == "first"
        await states.save("one", "second")
        await states.save("two", "new")
        assert await states.load("one") == "second"
    assert await another(url).load("one") == "first"
    await states.save("three", "third")  # the next write takes the waiting ones along
    assert [await another(url).load(name) for name in ("one", "two", "three")] == ["second", "new", "third"]


async def test_a_conversation_it_does_not_know_is_an_error_while_the_database_is_away(
    states: SqlStates, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await another(url).save("one", "first")
    with Away(states, monkeypatch), pytest.raises(LedgerUnavailable):
        await states.load("one")


async def test_a_delete_during_an_outage_is_not_undone_by_reading(
    states: SqlStates, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await states.save("one", "first")
    with Away(states, monkeypatch):
        await states.delete("one")
        assert await states.load("one") is None
    assert await states.load("one") is None
    await states.save("two", "second")
    assert await another(url).load("one") is None


async def test_no_file_is_an_error_and_not_a_new_beginning(tmp_path: Path) -> None:
    states = SqlStates(Database(f"sqlite:///{tmp_path / 'none.db'}"), clock=TurningClock())
    with pytest.raises(LedgerUnavailable):
        await states.load("one")
