"""
How long danger advice takes while the dialogue engine has more to do than it can.

`.venv/bin/python -m benchmarks.saturation` starts a real front door, sends danger
messages through it and measures from the request until the advice is on the patient's
stream, first with nothing else to do, then while other patients (in another process)
keep the engine busy without a pause.  The clock is the patient's: it holds the network
of this machine and the waiting of the measuring program itself.  What of it is the door's
own processing, from the message to its advice, is read from the door's metrics (`screen`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import aiohttp

from benchmarks.cluster import ROOT, Replica, all_ready
from benchmarks.hopping import hold

DANGERS = (
    "i have crushing chest pain",
    "my throat is closing and i cannot breathe",
    "one side of my face has dropped",
    "i want to end my life tonight",
)
_SCREEN = re.compile(r'b12_stage_seconds_bucket\{le="([^"]+)",stage="screen"\} (\S+)')
SECRET = "a-secret-for-one-run-of-the-benchmark"


def main() -> int:
    """Prints a table; returns 1 when advice was missing."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--messages", type=int, default=200, help="with a danger, in each of the two runs")
    options.add_argument("--patients", type=int, default=12, help="who keep the engine busy")
    options.add_argument("--flood", help="only keep this address busy (used by the benchmark itself)")
    chosen = options.parse_args()
    if chosen.flood:
        asyncio.run(hold(chosen.flood, patients=chosen.patients, enough=lambda: False, seed=7))
        return 0
    with tempfile.TemporaryDirectory(prefix="b12-saturation-") as folder:
        return asyncio.run(_measure(Path(folder), chosen))


async def _measure(folder: Path, chosen: argparse.Namespace) -> int:
    environment = {
        "B12_DATA_DIR": str(folder),
        "B12_DATABASE_URL": f"sqlite:///{folder / 'b12.db'}",
        "B12_SESSION_SECRET": SECRET,
        "B12_TRUSTED_PROXIES": "127.0.0.1",
        "B12_LOG_LEVEL": "ERROR",
    }
    from bot.records import migrate

    migrate.upgrade(environment["B12_DATABASE_URL"])
    door = Replica(0, environment)
    door.start()
    flood = None
    try:
        await all_ready([door], within=900)
        address = f"http://127.0.0.1:{door.port}"
        idle = await _advice(address, 20)  # what is loaded late is loaded then
        idle = await _advice(address, chosen.messages)
        flood = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.saturation", "--flood", address, "--patients", str(chosen.patients)],
            cwd=ROOT,
        )
        await asyncio.sleep(10)
        screened = await _screened(address)
        before, began = door.cpu, time.monotonic()
        busy = await _advice(address, chosen.messages)
        screened = {step: count - screened[step] for step, count in (await _screened(address)).items()}
        share = (door.cpu - before) / (time.monotonic() - began)
    finally:
        if flood is not None:
            flood.kill()
            flood.wait()
        door.end()
    print(f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"door at work: {share:.2f} cores\n")
    print(_at_the_door(screened), end="\n\n")
    print("| while | messages | advice p50 | p95 | p99 | longest |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, found in (("nothing else to do", idle), (f"{chosen.patients} patients write without a pause", busy)):
        print(f"| {name} | {len(found)} | {_quantiles(found)} |")
    return int(len(idle) < chosen.messages or len(busy) < chosen.messages)


async def _advice(address: str, count: int) -> list[float]:
    """Seconds from the request to the advice on the stream."""
    took = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        for number in range(count):
            host = {"X-Forwarded-For": f"10.9.{secrets.randbelow(250)}.{secrets.randbelow(250)}"}
            async with http.post(f"{address}/api/sessions", json={}, headers=host) as opened:
                who = {"Authorization": f"Bearer {(await opened.json())['token']}"}
            timeout = aiohttp.ClientTimeout(total=30)
            async with http.get(f"{address}/api/stream", headers=who, timeout=timeout) as stream:
                await stream.content.readline()
                body = {"id": secrets.token_hex(12), "text": DANGERS[number % len(DANGERS)]}
                began = time.perf_counter()
                sending = asyncio.ensure_future(http.post(f"{address}/api/messages", json=body, headers=who))
                async for line in stream.content:
                    if line.startswith(b"data: ") and json.loads(line[6:]).get("card"):
                        took.append(time.perf_counter() - began)
                        break
                (await sending).release()
    return took


async def _screened(address: str) -> dict[float, float]:
    """How many messages the door has screened so far within each of its steps, in seconds; `inf` holds all."""
    async with aiohttp.ClientSession() as http, http.get(f"{address}/metrics") as answer:
        return {float(end): float(count) for end, count in _SCREEN.findall(await answer.text())}


def _at_the_door(screened: dict[float, float]) -> str:
    every = screened[float("inf")]
    within = next(step for step in sorted(screened) if screened[step] >= 0.99 * every)
    return f"the door's processing while busy: {every:.0f} messages screened, 99 % of them within {1000 * within:g} ms"


def _quantiles(values: Sequence[float]) -> str:
    cut = statistics.quantiles(values, n=100)
    return " | ".join(f"{1000 * value:.1f} ms" for value in (cut[49], cut[94], cut[98], max(values)))


if __name__ == "__main__":
    raise SystemExit(main())
