"""Across conversations: search, the audit, and what stands behind a rule."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.visits import Visit, not_found

_CHECKED = 500  # entries of the audit whose chain every look at its page checks


def search_page(visit: Visit) -> Response:
    words = visit.query.get("q", "").strip()[:200]
    hits = visit.parts.desk.search(words, by=visit.me.id, now=visit.now) if words else ()
    return visit.render("search.html", words=words, hits=hits, reads=visit.parts.desk.search_reads())


def audit_page(visit: Visit) -> Response:
    desk = visit.parts.desk
    target = visit.query.get("target") or None
    found = desk.audit(by=visit.me.id, now=visit.now, page=visit.page_number(), target=target)
    # All of a chain of years takes half a minute; a page looks at its end, and at the rest when asked to.
    checked = desk.check_audit(newest=None if visit.query.get("check") == "all" else _CHECKED)
    return visit.render("audit.html", found=found, target=target or "", checked=checked)


def rule_page(visit: Visit) -> Response:
    rule = visit.parts.words.rule(visit.path("rule"))
    if rule is None:
        raise not_found()
    return visit.render("rule.html", rule=rule, version=visit.parts.words.version)
