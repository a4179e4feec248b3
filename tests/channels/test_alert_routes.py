"""A call to staff arrives, signed and without a word of the patient, or fails so that it is tried again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from pathlib import Path

import httpx
import pytest

from bot.channels.alert_mail import MailRoute, MailServer
from bot.channels.alert_webhook import WebhookRoute
from bot.settings import read_settings
from bot.wiring.doors import alert_routes
from channels.alerts import ALERT

pytestmark = pytest.mark.anyio


def route(answer: httpx.Response, seen: list[httpx.Request]) -> WebhookRoute:
    def take(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    client = httpx.AsyncClient(transport=httpx.MockTransport(take))
    return WebhookRoute("https://pager.example/in", secret="shared", console="https://desk.example/", client=client)


async def test_a_web_hook_gets_the_alert_signed(anyio_backend: str) -> None:
    seen: list[httpx.Request] = []
    await route(httpx.Response(204), seen).send(ALERT)
    (request,) = seen
    expected = hmac.new(b"shared", request.content, hashlib.sha256).hexdigest()
    assert request.headers["x-b12-signature"] == f"sha256={expected}"
    assert request.headers["idempotency-key"] == "e-1:first"
    assert json.loads(request.content) == {
        "id": "e-1:first",
        "kind": "first",
        "level": "emergency",
        "conversation": "talk-1",
        "at": "2026-03-02T09:00:00+00:00",
        "open": "https://desk.example",
    }


def test_whom_a_web_hook_reaches_is_told_without_its_path() -> None:
    """The path of many services is their password, and all staff read this."""
    hook = WebhookRoute("https://user:pw@hooks.example/services/T0/B0/hidden", secret="s", console="https://d.example")
    assert hook.reaches == "hooks.example"


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
async def test_a_web_hook_that_does_not_say_yes_has_not_taken_it(anyio_backend: str, status: int) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        await route(httpx.Response(status, headers={"Location": "https://x.example"}), []).send(ALERT)


async def test_a_mail_goes_to_the_server(anyio_backend: str) -> None:
    got: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example\r\n")
        in_data = False
        while line := (await reader.readline()).decode():
            got.append(line.rstrip())
            if in_data:
                in_data = line != ".\r\n"
                if not in_data:
                    writer.write(b"250 taken\r\n")
            elif line.upper().startswith("DATA"):
                in_data = True
                writer.write(b"354 go on\r\n")
            elif line.upper().startswith("QUIT"):
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mail = MailRoute(
        MailServer("127.0.0.1", port, starttls=False),
        sender="bot@clinic.example",
        to=["nurse@clinic.example", "doctor@clinic.example"],
        describe=lambda alert: (f"{alert.level.code}: {alert.category}", f"Open {alert.conversation_id}"),
    )
    await mail.send(ALERT)
    server.close()
    assert "Subject: emergency: cardiac" in got and "Open talk-1" in got
    assert sum(line.upper().startswith("RCPT TO:") for line in got) == 2


async def test_a_mail_server_that_is_away_is_an_error(anyio_backend: str) -> None:
    mail = MailRoute(
        MailServer("127.0.0.1", 1, starttls=False),
        sender="a@b.example",
        to=["c@d.example"],
        describe=lambda _: ("s", "t"),
    )
    with pytest.raises(OSError):
        await mail.send(ALERT)


def test_the_password_of_the_mail_server_does_not_show() -> None:
    assert "hush" not in repr(MailServer("h", password="hush"))


def test_the_settings_choose_the_ways_and_their_order(tmp_path: Path) -> None:
    values = {
        "B12_DATA_DIR": str(tmp_path),
        "B12_ALERT_SECRET": "s" * 16,
        "B12_ALERT_WEBHOOK": "https://pager.example/in",
        "B12_ALERT_SLACK": "https://hooks.slack.example/services/T/B/x",
        "B12_ALERT_SECOND_SLACK": "https://hooks2.slack.example/services/T/B/y",
        "B12_SMTP_HOST": "mail.example",
        "B12_ALERT_MAIL_FROM": "bot@clinic.example",
        "B12_ALERT_MAIL_TO": "nurse@clinic.example",
    }
    settings = read_settings(values, env_file=tmp_path / "none")
    first, second = alert_routes(settings), alert_routes(settings, second=True)
    assert [(way.name, way.reaches) for way in first] == [
        ("webhook", "pager.example"),
        ("slack", "hooks.slack.example"),
        ("mail", "nurse@clinic.example"),
    ]
    assert [(way.name, way.reaches) for way in second] == [("slack", "hooks2.slack.example")]
