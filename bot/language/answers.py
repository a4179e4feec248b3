"""
Findings that an answer gives only together with its question.

"3 months" to "how long have you been tired?", "worse" to "is the tingling better or
worse?": the answer names nothing by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.clinical.codes import Side, Trend
from bot.clinical.findings import Finding
from bot.language.course import side_of, trend_of
from bot.language.durations import Duration, Use
from bot.language.patterns import Match
from bot.language.questions import Question
from bot.language.replies import Reply
from bot.language.statements import words_of
from bot.language.tokens import Token

_BARE_SIDES = {"left": Side.LEFT, "right": Side.RIGHT, "both": Side.BOTH, "one": Side.ONE}
_INJECTIONS = "current_b12_injections"
_OF_INJECTIONS = frozenset({"asks-last-injection", "asks-interval"})


def answer_findings(
    text: str,
    tokens: Sequence[Token],
    question: Question,
    reply: Reply,
    own: Mapping[str, bool],
    unused: Sequence[Duration],
    cues: Mapping[str, Sequence[Match[str]]],
) -> list[Finding]:
    """
    Args:
        own: What the answer itself says of the patient, by code.
        unused: Lengths of time in the answer that belong to nothing it names.
        cues: Words of course and side in the answer.
    """
    lengths = [duration for duration in unused if duration.use in {Use.FOR, Use.AGO}]
    if "asks-how-long" in question.asks:  # "hands 4 weeks, feet 2 months", "a few weeks, maybe a month"
        lengths = sorted(lengths, key=lambda duration: duration.days or 0, reverse=True)
    days = lengths[0].days if lengths else None
    trend, side = trend_of(cues), side_of(cues)
    verdicts = [
        Finding(
            code=verdict.code,
            present=verdict.present,
            duration_days=days if verdict.present else None,
            trend=trend if verdict.present else None,
            side=side if verdict.present else None,
            words=words_of(text, tokens, verdict.first, verdict.last),
        )
        for verdict in reply.verdicts
    ]
    if verdicts or not question.codes or own.keys() & set(question.codes):
        return verdicts
    if question.asks & _OF_INJECTIONS and _INJECTIONS in question.codes:
        return _of_injections(text, tokens, reply, unused)
    if len(question.codes) > 1:
        return []
    asked = question.codes[0]
    if lengths and ("asks-how-long" in question.asks or question.of_presence):
        words = words_of(text, tokens, lengths[0].first, lengths[0].last)
        if trend is not None and "asks-how-long" not in question.asks:  # "worse over the last month"
            worse = days if trend is Trend.WORSE else None
            return [Finding(asked, side=side, trend=trend, worse_days=worse, words=words)]
        ago = days if lengths[0].use is Use.AGO else None
        return [Finding(asked, duration_days=days, days_ago=ago, side=side, trend=trend, words=words)]
    if "asks-how-long" in question.asks and reply.long_time is not None and reply.answered not in {"no", "unsure"}:
        match = reply.long_time
        return [Finding(asked, words=words_of(text, tokens, match.first, match.last))]
    whole = words_of(text, tokens, 0, len(tokens)) if tokens else None
    if "asks-trend" in question.asks:
        trend = trend or {"yes": Trend.WORSE, "no": Trend.STABLE}.get(reply.answered or "")
        if trend is not None:
            worse = days if trend is Trend.WORSE else None
            return [Finding(asked, trend=trend, worse_days=worse, words=whole)]
    if "asks-side" in question.asks:
        side = side or next((_BARE_SIDES[token.word] for token in tokens if token.word in _BARE_SIDES), None)
        return [Finding(asked, side=side, words=whole)] if side is not None else []
    return []


def _of_injections(text: str, tokens: Sequence[Token], reply: Reply, unused: Sequence[Duration]) -> list[Finding]:
    """ "6 weeks ago" to "when was your last injection?" says that there are injections; "never" that there are none."""
    if reply.answered in {"no", "over"}:
        return [Finding(_INJECTIONS, present=False, words=words_of(text, tokens, 0, 1))]
    timed = [duration for duration in unused if duration.days is not None]
    return [Finding(_INJECTIONS, words=words_of(text, tokens, timed[0].first, timed[0].last))] if timed else []
