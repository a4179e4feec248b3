"""
The dashboard's counts.

The database counts; only what it cannot count (a median, the questions inside a snapshot)
is counted here.  The edges of the steps are given, so that a day is the clinic's own day.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import and_, case, func, select, type_coerce
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from bot.clinical.codes import Level
from bot.conversation.figures import GONE_AFTER, Figures, Interview, QuestionFigures, Step, Waits
from bot.conversation.questions import ANSWERED, INTERVIEW
from bot.records import keyring
from bot.records.columns import Json
from bot.records.database import Database
from bot.records.schema import conversation, escalation, message

_TOPICS = 12  # the most asked, as many as a plot can show


class _Agreed(NamedTuple):
    """How far the interview of a conversation came whose patient agreed."""

    level: Level
    last_at: datetime
    questions: Mapping[str, str | None] | None
    question: str | None
    assessed: bool | None


class FigureList:
    """The dashboard's part of the desk."""

    database: Database

    def figures(self, bounds: tuple[datetime, ...], *, now: datetime, channel: str | None = None) -> Figures:
        with self.database.read() as connection:
            return _Counting(connection, bounds, now=now, channel=channel).all()


class _Counting:
    """One period of one ledger."""

    def __init__(
        self, connection: Connection, bounds: tuple[datetime, ...], *, now: datetime, channel: str | None
    ) -> None:
        self.connection, self.bounds, self.now, self.channel = connection, bounds, now, channel
        self.begun = and_(self._within(conversation.c.opened_at), *self._by_channel())
        self.raised = and_(self._within(escalation.c.at), *self._of_channel(escalation.c.conversation_id))
        self.written = and_(self._within(message.c.at), *self._of_channel(message.c.conversation_id))

    def all(self) -> Figures:
        return Figures(
            steps=self._steps(),
            by_level=self._levels(),
            by_category=self._categories(),
            messages=self._number(message, self.written),
            waits=(self._waits(Level.EMERGENCY), self._waits(Level.URGENT)),
            interview=self._interview(),
            topics=self._topics(),
        )

    # --- conditions

    def _within(self, column: Any) -> ColumnElement[Any]:
        return and_(column >= self.bounds[0], column < self.bounds[-1])

    def _by_channel(self) -> list[Any]:
        return [conversation.c.channel == self.channel] if self.channel else []

    def _of_channel(self, column: Any) -> list[Any]:
        if not self.channel:
            return []
        return [column.in_(select(conversation.c.id).where(conversation.c.channel == self.channel))]

    def _step(self, column: Any) -> ColumnElement[Any]:
        """In which step a time lies, as its place."""
        return case(*((column < edge, place) for place, edge in enumerate(self.bounds[1:])), else_=-1)

    def _number(self, table: Any, *conditions: Any) -> int:
        return int(self.connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())

    # --- over time

    def _steps(self) -> tuple[Step, ...]:
        begun = self._per_step(conversation.c.opened_at, self.begun)
        emergencies = self._per_step(escalation.c.at, self.raised, escalation.c.level == Level.EMERGENCY)
        urgent = self._per_step(escalation.c.at, self.raised, escalation.c.level < Level.EMERGENCY)
        patients = and_(self.written, message.c.author == "patient")
        said = self._per_step(message.c.at, patients)
        unclear = self._per_step(message.c.at, patients, message.c.nlu["understood"].as_boolean().is_(False))
        return tuple(
            Step(since, until, begun[place], emergencies[place], urgent[place], said[place], unclear[place])
            for place, (since, until) in enumerate(pairwise(self.bounds))
        )

    def _per_step(self, column: Any, *conditions: Any) -> Counter[int]:
        place = self._step(column)
        return Counter(
            dict(self.connection.execute(select(place, func.count()).where(*conditions).group_by(place)).all())
        )

    # --- dangers

    def _levels(self) -> dict[str, int]:
        found = dict(
            self.connection.execute(
                select(conversation.c.level, func.count()).where(self.begun).group_by(conversation.c.level)
            ).all()
        )
        return {level.code: found.get(level, 0) for level in Level}

    def _categories(self) -> dict[str, int]:
        kinds = self.connection.execute(
            select(escalation.c.category, func.count())
            .where(self.raised, escalation.c.category.is_not(None))
            .group_by(escalation.c.category)
        ).all()
        return {str(name): number for name, number in sorted(kinds, key=lambda row: (-row[1], row[0]))}

    def _waits(self, level: Level) -> Waits:
        """What is not an emergency waits on the urgent clock, a message that could not be screened too."""
        of_level = escalation.c.level == level if level is Level.EMERGENCY else escalation.c.level < Level.EMERGENCY
        in_time: list[float] = []
        late: list[float] = []
        open_, overdue = 0, 0
        columns = (escalation.c.at, escalation.c.due_at, escalation.c.acknowledged_at, escalation.c.state)
        for row in self.connection.execute(select(*columns).where(self.raised, of_level)):
            if row.acknowledged_at is not None:
                kept = in_time if row.acknowledged_at <= row.due_at else late
                kept.append((row.acknowledged_at - row.at).total_seconds())
            elif row.state == "open":
                open_ += 1
                overdue += row.due_at < self.now
        return Waits(level, tuple(sorted(in_time)), tuple(sorted(late)), open_, overdue)

    # --- the interview

    def _interview(self) -> Interview:
        agreed = self._agreed()
        outcomes: defaultdict[str, Counter[str | None]] = defaultdict(Counter)
        left: Counter[str] = Counter()
        ends: Counter[str] = Counter()
        for row in agreed:
            for code, outcome in (row.questions or {}).items():
                outcomes[code][outcome] += 1
            end = self._end(row)
            ends[end] += 1
            if end == "left" and row.question:
                left[row.question] += 1
        return Interview(
            began=self._number(conversation, self.begun),
            agreed=len(agreed),
            asked=len(agreed) - ends["not asked"],
            assessed=ends["assessed"],
            danger=ends["danger"],
            still_there=ends["still there"],
            questions=tuple(_question(code, outcomes[code], left[code]) for code in sorted(outcomes, key=_place)),
        )

    def _agreed(self) -> list[_Agreed]:
        """The database takes a snapshot apart where it can; a sealed one is opened here."""
        plain, whole = type_coerce(conversation.c.snapshot, Json), keyring.any_sealed(self.connection)
        columns: tuple[ColumnElement[Any], ...] = (
            plain["questions"].label("questions"),
            plain["question"].as_string().label("question"),
            plain["assessed"].as_boolean().label("assessed"),
        )
        rows = self.connection.execute(
            select(
                conversation.c.level, conversation.c.last_at, *((conversation.c.snapshot,) if whole else columns)
            ).where(self.begun, conversation.c.consent.is_(True))
        )
        if not whole:
            return [_Agreed(*row) for row in rows]
        keys = ("questions", "question", "assessed")
        return [_Agreed(row.level, row.last_at, *((row.snapshot or {}).get(key) for key in keys)) for row in rows]

    def _end(self, row: _Agreed) -> str:
        """How the interview of one conversation stands."""
        if row.assessed:
            return "assessed"
        if not row.questions:
            return "not asked"
        if row.level >= Level.URGENT:
            return "danger"
        return "still there" if row.last_at > self.now - GONE_AFTER else "left"

    def _topics(self) -> tuple[tuple[str, int], ...]:
        topic = message.c.nlu["topic"].as_string().label("topic")
        found = self.connection.execute(
            select(topic, func.count().label("times"))
            .where(self.written, message.c.author == "patient", topic.is_not(None))
            .group_by("topic")
            .order_by(func.count().desc(), "topic")
            .limit(_TOPICS)
        ).all()
        return tuple((row.topic, row.times) for row in found)


def _place(code: str) -> tuple[int, str]:
    """In the order in which the interview asks."""
    return (INTERVIEW.index(code) if code in INTERVIEW else len(INTERVIEW), code)


def _question(code: str, outcomes: Counter[str | None], stopped: int) -> QuestionFigures:
    asked = sum(outcomes.values())
    answered = outcomes[ANSWERED]
    return QuestionFigures(code, asked, answered, asked - answered - outcomes[None], stopped)
