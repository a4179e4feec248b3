"""One person in all tables: every table is decided about, a copy holds all of it, erasing leaves no word in any."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conversation.world import World
from sqlalchemy import func, insert, select, text

from bot.channels.sealing import AddressBook
from bot.cli import main
from bot.records import person, resealing
from bot.records.schema import (
    mention,
    metadata,
    note,
    post,
    push_line,
    remembered_device,
)
from records.test_vault import OLD, STAFF, TYPED, opened, whole_conversation

pytestmark = pytest.mark.anyio

ADDRESS = "whatsapp:+441632960417"


async def everywhere(world: World) -> str:
    """A conversation with a row in every table that may hold something of it; who looked after it."""
    await whole_conversation(world)
    nurse, now = world.nurse(), world.clock.now()
    world.desk.label("talk-1", "call first", by=nurse, now=now)
    world.desk.assign("talk-1", to=nurse, by=nurse, now=now)
    world.desk.here("talk-1", by=nurse, now=now, writing=False)
    with world.database.write() as connection:
        first = connection.execute(text("SELECT min(id) FROM message")).scalar_one()
        (noted,) = connection.execute(select(note.c.id)).scalars()
        connection.execute(insert(mention).values(note_id=noted, staff_id=nurse))
        connection.execute(
            insert(metadata.tables["conversation_indication"]).values(conversation_id="talk-1", code="diet")
        )
        connection.execute(
            insert(remembered_device).values(
                token_hash="x" * 64, conversation_id="talk-1", origin="https://clinic.example", expires_at=now
            )
        )
        book = AddressBook("not-a-secret-at-all")
        connection.execute(
            insert(push_line).values(
                conversation_id="talk-1",
                channel="whatsapp",
                sender=book.name("sender", ADDRESS),
                address=book.seal(ADDRESS),
                opened_at=now,
                last_inbound_at=now,
            )
        )
        connection.execute(
            insert(post).values(
                id="p1",
                conversation_id="talk-1",
                message_id=first,
                place=1,
                urgent=False,
                state="sent",
                parts=[{"id": "SM0417", "state": "sent"}],
                created_at=now,
                due_at=now,
                done_at=now,
            )
        )
    return nurse


@pytest.fixture
async def world(tmp_path: Path, url: str) -> AsyncIterator[World]:
    made = opened(tmp_path, url)
    yield made
    made.close()


def rows(world: World, name: str) -> int:
    with world.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one())


def words_in(world: World, *, but: tuple[str, ...] = ()) -> dict[str, set[str]]:
    """Which typed words stand in which table, read cell by cell."""
    found: dict[str, set[str]] = {}
    with world.database.read() as connection:
        for name, table in metadata.tables.items():
            cells = " ".join(
                str(cell).lower() for row in connection.execute(select(table)) for cell in row if cell is not None
            )
            if name not in but and (seen := {word for word in TYPED if word in cells}):
                found[name] = seen
    return found


def test_every_table_is_decided_about() -> None:
    assert set(person.TABLES) == set(metadata.tables)
    for name, holding in person.TABLES.items():
        assert holding.erased != "stays" or holding.why, f"{name}: say why it stays"
        assert holding.of is None or holding.of in metadata.tables[name].columns
        assert holding.hidden <= set(metadata.tables[name].columns.keys())


def test_a_table_with_sealed_words_is_emptied_or_removed() -> None:
    for table in resealing.COLUMNS:
        if table.name != "saved_filter":  # a colleague's own search, of no conversation
            assert person.TABLES[table.name].erased in ("removed", "emptied"), table.name


def test_a_table_that_hangs_on_a_conversation_is_in_the_copy() -> None:
    for name, table in metadata.tables.items():
        if "conversation_id" in table.columns:
            assert person.TABLES[name].of is not None, name


async def test_a_copy_holds_every_word_and_number_and_every_table(world: World) -> None:
    await everywhere(world)
    (copy,) = world.desk.export_person("07700 900417", by="system", now=world.clock.now())
    assert set(copy) == {name for name, holding in person.TABLES.items() if holding.of is not None}
    written = json.dumps(copy).lower()
    assert {word for word in TYPED if word in written} == TYPED
    assert "x" * 64 not in written and ADDRESS not in written, "nothing that opens something"
    with world.database.read() as connection:
        assert "conversation.exported" in connection.execute(text("SELECT action FROM audit")).scalars().all()


@pytest.mark.parametrize("keys", [(), (OLD,)], ids=["open", "sealed"])
async def test_erasing_leaves_no_word_in_any_table(tmp_path: Path, url: str, keys: tuple[str, ...]) -> None:
    world = opened(tmp_path, url, *keys)
    nurse = await everywhere(world)
    typed = {table.name for table in resealing.COLUMNS} - {"match"}  # which quotes "chest pain"
    assert set(words_in(world)) >= typed, "or the test proves nothing"
    world.desk.lift_hold("talk-1", reason="over", by=nurse, now=world.clock.now())
    world.desk.drop_filter(nurse, name="mine")
    world.engine.behave = None
    await world.say("another patient", talk="talk-2")
    (gone,) = world.desk.erase_person("+44 7700 900417", reason="asked by letter", by=nurse, now=world.clock.now())
    assert gone.kept_because is None
    assert words_in(world) == {}
    with world.database.read() as connection:
        assert set(connection.execute(text("SELECT words FROM match")).scalars()) == {""}
        assert set(connection.execute(select(post.c.parts)).scalars()) == {None}, "a vendor would find the number by it"
    with world.database.write() as connection:  # the notice went out, or a day has passed
        connection.execute(push_line.delete().where(push_line.c.ended_at.is_not(None)))
    for name, holding in person.TABLES.items():
        if holding.erased == "removed":
            assert rows(world, name) == 0, name
    assert "another patient" in await world.texts("talk-2")
    assert rows(world, "message") > 5, "that there were messages, when and how urgent, stays"
    with world.database.read() as connection:
        left = person.everything_about(connection, "talk-1")
    assert "route" not in left["conversation"][0] and "snapshot" not in left["conversation"][0]
    world.close()


async def test_the_command_writes_a_new_file_for_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = opened(tmp_path, "", OLD)
    await whole_conversation(world)
    world.close()
    monkeypatch.setenv("B12_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("B12_DATABASE_URL", world.url)
    monkeypatch.setenv("B12_TEXT_KEYS", OLD)
    copy = tmp_path / "copy.json"
    asked = ("retention", "export-person", "--reached-by", "07700 900417", "--file", str(copy))
    assert main(asked) == 0
    assert copy.stat().st_mode & 0o077 == 0
    assert json.loads(copy.read_text())["conversations"][0]["note"][0]["text"] == STAFF
    assert main(asked) == 2
    assert "name a new file" in capsys.readouterr().err
