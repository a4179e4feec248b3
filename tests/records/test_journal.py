"""The journal keeps every entry, gives them back in order, and survives torn and damaged lines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.conversation.ports import LedgerUnavailable
from bot.records.journal import FileJournal


class Ledger:
    """Takes what it is given until it is told to stop."""

    def __init__(self, *, stops_at: int | None = None, chokes_on: str | None = None) -> None:
        self.got: list[str] = []
        self.stops_at, self.chokes_on = stops_at, chokes_on

    def apply(self, kind: str, payload: Mapping[str, Any]) -> None:
        if self.stops_at is not None and len(self.got) >= self.stops_at:
            raise LedgerUnavailable("gone")
        if payload["text"] == self.chokes_on:
            raise ValueError("cannot be stored")
        self.got.append(f"{kind} {payload['text']}")


def files(folder: Path) -> list[str]:
    return sorted(path.suffix for path in folder.iterdir())


def test_entries_come_back_in_their_order(tmp_path: Path) -> None:
    journal, ledger = FileJournal(tmp_path), Ledger()
    for text in ("one", "two", "drei ä 😀"):
        journal.append("arrival", {"text": text})
    assert journal.pending == 3
    assert journal.replay(ledger.apply) == 3
    assert ledger.got == ["arrival one", "arrival two", "arrival drei ä 😀"]
    assert journal.pending == 0


def test_replayed_words_do_not_stay_on_the_disk(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path)
    journal.append("arrival", {"text": "xylophone"})
    journal.replay(Ledger().apply)
    assert b"xylophone" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_a_replay_that_is_cut_short_goes_on_where_it_stopped(tmp_path: Path) -> None:
    journal, first, second = FileJournal(tmp_path), Ledger(stops_at=2), Ledger()
    for text in ("one", "two", "three"):
        journal.append("arrival", {"text": text})
    with pytest.raises(LedgerUnavailable):
        journal.replay(first.apply)
    journal.append("arrival", {"text": "four"})
    assert journal.pending == 2
    journal.replay(second.apply)
    assert second.got == ["arrival three", "arrival four"]


def test_another_process_takes_over_what_one_left_behind(tmp_path: Path) -> None:
    left = FileJournal(tmp_path)
    left.append("arrival", {"text": "one"})
    left.append("arrival", {"text": "two"})
    with pytest.raises(LedgerUnavailable):
        left.replay(Ledger(stops_at=1).apply)
    left.close()
    journal, ledger = FileJournal(tmp_path), Ledger()
    assert journal.pending == 1
    journal.append("arrival", {"text": "three"})
    journal.replay(ledger.apply)
    assert ledger.got == ["arrival two", "arrival three"]
    assert files(tmp_path) == [".jsonl"]


def test_the_journal_of_a_living_process_is_left_to_it(tmp_path: Path) -> None:
    living, other, ledger = FileJournal(tmp_path), FileJournal(tmp_path), Ledger()
    living.append("arrival", {"text": "mine"})
    assert other.replay(ledger.apply) == 0
    assert ledger.got == []


def test_a_journal_that_was_closed_empty_leaves_no_file(tmp_path: Path) -> None:
    FileJournal(tmp_path).close()
    assert files(tmp_path) == []


def test_a_torn_last_line_is_ignored(tmp_path: Path) -> None:
    """The process died while writing: that append never returned, so nobody was promised anything."""
    left = FileJournal(tmp_path)
    left.append("arrival", {"text": "one"})
    left.close()
    path = next(tmp_path.glob("*.jsonl"))
    with path.open("ab") as stream:
        stream.write(b'1234abcd ["arrival",{"te')
    ledger = Ledger()
    FileJournal(tmp_path).replay(ledger.apply)
    assert ledger.got == ["arrival one"]


def test_a_damaged_line_does_not_hide_the_ones_behind_it(tmp_path: Path) -> None:
    left = FileJournal(tmp_path)
    for text in ("one", "two", "three"):
        left.append("arrival", {"text": text})
    left.close()
    path = next(tmp_path.glob("*.jsonl"))
    path.write_bytes(path.read_bytes().replace(b"two", b"tzo"))
    ledger = Ledger()
    FileJournal(tmp_path).replay(ledger.apply)
    assert ledger.got == ["arrival one", "arrival three"]
    assert "tzo" in (tmp_path / "set-aside.jsonl").read_text(), "a person may still make sense of it"


def test_an_entry_the_ledger_refuses_for_good_is_set_aside_and_kept(tmp_path: Path) -> None:
    journal, ledger = FileJournal(tmp_path), Ledger(chokes_on="two")
    for text in ("one", "two", "three"):
        journal.append("arrival", {"text": text})
    journal.replay(ledger.apply)
    assert ledger.got == ["arrival one", "arrival three"]
    assert journal.set_aside == 1
    assert '"two"' in (tmp_path / "set-aside.jsonl").read_text()


def test_an_old_mark_over_new_lines_cannot_skip_them(tmp_path: Path) -> None:
    journal, ledger = FileJournal(tmp_path), Ledger()
    journal.append("arrival", {"text": "one"})
    journal.replay(ledger.apply)
    journal.append("arrival", {"text": "two"})
    journal.close()
    FileJournal(tmp_path).replay(ledger.apply)
    assert ledger.got == ["arrival one", "arrival two"]


def test_a_disk_that_is_full_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, ledger = FileJournal(tmp_path), Ledger()
    journal.append("arrival", {"text": "one"})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            journal.append("arrival", {"text": "two"})
    journal.append("arrival", {"text": "three"})
    journal.replay(ledger.apply)
    assert ledger.got == ["arrival one", "arrival three"]


def test_the_folder_is_closed_to_other_users(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    journal = FileJournal(folder)
    for text in ("one", "two"):
        journal.append("arrival", {"text": text})
    journal.replay(Ledger(chokes_on="two").apply)
    journal.append("arrival", {"text": "three"})
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "set-aside.jsonl").is_file()
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
