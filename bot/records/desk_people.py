"""Staff accounts, their sessions, and the audit as it is read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from bot.conversation.desk import DeskConflict
from bot.conversation.desk_people import AuditEntry, AuditPage, Role, Staff, StaffSession
from bot.records import audit
from bot.records.database import Database
from bot.records.schema import audit as audit_table
from bot.records.schema import staff, staff_session

_SEEN_EVERY = timedelta(minutes=1)  # a page is no reason to write each time


class People:
    """The accounts, sessions and audit part of the desk."""

    database: Database

    # --- accounts

    def add_staff(self, *, username: str, name: str, role: Role, password_hash: str, by: str, now: datetime) -> Staff:
        staff_id = f"s-{uuid4().hex}"
        try:
            with self.database.write() as connection:
                connection.execute(
                    insert(staff).values(
                        id=staff_id,
                        username=username.strip().lower(),
                        name=name.strip(),
                        role=role.value,
                        active=True,
                        password_hash=password_hash,
                        failed_attempts=0,
                        created_at=now,
                    )
                )
                audit.write(
                    connection, at=now, by=by, action="staff.added", target=staff_id, details={"role": role.value}
                )
        except IntegrityError as error:
            raise DeskConflict(f"There is an account '{username.strip().lower()}' already.") from error
        return self.staff(staff_id)

    def staff(self, staff_id: str) -> Staff:
        with self.database.read() as connection:
            return account(_existing(connection, staff_id))

    def staff_named(self, username: str) -> Staff | None:
        with self.database.read() as connection:
            row = connection.execute(select(staff).where(staff.c.username == username.strip().lower())).first()
            return account(row) if row else None

    def all_staff(self) -> tuple[Staff, ...]:
        with self.database.read() as connection:
            return tuple(account(row) for row in connection.execute(select(staff).order_by(staff.c.name)))

    def change_staff(
        self,
        staff_id: str,
        *,
        by: str,
        now: datetime,
        name: str | None = None,
        role: Role | None = None,
        active: bool | None = None,
        password_hash: str | None = None,
        totp_secret: str | None = None,
        totp_step: int | None = None,
    ) -> Staff:
        values: dict[str, Any] = {
            "name": name,
            "role": role.value if role else None,
            "active": active,
            "password_hash": password_hash,
            "totp_secret": totp_secret,
        }
        values = {key: value for key, value in values.items() if value is not None}
        with self.database.write() as connection:
            before = _existing(connection, staff_id)
            if "totp_secret" in values and totp_secret == "":
                values["totp_secret"] = None  # an empty text takes the second factor away
            used = {"totp_step": totp_step} if "totp_secret" in values else {}  # a new key begins to count anew
            if values:
                connection.execute(update(staff).where(staff.c.id == staff_id).values(**values, **used))
            if password_hash is not None or active is False or (role is not None and role.value != before.role):
                end_sessions(connection, staff_id, now)
            if password_hash is not None or active:
                connection.execute(
                    update(staff).where(staff.c.id == staff_id).values(failed_attempts=0, locked_until=None)
                )
            audit.write(
                connection, at=now, by=by, action="staff.changed", target=staff_id, details={"fields": sorted(values)}
            )
            return account(_existing(connection, staff_id))

    def note_sign_in(
        self,
        staff_id: str,
        *,
        succeeded: bool,
        now: datetime,
        tries: int,
        lock_until: datetime,
        totp_step: int | None = None,
    ) -> bool:
        with self.database.write() as connection:
            found = connection.execute(select(staff).where(staff.c.id == staff_id).with_for_update()).one()
            locked = found.locked_until is not None and found.locked_until > now
            used = totp_step is not None and found.totp_step is not None and totp_step <= found.totp_step
            succeeded = succeeded and not locked and not used
            if succeeded:
                values: dict[str, Any] = {"failed_attempts": 0, "locked_until": None, "last_sign_in": now}
                if totp_step is not None:
                    values["totp_step"] = totp_step
            else:
                failed = found.failed_attempts + 1
                values = {"failed_attempts": failed}
                if failed % tries == 0 and not locked:
                    values["locked_until"] = lock_until
            connection.execute(update(staff).where(staff.c.id == staff_id).values(**values))
            action = "staff.signed_in" if succeeded else "staff.sign_in_failed"
            audit.write(connection, at=now, by=staff_id, action=action, target=staff_id)
            return succeeded

    # --- sessions

    def open_session(
        self, staff_id: str, *, token_hash: str, now: datetime, expires_at: datetime, data: dict[str, Any]
    ) -> None:
        with self.database.write() as connection:
            _existing(connection, staff_id)
            connection.execute(
                insert(staff_session).values(
                    token_hash=token_hash,
                    staff_id=staff_id,
                    opened_at=now,
                    seen_at=now,
                    expires_at=expires_at,
                    data=data,
                )
            )

    def session(self, token_hash: str, *, now: datetime) -> StaffSession | None:
        with self.database.read() as connection:
            row = connection.execute(select(staff_session).where(staff_session.c.token_hash == token_hash)).first()
            if row is None or row.ended_at is not None or row.expires_at <= now:
                return None
            person = account(_existing(connection, row.staff_id))
        if not person.active:
            return None
        if now - row.seen_at >= _SEEN_EVERY:
            with self.database.write() as connection:
                connection.execute(
                    update(staff_session).where(staff_session.c.token_hash == token_hash).values(seen_at=now)
                )
        return StaffSession(
            staff=person, opened_at=row.opened_at, seen_at=now, expires_at=row.expires_at, data=dict(row.data or {})
        )

    def close_session(self, token_hash: str, *, now: datetime) -> None:
        with self.database.write() as connection:
            connection.execute(
                update(staff_session)
                .where(staff_session.c.token_hash == token_hash, staff_session.c.ended_at.is_(None))
                .values(ended_at=now)
            )

    # --- audit

    def audit(self, *, by: str, now: datetime, page: int = 1, size: int = 50, target: str | None = None) -> AuditPage:
        with self.database.write() as connection:
            audit.write(connection, at=now, by=by, action="audit.read", target=target or "-")
            condition = [audit_table.c.target == target] if target else []
            total = int(
                connection.execute(select(func.count()).select_from(audit_table).where(*condition)).scalar_one()
            )
            pages = max(1, -(-total // size))
            page = min(max(1, page), pages)
            rows = connection.execute(
                select(audit_table, staff.c.name)
                .join(staff, staff.c.id == audit_table.c.by, isouter=True)
                .where(*condition)
                .order_by(audit_table.c.number.desc())
                .limit(size)
                .offset((page - 1) * size)
            )
            return AuditPage(entries=tuple(_entry(row) for row in rows), total=total, page=page, pages=pages)

    def write_audit(
        self, *, action: str, target: str, by: str, now: datetime, details: dict[str, Any] | None = None
    ) -> None:
        with self.database.write() as connection:
            audit.write(connection, at=now, by=by, action=action, target=target, details=details)


def _existing(connection: Connection, staff_id: str) -> Row:
    row = connection.execute(select(staff).where(staff.c.id == staff_id)).first()
    if row is None:
        raise LookupError(f"no member of staff {staff_id}")
    return row


def end_sessions(connection: Connection, staff_id: str, now: datetime) -> None:
    connection.execute(
        update(staff_session)
        .where(staff_session.c.staff_id == staff_id, staff_session.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def account(row: Row) -> Staff:
    """From a row of `staff`."""
    return Staff(
        id=row.id,
        username=row.username,
        name=row.name,
        role=Role(row.role),
        active=row.active,
        created_at=row.created_at,
        password_hash=row.password_hash,
        totp_secret=row.totp_secret,
        failed_attempts=row.failed_attempts,
        locked_until=row.locked_until,
        last_sign_in=row.last_sign_in,
        identity=row.identity,
    )


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(
        number=row.number,
        at=row.at,
        by=row.by,
        by_name=row.name,
        action=row.action,
        target=row.target,
        details=dict(row.details or {}),
        digest=row.digest,
    )
