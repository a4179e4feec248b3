"""Addresses that point out of a folder, and addresses that write lines into a log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from channels.conftest import Door
from conversation.world import World
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.anyio

OUTSIDE = [
    "/widget/../settings.py",
    "/widget/../../pyproject.toml",
    "/widget/..\\..\\pyproject.toml",
    "/widget//etc/passwd",
    "/widget/./../../.env.example",
    "/widget/demo/../../settings.py",
    f"/widget/{ROOT}/pyproject.toml",
    "/widget/",
    "/widget/\x00",
    "/widget/" + "../" * 40 + "etc/passwd",
    "/chat/../../pyproject.toml",
]


async def asked(door: Door, path: str) -> tuple[int, bytes]:
    """Status and body for a path exactly as written; a client would tidy it up first."""
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"door.example")],
        "client": ("192.0.2.1", 1),
        "server": ("door.example", 80),
        "scheme": "http",
        "root_path": "",
    }
    parts: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        parts.append(message)

    await door.app(scope, receive, send)
    return parts[0]["status"], b"".join(part.get("body", b"") for part in parts)


@pytest.mark.parametrize("path", OUTSIDE)
async def test_only_files_of_the_chat_box_are_served(world: World, path: str) -> None:
    door = Door(world, widget=ROOT / "bot" / "widget")
    status, body = await asked(door, path)
    assert status in (404, 405) and b"root:" not in body and b"[project]" not in body
    assert (await asked(door, "/widget/transport.js"))[0] == 200


async def test_an_address_writes_no_line_of_its_own_into_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks(request: Request) -> Response:
        raise RuntimeError("chest pain\n2026-03-02 INFO all is well")

    door = Door(world, routes=[Route("/breaks/{rest:path}", breaks)])
    forged = "x\r2026-03-02 INFO \x1b[2Jall is well\u2028and \u202eso on"
    status, body = await asked(door, f"/breaks/{forged}")
    assert status == 500 and b"chest pain" not in body
    (line,) = [record.getMessage() for record in caplog.records if "door.failed" in record.getMessage()]
    assert line.isprintable() and "all is well" not in line.partition("path=")[0] and "chest" not in line
