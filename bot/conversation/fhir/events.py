"""Dangers as Flags, messages as Communications."""

from __future__ import annotations

from bot.conversation.desk_talk import DeskConversation, DeskEscalation, DeskMessage
from bot.conversation.fhir.parts import Entries, Resource, coding, concept, instant

_WITHHELD = {
    "held": "The patient has not agreed that staff may read this.",
    "blanked": "The text was deleted under the retention rule.",
}


def add_flags(entries: Entries, talk: DeskConversation) -> None:
    for escalation in talk.escalations:
        over = escalation.state == "released"
        entries.add(
            "Flag",
            escalation.id,
            identifier=[{"type": {"text": "Escalation"}, "value": escalation.id}],
            status="inactive" if over else "active",
            category=[concept("Clinical", coding("flag-category", "clinical", "Clinical"))],
            code=concept(_danger(entries, escalation)),
            subject=entries.reference("Patient"),
            period={
                "start": instant(escalation.at),
                "end": instant(escalation.closed_at) if over and escalation.closed_at else None,
            },
            author=entries.reference("Device"),
        )


def _danger(entries: Entries, escalation: DeskEscalation) -> str:
    """What it is, how urgent, what became of it, and by which rules."""
    if escalation.kind == "screen_failed":
        return "A message could not be screened for danger; staff were asked to read it."
    rules = ", ".join(dict.fromkeys(match.rule for match in escalation.matches))
    parts = [
        f"{entries.name(escalation.category or 'other_emergency')} ({escalation.level.code}), {escalation.state}.",
        f"Rules: {rules}." if rules else "",
        f"Reason given by staff: {escalation.reason}" if escalation.reason else "",
        f"Content version {escalation.content_version}." if escalation.content_version else "",
    ]
    return " ".join(part for part in parts if part)


def add_messages(entries: Entries, talk: DeskConversation) -> None:
    previous: DeskMessage | None = None
    for message in talk.messages:
        entries.add(
            "Communication",
            message.id,
            identifier=[{"type": {"text": "Message"}, "value": message.id}],
            status="completed",
            subject=entries.reference("Patient"),
            sent=instant(message.at),
            received=instant(message.delivered_at) if message.delivered_at else None,
            sender=_sender(entries, message),
            recipient=[entries.reference("Device" if message.author == "patient" else "Patient")],
            inResponseTo=[entries.reference("Communication", previous.id)] if previous else None,
            payload=None if message.hidden else [{"contentString": message.reply.text}],
            note=[{"text": _WITHHELD.get(message.hidden, "Not shown.")}] if message.hidden else None,
        )
        if message.author == "patient":
            previous = message


def _sender(entries: Entries, message: DeskMessage) -> Resource:
    if message.author == "patient":
        return entries.reference("Patient")
    if message.author == "staff":
        return {"display": f"{message.author_name or 'Staff'} (staff of the clinic)"}
    return entries.reference("Device")
