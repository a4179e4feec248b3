"""`b12bot audit verify`: whether who-did-what still stands as it was written."""

from __future__ import annotations

import argparse
import re

from bot.commands.terminal import CommandFailed, tell
from bot.settings import read_settings

_KEPT = re.compile(r"(\d{1,9}):([0-9a-f]{16,64})")


def run(options: argparse.Namespace) -> int:
    """Exit status 1 when the chain does not hold, with a line for each entry that was changed, removed or moved."""
    from bot import wiring

    number, digest = _kept(options.kept)
    settings = read_settings()
    try:
        found = wiring.desk(settings).check_audit(kept_number=number, kept_digest=digest)
    except Exception as error:
        raise CommandFailed(
            f"the audit could not be read ({type(error).__name__}); is B12_DATABASE_URL right and `b12bot migrate` done?"
        ) from error
    for fault in found.faults:
        tell(fault.sentence())
    if not found.sound:
        tell(f"The audit's chain is broken: {len(found.faults)} faults in {found.entries} entries. Keep a copy of it.")
        return 1
    if not found.entries:
        tell("The audit is empty: nothing has been written down yet.")
        return 0
    tell(f"The audit's chain holds: {found.entries} entries.")
    tell(f"Keep this outside the database, it proves that the end was not cut: {found.last_number}:{found.last_digest}")
    return 0


def _kept(written: str | None) -> tuple[int | None, str]:
    if written is None:
        return None, ""
    match = _KEPT.fullmatch(written.strip().lower())
    if match is None:
        raise CommandFailed(f"--kept takes what an earlier check printed, NUMBER:DIGEST; found {written!r}.")
    return int(match.group(1)), match.group(2)
