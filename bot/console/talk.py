"""One conversation: what was said, why it was raised, and what staff do about it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from starlette.responses import PlainTextResponse, Response

from bot.clinical.codes import Level
from bot.clinical.summary import State
from bot.console.marking import Piece, pieces
from bot.console.parts import RuleText
from bot.console.showing import clock_words
from bot.console.visits import Refusal, Visit
from bot.conversation.desk import DeskConflict
from bot.conversation.desk_people import Role
from bot.conversation.desk_talk import DeskConversation, DeskEscalation, DeskMessage
from bot.conversation.ports import Contact
from bot.conversation.record import Record, RecordItem, read_record

MOST_CHARACTERS = 4000
LEAST_REASON = 5

#: What staff may write down as the end of a conversation.
OUTCOMES = (
    "Emergency services involved",
    "Seen the same day",
    "Spoke by telephone",
    "Appointment offered",
    "Sent to the patient's own doctor",
    "Answered in the chat",
    "No action needed",
    "Could not reach the patient",
)


@dataclass(frozen=True)
class Line:
    """A message with its words cut at the marks."""

    message: DeskMessage
    pieces: tuple[Piece, ...]
    new_day: bool
    found: tuple[RecordItem, ...]  # what was read from this message
    danger: str  # "emergency" or "urgent" where this message raised it or gave the advice, else ""


@dataclass(frozen=True)
class Evidence:
    """An escalation with what stands behind its rules."""

    escalation: DeskEscalation
    clock: str
    rules: tuple[tuple[str, RuleText | None], ...]
    old_content: bool  # made with another version of the content than is in use now


def talk_page(visit: Visit) -> Response:
    return _show(visit)


def stamp(visit: Visit) -> Response:
    """What an open page compares with its own."""
    return PlainTextResponse(visit.parts.desk.stamp(visit.path("talk")))


def show_contact(visit: Visit) -> Response:
    """The contact details, once: a reload hides them again, and every look is written down."""
    found = visit.parts.desk.contact(visit.path("talk"), by=visit.me.id, now=visit.now)
    return _show(visit, shown_contact=found)


def _show(
    visit: Visit,
    *,
    status: int = 200,
    faults: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    shown_contact: Contact | None = None,
) -> Response:
    desk = visit.parts.desk
    talk_id = visit.path("talk")
    seen = desk.stamp(talk_id)  # before reading: what comes in between shows as news
    talk = desk.open(talk_id, by=visit.me.id, now=visit.now)
    record = read_record(talk.snapshot)
    may_act = visit.me.role.may(Role.CLINICIAN)
    return visit.render(
        "talk.html",
        status=status,
        talk=talk,
        stamp=seen,
        lines=_lines(visit, talk, record),
        evidence=[evidence_of(visit, escalation) for escalation in talk.escalations],
        marked=_first_marks(talk),
        record=record,
        states=State,
        shown_contact=shown_contact,
        newest=max((message.seq for message in talk.messages), default=0),
        canned=visit.parts.canned,
        labels_in_use=desk.labels_in_use() if may_act else (),
        unclear=[message.seq for message in talk.messages if message.understood is False],
        may_act=may_act,
        may_erase=visit.me.role.may(Role.ADMIN),
        marks=desk.marks(talk_id),
        intents=visit.parts.intents,
        questions=[visit.parts.words.topic(topic) for topic in visit.parts.topics] if may_act else [],
        hold=next(iter(desk.held(talk_id)), None),
        people=[person for person in desk.all_staff() if person.active] if may_act else [],
        outcomes=OUTCOMES,
        message_id=secrets.token_hex(16),
        faults=faults or {},
        typed=typed or _canned(visit),
    )


def _canned(visit: Visit) -> dict[str, str]:
    """The ready-made reply that was asked for, where no script put it into the box."""
    wanted = visit.query.get("canned")
    return next(({"reply": reply.text} for reply in visit.parts.canned if reply.id == wanted), {})


def _lines(visit: Visit, talk: DeskConversation, record: Record) -> list[Line]:
    lines, last_day = [], None
    for message in talk.messages:
        day = message.at.astimezone(visit.parts.zone).date()
        cut = pieces(message.reply.text, message.matches)
        lines.append(Line(message, cut, day != last_day, _found_in(message, record), _danger(message)))
        last_day = day
    return lines


def _found_in(message: DeskMessage, record: Record) -> tuple[RecordItem, ...]:
    """Findings that quote this message; the words stand in it, so nothing has to be counted."""
    if message.author != "patient" or not message.reply.text:
        return ()
    return tuple(item for item in record.items if item.said and item.said in message.reply.text)


def _danger(message: DeskMessage) -> str:
    level = max((match.level for match in message.matches), default=Level.NONE)
    card = (message.reply.custom or {}).get("card")
    code = card.get("level") if isinstance(card, dict) else level.code
    return str(code) if code in ("emergency", "urgent") else ""


def evidence_of(visit: Visit, escalation: DeskEscalation) -> Evidence:
    """An escalation as pages show it."""
    rules = dict.fromkeys(match.rule for match in escalation.matches)
    return Evidence(
        escalation=escalation,
        clock=clock_words(due_at=escalation.due_at, now=visit.now) if escalation.state == "open" else "",
        rules=tuple((rule, visit.parts.words.rule(rule)) for rule in rules),
        old_content=escalation.content_version != visit.parts.words.version,
    )


def _first_marks(talk: DeskConversation) -> dict[str, str]:
    """For each rule the escalation whose evidence explains it: where a mark in the transcript leads."""
    found: dict[str, str] = {}
    for escalation in talk.escalations:
        for match in escalation.matches:
            found.setdefault(match.rule, escalation.id)
    return found


# --- steps on an escalation ---


def acknowledge(visit: Visit) -> Response:
    visit.parts.desk.acknowledge(
        visit.path("escalation"), conversation_id=visit.path("talk"), by=visit.me.id, now=visit.now
    )
    return _back(visit, done="acknowledged")


def confirm(visit: Visit) -> Response:
    return _decide(visit, visit.parts.desk.confirm, done="confirmed")


def release(visit: Visit) -> Response:
    return _decide(visit, visit.parts.desk.release, done="released")


def _decide(visit: Visit, step: Any, *, done: str) -> Response:
    reason, escalation = visit.typed("reason"), visit.path("escalation")
    if len(reason) < LEAST_REASON:
        fault = "Write why, in a few words. The reason stays in the record."
        return _show(visit, status=422, faults={escalation: fault}, typed={escalation: reason})
    talk = visit.path("talk")
    step(escalation, conversation_id=talk, reason=reason[:MOST_CHARACTERS], by=visit.me.id, now=visit.now)
    return _back(visit, done=done)


# --- steps on the conversation ---


def assign(visit: Visit) -> Response:
    visit.parts.desk.assign(visit.path("talk"), to=visit.typed("to") or None, by=visit.me.id, now=visit.now)
    return _back(visit, done="assigned")


def add_note(visit: Visit) -> Response:
    text = visit.typed("text")
    if not text:
        return _show(visit, status=422, faults={"note": "Write the note first."})
    visit.parts.desk.note(visit.path("talk"), text[:MOST_CHARACTERS], by=visit.me.id, now=visit.now)
    return _back(visit, done="noted", anchor="notes")


def set_outcome(visit: Visit) -> Response:
    outcome = visit.typed("outcome")
    if outcome not in OUTCOMES:
        return _show(visit, status=422, faults={"outcome": "Choose an outcome from the list."})
    visit.parts.desk.set_outcome(visit.path("talk"), outcome, by=visit.me.id, now=visit.now)
    return _back(visit, done="outcome", anchor="outcome")


def mark_reviewed(visit: Visit) -> Response:
    visit.parts.desk.mark_reviewed(visit.path("talk"), by=visit.me.id, now=visit.now)
    return _back(visit, done="reviewed")


def close(visit: Visit) -> Response:
    visit.parts.desk.close(visit.path("talk"), by=visit.me.id, now=visit.now)
    return _back(visit, done="closed")


def reopen(visit: Visit) -> Response:
    visit.parts.desk.reopen(visit.path("talk"), by=visit.me.id, now=visit.now)
    return _back(visit, done="reopened")


def take_over(visit: Visit) -> Response:
    from_ = visit.typed("from") or None
    visit.parts.desk.take_over(visit.path("talk"), by=visit.me.id, now=visit.now, from_=from_)
    return _back(visit, done="taken", anchor="reply")


def hand_back(visit: Visit) -> Response:
    visit.parts.desk.hand_back(visit.path("talk"), by=visit.me.id, now=visit.now)
    return _back(visit, done="returned")


def reply(visit: Visit) -> Response:
    """The same form sent twice writes one reply: its id was made with the page."""
    text, message_id = visit.typed("text"), visit.typed("message_id")
    fault = ""
    if not text:
        fault = "Write the reply first."
    elif len(text) > MOST_CHARACTERS:
        fault = f"The reply is {len(text) - MOST_CHARACTERS} characters too long."
    elif len(message_id) != 32 or not message_id.isalnum():
        raise Refusal(400, "This cannot be read", "Nothing was sent. Load the conversation again.", back=_path(visit))
    if fault:
        return _show(visit, status=422, faults={"reply": fault}, typed={"reply": text})
    seen = visit.typed("seen")
    try:
        visit.parts.desk.reply(
            visit.path("talk"),
            text,
            message_id=message_id,
            by=visit.me.id,
            now=visit.now,
            seen=int(seen) if seen.isdecimal() and len(seen) < 10 else None,
        )
    except DeskConflict as conflict:  # the words are kept, and sending again sends them
        return _show(visit, status=409, faults={"reply": str(conflict)}, typed={"reply": text})
    return _back(visit, done="replied", anchor="reply")


def erase(visit: Visit) -> Response:
    reason = visit.typed("reason")
    if len(reason) < LEAST_REASON:
        return _show(visit, status=422, faults={"erase": "Write why this conversation is erased."})
    visit.parts.desk.erase(visit.path("talk"), reason=reason[:200], by=visit.me.id, now=visit.now)
    return visit.go("/", done="erased")


def _path(visit: Visit) -> str:
    return f"/talk/{visit.path('talk')}"


def _back(visit: Visit, *, done: str, anchor: str = "") -> Response:
    return visit.go(_path(visit), done=done, anchor=anchor)
