"""
Check the audit's chain and name every entry that was changed, removed or moved.

Each entry is judged by the stored digest of the one before it, so that one changed row
is one fault and not a chain of faults to the end.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from bot.conversation.audit_check import AuditCheck, AuditFault
from bot.records.audit import FIRST, digest_of
from bot.records.database import Database
from bot.records.schema import audit

_MOST_FAULTS = 100
_NEIGHBOURS = 40  # how far a moved entry is looked for, in entries to each side
_AT_ONCE = 2000


class AuditChain:
    """The part of the desk that checks what was written down."""

    database: Database

    def check_audit(
        self, *, kept_number: int | None = None, kept_digest: str = "", newest: int | None = None
    ) -> AuditCheck:
        with self.database.read() as connection:
            return check(connection, kept_number=kept_number, kept_digest=kept_digest, newest=newest)

    def verify_audit(self) -> int | None:
        with self.database.read() as connection:
            faults = check(connection).faults
            return faults[0].number if faults else None


def check(
    connection: Connection, *, kept_number: int | None = None, kept_digest: str = "", newest: int | None = None
) -> AuditCheck:
    """
    Args:
        newest: Only so many entries, the last ones; None for all of them.
        kept_number: An entry whose digest somebody kept outside the database.
        kept_digest: That digest, or its beginning.
    """
    before, last = _beginning(connection, newest)
    first, entries = last, 0
    faults: list[AuditFault] = []
    kept = kept_number is None
    for row in _rows(connection, after=last):
        entries += 1
        if row.number == kept_number:
            kept = row.digest.startswith(kept_digest)
        if len(faults) < _MOST_FAULTS:
            if row.number != last + 1:
                faults.append(AuditFault(last + 1, "removed", also=row.number - 1))
            # After a gap the digest before this entry is gone with the missing one: only the next entry can be judged.
            elif row.digest != digest_of(before, row):
                faults.append(_fault(connection, row))
        before, last = row.digest, row.number
    if not kept:
        faults.append(AuditFault(kept_number or 0, "end_removed"))
    return AuditCheck(
        entries=entries, last_number=last, last_digest=before if entries else "", faults=tuple(faults), before=first
    )


def _beginning(connection: Connection, newest: int | None) -> tuple[str, int]:
    """Digest and number of the entry before the first that is looked at."""
    if newest is None:
        return FIRST, 0
    earlier = select(audit.c.digest, audit.c.number).order_by(audit.c.number.desc()).limit(1).offset(newest)
    row = connection.execute(earlier).first()
    return (row.digest, row.number) if row else (FIRST, 0)


def _rows(connection: Connection, *, after: int) -> Iterator[Row]:
    """In order, a part at a time: an audit of years does not fit into memory at once."""
    while True:
        query = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(_AT_ONCE)
        found = connection.execute(query).all()
        yield from found
        if len(found) < _AT_ONCE:
            return
        after = found[-1].number


def _fault(connection: Connection, row: Row) -> AuditFault:
    """Whether the entry was written at another place, after another entry, or was changed."""
    near = connection.execute(
        select(audit.c.number, audit.c.digest).where(
            audit.c.number.between(row.number - _NEIGHBOURS, row.number + _NEIGHBOURS)
        )
    ).all()
    digests = [FIRST, *(other.digest for other in near)]
    if any(digest_of(before, row) == row.digest for before in digests):
        return AuditFault(row.number, "follows_another")
    for other in near:
        if any(digest_of(before, row, number=other.number) == row.digest for before in digests):
            return AuditFault(row.number, "moved", also=other.number)
    return AuditFault(row.number, "changed")
