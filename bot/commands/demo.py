"""`b12bot demo seed`: a small invented clinic for a first look at the console."""

from __future__ import annotations

import argparse
import asyncio
import secrets

from bot.commands.run import prepare_model
from bot.commands.terminal import CommandFailed, tell
from bot.conversation.desk import Desk
from bot.conversation.inbox import InboxFilter
from bot.settings import Settings, read_settings

#: Easily told apart when read aloud or copied by hand.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def run(options: argparse.Namespace) -> int:
    """Refuses outside demo mode, and where anything has been written: invented patients must never stand beside real ones."""
    settings = read_settings()
    if settings.mode != "demo":
        raise CommandFailed(
            f"demo seed makes up patients and runs in demo mode only; B12_MODE is {settings.mode!r}. Nothing was changed."
        )
    from bot import wiring
    from bot.records import migrate

    migrate.upgrade(settings.database_url)
    desk = wiring.desk(settings)
    _must_be_empty(desk)
    prepare_model(settings)
    tell("Loading the assistant ...")
    try:
        password = asyncio.run(_seed(settings, desk))
    except wiring.CannotStart as error:
        raise CommandFailed(str(error)) from error
    tell(f"\nNobody in it exists. Sign in at {settings.console_address} (b12bot run) with the password  {password}")
    for person in desk.all_staff():
        tell(f"  {person.username:12} {person.role.value}")
    tell("It is shown this once. To start again, delete the database; a clinic's own starts with an empty one.")
    return 0


def _must_be_empty(desk: Desk) -> None:
    from datetime import datetime, timezone

    talks = desk.inbox(InboxFilter(), now=datetime.now(timezone.utc), size=1).total
    people = len(desk.all_staff())
    if talks or people:
        raise CommandFailed(
            f"demo seed needs an empty database; this one holds {talks} conversations and {people} staff accounts. "
            "Nothing was changed. Name another one in B12_DATA_DIR or B12_DATABASE_URL."
        )


async def _seed(settings: Settings, desk: Desk) -> str:
    from argon2 import PasswordHasher

    from bot.commands.demo_script import read_clinic
    from bot.commands.demo_seeding import Seeding

    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    with Seeding(settings, desk, read_clinic(), password_hash=PasswordHasher().hash(password)) as seeding:
        number = await seeding.play(tell)
    tell(f"{number} conversations were played through the assistant.")
    return password
