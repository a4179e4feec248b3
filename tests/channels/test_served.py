"""The application under a real server, with real sockets and a real clock for what goes on beside the turns."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import uvicorn
from conversation.world import World, until

from channels.conftest import Door
from channels.push_town import ANN, Town
from channels.vendors import StandIn

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def served(door: Door | Town | StandIn) -> AsyncIterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(
        door.app, host="127.0.0.1", port=port, log_config=None, timeout_graceful_shutdown=1, ws="none"
    )
    server = uvicorn.Server(config)
    running = asyncio.ensure_future(server.serve())
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await asyncio.wait({running}, timeout=30)


async def test_a_conversation_over_the_wire(tmp_path: Path) -> None:
    world = World(tmp_path)
    door = Door(world)
    async with served(door) as address, httpx.AsyncClient(base_url=address, timeout=20) as http:
        token = (await http.post("/api/sessions")).json()["token"]
        who = {"Authorization": f"Bearer {token}"}
        async with http.stream("GET", "/api/stream", headers=who) as response:
            assert response.status_code == 200
            await http.post("/api/messages", json={"id": "message-a", "text": "I have chest pain"}, headers=who)
            texts: list[str] = []
            async for line in response.aiter_lines():
                if line.startswith("data: ") and "text" in (data := json.loads(line[6:])):
                    texts.append(data["text"])
                if "May I keep what you write?" in texts:
                    break
        assert texts[0] == "ADVICE emergency cardiac"
        await until(lambda: world.conversations.delivery.open_tabs == 0)
        assert (await http.get("/ready")).json()["ready"] is True
    assert world.conversations.busy == 0
    world.database.close()


async def test_a_staff_reply_reaches_the_patient_within_moments_without_anybody_asking(tmp_path: Path) -> None:
    world = World(tmp_path)
    async with served(Door(world)) as address, httpx.AsyncClient(base_url=address, timeout=20) as http:
        token = (await http.post("/api/sessions")).json()["token"]
        who = {"Authorization": f"Bearer {token}"}
        await http.post("/api/messages", json={"id": "message-a", "text": "hello"}, headers=who)
        talk = world.conversations.talks.all()[0].conversation_id
        async with http.stream("GET", "/api/stream", headers=who) as response:
            replied = False
            async for line in response.aiter_lines():
                if not replied and "May I keep" in line:
                    replied = True
                    world.desk.reply(
                        talk, "This is Kim.", message_id="staff-0001", by=world.nurse(), now=world.clock.now()
                    )
                if "This is Kim." in line:
                    break
            assert replied
    world.database.close()


async def test_a_text_message_and_a_nurse_s_reply_go_out_by_themselves(tmp_path: Path) -> None:
    """Both sides over real sockets, the worker as the application starts it."""
    town = Town(tmp_path)
    async with served(town.twilio) as vendor:
        town.account = replace(town.account, api=vendor)
        town.open(wired=False)
        async with served(town) as address:
            town.http = httpx.AsyncClient(base_url=address, timeout=20)
            assert (await town.text("I have chest pain")).status_code == 200
            await until(lambda: len(town.twilio.sent) == 3)
            assert town.twilio.texts[0].endswith("ADVICE emergency cardiac")
            talk, now = town.conversations()[0], town.world.clock.now()
            town.world.desk.reply(talk, "This is Kim.", message_id="s-1", by=town.world.nurse(), now=now)
            await until(lambda: len(town.twilio.sent) == 4)
            assert (town.twilio.texts[-1], town.twilio.sent[-1]["To"]) == ("Nurse Kim: This is Kim.", ANN)
            assert "b12_posts_sent_total 4.0" in (await town.http.get("/metrics")).text
    town.world.database.close()
