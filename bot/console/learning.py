"""Marks on messages, and the examples that a second person reads before anything learns from them."""

from __future__ import annotations

from starlette.responses import Response

from bot.clinical.codes import Level
from bot.console.visits import Visit
from bot.conversation.desk import DeskConflict
from bot.conversation.desk_people import Role
from bot.conversation.learning import ASKING

_COMMENT = 500


def mark(visit: Visit) -> Response:
    """One verdict on one message; with "propose" also an example of a patient's message."""
    talk, seq = visit.path("talk"), _seq(visit)
    level, intent = visit.typed("level"), visit.typed("intent")
    if intent and intent not in visit.parts.intents:
        raise DeskConflict("Choose one of the listed wishes, or none.")
    topic = _topic(visit)
    if topic and intent not in ASKING:
        raise DeskConflict("Only a question is about a topic: choose the wish to ask, too, or no question.")
    visit.parts.desk.mark_turn(
        talk,
        seq,
        verdict=visit.typed("verdict"),
        intent=intent or None,
        topic=topic,
        level=Level.from_code(level) if level in {known.code for known in Level} else None,
        comment=visit.typed("comment")[:_COMMENT],
        by=visit.me.id,
        now=visit.now,
    )
    if visit.typed("propose"):
        visit.parts.desk.propose_message(talk, seq, rules=visit.parts.pseudonyms, by=visit.me.id, now=visit.now)
        return visit.go(f"/talk/{talk}", done="proposed", anchor=f"m-{seq}")
    return visit.go(f"/talk/{talk}", done="marked", anchor=f"m-{seq}")


def propose(visit: Visit) -> Response:
    talk = visit.path("talk")
    visit.parts.desk.propose_conversation(talk, rules=visit.parts.pseudonyms, by=visit.me.id, now=visit.now)
    return visit.go(f"/talk/{talk}", done="proposed")


def examples_page(visit: Visit) -> Response:
    desk = visit.parts.desk
    return visit.render(
        "examples.html",
        may_act=visit.me.role.may(Role.CLINICIAN),
        waiting=desk.examples(state="proposed"),
        approved=desk.examples(state="approved"),
    )


def decide(visit: Visit) -> Response:
    approve = visit.typed("step") == "approve"
    visit.parts.desk.decide_example(visit.path("example"), approve=approve, by=visit.me.id, now=visit.now)
    return visit.go("/examples", done="approved" if approve else "refused")


def _topic(visit: Visit) -> str | None:
    """The field suggests questions in their own words: 84 of them as options under each message would swell the page."""
    written = visit.typed("topic").strip().casefold()
    if not written:
        return None
    known = (topic for topic in visit.parts.topics if written == visit.parts.words.topic(topic).casefold())
    found = next(known, None)
    if found is None:
        raise DeskConflict("Choose one of the listed questions, or none.")
    return found


def _seq(visit: Visit) -> int:
    written = visit.path("seq")
    if not written.isdecimal() or len(written) > 9:
        raise LookupError("no such message")
    return int(written)
