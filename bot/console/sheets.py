"""Lists as CSV and JSON; a cell can never become a formula in the program that opens it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

#: A spreadsheet reads a cell that begins so as a formula (OWASP: CSV injection).
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


#: Stands before a file of lines, for Excel.
MARK = "\ufeff"


def as_csv(rows: Iterable[Sequence[object]]) -> str:
    """Lines of a file: every cell quoted, dangerous beginnings made harmless."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return stream.getvalue()


def harmless(cell: object) -> str:
    """The text with an apostrophe before it where a spreadsheet would calculate."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_DANGEROUS) else text
