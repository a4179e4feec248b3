"""Across conversations: search, figures, the audit, and what stands behind a rule."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from starlette.responses import Response

from bot.clinical.codes import Level
from bot.console.visits import Visit, not_found

PERIODS = {"1": "24 hours", "7": "7 days", "30": "30 days", "90": "90 days"}


def search_page(visit: Visit) -> Response:
    words = visit.query.get("q", "").strip()[:200]
    hits = visit.parts.desk.search(words, by=visit.me.id, now=visit.now) if words else ()
    return visit.render("search.html", words=words, hits=hits)


def figures_page(visit: Visit) -> Response:
    days = visit.query.get("days", "7")
    days = days if days in PERIODS else "7"
    figures = visit.parts.desk.figures(since=visit.now - timedelta(days=int(days)), until=visit.now)
    return visit.render("figures.html", figures=figures, days=days, periods=PERIODS)


def audit_page(visit: Visit) -> Response:
    desk = visit.parts.desk
    target = visit.query.get("target") or None
    written = visit.query.get("page", "1")
    found = desk.audit(
        by=visit.me.id,
        now=visit.now,
        page=int(written) if written.isdecimal() and len(written) < 7 else 1,
        target=target,
    )
    return visit.render("audit.html", found=found, target=target or "", broken=desk.verify_audit())


def rule_page(visit: Visit) -> Response:
    rule = visit.parts.words.rule(visit.path("rule"))
    if rule is None:
        raise not_found()
    return visit.render("rule.html", rule=rule, version=visit.parts.words.version)


def export(visit: Visit) -> Response:
    """One conversation as JSON, for a record system; who took it is in the audit."""
    desk, talk_id = visit.parts.desk, visit.path("talk")
    talk = desk.open(talk_id, by=visit.me.id, now=visit.now)
    desk.write_audit(action="conversation.exported", target=talk_id, by=visit.me.id, now=visit.now)
    body = {
        "exported_at": visit.now.isoformat(),
        "content_version": visit.parts.words.version,
        "conversation": _plain(talk),
    }
    return Response(
        json.dumps(body, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="conversation-{talk_id[:24]}.json"'},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Level):
        return value.code
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
