"""`b12bot migrate`: bring the database to the current form."""

from __future__ import annotations

import argparse

from bot.commands.terminal import CommandFailed, tell
from bot.settings import read_settings


def run(options: argparse.Namespace) -> int:
    from bot.records import migrate

    settings = read_settings()
    try:
        if options.to == "head":
            migrate.upgrade(settings.database_url)
        else:
            migrate.downgrade(settings.database_url, to=options.to)
    except Exception as error:
        raise CommandFailed(f"the database could not be migrated ({type(error).__name__}: {error}).") from error
    tell(f"The database is at {options.to}.")
    return 0
