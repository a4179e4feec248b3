"""
What all runs with killed doors together have shown, as a table in RESULTS.md that grows by a line with each run.

The sum is made from the lines, so that nobody keeps it by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
MARKS = ("<!-- kills -->", "<!-- /kills -->")
COLUMNS = (
    "date",
    "engine",
    "minutes",
    "kills",
    "messages",
    "lost",
    "doubled",
    "out of order",
    "safe sentences",
    "unheard",
    "silent",
)
_FIRST = COLUMNS.index("minutes")  # of the columns that can be summed up
_WANTED = 100_000


def add(row: Sequence[object], *, file: Path = RESULTS) -> str:
    """Puts the row under the others in the file, and returns the whole table with its sums."""
    before, found, rest = file.read_text(encoding="utf-8").partition(MARKS[0])
    if not found or MARKS[1] not in rest:
        raise ValueError(f"{file} has no place for the table: expected {MARKS[0]} and {MARKS[1]} on lines of their own")
    old, _, after = rest.partition(MARKS[1])
    rows = [*rows_of(old), [str(cell) for cell in row]]
    shown = table(rows)
    file.write_text(f"{before}{MARKS[0]}\n{shown}\n{MARKS[1]}{after}", encoding="utf-8")
    return shown


def rows_of(shown: str) -> list[list[str]]:
    """The cells of each run in a table made by `table`."""
    lines = [line for line in shown.splitlines() if line.startswith("| 2")]  # they begin with a year
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines]


def table(rows: Sequence[Sequence[str]]) -> str:
    """As Markdown, with the sums and how far it is to the messages wanted."""
    sums = [sum(float(row[place].replace(",", "")) for row in rows) for place in range(_FIRST, len(COLUMNS))]
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + " --- |" * len(COLUMNS)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    lines.append(f"| **all {len(rows)}** | | " + " | ".join(f"**{value:,.0f}**" for value in sums) + " |")
    messages, lost, doubled = (int(sums[COLUMNS.index(name) - _FIRST]) for name in ("messages", "lost", "doubled"))
    lines.append(f"\n{messages:,} of the {_WANTED:,} messages wanted; {lost} lost, {doubled} doubled.")
    return "\n".join(lines)
