"""`b12bot keys`: the keys that texts are sealed under at rest."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from bot.commands.terminal import CommandFailed, tell
from bot.conversation.ports import LedgerUnavailable
from bot.records.journal import SEALED_ENTRY, opened_payload
from bot.records.resealing import Sealing
from bot.settings import Settings, read_settings

_SHOWN_EVERY = 5_000  # rows


def run(options: argparse.Namespace) -> int:
    if options.action == "new":
        return _new()
    settings = read_settings()
    return _rotate(settings) if options.action == "rotate" else _open(settings, options.file)


def _new() -> int:
    from bot.records.vault import new_key

    tell(new_key())
    return 0


def _rotate(settings: Settings) -> int:
    """Everything to what the first key says; exit status 1 when something is left."""
    from bot import wiring
    from bot.records import resealing

    wiring.check_keys(settings)
    if not settings.text_keys:
        raise CommandFailed("B12_TEXT_KEYS is empty: make a key with b12bot keys new and set it for every door first.")
    database = wiring.database(settings, patience=10.0)
    try:
        shown = 0

        def told(done: int) -> None:
            nonlocal shown
            if done - shown >= _SHOWN_EVERY:
                shown = done
                tell(f"  {done} rows")

        done = resealing.rotate(database, tell=told)
        with database.read() as connection:
            found = resealing.state(connection)
    except LedgerUnavailable as error:
        raise CommandFailed(f"stopped: {error}. What was done stays done; run it again.") from error
    finally:
        database.close()
    first = database.vault.first if database.vault else None
    tell(f"{done} rows were written.")
    for ok, line in describe(found, first=first):
        tell(f"{'' if ok else 'WRONG  '}{line}")
    for ok, line in set_aside(settings, first=first):
        tell(f"{'' if ok else 'WRONG  '}{line}")
    left = found.open if first else 0
    return 1 if left or set(found.under) - {first} else 0


def _open(settings: Settings, file: str | None) -> int:
    """The entries of a set-aside file as they were written: patients' words, for the person who looks after them."""
    from bot import wiring

    path = Path(file) if file else settings.data_dir / "journal" / "set-aside.jsonl"
    vault = wiring.vault(settings)
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            tell(json.dumps({**entry, "payload": opened_payload(entry["payload"], vault)}, ensure_ascii=False))
    except FileNotFoundError as error:
        raise CommandFailed(f"{path} is not there: nothing was set aside.") from error
    except (OSError, ValueError, KeyError, TypeError, LedgerUnavailable) as error:
        raise CommandFailed(f"{path} cannot be read ({type(error).__name__}: {error}).") from error
    return 0


def describe(found: Sealing, *, first: str | None) -> Iterator[tuple[bool, str]]:
    """How the texts are stored, a line each; False where something is to be done."""
    if first is None and not found.under:
        yield True, "texts are stored as they are (B12_TEXT_KEYS is empty: rely on encrypted disks)"
        return
    if first is not None:
        yield True, f"texts are sealed under key {first}: {found.under.get(first, 0)} values"
    for name, number in found.under.items():
        if name != first:
            yield False, f"{number} values are sealed under key {name} still; run b12bot keys rotate"
    if first is not None and found.open:
        yield False, f"{found.open} values lie open still; run b12bot keys rotate"


def set_aside(settings: Settings, *, first: str | None) -> Iterator[tuple[bool, str]]:
    """A file that nobody rewrites: its entries are for a person to look at."""
    path = settings.data_dir / "journal" / "set-aside.jsonl"
    if first is None or not path.is_file():
        return
    entries = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    lying = sum(set(entry.get("payload", {})) != {SEALED_ENTRY} for entry in entries)
    yield (
        not lying,
        f"{path.name}: {lying} entries lie open" + ("; look at them, then remove the file" if lying else ""),
    )
