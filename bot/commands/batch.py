"""`b12bot batch NAME [FILE]`: run one part over a clinic's own messages, without a server."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TextIO

from bot.batch.lines import Handler, run_lines
from bot.commands.terminal import CommandFailed
from bot.knowledge.strict import ContentError
from bot.wiring import CannotStart


def run(options: argparse.Namespace) -> int:
    """Reads FILE or standard input; everything but the answers goes to standard error."""
    with _answers_only() as out:
        try:
            handler = _handler(options)
        except ContentError as error:
            raise CommandFailed(f"the reviewed content cannot be used:\n{error}") from error
        except CannotStart as error:
            raise CommandFailed(str(error)) from error
        with _lines(options.file) as lines:
            return run_lines(lines, out, handler)


def _handler(options: argparse.Namespace) -> Handler:
    part = importlib.import_module(f"bot.batch.{options.part}")
    own = {}
    if options.profile is not None:
        if options.part != "assess":
            raise CommandFailed(
                f"--profile is for assess; {options.part} does not read a clinic's limits and switches."
            )
        own["profile"] = options.profile
    return part.handler(region=options.region, today=options.today or date.today(), **own)


@contextlib.contextmanager
def _lines(name: str | None) -> Iterator[TextIO]:
    if name is None or name == "-":
        yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace", newline="\n")
        return
    try:
        stream = Path(name).open(encoding="utf-8-sig", errors="replace", newline="\n")  # noqa: SIM115
    except OSError as error:
        raise CommandFailed(f"{name} cannot be read ({error.strerror}).") from error
    with stream:
        yield stream


@contextlib.contextmanager
def _answers_only() -> Iterator[TextIO]:
    """
    Keep standard output for answers.

    Libraries print at will, some from C; their standard output is pointed at standard
    error, and the answers go to a private copy of the real one.
    """
    sys.stdout.flush()
    private = os.dup(1)
    os.dup2(2, 1)
    out = io.TextIOWrapper(os.fdopen(private, "wb"), encoding="utf-8", errors="surrogatepass", newline="\n")
    try:
        yield out
    finally:
        with contextlib.suppress(BrokenPipeError, ValueError):
            out.flush()
