"""`b12bot backup`: the whole ledger as one file."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from pathlib import Path

from bot.commands.terminal import CommandFailed, tell
from bot.settings import read_settings


def run(options: argparse.Namespace) -> int:
    from bot.records import backup

    settings = read_settings()
    now = datetime.now(timezone.utc)
    target = Path(options.file) if options.file else settings.data_dir / f"b12-{now:%Y%m%d-%H%M%S}.backup"
    try:
        made = backup.make(settings.database_url, target.absolute(), at=now)
    except backup.BackupFailed as error:
        raise CommandFailed(str(error)) from error
    tell(f"{target}: {target.stat().st_size / 1e6:.1f} MB, step {made.step}, SHA-256 of its data {made.digest[:12]}.")
    tell("It holds what patients wrote: keep it encrypted, and let it expire as the ledger does.")
    if settings.text_keys:
        tell("Texts in it are sealed under the keys of B12_TEXT_KEYS: keep those as long as this file, and elsewhere.")
    if any((settings.data_dir / "journal").glob("journal-*.jsonl")):
        tell("A front door on this machine has a journal open; what waits in it is not in this backup.")
    return 0
