"""
Find in one message every way of saying a danger fact, and how each is meant.

The rows are content (`bot/knowledge/danger/said/`).  A harmless explanation beside the
words takes them back, a usual cause or a doubtful one turns them into a question.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.clinical.codes import Trend, When, Who
from bot.clinical.findings import Finding, Words
from bot.clinical.urgency_conditions import Seen
from bot.clinical.urgency_facts import BACKGROUND
from bot.knowledge.danger_language import SaidRow
from bot.language.danger_context import Context, MessageContext
from bot.language.danger_matcher import Compiled, Lexicon, Message, Occurrence
from bot.language.danger_status import Status

_KEPT_WITH_ITS_TIME = frozenset(BACKGROUND)


class FactReader:
    """
    The rows, compiled.  Immutable after construction.

    Args:
        rows: What patients say of each fact.
        lexicon: The word lists that the rows name.
    """

    def __init__(self, rows: tuple[SaidRow, ...], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._by_first_term: dict[int, list[tuple[_CompiledRow, Compiled]]] = {}
        for row in (_CompiledRow(row, lexicon) for row in rows):
            for pattern in row.said:
                self._by_first_term.setdefault(pattern.terms[0], []).append((row, pattern))

    def readings(self, message: Message, context: MessageContext) -> list[tuple[str, str, str, Context]]:
        """Row, fact, words and context of everything recognised."""
        found = []
        for row, occurrence in self._occurrences(message):
            start, end = message.offsets(occurrence.start, occurrence.end)
            meant = self._context(row, occurrence, message, context)
            found.append((row.row.id, row.row.fact, message.text[start:end], meant))
        return found

    def facts(
        self, message: Message, context: MessageContext, *, turn: int, at: datetime
    ) -> tuple[list[Seen], list[Seen], str | None]:
        """
        Certain and doubtful facts, the tightest words first for each.

        The third value is None unless every sign that is named was explained away (denied,
        long ago, asked about): then it is the rest of the message, in the patient's words.
        """
        certain: dict[tuple, Seen] = {}
        doubtful: dict[tuple, Seen] = {}
        found = sorted(
            self._occurrences(message),
            key=lambda item: (item[1].end - item[1].start, item[1].start),
        )
        for row, occurrence in found:
            meant = self._context(row, occurrence, message, context)
            if meant.status is Status.NOT_SO or (meant.status is Status.PAST and not _still_counts(row.row, meant)):
                continue
            start, end = message.offsets(occurrence.start, occurrence.end)
            finding = _finding(row.row, meant, Words(start, end, message.text[start:end], turn))
            key = (
                finding.code,
                finding.who,
                finding.when,
                finding.trend,
                finding.sudden,
                finding.detail,
                finding.side,
            )
            target = doubtful if meant.status is Status.DOUBT else certain
            target.setdefault(key, Seen(at, turn, finding=finding, unnamed=meant.unnamed))
        named = {row.row.fact for row, _ in found} - _KEPT_WITH_ITS_TIME
        said = {item.code for item in (*certain.values(), *doubtful.values())} - _KEPT_WITH_ITS_TIME
        explained = None
        if named and not said:
            rest = context.outside([occurrence for _, occurrence in found])
            explained = " ".join(message.text[slice(*message.offsets(start, end))] for start, end in rest)
        return list(certain.values()), list(doubtful.values()), explained

    def _occurrences(self, message: Message) -> list[tuple[_CompiledRow, Occurrence]]:
        present = frozenset(message.spans)
        found: list[tuple[_CompiledRow, Occurrence]] = []
        for term in sorted(present):
            for row, pattern in self._by_first_term.get(term, ()):
                if pattern.needed <= present:
                    found.extend((row, occurrence) for occurrence in self._lexicon.find(pattern, message))
        return found

    def _context(
        self,
        row: _CompiledRow,
        occurrence: Occurrence,
        message: Message,
        context: MessageContext,
    ) -> Context:
        sentence = message.sentence[occurrence.start]
        if self._beside(row.unless, message, sentence, context):
            return Context(Status.NOT_SO, why="harmless explanation")
        meant = context.of(occurrence, row.row)
        if row.row.others_only and meant.who is Who.PATIENT:
            return Context(Status.NOT_SO, why="said of oneself")
        if meant.status is not Status.NOT_SO and self._beside(row.explained_by, message, sentence, context):
            usual = Status.DOUBT if meant.status is Status.NOW else Status.NOT_SO
            return replace(meant, status=usual, why="usual cause")
        if meant.status is Status.NOW and (row.row.doubtful or self._in_doubt(row, message, sentence, context)):
            return replace(meant, status=Status.DOUBT, why="doubtful explanation")
        return meant

    def _in_doubt(self, row: _CompiledRow, message: Message, sentence: int, context: MessageContext) -> bool:
        """Something beside it that makes it doubtful, unless the patient says that it is meant ("not joking")."""
        return self._beside(row.doubt_if, message, sentence, context) and not context.is_in_earnest(sentence)

    def _beside(
        self,
        patterns: tuple[Compiled, ...],
        message: Message,
        sentence: int,
        context: MessageContext,
    ) -> bool:
        return any(
            message.sentence[occurrence.start] == sentence and not context.is_denied(occurrence)
            for pattern in patterns
            for occurrence in self._lexicon.find(pattern, message)
        )


class _CompiledRow:
    """A row with its patterns ready for the matcher."""

    def __init__(self, row: SaidRow, lexicon: Lexicon) -> None:
        self.row = row
        self.said = tuple(lexicon.compile(pattern) for pattern in row.said)
        self.unless = tuple(lexicon.compile(pattern) for pattern in row.unless)
        self.doubt_if = tuple(lexicon.compile(pattern) for pattern in row.doubt_if)
        self.explained_by = tuple(lexicon.compile(pattern) for pattern in row.explained_by)


def _still_counts(row: SaidRow, meant: Context) -> bool:
    """What is known of a patient keeps its distance in time: a birth five weeks ago, gas last month."""
    return row.fact in _KEPT_WITH_ITS_TIME and meant.days_ago is not None


def _finding(row: SaidRow, meant: Context, words: Words) -> Finding:
    trend = meant.trend if meant.trend in (Trend.GONE, Trend.WORSE) or row.trend is None else row.trend
    return Finding(
        row.fact,
        who=meant.who,
        when=When.NOW,
        duration_days=meant.duration_days,
        days_ago=meant.days_ago,
        trend=trend,
        sudden=row.sudden if row.sudden is not None else meant.sudden,
        side=row.side or meant.side,
        detail="severe" if row.severe or meant.severe else None,
        words=words,
    )
