"""
Where logs go and what a line may hold: standard error, one event a line, never a patient's words.

Our own lines are names and numbers.  Other libraries quote what they stumbled over, in
their messages' later lines and in tracebacks: of those only the first line, the kind of
the error and its place are kept.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from types import TracebackType
from typing import Any, TextIO

from bot.conversation.tracing import where

_OURS = ("bot", "actions")


class OneLine(logging.Formatter):
    """UTC time, level, logger, event."""

    converter = time.gmtime  # type: ignore[assignment]  # as logging documents it

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.name.partition(".")[0] not in _OURS:
            message = message.partition("\n")[0]
        line = logging.makeLogRecord(
            {**vars(record), "msg": message, "args": None, "exc_text": None, "stack_info": None}
        )
        return " ".join(super().format(line).splitlines())

    def formatException(self, ei: Any) -> str:  # noqa: N802 (the name is logging's)
        kind, error = ei[0], ei[1]
        return f"error={kind.__name__ if kind else 'unknown'} at={where(error) if error else 'unknown'}"


def set_up(level: str, *, stream: TextIO | None = None) -> logging.Handler:
    """
    Ours from `level` on, others' warnings.

    Args:
        level: DEBUG, INFO, WARNING or ERROR.
        stream: Standard error when None.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(OneLine())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    threading.excepthook = _thread_died
    return handler


def _thread_died(died: threading.ExceptHookArgs) -> None:
    """Python would print the whole traceback."""
    kind: type[BaseException] = died.exc_type
    trace: TracebackType | None = died.exc_traceback
    error = died.exc_value or kind()
    logging.getLogger("bot").error(
        "thread.died thread=%s error=%s at=%s",
        died.thread.name if died.thread else "?",
        kind.__name__,
        where(error.with_traceback(trace)),
    )
