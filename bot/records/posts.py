"""
The way out to push channels: one row for each message that a vendor has to carry.

A row is written in the transaction that writes its message, whoever writes it
(assistant, staff, a duty of aftercare), so none can be forgotten.  It is claimed with a
lease before it is sent: a process that dies leaves it to the next one, marked as
doubtful, because the vendor may have it already.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from bot.conversation.entries import Arrival, post_id
from bot.conversation.ports import Reply
from bot.conversation.posting_port import RANK, Choices, LineState, Post, Posted
from bot.records import attention
from bot.records.database import Database
from bot.records.rows_of_messages import message_row, reply_of
from bot.records.schema import conversation, message, post, push_line, staff, taken_event

#: Cards that say what to do about a danger; they go out whatever else waits, also after "STOP".
_URGENT_CARDS = ("emergency", "urgent", "check")


def remember_line(connection: Connection, arrival: Arrival) -> None:
    """The sender's address and choice, with the time of the message; sets free what waited for it."""
    line = arrival.line
    if line is None:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {
        "channel": arrival.channel,
        "sender": line.sender,
        "address": line.address,
        "last_inbound_at": arrival.at,
        "notice_at": None,
    }
    if line.opted_out is not None:
        values["opted_out_at"] = arrival.at if line.opted_out else None
    connection.execute(
        dialect.insert(push_line)
        .values(conversation_id=arrival.conversation_id, opened_at=arrival.at, **values)
        .on_conflict_do_update(index_elements=["conversation_id"], set_=values)
    )
    connection.execute(
        update(post)
        .where(post.c.conversation_id == arrival.conversation_id, post.c.state == "parked")
        .values(state="waiting", due_at=arrival.at, error=None)
    )


def take_event(connection: Connection, arrival: Arrival) -> bool:
    """False when the vendor's event was taken before."""
    if arrival.line is None:
        return True
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = connection.execute(
        dialect.insert(taken_event).values(event=arrival.line.event, at=arrival.at).on_conflict_do_nothing()
    )
    return bool(made.rowcount)


def enqueue(
    connection: Connection,
    conversation_id: str,
    *,
    message_id: int,
    public_id: str,
    place: int,
    reply: Reply,
    at: datetime,
    lease: datetime | None = None,
) -> None:
    """
    A message to the patient also goes to the vendor, where the conversation is on a push channel.

    Args:
        lease: Somebody sends it at this moment, from memory; until then it is theirs.
    """
    line = connection.execute(
        select(push_line.c.opted_out_at, push_line.c.ended_at).where(push_line.c.conversation_id == conversation_id)
    ).first()
    if line is None or line.ended_at is not None:
        return
    unwanted = line.opted_out_at is not None and not _allowed_after_stop(reply)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(post)
        .values(
            id=post_id(conversation_id, public_id),
            conversation_id=conversation_id,
            message_id=message_id,
            place=place,
            urgent=_urgent(reply),
            state="cancelled" if unwanted else "waiting",
            error="the patient sent STOP" if unwanted else None,
            doubtful=lease is not None,
            created_at=at,
            due_at=at,
            claimed_until=lease,
        )
        .on_conflict_do_nothing()
    )


def end_line(connection: Connection, conversation_id: str, *, at: datetime) -> None:
    """
    The conversation was erased: its words are gone, so nothing of it is sent any more.

    One last notice says so; the address is kept for it alone and goes with it.
    """
    line = connection.execute(select(push_line).where(push_line.c.conversation_id == conversation_id)).first()
    if line is None or line.ended_at is not None:
        return
    connection.execute(
        update(post)
        .where(post.c.conversation_id == conversation_id, post.c.state.in_(("waiting", "parked")))
        .values(state="cancelled", error="the conversation was deleted")
    )
    _forget_vendor_ids(connection, conversation_id)
    connection.execute(update(push_line).where(push_line.c.conversation_id == conversation_id).values(ended_at=at))
    if line.opted_out_at is not None:
        _forget_address(connection, conversation_id)
        return
    place = connection.execute(select(conversation.c.last_seq).where(conversation.c.id == conversation_id)).scalar_one()
    connection.execute(
        insert(post).values(
            id=post_id(conversation_id, "erased"),
            conversation_id=conversation_id,
            place=place + 1,
            urgent=False,
            state="waiting",
            created_at=at,
            due_at=at,
        )
    )


