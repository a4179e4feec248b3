"""A backup is taken while patients write, comes back whole, and never overwrites anything unasked."""

from __future__ import annotations

import json
import shutil
import stat
import zipfile
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from pathlib import Path
from uuid import uuid4

import pytest
from conversation.world import World

from bot.records import backup, migrate
from bot.records.database import Database
from bot.records.desk import SqlDesk
from bot.records.ledger import SqlLedger

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)


@pytest.fixture
async def world(tmp_path: Path, url: str) -> AsyncIterator[World]:
    made = World(tmp_path, url=url)
    await made.consenting()
    await made.say("I have chest pain")
    yield made
    made.close()


def elsewhere(url: str, tmp_path: Path) -> str:
    """An empty place of the same kind."""
    if url.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'other' / 'ledger.db'}"
    import psycopg2

    name = f"t{uuid4().hex}"
    connection = psycopg2.connect(url)
    connection.autocommit = True
    connection.cursor().execute(f"CREATE DATABASE {name}")
    connection.close()
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}?{query}"


def transcript(url: str) -> list[str]:
    database = Database(url, patience=5)
    texts = [row.reply.text for row in SqlLedger(database).messages("talk-1")]
    assert SqlDesk(database).verify_audit() is None
    database.close()
    return texts


async def test_what_was_backed_up_comes_back_whole(world: World, url: str, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    made = backup.make(url, file, at=NOW)
    before = transcript(url)
    await world.say("written after the backup")
    other = elsewhere(url, tmp_path)
    restored, aside = backup.restore(other, file, at=NOW)
    assert transcript(other) == before
    assert restored == made
    assert aside is None
    assert migrate.current(other) == migrate.newest()


async def test_a_restored_ledger_is_gone_on_with(world: World, url: str, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    backup.make(url, file, at=NOW)
    other = elsewhere(url, tmp_path)
    backup.restore(other, file, at=NOW)
    (tmp_path / "again").mkdir()
    again = World(tmp_path / "again", url=other, number=100)
    assert (await again.say("my feet tingle"))[-1] == "You said: my feet tingle"
    assert again.calls_due() == ["first"], "an alert that was not sent when the backup was made is sent now"
    again.close()


async def test_a_backup_is_for_its_owner_alone(world: World, url: str, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    backup.make(url, file, at=NOW)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".b12")] == []


async def test_neither_a_file_nor_a_ledger_is_overwritten(world: World, url: str, tmp_path: Path) -> None:
    file = tmp_path / "one.backup"
    backup.make(url, file, at=NOW)
    before = file.read_bytes()
    with pytest.raises(backup.BackupFailed, match="not overwritten"):
        backup.make(url, file, at=NOW)
    assert file.read_bytes() == before
    await world.say("written after the backup")
    with pytest.raises(backup.BackupFailed, match="holds a ledger already"):
        backup.restore(url, file, at=NOW)
    assert "written after the backup" in transcript(url)


@pytest.mark.parametrize("damage", ["cut", "changed", "no backup", "not there"])
async def test_a_damaged_backup_is_refused_and_changes_nothing(
    world: World, url: str, tmp_path: Path, damage: str
) -> None:
    file = tmp_path / "one.backup"
    backup.make(url, file, at=NOW)
    raw = file.read_bytes()
    if damage == "cut":
        file.write_bytes(raw[: len(raw) // 2])
    elif damage == "changed":
        _rewrite(file, data=b"something else")
    elif damage == "no backup":
        file.write_text("hello")
    else:
        file.unlink()
    other = elsewhere(url, tmp_path)
    with pytest.raises(backup.BackupFailed):
        backup.restore(other, file, at=NOW)
    assert backup._step(other) is None


async def test_a_backup_made_to_fill_memory_or_disk_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    await world.say("hello")
    file, other = tmp_path / "one.backup", f"sqlite:///{tmp_path / 'other' / 'ledger.db'}"
    backup.make(world.url, file, at=NOW)
    world.close()
    _rewrite(file, made_at=" " * 70_000)
    with pytest.raises(backup.BackupFailed, match="note is too long"):
        backup.restore(other, file, at=NOW)
    _rewrite(file, made_at=NOW.isoformat(), data=bytes(200_000_000))  # 200 kB in the file
    assert file.stat().st_size < 1_000_000
    unpacked: list[object] = []
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(10**9, 9 * 10**8, 10**8))
    monkeypatch.setattr(backup.shutil, "copyfileobj", lambda *streams: unpacked.append(streams))
    with pytest.raises(backup.BackupFailed, match=r"unpacks to 200 MB and .* has 100 MB free"):
        backup.restore(other, file, at=NOW)
    assert unpacked == [] and backup._step(other) is None


async def test_names_in_a_backup_lead_nowhere(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.say("hello")
    file = tmp_path / "one.backup"
    backup.make(world.url, file, at=NOW)
    world.close()
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("../planted", "x")
        archive.writestr(f"{tmp_path}/planted", "x")
    backup.restore(f"sqlite:///{tmp_path / 'other' / 'ledger.db'}", file, at=NOW)
    assert list(tmp_path.rglob("planted")) == []


async def test_a_backup_of_a_newer_program_or_another_database_is_refused(
    world: World, url: str, tmp_path: Path
) -> None:
    other = elsewhere(url, tmp_path)
    for changes, words in (({"step": "9999"}, "newer program"), ({"dialect": "oracle"}, "another kind of database")):
        file = tmp_path / f"{len(words)}.backup"
        backup.make(url, file, at=NOW)
        _rewrite(file, **changes)
        with pytest.raises(backup.BackupFailed, match=words):
            backup.restore(other, file, at=NOW)
    assert backup._step(other) is None


async def test_a_replaced_sqlite_ledger_is_put_aside(tmp_path: Path) -> None:
    world = World(tmp_path)
    await world.say("hello")
    file = tmp_path / "one.backup"
    backup.make(world.url, file, at=NOW)
    await world.say("written after the backup")
    world.close()
    _, aside = backup.restore(world.url, file, replace=True, at=NOW)
    assert "written after the backup" not in transcript(world.url)
    assert aside is not None
    assert "written after the backup" in transcript(f"sqlite:///{aside}")


def _rewrite(file: Path, *, data: bytes | None = None, **changes: str) -> None:
    with zipfile.ZipFile(file) as archive:
        note, old = json.loads(archive.read("note.json")), archive.read("ledger")
    with zipfile.ZipFile(file, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("note.json", json.dumps({**note, **changes}))
        archive.writestr("ledger", old if data is None else data)
