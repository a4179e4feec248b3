"""
Bring a database to today's tables, or back.

The whole way is one transaction that holds the write lock, so a step that fails leaves
the database as it was, and of two processes that start at once the second finds the
work done.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection

from bot.records.database import Database

_FOLDER = Path(__file__).resolve().parent / "migrations"
_LOCK = 0x0B12_5CE4
_PATIENCE = 30.0  # seconds; another process may be migrating


def upgrade(url: str, *, to: str = "head") -> None:
    """
    Args:
        url: `sqlite:////absolute/path.db` (made when missing) or `postgresql://…`.

    Raises:
        LedgerUnavailable: The database cannot be reached or written.
    """
    _run(url, lambda config: command.upgrade(config, to))


def downgrade(url: str, *, to: str) -> None:
    """Back to a step by its number, or to `base`; what the step's tables held is lost."""
    _run(url, lambda config: command.downgrade(config, to))


def current(url: str) -> str | None:
    """The step the database is at, None when it was never migrated."""
    database = Database(url)
    try:
        with database.read() as connection:
            return _context(connection).get_current_revision()
    finally:
        database.close()


def newest() -> str:
    """The last step this program knows."""
    return str(ScriptDirectory(str(_FOLDER)).get_current_head())


def knows(step: str) -> bool:
    """Whether this program has that step."""
    return any(found.revision == step for found in ScriptDirectory(str(_FOLDER)).walk_revisions())


def _run(url: str, step: Callable[[Config], None]) -> None:
    database = Database(url, patience=_PATIENCE, connections=1, create=True)
    if database.path is not None:
        database.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with database.write() as connection:
            if database.is_postgres:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            config = Config()
            config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
            config.attributes["connection"] = connection
            step(config)
    finally:
        database.close()


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": "b12_schema"})
