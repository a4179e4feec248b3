"""
Read the B12 treatment a patient has or had: how often, when last, tablets, dose, how long.

Days and micrograms.  A length of time counts only beside words of treatment; "every 12
weeks" and "3 monthly" are intervals, "6 weeks ago" is when the last one was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.clinical.codes import Who
from bot.clinical.findings import B12Course
from bot.language.context import MessageContext
from bot.language.durations import Duration, Use, find_durations
from bot.language.lexicon import Hit
from bot.language.tokens import Kind, Token

_INJECTED = "current_b12_injections"
_TABLET_CODES = frozenset({"current_oral_b12", "oral_b12_failed", "oral_b12_intolerance"})
_DOSE_UNITS = {
    "mcg": 1,
    "mcgs": 1,
    "ug": 1,
    "µg": 1,
    "μg": 1,
    "microgram": 1,
    "micrograms": 1,
    "micro": 1,
    "mg": 1000,
    "milligram": 1000,
    "milligrams": 1000,
    "mgs": 1000,
}
_TIMES_A_YEAR = {"four": 91, "4": 91, "six": 60, "6": 60, "twelve": 30, "12": 30, "twice": 182, "three": 121, "3": 121}
_LAST = frozenset(
    {
        "last",
        "latest",
        "previous",
        "recent",
        "had",
        "since",
        "jab",
        "injection",
        "shot",
        "jabs",
        "dose",
        "one",
        "was",
        "it",
        "injected",
    }
)
_FIRST = frozenset({"first", "started", "starting", "began", "begun", "diagnosed", "for"})
_MONTHS = {name: number for number, names in enumerate((
    "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug", "september sep sept", "october oct",
    "november nov", "december dec"), start=1) for name in names.split()}  # fmt: skip
_WEEKDAYS = {"monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6}


def read_treatment(
    tokens: Sequence[Token],
    hits: Sequence[Hit],
    said: MessageContext,
    *,
    asks: frozenset[str],
    asked: Sequence[str],
    today: date,
) -> B12Course:
    """
    The patient's B12 course as far as this message tells it.

    Args:
        asks: Kinds of question that were just put ("asks-last-injection").
        asked: Codes that the question named.
    """
    durations = [
        d for d in find_durations(tokens) if d.days is not None and said.assertion(d.first, d.last).who is Who.PATIENT
    ]
    own = [hit for hit in hits if _own(said, hit)]
    injections = [hit for hit in own if hit.code == _INJECTED]
    tablets = [hit for hit in own if hit.code in _TABLET_CODES]
    about_injections = bool(injections) or _INJECTED in asked
    about_tablets = bool(tablets) or bool(_TABLET_CODES & set(asked))
    return B12Course(
        days_since_last_injection=_last_injection(tokens, durations, injections, asks, today)
        if about_injections or "asks-last-injection" in asks
        else None,
        injection_interval_days=_interval(tokens, durations, injections, asks) if about_injections else None,
        days_since_last_tablet=_last_tablet(tokens, durations, tablets) if about_tablets else None,
        oral_trial_days=_trial(tokens, durations, tablets, injections, asks) if about_tablets else None,
        oral_dose_ug=_dose(tokens, tablets, injections, asks) if about_tablets or "asks-dose" in asks else None,
    )


def _own(said: MessageContext, hit: Hit) -> bool:
    assertion = said.assertion(hit.start, hit.end, own=hit.own)
    return assertion.who is Who.PATIENT and assertion.mood in {"stated", "question"} and not assertion.denied


def _near(hits: Sequence[Hit], duration: Duration, *, within: int = 12) -> bool:
    return any(min(abs(hit.start - duration.last), abs(duration.first - hit.end)) <= within for hit in hits)


def _interval(
    tokens: Sequence[Token], durations: Sequence[Duration], injections: Sequence[Hit], asks: frozenset[str]
) -> int | None:
    for duration in durations:
        if (
            duration.use is Use.EVERY
            and (duration.days or 0) > 1
            and (_near(injections, duration) or "asks-interval" in asks)
        ):
            return duration.days
    if "asks-interval" in asks:
        for duration in durations:
            if duration.use is Use.FOR:
                return duration.days
    for at, token in enumerate(tokens[:-2]):
        if tokens[at + 1].word in {"times", "injections", "jabs", "a"} and token.word in _TIMES_A_YEAR:
            if "year" in {later.word for later in tokens[at + 1 : at + 5]} and injections:
                return _TIMES_A_YEAR[token.word]
    return None


def _last_injection(
    tokens: Sequence[Token], durations: Sequence[Duration], injections: Sequence[Hit], asks: frozenset[str], today: date
) -> int | None:
    best: int | None = None
    for duration in durations:
        if duration.use is not Use.AGO or not (_near(injections, duration) or "asks-last-injection" in asks):
            continue
        words = [
            token.word
            for token in tokens[max(0, duration.first - 8) : duration.first]
            if token.sentence == tokens[duration.first].sentence
        ]
        if {"first", "started", "began", "diagnosed", "stopped"} & set(words) and "last" not in words:
            continue
        best = duration.days if best is None else min(best, duration.days or 0)
    if best is not None:
        return best
    relevant = injections or ([] if "asks-last-injection" not in asks else None)
    if relevant == []:
        return None
    named = _named_day(tokens, today)
    if named is not None and (injections or "asks-last-injection" in asks):
        return named
    if "asks-last-injection" in asks:
        for duration in durations:
            if duration.use is Use.FOR:
                return duration.days
    return None


def _named_day(tokens: Sequence[Token], today: date) -> int | None:
    """ "today", "yesterday", "last Tuesday", "last week", "in March", as days ago."""
    for at, token in enumerate(tokens):
        before = tokens[at - 1].word if at else ""
        around = {other.word for other in tokens[max(0, at - 9) : at + 4] if other.sentence == token.sentence}
        if not around & (_LAST | {"jabbed", "injections"}):
            continue
        if around & {"due", "next", "booked", "tomorrow", "first", "started", "appointment"}:
            continue
        if token.word in {"today", "tonight"} or (token.word == "morning" and before == "this"):
            return 0
        if token.word == "yesterday" or (token.word == "night" and before == "last"):
            return 1
        if before == "last" and token.word in {"week", "fortnight", "month"}:
            return {"week": 7, "fortnight": 14, "month": 30}[token.word]
        if token.word in _WEEKDAYS and before in {"last", "on", "this", "past"}:
            return (today.weekday() - _WEEKDAYS[token.word]) % 7 or 7
        if (
            token.word in _MONTHS
            and before in {"in", "last", "of", "since", "early", "late", "mid"}
            and (token.word not in {"may", "march", "mar"} or before in {"in", "last", "since"})
        ):
            number = _MONTHS[token.word]
            year = today.year if number <= today.month else today.year - 1
            if at + 1 < len(tokens) and tokens[at + 1].kind is Kind.NUMBER and (tokens[at + 1].value or 0) > 1990:
                year = int(tokens[at + 1].value or year)
            days = (today - date(year, number, 15)).days
            return max(days, 0)
    return None


def _last_tablet(tokens: Sequence[Token], durations: Sequence[Duration], tablets: Sequence[Hit]) -> int | None:
    for duration in durations:
        words = {token.word for token in tokens[max(0, duration.first - 8) : duration.first]}
        if (
            duration.use is Use.AGO
            and words & {"last", "stopped", "finished", "stop", "quit", "until"}
            and _near(tablets, duration)
        ):
            return duration.days
    for token in tokens:
        if token.word in {"today", "daily"} and tablets:
            return 0
        if token.word == "yesterday" and tablets and {"tablet", "tablets", "took"} & {other.word for other in tokens}:
            return 1
    return None


def _trial(
    tokens: Sequence[Token],
    durations: Sequence[Duration],
    tablets: Sequence[Hit],
    injections: Sequence[Hit],
    asks: frozenset[str],
) -> int | None:
    for duration in durations:
        if duration.use not in {Use.FOR, Use.AGO}:
            continue
        if "asks-how-long" in asks and not tablets:
            return duration.days
        if not _near(tablets, duration):
            continue
        if injections and _distance(injections, duration) < _distance(tablets, duration):
            continue
        words = {token.word for token in tokens[max(0, duration.first - 8) : duration.first]}
        if duration.use is Use.AGO and not words & {"started", "since", "began", "start"}:
            continue
        return duration.days
    return None


def _distance(hits: Sequence[Hit], duration: Duration) -> int:
    return min(max(duration.first - hit.end, hit.start - duration.last, 0) for hit in hits)


def _dose(
    tokens: Sequence[Token], tablets: Sequence[Hit], injections: Sequence[Hit], asks: frozenset[str]
) -> int | None:
    """The daily dose by mouth in micrograms; a dose beside the injections is theirs."""
    for at, token in enumerate(tokens[:-1]):
        unit = _DOSE_UNITS.get(tokens[at + 1].word)
        if token.kind is not Kind.NUMBER or token.value is None or unit is None:
            continue
        if (
            at + 2 < len(tokens)
            and tokens[at + 2].word == "/"
            and tokens[min(at + 3, len(tokens) - 1)].word in {"l", "ml", "dl"}
        ):
            continue
        if injections and tablets and _gap(injections, at) < _gap(tablets, at):
            continue
        if injections and not tablets and "asks-dose" not in asks:
            continue
        dose = token.value * unit
        after = [later.word for later in tokens[at + 2 : at + 7]]
        if "twice" in after or ("two" in after and "times" in after):
            dose *= 2
        if 1 <= dose <= 20_000:
            return int(dose)
    return None


def _gap(hits: Sequence[Hit], at: int) -> int:
    return min(max(at - hit.end, hit.start - at, 0) for hit in hits)
