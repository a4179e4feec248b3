"""Which conversations are past their time: one condition in SQL, so that a hundred thousand are looked at at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, literal, not_, or_, select
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from bot.conversation.record_keeping import Leaving, RetentionReport
from bot.knowledge.retention import KeepRule
from bot.records.attention import OPEN_STATES
from bot.records.schema import conversation, escalation


def leaving(
    connection: Connection, rules: tuple[KeepRule, ...], *, at: datetime, limit: int, only: str | None = None
) -> list[Leaving]:
    """The longest silent first; of this conversation `only`, if one is named."""
    named = () if only is None else (conversation.c.id == only,)
    found = connection.execute(
        select(conversation.c.id, conversation.c.last_at, conversation.c.outcome, _escalated().label("escalated"))
        .where(past_its_time(rules, at=at), conversation.c.hold_at.is_(None), ~_danger_open(), *named)
        .order_by(conversation.c.last_at)
        .limit(limit)
    )
    return [
        Leaving(
            conversation_id=row.id,
            rule=deciding(rules, escalated=bool(row.escalated), outcome=row.outcome),
            last_at=row.last_at,
            escalated=bool(row.escalated),
            outcome=row.outcome,
        )
        for row in found
    ]


def report(connection: Connection, rules: tuple[KeepRule, ...], *, at: datetime, listed: int) -> RetentionReport:
    """Changes nothing."""
    past, free, calm = past_its_time(rules, at=at), conversation.c.hold_at.is_(None), ~_danger_open()

    def count(*conditions: Any) -> int:
        return int(connection.execute(select(func.count()).select_from(conversation).where(*conditions)).scalar_one())

    kind = _escalated().label("escalated")
    groups = connection.execute(
        select(kind, conversation.c.outcome, func.count().label("number"))
        .where(past, free, calm)
        .group_by(kind, conversation.c.outcome)
    ).all()
    by_rule: dict[str, int] = {}
    for row in groups:
        rule = deciding(rules, escalated=bool(row.escalated), outcome=row.outcome)
        by_rule[rule] = by_rule.get(rule, 0) + row.number
    return RetentionReport(
        at=at,
        total=sum(by_rule.values()),
        by_rule=by_rule,
        listed=tuple(leaving(connection, rules, at=at, limit=listed)) if listed else (),
        on_hold=count(past, ~free),
        waiting_for_staff=count(past, free, _danger_open()),
    )


def past_its_time(rules: tuple[KeepRule, ...], *, at: datetime) -> ColumnElement[Any]:
    """Some rule fits, and every rule that fits lets it go: the longest keeps."""
    fitting = [(_fits(rule), conversation.c.last_at < at - rule.keep) for rule in rules]
    return and_(
        or_(literal(False), *(fits for fits, _ in fitting)),
        *(or_(not_(fits), over) for fits, over in fitting),
    )


def deciding(rules: tuple[KeepRule, ...], *, escalated: bool, outcome: str | None) -> str:
    """The id of the rule that keeps longest."""
    fitting = [rule for rule in rules if rule.fits(escalated=escalated, outcome=outcome)]
    return max(fitting, key=lambda rule: rule.keep).id


def _fits(rule: KeepRule) -> ColumnElement[Any]:
    conditions: list[ColumnElement[Any]] = [literal(True)]
    if rule.escalated is not None:
        conditions.append(_escalated() if rule.escalated else ~_escalated())
    if rule.outcomes:
        outcome = conversation.c.outcome
        conditions.append(and_(outcome.is_not(None), outcome.in_(sorted(rule.outcomes))))
    return and_(*conditions)


def _escalated() -> Any:
    return exists().where(escalation.c.conversation_id == conversation.c.id)


def _danger_open() -> Any:
    return exists().where(
        escalation.c.conversation_id == conversation.c.id,
        escalation.c.kind == "danger",
        escalation.c.state.in_(OPEN_STATES),
    )
