"""A real browser and a real front door, while the network and the server fail in the middle of a turn."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .chat import Chat

HERE = Path(__file__).resolve().parent
PATIENCE = 30_000  # milliseconds, for a busy machine


class Wire:
    """A line between browser and server that can be cut: open connections break, new ones are refused."""

    def __init__(self, server: int) -> None:
        self._server = server
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.port = free_port()
        self.mend()

    def mend(self) -> None:
        self._listening = self._run(asyncio.start_server(self._pass_on, "127.0.0.1", self.port))

    def cut(self) -> None:
        async def cut() -> None:
            self._listening.close()
            for writer in self._open:
                writer.transport.abort()

        self._run(cut())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._server)
        except OSError:
            writer.transport.abort()
            return
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        self._open.discard(writer)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Product:
    """A front door in a process of its own that can be killed and started again on the same port and ledger."""

    def __init__(self, folder: Path, *, seconds: float) -> None:
        self._folder, self._seconds, self._port = folder, seconds, free_port()
        self.wire = Wire(self._port)
        self.address = f"http://127.0.0.1:{self.wire.port}"
        self.start()

    def start(self) -> None:
        values = (self._folder, self._port, self._seconds, self.address)
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "small_product.py"), *map(str, values)],
            env={**os.environ, "PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE.parents[1]}"},
        )
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{self.address}/health", timeout=2):
                    return
            except OSError:
                assert self._process.poll() is None, "it ended by itself"
                time.sleep(0.1)
        raise AssertionError("it did not start")

    def kill(self) -> None:
        """As a power cut would."""
        self._process.kill()
        self._process.wait()


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    running = Product(tmp_path, seconds=2.5)
    yield running
    running.kill()


@pytest.fixture
def talk(page: Page, product: Product) -> Chat:
    made = Chat(page, product)  # type: ignore[arg-type]
    made.visit().open()
    page.locator("b12-chat .intro").wait_for(state="attached")
    return made


def own(talk: Chat, words: str) -> int:
    return talk.page.locator("b12-chat .said--patient", has_text=words).count()


def answers(talk: Chat, words: str) -> int:
    return talk.page.locator("b12-chat .said--assistant", has_text=f"You said: {words}").count()


def in_mid_turn(talk: Chat) -> None:
    """The message is kept and the engine is at work on it."""
    expect(talk.page.locator("b12-chat .writing")).to_be_visible(timeout=PATIENCE)
    expect(talk.page.locator("b12-chat .state").last).to_have_text(re.compile(r"^Sent "), timeout=PATIENCE)


def answered(talk: Chat, words: str) -> None:
    expect(talk.log).to_contain_text(f"You said: {words}", timeout=PATIENCE)


def test_a_server_killed_in_mid_turn_loses_and_doubles_nothing(
    talk: Chat, product: Product, picture: Callable[..., None]
) -> None:
    talk.say("first words")
    answered(talk, "first words")
    talk.say("words of the turn")
    in_mid_turn(talk)
    product.kill()
    expect(talk.notice).to_contain_text("Not connected", timeout=PATIENCE)
    expect(talk.notice.get_by_role("link", name="Call 999")).to_be_visible()
    expect(talk.page.locator("b12-chat .writing")).to_be_hidden()
    talk.say("words without a server")
    picture(talk.page, "killed-in-mid-turn")
    product.start()
    for words in ("words of the turn", "words without a server"):
        answered(talk, words)
    expect(talk.notice).to_be_hidden(timeout=PATIENCE)
    for words in ("first words", "words of the turn", "words without a server"):
        assert (own(talk, words), answers(talk, words)) == (1, 1)
    talk.visit().open()
    answered(talk, "words without a server")
    assert (own(talk, "words of the turn"), answers(talk, "words of the turn")) == (1, 1)


def test_a_network_cut_in_mid_turn_loses_and_doubles_nothing_in_two_tabs(
    talk: Chat, context: BrowserContext, product: Product
) -> None:
    second = Chat(context.new_page(), talk.door)
    second.visit().open()
    talk.page.bring_to_front()
    talk.say("before the cut")
    in_mid_turn(talk)
    product.wire.cut()
    expect(talk.notice).to_contain_text("Not connected", timeout=PATIENCE)
    talk.say("chest pain in the dark")
    talk.page.wait_for_timeout(2800)  # the answer to the first comes while nobody can hear it
    product.wire.mend()
    answered(talk, "before the cut")
    answered(talk, "chest pain in the dark")
    expect(talk.log).to_contain_text("Immediate action required", timeout=PATIENCE)
    second.page.bring_to_front()
    answered(second, "chest pain in the dark")
    for tab in (talk, second):
        for words in ("before the cut", "chest pain in the dark"):
            assert (own(tab, words), answers(tab, words)) == (1, 1)
        expect(tab.page.locator("b12-chat section", has_text="ADVICE emergency cardiac")).to_have_count(1)


def test_on_a_slow_line_the_emergency_number_comes_with_the_page_and_the_talk_works(
    page: Page, product: Product, picture: Callable[..., None]
) -> None:
    """As browsers emulate slow 3G: 400 ms for every answer, 50 kB a second."""
    line = page.context.new_cdp_session(page)
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000},
    )
    talk = Chat(page, product)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE)
    talk.visit().open()
    expect(talk.help).to_contain_text("999")
    talk.box.fill("slow words")
    page.locator("b12-chat .intro").wait_for(state="attached")
    page.wait_for_timeout(2500)
    talk.box.press("Enter")
    answered(talk, "slow words")
    talk.menu("Clear this chat")
    expect(page.get_by_role("button", name="Keep the chat")).to_be_visible()
    picture(page, "slow-3g")
    assert (own(talk, "slow words"), answers(talk, "slow words")) == (1, 1)
