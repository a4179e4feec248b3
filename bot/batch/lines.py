"""
JSON lines in, JSON lines out, in the same order; a bad line never stops the others.

Each part gives a `Handler`: one parsed record in, one record out.  A handler raises
`LineError` for a record it cannot use; its sentence goes into that line's place.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from typing import Any, TextIO

Handler = Callable[[dict[str, Any]], dict[str, Any]]

log = logging.getLogger(__name__)


class LineError(Exception):
    """This record cannot be used; the text says what was expected and is safe to show."""


def run_lines(lines: Iterable[str], out: TextIO, handler: Handler) -> int:
    """
    Write one JSON object for each non-blank line and return the exit status.

    Returns:
        0, or 1 when at least one line gave an error object.
    """
    status = 0
    for line in lines:
        if not line.strip():
            continue
        identifier: Any = None
        try:
            record = _parse(line)
            identifier = record.get("id")
            answer = handler(record)
        except LineError as error:
            answer, status = {"id": identifier, "error": str(error)}, 1
        except Exception as error:  # one broken line must not cost a clinic the other thousand
            log.error("batch line failed: %s", type(error).__name__, exc_info=error)
            answer, status = {"id": identifier, "error": f"could not be processed ({type(error).__name__})."}, 1
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
        out.flush()
    return status


def text_field(record: dict[str, Any], key: str) -> str:
    """The text under `key`; raises LineError naming the key when it is absent or not text."""
    value = record.get(key)
    if not isinstance(value, str):
        raise LineError(f"'{key}' must be a text, found {type(value).__name__}.")
    return value


def _parse(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineError(f"not a JSON object: {error}.") from error
    if not isinstance(record, dict):
        raise LineError(f"expected a JSON object with an 'id', found {type(record).__name__}.")
    return record
