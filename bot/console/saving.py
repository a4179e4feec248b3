"""Filters that a person keeps under a name; they are that person's own."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from bot.console.inbox import FIELDS, VIEWS
from bot.console.visits import Visit
from bot.conversation.desk import DeskConflict

_LONGEST_NAME, _LONGEST_QUERY = 40, 600


def save(visit: Visit) -> Response:
    """Only fields that the inbox knows are kept, so that a saved filter can be nothing else than one."""
    name, query = visit.typed("name")[:_LONGEST_NAME], _clean(visit.form.get("query", ""))
    if not name:
        raise DeskConflict("Write a name for the filter.")
    if len(query) > _LONGEST_QUERY:
        raise DeskConflict("This filter is too long to be saved. Shorten the words it looks for.")
    visit.parts.desk.save_filter(visit.me.id, name=name, query=query, now=visit.now)
    return visit.go(f"/?{query}", done="filter_saved")


def drop(visit: Visit) -> Response:
    visit.parts.desk.drop_filter(visit.me.id, name=visit.form.get("name", ""))
    return visit.go("/", done="filter_dropped")


def _clean(query: str) -> str:
    views = {view.key for view in VIEWS}
    kept = {key: value for key, value in parse_qsl(query) if key in FIELDS or (key == "view" and value in views)}
    return urlencode(kept)
