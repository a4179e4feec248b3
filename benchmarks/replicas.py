"""
Two front doors on one database, patients who hop between them at every request, and doors killed under load.

`.venv/bin/python -m benchmarks.replicas` starts PostgreSQL, Redis, one and then two real
front doors behind a balancer without memory, holds talks through them, kills a door at
random whenever both have been ready for 30 seconds, and compares the ledger with what
was sent.  `--minutes` is the length of the run with kills; `--calm` of each run without.
`--note` adds the run with kills to the table of all such runs in RESULTS.md.

`--engine small` puts the small engine and screen of the tests in place of the trained model: the
front door, ledger, turn lock, journal and delivery stay the product's, a door starts in
seconds, and a machine that cannot spare the model's time sees far more kills and messages.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks import kill_record
from benchmarks.cluster import DOOR, ROOT, Balancer, Replica, all_ready, database, postgres, redis_server
from benchmarks.hopping import Books, Seen, check, hold

SECRET = "a-secret-for-one-run-of-the-benchmark"
_TESTS = ROOT / "tests"


@dataclass(frozen=True)
class Run:
    """One run and what it showed."""

    name: str
    seen: Seen
    books: Books
    seconds: float
    cpu: float
    memory: int
    kills: int
    cold_starts: list[float]


def main() -> int:
    """Prints a table; returns 1 when anything was lost or doubled."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=5.0, help="of the run in which doors are killed")
    options.add_argument("--calm", type=float, default=1.5, help="minutes of each run without kills")
    options.add_argument("--patients", type=int, default=4, help="at the same time")
    options.add_argument("--runs", default="one,two,killed", help="which of them, for example killed")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--engine", default="model", choices=("model", "small"), help="small: see below")
    options.add_argument("--ready", type=float, default=30.0, help="seconds both doors are ready before a kill")
    options.add_argument("--note", action="store_true", help="add the run with kills to benchmarks/RESULTS.md")
    chosen = options.parse_args()
    runs: list[Run] = []
    with postgres() as server, redis_server() as redis, tempfile.TemporaryDirectory(prefix="b12-doors-") as folder:
        for key, name, number, minutes in (
            ("one", "one door", 1, chosen.calm),
            ("two", "two doors", 2, chosen.calm),
            ("killed", "two doors, one killed again and again", 2, chosen.minutes),
        ):
            if key not in chosen.runs.split(","):
                continue
            url = database(server, f"run{len(runs)}")
            doors = doors_of(number, url=url, redis=redis, folder=Path(folder) / str(len(runs)), engine=chosen.engine)
            work = _run(name, doors, url=url, minutes=minutes, killing=key == "killed", chosen=chosen)
            runs.append(asyncio.run(work))
            print(_line(runs[-1]), *runs[-1].books.told, sep="\n", flush=True)
            if chosen.note and key == "killed":
                kill_record.add(_noted(runs[-1], chosen.engine))
    print(f"\n{date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(table(runs))
    return int(any(run.books.lost or run.books.doubled for run in runs))


async def _run(
    name: str, doors: Sequence[Replica], *, url: str, minutes: float, killing: bool, chosen: argparse.Namespace
) -> Run:
    kills = 0
    try:
        for door in doors:
            door.start()
            await all_ready([door], within=900)
        async with Balancer([door.port for door in doors]).serving() as address:
            await hold(address, patients=1, enough=after(5), seed=999)  # the first turns load what is loaded late
            began, spent = time.monotonic(), sum(door.cpu for door in doors)
            enough = after(60 * minutes)
            load = asyncio.ensure_future(hold(address, patients=chosen.patients, enough=enough, seed=chosen.seed))
            if killing:
                kills = await _kill(doors, load, random.Random(chosen.seed), ready=chosen.ready)
            seen = await load
            seconds, cpu = time.monotonic() - began, sum(door.cpu for door in doors) - spent
            await all_ready(doors, within=900)
            memory = max(door.memory for door in doors)
        reader = heard if chosen.engine == "model" else str.split
        books = await asyncio.to_thread(check, url, seen, heard=reader, secret=SECRET)
    finally:
        for door in doors:
            door.end()
    return Run(name, seen, books, seconds, cpu, memory, kills, [start for door in doors for start in door.cold_starts])


async def _kill(doors: Sequence[Replica], load: asyncio.Future[Seen], chance: random.Random, *, ready: float) -> int:
    """Kills one of the doors whenever both have been ready for so many seconds, and starts it again at once."""
    kills = 0
    while not load.done():
        well = [await door.look() for door in doors]
        since = [door.ready_since for door in doors if door.ready_since is not None]
        if all(well) and time.monotonic() - max(since) >= ready:
            door = chance.choice(list(doors))
            door.kill()
            door.start()
            kills += 1
        await asyncio.sleep(0.5)
    return kills


def heard(state: str) -> list[str]:
    """Ids of the patient's messages in the dialogue's stored state, in order."""
    events = json.loads(state)["events"] if state else []
    return [event["message_id"] for event in events if event.get("event") == "user"]


def table(runs: Sequence[Run]) -> str:
    """As Markdown."""
    rows = [
        "| run | messages | kills | lost | doubled | out of order | safe sentences | unheard | silent | messages a second "
        "| first words p50 / p95 / p99 | receipt p50 / p95 / p99 | CPU s a message | memory a door | cold start |",
        "|" + " --- |" * 15,
    ]
    for run in runs:
        seen, books = run.seen, run.books
        rows.append(
            f"| {run.name} | {seen.messages} | {run.kills} | {books.lost} | {books.doubled} | {books.out_of_order} "
            f"| {books.safe_sentences} | {books.unheard} | {seen.silent} | {seen.messages / run.seconds:.1f} "
            f"| {_quantiles(seen.answered + seen.advised)} | {_quantiles(seen.receipts)} "
            f"| {run.cpu / max(seen.messages, 1):.3f} | {run.memory / 1e6:.0f} MB "
            f"| {statistics.median(run.cold_starts):.1f} s |"
        )
    return "\n".join(rows)


def _noted(run: Run, engine: str) -> list[object]:
    books = run.books
    numbers = (books.lost, books.doubled, books.out_of_order, books.safe_sentences, books.unheard, run.seen.silent)
    return [date.today(), engine, f"{run.seconds / 60:.0f}", run.kills, run.seen.messages, *numbers]


def _line(run: Run) -> str:
    return f"{run.name}: {run.seen.messages} messages in {run.seconds:.0f} s, {run.kills} kills, {run.books}"


def _quantiles(values: Sequence[float]) -> str:
    if len(values) < 2:
        return "-"
    cut = statistics.quantiles(values, n=100)
    return f"{1000 * cut[49]:.0f} / {1000 * cut[94]:.0f} / {1000 * cut[98]:.0f} ms"


def after(seconds: float):  # type: ignore[no-untyped-def]
    ends = time.monotonic() + seconds
    return lambda: time.monotonic() > ends


def doors_of(number: int, *, url: str, redis: str, folder: Path, engine: str) -> list[Replica]:
    doors = []
    for index in range(number):
        own = folder / str(index)
        own.mkdir(parents=True)
        small = (sys.executable, str(_TESTS / "channels" / "door_worker.py"), str(own))
        doors.append(
            Replica(
                index,
                {
                    **({} if engine == "model" else {"PYTHONPATH": f"{_TESTS}{os.pathsep}{ROOT}"}),
                    "B12_DATABASE_URL": url,
                    "B12_REDIS_URL": redis,
                    "B12_SESSION_SECRET": SECRET,
                    "B12_DATA_DIR": str(own),
                    "B12_TRUSTED_PROXIES": "127.0.0.1",
                    "B12_LOG_LEVEL": "ERROR",
                },
                DOOR if engine == "model" else small,
            )
        )
    return doors


if __name__ == "__main__":
    raise SystemExit(main())
