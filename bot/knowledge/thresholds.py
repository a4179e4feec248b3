"""Build the laboratory scale, limits, windows and critical values from `thresholds.yml`, or say what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.clinical.codes import ANALYTES, CATEGORIES, Level
from bot.clinical.critical_values import EXTRA_CODES
from bot.clinical.lab_scale import (
    ANTIBODY_WORDS,
    AnalyteRule,
    BareNumber,
    Conversion,
    LabScale,
    Span,
    compact_unit,
)
from bot.clinical.thresholds import CriticalRule, LabTest, Limits, Raise, Thresholds, Windows
from bot.clinical.urgency_facts import FACTS
from bot.knowledge.strict import Fault, Row, rows
from bot.knowledge.values import amount, by_region, checked, listed, mapped, sources_of, whole

FILE = "thresholds.yml"
LIMIT_IDS: tuple[str, ...] = tuple(item.name for item in fields(Limits))
WINDOW_IDS: tuple[str, ...] = tuple(item.name for item in fields(Windows))


@dataclass(frozen=True)
class Overrides:
    """A clinic's own limits and windows, by id, and the file they stand in."""

    limits: Mapping[str, Decimal] = field(default_factory=dict)
    windows: Mapping[str, int] = field(default_factory=dict)
    file: str = FILE


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
    for number, item in enumerate(listed(row, "accepts"), start=1):
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
    for spelling, unit in mapped(row, "said").items():
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
    for number, item in enumerate(listed(row, key), start=1):
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


# --- limits, windows and critical values


def load_thresholds(
    folder: Path,
    faults: list[Fault],
    *,
    region: str = "uk",
    haemoglobin_in_mmol: bool = False,
    overrides: Overrides | None = None,
) -> Thresholds:
    """
    Everything in `thresholds.yml`, with the values of this region and this clinic.

    Args:
        region: "uk", "us" or "eu"; a limit without a value for it uses the common one.
        overrides: The clinic's own limits and windows, by id.
    """
    overrides = overrides or Overrides()
    path = folder / FILE
    sources: dict[str, tuple[str, ...]] = {}
    limits = _limit_values(path, faults, region, overrides, sources)
    windows = _window_values(path, faults, region, overrides, sources)
    return Thresholds(
        scale=load_lab_scale(folder, faults, haemoglobin_in_mmol=haemoglobin_in_mmol),
        limits=limits,
        windows=windows,
        critical=tuple(_critical(row, limits) for row in rows(path, faults, key="critical")),
        sources=sources,
    )


def _limit_values(
    path: Path, faults: list[Fault], region: str, overrides: Overrides, sources: dict[str, tuple[str, ...]]
) -> Limits:
    values = dict.fromkeys(LIMIT_IDS, Decimal(0))
    seen = set()
    for row in rows(path, faults, key="limits"):
        name = row.choice("id", LIMIT_IDS)
        value, regions = amount(row, "value"), by_region(row, amount)
        values[name] = overrides.limits.get(name, regions.get(region, value))
        sources[name] = sources_of(row)
        seen.add(name)
        checked(row)
    _all_there(set(LIMIT_IDS) - seen, "limits", faults)
    limits = Limits(**values)
    if seen == set(LIMIT_IDS):
        faults.extend(order_faults(limits, overrides.file if overrides.limits else FILE))
    return limits


def _window_values(
    path: Path, faults: list[Fault], region: str, overrides: Overrides, sources: dict[str, tuple[str, ...]]
) -> Windows:
    values = dict.fromkeys(WINDOW_IDS, 0)
    seen = set()
    for row in rows(path, faults, key="windows"):
        name = row.choice("id", WINDOW_IDS)
        value, regions = whole(row, "value"), by_region(row, whole)
        values[name] = overrides.windows.get(name, regions.get(region, value))
        sources[name] = sources_of(row)
        seen.add(name)
        checked(row)
    _all_there(set(WINDOW_IDS) - seen, "windows", faults)
    return Windows(**values)


def _all_there(missing: set[str], key: str, faults: list[Fault]) -> None:
    faults.extend(Fault(FILE, key, f"no row for '{name}'; the assessment needs it.") for name in sorted(missing))


