"""
Turn a hit and how it is meant into a finding, and many statements into one a code.

What a past, an ended or a denied thing comes to depends on its code: an operation
stays, a medicine ends, a jab told as last week's goes on (`knowledge/sayings`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.clinical.codes import When, Who
from bot.clinical.findings import Finding, Words
from bot.knowledge.sayings import Saying
from bot.language.context import Assertion
from bot.language.lexicon import Hit
from bot.language.timing import Timing, joined
from bot.language.tokens import Token

_CONTRASTS = frozenset({",", "not", "and", "the", "my", "in", "a", "-", "–"})


@dataclass(frozen=True)
class Told:
    """A finding, and whether the writer says outright that it is not, or no longer, so."""

    finding: Finding
    firm: bool = False
    at: int = 0  # the token it was told at: the order in which things were said


def antecedents(tokens: Sequence[Token], hits: Sequence[Hit], at: int, *, each: bool) -> list[Hit]:
    """What "it" or "them" at this place stands for: the things named last before it, as the phrase joins them."""
    sentence = tokens[at].sentence
    earlier = [hit for hit in hits if hit.end <= at and tokens[hit.start].sentence >= sentence - 1]
    if not earlier:
        return []
    group = [earlier[-1]]
    if tokens[at - 1].word == "(":
        return group  # "vegan, ex-smoker (stopped 2015)"
    for hit in reversed(earlier[:-1]):
        if tokens[hit.start].sentence != tokens[group[-1].start].sentence:
            break
        if not each and not joined(tokens, hit, group[-1]):
            break
        group.append(hit)
    return group


def without_contrast(tokens: Sequence[Token], hits: Sequence[Hit]) -> list[Hit]:
    """ "lansoprazole, not omeprazole": of two names of one code the refused one says nothing."""
    kept: list[Hit] = []
    for hit in hits:
        between = {token.word for token in tokens[kept[-1].end : hit.start]} if kept else set()
        if kept and kept[-1].code == hit.code and "not" in between and between <= _CONTRASTS:
            continue
        kept.append(hit)
    return kept


def finding_of(hit: Hit, words: Words, timing: Timing, assertion: Assertion, present: bool) -> Finding:
    return Finding(
        code=hit.code,
        present=present,
        when=When.PAST if assertion.ended or assertion.past else When.NOW,
        certain=assertion.certain,
        duration_days=timing.duration_days if present else None,
        days_ago=timing.days_ago,
        trend=timing.trend,
        worse_days=timing.worse_days,
        sudden=timing.sudden,
        side=timing.side,
        detail=hit.detail,
        limits_daily_life=timing.limits,
        explained_by_doctor=timing.explained,
        confirmed_by_doctor=timing.confirmed if assertion.certain or hit.is_symptom else False,
        words=words,
    )


def inside(words: Words | None, ranges: Sequence[tuple[int, int]]) -> bool:
    return words is not None and any(start <= words.start and words.end <= end for start, end in ranges)


def words_of(text: str, tokens: Sequence[Token], first: int, last: int) -> Words:
    start, end = tokens[first].start, tokens[last - 1].end
    return Words(start, end, text[start:end])


def is_present(row: Saying, hit: Hit, assertion: Assertion, timing: Timing) -> bool | None:
    """Present, not present, or None where the words settle neither."""
    if hit.absent:
        return assertion.denied and not row.lasting  # "coeliac tests negative, so excluded" says it twice
    if row.only_certain and not assertion.certain:
        return None
    if assertion.denied:
        return False
    if row.lasting:
        return True
    if row.event:
        if timing.days_ago is not None:
            return True if timing.days_ago <= (row.within_days or 0) else None
        if assertion.long_past:
            return None
        return True if not row.needs_date or assertion.lately or hit.recent else None
    if assertion.gone and (hit.is_symptom or row.recent_days is not None):
        return False
    if (
        row.recent_days is not None
        and timing.days_ago is not None
        and timing.days_ago > row.recent_days
        and assertion.was
    ):
        return False
    only_dated = assertion.dated and not assertion.was and not hit.is_symptom and row.recent_days is None
    over = assertion.ended or (assertion.past and not only_dated)
    if over and (
        recent_use(row, timing)
        or (row.recent_days and assertion.lately and not assertion.long_past and timing.days_ago is None)
    ):
        return not assertion.denied
    if row.lately and not assertion.ended:
        return not assertion.long_past
    return not over


def recent_use(row: Saying, timing: Timing) -> bool:
    """Whether a use that is over was recent enough to count still."""
    return row.recent_days is not None and timing.days_ago is not None and timing.days_ago <= row.recent_days


def last_said(told: Sequence[Told], *, corrects: bool) -> list[Finding]:
    """
    One of the patient's own a code, the last statement; details said before are kept.

    "Blurry for weeks, no double vision" stays present: a denial in other words of the
    same code takes nothing back, unless the writer corrects themselves.
    """
    own: dict[str, Finding] = {}
    for each in sorted(told, key=lambda each: each.at):
        finding = each.finding
        if finding.who is not Who.PATIENT:
            continue
        before = own.get(finding.code)
        if before is not None and before.present and not finding.present and not (each.firm or corrects):
            if not _same_words(before, finding):
                continue
        if before is not None and before.present == finding.present:
            finding = replace(
                finding,
                duration_days=finding.duration_days if finding.duration_days is not None else before.duration_days,
                detail=finding.detail or before.detail,
                days_ago=finding.days_ago if finding.days_ago is not None else before.days_ago,
                trend=finding.trend or before.trend,
                worse_days=finding.worse_days if finding.worse_days is not None else before.worse_days,
                side=finding.side or before.side,
                sudden=finding.sudden if finding.sudden is not None else before.sudden,
                limits_daily_life=finding.limits_daily_life or before.limits_daily_life,
                explained_by_doctor=finding.explained_by_doctor or before.explained_by_doctor,
                confirmed_by_doctor=_first_said(finding.confirmed_by_doctor, before.confirmed_by_doctor),
                words=before.words,
            )
        own[finding.code] = finding
    others = [each.finding for each in told if each.finding.who is not Who.PATIENT]
    return [*own.values(), *others]


def _first_said(one: bool | None, other: bool | None) -> bool | None:
    return one if one is not None else other


def _same_words(first: Finding, second: Finding) -> bool:
    if first.words is None or second.words is None:
        return True
    return first.words.text.lower()[:5] == second.words.text.lower()[:5]
