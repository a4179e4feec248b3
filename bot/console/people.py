"""Staff accounts, for admins."""

from __future__ import annotations

import re

from starlette.responses import Response

from bot.console import passwords
from bot.console.visits import Visit
from bot.conversation.desk import DeskConflict
from bot.conversation.desk_people import Role, Staff

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def people_page(visit: Visit) -> Response:
    return _show(visit)


def add_person(visit: Visit) -> Response:
    username, name, role = visit.typed("username").lower(), visit.typed("name"), visit.typed("role")
    password = visit.form.get("password", "")
    faults = {}
    if not _USERNAME.fullmatch(username):
        faults["username"] = "Use 2 to 40 small letters, digits, dots or hyphens."
    if not name or len(name) > 80:
        faults["name"] = "Write the name that patients and colleagues see."
    if role not in {known.value for known in Role}:
        faults["role"] = "Choose a role."
    if fault := passwords.password_fault(password, username=username):
        faults["password"] = fault
    if faults:
        return _show(visit, status=422, faults=faults, typed={"username": username, "name": name, "role": role})
    visit.parts.desk.add_staff(
        username=username,
        name=name,
        role=Role(role),
        password_hash=passwords.hash_password(password),
        by=visit.me.id,
        now=visit.now,
    )
    return visit.go("/people", done="added")


def change_person(visit: Visit) -> Response:
    """One thing at a time: role, whether it may be used, a new password, or the second factor."""
    desk, person = visit.parts.desk, visit.parts.desk.staff(visit.path("person"))
    step = visit.typed("step")
    if step == "role" and visit.typed("role") in {known.value for known in Role}:
        role = Role(visit.typed("role"))
        if role is not Role.ADMIN:
            _keep_an_admin(visit, person)
        desk.change_staff(person.id, by=visit.me.id, now=visit.now, role=role)
    elif step == "disable":
        _keep_an_admin(visit, person)
        desk.change_staff(person.id, by=visit.me.id, now=visit.now, active=False)
    elif step == "enable":
        desk.change_staff(person.id, by=visit.me.id, now=visit.now, active=True)
    elif step == "code_off":
        desk.change_staff(person.id, by=visit.me.id, now=visit.now, totp_secret="")
    elif step == "password":
        if person.identity:
            raise DeskConflict("This person signs in through the clinic's provider and has no password here.")
        password = visit.form.get("password", "")
        if fault := passwords.password_fault(password, username=person.username):
            return _show(visit, status=422, faults={person.id: fault})
        desk.change_staff(person.id, by=visit.me.id, now=visit.now, password_hash=passwords.hash_password(password))
    else:
        return _show(visit, status=422, faults={person.id: "Choose what to change."})
    return visit.go("/people", done="changed")


def _keep_an_admin(visit: Visit, person: Staff) -> None:
    """Nobody may lock the clinic out of its own accounts."""
    others = [
        other
        for other in visit.parts.desk.all_staff()
        if other.active and other.role is Role.ADMIN and other.id != person.id
    ]
    if person.role is Role.ADMIN and not others:
        raise DeskConflict("This is the only active admin. Make somebody else an admin first.")


def _show(
    visit: Visit, *, status: int = 200, faults: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> Response:
    return visit.render(
        "people.html",
        status=status,
        people=visit.parts.desk.all_staff(),
        roles=list(Role),
        faults=faults or {},
        typed=typed or {},
    )
