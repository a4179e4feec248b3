"""The push channels as the settings make them: hooks and carriers of what is configured, and of nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from conversation.world import World
from starlette.applications import Starlette

from bot.channels.pace import Pace
from bot.settings import read_settings
from bot.wiring.push import PushChannels, push_channels
from channels.push_town import ANN, KEYWORDS, OURS
from channels.vendors import PUBLIC, TELEGRAM_SECRET, TWILIO_SID, TWILIO_TOKEN, twilio_signature

pytestmark = pytest.mark.anyio

TWILIO = {
    "B12_PUBLIC_URL": f"{PUBLIC}/",
    "B12_TWILIO_ACCOUNT_SID": TWILIO_SID,
    "B12_TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
    "B12_TWILIO_SMS_FROM": OURS,
    "B12_TWILIO_API": "http://127.0.0.1:9",  # nobody listens there
}
TELEGRAM = {"B12_TELEGRAM_TOKEN": "1:abc", "B12_TELEGRAM_SECRET": TELEGRAM_SECRET}
SLACK = {"B12_SLACK_BOT_TOKEN": "xoxb-1", "B12_SLACK_SIGNING_SECRET": "signing"}


def joined(world: World, tmp_path: Path, **values: str) -> PushChannels | None:
    settings = read_settings({"B12_DATA_DIR": str(tmp_path / "var"), **values}, env_file=tmp_path / "none.env")
    return push_channels(settings, world.conversations, say=lambda key: f"[{key}]", keywords=KEYWORDS, pace=Pace())


async def test_without_a_vendor_there_is_no_hook_and_no_worker(world: World, tmp_path: Path) -> None:
    assert joined(world, tmp_path) is None


@pytest.mark.parametrize(
    ("values", "paths"),
    [
        (TWILIO, ["/hooks/twilio", "/hooks/twilio/status/{post_id}/{part:int}"]),
        (TELEGRAM, ["/hooks/telegram"]),
        (SLACK, ["/hooks/slack/events", "/hooks/slack/actions"]),
    ],
)
async def test_each_vendor_has_its_own_hooks(
    world: World, tmp_path: Path, values: dict[str, str], paths: list[str]
) -> None:
    push = joined(world, tmp_path, **values)
    assert push is not None
    assert [route.path for route in push.routes] == paths  # type: ignore[attr-defined]
    await asyncio.gather(*(close() for close in push.closing))  # type: ignore[arg-type]


async def test_what_is_configured_answers_by_the_settings_own_secrets(world: World, tmp_path: Path) -> None:
    push = joined(world, tmp_path, **TWILIO, **TELEGRAM, **SLACK)
    assert push is not None
    app = Starlette(routes=list(push.routes))
    fields = {"MessageSid": "SM1", "From": ANN, "To": OURS, "Body": "I have chest pain"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=PUBLIC) as http:
        for signature, status in (("AAAA", 403), (twilio_signature(f"{PUBLIC}/hooks/twilio", fields), 200)):
            answer = await http.post("/hooks/twilio", data=fields, headers={"X-Twilio-Signature": signature})
            assert answer.status_code == status
        assert (await http.post("/hooks/telegram", json={})).status_code == 403
        assert (await http.post("/hooks/slack/events", json={})).status_code == 403
    await world.conversations.settle_down(within=20)
    await push.posting.at_rest()
    await push.posting.round()
    with world.database.read() as connection:
        states = {row[0] for row in connection.exec_driver_sql("SELECT state FROM post")}
    assert states == {"waiting"}, "Twilio cannot be reached: everything waits"
    await asyncio.gather(*(close() for close in push.closing))  # type: ignore[arg-type]
