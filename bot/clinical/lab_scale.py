"""
Put one laboratory result on its canonical scale, or say why that cannot be done.

A number without its unit is never guessed where the unit decides the meaning: the
result then keeps `canonical_value` None and `LabScale.readings` lists every value it
may stand for.  What a value means for a patient is decided elsewhere (`lab_grades`).

Units, conversions and limits: `knowledge/thresholds.yml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial

from bot.clinical.findings import LabResult, Words

COMPARATORS = ("=", "<", ">")
ANTIBODY_WORDS = ("positive", "negative", "equivocal")


class LabError(ValueError):
    """
    This result cannot be stored as said; the patient is asked again.

    UnknownAnalyteError: no such laboratory test here.
    UnknownUnitError: the unit does not belong to this test.
    UnreadableValueError: not a number, or for an antibody not a known word.
    ImpossibleValueError: outside what a laboratory can report in an adult.
    """


class UnknownAnalyteError(LabError):
    pass


class UnknownUnitError(LabError):
    pass


class UnreadableValueError(LabError):
    pass


class ImpossibleValueError(LabError):
    pass


@dataclass(frozen=True)
class Conversion:
    """`canonical = value * multiply / divide`; exact, never rounded."""

    unit: str
    multiply: Decimal = Decimal(1)
    divide: Decimal = Decimal(1)

    def to_canonical(self, value: Decimal) -> Decimal:
        return value * self.multiply / self.divide


@dataclass(frozen=True)
class Span:
    """A range of values; an absent end is open.  Holds its lower edge and not its upper: [low, high)."""

    low: Decimal | None = None
    high: Decimal | None = None

    def holds(self, value: Decimal) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value < self.high)


@dataclass(frozen=True)
class BareNumber:
    """
    How a number said without unit is read when it lies in `span`.

    One unit in `reads`: that unit is taken (`unit_inferred`).  Several: the patient is
    asked, and `safety` names the unit that safety checks use meanwhile.  `confirm`
    marks a reading that is repeated back before use.
    """

    span: Span
    reads: tuple[str, ...]
    safety: str | None = None
    confirm: bool = False


@dataclass(frozen=True)
class AnalyteRule:
    """What is known of one test: units, limits, and how a bare number is read.  Antibodies have no unit."""

    analyte: str
    canonical_unit: str | None
    conversions: Mapping[str, Conversion] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)  # spellings with a meaning for this test only
    bare: tuple[BareNumber, ...] = ()
    hard: tuple[Decimal, Decimal] | None = None  # both ends can occur
    confirm: tuple[Decimal, Decimal] | None = None  # asked again below the first and above the second


@dataclass(frozen=True)
class LabScale:
    """
    The laboratory tests this clinic reads.

    Args:
        analytes: One rule for each analyte code.
        spellings: Compact unit spelling (see `compact_unit`) to the unit as it is stored.
        unit_words: Words inside a unit, singular: "litre" to "l".
        result_words: Word for an antibody result, lower case, to positive, negative or equivocal.
    """

    analytes: Mapping[str, AnalyteRule]
    spellings: Mapping[str, str]
    unit_words: Mapping[str, str]
    result_words: Mapping[str, str]

    def canonical_unit(self, text: str, analyte: str | None = None) -> str | None:
        """
        The stored spelling of a unit as somebody wrote it: "mcg per litre" gives "ug/L".

        With `analyte` its own loose spellings count too ("ng" is ng/L for B12 and ng/mL
        for ferritin).  None when the text is no unit known here.
        """
        compact = compact_unit(text, self.unit_words)
        rule = self.analytes.get(analyte or "")
        if rule is not None and compact in rule.said:
            return rule.said[compact]
        return self.spellings.get(compact)

    def units_of(self, analyte: str) -> tuple[str, ...]:
        """The units accepted for a test, canonical first; empty for antibodies."""
        rule = self._rule(analyte)
        return tuple(sorted(rule.conversions, key=lambda unit: unit != rule.canonical_unit))

    def normalise(
        self,
        analyte: str,
        value: Decimal | int | str,
        unit: str | None = None,
        *,
        comparator: str = "=",
        date: str | None = None,
        days_ago: int | None = None,
        confirmed: bool = False,
        old: bool = False,
        words: Words | None = None,
    ) -> LabResult:
        """
        One result as said, with its canonical value where that is certain.

        Args:
            analyte: A code of `codes.ANALYTES`.
            value: The number as said, or a word for an antibody ("pos", "not detected").
            unit: As written; None when it was not said.
            comparator: "=" (also for "about"), "<" or ">".
            confirmed: The patient said yes to an implausible value.

        Returns:
            `canonical_value` is None for antibodies and where the unit decides the meaning
            and was not said; `implausible` is True where it must be asked again before use.
            A laboratory's own floor ("<50 ng/L") or ceiling is neither impossible nor implausible.

        Raises:
            LabError: One of its subclasses; the sentence is safe to show.
        """
        rule = self._rule(analyte)
        if comparator not in COMPARATORS:
            raise UnreadableValueError(f"{analyte}: comparator {comparator!r} is not one of {', '.join(COMPARATORS)}.")
        result = partial(
            LabResult,
            analyte=analyte,
            comparator=comparator,
            canonical_unit=rule.canonical_unit,
            date=date,
            days_ago=days_ago,
            confirmed=confirmed,
            old=old,
            words=words,
        )
        if rule.canonical_unit is None:
            return result(value=self._antibody_word(analyte, value))
        number = _number(analyte, value)
        spelled = self._unit(rule, unit)
        readings = self._readings(rule, number, spelled, comparator)
        if not readings:
            raise ImpossibleValueError(
                f"{analyte}: {number} {spelled or '(no unit)'} is outside what a laboratory reports; ask again."
            )
        bare = _bare(rule, number) if spelled is None else None
        known = bare is None or len(bare.reads) == 1
        doubtful = all(_outside_confirm(rule, reading, comparator) for reading in readings)
        return result(
            value=number,
            unit=spelled,
            canonical_value=readings[0] if known else None,
            unit_inferred=spelled is None and known,
            implausible=(doubtful or (bare is not None and bare.confirm)) and not confirmed,
        )

    def readings(self, lab: LabResult) -> tuple[Decimal, ...]:
        """Every canonical value the result may stand for: one where the unit is known, none for an antibody."""
        if lab.canonical_value is not None:
            return (lab.canonical_value,)
        if not isinstance(lab.value, Decimal):
            return ()
        rule = self._rule(lab.analyte)
        return self._readings(rule, lab.value, self._unit(rule, lab.unit), lab.comparator)

    def safety_reading(self, lab: LabResult) -> tuple[Decimal, ...]:
        """As `readings`, but where the unit is still asked and a unit is named for safety checks, only that one."""
        readings = self.readings(lab)
        if len(readings) < 2 or not isinstance(lab.value, Decimal):
            return readings
        rule = self._rule(lab.analyte)
        bare = _bare(rule, lab.value)
        if bare is None or bare.safety is None:
            return readings
        return (rule.conversions[bare.safety].to_canonical(lab.value),)

    def _rule(self, analyte: str) -> AnalyteRule:
        try:
            return self.analytes[analyte]
        except KeyError:
            known = ", ".join(self.analytes)
            raise UnknownAnalyteError(f"no laboratory test {analyte!r}; known: {known}.") from None

    def _unit(self, rule: AnalyteRule, unit: str | None) -> str | None:
        if unit is None or unit in rule.conversions:
            return unit
        spelled = self.canonical_unit(unit, rule.analyte)
        if spelled is None or spelled not in rule.conversions:
            raise UnknownUnitError(
                f"{rule.analyte}: unit {unit!r} is not one of {', '.join(self.units_of(rule.analyte))}."
            )
        return spelled

    def _antibody_word(self, analyte: str, value: object) -> str:
        word = self.result_words.get(str(value).strip().lower())
        if word is None:
            raise UnreadableValueError(f"{analyte}: {value!r} is not one of {', '.join(ANTIBODY_WORDS)}.")
        return word

    def _readings(self, rule: AnalyteRule, number: Decimal, unit: str | None, comparator: str) -> tuple[Decimal, ...]:
        if unit is not None:
            units: tuple[str, ...] = (unit,)
        else:
            bare = _bare(rule, number)
            units = bare.reads if bare is not None else (str(rule.canonical_unit),)
        values = (rule.conversions[name].to_canonical(number) for name in units)
        return tuple(value for value in values if not _outside_hard(rule, value, comparator))


UNIT_PREFIXES = ("pico", "nano", "micro", "milli", "femto")  # also written as words of their own
_UNIT_PIECES = re.compile(r"[a-z]+|[^a-z\s]+")


def compact_unit(text: str, unit_words: Mapping[str, str]) -> str:
    """A unit without spaces, capitals, long words and plurals, so that spellings can be compared."""
    # NFKC turns the micro sign into a Greek mu and a superscript into a plain digit.
    plain = unicodedata.normalize("NFKC", text).lower().replace("\u03bc", "u").strip(" .,;")
    plain = re.sub(r"(?<=[a-z])\.", "", plain)  # "cu. mm"
    plain = re.sub(rf"\b({'|'.join(UNIT_PREFIXES)})[ -](?=gram|mol|lit)", r"\1", plain)  # "nano grams"
    pieces = []
    for piece in _UNIT_PIECES.findall(plain):
        single = piece[:-1] if len(piece) > 2 and piece.endswith("s") else piece
        pieces.append(unit_words.get(single, single))
    return "".join(pieces)


def _bare(rule: AnalyteRule, number: Decimal) -> BareNumber | None:
    return next((bare for bare in rule.bare if bare.span.holds(number)), None)


def _number(analyte: str, value: object) -> Decimal:
    if isinstance(value, bool):
        raise UnreadableValueError(f"{analyte}: {value!r} is not a number.")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise UnreadableValueError(f"{analyte}: {value!r} is not a number.") from None
    if not number.is_finite():
        raise UnreadableValueError(f"{analyte}: {value!r} is not a number.")
    return number


def _outside_hard(rule: AnalyteRule, value: Decimal, comparator: str) -> bool:
    return rule.hard is not None and _outside(rule.hard, value, comparator)


def _outside_confirm(rule: AnalyteRule, value: Decimal, comparator: str) -> bool:
    return rule.confirm is not None and _outside(rule.confirm, value, comparator)


def _outside(limits: tuple[Decimal, Decimal], value: Decimal, comparator: str) -> bool:
    """A laboratory's own floor ("<") cannot be too low, nor its ceiling (">") too high."""
    too_low = value < limits[0] and comparator != "<"
    too_high = value > limits[1] and comparator != ">"
    return too_low or too_high
