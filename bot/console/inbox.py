"""The inbox: what waits for staff first, everything else after it, narrowed by what the address says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from bot.clinical.codes import CATEGORIES, INDICATIONS, ROUTES, Level
from bot.console import labels
from bot.console.parts import ConsoleParts
from bot.console.showing import clock_words
from bot.console.visits import Visit
from bot.conversation.desk_people import Role, Staff
from bot.conversation.inbox import InboxFilter, InboxRow

PAGE_SIZE = 25


@dataclass(frozen=True)
class View:
    """A tab: a name in the address, words, and what it keeps."""

    key: str
    words: str
    empty: str


#: The first is the one that opens: everything, with what waits on top, so that nothing is hidden behind a tab.
VIEWS = (
    View("all", "Everything", "There is no conversation yet. When a patient writes, it appears here."),
    View("attention", "Waiting for us", "Nobody is waiting for you. New emergencies appear here by themselves."),
    View("mine", "Mine", "No conversation is assigned to you."),
    View("mentioned", "Mentioned", "No note that you have not read names you. Colleagues name you as @your.user.name."),
    View("unclear", "Not understood", "The assistant has understood every message."),
    View("unreviewed", "Not reviewed", "Every conversation has been reviewed."),
)
COUNTED = ("attention", "mine", "mentioned", "unclear")


@dataclass(frozen=True)
class Line:
    """A row of the inbox as the template shows it."""

    row: InboxRow
    clock: str
    waits: bool


def inbox_page(visit: Visit) -> Response:
    return visit.render("inbox.html", **_listing(visit))


def inbox_rows(visit: Visit) -> Response:
    """The part of the page that an open page asks for again and again."""
    return visit.render("_rows.html", **_listing(visit))


def _listing(visit: Visit) -> dict[str, Any]:
    desk, now = visit.parts.desk, visit.now
    view, chosen = _view(visit), chosen_fields(visit)
    filters = _filters(visit.parts, view, chosen, visit.me)
    found = desk.inbox(filters, now=now, after=_place(visit, "after"), before=_place(visit, "before"), size=PAGE_SIZE)
    wanted = {other.key: _filters(visit.parts, other, {}, visit.me) for other in VIEWS if other.key in COUNTED}
    counts = desk.inbox_counts(wanted, now=now)
    lines = [
        Line(row, clock_words(due_at=row.due_at, now=now), row.waiting_since is not None or _question_waits(row, now))
        for row in found.rows
    ]
    return {
        "view": view,
        "views": VIEWS,
        "counts": counts,
        "groups": _groups(view, lines),
        "found": found,
        "chosen": chosen,
        "narrowed": bool(chosen),
        "page": _page(visit),
        "may_export": visit.me.role.may(Role.CLINICIAN),
        "query": urlencode({"view": view.key, **chosen}),
        "people": [person for person in desk.all_staff() if person.active],
        "labels_in_use": desk.labels_in_use(),
        "categories": CATEGORIES,
        "routes": ROUTES,
        "indications": INDICATIONS,
        "saved": desk.saved_filters(visit.me.id),
        "levels": [level.code for level in reversed(Level)],
        "level_words": {level.code: words for level, words in labels.LEVELS.items()},
    }


def _view(visit: Visit) -> View:
    return next((view for view in VIEWS if view.key == visit.query.get("view")), VIEWS[0])


def chosen_fields(visit: Visit) -> dict[str, str]:
    """What the address narrows by, as it is written there."""
    return {key: value for key, value in visit.query.items() if key in FIELDS and value}


def _place(visit: Visit, side: str) -> str:
    return visit.query.get(side, "")[:200]


def _page(visit: Visit) -> str:
    """Which page an open one has to ask for again."""
    return urlencode({side: _place(visit, side) for side in ("after", "before") if _place(visit, side)})


def filters_of(visit: Visit) -> InboxFilter:
    """What the address of an inbox keeps."""
    return _filters(visit.parts, _view(visit), chosen_fields(visit), visit.me)


def _groups(view: View, lines: list[Line]) -> list[tuple[str, list[Line]]]:
    """Headings with their rows: what waits apart from the rest, where both stand in one list."""
    if view.key != "all":
        return [("Conversations", lines)] if lines else []
    parted = [
        ("Waiting for us", [line for line in lines if line.waits]),
        ("Everything else", [line for line in lines if not line.waits]),
    ]
    return [(heading, group) for heading, group in parted if group]


FIELDS = (
    "level",
    "category",
    "channel",
    "route",
    "indication",
    "mode",
    "who",
    "seen",
    "since",
    "until",
    "label",
    "q",
)


def _filters(parts: ConsoleParts, view: View, chosen: dict[str, str], me: Staff) -> InboxFilter:
    """The filter that the tab and the fields of the address amount to; what cannot be read narrows nothing."""
    base = InboxFilter()
    if view.key == "attention":
        base = replace(base, attention=True)
    elif view.key == "mine":
        base = replace(base, assigned_to=me.id)
    elif view.key == "mentioned":
        base = replace(base, mentioned=me.id)
    elif view.key == "unclear":
        base = replace(base, not_understood=True)
    elif view.key == "unreviewed":
        base = replace(base, reviewed=False)
    changes: dict[str, Any] = {}
    level = chosen.get("level")
    if level in {known.code for known in Level}:
        changes["levels"] = frozenset({Level.from_code(str(level))})
    for key, allowed in (
        ("category", CATEGORIES),
        ("route", ROUTES),
        ("indication", INDICATIONS),
        ("mode", labels.MODES),
        ("channel", labels.CHANNELS),
    ):
        if chosen.get(key) in allowed:
            changes[key] = chosen[key]
    who = chosen.get("who")
    if who:
        changes["assigned_to"] = me.id if who == "me" else who
    if chosen.get("seen") in ("yes", "no"):
        changes["acknowledged"] = chosen["seen"] == "yes"
    since, until = _day(parts, chosen.get("since")), _day(parts, chosen.get("until"))
    if since:
        changes["since"] = since
    if until:
        changes["until"] = until + timedelta(days=1)  # the whole of the last day
    if chosen.get("label"):
        changes["label"] = chosen["label"][:40]
    if chosen.get("q"):
        changes["text"] = chosen["q"][:200]
    return replace(base, **changes)


def _day(parts: ConsoleParts, written: str | None) -> datetime | None:
    try:
        day = datetime.strptime(written or "", "%Y-%m-%d").date()  # noqa: DTZ007 - a date; its zone is the clinic's
    except ValueError:
        return None
    if not 1970 <= day.year < 2200:  # the day after the last day that Python knows is an error
        return None
    return datetime.combine(day, time(), tzinfo=parts.zone)


def _question_waits(row: InboxRow, now: datetime) -> bool:
    return row.question_open_since is not None and now - row.question_open_since >= timedelta(minutes=10)
