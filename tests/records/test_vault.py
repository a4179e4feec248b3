"""Sealed texts: no word of a conversation lies open, keys change while patients write, a lost key is refused."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conversation.world import World
from sqlalchemy import JSON, String, text

from bot.conversation.inbox import InboxFilter
from bot.conversation.ports import Contact, EngineAnswer, LedgerUnavailable, Reply, TurnFacts
from bot.conversation.questions import ANSWERED
from bot.records import backup, migrate, resealing
from bot.records.columns import SealedJson, SealedText
from bot.records.database import Database
from bot.records.desk import SqlDesk
from bot.records.journal import FileJournal, opened_payload
from bot.records.ledger import SqlLedger
from bot.records.schema import metadata
from bot.records.vault import KeyMissing, Tampered, Vault, key_name, new_key
from records.test_backup import elsewhere

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
OLD, NEW = new_key(), new_key()

#: A patient's own words, a colleague's, and what both typed about who the patient is.
SAID = ("my fingertips feel like velcro", "Zebulon Quartermaine, 07700 900417", "now chest pain, on the trampoline")
STAFF = "grandmother rang about the pernickety budgerigar"
TYPED = {"velcro", "fingertips", "zebulon", "quartermaine", "900417", "trampoline", "grandmother", "budgerigar"}


async def listening(message: str, turn: TurnFacts | None) -> EngineAnswer:
    """Repeats, remembers and keeps a name, as the real engine may."""
    assert turn is not None
    before = (turn.dialogue.text or "") if turn.dialogue else ""
    return EngineAnswer(
        replies=(Reply(f"You said: {message}"),),
        consent=True if turn.consent is None and message == "yes" else None,
        snapshot={
            "findings": [message],
            "intent": "report_symptoms",
            "understood": True,
            "topic": "side_effects",
            "questions": {"diet": ANSWERED},
            "assessed": True,
        },
        contact=Contact(name="Zebulon Quartermaine", phone="07700 900417", preferred_time="before the trampoline"),
        dialogue=f"{before} {message}",
    )


def opened(tmp_path: Path, url: str, *keys: str, number: int = 0) -> World:
    made = World(tmp_path, url=url, keys=keys, number=number)
    made.engine.behave = listening  # type: ignore[assignment]
    return made


async def whole_conversation(world: World) -> None:
    """Everything that patient and staff can type, in every table that keeps it."""
    for message in ("hello", "yes", *SAID):
        await world.say(message)
    nurse, colleague, now = world.nurse(), world.nurse("Nurse Ola"), world.clock.now()
    desk = world.desk
    page = desk.open("talk-1", by=nurse, now=now)
    (first,) = (row.seq for row in page.messages if row.reply.text == SAID[0])
    desk.note("talk-1", STAFF, by=nurse, now=now)
    desk.mark_turn("talk-1", first, verdict="right", by=nurse, now=now, comment=STAFF)
    desk.propose_message("talk-1", first, rules=(), by=nurse, now=now)
    desk.save_filter(nurse, name="mine", query="q=budgerigar", now=now)
    desk.hold("talk-1", reason=STAFF, by=colleague, now=now)
    for escalation in page.escalations:
        desk.release(escalation.id, reason=STAFF, by=nurse, now=now)


@pytest.fixture
async def world(tmp_path: Path, url: str) -> AsyncIterator[World]:
    made = opened(tmp_path, url, OLD)
    yield made
    made.close()


def dump(world: World) -> str:
    """What a thief of the database and of the data folder has."""
    files = b"".join(path.read_bytes() for path in sorted(world.folder.rglob("*")) if path.is_file())
    found = files.decode("latin-1")
    if world.database.is_postgres:
        found += pg_dump(world.url)
    assert "conversation" in found
    return found.lower()


def pg_dump(url: str) -> str:
    binary = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))[-1]
    done = subprocess.run([binary, f"--dbname={url}"], capture_output=True, text=True, check=True, env=os.environ)
    return done.stdout


def lying_open(world: World) -> set[str]:
    found = dump(world)
    return {word for word in TYPED if word in found}


def sealing(world: World) -> resealing.Sealing:
    with world.database.read() as connection:
        return resealing.state(connection)


# --- what lies on the disk -----------------------------------------------------------


async def test_without_keys_everything_is_as_before(tmp_path: Path, url: str) -> None:
    world = opened(tmp_path, url)
    await whole_conversation(world)
    assert lying_open(world) == TYPED, "every word is stored somewhere, or the tests below prove nothing"
    assert sealing(world).under == {}
    world.close()


async def test_a_dump_holds_no_word_of_a_whole_conversation(world: World) -> None:
    await whole_conversation(world)
    assert lying_open(world) == set()
    assert sealing(world).open == 0
    assert set(sealing(world).under) == {key_name(OLD)}


async def test_what_is_sealed_is_read_as_it_was_written(world: World) -> None:
    await whole_conversation(world)
    nurse = world.nurse()
    page = world.desk.open("talk-1", by=nurse, now=world.clock.now())
    written = [row.reply.text for row in page.messages if row.author == "patient"]
    assert written == ["hello", "yes", SAID[0], "Zebulon Quartermaine, ••••••••••••", SAID[2]]
    assert [row.reply.text for row in world.ledger.messages("talk-1") if row.author == "patient"][2:] == [*SAID]
    assert page.notes[0].text == STAFF
    assert world.desk.contact("talk-1", by=nurse, now=world.clock.now()) == Contact(
        name="Zebulon Quartermaine", phone="07700 900417", preferred_time="before the trampoline"
    )
    assert world.desk.saved_filters(nurse) == (("mine", "q=budgerigar"),)
    assert world.desk.held("talk-1")[0].reason == STAFF
    assert world.desk.examples()[0].content["text"] == SAID[0]
    assert world.ledger.snapshot("talk-1")["findings"] == [SAID[-1]]


async def test_the_journal_holds_no_word_either_and_is_replayed(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, vault=Vault([OLD]))
    journal.append("arrival", {"text": SAID[0]})
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"velcro" not in kept
    replayed: list[object] = []
    assert journal.replay(lambda kind, payload: replayed.append(dict(payload))) == 1
    assert replayed == [{"text": SAID[0]}]


async def test_an_entry_that_is_set_aside_stays_sealed_and_can_be_opened(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path, vault=Vault([OLD]))
    journal.append("arrival", {"text": SAID[0]})

    def chokes(kind: str, payload: object) -> None:
        raise ValueError("not this one")

    journal.replay(chokes)
    line = (tmp_path / "set-aside.jsonl").read_text()
    assert "velcro" not in line
    (sealed,) = re.findall(r'"(b12sealed:[^"]+)"', line)
    assert opened_payload({"sealed": sealed}, Vault([OLD])) == {"text": SAID[0]}


async def test_a_journal_whose_key_is_missing_waits_and_holds_up_no_other(tmp_path: Path) -> None:
    left = FileJournal(tmp_path, vault=Vault([OLD]))
    left.append("arrival", {"text": "first"})
    left.close()
    seen: list[object] = []
    without = FileJournal(tmp_path, vault=Vault([NEW]))
    without.append("arrival", {"text": "second"})
    without.replay(lambda kind, payload: seen.append(payload["text"]))
    assert (seen, without.pending, without.set_aside) == (["second"], 1, 0)
    without.close()
    FileJournal(tmp_path, vault=Vault([NEW, OLD])).replay(lambda kind, payload: seen.append(payload["text"]))
    assert seen == ["second", "first"]


# --- keys that change ----------------------------------------------------------------


async def test_turning_it_on_seals_what_was_there(tmp_path: Path, url: str) -> None:
    world = opened(tmp_path, url)
    await whole_conversation(world)
    world.close()
    sealed = opened(tmp_path, url, OLD, number=50)
    assert resealing.rotate(sealed.database) > 10
    assert lying_open(sealed) == set()
    assert [text for text in await sealed.texts() if text in SAID] == list(SAID)
    assert resealing.rotate(sealed.database) == 0, "the second time there is nothing to do"
    sealed.close()


async def test_a_key_is_changed_while_patients_write(world: World, tmp_path: Path) -> None:
    await whole_conversation(world)
    for number in range(60):
        await world.say(f"hello from {number}", talk=f"crowd-{number}")
    (tmp_path / "other").mkdir()
    other = opened(tmp_path / "other", world.url, NEW, OLD, number=1000)  # a door with the new setting
    world.close()
    world = opened(tmp_path, world.url, OLD, NEW, number=2000)  # one that still seals under the old key

    async def writing() -> None:
        for number in range(12):
            await (world, other)[number % 2].say(f"still here {number}", talk=f"crowd-{number}")

    _, moved = await asyncio.gather(writing(), asyncio.to_thread(resealing.rotate, other.database))
    assert moved > 100
    world.close()
    resealing.rotate(other.database)  # what the old door wrote after its row was passed
    assert set(sealing(other).under) == {key_name(NEW)}
    other.close()
    alone = opened(tmp_path, world.url, NEW, number=3000)
    for number in range(12):
        texts = await alone.texts(f"crowd-{number}")
        assert texts == [
            line for said in (f"hello from {number}", f"still here {number}") for line in (said, f"You said: {said}")
        ]
    assert lying_open(alone) == set()
    alone.close()


async def test_a_rotation_that_dies_is_gone_on_with(world: World, tmp_path: Path) -> None:
    for number in range(130):
        world.desk.save_filter(world.nurse(f"n{number % 7}"), name=f"f{number % 19}", query="q=velcro", now=NOW)
    await whole_conversation(world)
    before = sealing(world)
    other = opened(tmp_path, world.url, NEW, OLD, number=1000)

    def dies(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resealing.rotate(other.database, tell=dies)
    assert len(sealing(other).under) == 2, "half-way: some under the old key, some under the new one"
    assert (await other.texts())[0] == "hello"
    resealing.rotate(other.database)
    assert sealing(other).under == {key_name(NEW): before.under[key_name(OLD)]}
    other.close()


async def test_turning_it_off_opens_everything_and_the_words_are_found_again(world: World, tmp_path: Path) -> None:
    await whole_conversation(world)
    off = opened(tmp_path, world.url, "plain", OLD, number=1000)
    resealing.rotate(off.database)
    assert sealing(off).under == {}
    off.close()
    bare = opened(tmp_path, world.url, number=2000)
    assert lying_open(bare) == TYPED
    hits = bare.desk.search("velcro", by=bare.nurse(), now=NOW)
    assert sorted(hit.author for hit in hits) == ["assistant", "patient"]
    assert bare.desk.search_reads() is None
    bare.close()


# --- keys that are missing -----------------------------------------------------------


@pytest.mark.parametrize("keys", [(), (NEW,)], ids=["none", "another"])
async def test_without_its_key_nothing_is_read_and_nothing_written(
    world: World, tmp_path: Path, keys: tuple[str, ...]
) -> None:
    await whole_conversation(world)
    lost = opened(tmp_path, world.url, *keys, number=1000)
    with pytest.raises(LedgerUnavailable, match=f"sealed under key {key_name(OLD)}, which B12_TEXT_KEYS lacks"):
        lost.ledger.messages("talk-1")
    with pytest.raises(LedgerUnavailable, match="put the key back"):
        lost.desk.note("talk-1", "x", by=world.nurse(), now=NOW)
    with pytest.raises(LedgerUnavailable):
        lost.ledger.check()
    lost.close()


async def test_danger_is_advised_without_the_key(world: World, tmp_path: Path) -> None:
    await world.say("hello")
    lost = opened(tmp_path, world.url, number=1000)
    assert (await lost.say("chest pain"))[0] == "ADVICE emergency cardiac"
    lost.close()


async def test_a_door_that_runs_is_not_ready_once_another_seals_under_a_key_it_lacks(
    world: World, tmp_path: Path
) -> None:
    await world.say("hello")
    world.ledger.check()
    (tmp_path / "other").mkdir()
    newer = opened(tmp_path / "other", world.url, NEW, OLD, number=1000)
    await newer.say("hello", talk="talk-2")
    with pytest.raises(LedgerUnavailable, match=key_name(NEW)):
        world.ledger.check()
    with pytest.raises(KeyMissing):
        world.ledger.messages("talk-2")
    newer.close()


async def test_a_reader_without_any_key_never_shows_a_sealed_text(world: World) -> None:
    await world.say("hello")
    careless = Database(world.url, patience=5)  # as a migration opens it
    with pytest.raises(KeyMissing):
        SqlLedger(careless).messages("talk-1")
    careless.close()


async def test_a_text_that_was_changed_or_moved_is_refused(world: World) -> None:
    await whole_conversation(world)
    with world.database.write() as connection:
        connection.execute(text("UPDATE note SET text = (SELECT text FROM message WHERE author = 'patient' LIMIT 1)"))
    with pytest.raises(Tampered, match="of note"):
        world.desk.open("talk-1", by=world.nurse(), now=NOW)


async def test_going_back_to_older_tables_is_refused_while_texts_are_sealed(world: World) -> None:
    await world.say("hello")
    with pytest.raises(RuntimeError, match="b12bot keys rotate"):
        migrate.downgrade(world.url, to="0013")
    assert migrate.current(world.url) == migrate.newest()


# --- what staff do with it -----------------------------------------------------------


async def test_a_search_opens_the_newest_texts(world: World) -> None:
    await whole_conversation(world)
    nurse = world.nurse()
    assert world.desk.search_reads() == 20_000
    hits = world.desk.search("fingertips VELC", by=nurse, now=NOW)
    assert sorted(hit.author for hit in hits) == ["assistant", "patient"]
    assert "velcro" in hits[0].excerpt
    assert world.desk.search("velcro budgerigar", by=nurse, now=NOW) == ()
    (row,) = world.desk.inbox(InboxFilter(text="fingertips"), now=NOW).rows
    assert row.excerpt == SAID[-1]
    assert world.desk.inbox(InboxFilter(text="budgerigar"), now=NOW).rows == ()
    with world.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM message_search")).scalar() == 0


async def test_the_dashboard_counts_what_is_sealed_as_it_counts_what_is_not(world: World, tmp_path: Path) -> None:
    await whole_conversation(world)
    day = (world.clock.now() - timedelta(hours=1), world.clock.now() + timedelta(hours=1))
    sealed = world.desk.figures(day, now=world.clock.now())
    off = opened(tmp_path, world.url, "plain", OLD, number=1000)
    resealing.rotate(off.database)
    assert off.desk.figures(day, now=world.clock.now()) == sealed
    assert (sealed.interview.assessed, [one.code for one in sealed.interview.questions]) == (1, ["diet"])
    off.close()


async def test_what_waits_for_consent_is_not_found(world: World) -> None:
    await world.say("velcro before I agreed")
    found = world.desk.search("velcro", by=world.nurse(), now=NOW)
    assert [hit.author for hit in found] == ["assistant"]


async def test_a_person_is_found_by_number_and_erased(world: World) -> None:
    await whole_conversation(world)
    world.desk.lift_hold("talk-1", reason="over", by=world.nurse(), now=NOW)
    gone = world.desk.erase_person("+44 7700 900417", reason="asked", by=world.nurse(), now=NOW)
    assert [one.conversation_id for one in gone] == ["talk-1"]
    left = sealing(world)
    assert left.open == 0
    with world.database.read() as connection:
        for table in ("contact", "note", "example", "dialogue_state", "turn_mark"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0, table


async def test_a_backup_is_sealed_and_comes_back_with_the_key(world: World, tmp_path: Path) -> None:
    await whole_conversation(world)
    file = tmp_path / "one.backup"
    backup.make(world.url, file, at=NOW)
    assert lying_open(world) == set(), "the backup lies in the folder that is looked through"
    other = elsewhere(world.url, tmp_path)
    backup.restore(other, file, at=NOW)
    (tmp_path / "again").mkdir()
    again = opened(tmp_path / "again", other, OLD, number=1000)
    assert [said for said in await again.texts() if said in SAID] == list(SAID)
    assert SqlDesk(again.database).verify_audit() is None
    again.close()


# --- the seal itself -----------------------------------------------------------------


def test_every_sealed_column_is_sealed_for_its_own_name() -> None:
    for table, columns in resealing.COLUMNS.items():
        for column in columns:
            assert isinstance(column.type, (SealedText, SealedJson))
            assert column.type.purpose == f"{table.name}.{column.name}"
    assert len(resealing.COLUMNS) == 10
    assert {table.name for table in resealing.COLUMNS} <= set(metadata.tables)


#: Columns with room for words that are stored as they are, each for its reason.
OPEN = {
    "staff.name", "staff.identity", "staff.password_hash",  # staff, not patients
    "staff_session.data", "audit.details",  # the console's own; a chain that nobody may write again
    "conversation.outcome", "message.key", "match.rule", "message.screen", "message.nlu",  # codes and ids
    "outbox.error", "outbox.sent_to", "post.error", "post.parts",  # kinds of faults, staff's addresses, vendors' ids
    "push_line.address",  # sealed already, under the session secret
    "remembered_device.origin",  # the clinic's website
}  # fmt: skip


def test_every_column_with_room_for_words_is_sealed_or_open_for_a_reason() -> None:
    roomy = set()
    for table in metadata.sorted_tables:
        for column in table.columns:
            kind = (
                column.type
                if isinstance(column.type, (SealedText, SealedJson))
                else getattr(column.type, "impl", column.type)
            )
            if isinstance(kind, JSON) or (isinstance(kind, String) and (kind.length is None or kind.length > 80)):
                roomy.add(f"{table.name}.{column.name}")
    assert roomy == OPEN


@pytest.mark.parametrize("written", ["b12sealed:1:deadbeef:AAAA", "b12sealed:0:x", "b12sealed:", "ü \ud83d", " "])
@pytest.mark.parametrize("keys", [(), (OLD,), ("plain", OLD)], ids=["off", "on", "off again"])
def test_a_text_that_looks_sealed_comes_back_as_it_was(written: str, keys: tuple[str, ...]) -> None:
    vault = Vault(keys)
    assert vault.open(vault.seal(written, "message.text"), "message.text") == written


def test_the_same_text_is_never_sealed_the_same_way() -> None:
    vault = Vault([OLD])
    assert vault.seal("tired", "message.text") != vault.seal("tired", "message.text")
    assert vault.seal("", "message.text") == ""


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("nonsense!",), "key 1 of 1: it is not base64"),
        ((OLD, "c2hvcnQ="), "key 2 of 2: it has 5 bytes, not 32"),
        ((OLD, OLD), "key 2 of 2: it is there twice"),
        (("plain",), "key 1 of 1"),
        ((OLD, "plain"), "key 2 of 2"),
    ],
)
def test_a_key_that_is_none_is_named_by_its_place_and_not_repeated(keys: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        Vault(keys)
    assert not any(key in str(caught.value) for key in keys if key != "plain")
