"""
The same model under stock Rasa and under this assistant, on the same machine in the same run.

`.venv/bin/python -m benchmarks.stock` starts `rasa run` (REST channel, SQL tracker store
on SQLite, its own processor, lock store and action client) with `rasa run actions`
beside it, and this assistant's backend on SQLite.  Both stay up; at each place of the
conversation the same messages go to one and the other in turn, so that both meet the
same load of the machine.  It prints the time of a turn around turn 10, 100, 500 and
1,000, the processor time, and the ratios.

What is stock is everything but the trained archive and the actions, which are the same
on both sides: our pipeline components and policies are ordinary Rasa components and run
inside `rasa run`.  A long stock conversation is made by copying the events of its own
turns in its database, which is what it would hold; ours is held message by message.
Stock answers over HTTP on this machine, ours in process: about 3 ms of difference.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks.cluster import cpu_seconds, free_port

if TYPE_CHECKING:
    from bot.conversation.one_talk import OneTalk

ROOT = Path(__file__).resolve().parent.parent

OPENING = ("hello", "yes that's fine")
#: Questions, facts and small talk that keep the interview open.
ROUND = (
    "how long do injections take to work?",
    "i am tired",
    "why do you ask?",
    "thanks",
    "do the injections hurt?",
    "my feet tingle",
    "what should i eat",
)
_AROUND = 8  # turns measured at each place


@dataclass
class Side:
    """One of the two, by turn: medians in milliseconds, and processor milliseconds a turn."""

    name: str
    turns: dict[int, float] = field(default_factory=dict)
    engine: dict[int, float] = field(default_factory=dict)  # without reading (screen and NLU)
    processor: dict[int, float] = field(default_factory=dict)
    start: float = 0.0


class Talk(Protocol):
    """A conversation on one of the sides."""

    done: int

    async def reach(self, turn: int) -> None:
        """Goes on until it has so many turns."""

    async def say(self, text: str) -> tuple[float, float]:
        """Seconds of the turn, and of the engine with its reading."""

    async def read(self, text: str) -> float:
        """Seconds for screen and NLU of this text alone."""

    def processor(self) -> float:
        """Processor seconds of all its processes so far."""


def main() -> int:
    """Prints the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--turns", default="10,100,500,1000", help="where to measure")
    chosen = options.parse_args()
    places = sorted(int(turn) for turn in chosen.turns.split(","))
    with tempfile.TemporaryDirectory(prefix="b12-stock-") as folder:
        stock, ours = asyncio.run(_measure(Path(folder), places))
    print(f"\n{date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(table(stock, ours))
    return 0


async def _measure(folder: Path, places: Sequence[int]) -> tuple[Side, Side]:
    sides = Side("stock Rasa"), Side("this assistant")
    with _servers(folder, folder / "stock.db") as (address, processes, start), _ours(folder) as (ours, our_start):
        sides[0].start, sides[1].start = start, our_start
        talks: tuple[Talk, Talk] = (_Stock(address, folder / "stock.db", processes), ours)
        for talk in talks:
            for text in OPENING:
                await talk.say(text)
        for place in places:
            for talk in talks:
                await talk.reach(place - _AROUND // 2)
            took: list[list[tuple[float, float, float]]] = [[], []]
            for text in (ROUND[number % len(ROUND)] for number in range(_AROUND)):
                for talk, found in zip(talks, took, strict=True):
                    before = talk.processor()
                    turn, engine = await talk.say(text)
                    spent = talk.processor() - before
                    found.append((turn, engine - await talk.read(text), spent))
            for side, found in zip(sides, took, strict=True):
                turns, engines, worked = zip(*found, strict=True)
                side.turns[place], side.engine[place] = (1000 * statistics.median(kind) for kind in (turns, engines))
                side.processor[place] = 1000 * statistics.mean(worked)
                print(f"{side.name}, turn {place}: {side.turns[place]:.1f} ms", flush=True)
    return sides


# --- stock


class _Stock:
    """A conversation with `rasa run` over REST."""

    def __init__(self, address: str, database: Path, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        self._address, self._database, self._processes = address, database, processes
        self.done = 0

    async def say(self, text: str) -> tuple[float, float]:
        began = time.perf_counter()
        _post(f"{self._address}/webhooks/rest/webhook", {"sender": "one", "message": text})
        self.done += 1
        took = time.perf_counter() - began
        return took, took

    async def read(self, text: str) -> float:
        began = time.perf_counter()
        _post(f"{self._address}/model/parse", {"text": text})
        return time.perf_counter() - began

    async def reach(self, turn: int) -> None:
        while self.done < min(turn, len(OPENING) + len(ROUND) + 1):
            await self.say(ROUND[self.done % len(ROUND)])
        self.done += _copy_turns(self._database, self.done, turn)

    def processor(self) -> float:
        return sum(cpu_seconds(process.pid) for process in self._processes)


def _copy_turns(database: Path, have: int, wanted: int) -> int:
    """Appends copies of the conversation's last whole round until it has so many turns; returns how many were added."""
    if wanted - have < len(ROUND):
        return 0
    added = 0
    with sqlite3.connect(database) as connection:
        users = connection.execute(
            "SELECT id, timestamp FROM events WHERE type_name = 'user' ORDER BY id DESC LIMIT ?", (len(ROUND),)
        ).fetchall()
        rows = connection.execute(
            "SELECT sender_id, type_name, timestamp, intent_name, action_name, data FROM events WHERE id >= ? "
            "ORDER BY id",
            (users[-1][0],),
        ).fetchall()
        last, first = rows[-1][2], rows[0][2]
        span, shift = last - first + 1.0, 0.0
        while have + added + len(ROUND) <= wanted:
            shift += span
            for sender, kind, at, intent, action, data in rows:
                moved = {**json.loads(data), "timestamp": at + shift}
                connection.execute(
                    "INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data) "
                    "VALUES (?, ?, ?, ?, ?, ?)",
                    (sender, kind, at + shift, intent, action, json.dumps(moved)),
                )
            added += len(users)
    return added


@contextmanager
def _servers(folder: Path, database: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]], float]]:
    """The address of `rasa run`, its processes, and the seconds until both answered."""
    from bot.engine import training
    from bot.settings import read_settings

    model = training.trained_model(read_settings().model_dir)
    if model is None:
        raise SystemExit("no model is trained (make train).")
    port, actions = free_port(), free_port()
    (folder / "credentials.yml").write_text("rest:\n")
    (folder / "endpoints.yml").write_text(
        f'action_endpoint:\n  url: "http://127.0.0.1:{actions}/webhook"\n'
        f"tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: {database}\n"
    )
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "LOG_LEVEL": "ERROR"}
    rasa = [sys.executable, "-W", "ignore", "-m", "rasa", "run"]
    server = [*rasa, "--model", str(model), "--port", str(port), "-i", "127.0.0.1", "--enable-api"]
    server += ["--endpoints", str(folder / "endpoints.yml"), "--credentials", str(folder / "credentials.yml")]
    quiet: dict[str, Any] = {
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "env": environment,
        "cwd": ROOT,
    }
    began = time.perf_counter()
    processes = [
        subprocess.Popen(server, **quiet),
        subprocess.Popen([*rasa, "actions", "--actions", "actions", "--port", str(actions)], **quiet),
    ]
    try:
        for address in (f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{actions}/health"):
            _wait(address, processes)
        yield f"http://127.0.0.1:{port}", processes, time.perf_counter() - began
    finally:
        for process in processes:
            process.kill()
            process.wait()


# --- ours


@contextmanager
def _ours(folder: Path) -> Iterator[tuple[_Ours, float]]:
    """A conversation through the co-ordinator, the ledger and the trained model; and the seconds to load all that."""
    from bot import wiring
    from bot.conversation.one_talk import OneTalk
    from bot.settings import read_settings

    timed, began = _Timed(), time.perf_counter()
    backend = wiring.rehearsal(read_settings(), region="uk", folder=folder, clock=_Now(), around_engine=timed.around)
    start = time.perf_counter() - began
    try:
        yield _Ours(OneTalk(backend.conversations, channel="batch", region="uk"), timed), start
    finally:
        backend.close()


class _Ours:
    def __init__(self, talk: OneTalk, timed: _Timed) -> None:
        self._talk, self._timed = talk, timed
        self.done = 0

    async def say(self, text: str) -> tuple[float, float]:
        began = time.perf_counter()
        await self._talk.say(text)
        self.done += 1
        return time.perf_counter() - began, self._timed.last

    async def read(self, text: str) -> float:
        return await self._timed.reading(text)

    async def reach(self, turn: int) -> None:
        while self.done < turn:
            await self.say(ROUND[self.done % len(ROUND)])

    def processor(self) -> float:
        return time.process_time()


class _Timed:
    """The engine with a stop watch."""

    def __init__(self) -> None:
        self.last = 0.0
        self._engine: Any = None

    def around(self, engine: Any) -> Any:
        self._engine = engine
        respond: Callable[..., Any] = engine.respond

        async def watched(conversation_id: str, text: str, *, turn: Any) -> Any:
            began = time.perf_counter()
            try:
                return await respond(conversation_id, text, turn=turn)
            finally:
                self.last = time.perf_counter() - began

        engine.respond = watched
        return engine

    async def reading(self, text: str) -> float:
        """Seconds for the NLU part of a turn, which the front door has screened."""
        from rasa.core.channels.channel import UserMessage

        agent = self._engine._agent
        message = UserMessage(text, metadata={"danger": None})
        began = time.perf_counter()
        await self._engine._elsewhere(agent.processor.parse_message(message))
        return time.perf_counter() - began


class _Now:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)


# --- showing


def table(stock: Side, ours: Side) -> str:
    """As Markdown."""
    rows = ["| figure | stock Rasa | this assistant | ratio |", "| --- | --- | --- | --- |"]
    for title, left, right in (
        ("whole turn", stock.turns, ours.turns),
        ("engine alone (screen and NLU taken off)", stock.engine, ours.engine),
        ("processor time of a turn", stock.processor, ours.processor),
    ):
        rows += [
            f"| {title}, turn {place} | {left[place]:.1f} ms | {right[place]:.1f} ms | {left[place] / right[place]:.1f} |"
            for place in left
        ]
    rows.append(
        f"| start until it answers | {stock.start:.1f} s | {ours.start:.1f} s | {stock.start / ours.start:.1f} |"
    )
    return "\n".join(rows)


def _post(address: str, body: dict[str, str]) -> Any:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.loads(answer.read())


def _wait(address: str, processes: Sequence[subprocess.Popen[bytes]], *, within: float = 900.0) -> None:
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        if any(process.poll() is not None for process in processes):
            raise SystemExit("stock Rasa ended by itself.")
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise SystemExit(f"{address} did not answer within {within:.0f} seconds.")


if __name__ == "__main__":
    raise SystemExit(main())
