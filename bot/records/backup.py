"""
Copy the whole ledger into one file, and bring it back from there.

The file is a ZIP of the database's own copy (SQLite's online backup, PostgreSQL's
`pg_dump`) and a note that says what it is, with a digest.  Taking it disturbs nobody;
it holds what patients wrote and is readable by its owner alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from bot.conversation.ports import LedgerUnavailable
from bot.records import migrate
from bot.records.database import Database
from bot.records.desk import SqlDesk

_LONGEST_NOTE = 64 * 1024  # bytes
_SPARE = 64 * 1024 * 1024  # bytes of the disk that unpacking leaves to others
_NOTE, _DATA = "note.json", "ledger"
_PATIENCE = 3600  # seconds for pg_dump or pg_restore


class BackupFailed(Exception):
    """Nothing was changed; the text says why and what to do."""


@dataclass(frozen=True)
class Backup:
    """What a backup file says of itself."""

    made_at: datetime
    dialect: str
    step: str  # of the migrations
    digest: str


def make(url: str, target: Path, *, at: datetime) -> Backup:
    """
    Raises:
        BackupFailed: The file exists, the folder cannot be written, the database cannot be read.
    """
    if target.exists():
        raise BackupFailed(f"{target} exists and is not overwritten; name another file.")
    if not target.parent.is_dir():
        raise BackupFailed(f"the folder {target.parent} does not exist; make it first.")
    step = _step(url)
    if step is None:
        raise BackupFailed("the database holds no ledger yet; there is nothing to back up.")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".b12-backup-") as folder:
        data = Path(folder) / _DATA
        dialect = make_url(url).get_backend_name()
        if dialect == "sqlite":
            _copy_sqlite(_file(url), data)
        else:
            _run_postgres("pg_dump", url, "--format=custom", "--no-owner", f"--file={data}")
        made = Backup(made_at=at, dialect=dialect, step=step, digest=_digest(data))
        packed = Path(folder) / "packed"
        with zipfile.ZipFile(packed, "w", compression=zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_NOTE, json.dumps({**made.__dict__, "made_at": at.isoformat()}, indent=1))
            archive.write(data, _DATA)
        packed.chmod(0o600)
        with packed.open("rb") as stream:
            os.fsync(stream.fileno())
        try:
            os.link(packed, target)  # unlike a rename, refuses to overwrite what came meanwhile
        except FileExistsError as error:
            raise BackupFailed(f"{target} exists and is not overwritten; name another file.") from error
    return made


def restore(url: str, source: Path, *, replace: bool = False, at: datetime) -> tuple[Backup, Path | None]:
    """
    Args:
        replace: Put an existing SQLite ledger aside instead of refusing.

    Returns:
        What was restored, and where the old ledger lies now.

    Raises:
        BackupFailed: The file is damaged, of another database or of a newer program, or there is a ledger already.
    """
    with tempfile.TemporaryDirectory(prefix="b12-restore-", dir=_near(url)) as folder:
        made, data = _unpack(source, Path(folder))
        if made.dialect != make_url(url).get_backend_name():
            raise BackupFailed(
                f"{source.name} is a backup of {made.dialect}; B12_DATABASE_URL names another kind of database."
            )
        if not migrate.knows(made.step):
            raise BackupFailed(
                f"{source.name} was made by a newer program (step {made.step}, this one knows up to "
                f"{migrate.newest()}); install that version first."
            )
        if made.dialect == "sqlite":
            aside = _place_sqlite(data, _file(url), replace=replace, at=at)
        else:
            aside = None
            if _step(url) is not None:
                raise BackupFailed("the database holds a ledger already; restore into an empty database.")
            _run_postgres("pg_restore", url, "--single-transaction", "--no-owner", "--exit-on-error", str(data))
    migrate.upgrade(url)
    _check_audit(url)
    return made, aside


def _unpack(source: Path, folder: Path) -> tuple[Backup, Path]:
    try:
        with zipfile.ZipFile(source) as archive:
            _refuse_a_bomb(archive, source, folder)
            note: Mapping[str, Any] = json.loads(archive.read(_NOTE))
            made = Backup(**{**note, "made_at": datetime.fromisoformat(note["made_at"])})
            data = folder / _DATA
            with archive.open(_DATA) as packed, data.open("wb") as stream:
                shutil.copyfileobj(packed, stream)
    except FileNotFoundError as error:
        raise BackupFailed(f"{source} is not there.") from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError) as error:
        raise BackupFailed(
            f"{source.name} is damaged or no backup ({type(error).__name__}); take another one."
        ) from error
    if _digest(data) != made.digest:
        raise BackupFailed(f"{source.name} is damaged (its digest is wrong); take another one.")
    return made, data


def _refuse_a_bomb(archive: zipfile.ZipFile, source: Path, folder: Path) -> None:
    """Before anything is unpacked; no more is ever unpacked than an entry says of itself."""
    if archive.getinfo(_NOTE).file_size > _LONGEST_NOTE:
        raise BackupFailed(f"{source.name} is no backup of this program (its note is too long); take another one.")
    needed, free = archive.getinfo(_DATA).file_size, shutil.disk_usage(folder).free
    if needed > free - _SPARE:
        raise BackupFailed(
            f"{source.name} unpacks to {needed / 1e6:,.0f} MB and {folder} has {free / 1e6:,.0f} MB free; nothing was "
            "changed. If the file is yours, make room and try again."
        )


def _copy_sqlite(source: Path, target: Path) -> None:
    target.touch(mode=0o600)
    try:
        ours = sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True, timeout=30)
        with closing(ours), closing(sqlite3.connect(target)) as copy:
            ours.backup(copy, pages=1000, sleep=0.01)  # in portions: writers go on meanwhile
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, no log beside it
        _check_sqlite(target)
    except sqlite3.Error as error:
        raise BackupFailed(f"the database cannot be copied ({error}).") from error


def _place_sqlite(data: Path, target: Path, *, replace: bool, at: datetime) -> Path | None:
    _check_sqlite(data)
    aside = None
    if target.exists():
        if not replace:
            raise BackupFailed(f"{target} holds a ledger already; stop the assistant and restore with --replace.")
        aside = target.with_name(f"{target.name}.before-{at:%Y%m%d-%H%M%S}")
        _copy_sqlite(target, aside)  # with what its write-ahead log still holds
    data.chmod(0o600)
    with closing(sqlite3.connect(data)) as copy:
        copy.execute("PRAGMA journal_mode = WAL")
    for end in ("-wal", "-shm"):  # of the old file: a log over the new one would corrupt it
        target.with_name(target.name + end).unlink(missing_ok=True)
    data.replace(target)
    return aside


def _check_sqlite(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise BackupFailed(f"the copy cannot be read ({error}).") from error
    if found != "ok":
        raise BackupFailed(f"the copy is damaged ({found}); nothing was changed.")


def _run_postgres(program: str, url: str, *arguments: str) -> None:
    """With the password in the environment: other accounts of the machine can read a command line."""
    where = next(iter(sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)), None)
    command = shutil.which(program) or where
    if command is None:
        raise BackupFailed(f"{program} is not installed; install PostgreSQL's client programs (make setup-system).")
    made = make_url(url).set(drivername="postgresql")
    environment = {**os.environ, "PGPASSWORD": made.password} if made.password else dict(os.environ)
    address = made.set(password=None).render_as_string(hide_password=False)
    done = subprocess.run(
        [str(command), f"--dbname={address}", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines()[:1] or ["no reason given"]
        raise BackupFailed(f"{program} failed: {reason[0][:200]}")


def _check_audit(url: str) -> None:
    database = Database(url, patience=5)
    try:
        broken = SqlDesk(database).verify_audit()
    finally:
        database.close()
    if broken is not None:
        raise BackupFailed(f"restored, but the audit is broken from entry {broken} on: it was changed by hand.")


def _step(url: str) -> str | None:
    """None when there is no ledger."""
    made = make_url(url)
    if made.get_backend_name() == "sqlite" and not _file(url).exists():
        return None
    database = Database(url, patience=5)
    try:
        with database.read() as connection:
            if not inspect(connection).has_table("conversation"):
                return None
        return migrate.current(url)
    except LedgerUnavailable as error:
        raise BackupFailed(f"the database cannot be read ({error}).") from error
    finally:
        database.close()


def _near(url: str) -> Path | None:
    """A folder on the same disk, so that the last step is a rename."""
    if make_url(url).get_backend_name() != "sqlite":
        return None
    folder = _file(url).parent
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _file(url: str) -> Path:
    return Path(str(make_url(url).database)).absolute()


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
