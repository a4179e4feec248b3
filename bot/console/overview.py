"""Across conversations: search, the audit, and what stands behind a rule."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.visits import Visit, not_found


def search_page(visit: Visit) -> Response:
    words = visit.query.get("q", "").strip()[:200]
    hits = visit.parts.desk.search(words, by=visit.me.id, now=visit.now) if words else ()
    return visit.render("search.html", words=words, hits=hits, reads=visit.parts.desk.search_reads())


def audit_page(visit: Visit) -> Response:
    desk = visit.parts.desk
    target = visit.query.get("target") or None
    found = desk.audit(by=visit.me.id, now=visit.now, page=visit.page_number(), target=target)
    return visit.render("audit.html", found=found, target=target or "", checked=desk.check_audit())


def rule_page(visit: Visit) -> Response:
    rule = visit.parts.words.rule(visit.path("rule"))
    if rule is None:
        raise not_found()
    return visit.render("rule.html", rule=rule, version=visit.parts.words.version)
