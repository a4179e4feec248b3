"""
A local file for the minutes in which the database does not answer.

Every entry is one line with a checksum and is on disk (fsync) when `append` returns.
Entries are replayed in order; how far the replay came is on disk too, so a process
that dies in the middle repeats at most one entry, which the ledger recognises.

Each process has a journal of its own in the same folder, held by a lock on the file.
A journal whose process is gone is taken over by whoever looks next: nothing waits for
that process to come back.  An entry that the ledger refuses for good is moved to
`set-aside.jsonl` and stays there for a person to look at.  Where texts are sealed at
rest, so is what an entry holds; `b12bot keys open` shows it to that person.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from bot.conversation.ports import LedgerUnavailable
from bot.records.vault import KeyMissing, Vault

log = logging.getLogger(__name__)

_DAMAGED = "damaged"
SEALED_ENTRY = "sealed"  # in place of what an entry holds
_PURPOSE = "journal"

Apply = Callable[[str, Mapping[str, Any]], None]


class FileJournal:
    """Implements `bot.conversation.ports.Journal`."""

    def __init__(self, folder: Path, *, vault: Vault | None = None) -> None:
        """Raises OSError when the folder cannot be made or written."""
        self._folder = folder
        self._vault = vault or Vault()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._appending = threading.Lock()
        self._replaying = threading.Lock()
        self._own = _Segment.create(folder)
        self._adopted: list[_Segment] = []
        self._closed = False
        self.set_aside = 0
        self._adopt()

    @property
    def pending(self) -> int:
        return self._own.pending + sum(segment.pending for segment in self._adopted)

    def append(self, kind: str, payload: Mapping[str, Any]) -> None:
        with self._appending:
            self._own.append(kind, sealed_payload(payload, self._vault))

    def replay(self, apply: Apply) -> int:
        """See the port.  One replay at a time; messages may be appended meanwhile."""
        with self._replaying:
            self._adopt()
            applied = 0
            for segment in list(self._adopted):
                try:
                    applied += self._replay(segment, apply)
                except KeyMissing as error:  # it stays as it is until the key is back; others are not held up
                    log.error("journal.key_missing reason=%s", error)
                    continue
                segment.remove()
                self._adopted.remove(segment)
            applied += self._replay(self._own, apply)
            with self._appending:
                self._own.empty_if_done()
            return applied

    def close(self) -> None:
        """Again does nothing."""
        if not self._replaying.acquire(timeout=1):  # a replay that hangs on the database: the file is kept as it is
            return
        try:
            with self._appending:
                if not self._closed:
                    self._closed = True
                    for segment in (self._own, *self._adopted):
                        segment.close()
        finally:
            self._replaying.release()

    def _replay(self, segment: _Segment, apply: Apply) -> int:
        applied = 0
        for kind, payload, end in segment.unread():
            try:
                if kind == _DAMAGED:
                    raise ValueError("the line does not match its checksum")
                apply(kind, opened_payload(payload, self._vault))
            except LedgerUnavailable:
                raise
            except Exception as error:  # noqa: BLE001  (a single bad entry must not hold up the ones behind it)
                log.error("journal.set_aside kind=%s error=%s", kind, type(error).__name__)
                self._put_aside(kind, payload, error)
            segment.done(end)
            applied += 1
        return applied

    def _put_aside(self, kind: str, payload: Mapping[str, Any], error: Exception) -> None:
        line = json.dumps({"kind": kind, "payload": payload, "error": type(error).__name__})
        path = self._folder / "set-aside.jsonl"
        with open(path, "a", encoding="utf-8", opener=_for_its_owner) as stream:
            stream.write(line + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        self.set_aside += 1

    def _adopt(self) -> None:
        known = {self._own.path, *(segment.path for segment in self._adopted)}
        for path in sorted(self._folder.glob("journal-*.jsonl"), key=lambda found: found.stat().st_mtime):
            if path not in known and (segment := _Segment.take_over(path)) is not None:
                log.warning("journal.taken_over entries=%d", segment.pending)
                self._adopted.append(segment)


def sealed_payload(payload: Mapping[str, Any], vault: Vault) -> Mapping[str, Any]:
    """What a file may hold of an entry."""
    return payload if vault.first is None else {SEALED_ENTRY: vault.seal(json.dumps(payload), _PURPOSE)}


def opened_payload(payload: Mapping[str, Any], vault: Vault) -> Mapping[str, Any]:
    """The entry as it was appended.  Raises KeyMissing, or Tampered."""
    if set(payload) != {SEALED_ENTRY}:
        return payload
    found: Mapping[str, Any] = json.loads(vault.open(str(payload[SEALED_ENTRY]), _PURPOSE))
    return found


class _Segment:
    """One journal file and, beside it, the place up to which it was replayed."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self.path = path
        self._stream = stream
        self._mark = path.with_suffix(".done")
        self._done = self._read_mark()
        self._written = sum(1 for _ in self.unread())  # counted by the appending thread
        self._replayed = 0  # counted by the replaying one

    @property
    def pending(self) -> int:
        return self._written - self._replayed

    @classmethod
    def create(cls, folder: Path) -> _Segment:
        path = folder / f"journal-{uuid.uuid4().hex}.jsonl"
        stream = path.open("x+b")
        path.chmod(0o600)
        fcntl.flock(stream, fcntl.LOCK_EX)
        _sync_folder(folder)
        return cls(path, stream)

    @classmethod
    def take_over(cls, path: Path) -> _Segment | None:
        """None when its process still lives or another one was quicker."""
        try:
            stream = path.open("r+b")
        except OSError:
            return None
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            stream.close()
            return None
        if not path.exists():  # removed between opening and locking
            stream.close()
            return None
        return cls(path, stream)

    def append(self, kind: str, payload: Mapping[str, Any]) -> None:
        body = json.dumps([kind, payload], ensure_ascii=True, separators=(",", ":")).encode()
        line = b"%08x %s\n" % (zlib.crc32(body), body)
        start = self._stream.seek(0, os.SEEK_END)
        try:
            self._stream.write(line)
            self._stream.flush()
            os.fsync(self._stream.fileno())
        except OSError:
            self._stream.truncate(start)  # half a line would hide the ones after it
            raise
        self._written += 1

    def unread(self) -> Iterator[tuple[str, dict[str, Any], int]]:
        """Kind, payload and end position of each entry not replayed; stops at a torn last line."""
        with self.path.open("rb") as reader:
            reader.seek(self._done)
            position = self._done
            for line in reader:
                position += len(line)
                checksum, _, body = line.rstrip(b"\n").partition(b" ")
                if not line.endswith(b"\n"):
                    return
                if checksum != b"%08x" % zlib.crc32(body):
                    yield _DAMAGED, {"line": body.decode("ascii", "replace")}, position
                    continue
                kind, payload = json.loads(body)
                yield kind, payload, position

    def done(self, position: int) -> None:
        self._done = position
        self._replayed += 1
        temporary = self._mark.with_suffix(".tmp")
        with temporary.open("w", encoding="ascii") as stream:
            stream.write(str(position))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(self._mark)

    def empty_if_done(self) -> None:
        """Once all is replayed the texts need not lie in a file any longer."""
        if self._done == 0 or self._done < self._stream.seek(0, os.SEEK_END):
            return
        self._mark.unlink(missing_ok=True)  # first the mark: an old one over new lines would skip them
        _sync_folder(self.path.parent)
        self._stream.truncate(0)
        os.fsync(self._stream.fileno())
        self._done, self._written, self._replayed = 0, 0, 0

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)
        self._stream.close()

    def close(self) -> None:
        empty = self.pending == 0 and self._stream.seek(0, os.SEEK_END) == self._done
        if empty:
            self.remove()
        else:
            self._stream.close()

    def _read_mark(self) -> int:
        try:
            return int(self._mark.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    """The file's name is on disk as well, not only its content."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
