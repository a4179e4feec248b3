"""
Load what patients say about danger: word lists, spellings and the phrases of each fact.

`danger/words/*.yml` and `danger/cues.yml` hold word lists, `danger/spellings.yml` text
speech and slips of the pen, `danger/said/*.yml` the patterns by which a fact is read.
The notation of a pattern is explained in `danger_patterns.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.clinical.codes import Side, Trend
from bot.clinical.urgency_facts import FACTS
from bot.knowledge.danger_patterns import (
    Pattern,
    PatternError,
    parse_pattern,
    places_of,
)
from bot.knowledge.strict import Fault, Row, rows


@dataclass(frozen=True)
class SaidRow:
    """One way of saying one fact, and what saying it so tells beside it."""

    id: str
    fact: str
    said: tuple[Pattern, ...]
    unless: tuple[Pattern, ...] = ()  # in the same sentence: says something harmless
    doubt_if: tuple[Pattern, ...] = ()  # in the same sentence: ask before alarming
    explained_by: tuple[
        Pattern, ...
    ] = ()  # a usual cause in the same sentence: ask while it lasts, no report once gone
    event: bool = False  # happens once, so the simple past reports it
    sudden: bool | None = None
    trend: Trend | None = None
    side: Side | None = None
    severe: bool = False
    even_denied: bool = False  # the pattern holds its own "no", cues of denial around it mean nothing
    even_supposed: bool = False  # "if I did not wake up": supposing it is saying it
    others_only: bool = False  # said of somebody else only
    doubtful: bool = False  # may mean something harmless just as well: always asked about
    deed: bool = False  # done is done: feeling well now does not end it
    figurative: bool = False  # people say it of things, of joy and of shock as well
    always_now: bool = False  # nobody says it about the past, a leaflet or a "what if"


@dataclass(frozen=True)
class DangerLanguage:
    """Word lists by name (phrases in the pattern notation), meant spellings, and the rows."""

    lists: dict[str, tuple[str, ...]]
    meant: dict[str, tuple[str, ...]]
    rows: tuple[SaidRow, ...]


def load_danger_language(folder: Path, faults: list[Fault]) -> DangerLanguage:
    """
    Read every file of `folder`/danger; faults are added to the list.

    A row that cannot be read is left out, so that the others can still be checked.
    """
    lists = _word_lists(
        [
            *sorted((folder / "danger" / "words").glob("*.yml")),
            folder / "danger" / "cues.yml",
        ],
        faults,
    )
    said: list[SaidRow] = []
    seen: set[str] = set()
    for path in sorted((folder / "danger" / "said").glob("*.yml")):
        for row in rows(path, faults):
            if row.row in seen:
                row.fault("this id is used in another file of the folder; ids must be unique.")
            seen.add(row.row)
            said.append(_said_row(row, set(lists)))
    return DangerLanguage(lists, _spellings(folder / "danger" / "spellings.yml", faults), tuple(said))


def _word_lists(paths: Iterable[Path], faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    own: dict[str, tuple[str, ...]] = {}
    includes: dict[str, tuple[str, ...]] = {}
    where: dict[str, Row] = {}
    for path in paths:
        for row in rows(path, faults):
            name = row.row
            if name in own:
                row.fault("this word list stands in another file already; names must be unique.")
            own[name], includes[name], where[name] = (
                row.texts("words"),
                row.texts("includes"),
                row,
            )
            if not own[name] and not includes[name]:
                row.fault("expected 'words', 'includes' or both.")
            for phrase in own[name]:
                try:
                    places_of(phrase)
                except PatternError as error:
                    row.fault(str(error))
            sources(row)
            row.status()
            row.done()
    for name, others in includes.items():
        for other in others:
            if other not in own:
                where[name].fault(f"'includes' names the unknown word list '{other}'.")
    return {name: _with_included(name, own, includes, ()) for name in own}


def _with_included(
    name: str,
    own: dict[str, tuple[str, ...]],
    includes: dict[str, tuple[str, ...]],
    above: tuple[str, ...],
) -> tuple[str, ...]:
    if name in above or name not in own:
        return ()
    inner = [phrase for other in includes[name] for phrase in _with_included(other, own, includes, (*above, name))]
    return tuple(dict.fromkeys([*own[name], *inner]))


def _said_row(row: Row, known: set[str]) -> SaidRow:
    trend, side = row.optional_text("trend"), row.optional_text("side")
    if trend is not None and trend not in [item.value for item in Trend]:
        row.fault(f"'trend' is {trend!r}. Allowed: {', '.join(item.value for item in Trend)}.")
        trend = None
    if side is not None and side not in [item.value for item in Side]:
        row.fault(f"'side' is {side!r}. Allowed: {', '.join(item.value for item in Side)}.")
        side = None
    result = SaidRow(
        id=row.row,
        fact=row.choice("fact", FACTS),
        said=_patterns(row, "said", known, required=True),
        unless=_patterns(row, "unless", known),
        doubt_if=_patterns(row, "doubt_if", known),
        explained_by=_patterns(row, "explained_by", known),
        event=row.flag("event"),
        sudden=row.flag("sudden") if row.raw("sudden") is not None else None,
        trend=Trend(trend) if trend else None,
        side=Side(side) if side else None,
        severe=row.flag("severe"),
        even_denied=row.flag("even_denied"),
        even_supposed=row.flag("even_supposed"),
        others_only=row.flag("others_only"),
        doubtful=row.flag("doubtful"),
        deed=row.flag("deed"),
        figurative=row.flag("figurative"),
        always_now=row.flag("always_now"),
    )
    sources(row)
    row.status()
    row.done()
    return result


def sources(row: Row) -> tuple[str, ...]:
    """One source id or a list of them."""
    value = row.raw("source")
    return (row.text("source"),) if value is None or isinstance(value, str) else row.texts("source", required=True)


def _patterns(row: Row, key: str, known: set[str], *, required: bool = False) -> tuple[Pattern, ...]:
    result = []
    for text in row.texts(key, required=required):
        try:
            pattern = parse_pattern(text)
        except PatternError as error:
            row.fault(f"'{key}': {error}")
            continue
        missing = [name for term in pattern.terms for name in term.lists if name not in known]
        if missing:
            row.fault(f"'{key}' names the unknown word list '{missing[0]}' in {text!r}.")
            continue
        result.append(pattern)
    return tuple(result)


def _spellings(path: Path, faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    meant: dict[str, tuple[str, ...]] = {}
    for row in rows(path, faults):
        for written in row.texts("written", required=True):
            meant[written] = (*meant.get(written, ()), row.row)
        sources(row)
        row.status()
        row.done()
    return meant
