"""
What leaves the console: a conversation as JSON, PDF or FHIR, the inbox as a list.

Each needs the role of a clinician and stands in the audit with what was taken.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from starlette.responses import Response, StreamingResponse

from bot.clinical.codes import Level
from bot.clinical.summary import State
from bot.console import inbox, labels
from bot.console.sheets import MARK, as_csv
from bot.console.showing import FOLDER
from bot.console.talk import evidence_of
from bot.console.typeset import CannotTypeset, make_pdf
from bot.console.visits import Refusal, Visit
from bot.conversation.desk_talk import DeskConversation
from bot.conversation.fhir import Shared, make_bundle
from bot.conversation.inbox import InboxListing, InboxRow
from bot.conversation.record import read_record

MOST_ROWS = 100_000
_AT_ONCE = 500


def export_json(visit: Visit) -> Response:
    """One conversation with everything that staff may see; contact details only when asked for."""
    talk, shared = _taken(visit, "json", messages=True)
    body = {
        "exported_at": visit.now.isoformat(),
        "content_version": visit.parts.words.version,
        "conversation": _plain(talk if shared.contact else replace(talk, contact=None)),
    }
    return _file(json.dumps(body, ensure_ascii=False, indent=2), "application/json", talk, "json")


def export_fhir(visit: Visit) -> Response:
    talk, shared = _taken(visit, "fhir", messages=_asked(visit, "messages"))
    bundle = make_bundle(
        talk,
        codes=visit.parts.codes,
        name=lambda code: labels.CODES.get(code) or visit.parts.words.name(code),
        clinic=visit.parts.clinic_name,
        at=visit.now,
        shared=shared,
        demo=visit.parts.mode == "demo",
    )
    return _file(json.dumps(bundle, ensure_ascii=False, indent=2), "application/fhir+json", talk, "fhir.json")


def export_pdf(visit: Visit) -> Response:
    """The summary as a page for a patient's notes: A4, page numbers, tagged for screen readers."""
    talk, shared = _taken(visit, "pdf", messages=False)
    record = read_record(talk.snapshot)
    html = visit.render_text(
        "summary_print.html",
        talk=talk,
        record=record,
        states=State,
        evidence=[evidence_of(visit, escalation) for escalation in talk.escalations],
        contact=talk.contact if shared.contact else None,
        by=visit.me.name,
    )
    try:
        written = make_pdf(html, css=(FOLDER / "static" / "summary.css").read_text(encoding="utf-8"))
    except CannotTypeset as error:
        raise Refusal(
            503,
            "A PDF cannot be made here",
            f"Whoever runs the service has to install {error} (make setup-system).",
            "Meanwhile use Print on the conversation's page.",
            back=f"/talk/{talk.conversation_id}",
        ) from error
    return _file(written, "application/pdf", talk, "pdf")


def export_list(visit: Visit) -> Response:
    """
    What the filters of the inbox keep: ids, levels, times and people; no word of a patient.

    The ids are read at once and what is said of them while it is sent, so that a list of
    everything needs no more memory than a page.
    """
    kind = "json" if visit.query.get("as") == "json" else "csv"
    listing = visit.parts.desk.inbox_listing(inbox.filters_of(visit), now=visit.now, most=MOST_ROWS)
    visit.parts.desk.write_audit(
        action="list.exported",
        target="-",
        by=visit.me.id,
        now=visit.now,
        details={"as": kind, "rows": len(listing.ids), "filters": sorted(inbox.chosen_fields(visit))},
    )
    name = f"conversations-{visit.now.astimezone(visit.parts.zone):%Y-%m-%d-%H%M}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Total-Count": str(listing.total)}
    parts = _listed(visit, listing)
    if kind == "json":
        return StreamingResponse(_as_json(visit, listing, parts), media_type="application/json", headers=headers)
    return StreamingResponse(_as_csv(listing, parts), media_type="text/csv; charset=utf-8", headers=headers)


def _listed(visit: Visit, listing: InboxListing) -> Iterator[list[dict[str, Any]]]:
    """A part at a time."""
    for first in range(0, len(listing.ids), _AT_ONCE):
        some = listing.ids[first : first + _AT_ONCE]
        yield [_row(row) for row in visit.parts.desk.inbox_rows(some, now=visit.now)]


def _as_csv(listing: InboxListing, parts: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    yield MARK + as_csv([_COLUMNS])
    for rows in parts:
        yield as_csv([row[column] for column in _COLUMNS] for row in rows)
    if listing.total > len(listing.ids):
        yield f'"The first {len(listing.ids)} of {listing.total}: narrow the filters to get the rest."\r\n'


def _as_json(visit: Visit, listing: InboxListing, parts: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    head = {
        "exported_at": visit.now.isoformat(),
        "total": listing.total,
        "complete": listing.total == len(listing.ids),
    }
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "conversations": ['
    between = "\n"
    for rows in parts:
        if rows:  # all of a part may have been erased since
            yield between + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
            between = ",\n"
    yield "\n]}\n"


_COLUMNS = (
    "conversation",
    "level",
    "category",
    "channel",
    "answered_by",
    "opened_at",
    "last_message_at",
    "waiting_since",
    "acknowledge_by",
    "overdue",
    "acknowledged_by",
    "assigned_to",
    "route",
    "reviewed",
    "understood",
    "unread",
)


def _row(row: InboxRow) -> dict[str, Any]:
    def time(at: datetime | None) -> str | None:
        return at.isoformat() if at else None

    return {
        "conversation": row.conversation_id,
        "level": row.level.code,
        "category": row.category,
        "channel": row.channel,
        "answered_by": row.mode,
        "opened_at": time(row.opened_at),
        "last_message_at": time(row.last_at),
        "waiting_since": time(row.waiting_since),
        "acknowledge_by": time(row.due_at),
        "overdue": row.overdue,
        "acknowledged_by": row.acknowledged_by,
        "assigned_to": row.assigned_to,
        "route": row.route,
        "reviewed": row.reviewed,
        "understood": row.understood,
        "unread": row.unread,
    }


def _taken(visit: Visit, kind: str, *, messages: bool) -> tuple[DeskConversation, Shared]:
    """The conversation, and what of it goes out; both in the audit."""
    desk, talk_id = visit.parts.desk, visit.path("talk")
    shared = Shared(messages=messages, contact=_asked(visit, "contact"))
    talk = desk.open(talk_id, by=visit.me.id, now=visit.now)
    if shared.contact:
        talk = replace(talk, contact=desk.contact(talk_id, by=visit.me.id, now=visit.now))
    details = {"as": kind, "messages": shared.messages, "contact": shared.contact}
    desk.write_audit(action="conversation.exported", target=talk_id, by=visit.me.id, now=visit.now, details=details)
    return talk, shared


def _asked(visit: Visit, what: str) -> bool:
    return visit.query.get(what) == "yes"


def _file(body: str | bytes, kind: str, talk: DeskConversation, ending: str) -> Response:
    name = f"conversation-{talk.conversation_id[:24]}.{ending}"
    return Response(body, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _plain(value: Any) -> Any:
    if isinstance(value, Level):
        return value.code
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
