"""
Read how things are going and where: worse or better, over how long, sudden, side, what they stop.

Each word belongs to the nearest thing named before it in its sentence, else to the
next one, else to what the sentence before named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.clinical.codes import Side, Trend
from bot.language.cue_rows import CueRows
from bot.language.durations import Duration, Use
from bot.language.lexicon import Hit
from bot.language.patterns import Match
from bot.language.timing import Timing, joined
from bot.language.tokens import Token

KINDS = ("worse", "not-worse", "better", "not-better", "stable", "gone", "sudden", "gradual", "both", "left", "right", "one", "limits", "explained", "deficiency-confirmed",
    "confirmed",
    "not-confirmed")  # fmt: skip
_BESIDE = 5  # words
_SIDES = {"both": Side.BOTH, "left": Side.LEFT, "right": Side.RIGHT, "one": Side.ONE}


class CourseReader:
    """Reads the course of what was found; build it once."""

    def __init__(self) -> None:
        self._cues = CueRows("course.yml", kinds=KINDS)

    def find(self, tokens: Sequence[Token]) -> Mapping[str, Sequence[Match[str]]]:
        return self._cues.find(tokens)

    def read(
        self,
        tokens: Sequence[Token],
        hits: Sequence[Hit],
        durations: Sequence[Duration],
        timings: dict[Hit, Timing],
    ) -> Mapping[str, Sequence[Match[str]]]:
        """Write course and side into `timings`; returns all cues for those that ask about no hit."""
        found = self._cues.find(tokens)
        symptoms = [hit for hit in hits if hit.is_symptom]
        for kind, match in _in_order(found):
            for hit in _meant(tokens, symptoms, match):
                self._note(kind, match, hit, tokens, durations, timings[hit])
        self._confirm(tokens, [hit for hit in hits if not hit.is_symptom], found, timings)
        return found

    @staticmethod
    def _confirm(
        tokens: Sequence[Token],
        history: Sequence[Hit],
        found: Mapping[str, Sequence[Match[str]]],
        timings: dict[Hit, Timing],
    ) -> None:
        """Whether the sentence says that a doctor confirmed what it names, or that nobody did."""
        for kind, confirmed in (("confirmed", True), ("not-confirmed", False)):
            for match in found.get(kind, []):
                for hit in history:
                    if tokens[hit.start].sentence == tokens[match.first].sentence:
                        timings[hit].confirmed = confirmed

    @staticmethod
    def _note(
        kind: str, match: Match[str], hit: Hit, tokens: Sequence[Token], durations: Sequence[Duration], timing: Timing
    ) -> None:
        if kind == "worse":
            timing.trend = Trend.WORSE
            days = _over(tokens, match, durations)
            if days is not None:
                timing.worse_days = days
        elif kind == "better":
            timing.trend = Trend.BETTER
        elif kind in {"stable", "not-worse"} and timing.trend is None:
            timing.trend = Trend.STABLE
        elif kind == "gone":
            timing.trend = Trend.GONE
        elif kind in {"sudden", "gradual"}:
            timing.sudden = kind == "sudden"
        elif kind in _SIDES and _close(hit, match):
            timing.side = _SIDES[kind]
        elif kind == "limits":
            timing.limits = True
        elif kind == "explained":
            timing.explained = True


def trend_of(found: Mapping[str, Sequence[Match[str]]]) -> Trend | None:
    """The course that a whole message tells, for an answer to "is it getting worse?"."""
    hidden = _hidden(found)
    for kind, trend in (
        ("stable", Trend.STABLE),
        ("not-worse", Trend.STABLE),
        ("worse", Trend.WORSE),
        ("better", Trend.BETTER),
        ("gone", Trend.GONE),
    ):
        if any(not _inside(match, hidden) for match in found.get(kind, [])):
            return trend
    return None


def side_of(found: Mapping[str, Sequence[Match[str]]]) -> Side | None:
    """The side that a whole message tells."""
    return next((side for kind, side in _SIDES.items() if kind in found), None)


def _hidden(found: Mapping[str, Sequence[Match[str]]]) -> list[Match[str]]:
    return [*found.get("not-worse", []), *found.get("not-better", []), *found.get("stable", [])]


def _inside(match: Match[str], others: Sequence[Match[str]]) -> bool:
    return any(other is not match and other.first <= match.first and match.last <= other.last for other in others)


def _in_order(found: Mapping[str, Sequence[Match[str]]]) -> list[tuple[str, Match[str]]]:
    hidden = _hidden(found)
    pairs = [
        (kind, match)
        for kind, matches in found.items()
        for match in matches
        if kind not in {"worse", "better"} or not _inside(match, hidden)
    ]
    return sorted(pairs, key=lambda pair: pair[1].first)


def _meant(tokens: Sequence[Token], hits: Sequence[Hit], match: Match[str]) -> list[Hit]:
    sentence = tokens[match.first].sentence
    here = [hit for hit in hits if tokens[hit.start].sentence == sentence]
    before = [hit for hit in here if hit.start < match.first]
    if before:
        group = [before[-1]]
        for hit in reversed(before[:-1]):
            if not joined(tokens, hit, group[-1]):
                break
            group.append(hit)
        return group
    if here:
        return [here[0]]
    earlier = [hit for hit in hits if tokens[hit.start].sentence == sentence - 1]
    return earlier


def _close(hit: Hit, match: Match[str]) -> bool:
    return max(match.first - hit.last, hit.first - match.last) <= 4


def _over(tokens: Sequence[Token], match: Match[str], durations: Sequence[Duration]) -> int | None:
    """How long it has been getting worse: the length of time right behind the word, else right before it."""
    near = [
        duration
        for duration in durations
        if duration.use in {Use.FOR, Use.AGO} and tokens[duration.first].sentence == tokens[match.first].sentence
    ]
    behind = [duration for duration in near if 0 <= duration.first - match.last <= _BESIDE]
    before = [duration for duration in near if 0 <= match.first - duration.last <= _BESIDE]
    return next((duration.days for duration in (*behind, *before)), None)
