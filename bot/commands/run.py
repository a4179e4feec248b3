"""
`b12bot run`: everything, as one process tree that ends together.

The front door and the staff console are two child processes; if one ends, the other is
ended too.  Everything that can be wrong is checked first and said in one sentence.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType

from bot.commands.terminal import CommandFailed, tell
from bot.settings import Settings, read_settings

#: Loading TensorFlow and the model takes most of it on a slow machine.
_READY_WITHIN = 180.0


def run(options: argparse.Namespace) -> int:
    started = time.monotonic()
    settings = read_settings()
    prepare(settings)
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    children = {part: _start(part) for part in ("console", "door")}
    try:
        announced = False
        while not stopping:
            for part, child in children.items():
                if child.poll() is not None:
                    raise CommandFailed(f"the {part} ended by itself (status {child.returncode}); see above.")
            if (
                not announced
                and _ready(f"{settings.door_address}/ready")
                and _ready(f"{settings.console_address}/health")
            ):
                announced = True
                _announce(settings, time.monotonic() - started)
            if not announced and time.monotonic() - started > _READY_WITHIN:
                raise CommandFailed(f"nothing was ready after {_READY_WITHIN:.0f} seconds; see b12bot doctor.")
            time.sleep(0.2)
    finally:
        _end(children)
    tell("Stopped.")
    return 0


def prepare(settings: Settings) -> None:
    """Ports, folders, content, model and database; raises CommandFailed with one sentence."""
    for name, port in (("B12_PORT", settings.port), ("B12_CONSOLE_PORT", settings.console_port)):
        _port_is_free(settings.host, port, name)
    for folder in (settings.data_dir, settings.model_dir):
        _writable(folder)
    prepare_model(settings)
    from bot import wiring
    from bot.records import migrate

    try:
        migrate.upgrade(settings.database_url)
    except Exception as error:
        raise CommandFailed(f"the database cannot be prepared ({type(error).__name__}: {error}).") from error
    wiring.check_keys(settings)


def prepare_model(settings: Settings) -> None:
    """Checks the content and trains if anything has changed; raises CommandFailed with one sentence."""
    from bot import wiring
    from bot.engine import training

    try:
        wiring.check_content(settings)
        if not training.is_current(settings.model_dir):
            training.train(settings.model_dir, tell=tell)
        training.trained_model(settings.model_dir)
    except (wiring.CannotStart, training.TrainingFailed) as error:
        raise CommandFailed(str(error)) from error


def _port_is_free(host: str, port: int, name: str) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandFailed(
                f"port {port} on {host} cannot be used ({error.strerror}); free it or choose another in {name}."
            ) from error


def _writable(folder: os.PathLike[str]) -> None:
    try:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        probe = os.path.join(folder, ".writable")  # noqa: PTH118
        with open(probe, "w"):  # noqa: PTH123
            pass
        os.unlink(probe)  # noqa: PTH108
    except OSError as error:
        raise CommandFailed(
            f"the folder {folder} cannot be written ({error.strerror}); make it writable or name another "
            "one in B12_DATA_DIR or B12_MODEL_DIR."
        ) from error


def _start(part: str) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches only this process, which then ends the children in order.
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", part, "--with-parent"], stdin=subprocess.PIPE, start_new_session=True
    )


def _ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, TimeoutError):
        return False


def _announce(settings: Settings, seconds: float) -> None:
    tell("")
    tell(f"Ready after {seconds:.1f} seconds.")
    tell(f"  demo clinic page  {settings.door_address}/")
    tell(f"  staff console     {settings.console_address}/   (first account: .venv/bin/b12bot staff add NAME)")
    tell(f"  health            {settings.door_address}/health")
    tell("Ctrl-C stops everything.")


def _end(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + 8
    for child in children.values():
        try:
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
