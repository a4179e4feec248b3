"""`b12bot staff`: the only way to the first account; there is no default password."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import datetime, timezone

from bot.commands.terminal import CommandFailed, tell
from bot.conversation.desk import Desk, DeskConflict
from bot.conversation.desk_people import Role
from bot.settings import read_settings

_SHORTEST = 12


def run(options: argparse.Namespace) -> int:
    from bot import wiring
    from bot.records import migrate

    settings = read_settings()
    migrate.upgrade(settings.database_url)
    desk = wiring.desk(settings)
    if options.action == "list":
        return _list(desk)
    if not options.name:
        raise CommandFailed(f"say whose account: b12bot staff {options.action} NAME.")
    if options.action == "add":
        return _add(desk, options)
    return _change(desk, options)


def _list(desk: Desk) -> int:
    people = desk.all_staff()
    if not people:
        tell("No accounts yet. Make the first: b12bot staff add NAME.")
    for person in people:
        state = "active" if person.active else "disabled"
        last = person.last_sign_in.strftime("%Y-%m-%d %H:%M UTC") if person.last_sign_in else "never signed in"
        tell(f"{person.username:20} {person.role.value:10} {state:9} {last}")
    return 0


def _add(desk: Desk, options: argparse.Namespace) -> int:
    try:
        desk.add_staff(
            username=options.name,
            name=options.shown_as or options.name,
            role=Role(options.role),
            password_hash=_hash(_password(options)),
            by="system",
            now=_now(),
        )
    except DeskConflict as error:
        raise CommandFailed(f"{error}") from error
    tell(f"{options.name} can sign in as {options.role}.")
    return 0


def _change(desk: Desk, options: argparse.Namespace) -> int:
    person = desk.staff_named(options.name)
    if person is None:
        raise CommandFailed(f"there is no account called {options.name!r}; see b12bot staff list.")
    if options.action == "disable":
        desk.change_staff(person.id, by="system", now=_now(), active=False)
        tell(f"{options.name} can no longer sign in; open sessions have ended.")
    else:
        desk.change_staff(person.id, by="system", now=_now(), password_hash=_hash(_password(options)), active=True)
        tell(f"{options.name} has a new password; open sessions have ended.")
    return 0


def _password(options: argparse.Namespace) -> str:
    if options.password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again:    ") != password:
            raise CommandFailed("the two passwords are not the same; nothing was changed.")
    if len(password) < _SHORTEST:
        raise CommandFailed(f"a password needs at least {_SHORTEST} characters; nothing was changed.")
    return password


def _hash(password: str) -> str:
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


def _now() -> datetime:
    return datetime.now(timezone.utc)
