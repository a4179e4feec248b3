"""
The small language in which red-flag rules are written, over facts and laboratory values.

    chest_pain & (sweating | breathlessness:new)
    limb_swollen_one_side@14d & breathless_sudden
    hb_below_70@30d & palpitations

`&` and `|` with brackets; `&` binds tighter.  There is no "not": a rule may never
become weaker because one more fact is known.  A fact is named by its code and may carry

    :sudden   came on at once            :notslow not said to build up over days
    :worse    is getting worse
    :new      new, or of at most 28 days :recent  new, or of at most 7 days
    :severe   said to be strong          :any     also when it is stable and long-standing
    @14d      also when reported up to 14 days ago

Without `@` a fact counts when it was reported within the last seven days.  A stable,
long-standing sign counts only with `:any`; history and circumstances always count.
A laboratory
result is named by its row of the critical values (`thresholds.yml`), which holds the number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from bot.clinical.codes import Trend, When
from bot.clinical.findings import Finding, LabResult, Words
from bot.clinical.lab_values import lab_time
from bot.clinical.urgency_facts import BACKGROUND

USUAL_WINDOW_DAYS = 7
NEW_WITHIN_DAYS, RECENT_WITHIN_DAYS, SLOW_FROM_DAYS = 28, 7, 2
QUALITIES = ("sudden", "notslow", "worse", "new", "recent", "any", "severe")

_TOKEN = re.compile(r"\s*(?:(?P<sign>[()&|])|(?P<atom>[a-z0-9_:]+(?:@\d+d)?))")


class ConditionError(ValueError):
    """A condition cannot be read; the text says where and what was expected."""


@dataclass(frozen=True)
class Seen:
    """One finding or laboratory result with the time and the turn in which it was reported."""

    at: datetime
    turn: int
    finding: Finding | None = None
    lab: LabResult | None = None
    unnamed: bool = False  # no person was named with it, so it may be about anybody the talk is about

    @property
    def code(self) -> str:
        """The fact's code or the test's name."""
        if self.finding is not None:
            return self.finding.code
        return self.lab.analyte if self.lab is not None else ""

    @property
    def words(self) -> Words | None:
        source = self.finding or self.lab
        return source.words if source else None

    def age_days(self, now: datetime) -> int:
        """Whole days since it was last so, counting what the patient said about the time."""
        if self.lab is not None:
            time = lab_time(self.lab, now.date())
            return (
                max(time.youngest, 0) if time is not None and self.lab.date else (now - self.at).days + _said(self.lab)
            )
        return (now - self.at).days + (self.finding.days_ago or 0 if self.finding else 0)

    @property
    def ended(self) -> bool:
        finding = self.finding
        return finding is not None and (finding.trend is Trend.GONE or finding.when is When.PAST)


def _said(lab: LabResult) -> int:
    return lab.days_ago or 0


@dataclass(frozen=True)
class Known:
    """What one condition is held against: the facts of one person at one time."""

    seen: tuple[Seen, ...]
    now: datetime
    ended_within_days: int | None = None  # when set, facts that ended at most so long ago count too
    _by_code: dict[str, list[Seen]] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not self._by_code:
            for item in sorted(self.seen, key=lambda item: (item.turn, item.at), reverse=True):
                self._by_code.setdefault(item.code, []).append(item)

    def of(self, code: str) -> Sequence[Seen]:
        """Everything reported under this code, the latest first."""
        return self._by_code.get(code, ())

    @cached_property
    def holds_something_ended(self) -> bool:
        return any(item.ended for item in self.seen)

    def with_ended(self, within_days: int) -> Known:
        """The same, where what ended at most so long ago counts too."""
        return Known(self.seen, self.now, within_days, self._by_code)


Evidence = tuple[Seen, ...]
#: Groups of codes; a condition cannot hold unless something was reported under one code of each group.
Needs = tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Fact:
    """A fact by its code."""

    code: str
    qualities: frozenset[str] = frozenset()
    window_days: int = USUAL_WINDOW_DAYS

    def met(self, known: Known) -> Evidence | None:
        for item in known.of(self.code):
            if self._counts(item, known):
                return (item,)
        return None

    def codes(self) -> Iterator[str]:
        yield self.code

    def needs(self) -> Needs:
        return (frozenset((self.code,)),)

    def _counts(self, item: Seen, known: Known) -> bool:
        finding = item.finding
        if finding is None or not finding.present or finding.when is When.HYPOTHETICAL:
            return False
        age = item.age_days(known.now)
        if item.ended:
            if known.ended_within_days is None or age > known.ended_within_days:
                return False
        elif age > self.window_days:
            return False
        return all(_HAS[quality](finding) for quality in self.qualities) and (
            "any" in self.qualities or finding.trend is not Trend.STABLE or self.code in _STANDING
        )


_STANDING = frozenset(BACKGROUND)


def _began_within(finding: Finding, days: int) -> bool:
    if finding.trend is Trend.NEW or finding.sudden:
        return True
    return finding.duration_days is not None and finding.duration_days <= days


_HAS: dict[str, Callable[[Finding], bool]] = {
    "sudden": lambda finding: finding.sudden is True,
    "notslow": lambda finding: finding.sudden is not False and (finding.duration_days or 0) <= SLOW_FROM_DAYS,
    "worse": lambda finding: finding.trend is Trend.WORSE,
    "new": lambda finding: _began_within(finding, NEW_WITHIN_DAYS),
    "recent": lambda finding: _began_within(finding, RECENT_WITHIN_DAYS),
    "any": lambda finding: True,
    "severe": lambda finding: finding.detail == "severe",
}


@dataclass(frozen=True)
class Value:
    """A result in [at_least, below) and more than `above`, in the canonical unit; None leaves a side open."""

    analyte: str
    at_least: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None
    window_days: int = USUAL_WINDOW_DAYS

    def met(self, known: Known) -> Evidence | None:
        for item in known.of(self.analyte):
            lab = item.lab
            if lab is None or lab.old or lab.canonical_value is None:
                continue  # a value that looks implausible counts at once; it is read back beside the advice
            if item.age_days(known.now) <= self.window_days and self._holds(lab, lab.canonical_value):
                return (item,)
        return None

    def codes(self) -> Iterator[str]:
        yield self.analyte

    def needs(self) -> Needs:
        return (frozenset((self.analyte,)),)

    def _holds(self, lab: LabResult, value: Decimal) -> bool:
        """A comparator counts where the values that it allows reach the danger: "<75" may be far below 75."""
        if self.below is not None and (value > self.below if lab.comparator == "<" else value >= self.below):
            return False
        if lab.comparator == ">" and self.below is not None:
            return False
        if lab.comparator == "<" and (self.above is not None or (self.at_least is not None and self.below is None)):
            return False
        if self.at_least is not None and lab.comparator != "<" and value < self.at_least:
            return False
        return self.above is None or (value >= self.above if lab.comparator == ">" else value > self.above)


@dataclass(frozen=True)
class Every:
    """All parts hold."""

    parts: tuple[Condition, ...]

    def met(self, known: Known) -> Evidence | None:
        evidence: list[Seen] = []
        for part in self.parts:
            found = part.met(known)
            if found is None:
                return None
            evidence.extend(found)
        return tuple(dict.fromkeys(evidence))

    def codes(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.codes()

    def needs(self) -> Needs:
        return tuple(need for part in self.parts for need in part.needs())


@dataclass(frozen=True)
class Either:
    """At least one part holds; the evidence is that of the latest."""

    parts: tuple[Condition, ...]

    def met(self, known: Known) -> Evidence | None:
        found = [evidence for part in self.parts if (evidence := part.met(known)) is not None]
        return max(
            found,
            key=lambda evidence: max(item.turn for item in evidence),
            default=None,
        )

    def codes(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.codes()

    def needs(self) -> Needs:
        return (frozenset(self.codes()),)


Condition = Fact | Value | Every | Either


def parse_condition(
    text: str,
    *,
    codes: frozenset[str],
    results: Mapping[str, tuple[Value, ...]] | None = None,
) -> Condition:
    """
    The condition that `text` spells.

    Args:
        text: As in the module's heading.
        codes: The fact codes that may be named.
        results: Name of a critical result to its tests, all of which must hold.

    Raises:
        ConditionError: A sign, a name or a quality is unknown, or a bracket is open.
    """
    words = list(_split(text))
    names = _Names(text, codes, results or {})
    condition, rest = _either(words, names)
    if rest:
        raise ConditionError(f"unexpected {rest[0]!r} in {text!r}.")
    return condition


@dataclass(frozen=True)
class _Names:
    """What a condition may name, and the text for messages."""

    text: str
    codes: frozenset[str]
    results: Mapping[str, tuple[Value, ...]]


def _split(text: str) -> Iterator[str]:
    position = 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.end() == position:
            raise ConditionError(f"cannot read {text[position:]!r} in {text!r}.")
        position = match.end()
        yield match.group().strip()


def _either(words: list[str], names: _Names) -> tuple[Condition, list[str]]:
    first, words = _every(words, names)
    parts = [first]
    while words and words[0] == "|":
        part, words = _every(words[1:], names)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Either(tuple(parts))), words


def _every(words: list[str], names: _Names) -> tuple[Condition, list[str]]:
    first, words = _unit(words, names)
    parts = [first]
    while words and words[0] == "&":
        part, words = _unit(words[1:], names)
        parts.append(part)
    return (parts[0] if len(parts) == 1 else Every(tuple(parts))), words


def _unit(words: list[str], names: _Names) -> tuple[Condition, list[str]]:
    if not words or words[0] in (")", "&", "|"):
        raise ConditionError(f"a fact is missing in {names.text!r}.")
    if words[0] == "(":
        inner, rest = _either(words[1:], names)
        if not rest or rest[0] != ")":
            raise ConditionError(f"a closing bracket is missing in {names.text!r}.")
        return inner, rest[1:]
    return _atom(words[0], names), words[1:]


def _atom(word: str, names: _Names) -> Condition:
    name, _, days = word.partition("@")
    code, *qualities = name.split(":")
    window = int(days[:-1]) if days else USUAL_WINDOW_DAYS
    if code in names.results:
        if qualities:
            raise ConditionError(f"a laboratory result has no quality, found {word!r} in {names.text!r}.")
        return Every(tuple(replace(value, window_days=window) for value in names.results[code]))
    if code not in names.codes:
        raise ConditionError(f"unknown fact {code!r} in {names.text!r}.")
    unknown = [quality for quality in qualities if quality not in QUALITIES]
    if unknown:
        raise ConditionError(f"unknown quality {unknown[0]!r} in {names.text!r}. Known: {', '.join(QUALITIES)}.")
    return Fact(code, frozenset(qualities), window)
