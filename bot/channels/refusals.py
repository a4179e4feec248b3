"""A request that is not served: a stable code for the caller's program, a sentence for the patient."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from bot.conversation.ports import MessageRow


class Refusal(Exception):
    """
    Args:
        code: As in docs/api.md.
        said: Danger advice that the message called for all the same.
        retry_after: Seconds.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        said: Sequence[MessageRow] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message
        self.said, self.retry_after = tuple(said), retry_after

    def response(self) -> Response:
        body: dict[str, Any] = {"error": self.code, "message": self.message}
        if self.said:
            body["messages"] = [row.to_json() for row in self.said]
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after is not None else None
        return JSONResponse(body, status_code=self.status, headers=headers)


def answer_with(status: int, code: str, message: str) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Starlette's handler for a refusal of its own (no such page, not this method), in the words of all others."""

    async def handle(request: Request, error: Exception) -> Response:
        response = Refusal(status, code, message).response()
        if status == 405:
            response.headers["Allow"] = ", ".join(sorted(_methods(request)))
        return response

    return handle


def _methods(request: Request) -> set[str]:
    """What may be asked of this address, over all its routes; a folder of files is only read."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for route in routes for method in getattr(route, "methods", None) or ("GET", "HEAD")}


async def answer_refusal(request: Request, error: Exception) -> Response:
    """Starlette's handler for `Refusal`."""
    if not isinstance(error, Refusal):
        raise error
    return error.response()
