"""Working on a conversation with others: labels, presence, calls back."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from bot.console.visits import Refusal, Visit
from bot.conversation.desk_people import Role
from bot.conversation.desk_talk import Present


def add_label(visit: Visit) -> Response:
    visit.parts.desk.label(visit.path("talk"), visit.typed("label"), by=visit.me.id, now=visit.now)
    return _back(visit, "labelled", anchor="outcome")


def drop_label(visit: Visit) -> Response:
    visit.parts.desk.unlabel(visit.path("talk"), visit.typed("label"), by=visit.me.id, now=visit.now)
    return _back(visit, "labelled", anchor="outcome")


def here(visit: Visit) -> Response:
    """Who else has this conversation open, as a sentence; the open page asks and shows it."""
    writing = visit.query.get("writing") == "yes"
    others = visit.parts.desk.here(visit.path("talk"), by=visit.me.id, now=visit.now, writing=writing)
    return PlainTextResponse(sentence(others))


def typing(visit: Visit) -> Response:
    """The open page says that its reply is being typed; no word of it comes here."""
    visit.parts.desk.typing(visit.path("talk"), by=visit.me.id, now=visit.now)
    return Response(status_code=204)


def sentence(others: tuple[Present, ...]) -> str:
    """ "Kim is writing a reply. Bo has this open too.", "" when nobody is there."""
    writing = [person.name for person in others if person.writing]
    looking = [person.name for person in others if not person.writing]
    parts = []
    if writing:
        parts.append(f"{_listed(writing)} {'is' if len(writing) == 1 else 'are'} writing a reply.")
    if looking:
        parts.append(f"{_listed(looking)} {'has' if len(looking) == 1 else 'have'} this open too.")
    return " ".join(parts)


def call_backs_page(visit: Visit) -> Response:
    return visit.render(
        "call_backs.html", calls=visit.parts.desk.call_backs(), may_act=visit.me.role.may(Role.CLINICIAN)
    )


def called(visit: Visit) -> Response:
    reached = visit.typed("reached")
    if reached not in ("yes", "no"):
        raise Refusal(400, "This cannot be read", "Nothing was changed.", back="/call-backs")
    visit.parts.desk.called(visit.path("talk"), reached=reached == "yes", by=visit.me.id, now=visit.now)
    done = "reached" if reached == "yes" else "not_reached"
    if visit.typed("from") == "list":
        return visit.go("/call-backs", done=done)
    return _back(visit, done, anchor="contact")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _back(visit: Visit, done: str, *, anchor: str) -> Response:
    return visit.go(f"/talk/{visit.path('talk')}", done=done, anchor=anchor)
