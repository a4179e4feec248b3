"""
How well danger is caught, and how often it is seen where there is none.

    python -m benchmarks.understanding_danger FILE [FILE …] [--note]

Each FILE holds one JSON object a line with `level` and either `text` or `turns`, and
`category` and `style` if known.  Three readers are compared: the reviewed rules alone,
the trained classifier alone, and both together as patients meet them.  A danger counts
as caught when the level is urgent or emergency, as asked when a safety question is open.
`--note` adds the figures to benchmarks/RESULTS.md with date and machine.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from bot.clinical.codes import Level
from bot.clinical.urgency import UrgencyRules
from bot.knowledge.danger import load_danger
from bot.knowledge.danger_language import DangerLanguage
from bot.language.screen import Screen, ScreenState
from bot.language.screen_loading import build_screen

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
_START, _BETWEEN = datetime(2026, 11, 20, 12, tzinfo=timezone.utc), timedelta(minutes=2)


@dataclass(frozen=True)
class Case:
    """One conversation and what it means."""

    turns: tuple[str, ...]
    level: Level
    category: str
    style: str

    @property
    def dangerous(self) -> bool:
        return self.level >= Level.URGENT


@dataclass(frozen=True)
class Verdict:
    """What a reader made of it."""

    level: Level
    category: str | None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding_danger", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--note", action="store_true", help="add the figures to benchmarks/RESULTS.md")
    options = parser.parse_args(arguments)
    screens = _screens()
    for path in options.files:
        report = _report(path, screens)
        print(report)
        if options.note:
            with RESULTS.open("a", encoding="utf-8") as results:
                results.write(report + "\n")
    return 0


def _screens() -> dict[str, Screen]:
    danger = load_danger()
    language, rules = danger.language, danger.flags.rules
    both = build_screen(language, rules)
    if both.reads_by_rules_alone:
        raise SystemExit("The classifier cannot be used; see the log above.")
    silent_language = DangerLanguage(rows=(), lists=language.lists, meant=language.meant)
    silent_rules = UrgencyRules((), rules.questions, rules.doubt_text, rules.doubt_text_other)
    return {
        "rules alone": Screen(language, rules),
        "classifier alone": build_screen(silent_language, silent_rules),
        "both": both,
    }


def _report(path: Path, screens: dict[str, Screen]) -> str:
    cases = _cases(path)
    lines = [
        f"## Danger, {path.name}, {date.today().isoformat()}",
        "",
        f"{len(cases)} conversations, {sum(case.dangerous for case in cases)} dangerous; {_machine()}.",
        "Shares with 95 % Wilson intervals; caught: urgent or emergency, asked: an open safety question.",
        "",
        "| reader | dangers caught | only asked | silent | emergencies called so | category right | false alarms "
        "| harmless asked | ms a message |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    verdicts = {}
    for name, screen in screens.items():
        start = time.process_time()
        verdicts[name] = [_verdict(screen, case) for case in cases]
        spent = 1000 * (time.process_time() - start) / sum(len(case.turns) for case in cases)
        lines.append(f"| {name} | {_row(cases, verdicts[name])} | {spent:.0f} |")
    for title, group_of in _GROUPINGS.items():
        lines += ["", f"| {title} | dangers | rules alone | both | both or asked |", "| --- | --- | --- | --- | --- |"]
        dangerous = [row for row, case in enumerate(cases) if case.dangerous]
        for group in sorted({group_of(cases[row]) for row in dangerous}):
            rows = [row for row in dangerous if group_of(cases[row]) == group]
            shares = [
                _share(verdicts[name][row].level >= least for row in rows)
                for name, least in (("rules alone", Level.URGENT), ("both", Level.URGENT), ("both", Level.CHECK))
            ]
            lines.append(f"| {group} | {len(rows)} | {' | '.join(shares)} |")
    lines += [
        "",
        "| harmless, by style | messages | rules alone | both | both asked |",
        "| --- | --- | --- | --- | --- |",
    ]
    harmless = [row for row, case in enumerate(cases) if case.level is Level.NONE]
    for style in sorted({cases[row].style for row in harmless}):
        rows = [row for row in harmless if cases[row].style == style]
        shares = [
            _share(verdicts["rules alone"][row].level >= Level.URGENT for row in rows),
            _share(verdicts["both"][row].level >= Level.URGENT for row in rows),
            _share(verdicts["both"][row].level is Level.CHECK for row in rows),
        ]
        lines.append(f"| {style} | {len(rows)} | {' | '.join(shares)} |")
    return "\n".join([*lines, ""])


_GROUPINGS: dict[str, Callable[[Case], str]] = {
    "category": lambda case: case.category,
    "style": lambda case: case.style,
    "level": lambda case: case.level.code,
}


def _cases(path: Path) -> list[Case]:
    cases = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            record = json.loads(line)
            turns = record["turns"] if "turns" in record else [record["text"]]
            level = Level.from_code(record["level"])
            cases.append(Case(tuple(turns), level, record.get("category") or "-", record.get("style") or "-"))
    return cases


def _verdict(screen: Screen, case: Case) -> Verdict:
    state, at, level, category = ScreenState(), _START, Level.NONE, None
    for text in case.turns:
        result = screen.screen(text, state, at=at)
        state, at, level, category = result.state, at + _BETWEEN, result.level, result.category
    return Verdict(level, category)


def _row(cases: Sequence[Case], verdicts: Sequence[Verdict]) -> str:
    pairs = list(zip(cases, verdicts, strict=True))
    dangers = [(case, found) for case, found in pairs if case.dangerous]
    harmless = [found for case, found in pairs if case.level is Level.NONE]
    caught = [(case, found) for case, found in dangers if found.level >= Level.URGENT]
    return " | ".join(
        (
            _share(found.level >= Level.URGENT for _, found in dangers),
            _share(found.level is Level.CHECK for _, found in dangers),
            _share(found.level is Level.NONE for _, found in dangers),
            _share(found.level is Level.EMERGENCY for case, found in dangers if case.level is Level.EMERGENCY),
            _share(found.category == case.category for case, found in caught),
            _share(found.level >= Level.URGENT for found in harmless),
            _share(found.level is Level.CHECK for found in harmless),
        )
    )


def _share(values: Iterable[bool]) -> str:
    """The share of true values with its Wilson interval, in per cent."""
    known = list(values)
    if not known:
        return "-"
    count, z = len(known), 1.96
    share = sum(known) / count
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return f"{100 * share:.1f} ({100 * max(0, middle - half):.1f} to {100 * min(1, middle + half):.1f})"


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
