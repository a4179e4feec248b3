"""
Decide how urgently a person needs care from what was said of them.

Takes findings and laboratory results with the time of each (what, of whom, now or
ended, sudden, worse) and returns one `Urgency` with the rules behind it and the
words that fired them.  It reads no text (see `bot.language.screen`) and answers
nobody.  Rules and their sources: `bot/knowledge/red_flags/`, `combinations.yml`,
`safety_questions.yml`.

Between two answers the more urgent wins; "not known" never means "no"; one more sign
never lowers a level.  Only a known background (`unless`: an anaemia that explains the
breathlessness) may hand a sign to another row.  Facts of two people are never added up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timezone
from typing import Generic, TypeVar

from bot.clinical.codes import CATEGORIES, Level, Who
from bot.clinical.findings import Finding, Patient, Words
from bot.clinical.urgency_conditions import Condition, Evidence, Known, Needs, Seen

#: A mother's own facts that go with her baby's signs, and those signs.
_MOTHER_AND_BABY = frozenset(
    (
        "breastfeeding",
        "deficient_mother",
        "pregnancy",
        "postnatal",
        "baby_floppy_or_not_feeding",
        "baby_losing_skills",
        "baby_feeding_poorly",
        "baby_moving_less",
    )
)


@dataclass(frozen=True)
class Ended:
    """What a danger still means after it has gone: up to so many days, this level."""

    within_days: int
    level: Level


@dataclass(frozen=True)
class Rule:
    """One red flag: a condition, the level it gives, and what it still gives once it has passed."""

    id: str
    level: Level
    category: str
    when: Condition
    unless: Condition | None = None  # a known background that explains it; another row then judges it
    ended: tuple[Ended, ...] = ()  # nearest first
    combination: str | None = None  # the row of the combination table, "K1" to "K26"
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class SafetyQuestion:
    """One short question for a doubtful message, and the level that a yes leads to."""

    id: str
    when: Condition
    text: str
    if_yes: Level
    category: str
    text_other: str | None = None  # the same question about somebody else
    source: tuple[str, ...] = ()


_Row = TypeVar("_Row", Rule, SafetyQuestion)


class _ByCode(Generic[_Row]):
    """
    Rows by the codes they need, so that the many that cannot hold are never looked at.

    A row is kept under each code of its smallest group of needs; without one of those it cannot hold.
    """

    def __init__(self, rows: tuple[_Row, ...]) -> None:
        self._rows: tuple[tuple[_Row, Needs], ...] = tuple((row, row.when.needs()) for row in rows)
        self._places: dict[str, list[int]] = {}
        for place, (_, needs) in enumerate(self._rows):
            for code in min(needs, key=len):
                self._places.setdefault(code, []).append(place)

    def that_may_hold(self, codes: frozenset[str]) -> Iterator[_Row]:
        for place in sorted({place for code in codes for place in self._places.get(code, ())}):
            row, needs = self._rows[place]
            if not any(map(codes.isdisjoint, needs)):
                yield row


@dataclass(frozen=True)
class UrgencyRules:
    """Everything the urgency core decides with."""

    rules: tuple[Rule, ...]
    questions: tuple[SafetyQuestion, ...] = ()
    doubt_text: str = ""  # "is this happening now?", for a danger named in doubtful words
    doubt_text_other: str = ""
    _rules_by_code: _ByCode[Rule] = field(init=False, compare=False, repr=False)
    _questions_by_code: _ByCode[SafetyQuestion] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rules_by_code", _ByCode(self.rules))
        object.__setattr__(self, "_questions_by_code", _ByCode(self.questions))

    def rules_for(self, codes: frozenset[str]) -> Iterable[Rule]:
        """The rules that may fire when something was reported under these codes and no other, in their order."""
        return self._rules_by_code.that_may_hold(codes)

    def questions_for(self, codes: frozenset[str]) -> Iterable[SafetyQuestion]:
        """The safety questions that these codes may call for, in their order."""
        return self._questions_by_code.that_may_hold(codes)


@dataclass(frozen=True)
class Match:
    """One rule that fired, on whom, and the words that did it."""

    rule: str
    level: Level
    category: str
    turn: int
    words: Words | None = None
    who: Who = Who.PATIENT
    over_turns: bool = False  # facts from more than one turn were needed
    ended: bool = False  # the danger was said to have passed
    codes: tuple[str, ...] = ()  # the facts it rests on


@dataclass(frozen=True)
class Asking:
    """A safety question that the facts call for, and why."""

    question: SafetyQuestion
    turn: int
    words: Words | None = None
    who: Who = Who.PATIENT


@dataclass(frozen=True)
class Urgency:
    """The level, the category of the match that gave it, and all matches, the most urgent first."""

    level: Level
    category: str | None
    matches: tuple[Match, ...] = ()
    asking: tuple[Asking, ...] = ()

    @property
    def categories(self) -> tuple[str, ...]:
        named = {match.category for match in self.matches if match.level >= Level.URGENT}
        return tuple(category for category in CATEGORIES if category in named)


def judge(seen: Iterable[Seen], *, rules: UrgencyRules, now: datetime) -> Urgency:
    """
    Judge everything known at `now`.

    Args:
        seen: Findings and results of all people the conversation speaks of.
        rules: The loaded red flags.
        now: An aware time; windows in days end here.

    Returns:
        The urgency; `category` is None at `none` and `check`.
    """
    matches: list[Match] = []
    asking: list[Asking] = []
    for who, known in _people(tuple(seen), now):
        codes = frozenset(item.code for item in known.seen)
        matches.extend(match for rule in rules.rules_for(codes) if (match := _fire(rule, known, who)) is not None)
        for question in rules.questions_for(codes):
            evidence = question.when.met(known)
            if evidence is not None:
                latest = _latest(evidence)
                asking.append(Asking(question, latest.turn, latest.words, who))
    matches = _once(sorted(matches, key=preference))
    level = matches[0].level if matches else Level.NONE
    if level < Level.CHECK and asking:
        level = Level.CHECK
    return Urgency(
        level,
        matches[0].category if level >= Level.URGENT else None,
        tuple(matches),
        tuple(asking),
    )


def judge_facts(facts: Iterable[Finding], patient: Patient, rules: UrgencyRules, *, today: date) -> Urgency:
    """
    Judge facts that came as fields, not as messages: findings are taken as reported today, results keep their age.

    Args:
        facts: Facts beside those in `patient`, for example what follows from age or treatment.
        patient: Symptoms, history, facts and results.
        today: The day from which ages of results are counted.
    """
    now = datetime.combine(today, time(), tzinfo=timezone.utc)
    findings = (*facts, *patient.facts, *patient.symptoms, *patient.history)
    seen = [Seen(now, 0, finding=finding) for finding in findings]
    seen += [Seen(now, 0, lab=lab) for lab in patient.labs]
    return judge(seen, rules=rules, now=now)


def preference(match: Match) -> tuple[int, bool, bool, int]:
    """
    The order between matches of one turn: the level, then the ties.

    A combination over turns goes before a single rule; then a taken overdose,
    isolated sight loss and confusion keep their own category; then the fixed order.
    Sight loss and confusion with other stroke signs also fire a stroke rule of their
    own, so "isolated" needs no test here: see `red_flags/stroke.yml`.
    """
    return (
        -match.level,
        not match.over_turns,
        not (match.category == "overdose" and "overdose_taken" in match.codes),
        CATEGORIES.index(match.category),
    )


def _people(seen: tuple[Seen, ...], now: datetime) -> Iterable[tuple[Who, Known]]:
    """
    The facts of each person.  What was said without naming anybody may be about either.

    A mother's history (feeding, diet, pregnancy) goes with her baby's signs as well.
    """
    for who in (Who.PATIENT, Who.OTHER):
        own = [item for item in seen if _who(item) is who]
        if own or who is Who.PATIENT:
            shared = [item for item in seen if _who(item) is not who and (item.unnamed or _goes_with_a_baby(item))]
            yield who, Known((*own, *shared), now)


def _who(item: Seen) -> Who:
    return item.finding.who if item.finding else Who.PATIENT


def _goes_with_a_baby(item: Seen) -> bool:
    return item.finding is not None and item.finding.code in _MOTHER_AND_BABY


def _once(matches: list[Match]) -> list[Match]:
    """One match a rule and words: facts without a named person fire for both people."""
    kept: dict[tuple, Match] = {}
    for match in matches:
        kept.setdefault((match.rule, match.words), match)
    return list(kept.values())


def _fire(rule: Rule, known: Known, who: Who) -> Match | None:
    if rule.unless is not None and rule.unless.met(known) is not None:
        return None
    evidence = rule.when.met(known)
    if evidence is not None:
        return _match(rule, evidence, who, level=rule.level, ended=False)
    for ended in rule.ended if known.holds_something_ended else ():
        evidence = rule.when.met(known.with_ended(ended.within_days))
        if evidence is not None:
            return _match(rule, evidence, who, level=ended.level, ended=True)
    return None


def _match(rule: Rule, evidence: Evidence, who: Who, *, level: Level, ended: bool) -> Match:
    latest = _latest(evidence)
    named = next((_who(item) for item in evidence if not item.unnamed), None)
    return Match(
        rule=rule.id,
        level=level,
        category=rule.category,
        turn=latest.turn,
        words=latest.words,
        who=who if named is not None else _who(latest),
        over_turns=len({item.turn for item in evidence}) > 1,
        ended=ended,
        codes=tuple(item.code for item in evidence),
    )


def _latest(evidence: Evidence) -> Seen:
    """The newest fact; within one turn the first that the condition names, which carries the danger."""
    newest = max(item.turn for item in evidence)
    return next(item for item in evidence if item.turn == newest)