def see_failures(connection: Connection, conversation_id: str, *, at: datetime) -> None:
    """Staff opened the conversation: they have seen what could not be delivered."""
    seen = connection.execute(
        update(post)
        .where(post.c.conversation_id == conversation_id, post.c.state == "failed", post.c.seen_at.is_(None))
        .values(seen_at=at)
    )
    if seen.rowcount:
        attention.refresh(connection, conversation_id)


class PostShelf:
    """Implements `bot.conversation.posting_port.PostOffice`."""

    database: Database

    def line(self, sender: str) -> LineState | None:
        with self.database.read() as connection:
            row = connection.execute(
                select(push_line)
                .join(conversation, conversation.c.id == push_line.c.conversation_id)
                .where(
                    push_line.c.sender == sender,
                    push_line.c.ended_at.is_(None),
                    conversation.c.erased_at.is_(None),
                    conversation.c.erase_wanted_at.is_(None),
                )
                .order_by(push_line.c.opened_at.desc())
                .limit(1)
            ).first()
            if row is None:
                return None
            return LineState(
                conversation_id=row.conversation_id,
                opted_out=row.opted_out_at is not None,
                choices=_choices(connection, row.conversation_id),
            )

    def claim_posts(
        self, *, channels: Sequence[str], now: datetime, until: datetime, limit: int = 10
    ) -> tuple[Post, ...]:
        earlier = post.alias("earlier")
        blocked = exists().where(
            earlier.c.conversation_id == post.c.conversation_id,
            earlier.c.state == "waiting",
            earlier.c.place < post.c.place,
            or_(earlier.c.urgent, ~post.c.urgent),
        )
        with self.database.write() as connection:
            rows = connection.execute(
                select(
                    post,
                    push_line.c.channel,
                    push_line.c.address,
                    push_line.c.last_inbound_at,
                    push_line.c.notice_at,
                )
                .join(push_line, push_line.c.conversation_id == post.c.conversation_id)
                .where(
                    post.c.state == "waiting",
                    post.c.due_at <= now,
                    or_(post.c.claimed_until.is_(None), post.c.claimed_until < now),
                    push_line.c.channel.in_(list(channels)),
                    ~blocked,
                )
                .order_by(post.c.urgent.desc(), post.c.created_at, post.c.place)
                .limit(limit)
                .with_for_update(of=post, skip_locked=True)
            ).all()
            first = _first_of_each(rows)
            connection.execute(
                update(post)
                .where(post.c.id.in_([row.id for row in first]))
                .values(claimed_until=until, attempts=post.c.attempts + 1, doubtful=True)
            )
            return tuple(_post(row, _row_of(connection, row)) for row in first)

    def post_done(self, posted: Posted) -> bool:
        with self.database.write() as connection:
            row = connection.execute(select(post).where(post.c.id == posted.id).with_for_update()).first()
            if row is None:
                return False
            known = {part["id"]: part["state"] for part in row.parts or ()}
            parts = [{"id": vendor_id, "state": known.get(vendor_id, "sent")} for vendor_id in posted.done]
            values: dict[str, Any] = {
                "claimed_until": row.claimed_until if posted.going_on else None,
                "doubtful": posted.doubtful or posted.going_on,
                "error": posted.error[:200] if posted.error else None,
                "parts": parts or row.parts,
            }
            if row.state in ("waiting", "parked"):
                values["state"] = posted.state
                values["due_at"] = posted.retry_at or row.due_at
                if posted.state != "waiting":
                    values["done_at"] = posted.at
            connection.execute(update(post).where(post.c.id == row.id).values(**values))
            _after_change(connection, row, posted.state, at=posted.at)
            line: dict[str, Any] = {}
            if posted.opted_out:
                line["opted_out_at"] = posted.at
            if posted.notice_sent:
                line["notice_at"] = posted.at
            if line:
                connection.execute(
                    update(push_line).where(push_line.c.conversation_id == row.conversation_id).values(**line)
                )
            return True

    def post_report(
        self, post_id: str, *, part: int, vendor_id: str, state: str, error: str | None, at: datetime
    ) -> bool:
        with self.database.write() as connection:
            row = connection.execute(select(post).where(post.c.id == post_id).with_for_update()).first()
            if row is None:
                return False
            parts = [dict(item) for item in row.parts or ()]
            if part == len(parts):  # the vendor is quicker than our own books: it does have this part
                parts.append({"id": vendor_id, "state": state})
            elif part < len(parts) and RANK[state] > RANK[parts[part]["state"]]:
                parts[part]["state"] = state
            values: dict[str, Any] = {"parts": parts or None}
            whole = _whole(parts) if row.state in RANK else None
            if whole is not None and RANK[whole] > RANK[row.state]:
                values.update(state=whole, done_at=at, error=error[:200] if error else row.error)
            connection.execute(update(post).where(post.c.id == post_id).values(**values))
            if "state" in values:
                _after_change(connection, row, values["state"], at=at)
            return True


