"""
The description of the API is true: every route is in it, and odd requests made from it get what it promises.

The requests are drawn by schemathesis from docs/openapi.yaml, the same ones in every run.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import requests
import schemathesis
import yaml
from channels.conftest import HOME, Door
from conversation.world import SENTENCES, World
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from starlette.routing import Mount, Route

from bot.channels.pace import Pace
from bot.conversation.ports import Reply

DESCRIPTION = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))
#: Who asks is our part: each request comes within a session of its own.
SCHEMA = schemathesis.openapi.from_dict(
    DOCUMENT,
    config=schemathesis.Config.from_dict(
        {
            "generation": {"with-security-parameters": False},
            "checks": {"negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 413, 415]}},
        }
    ),
)

#: Answers without an end are read event by event below.
ENDLESS = {("/api/stream", "get")}
#: Any text may be in a form; what is wrong with it is told on the page.
FORMS = {("/chat", "post"), ("/chat/end", "post")}
OPERATIONS = [
    (path, method) for path, methods in DOCUMENT["paths"].items() for method in methods if (path, method) not in ENDLESS
]

#: As described, and spoilt where a request has something that can be spoilt.
DRAWN = [
    (path, method, mode)
    for path, method in OPERATIONS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode is GenerationMode.POSITIVE or SCHEMA[path][method].body or SCHEMA[path][method].query
]

EXAMPLES = settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Served:
    """The real application over the small world, in an event loop of its own."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self._open(folder))

    async def _open(self, folder: Path) -> None:
        self.world = World(folder, welcome=(Reply("Hello, I am a program."),))
        self.door = Door(self.world, pace=Pace(messages_a_minute=10**6, talks_a_minute=10**6))

    def close(self) -> None:
        self._loop.run_until_complete(self.door.http.aclose())
        self.world.close()
        self._loop.close()

    def ask(self, case: schemathesis.Case) -> httpx.Response:
        """What the application answers to this case, sent within a session of its own."""
        return self._loop.run_until_complete(self._ask(case))

    async def _ask(self, case: schemathesis.Case) -> httpx.Response:
        who, cookies = await self.door.open(origin=None), {}
        if (case.path == "/chat" and case.method == "POST") or case.path == "/chat/end":
            page = await self.door.http.get("/chat")
            cookies = dict(page.cookies)
        prepared = requests.Request(**case.as_transport_kwargs(base_url=HOME)).prepare()
        headers = {**{name: _latin(value) for name, value in prepared.headers.items()}, **who}
        self.door.http.cookies.clear()
        answer = await self.door.http.request(
            prepared.method or "GET", prepared.url or HOME, headers=headers, content=prepared.body, cookies=cookies
        )
        await self.world.conversations.settle_down(within=30)
        return answer


def _latin(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("openapi"))
    yield made
    made.close()


def test_the_description_is_a_valid_one() -> None:
    SCHEMA.validate()


def test_every_route_is_described_and_every_description_has_its_route(served: Served) -> None:
    routes = {
        (route.path, method.lower())
        for route in served.door.app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert not any(isinstance(route, Mount) for route in served.door.app.routes)
    described = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described == routes


@pytest.mark.parametrize(("path", "method", "mode"), DRAWN)
def test_requests_drawn_from_the_description_get_what_it_promises(
    served: Served, path: str, method: str, mode: GenerationMode
) -> None:
    operation = SCHEMA[path][method]

    @EXAMPLES
    @given(case=operation.as_strategy(generation_mode=mode))
    def try_it(case: schemathesis.Case) -> None:
        answer = served.ask(case)
        assert answer.status_code < 500, f"{case.as_curl_command()}: {answer.text}"
        checks = [
            schemathesis.checks.not_a_server_error,
            *(
                check
                for name, check in CHECKS.items()
                if name != "negative_data_rejection" or (path, method) not in FORMS
            ),
        ]
        case.validate_response(answer, checks=checks)

    try_it()


def _named(*names: str) -> dict[str, Any]:
    return {name: schemathesis.checks.CHECKS.get_one(name) for name in names}


CHECKS = _named(
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_other_methods_are_refused(served: Served, path: str) -> None:
    described = {method.upper() for method in DOCUMENT["paths"][path]} | {"HEAD"}

    async def refusals() -> list[Any]:
        others = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - described
        who = await served.door.open(origin=None)
        return [await served.door.http.request(other, path, headers=who) for other in sorted(others)]

    for refusal in served._loop.run_until_complete(refusals()):
        assert refusal.status_code == 405
        assert refusal.json() == {"error": "method", "message": SENTENCES.trouble}
        assert set(refusal.headers["allow"].split(", ")) | {"HEAD"} == described


@EXAMPLES
@given(words=st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=3))
def test_what_comes_over_a_stream_is_what_is_described(served: Served, words: list[str]) -> None:
    kinds = {"message": "Message", "stored": "Stored", "typing": "Typing", "mode": "ModeChange"}

    async def events() -> list[tuple[str, Any]]:
        who, found = await served.door.open(origin=None), []
        for text in words:
            await served.door.send(who, text)
        await served.door.send(who, "I have chest pain")
        async with served.door.stream(who) as stream:
            await served.world.conversations.settle_down(within=30)
            while (event := await stream.next()) is not None:
                found.append(event)
                if event[0] == "mode":
                    break
        return found

    for kind, data in served._loop.run_until_complete(events()):
        schema = {**DOCUMENT["components"]["schemas"][kinds[kind]], "components": DOCUMENT["components"]}
        jsonschema_rs.validator_for(schema).validate(json.loads(json.dumps(data)))
