"""What is kept and what goes: the retention report, legal holds, the erasure of one person.  For admins."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.visits import Refusal, Visit

LEAST_REASON = 5
LISTED = 100


def retention_page(visit: Visit) -> Response:
    return _show(visit)


def find_person(visit: Visit) -> Response:
    """Looks only; the number or address travels in the form, never in an address."""
    wanted = visit.typed("reached_by")
    if len(wanted) < LEAST_REASON:
        return _show(visit, status=422, faults={"reached_by": "Write the telephone number or e-mail address."})
    found = visit.parts.desk.find_person(wanted)
    visit.parts.desk.write_audit(
        action="person.looked_for", target="-", by=visit.me.id, now=visit.now, details={"found": len(found)}
    )
    return _show(visit, wanted=wanted, found=found)


def erase_person(visit: Visit) -> Response:
    wanted, reason = visit.typed("reached_by"), visit.typed("reason")
    if len(reason) < LEAST_REASON:
        found = visit.parts.desk.find_person(wanted)
        faults = {"why": "Write why this person is erased."}
        return _show(visit, status=422, wanted=wanted, found=found, faults=faults)
    visit.parts.desk.erase_person(wanted, reason=reason[:200], by=visit.me.id, now=visit.now)
    return visit.go("/retention", done="person_erased")


def hold(visit: Visit) -> Response:
    visit.parts.desk.hold(visit.path("talk"), reason=_reason(visit), by=visit.me.id, now=visit.now)
    return visit.go(f"/talk/{visit.path('talk')}", done="held", anchor="hold")


def lift_hold(visit: Visit) -> Response:
    erased = visit.parts.desk.lift_hold(visit.path("talk"), reason=_reason(visit), by=visit.me.id, now=visit.now)
    if erased:
        return visit.go("/retention", done="lifted_and_erased")
    return visit.go(f"/talk/{visit.path('talk')}", done="lifted", anchor="hold")


def _reason(visit: Visit) -> str:
    reason = visit.typed("reason")
    if len(reason) < LEAST_REASON:
        back = f"/talk/{visit.path('talk')}"
        raise Refusal(422, "A reason is needed", "Nothing was changed. Write why, in a few words.", back=back)
    return reason[:200]


def _show(visit: Visit, *, status: int = 200, **more: object) -> Response:
    rules = visit.parts.keep_rules
    return visit.render(
        "retention.html",
        status=status,
        rules=rules,
        report=visit.parts.desk.retention_report(rules, now=visit.now, listed=LISTED),
        holds=visit.parts.desk.held(),
        **{"faults": {}, "wanted": "", "found": None, **more},
    )
