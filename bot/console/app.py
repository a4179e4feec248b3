"""The console as an application: its addresses, who may use each, and what surrounds them."""

from __future__ import annotations

import logging

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.console import (
    calls,
    entrance,
    entrance_by_provider,
    exports,
    figures,
    inbox,
    keeping,
    learning,
    overview,
    people,
    saving,
    talk,
    together,
)
from bot.console.headers import SafeHeaders
from bot.console.parts import ConsoleParts
from bot.console.showing import FOLDER, base_context, make_environment
from bot.console.visits import not_found, page
from bot.conversation.desk_people import Role

log = logging.getLogger(__name__)


def create_console(parts: ConsoleParts) -> Starlette:
    """The console over these parts.  Opens no connection by itself."""
    app = Starlette(
        routes=_routes(),
        middleware=[Middleware(SafeHeaders, secure=parts.secure)],
        exception_handlers={404: _no_such_page, 405: _no_such_page, 500: _broken},
    )
    app.state.parts = parts
    app.state.templates = make_environment(parts)
    app.state.failures = entrance.Failures()
    return app


def _routes() -> list[Route | Mount]:
    clinician, admin = Role.CLINICIAN, Role.ADMIN

    def step(path: str, handler: object, what: str, needs: Role = clinician) -> Route:
        return Route(path, page(handler, needs=needs, what=what), methods=["POST"])  # type: ignore[arg-type]

    one, escalation = "/talk/{talk}", "/talk/{talk}/escalations/{escalation}"
    return [
        Route("/health", _health),
        Route("/sign-in", page(entrance.sign_in_page, needs=None)),
        Route("/sign-in", page(entrance.sign_in, needs=None), methods=["POST"]),
        Route("/sign-in/clinic", page(entrance_by_provider.leave, needs=None)),
        Route("/sign-in/clinic/back", page(entrance_by_provider.come_back, needs=None)),
        step("/sign-out", entrance.sign_out, "Signing out", needs=Role.VIEWER),
        Route("/", page(inbox.inbox_page)),
        Route("/inbox/rows", page(inbox.inbox_rows, by_itself=True)),
        Route("/inbox/export", page(exports.export_list, needs=clinician, what="Exporting a list")),
        step("/filters", saving.save, "Saving a filter", needs=Role.VIEWER),
        step("/filters/drop", saving.drop, "Taking a filter away", needs=Role.VIEWER),
        Route("/search", page(overview.search_page)),
        Route("/figures", page(figures.figures_page)),
        Route("/alerts", page(calls.alerts_page)),
        Route("/call-backs", page(together.call_backs_page)),
        Route("/rules/{rule}", page(overview.rule_page)),
        Route("/audit", page(overview.audit_page, needs=admin, what="Reading the audit")),
        Route("/retention", page(keeping.retention_page, needs=admin, what="Managing retention")),
        step("/retention/person", keeping.find_person, "Erasing a person", needs=admin),
        step("/retention/person/erase", keeping.erase_person, "Erasing a person", needs=admin),
        step(f"{one}/hold", keeping.hold, "Setting a legal hold", needs=admin),
        step(f"{one}/hold/lift", keeping.lift_hold, "Lifting a legal hold", needs=admin),
        Route("/examples", page(learning.examples_page)),
        step("/examples/{example}", learning.decide, "Deciding on an example"),
        step(f"{one}/messages/{{seq}}/mark", learning.mark, "Reviewing a message"),
        step(f"{one}/propose", learning.propose, "Proposing an example"),
        Route("/account", page(entrance.account_page)),
        step("/account/password", entrance.change_password, "Changing a password", needs=Role.VIEWER),
        step("/account/code-on", entrance.switch_code_on, "Changing an account", needs=Role.VIEWER),
        step("/account/code-off", entrance.switch_code_off, "Changing an account", needs=Role.VIEWER),
        Route("/people", page(people.people_page, needs=admin, what="Managing accounts")),
        step("/people", people.add_person, "Making an account", needs=admin),
        step("/people/{person}", people.change_person, "Changing an account", needs=admin),
        Route(one, page(talk.talk_page)),
        Route(f"{one}/stamp", page(talk.stamp, by_itself=True)),
        Route(f"{one}/here", page(together.here, by_itself=True)),
        Route(f"{one}/typing", page(together.typing, needs=clinician, by_itself=True), methods=["POST"]),
        Route(f"{one}/export", page(exports.export_json, needs=clinician, what="Exporting a conversation")),
        Route(f"{one}/summary.pdf", page(exports.export_pdf, needs=clinician, what="Exporting a conversation")),
        Route(f"{one}/fhir", page(exports.export_fhir, needs=clinician, what="Exporting a conversation")),
        step(f"{one}/contact", talk.show_contact, "Looking at contact details", needs=Role.VIEWER),
        step(f"{escalation}/acknowledge", talk.acknowledge, "Acknowledging an escalation"),
        step(f"{escalation}/confirm", talk.confirm, "Confirming an escalation"),
        step(f"{escalation}/release", talk.release, "Releasing an escalation"),
        step(f"{one}/assign", talk.assign, "Assigning a conversation"),
        step(f"{one}/notes", talk.add_note, "Writing a note"),
        step(f"{one}/labels", together.add_label, "Labelling a conversation"),
        step(f"{one}/labels/drop", together.drop_label, "Labelling a conversation"),
        step(f"{one}/called", together.called, "Writing down a call"),
        step(f"{one}/outcome", talk.set_outcome, "Setting the outcome"),
        step(f"{one}/review", talk.mark_reviewed, "Reviewing a conversation"),
        step(f"{one}/close", talk.close, "Closing a conversation"),
        step(f"{one}/reopen", talk.reopen, "Opening a conversation again"),
        step(f"{one}/take-over", talk.take_over, "Taking over"),
        step(f"{one}/hand-back", talk.hand_back, "Handing back"),
        step(f"{one}/reply", talk.reply, "Answering a patient"),
        step(f"{one}/erase", talk.erase, "Erasing a conversation", needs=admin),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]


async def _health(request: Request) -> Response:
    """Alive; whether the records answer is the front door's `/ready`."""
    return JSONResponse({"alive": True})


async def _no_such_page(request: Request, error: Exception) -> Response:
    """An address that does not exist says the same to everybody."""
    refusal = not_found()
    return _plain_page(request, status=404, title=refusal.title, sentences=refusal.sentences)


async def _broken(request: Request, error: Exception) -> Response:
    log.error("console.failed error=%s", type(error).__name__)  # its text may hold what a patient wrote
    return _plain_page(
        request,
        status=500,
        title="Something went wrong on our side",
        sentences=(
            "Your last step may not have been saved. Go back, check, and repeat it if it is missing.",
            "If this happens again, tell whoever runs the service at what time it happened.",
        ),
    )


def _plain_page(request: Request, *, status: int, title: str, sentences: tuple[str, ...]) -> HTMLResponse:
    values = base_context(request.app.state.parts)
    values.update(title=title, sentences=sentences, back="/", status=status, now=request.app.state.parts.now())
    return HTMLResponse(request.app.state.templates.get_template("refused.html").render(values), status_code=status)
