"""Plain lines for an operator's terminal."""

from __future__ import annotations

import sys


def tell(sentence: str) -> None:
    """One line on standard output, at once."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


class CommandFailed(Exception):
    """The command cannot do its work; the text is one sentence for the operator."""
