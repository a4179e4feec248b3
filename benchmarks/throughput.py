"""
Messages a second, and how long an answer takes, against how many patients write at the same time.

`.venv/bin/python -m benchmarks.throughput` holds talks through one door on SQLite, one on
PostgreSQL and two on PostgreSQL and Redis, each with 1, 4, 8 and 16 patients who write
without a pause, and reads from the doors' own metrics how long each stage of a turn took.
One patient on SQLite is the baseline of the ratios.  `--write` puts table and pictures
into `benchmarks/RESULTS.md` and `benchmarks/plots`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import aiohttp

from benchmarks import drawing
from benchmarks.cluster import Balancer, Replica, all_ready, database, postgres, redis_server
from benchmarks.hopping import Seen, hold
from benchmarks.replicas import after, doors_of

_RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
_MARKS = ("<!-- throughput -->", "<!-- /throughput -->")
_STAGE = re.compile(r'b12_stage_seconds_(count|sum)\{stage="(\w+)"\} (\S+)')
_SETUPS = ("one door, SQLite", "one door, PostgreSQL", "two doors, PostgreSQL and Redis")


@dataclass(frozen=True)
class Load:
    """One setup under so many patients."""

    setup: str
    patients: int
    seen: Seen
    seconds: float
    cpu: float
    stages: dict[str, float]  # mean seconds

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.seen.messages / self.seconds

    @property
    def answers(self) -> list[float]:
        """Milliseconds to the first words at the median, the 95th and the 99th percentile."""
        cut = statistics.quantiles(self.seen.answered + self.seen.advised, n=100)
        return [1000 * cut[place] for place in (49, 94, 98)]


def main() -> int:
    """Prints the table; returns 1 when a message had no answer."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--patients", default="1,4,8,16", help="how many at the same time")
    options.add_argument("--seconds", type=float, default=25.0, help="of each measurement")
    options.add_argument("--write", action="store_true", help="put the table into benchmarks/RESULTS.md")
    chosen = options.parse_args()
    numbers = [int(number) for number in chosen.patients.split(",")]
    loads = []
    with tempfile.TemporaryDirectory(prefix="b12-load-") as folder:
        for place, setup in enumerate(_SETUPS):
            with _doors(setup, Path(folder) / str(place)) as doors:
                loads += asyncio.run(_measure(setup, doors, numbers, chosen.seconds))
    shown = _shown(loads)
    print(f"\n{shown}")
    if chosen.write:
        _write(shown, loads)
    return int(any(load.seen.silent for load in loads))


@contextlib.contextmanager
def _doors(setup: str, folder: Path) -> Iterator[Sequence[Replica]]:
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(redis_server()) if "Redis" in setup else ""
        if "PostgreSQL" in setup:
            url = database(stack.enter_context(postgres()), "load")
        else:
            from bot.records import migrate

            folder.mkdir(parents=True)
            url = f"sqlite:///{folder / 'b12.db'}"
            migrate.upgrade(url)
        doors = doors_of(2 if "two" in setup else 1, url=url, redis=redis, folder=folder, engine="model")
        for door in doors:
            stack.callback(door.end)
            door.start()
        yield doors


async def _measure(setup: str, doors: Sequence[Replica], numbers: Sequence[int], seconds: float) -> list[Load]:
    loads = []
    await all_ready(doors, within=900)
    async with Balancer([door.port for door in doors]).serving() as address:
        await hold(address, patients=2, enough=after(5), seed=999)  # the first turns load what is loaded late
        for number in numbers:
            spent, began = sum(door.cpu for door in doors), time.monotonic()
            before = await _stages(doors)
            seen = await hold(address, patients=number, enough=after(seconds), seed=number)
            took, cpu = time.monotonic() - began, sum(door.cpu for door in doors) - spent
            loads.append(Load(setup, number, seen, took, cpu, _means(before, await _stages(doors))))
            print(_line(loads[-1], loads[0]), flush=True)
    return loads


async def _stages(doors: Sequence[Replica]) -> Counter[tuple[str, str]]:
    """Counts and sums of seconds of all doors so far, by (stage, "count" or "sum")."""
    found: Counter[tuple[str, str]] = Counter()
    async with aiohttp.ClientSession() as http:
        for door in doors:
            async with http.get(f"http://127.0.0.1:{door.port}/metrics") as answer:
                for kind, stage, value in _STAGE.findall(await answer.text()):
                    found[stage, kind] += float(value)  # type: ignore[assignment]  # a Counter adds what it is given
    return found


def _means(before: Counter[tuple[str, str]], now: Counter[tuple[str, str]]) -> dict[str, float]:
    stages = dict.fromkeys(stage for stage, _ in now)
    return {
        stage: (now[stage, "sum"] - before[stage, "sum"]) / max(now[stage, "count"] - before[stage, "count"], 1)
        for stage in stages
    }


def _shown(loads: Sequence[Load]) -> str:
    """As Markdown."""
    base = loads[0]
    rows = [
        f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}. "
        "`python -m benchmarks.throughput --write`; the patients and the databases run on the same cores.",
        "",
        "| setup | patients | messages a second | against one on SQLite | first words p50 / p95 / p99 | silent | CPU s a message |",
        "|" + " --- |" * 7,
        *(_line(load, base) for load in loads),
        "",
        "Mean time of each stage of a turn, in milliseconds:",
        "",
        "| setup | patients | " + " | ".join(base.stages) + " |",
        "|" + " --- |" * (2 + len(base.stages)),
    ]
    for load in loads:
        means = " | ".join(f"{1000 * load.stages[stage]:.1f}" for stage in base.stages)
        rows.append(f"| {load.setup} | {load.patients} | {means} |")
    return "\n".join(rows)


def _line(load: Load, base: Load) -> str:
    answers = " / ".join(f"{value:.0f}" for value in load.answers)
    return (
        f"| {load.setup} | {load.patients} | {load.rate:.1f} | {load.rate / base.rate:.1f} | {answers} ms | {load.seen.silent} "
        f"| {load.cpu / max(load.seen.messages, 1):.3f} |"
    )


def _write(shown: str, loads: Sequence[Load]) -> None:
    rates: dict[str, dict[int, float]] = {}
    waits: dict[str, dict[int, float]] = {}
    for load in loads:
        rates.setdefault(load.setup, {})[load.patients] = load.rate
        waits.setdefault(load.setup, {})[load.patients] = load.answers[1]
    across = "patients who write at the same time"
    drawing.lines(drawing.FOLDER / "throughput.svg", "Messages a second", rates, across=across, up="messages a second")
    drawing.lines(drawing.FOLDER / "waiting.svg", "First words, 95th percentile", waits, across=across, up="ms")
    pictures = "![messages a second](plots/throughput.svg)\n![95th percentile of the first words](plots/waiting.svg)"
    before, _, rest = _RESULTS.read_text(encoding="utf-8").partition(_MARKS[0])
    behind = rest.partition(_MARKS[1])[2]
    _RESULTS.write_text(f"{before}{_MARKS[0]}\n{shown}\n\n{pictures}\n{_MARKS[1]}{behind}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
