"""
Which keys the texts of a database may be sealed under, so that no process works without them.

`text_key` names each key that was ever first in a process; `b12bot keys rotate` takes a
name out again once no text needs it.  A process that lacks one of them would show
ciphertext or write what others cannot read: it is refused before its first query.
"""

from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from bot.records.schema import text_key
from bot.records.vault import KeyMissing, Vault


def check(connection: Connection, vault: Vault) -> None:
    """Raises KeyMissing with a sentence for the operator."""
    missing = sorted(names(connection) - vault.names)
    if missing:
        have = f"it has {', '.join(sorted(vault.names))}" if vault.names else "it is not set"
        raise KeyMissing(
            f"texts in this database are sealed under key {', '.join(missing)}, which B12_TEXT_KEYS lacks ({have}); "
            "put the key back from where your clinic keeps it"
        )


def enrol(connection: Connection, vault: Vault) -> None:
    """As `check`; and from now on nobody is let in who does not have this process's first key."""
    check(connection, vault)
    if vault.first is None:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = dialect.insert(text_key).values(name=vault.first, since=datetime.now(timezone.utc))
    connection.execute(row.on_conflict_do_nothing())


def names(connection: Connection) -> frozenset[str]:
    return frozenset(connection.execute(select(text_key.c.name)).scalars())


def any_sealed(connection: Connection) -> bool:
    """Whether texts of this database may be sealed."""
    return bool(connection.execute(select(func.count()).select_from(text_key)).scalar_one())
