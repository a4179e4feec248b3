"""What happened in a conversation, out of what is kept anyway: rows for the facts, the audit for the deeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from bot.conversation.desk_talk import DeskEvent
from bot.records.schema import audit, escalation, outbox

#: Deeds that belong into the story of a conversation; reading it does not.
_DEEDS = (
    "escalation.acknowledged",
    "escalation.confirmed",
    "escalation.released",
    "conversation.assigned",
    "conversation.noted",
    "conversation.labelled",
    "conversation.outcome_set",
    "conversation.reviewed",
    "conversation.taken_over",
    "conversation.handed_back",
    "conversation.closed",
    "conversation.reopened",
    "conversation.exported",
    "conversation.erase_wanted",
    "contact.shown",
    "callback.done",
    "callback.tried",
)


def events(connection: Connection, talk: Row, names: Mapping[str, str]) -> tuple[DeskEvent, ...]:
    """Everything in the order of time; what happened at one moment stays in the order of its making."""
    return tuple(sorted(_events(connection, talk, names), key=lambda event: event.at))


def _events(connection: Connection, talk: Row, names: Mapping[str, str]) -> Iterator[DeskEvent]:
    yield DeskEvent(talk.opened_at, "opened")
    if talk.consent_at is not None:
        yield DeskEvent(talk.consent_at, "consented" if talk.consent else "refused")
    raised = connection.execute(
        select(escalation).where(escalation.c.conversation_id == talk.id).order_by(escalation.c.at)
    ).all()
    for row in raised:
        failed = row.kind == "screen_failed"
        yield DeskEvent(row.at, "screen_failed" if failed else "raised", about="" if failed else row.category or "")
    sent = select(outbox).where(outbox.c.conversation_id == talk.id, outbox.c.sent_at.is_not(None))
    for row in connection.execute(sent.order_by(outbox.c.id)):
        if row.sent_to:
            yield DeskEvent(row.sent_at, "alerted", about=row.sent_to)
    targets = [talk.id, *(row.id for row in raised)]
    deeds = select(audit).where(audit.c.target.in_(targets), audit.c.action.in_(_DEEDS))
    for row in connection.execute(deeds.order_by(audit.c.number)):
        yield DeskEvent(row.at, row.action, by=names.get(row.by, ""))
