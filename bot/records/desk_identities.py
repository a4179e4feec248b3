"""People who come in through the clinic's own sign-in provider."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection

from bot.conversation.desk import DeskConflict
from bot.conversation.desk_people import Role, Staff
from bot.records import audit
from bot.records.database import Database
from bot.records.desk_people import account, end_sessions
from bot.records.schema import staff


class Identities:
    """The part of the desk that lets people in whom somebody else has recognised."""

    database: Database

    def admit(self, *, identity: str, username: str, name: str, role: Role, now: datetime) -> Staff:
        with self.database.write() as connection:
            found = connection.execute(select(staff).where(staff.c.identity == identity).with_for_update()).first()
            if found is not None and not found.active:
                raise DeskConflict("Your account in this console is disabled. An admin of your clinic can enable it.")
            staff_id = found.id if found else f"s-{uuid4().hex}"
            if found is None:
                values: dict[str, Any] = {
                    "id": staff_id,
                    "identity": identity,
                    "username": _free_name(connection, username),
                    "name": name,
                    "role": role.value,
                    "active": True,
                    "password_hash": "",  # fits no password
                    "created_at": now,
                    "last_sign_in": now,
                }
                connection.execute(insert(staff).values(**values))
                _note(connection, "staff.added", staff_id, now, role=role.value)
            else:
                role = _kept_or_changed(Role(found.role), role)
                if role.value != found.role:
                    end_sessions(connection, staff_id, now)
                    _note(connection, "staff.changed", staff_id, now, role=role.value)
                connection.execute(
                    update(staff).where(staff.c.id == staff_id).values(name=name, role=role.value, last_sign_in=now)
                )
            _note(connection, "staff.signed_in", staff_id, now, way="provider")
            return account(connection.execute(select(staff).where(staff.c.id == staff_id)).one())


def _kept_or_changed(before: Role, role: Role) -> Role:
    """Admin is given by a person and stays while the provider still says clinician; all else is the provider's."""
    return Role.ADMIN if before is Role.ADMIN and role is Role.CLINICIAN else role


def _free_name(connection: Connection, username: str) -> str:
    """A name that no password account has or can get, so that nobody slips into one by its name."""
    name = f"sso:{username.strip().lower()}"
    taken = set(connection.execute(select(staff.c.username).where(staff.c.username.startswith(name))).scalars())
    number = 1
    while (free := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return free


def _note(connection: Connection, action: str, staff_id: str, now: datetime, **details: str) -> None:
    audit.write(connection, at=now, by=staff_id, action=action, target=staff_id, details=details)