def _after_change(connection: Connection, row: Row, state: str, *, at: datetime) -> None:
    """What a post's state means for its message, its conversation and its address."""
    if state in ("delivered", "read") and row.message_id is not None:
        connection.execute(
            update(message)
            .where(message.c.id == row.message_id, message.c.delivered_at.is_(None))
            .values(delivered_at=at)
        )
    if state == "failed":
        attention.refresh(connection, row.conversation_id)
    if row.message_id is None and state not in ("waiting", "parked"):
        _forget_address(connection, row.conversation_id)


def _forget_vendor_ids(connection: Connection, conversation_id: str) -> None:
    """By its own id of a message a vendor finds the number that it went to."""
    connection.execute(update(post).where(post.c.conversation_id == conversation_id).values(parts=None))


def _forget_address(connection: Connection, conversation_id: str) -> None:
    connection.execute(
        push_line.delete().where(push_line.c.conversation_id == conversation_id, push_line.c.ended_at.is_not(None))
    )


def _whole(parts: list[dict[str, Any]]) -> str | None:
    """The state of a message of several parts: that of the one which has come least far, or failed."""
    states = [part["state"] for part in parts]
    if "failed" in states:
        return "failed"
    return min(states, key=lambda state: RANK[state]) if states else None


def _first_of_each(rows: Sequence[Row]) -> list[Row]:
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.conversation_id, row)
    return list(first.values())


def _row_of(connection: Connection, row: Row) -> Row | None:
    if row.message_id is None:
        return None
    return connection.execute(
        select(message, staff.c.name.label("staff_name"))
        .join(staff, staff.c.id == message.c.staff_id, isouter=True)
        .where(message.c.id == row.message_id)
    ).first()


def _post(row: Row, words: Row | None) -> Post:
    return Post(
        id=row.id,
        conversation_id=row.conversation_id,
        channel=row.channel,
        address=row.address,
        row=message_row(words) if words is not None else None,
        created_at=row.created_at,
        last_inbound=row.last_inbound_at,
        attempts=row.attempts,
        done=tuple(part["id"] for part in row.parts or ()),
        doubtful=bool(row.doubtful),
        notice_sent=row.notice_at is not None,
    )


def _choices(connection: Connection, conversation_id: str) -> Choices | None:
    """The newest quick replies since the patient last wrote."""
    last = select(func.coalesce(func.max(message.c.seq), 0)).where(
        message.c.conversation_id == conversation_id, message.c.author == "patient"
    )
    row = connection.execute(
        select(message)
        .where(
            and_(
                message.c.conversation_id == conversation_id,
                message.c.author != "patient",
                message.c.buttons.is_not(None),
                message.c.seq > last.scalar_subquery(),
            )
        )
        .order_by(message.c.seq.desc())
        .limit(1)
    ).first()
    return Choices(row.public_id, reply_of(row).buttons) if row is not None else None


def _urgent(reply: Reply) -> bool:
    card = (reply.custom or {}).get("card") or {}
    return card.get("level") in _URGENT_CARDS


def _allowed_after_stop(reply: Reply) -> bool:
    """Advice on a danger that the patient has just written of, and our own word about STOP itself."""
    return _urgent(reply) or bool((reply.custom or {}).get("about_stop"))
