"""The audit's chain, broken on purpose: every changed, removed and moved entry is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from bot.cli import main
from bot.records import migrate
from bot.records.database import Database
from bot.records.desk import SqlDesk

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)


@pytest.fixture
def desk(url: str) -> Iterator[SqlDesk]:
    """An audit of eight entries, with the guard against changing it taken away."""
    migrate.upgrade(url)
    database = Database(url, patience=5)
    made = SqlDesk(database)
    for number in range(8):
        made.write_audit(
            action="conversation.opened",
            target=f"talk-{number}",
            by="nurse",
            now=NOON + timedelta(seconds=number),
            details={"n": number},
        )
    with database.write() as connection:
        if database.is_postgres:
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER audit_no_change"))
        else:
            connection.execute(text("DROP TRIGGER audit_no_update"))
            connection.execute(text("DROP TRIGGER audit_no_delete"))
    yield made
    database.close()


def tamper(desk: SqlDesk, *statements: str) -> None:
    with desk.database.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


def swap(one: int, other: int) -> tuple[str, ...]:
    return (
        f"UPDATE audit SET number = -1 WHERE number = {one}",
        f"UPDATE audit SET number = {one} WHERE number = {other}",
        f"UPDATE audit SET number = {other} WHERE number = -1",
    )


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        ((), []),
        (("UPDATE audit SET target = 'another' WHERE number = 3",), [(3, "changed")]),
        (("UPDATE audit SET action = 'x.y' WHERE number IN (2, 6)",), [(2, "changed"), (6, "changed")]),
        (("UPDATE audit SET \"by\" = 'somebody' WHERE number = 8",), [(8, "changed")]),
        (("DELETE FROM audit WHERE number = 4",), [(4, "removed")]),
        (("DELETE FROM audit WHERE number = 1",), [(1, "removed")]),
        (("DELETE FROM audit WHERE number IN (3, 4, 7)",), [(3, "removed"), (7, "removed")]),
        (
            ("DELETE FROM audit WHERE number = 4", "UPDATE audit SET number = number - 1 WHERE number = 5"),
            [(4, "changed"), (5, "removed")],
        ),
    ],
    ids=["whole", "changed", "two changed", "last changed", "removed", "first removed", "three removed", "gap closed"],
)
def test_each_tampered_entry_is_named(desk: SqlDesk, statements: tuple[str, ...], named: list[tuple[int, str]]) -> None:
    tamper(desk, *statements)
    assert [(fault.number, fault.kind) for fault in desk.check_audit().faults] == named


def test_the_end_alone_is_judged_by_the_entry_before_it(desk: SqlDesk) -> None:
    tamper(desk, "UPDATE audit SET action = 'x.y' WHERE number IN (2, 7)")
    found = desk.check_audit(newest=3)
    assert (found.before, found.entries, found.last_number) == (5, 3, 8)
    assert [(fault.number, fault.kind) for fault in found.faults] == [(7, "changed")]
    assert [fault.number for fault in desk.check_audit(newest=8).faults] == [2, 7]


def test_entries_in_another_order_are_named_with_where_they_stood(desk: SqlDesk) -> None:
    tamper(desk, *swap(4, 5))
    faults = [fault for fault in desk.check_audit().faults if fault.kind == "moved"]
    assert [(fault.number, fault.also) for fault in faults] == [(4, 5), (5, 4)]
    assert desk.verify_audit() == 4


def test_a_cut_end_is_found_by_what_was_kept_outside(desk: SqlDesk) -> None:
    before = desk.check_audit()
    tamper(desk, "DELETE FROM audit WHERE number > 6")
    assert desk.check_audit().sound  # what is left is whole in itself
    found = desk.check_audit(kept_number=before.last_number, kept_digest=before.last_digest)
    assert [(fault.number, fault.kind) for fault in found.faults] == [(8, "end_removed")]


def test_the_command_says_that_the_chain_holds_and_exits_with_0(desk: SqlDesk, url: str, monkeypatch, capsys) -> None:
    monkeypatch.setenv("B12_DATABASE_URL", url)
    assert main(["audit", "verify"]) == 0
    said = capsys.readouterr().out
    assert "holds: 8 entries" in said
    kept = said.strip().splitlines()[-1].rpartition(" ")[2]
    assert main(["audit", "verify", "--kept", kept]) == 0


def test_the_command_names_what_is_broken_and_exits_with_1(desk: SqlDesk, url: str, monkeypatch, capsys) -> None:
    monkeypatch.setenv("B12_DATABASE_URL", url)
    tamper(desk, "UPDATE audit SET target = 'another' WHERE number = 3", "DELETE FROM audit WHERE number = 6")
    assert main(["audit", "verify"]) == 1
    said = capsys.readouterr().out
    assert "Entry 3 was changed" in said
    assert "Entry 6 is missing." in said


def test_a_kept_mark_that_cannot_be_read_is_refused(desk: SqlDesk, url: str, monkeypatch, capsys) -> None:
    monkeypatch.setenv("B12_DATABASE_URL", url)
    assert main(["audit", "verify", "--kept", "yesterday"]) == 2
    assert "NUMBER:DIGEST" in capsys.readouterr().err
