"""Migrations make the tables that the queries use, go back, and keep rows where they promise to."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from bot.records import migrate
from bot.records.database import Database
from bot.records.schema import metadata


def tables(url: str) -> set[str]:
    database = Database(url, patience=5)
    with database.read() as connection:
        names = set(inspect(connection).get_table_names())
    database.close()
    return {name for name in names if not name.startswith(("message_search", "b12_schema"))}


def add_rows(url: str) -> None:
    database = Database(url, patience=5)
    with database.write() as connection:
        now = "2026-03-02 09:00:00"
        connection.execute(
            text(
                "INSERT INTO conversation (id, channel, region, opened_at, last_at, level, mode, mode_since, understood) "
                f"VALUES ('t1', 'web', 'uk', '{now}', '{now}', 0, 'assistant', '{now}', true)"
            )
        )
        for seq, words, held in ((1, "my feet tingle", "false"), (2, "held words", "true")):
            connection.execute(
                text(
                    "INSERT INTO message (conversation_id, seq, key, public_id, author, text, at, held, level) "
                    f"VALUES ('t1', {seq}, 't1:{seq}', 'm{seq}', 'patient', '{words}', '{now}', {held}, 0)"
                )
            )
        connection.execute(
            text(
                'INSERT INTO audit (number, at, "by", action, target, digest) '
                f"VALUES (1, '{now}', 'system', 'x.y', 't1', '0')"
            )
        )
    database.close()


def test_the_migrated_tables_are_those_the_queries_use(url: str) -> None:
    migrate.upgrade(url)
    database = Database(url, patience=5)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": "b12_schema"})
        different = [
            item
            for item in compare_metadata(context, metadata)
            if "message_search" not in str(getattr(item[1], "name", "")) and "ix_message_search" not in str(item)
        ]
    database.close()
    assert different == []


def test_every_constraint_has_a_name_of_its_own(url: str) -> None:
    migrate.upgrade(url)
    database = Database(url, patience=5)
    with database.read() as connection:
        looked = inspect(connection)
        for table in metadata.tables:
            assert looked.get_pk_constraint(table)["name"] == f"pk_{table}"
            for key in looked.get_foreign_keys(table):
                assert key["name"].startswith(f"fk_{table}_")
            for unique in looked.get_unique_constraints(table):
                assert unique["name"].startswith(f"uq_{table}_")
    database.close()


def test_migrating_twice_changes_nothing(url: str) -> None:
    migrate.upgrade(url)
    add_rows(url)
    migrate.upgrade(url)
    assert migrate.current(url) == migrate.newest()


def test_rows_survive_the_way_back_from_search_and_forth_again(url: str) -> None:
    migrate.upgrade(url)
    add_rows(url)
    migrate.downgrade(url, to="0001")
    migrate.upgrade(url)
    database = Database(url, patience=5)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM message")).scalar() == 2
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM message_search")).scalar() == 1, (
            "the held text is not found"
        )
    database.close()


def test_the_whole_way_back_leaves_no_table(url: str) -> None:
    migrate.upgrade(url)
    add_rows(url)
    migrate.downgrade(url, to="base")
    assert tables(url) == set()


def test_tables_of_others_in_the_same_database_are_left_alone(url: str) -> None:
    """Rasa keeps its private `events` here too."""
    migrate.upgrade(url)
    database = Database(url, patience=5)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, data TEXT)"))
        connection.execute(text("INSERT INTO events VALUES (1, 'x')"))
    database.close()
    migrate.downgrade(url, to="base")
    migrate.upgrade(url)
    assert "events" in tables(url)


def test_a_failing_step_leaves_the_database_as_it_was(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(url, to="0001")
    database = Database(url, patience=5)
    with database.write() as connection:
        connection.execute(text("CREATE TABLE message_search (other INTEGER)"))  # the second step cannot make its own
    with pytest.raises(Exception, match="message_search"):
        migrate.upgrade(url)
    assert migrate.current(url) == "0001"
    with database.write() as connection:
        connection.execute(text("DROP TABLE message_search"))
    database.close()
    migrate.upgrade(url)
    assert migrate.current(url) == migrate.newest()


def test_two_processes_that_start_at_once_migrate_once(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=migrate.upgrade, args=(url,)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    assert migrate.current(url) == migrate.newest()


def test_the_audit_cannot_be_changed_or_emptied(url: str) -> None:
    migrate.upgrade(url)
    add_rows(url)
    database = Database(url, patience=5)
    for statement in ("UPDATE audit SET action = 'z'", "DELETE FROM audit"):
        with pytest.raises(Exception, match="append-only"), database.write() as connection:
            connection.execute(text(statement))
    database.close()


def test_a_new_ledger_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    migrate.upgrade(f"sqlite:///{tmp_path / 'private.db'}")
    assert (tmp_path / "private.db").stat().st_mode & 0o077 == 0


def test_the_way_back_from_push_channels_keeps_the_conversation(url: str) -> None:
    migrate.upgrade(url)
    add_rows(url)
    database = Database(url, patience=5)
    now = "2026-03-02 09:00:00"
    with database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO push_line (conversation_id, channel, sender, address, opened_at, last_inbound_at) "
                f"VALUES ('t1', 'sms', 'x', 'y', '{now}', '{now}')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO post (id, conversation_id, message_id, place, urgent, state, created_at, due_at) "
                f"VALUES ('p1', 't1', 1, 1, true, 'waiting', '{now}', '{now}')"
            )
        )
    database.close()
    migrate.downgrade(url, to="0006")
    assert "post" not in tables(url)
    migrate.upgrade(url)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM message")).scalar() == 2
        assert connection.execute(text("SELECT count(*) FROM post")).scalar() == 0
    database.close()