#: Pairs of limits of which the first must be less than the second; equal where the third says so.
_ORDER = (
    ("b12_very_low_below", "b12_deficient_below", False),
    ("b12_deficient_below", "b12_indeterminate_below", False),
    ("b12_indeterminate_below", "b12_high_above", False),
    ("active_b12_very_low_below", "active_b12_deficient_below", False),
    ("active_b12_deficient_below", "active_b12_indeterminate_below", False),
    ("mma_raised_above_under_65", "mma_raised_above_65_plus", True),
    ("mma_raised_above_65_plus", "mma_grey_up_to", True),
    ("mma_grey_up_to", "mma_strong_above", False),
    ("homocysteine_raised_above", "homocysteine_marked_above", True),
    ("homocysteine_marked_above", "homocysteine_clot_from", False),
    ("anaemia_severe_below", "anaemia_significant_below", True),
    ("anaemia_significant_below", "anaemia_below_women", False),
    ("mcv_small_below", "mcv_large_above", False),
    ("folate_low_below", "folate_borderline_up_to", True),
    ("platelets_bleeding_below", "platelets_low_with_anaemia_below", True),
    ("platelets_low_below", "platelets_high_above", False),
    ("platelets_high_above", "platelets_clot_above", True),
    ("neutrophils_low_below", "neutrophils_high_above", False),
    ("potassium_low_below", "potassium_high_above", False),
)


def order_faults(limits: Limits, file: str) -> list[Fault]:
    """Bands must follow each other; a clinic that moves one edge past the next is told so."""
    found = []
    for lower, upper, may_be_equal in _ORDER:
        low, high = getattr(limits, lower), getattr(limits, upper)
        if low > high or (low == high and not may_be_equal):
            found.append(Fault(file, lower, f"is {low}, which must be below '{upper}' ({high}); bands would overlap."))
    return found


def _critical(row: Row, limits: Limits) -> CriticalRule:
    tests = tuple(_test(row, item, number, limits) for number, item in enumerate(listed(row, "tests"), start=1))
    if not tests:
        row.fault("'tests' must name at least one result.")
    flag = row.choice("flag", ("expedite", "review")) if row.raw("flag") is not None else None
    category = row.choice("category", CATEGORIES) if row.raw("category") is not None else None
    level = Level.from_code(row.choice("level", [level.code for level in Level], default="none"))
    if level >= Level.URGENT and category is None:
        row.fault("an urgent or emergency row needs a 'category'.")
    rule = CriticalRule(
        id=row.text("id"),
        tests=tests,
        level=level,
        category=category,
        flag=flag,
        because=row.text("because"),
        raises=tuple(_raise(row, item, number) for number, item in enumerate(listed(row, "raises"), start=1)),
        source=sources_of(row),
    )
    checked(row)
    return rule


def _test(row: Row, item: Any, number: int, limits: Limits) -> LabTest:
    part = Row(item, file=row.file, row=f"{row.row}, test {number}", faults=row.faults)
    test = LabTest(
        analyte=part.choice("analyte", [name for name, unit in ANALYTES.items() if unit is not None]),
        from_=_amount_or_limit(part, "from", limits),
        above=_amount_or_limit(part, "above", limits),
        below=_amount_or_limit(part, "below", limits),
        anaemia=part.flag("anaemia"),
    )
    if test.from_ is None and test.above is None and test.below is None and not test.anaemia:
        part.fault("a test needs 'from', 'above', 'below' or 'anaemia: true'; without one every result would meet it.")
    part.done()
    return test


def _amount_or_limit(row: Row, key: str, limits: Limits) -> Decimal | None:
    value = row.raw(key)
    if isinstance(value, str) and value in LIMIT_IDS:
        limit: Decimal = getattr(limits, value)
        return limit
    return _optional(row, key)


def _raise(row: Row, item: Any, number: int) -> Raise:
    part = Row(item, file=row.file, row=f"{row.row}, raise {number}", faults=row.faults)
    allowed = (*FACTS, *EXTRA_CODES)
    step = Raise(
        level=Level.from_code(part.choice("level", ("urgent", "emergency"))),
        category=part.choice("category", CATEGORIES),
        any_of=frozenset(part.choices("any_of", allowed)),
        all_of=frozenset(part.choices("all_of", allowed)),
    )
    if not step.any_of and not step.all_of:
        part.fault("name at least one code under 'any_of' or 'all_of'.")
    part.done()
    return step
