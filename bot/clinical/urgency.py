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

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

from bot.clinical.codes import CATEGORIES, Level, Who
from bot.clinical.findings import Finding, Patient, Words
from bot.clinical.urgency_conditions import Condition, Evidence, Known, Seen

#: Judging findings that carry no time needs some "now"; any fixed instant does.
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
_STANDING_NOW = datetime(2000, 1, 1, tzinfo=timezone.utc)


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


@dataclass(frozen=True)
class UrgencyRules:
    """Everything the urgency core decides with."""

    rules: tuple[Rule, ...]
    questions: tuple[SafetyQuestion, ...] = ()
    doubt_text: str = ""  # "is this happening now?", for a danger named in doubtful words
    doubt_text_other: str = ""
    #: For each rule and question the facts that it names: without one of them it cannot fire.
    _named: tuple[frozenset[str], ...] = field(init=False, compare=False, repr=False)
    _asked: tuple[frozenset[str], ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_named", tuple(frozenset(rule.when.codes()) for rule in self.rules))
        object.__setattr__(
            self,
            "_asked",
            tuple(frozenset(question.when.codes()) for question in self.questions),
        )

    def that_name(self, codes: frozenset[str]) -> Iterable[Rule]:
        """The rules that name at least one of these facts."""
        return (rule for rule, named in zip(self.rules, self._named, strict=True) if not named.isdisjoint(codes))

    def questions_that_name(self, codes: frozenset[str]) -> Iterable[SafetyQuestion]:
        """The safety questions that name at least one of these facts."""
        return (asks for asks, named in zip(self.questions, self._asked, strict=True) if not named.isdisjoint(codes))


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
        matches.extend(match for rule in rules.that_name(codes) if (match := _fire(rule, known, who)) is not None)
        for question in rules.questions_that_name(codes):
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


def judge_facts(facts: Iterable[Finding], patient: Patient, rules: UrgencyRules) -> Urgency:
    """
    Judge facts that came as fields, not as messages: all are taken as reported just now.

    The caller has left out results that are too old to count.

    Args:
        facts: Danger facts beside those in `patient`.
        patient: Symptoms, history, facts, results and person.
    """
    findings = (
        *facts,
        *patient.facts,
        *patient.symptoms,
        *patient.history,
        *_of_person(patient),
    )
    seen = [Seen(_STANDING_NOW, 0, finding=finding) for finding in findings]
    seen += [Seen(_STANDING_NOW, 0, lab=replace(lab, date=None, days_ago=None)) for lab in patient.labs]
    return judge(seen, rules=rules, now=_STANDING_NOW)


def preference(match: Match) -> tuple[int, bool, int, int]:
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
        0 if match.category == "overdose" and "overdose_taken" in match.codes else 1,
        CATEGORIES.index(match.category),
    )


def _of_person(patient: Patient) -> list[Finding]:
    """What the person's fields say in the vocabulary of the rules."""
    found = [Finding("pregnancy")] if patient.person.pregnant else []
    if patient.person.age is not None and patient.person.age >= 75:
        found.append(Finding("aged_75_or_more"))
    return found


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
    for ended in rule.ended:
        evidence = rule.when.met(Known(known.seen, known.now, ended_within_days=ended.within_days))
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
