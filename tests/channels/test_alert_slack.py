"""Staff are called in a Slack channel: against a stand-in of Slack's incoming web hook, from the alert outbox on."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from conversation.world import World
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.alert_slack import SlackAlertRoute
from bot.clinical.codes import Level
from bot.conversation.aftercare import Aftercare
from bot.conversation.ports import Alert
from channels.alerts import ALERT
from channels.vendors import StandIn

pytestmark = pytest.mark.anyio

HIDDEN = "T0000/B0000/the-password-of-the-hook"


class Hook(StandIn):
    """docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: "ok" in plain text, or a reason with a status."""

    def routes(self) -> list[Route]:
        return [Route(f"/services/{HIDDEN}", self.take, methods=["POST"])]

    async def take(self, request: Request) -> Response:
        trouble = await self.fault()
        if trouble is not None:
            return trouble
        body: dict[str, Any] = json.loads(await request.body())
        if not body.get("text"):
            return PlainTextResponse("no_text", status_code=400)
        self.sent.append(body)
        self.break_if_asked()
        return PlainTextResponse("ok")


def route(hook: Hook) -> SlackAlertRoute:
    url = f"https://hooks.slack.example/services/{HIDDEN}"
    return SlackAlertRoute(url, console="https://desk.example/", client=hook.client())


async def test_the_post_says_how_urgent_since_when_and_where(world: World) -> None:
    hook = Hook(world.clock)
    await route(hook).send(ALERT)
    (post,) = hook.sent
    assert post["text"] == (
        "<!channel> *EMERGENCY: A patient is waiting for staff*\nSince 2026-03-02 09:00 UTC\n"
        "<https://desk.example/talk/talk-1|Sign in and acknowledge>"
    )
    assert post["unfurl_links"] is False, "Slack would fetch the console's page"


async def test_only_an_emergency_calls_everybody(world: World) -> None:
    hook = Hook(world.clock)
    urgent = Alert(**{**vars(ALERT), "level": Level.URGENT, "kind": "second"})
    await route(hook).send(urgent)
    assert hook.texts[0].startswith("*URGENT: Nobody has acknowledged")


@pytest.mark.parametrize(
    "trouble",
    [
        PlainTextResponse("no_service", status_code=404),
        PlainTextResponse("action_prohibited", status_code=403),
        PlainTextResponse("channel_is_archived", status_code=410),
        Response(status_code=429, headers={"Retry-After": "30"}),
        Response(status_code=302, headers={"Location": "https://elsewhere.example"}),
        500,
        PlainTextResponse("<html>a proxy's own page</html>"),
        "slow",
        "refuse",
    ],
    ids=["404", "403", "410", "429", "302", "500", "a proxy's page", "slow", "refuse"],  # the same in every process
)
async def test_what_slack_did_not_take_is_an_error_without_the_address(world: World, trouble: object) -> None:
    hook = Hook(world.clock)
    hook.faults.append(trouble)
    with pytest.raises(httpx.HTTPError) as error:
        await route(hook).send(ALERT)
    assert hook.sent == []
    shown = f"{error.value!r} {error.value} {error.value.__cause__!r}"
    assert HIDDEN not in shown and "password" not in shown


async def test_the_outbox_tries_again_until_slack_takes_it_and_then_no_more(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="bot")
    hook = Hook(world.clock)
    hook.faults.extend([500, "refuse"])
    aftercare = Aftercare(world.conversations, routes=[route(hook)])
    await world.say("xylophone, I have chest pain")
    for _ in range(6):
        await aftercare.send_alerts()
        world.clock.pass_by(seconds=40)
    assert hook.asked == 3 and len(hook.sent) == 1
    assert "xylophone" not in hook.texts[0] and "chest" not in hook.texts[0]
    now = world.clock.now()
    first = world.desk.open("talk-1", by="system", now=now).alerts[0]
    assert (first.state(now), first.sent_to) == ("sent", "slack: hooks.slack.example")
    kept = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    assert HIDDEN.encode() not in kept and HIDDEN not in caplog.text
