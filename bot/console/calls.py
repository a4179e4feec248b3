"""Calls to staff: what went out, when and to whom, and what did not."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.visits import Visit


def alerts_page(visit: Visit) -> Response:
    unsent = visit.query.get("show") == "unsent"
    found = visit.parts.desk.alerts(now=visit.now, unsent=unsent, page=visit.page_number())
    late = visit.parts.desk.alerts(now=visit.now, unsent=True, size=1).total
    return visit.render("alerts.html", found=found, unsent=unsent, late=late)
