"""Build the laboratory scale from `thresholds.yml`, or say what is wrong with the file."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.clinical.codes import ANALYTES
from bot.clinical.lab_scale import (
    ANTIBODY_WORDS,
    AnalyteRule,
    BareNumber,
    Conversion,
    LabScale,
    Span,
    compact_unit,
)
from bot.knowledge.strict import Fault, Row, rows
from bot.knowledge.values import amount, checked, sources_of

FILE = "thresholds.yml"


def load_lab_scale(folder: Path, faults: list[Fault], *, haemoglobin_in_mmol: bool = False) -> LabScale:
    """
    The units, conversions and plausibility limits of `folder/thresholds.yml`.

    Args:
        haemoglobin_in_mmol: The clinic's laboratories report haemoglobin in mmol/L, so a
            bare "7.5" is asked instead of read as g/dL.
    """
    path = folder / FILE
    unit_words = _unit_words(path, faults)
    spellings: dict[str, str] = {}
    for row in rows(path, faults, key="units"):
        unit = row.text("id")
        for spelling in (unit, *row.texts("spellings")):
            compact = compact_unit(spelling, unit_words)
            if spellings.setdefault(compact, unit) != unit:
                row.fault(f"the spelling {spelling!r} already means '{spellings[compact]}'; one spelling, one unit.")
        sources_of(row)
        checked(row)
    analytes = {}
    for row in rows(path, faults, key="analytes"):
        rule = _analyte(row, units=set(spellings.values()), unit_words=unit_words, in_mmol=haemoglobin_in_mmol)
        analytes[rule.analyte] = rule
    for missing in ANALYTES.keys() - analytes.keys():
        faults.append(Fault(FILE, "analytes", f"no row for '{missing}'; every laboratory test needs one."))
    return LabScale(
        analytes=analytes, spellings=spellings, unit_words=unit_words, result_words=_result_words(path, faults)
    )


def _unit_words(path: Path, faults: list[Fault]) -> Mapping[str, str]:
    words = {}
    for row in rows(path, faults, key="unit_words"):
        for word in row.texts("words", required=True):
            words[word] = row.text("id")
        sources_of(row)
        checked(row)
    return words


def _result_words(path: Path, faults: list[Fault]) -> Mapping[str, str]:
    words: dict[str, str] = {}
    for row in rows(path, faults, key="result_words"):
        result = row.choice("id", ANTIBODY_WORDS)
        for word in row.texts("words", required=True):
            if words.setdefault(word.lower(), result) != result:
                row.fault(f"the word {word!r} already means '{words[word.lower()]}'.")
        sources_of(row)
        checked(row)
    return words


def _analyte(row: Row, *, units: set[str], unit_words: Mapping[str, str], in_mmol: bool) -> AnalyteRule:
    analyte = row.choice("id", ANALYTES)
    conversions = {}
    for number, item in enumerate(_list(row, "accepts"), start=1):
        part = Row(item, file=row.file, row=f"{row.row}, unit {number}", faults=row.faults)
        unit = part.choice("unit", sorted(units))
        conversions[unit] = Conversion(
            unit, multiply=amount(part, "multiply", default="1"), divide=amount(part, "divide", default="1")
        )
        if conversions[unit].multiply <= 0 or conversions[unit].divide <= 0:
            part.fault("a factor must be more than 0.")
            conversions[unit] = Conversion(unit)
        part.done()
    said = {}
    for spelling, unit in _mapping(row, "said").items():
        if unit not in conversions:
            row.fault(f"'said' gives {spelling!r} the unit {unit!r}, which is not under 'accepts'.")
        said[compact_unit(str(spelling), unit_words)] = str(unit)
    usual, mmol = _bare(row, "bare", conversions), _bare(row, "bare_in_mmol", conversions)
    rule = AnalyteRule(
        analyte=analyte,
        canonical_unit=ANALYTES[analyte],
        conversions=conversions,
        said=said,
        bare=mmol if in_mmol and mmol else usual,
        hard=_limits(row, "hard"),
        confirm=_limits(row, "confirm"),
    )
    if rule.canonical_unit is not None:
        if rule.canonical_unit not in conversions:
            row.fault(f"the canonical unit {rule.canonical_unit} must be under 'accepts'.")
        if rule.hard is None or rule.confirm is None:
            row.fault("'hard' and 'confirm' limits are needed: without them a typing slip would be believed.")
        elif not rule.hard[0] <= rule.confirm[0] < rule.confirm[1] <= rule.hard[1]:
            row.fault("'confirm' must lie inside 'hard'.")
    sources_of(row)
    checked(row)
    return rule


def _bare(row: Row, key: str, conversions: Mapping[str, Conversion]) -> tuple[BareNumber, ...]:
    result: list[BareNumber] = []
    for number, item in enumerate(_list(row, key), start=1):
        part = Row(item, file=row.file, row=f"{row.row}, {key} {number}", faults=row.faults)
        span = Span(low=_optional(part, "from"), high=_optional(part, "below"))
        if result and result[-1].span.high != span.low:
            part.fault("ranges must follow each other without a gap: 'from' is the 'below' of the row before.")
        safety = part.optional_text("safety")
        bare = BareNumber(span, part.texts("reads", required=True), safety=safety, confirm=part.flag("confirm"))
        for unit in (*bare.reads, *([safety] if safety else [])):
            if unit not in conversions:
                part.fault(f"the unit {unit!r} is not under 'accepts'.")
        part.done()
        result.append(bare)
    return tuple(result)


def _limits(row: Row, key: str) -> tuple[Decimal, Decimal] | None:
    data = row.raw(key)
    if data is None:
        return None
    part = Row(data, file=row.file, row=f"{row.row}, {key}", faults=row.faults)
    low, high = amount(part, "from"), amount(part, "to")
    part.done()
    return low, high


def _optional(row: Row, key: str) -> Decimal | None:
    return amount(row, key) if row.raw(key) is not None else None


def _list(row: Row, key: str) -> list[Any]:
    value = row.raw(key, [])
    if not isinstance(value, list):
        row.fault(f"'{key}' must be a list, found {value!r}.")
        return []
    return value


def _mapping(row: Row, key: str) -> Mapping[Any, Any]:
    value = row.raw(key, {})
    if not isinstance(value, Mapping):
        row.fault(f"'{key}' must be a mapping, found {value!r}.")
        return {}
    return value
