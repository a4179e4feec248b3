"""
Who did or read what: an append-only chain in which each entry's digest covers the one before.

A changed or removed entry breaks the chain (`bot.records.audit_check`); triggers in
the database refuse updates and deletes to begin with.  Entries hold ids, never patient
text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.engine import Connection, Row

from bot.records.schema import audit

FIRST = "0" * 64
_LOCK = 0x0B12_A0D1  # any number, the same in every process


def write(
    connection: Connection, *, at: datetime, by: str, action: str, target: str, details: Mapping[str, Any] | None = None
) -> None:
    """Adds an entry inside the caller's transaction, so that it stands exactly if the deed does."""
    if connection.dialect.name == "postgresql":  # SQLite writers are one at a time anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = connection.execute(select(audit.c.number, audit.c.digest).order_by(audit.c.number.desc()).limit(1)).first()
    number = last.number + 1 if last else 1
    digest = digest_of_entry(
        last.digest if last else FIRST,
        number=number,
        at=at,
        by=by,
        action=action,
        target=target,
        details=details,
    )
    connection.execute(
        insert(audit).values(
            number=number, at=at, by=by, action=action, target=target, details=dict(details or {}), digest=digest
        )
    )


def digest_of(before: str, row: Row, *, number: int | None = None) -> str:
    """What the digest of a stored entry has to be after an entry with the digest `before`."""
    return digest_of_entry(
        before,
        number=row.number if number is None else number,
        at=row.at,
        by=row.by,
        action=row.action,
        target=row.target,
        details=row.details,
    )


def digest_of_entry(before: str, *, at: datetime, details: Mapping[str, Any] | None, **entry: Any) -> str:
    """The digest of an entry with these columns (all but `digest`) that follows one with the digest `before`."""
    entry.update(before=before, at=at.astimezone(timezone.utc).isoformat(), details=dict(details or {}))
    return hashlib.sha256(json.dumps(entry, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
