"""`b12bot serve door|console`: one part in this process."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

from bot.commands import logs
from bot.commands.terminal import CommandFailed
from bot.settings import read_settings


def run(options: argparse.Namespace) -> int:
    import uvicorn

    from bot.engine.without_tensorflow import spare

    spare()  # before anything imports Rasa
    from bot import wiring

    settings = read_settings()
    logs.set_up(settings.log_level)
    if options.with_parent:
        _end_with_parent()
    try:
        app = wiring.front_door(settings) if options.part == "door" else wiring.console(settings)
    except wiring.CannotStart as error:
        raise CommandFailed(str(error)) from error
    port = settings.port if options.part == "door" else settings.console_port
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        lifespan="on",
        proxy_headers=False,
        ws="none",  # the websockets that Rasa pins is too old for this server, and nobody needs it
    )
    server = uvicorn.Server(config)
    server.run()
    return 0 if server.started else 1


def _end_with_parent() -> None:
    """The parent holds the other end of standard input; when it dies, so do we."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
