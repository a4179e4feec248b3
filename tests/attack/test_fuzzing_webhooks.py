"""
Bodies that no vendor sends, signed as the vendor would: each gets an answer that is none of a fault.

Drawn by hypothesis from real bodies with something exchanged or taken away, the same ones in every run.
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Coroutine, Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from channels.conftest import Door
from channels.push_town import ANN, OURS, Town
from channels.vendors import PUBLIC, TELEGRAM_SECRET, twilio_signature
from conversation.world import World
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.channels.pace import Pace

EXAMPLES = settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
WORDS = st.text(st.characters(), max_size=30) | st.sampled_from(
    [
        "",
        "0",
        "-1",
        "1e400",
        "9" * 40,
        "\x00",
        "\ud800",
        "١٢",
        "null",
        "../../etc/passwd",
        "=1+1",
        "%s%n",
        "{}",
        "STOP",
        "/x",
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


class Running:
    """A loop of our own around something that lives in one."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    made = Running()
    yield made
    made._loop.close()


@pytest.fixture(scope="module")
def town(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    async def make() -> Town:
        return Town(tmp_path_factory.mktemp("town"), pace=Pace(messages_a_minute=10**6, talks_a_minute=10**6))

    made = running.run(make())
    yield made
    running.run(made.http.aclose())
    made.close()


@pytest.fixture(scope="module")
def door(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    async def make() -> Door:
        pace = Pace(messages_a_minute=10**6, talks_a_minute=10**6)
        return Door(World(tmp_path_factory.mktemp("door")), pace=pace)

    made = running.run(make())
    yield made
    running.run(made.http.aclose())
    made.world.close()


def places(body: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value."""
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    return [found for key, value in inner for found in ((*path, key), *places(value, (*path, key)))]


@st.composite
def spoilt(draw: st.DrawFn, bodies: list[dict[str, Any]]) -> Any:
    """A real body with one to three things exchanged or taken away; sometimes anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(ANYTHING)
    body = copy.deepcopy(draw(st.sampled_from(bodies)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(body) or [("new",)]))
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        if draw(st.booleans()) or isinstance(holder, list):
            holder[path[-1]] = draw(ANYTHING)
        else:
            holder.pop(path[-1], None)
    return body


def as_sent(body: Any) -> bytes:
    """As JSON, lone halves of letters and endless numbers included."""
    return json.dumps(body).encode("utf-8", "surrogatepass")


async def settled(town: Town, answer: httpx.Response) -> httpx.Response:
    await town.settle()
    return answer


PERSON = {"id": 77, "is_bot": False, "first_name": "Ann"}
PRIVATE = {"id": 77, "type": "private"}
TELEGRAM = [
    {"update_id": 1, "message": {"message_id": 5, "from": PERSON, "chat": PRIVATE, "date": 1, "text": "I am tired"}},
    {"update_id": 2, "edited_message": {"message_id": 5, "from": PERSON, "chat": PRIVATE, "text": "my feet tingle"}},
    {"update_id": 3, "message": {"message_id": 6, "from": PERSON, "chat": PRIVATE, "caption": "look", "photo": [{}]}},
    {
        "update_id": 4,
        "callback_query": {
            "id": "9",
            "from": PERSON,
            "data": "row-1:0",
            "message": {"message_id": 7, "from": {"id": 1, "is_bot": True}, "chat": PRIVATE},
        },
    },
]


@EXAMPLES
@given(body=spoilt(TELEGRAM), number=st.integers(10, 10**9))
def test_telegram_bodies(running: Running, town: Town, body: Any, number: int) -> None:
    if isinstance(body, dict) and isinstance(body.get("update_id"), int):
        body["update_id"] = number
    headers = {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET, "Content-Type": "application/json"}

    async def post() -> httpx.Response:
        return await settled(town, await town.http.post("/hooks/telegram", content=as_sent(body), headers=headers))

    assert running.run(post()).status_code == 200, "Telegram sends anything else again and again"


SLACK = [
    {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "event": {"type": "message", "channel_type": "im", "channel": "D1", "user": "U1", "ts": "1.2", "text": "hello"},
    },
    {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev2",
        "event": {"type": "app_mention", "channel": "C1", "user": "U1", "ts": "1.3", "text": "<@U9> my <b>feet</b>"},
    },
    {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev3",
        "event": {
            "type": "message",
            "subtype": "message_changed",
            "channel_type": "im",
            "channel": "D1",
            "message": {"user": "U1", "ts": "1.2", "text": "hello again", "files": [{}]},
        },
    },
    {"type": "url_verification", "challenge": "abc"},
]
PRESSED = {
    "type": "block_actions",
    "team": {"id": "T1"},
    "user": {"id": "U1"},
    "channel": {"id": "D1"},
    "message": {"ts": "1.2", "thread_ts": "1.1"},
    "actions": [{"action_id": "choice-0", "value": "row-1:0", "action_ts": "1.4"}],
}


@EXAMPLES
@given(body=spoilt(SLACK), number=st.integers(10, 10**9))
def test_slack_events(running: Running, town: Town, body: Any, number: int) -> None:
    if isinstance(body, dict) and "event_id" in body and isinstance(body["event_id"], str):
        body["event_id"] = f"Ev{number}"

    async def post() -> httpx.Response:
        return await settled(town, await town.slack_post("/hooks/slack/events", as_sent(body)))

    assert running.run(post()).status_code == 200


@EXAMPLES
@given(body=spoilt([PRESSED]) | st.just(None), name=st.just("payload") | WORDS)
def test_slack_buttons(running: Running, town: Town, body: Any, name: str) -> None:
    form = urlencode({name: as_sent(body)}, errors="surrogatepass").encode()

    async def post() -> httpx.Response:
        kind = "application/x-www-form-urlencoded"
        return await settled(town, await town.slack_post("/hooks/slack/actions", form, kind=kind))

    assert running.run(post()).status_code == 200


WRITABLE = st.text(max_size=30) | st.sampled_from(["", "0", "-1", "9" * 40, "\x00", "whatsapp:", "١٢", "=1+1", "STOP"])
TWILIO = {"MessageSid": "SM1", "From": ANN, "To": OURS, "Body": "I am tired", "NumMedia": "0"}


@EXAMPLES
@given(
    changed=st.dictionaries(st.sampled_from([*TWILIO, "OptOutType", "Latitude"]) | WRITABLE, WRITABLE, max_size=4),
    missing=st.sets(st.sampled_from([*TWILIO]), max_size=2),
    number=st.integers(0, 10**9),
)
def test_twilio_forms(running: Running, town: Town, changed: dict[str, str], missing: set[str], number: int) -> None:
    fields = {
        name: value for name, value in {**TWILIO, "MessageSid": f"SM{number}", **changed}.items() if name not in missing
    }

    async def post() -> httpx.Response:
        return await settled(town, await town.twilio_post("/hooks/twilio", fields))

    assert running.run(post()).status_code in (200, 400)


@EXAMPLES
@given(
    raw=st.binary(max_size=200),
    path=st.sampled_from(["/hooks/twilio", "/hooks/twilio/status/p-1/0", "/hooks/telegram", "/hooks/slack/events"]),
    signature=st.binary(max_size=40),
)
def test_bytes_that_nobody_signed(running: Running, town: Town, raw: bytes, path: str, signature: bytes) -> None:
    names = ("X-Twilio-Signature", "X-Telegram-Bot-Api-Secret-Token", "X-Slack-Signature", "X-Slack-Request-Timestamp")
    value = bytes(byte for byte in signature if byte not in b"\r\n\x00")
    headers = {name.encode(): value for name in names}
    before = len(town.conversations())

    async def post() -> httpx.Response:
        return await settled(town, await town.http.post(path, content=raw, headers=headers))

    assert running.run(post()).status_code in (400, 403)
    assert len(town.conversations()) == before


@EXAMPLES
@given(
    status=WRITABLE, code=WRITABLE, part=st.integers(0, 10**30) | st.just(0), post_id=st.text("abc-é.%/", max_size=20)
)
def test_reports_of_delivery(running: Running, town: Town, status: str, code: str, part: int, post_id: str) -> None:
    path = str(httpx.URL(f"{PUBLIC}/hooks/twilio/status/").copy_with(path=f"/hooks/twilio/status/{post_id}/{part}"))
    fields = {"MessageStatus": status, "ErrorCode": code, "MessageSid": "SM1"}
    headers = {"X-Twilio-Signature": twilio_signature(path, fields)}

    async def post() -> httpx.Response:
        return await town.http.post(path, data=fields, headers=headers)

    assert running.run(post()).status_code < 500


@EXAMPLES
@given(resume=ANYTHING | st.text("ABCabc019_-", min_size=43, max_size=43))
def test_a_token_of_a_device_that_is_none_opens_a_new_chat(running: Running, door: Door, resume: Any) -> None:
    async def post() -> httpx.Response:
        return await door.http.post(
            "/api/sessions", content=as_sent({"resume": resume}), headers={"Content-Type": "application/json"}
        )

    answer = running.run(post())
    assert (answer.status_code, answer.json()["resume"], answer.json()["after"]) == (201, None, 0)


@EXAMPLES
@given(token=st.binary(max_size=200), scheme=st.sampled_from([b"Bearer ", b"bearer  ", b"", b"Basic "]))
def test_a_session_that_is_none_is_refused(running: Running, door: Door, token: bytes, scheme: bytes) -> None:
    value = scheme + bytes(byte for byte in token if byte not in b"\r\n\x00")

    async def ask() -> list[int]:
        headers = {b"Authorization": value}
        asked = [
            ("GET", "/api/messages"),
            ("GET", "/api/stream"),
            ("POST", "/api/messages"),
            ("DELETE", "/api/session"),
        ]
        return [(await door.http.request(method, path, headers=headers)).status_code for method, path in asked]

    assert running.run(ask()) == [401] * 4
