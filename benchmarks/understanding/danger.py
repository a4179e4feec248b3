"""
How well danger is caught, and how often it is seen where there is none.

    python -m benchmarks.understanding.danger FILE [FILE …] [--errors FOLDER]

Each FILE holds one JSON object a line with `level` and either `text` or `turns`, and
`category` and `style` if known.  Three readers are compared: the reviewed rules alone,
the trained classifier alone, and both together as patients meet them.  A danger counts
as caught when the level is urgent or emergency, as asked when a safety question is open.
`--errors` keeps what was missed, raised or asked wrongly, to read (never those of a sealed test set while rules are tuned).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from benchmarks.understanding.shares import machine, records, share
from bot.batch.triage import load_results_reader
from bot.clinical.codes import Level
from bot.clinical.urgency import UrgencyRules
from bot.knowledge.danger import load_danger
from bot.knowledge.danger_language import DangerLanguage
from bot.language.screen import Screen, ScreenState
from bot.language.screen_loading import build_screen

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
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding.danger", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--errors", type=Path, help="a folder for the lines that went wrong")
    options = parser.parse_args(arguments)
    known = screens()
    for path in options.files:
        cases = read_cases(path)
        verdicts = {name: [verdict(screen, case) for case in cases] for name, screen in known.items()}
        print("\n".join([f"## Danger, {path.name}, {machine()}", "", *report(cases, verdicts)]))
        if options.errors:
            write_errors(options.errors / f"{path.stem}.jsonl", cases, verdicts["both"])
    return 0


def screens() -> dict[str, Screen]:
    danger = load_danger()
    language, rules = danger.language, danger.flags.rules
    labs = load_results_reader(today=_START.date())
    both = build_screen(language, rules, labs=labs)
    if both.reads_by_rules_alone:
        raise SystemExit("The classifier cannot be used; see the log above.")
    silent_language = DangerLanguage(rows=(), lists=language.lists, meant=language.meant)
    silent_rules = UrgencyRules((), rules.questions, rules.doubt_text, rules.doubt_text_other)
    return {
        "rules alone": Screen(language, rules, labs=labs),
        "classifier alone": build_screen(silent_language, silent_rules),
        "both": both,
    }


def report(cases: Sequence[Case], verdicts: Mapping[str, Sequence[Verdict]]) -> list[str]:
    """Lines of Markdown: all readers; then rules and both by category, style, level; then the harmless by style."""
    lines = [
        f"{len(cases)} conversations, {sum(case.dangerous for case in cases)} dangerous. Shares in per cent with 95 % Wilson "
        f"intervals; caught: urgent or emergency, asked: an open safety question.",
        "",
        "| reader | dangers caught | only asked | silent | emergencies called so | category right | false alarms "
        "| harmless asked |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [f"| {name} | {_row(cases, found)} |" for name, found in verdicts.items()]
    emergencies = [row for row, case in enumerate(cases) if case.level is Level.EMERGENCY]
    missed = [verdicts["both"][row].level is Level.NONE for row in emergencies]
    if missed:
        lines += ["", f"Emergencies that neither raised nor asked: {sum(missed)} of {len(missed)}, {share(missed)} %."]
    for title, group_of in _GROUPINGS.items():
        lines += ["", f"| {title} | dangers | rules alone | both | both or asked |", "| --- | --- | --- | --- | --- |"]
        dangerous = [row for row, case in enumerate(cases) if case.dangerous]
        for group in sorted({group_of(cases[row]) for row in dangerous}):
            rows = [row for row in dangerous if group_of(cases[row]) == group]
            shares = [
                share(verdicts[name][row].level >= least for row in rows)
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
            share(verdicts["rules alone"][row].level >= Level.URGENT for row in rows),
            share(verdicts["both"][row].level >= Level.URGENT for row in rows),
            share(verdicts["both"][row].level is Level.CHECK for row in rows),
        ]
        lines.append(f"| {style} | {len(rows)} | {' | '.join(shares)} |")
    return lines


_GROUPINGS: dict[str, Callable[[Case], str]] = {
    "category": lambda case: case.category,
    "style": lambda case: case.style,
    "level": lambda case: case.level.code,
}


def read_cases(path: Path) -> list[Case]:
    return [
        Case(
            tuple(record["turns"] if "turns" in record else [record["text"]]),
            Level.from_code(record["level"]),
            record.get("category") or "-",
            record.get("style") or "-",
        )
        for record in records(path)
    ]


def verdict(screen: Screen, case: Case) -> Verdict:
    state, at, level, category = ScreenState(), _START, Level.NONE, None
    for text in case.turns:
        result = screen.screen(text, state, at=at)
        state, at, level, category = result.state, at + _BETWEEN, result.level, result.category
    return Verdict(level, category)


def write_errors(path: Path, cases: Sequence[Case], verdicts: Sequence[Verdict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for case, found in zip(cases, verdicts, strict=True):
            wrong = found.level < Level.URGENT if case.dangerous else found.level > case.level
            if wrong:
                line = {
                    "expected": case.level.code,
                    "found": found.level.code,
                    "category": case.category,
                    "turns": case.turns,
                }
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _row(cases: Sequence[Case], verdicts: Sequence[Verdict]) -> str:
    pairs = list(zip(cases, verdicts, strict=True))
    dangers = [(case, found) for case, found in pairs if case.dangerous]
    harmless = [found for case, found in pairs if case.level is Level.NONE]
    caught = [(case, found) for case, found in dangers if found.level >= Level.URGENT]
    return " | ".join(
        (
            share(found.level >= Level.URGENT for _, found in dangers),
            share(found.level is Level.CHECK for _, found in dangers),
            share(found.level is Level.NONE for _, found in dangers),
            share(found.level is Level.EMERGENCY for case, found in dangers if case.level is Level.EMERGENCY),
            share(found.category == case.category for case, found in caught),
            share(found.level >= Level.URGENT for found in harmless),
            share(found.level is Level.CHECK for found in harmless),
        )
    )


if __name__ == "__main__":
    sys.exit(main())
