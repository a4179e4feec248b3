"""
One connection pool, and the two ways to use it: reading and writing.

A write takes the database's write lock at once, so it never fails half-way for having
read first; a read sees one moment.  Waiting is short and bounded everywhere: the
conversation has a journal for the minutes in which the database does not answer.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from bot.conversation.ports import LedgerUnavailable
from bot.records import keyring
from bot.records.vault import Vault

log = logging.getLogger(__name__)


class Database:
    """
    Args:
        url: `sqlite:////absolute/path.db` or `postgresql://…`.
        patience: Seconds to wait for a lock or a free connection before giving up.
        connections: Upper limit of open connections.
        create: Make the SQLite file when it is missing (migrations only; anybody else
            who finds no file must not begin an empty ledger).
        vault: The keys that texts are sealed under.  None for what reads no text, such as
            migrations; anybody else gives one, without keys where the clinic has none.
    """

    def __init__(
        self,
        url: str,
        *,
        patience: float = 0.15,
        connections: int = 8,
        create: bool = False,
        vault: Vault | None = None,
    ) -> None:
        self.dialect = make_url(url).get_backend_name()
        self.patience = patience
        self.path: Path | None = None
        if self.dialect == "sqlite":
            self.engine = self._sqlite(url, connections=connections, create=create)
        elif self.dialect == "postgresql":
            self.engine = self._postgres(url, connections=connections)
        else:
            raise ValueError(f"the ledger needs a sqlite:// or postgresql:// address, found {self.dialect}://")
        self.vault = vault
        self._keys_fit = self._enrolled = vault is None
        self.engine.dialect.b12_vault = vault  # type: ignore[attr-defined]  # where the column types find it

    @property
    def is_postgres(self) -> bool:
        return self.dialect == "postgresql"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may change rows; committed at the end, undone on any error."""
        with self._translated(), self.engine.connect() as connection:
            self._still_the_same_file(connection)
            if not self.is_postgres:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            with _committed(connection):
                if self.vault is not None and not self._enrolled:
                    keyring.enrol(connection, self.vault)
                yield connection
            self._keys_fit = self._enrolled = True

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with self._translated(), self.engine.connect() as connection:
            self._still_the_same_file(connection)
            if not self.is_postgres:
                connection.exec_driver_sql("BEGIN")
            with _committed(connection):
                if self.vault is not None and not self._keys_fit:
                    keyring.check(connection, self.vault)
                    self._keys_fit = True
                yield connection

    def check_keys(self) -> None:
        """
        That no text may be sealed under a key that this process lacks; other processes change keys too.

        Raises:
            LedgerUnavailable: One may be, or the database does not answer.
        """
        with self.read() as connection:
            keyring.check(connection, self.vault or Vault())

    def drop_old_pages(self) -> None:
        """SQLite's write-ahead log still holds what was overwritten; empty it.  Best effort: a reader may hinder it."""
        if self.is_postgres:
            return
        try:
            with self._translated(), self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except LedgerUnavailable as error:
            log.info("database.log_not_emptied reason=%s", error)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Whatever way the database fails, callers see one error; constraint faults stay what they are."""
        try:
            yield
        except (IntegrityError, ProgrammingError, DataError):
            raise
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise LedgerUnavailable(_reason(error)) from error

    def _sqlite(self, url: str, *, connections: int, create: bool) -> Engine:
        name = make_url(url).database
        if not name or name == ":memory:":
            raise ValueError("the ledger needs a file: sqlite:////absolute/path.db")
        self.path = Path(name).absolute()
        if create and self.path.parent.is_dir():  # SQLite would let every account of the machine read it
            self.path.touch(mode=0o600)
        address = f"file:{quote(str(self.path))}?mode={'rwc' if create else 'rw'}"

        def connect() -> sqlite3.Connection:
            return sqlite3.connect(
                address, uri=True, timeout=self.patience, isolation_level=None, check_same_thread=False
            )

        engine = create_engine(
            "sqlite://",
            creator=connect,
            poolclass=QueuePool,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=max(self.patience, 0.05),
            future=True,
            hide_parameters=True,
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, record: Any) -> None:
            cursor = connection.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {int(self.patience * 1000)}")
            if create:
                cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")  # promise 2: kept means on disk
            cursor.execute("PRAGMA foreign_keys = ON")
            cursor.execute("PRAGMA secure_delete = ON")  # erased text is overwritten, not only forgotten
            row = cursor.execute("PRAGMA database_list").fetchone()
            cursor.close()
            record.info["inode"] = _inode(Path(row[2])) if row else None

        return engine

    def _postgres(self, url: str, *, connections: int) -> Engine:
        milliseconds = max(int(self.patience * 1000), 50)
        return create_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_timeout=max(self.patience, 0.05),
            pool_use_lifo=True,
            pool_recycle=900,
            future=True,
            hide_parameters=True,
            connect_args={
                "connect_timeout": 2,
                "keepalives_idle": 10,
                "options": f"-c lock_timeout={milliseconds} -c statement_timeout={milliseconds * 4} "
                "-c idle_in_transaction_session_timeout=15000 -c timezone=utc",
            },
        )

    def _still_the_same_file(self, connection: Connection) -> None:
        """SQLite goes on writing into a deleted or replaced file as if nothing had happened; we do not."""
        if self.path is None:
            return
        if _inode(self.path) != connection.info.get("inode"):
            connection.invalidate()
            raise LedgerUnavailable(f"the database file {self.path.name} is gone or was replaced")


@contextmanager
def _committed(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _reason(error: BaseException) -> str:
    """Type and database message, without the statement and its values: they hold what patients wrote."""
    original = getattr(error, "orig", None) or error
    return f"{type(original).__name__}: {str(original).splitlines()[0] if str(original) else 'no reason given'}"[:200]
