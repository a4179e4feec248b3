"""
Give each thing named in a message its length of time, its course and its side.

"tired, dizzy and forgetful for 3 months, worse in the last 2 weeks": one duration for
the three that the phrase joins, and two weeks of getting worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.clinical.codes import Side, Trend
from bot.language.amounts import word_at
from bot.language.durations import Duration, Use
from bot.language.lexicon import Hit
from bot.language.time_words import time_words
from bot.language.tokens import Kind, Token

_OF_THINGS = frozenset({Use.FOR, Use.AGO, Use.LATELY})
_INTRODUCES = 8  # words of a sentence that tells a length of time for the next one
_WELL = frozenset({"fine", "well", "ok", "okay", "normal", "perfect", "alright", "good"})
_ALONE = 4  # words of a sentence that tells a length of time and nothing else


@dataclass
class Timing:
    """What was said about one hit's time, course and side; None where nothing was said."""

    duration_days: int | None = None
    told: bool = False  # a length of time was said, even one without a number
    days_ago: int | None = None
    trend: Trend | None = None
    worse_days: int | None = None
    sudden: bool | None = None
    side: Side | None = None
    limits: bool | None = None
    explained: bool | None = None
    confirmed: bool | None = None  # by a doctor; for history


def joined(tokens: Sequence[Token], first: Hit, second: Hit) -> bool:
    """Whether one phrase joins two things: only a list between them, no new subject, no contrast."""
    between = tokens[first.end : second.start]
    if any(token.kind is Kind.STOP or token.word in time_words()["contrast"] for token in between):
        return False
    for at, token in enumerate(between):
        if token.word in time_words()["restart"]:
            return False
        if token.word == "my" and any(
            later.word in time_words()["clause-verb"]
            for later in [*between[at + 1 : at + 5], *tokens[second.start : second.start + 1]]
        ):
            return False
    return len(between) <= 12


def attach(
    tokens: Sequence[Token], hits: Sequence[Hit], durations: Iterable[Duration], timings: dict[Hit, Timing]
) -> list[Duration]:
    """
    Write durations into `timings`; returns those that belong to nothing found.

    A duration behind things serves the list right before it; one in front serves the
    list behind it; one alone in its sentence serves the sentence before.
    """
    unused: list[Duration] = []
    served: set[Hit] = set()
    durations = list(durations)
    for place, duration in enumerate(durations):
        well = _WELL & {token.word for token in tokens[duration.last : duration.last + 4]}  # "a month ago she was fine"
        if (
            duration.use not in _OF_THINGS
            or word_at(tokens, duration.first - 1) == "not"
            or (well and duration.use is Use.AGO)
        ):
            unused.append(duration)
            continue
        group = _served(tokens, hits, duration, served)
        following = durations[place + 1] if place + 1 < len(durations) else None
        if group and following and _has_its_own(tokens, duration, group[0], following):
            group = []
        if not group:
            stopped = _stopped(tokens, hits, duration)
            if stopped is not None:
                timings[stopped].days_ago = duration.days
            unused.append(duration)
            continue
        for hit in group:
            if duration.use is not Use.LATELY:
                served.add(hit)
            timing = timings[hit]
            timing.told = True
            if duration.use is not Use.LATELY:
                timing.duration_days = duration.days
            if duration.use is not Use.FOR or _since_then(tokens, duration):
                timing.days_ago = duration.days
    return unused


def _stopped(tokens: Sequence[Token], hits: Sequence[Hit], duration: Duration) -> Hit | None:
    """The thing that "stopped 10 days ago" speaks of, when it has a length of time already."""
    before = [
        hit
        for hit in hits
        if hit.end <= duration.first and tokens[hit.start].sentence >= tokens[duration.first].sentence - 1
    ]
    if duration.use not in {Use.AGO, Use.LATELY} or not before:
        return None
    words = {token.word for token in tokens[max(before[-1].end, duration.first - 6) : duration.first]}
    return before[-1] if words & time_words()["stopped"] else None


def _served(tokens: Sequence[Token], hits: Sequence[Hit], duration: Duration, served: set[Hit]) -> list[Hit]:
    sentence = tokens[duration.first].sentence
    here = [hit for hit in hits if tokens[hit.start].sentence == sentence]
    before = [hit for hit in here if hit.end <= duration.first + 1]
    after = [hit for hit in here if hit.start >= duration.last - 1 and hit not in before]
    if (
        after
        and after[0].start <= duration.last + 2
        and tokens[min(duration.last, len(tokens) - 1)].word in {"of", "history"}
    ):
        return _forward(tokens, after)
    if _since_then(tokens, duration) and after:
        return after[:1]
    if before and not _contrast(tokens, before[-1].end, duration.first):
        nearest = before[-1]
        set_off = _set_off(tokens, duration)
        if nearest not in served and (set_off or not _other_event(tokens, nearest.end, duration.first)):
            group = _backward(tokens, before, served, set_off=set_off)
            return [*group, *_forward(tokens, after)] if after and _goes_with(tokens, duration) else group
        if nearest not in served:
            return []
    told_of_another = _joined_on(tokens, duration, after) and (
        _other_event(tokens, _sentence_start(tokens, duration.first), duration.first) or _own_clause(tokens, duration)
    )
    if after and not told_of_another and not _other_event(tokens, duration.last, after[0].start):
        return _forward(tokens, after)
    if not here:
        later = [hit for hit in hits if tokens[hit.start].sentence == sentence + 1 and hit not in served]
        short = sum(token.sentence == sentence for token in tokens) <= _INTRODUCES
        if short and later and not any(tokens[hit.start].sentence < sentence for hit in hits):
            return _forward(tokens, later)
        if [token.word for token in tokens[duration.last : duration.last + 2]] in (
            ["of", "this"],
            ["of", "it"],
            ["of", "that"],
        ):
            return [hit for hit in hits if hit.end <= duration.first and hit.is_symptom and hit not in served]
        if sum(token.sentence == sentence for token in tokens) <= _ALONE + 1:
            return [
                hit
                for hit in hits
                if hit.is_symptom and hit not in served and sentence - 3 < tokens[hit.start].sentence < sentence
            ]
        earlier = [
            hit for hit in hits if tokens[hit.start].sentence in {sentence - 1, sentence - 2} and hit not in served
        ]
        if earlier and not _other_event(tokens, _sentence_start(tokens, duration.first), duration.first):
            last = tokens[earlier[-1].start].sentence
            return [
                hit
                for hit in earlier
                if tokens[hit.start].sentence == last and hit.is_symptom == earlier[-1].is_symptom
            ]
    return []


