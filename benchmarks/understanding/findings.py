"""
How well findings and results are read.

    python -m benchmarks.understanding.findings FILE [FILE …]

F1 counts (code, present or denied) of symptoms and history, one a code and message; results count by analyte, value,
comparator and unit.  A denial is right when it is read as a denial; a duration when it is given to the day.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.understanding.shares import records, share
from bot.batch.findings import handler

TODAY = date(2026, 11, 20)
Record = dict[str, Any]


@dataclass
class Tally:
    """What was found, invented and missed."""

    right: int = 0
    invented: int = 0
    missed: int = 0

    def add(self, expected: set[Any], found: set[Any]) -> None:
        self.right += len(expected & found)
        self.invented += len(found - expected)
        self.missed += len(expected - found)

    @property
    def f1(self) -> float:
        total = 2 * self.right + self.invented + self.missed
        return 2 * self.right / total if total else 1.0


@dataclass
class Figures:
    """Figures of one file."""

    messages: int = 0
    findings: Tally = field(default_factory=Tally)
    results: Tally = field(default_factory=Tally)
    denials: list[bool] = field(default_factory=list)
    durations: list[bool] = field(default_factory=list)
    errors: list[Record] = field(default_factory=list)


def measure(path: Path, read: Callable[[Record], Record]) -> Figures:
    figures = Figures()
    for record in records(path):
        figures.messages += 1
        found = read(record)
        before = figures.findings.invented + figures.findings.missed + figures.results.invented + figures.results.missed
        for part in ("symptoms", "history"):
            expected = {(entry["name"], entry["present"]) for entry in record.get(part, ())}
            got = {(entry["name"], entry["present"]) for entry in found[part]}
            figures.findings.add(expected, got)
            figures.denials += [one in got for one in expected if not one[1]]
        days = {entry["name"]: entry["duration_days"] for entry in found["symptoms"]}
        figures.durations += [
            days.get(entry["name"]) == entry["duration_days"]
            for entry in record.get("symptoms", ())
            if entry.get("duration_days") is not None
        ]
        if "labs" in record:
            figures.results.add(set(map(_result, record["labs"])), set(map(_result, found["labs"])))
        after = figures.findings.invented + figures.findings.missed + figures.results.invented + figures.results.missed
        if after > before:
            figures.errors.append({"expected": record, "found": found})
    return figures


def _result(lab: Record) -> tuple[Any, ...]:
    return lab["analyte"], str(lab["value"]), lab["comparator"], lab["unit"]


def table(paths: Sequence[Path]) -> tuple[list[str], dict[str, list[Record]]]:
    """Rows of a table, and each file's errors to read."""
    read = handler(region="uk", today=TODAY)
    lines = [
        "| file | messages | findings F1 | found | invented | missed | denials right | durations right | results F1 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    errors = {}
    for path in paths:
        figures = measure(path, read)
        found, results = figures.findings, figures.results
        numbers = results.right + results.invented + results.missed
        lines.append(
            f"| {path.name} | {figures.messages} | {found.f1:.3f} | {found.right} | {found.invented} | {found.missed} | "
            f"{share(figures.denials)} | {share(figures.durations)} | {f'{results.f1:.3f}' if numbers else '-'} |"
        )
        errors[path.stem] = figures.errors
    return lines, errors


if __name__ == "__main__":
    print("\n".join(table([Path(name) for name in sys.argv[1:]])[0]))
