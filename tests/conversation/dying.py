"""Kills this process as a power cut would: at once, with nothing tidied up."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def armed(call: Callable[..., Any], *, before: bool) -> Callable[..., Any]:
    """The call, which kills the process before or after its work."""

    def wrapped(*values: Any, **named: Any) -> Any:
        if before:
            die()
        result = call(*values, **named)
        die()
        return result

    return wrapped
