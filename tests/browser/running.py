"""The whole product as `make run` starts it: one process tree on free ports with a fresh data folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery staple"


@dataclass
class Running:
    """Addresses of a running product; `address` makes it usable where a test expects a door."""

    address: str
    console: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> int:
        """As Ctrl-C does; returns the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)


def start(folder: Path) -> Running:
    """Starts everything and waits until it says that it is ready."""
    door, console = _free_port(), _free_port()
    environment = {
        **os.environ,
        "B12_DATA_DIR": str(folder / "var"),
        "B12_PORT": str(door),
        "B12_CONSOLE_PORT": str(console),
        "B12_TURN_DEADLINE": "30",  # the test machine may be busy; the deadline has tests of its own
    }
    subprocess.run(
        [sys.executable, "-m", "bot", "staff", "add", "anna", "--shown-as", "Anna Reed", "--password-stdin"],
        input=f"{PASSWORD}\n".encode(),
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    log = folder / "run.log"
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run"], env=environment, cwd=ROOT, stdout=log.open("wb"), stderr=subprocess.STDOUT
    )
    for _ in range(900):
        if b"Ready after" in log.read_bytes():
            break
        if process.poll() is not None:
            raise AssertionError(log.read_text(errors="replace")[-2000:])
        time.sleep(0.2)
    else:
        process.kill()
        raise AssertionError("not ready in time:\n" + log.read_text(errors="replace")[-2000:])
    return Running(f"http://127.0.0.1:{door}", f"http://127.0.0.1:{console}", process, log)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
