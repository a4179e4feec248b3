"""
How long a turn takes, how long the start, and how much memory the running tree needs.

`.venv/bin/python -m benchmarks.turns` starts the product on free ports with a fresh data
folder, holds scripted talks over the real HTTP API (100 turns), and prints medians and
95th percentiles beside the health probe as the baseline of the same machine and run.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SCRIPT = (
    "yes that's fine",
    "ive been shattered for months and my feet tingle, had a gastric bypass in 2019",
    "can these injections give me a blood clot?",
    "b12 was 150",
    "42",
    "no",
    "none",
    "pg/ml, hb 9.8",
    "what are the side effects?",
    "show my summary",
)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--turns", type=int, default=100)
    wanted = options.parse_args().turns
    with tempfile.TemporaryDirectory(prefix="b12-turns-") as folder:
        door, console = _free_port(), _free_port()
        environment = {
            **os.environ,
            "B12_DATA_DIR": folder,
            "B12_PORT": str(door),
            "B12_CONSOLE_PORT": str(console),
            "B12_TURN_DEADLINE": "30",
        }
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
        )
        try:
            address = f"http://127.0.0.1:{door}"
            _wait_until_ready(address, process)
            ready = time.perf_counter() - began
            seconds = _hold_talks(address, wanted)
            baseline = [_timed(lambda: _get(f"{address}/health")) for _ in range(wanted)]
            memory = _memory_of(process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
    base = statistics.median(baseline)
    print(f"seconds from start to ready      {ready:8.1f}")
    for name, values in (("turn", seconds), ("health probe (baseline)", baseline)):
        middle, late = statistics.median(values), statistics.quantiles(values, n=20)[18]
        print(
            f"{name:24} median {1000 * middle:8.1f} ms   95 % {1000 * late:8.1f} ms   {middle / base:6.1f} x baseline"
        )
    for name, megabytes in memory.items():
        print(f"memory {name:24} {megabytes:8.0f} MB")
    return 0


def _hold_talks(address: str, turns: int) -> list[float]:
    seconds: list[float] = []
    while len(seconds) < turns:
        opened = _post(f"{address}/api/sessions", {}, token=None, origin=address)
        token, after = opened["token"], opened.get("after", 0)
        for text in SCRIPT[: turns - len(seconds)]:
            began = time.perf_counter()
            sent = _post(f"{address}/api/messages", {"id": uuid.uuid4().hex, "text": text}, token=token, origin=address)
            after = max(after, sent["seq"] or 0)
            after = _until_answered(address, token, after)
            seconds.append(time.perf_counter() - began)
    return seconds


def _until_answered(address: str, token: str, after: int) -> int:
    for _ in range(3000):
        found = _get(f"{address}/api/messages?after={after}", token=token, origin=address)
        answers = [m for m in found["messages"] if m["author"] != "patient" and (m["seq"] or 0) > after]
        if answers and not found["typing"]:
            return max(m["seq"] for m in answers)
        time.sleep(0.005)
    raise SystemExit("no answer within 15 seconds")


def _wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1800):
        if process.poll() is not None:
            raise SystemExit(f"the product ended with status {process.returncode} before it was ready")
        try:
            if _get(f"{address}/ready")["ready"]:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("not ready within 180 seconds")


def _get(address: str, *, token: str | None = None, origin: str | None = None) -> dict:  # type: ignore[type-arg]
    request = urllib.request.Request(address, headers=_headers(token, origin))
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)  # type: ignore[no-any-return]


def _post(address: str, body: dict, *, token: str | None, origin: str) -> dict:  # type: ignore[type-arg]
    headers = {**_headers(token, origin), "Content-Type": "application/json"}
    for _ in range(200):
        request = urllib.request.Request(address, data=json.dumps(body).encode(), headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)  # type: ignore[no-any-return]
        except urllib.error.HTTPError as error:
            if error.code != 429:
                raise
            time.sleep(float(error.headers.get("Retry-After", "1")))  # the door paces new talks; that is not a turn
    raise SystemExit("the door kept refusing")


def _headers(token: str | None, origin: str | None) -> dict[str, str]:
    headers = {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if origin:
        headers["Origin"] = origin
    return headers


def _timed(call) -> float:  # type: ignore[no-untyped-def]
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _memory_of(parent: int) -> dict[str, float]:
    """Resident megabytes of each process of the tree, from /proc."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
            command = (path.parent / "cmdline").read_bytes().decode().replace("\0", " ")
        except OSError:
            continue
        if int(path.parent.name) == parent or int(fields["PPid"]) == parent:
            name = "front door" if "serve door" in command else "console" if "serve console" in command else "parent"
            found[name] = int(fields["VmRSS"].split()[0]) / 1024
    found["all together"] = sum(found.values())
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
