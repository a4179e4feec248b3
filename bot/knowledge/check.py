"""
Check all reviewed content for every region and say what an editor has to mend.

Beside what the loaders refuse: rules that no worked example fires, codes of the core
without words, and signatures whose review is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.clinical.codes import FLAGS, INDICATIONS
from bot.clinical.route import RULES
from bot.knowledge.content import DEMO_PROFILE, FOLDER, collect, content_files, live_faults
from bot.knowledge.governance import GovernedRow, governed_rows, unresolved_sources, unsigned_rows
from bot.knowledge.strict import ContentError, Fault, Row, read_yaml, rows
from bot.knowledge.values import REGIONS, checked, mapped, sources_of

EXAMPLES = "worked_examples.yml"

#: A signature holds so long; then the row is looked at again.
REVIEW_AFTER_DAYS = 365


@dataclass(frozen=True)
class Checked:
    """`faults` stop a start in this mode; `lines` tell everything, the faults included, in plain sentences."""

    faults: tuple[Fault, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """One worked example: the patient in the form of the batch command, and the answer that must come."""

    id: str
    says: str
    patient: Mapping[str, Any]
    expect: Mapping[str, Any]

    @property
    def rules(self) -> tuple[str, ...]:
        """ "R3c/R5" proves both rules."""
        return tuple(str(self.expect.get("rule", "")).split("/"))


def check(
    *, profile: Path | None = None, mode: str = "demo", folder: Path | None = None, today: date | None = None
) -> Checked:
    """
    Everything that is wrong with the content, for all regions.

    Args:
        profile: The clinic's own file.
        mode: In "live" rows that are not signed, and reviews that are due, are faults.
        today: The day on which reviews are counted as due.
    """
    folder, profile = folder or FOLDER, profile or DEMO_PROFILE
    found: list[Fault] = []
    for region in REGIONS:
        content = collect(folder, profile, region, found)
        if content is not None and content.clinic.region == region:
            break  # a clinic that names its region uses no other
    found.extend(unresolved_sources(folder, profile))
    found.extend(example_faults(load_examples(folder, found)))
    paths = [*content_files(folder), profile]
    due = _due(governed_rows(paths), today or date.today())
    if mode == "live":
        found.extend(live_faults(folder, profile))
        found.extend(due)
    faults = tuple(dict.fromkeys(found))
    return Checked(faults, tuple(_lines(faults, due, folder, paths, mode)))


def load_examples(folder: Path, faults: list[Fault]) -> tuple[Example, ...]:
    """The worked examples; faults are added to the list."""
    examples = []
    for row in rows(folder / EXAMPLES, faults):
        examples.append(
            Example(id=row.text("id"), says=row.text("says"), patient=mapped(row, "patient"), expect=_expect(row))
        )
        sources_of(row)
        checked(row)
    return tuple(examples)


def _expect(row: Row) -> Mapping[str, Any]:
    expect = mapped(row, "expect")
    if set(expect) != {"indications", "route", "rule", "flags", "level"}:
        row.fault("'expect' must have exactly: indications, route, rule, flags, level.")
    return expect


def example_faults(examples: Iterable[Example]) -> list[Fault]:
    """Each rule, indication and flag needs an example that it answers."""
    examples = tuple(examples)
    rules = {rule for example in examples for rule in example.rules}
    indications = {code for example in examples for code in example.expect.get("indications") or ()}
    flags = {code for example in examples for code in example.expect.get("flags") or ()}
    missing = [
        *(("rule", rule) for rule in RULES if rule not in rules),
        *(("indication", code) for code in INDICATIONS if code not in indications),
        *(("flag", code) for code in FLAGS if code not in flags),
    ]
    return [Fault(EXAMPLES, name, f"no example gives this {kind}; write one.") for kind, name in missing]


def _due(governed: Iterable[GovernedRow], today: date) -> list[Fault]:
    faults = []
    for row in governed:
        if row.status != "signed":
            continue
        try:
            signed = date.fromisoformat(str(row.signed_on))
        except ValueError:
            faults.append(Fault(row.file, row.id, f"'signed_on' is {row.signed_on!r}; write it like 2026-03-14."))
            continue
        if today - signed > timedelta(days=REVIEW_AFTER_DAYS):
            faults.append(Fault(row.file, row.id, f"was signed on {signed}; its review after 12 months is due."))
    return faults


def _lines(faults: tuple[Fault, ...], due: list[Fault], folder: Path, paths: list[Path], mode: str) -> Iterable[str]:
    yield from (str(fault) for fault in faults)
    if mode != "live":
        yield from (f"Note: {fault}" for fault in due)
    all_rows = sum(1 for _ in governed_rows(paths))
    drafts = len(unsigned_rows(paths))
    yield f"{len(content_files(folder))} files, {all_rows} rows: {all_rows - drafts} signed, {drafts} drafts."
    yield "No faults." if not faults else f"{len(faults)} faults to mend."


def readable(path: Path) -> Any:
    """The file as parsed, or None; its loader tells what is wrong with it."""
    try:
        return read_yaml(path)
    except ContentError:
        return None
