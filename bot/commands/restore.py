"""`b12bot restore`: a ledger from its backup."""

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
    try:
        made, aside = backup.restore(settings.database_url, Path(options.file), replace=options.replace, at=now)
    except backup.BackupFailed as error:
        raise CommandFailed(str(error)) from error
    tell(f"Restored the ledger of {made.made_at:%Y-%m-%d %H:%M} UTC; the audit is whole.")
    if aside is not None:
        tell(f"The ledger that was here lies in {aside}; delete it when nobody needs it.")
    tell("Who was erased since then is back: look into the audit of the old ledger and erase them again.")
    return 0
