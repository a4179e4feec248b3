"""
Devices that a patient let remember the chat: tokens by their one-way names, each good for one use.

A token that was used a while ago and comes again was copied: every token of that
conversation ends.  Within moments it is the device itself, whose answer was lost.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Connection

from bot.conversation.ports import UnknownConversation
from bot.conversation.remembering import Remembered
from bot.records.database import Database
from bot.records.rows import is_gone
from bot.records.schema import conversation, remembered_device

_AGAIN = timedelta(seconds=30)  # for a device whose answer was lost


class DeviceShelf:
    """Implements `bot.conversation.remembering.Devices`."""

    database: Database

    def remember_device(self, token_hash: str, *, conversation_id: str, origin: str, expires_at: datetime) -> None:
        with self.database.write() as connection:
            talk = connection.execute(select(conversation).where(conversation.c.id == conversation_id)).first()
            if talk is None or is_gone(talk):
                raise UnknownConversation(conversation_id)
            _add(connection, token_hash, conversation_id=conversation_id, origin=origin, expires_at=expires_at)

    def resume_device(
        self, token_hash: str, *, origin: str, next_hash: str, now: datetime, expires_at: datetime
    ) -> Remembered | None:
        with self.database.write() as connection:
            row = connection.execute(
                select(remembered_device, conversation)
                .join(conversation, conversation.c.id == remembered_device.c.conversation_id)
                .where(remembered_device.c.token_hash == token_hash)
                .with_for_update(of=remembered_device)
            ).first()
            if row is None or row.origin != origin or row.expires_at <= now or is_gone(row):
                return None
            if row.used_at is not None and now - row.used_at > _AGAIN:
                _forget(connection, row.conversation_id)
                return None
            if row.used_at is None:
                connection.execute(
                    update(remembered_device).where(remembered_device.c.token_hash == token_hash).values(used_at=now)
                )
            _add(connection, next_hash, conversation_id=row.conversation_id, origin=origin, expires_at=expires_at)
            return Remembered(conversation_id=row.conversation_id, region=row.region, last_seq=row.last_seq)

    def forget_devices(self, conversation_id: str) -> None:
        with self.database.write() as connection:
            _forget(connection, conversation_id)


def forget_old(connection: Connection, *, at: datetime) -> None:
    """Tokens past their time."""
    connection.execute(delete(remembered_device).where(remembered_device.c.expires_at <= at))


def _forget(connection: Connection, conversation_id: str) -> None:
    connection.execute(delete(remembered_device).where(remembered_device.c.conversation_id == conversation_id))


def _add(connection: Connection, token_hash: str, *, conversation_id: str, origin: str, expires_at: datetime) -> None:
    connection.execute(
        insert(remembered_device).values(
            token_hash=token_hash, conversation_id=conversation_id, origin=origin, expires_at=expires_at
        )
    )