def _backward(tokens: Sequence[Token], before: Sequence[Hit], served: set[Hit], *, set_off: bool) -> list[Hit]:
    group = [before[-1]]
    for hit in reversed(before[:-1]):
        if hit in served or hit.is_symptom != group[-1].is_symptom:
            break
        apart = _contrast(tokens, hit.end, group[-1].start)
        if hit.start == group[-1].start or joined(tokens, hit, group[-1]) or (set_off and not apart):
            group.append(hit)
        else:
            break
    return group


def _since_then(tokens: Sequence[Token], duration: Duration) -> bool:
    """ "two weeks since my last balloon": how long ago it was."""
    return duration.last < len(tokens) and tokens[duration.last].word == "since"


def _goes_with(tokens: Sequence[Token], duration: Duration) -> bool:
    """ "tired for 5 months along with numb toes": what follows is joined to what stands before."""
    behind = [token.word for token in tokens[duration.last : duration.last + 3]]
    return behind[:2] in (["along", "with"], ["together", "with"], ["accompanied", "by"]) or behind == [
        "as",
        "well",
        "as",
    ]


def _has_its_own(tokens: Sequence[Token], duration: Duration, hit: Hit, following: Duration) -> bool:
    """ "cheilitis for a week, weight loss over 4 months": what stands behind the comma has a length of its own."""
    return (
        duration.last < hit.start
        and tokens[duration.last].word == ","
        and hit.end <= following.first
        and following.use in _OF_THINGS
        and all(token.kind in {Kind.WORD, Kind.NUMBER} for token in tokens[hit.end : following.first])
    )


def _joined_on(tokens: Sequence[Token], duration: Duration, after: Sequence[Hit]) -> bool:
    """ "I was diagnosed 12 years ago and I'm tired": what follows is a sentence of its own."""
    behind = [token.word for token in tokens[duration.last : duration.last + 2]]
    return bool(after) and duration.use is Use.AGO and bool(behind) and behind[0] in {"and", "but", ",", "so"}


def _own_clause(tokens: Sequence[Token], duration: Duration) -> bool:
    """ "My periods stopped a year ago, and the fatigue ...": the words before it say what happened then."""
    begin = duration.first
    while begin > 0 and tokens[begin - 1].kind is Kind.WORD and tokens[begin - 1].word not in time_words()["contrast"]:
        begin -= 1
    words = [token.word for token in tokens[begin : duration.first]]
    anew = [token.word for token in tokens[duration.last : duration.last + 3]]
    said = [word for word in words if word not in time_words()["introduces"]]
    return len(said) > 1 and bool(set(anew) & {"i", "im", "ive", "my", "the", "its", "it"})


def _set_off(tokens: Sequence[Token], duration: Duration) -> bool:
    """Whether a comma sets the length of time off from all that stands before ("…, since about 5 months")."""
    at = duration.first - 1
    while (
        at >= 0
        and tokens[at].kind is Kind.WORD
        and duration.first - at <= 5
        and tokens[at].word in time_words()["introduces"]
    ):
        at -= 1
    ends = (
        duration.last >= len(tokens)
        or tokens[duration.last].kind is not Kind.WORD
        or tokens[duration.last].word == "now"
    )
    return at >= 0 and tokens[at].word in {",", "-", "–", "—", "("} and ends


def _forward(tokens: Sequence[Token], after: Sequence[Hit]) -> list[Hit]:
    group = [after[0]]
    for hit in after[1:]:
        if hit.is_symptom != group[0].is_symptom or _contrast(tokens, group[-1].end, hit.start):
            break
        group.append(hit)
    return group


def _contrast(tokens: Sequence[Token], first: int, last: int) -> bool:
    return any(token.word in time_words()["contrast"] for token in tokens[first:last])


def _other_event(tokens: Sequence[Token], first: int, last: int) -> bool:
    return any(token.word in time_words()["other-event"] for token in tokens[first:last])


def _sentence_start(tokens: Sequence[Token], at: int) -> int:
    sentence = tokens[at].sentence
    while at > 0 and tokens[at - 1].sentence == sentence:
        at -= 1
    return at
