"""The dashboard's counts, on both databases: what is counted, in which step, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import insert

from bot.clinical.codes import Level
from bot.conversation.figures import Figures, QuestionFigures
from bot.records import migrate
from bot.records.database import Database
from bot.records.desk import SqlDesk
from bot.records.schema import conversation, escalation, message

MIDNIGHT = datetime(2026, 3, 2, tzinfo=timezone.utc)
NOON = MIDNIGHT + timedelta(hours=12)
#: Two days; what happens on the third is after the period.
DAYS = tuple(MIDNIGHT + timedelta(days=number) for number in (-1, 0, 1))


class Ledger:
    """Rows as the front door leaves them, with only what the figures read."""

    def __init__(self, url: str) -> None:
        migrate.upgrade(url)
        self.database = Database(url, patience=10)
        self.desk = SqlDesk(self.database)
        self.number = 0

    def talk(self, at: datetime = NOON, *, level: Level = Level.NONE, channel: str = "web", **more: Any) -> str:
        self.number += 1
        talk = f"t{self.number}"
        row = {
            "id": talk, "channel": channel, "region": "uk", "opened_at": at, "last_at": at, "level": level,
            "mode": "assistant", "mode_since": at, "understood": True, "consent": True, **more,
        }  # fmt: skip
        with self.database.write() as connection:
            connection.execute(insert(conversation).values(**row))
        return talk

    def said(self, talk: str, at: datetime = NOON, *, author: str = "patient", **nlu: Any) -> int:
        self.number += 1
        row = {
            "id": self.number, "conversation_id": talk, "seq": self.number, "key": f"k{self.number}",
            "public_id": f"p{self.number}", "author": author, "text": "words of a patient", "at": at,
            "level": Level.NONE, "nlu": {"intent": "x", "topic": None, "understood": True, **nlu},
        }  # fmt: skip
        with self.database.write() as connection:
            connection.execute(insert(message).values(**row))
        return self.number

    def danger(
        self, talk: str, at: datetime = NOON, *, level: Level = Level.EMERGENCY, after: float | None = None
    ) -> None:
        """Acknowledged `after` seconds; the limit is five minutes."""
        known = after is not None
        row = {
            "conversation_id": talk, "message_id": self.said(talk, at), "kind": "danger", "level": level, "at": at,
            "category": "cardiac" if level is Level.EMERGENCY else "dvt", "due_at": at + timedelta(minutes=5),
            "content_version": "v", "advice": "", "state": "acknowledged" if known else "open",
            "acknowledged_at": at + timedelta(seconds=after) if after is not None else None,
        }  # fmt: skip
        with self.database.write() as connection:
            connection.execute(insert(escalation).values(id=f"e{self.number}", **row))

    def figures(self, *, now: datetime = NOON + timedelta(hours=1), channel: str | None = None) -> Figures:
        return self.desk.figures(DAYS, now=now, channel=channel)


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    made = Ledger(url)
    yield made
    made.database.close()


def test_nothing_is_empty_and_not_an_error(ledger: Ledger) -> None:
    figures = ledger.figures()
    assert figures.empty
    assert [step.unclear_share for step in figures.steps] == [None, None]
    assert (figures.interview.completion, figures.waits[0].median, figures.topics) == (None, None, ())


def test_each_thing_counts_in_the_step_in_which_it_happened_and_edges_belong_to_the_later_one(ledger: Ledger) -> None:
    early, late = ledger.talk(DAYS[0]), ledger.talk(DAYS[1])
    ledger.talk(DAYS[2])  # the first moment after the period
    ledger.said(early, DAYS[0])
    ledger.said(late, NOON, understood=False)
    ledger.said(late, NOON)
    ledger.said(late, NOON, author="assistant")
    ledger.danger(late, NOON)
    ledger.danger(late, NOON, level=Level.URGENT)
    first, second = ledger.figures().steps
    assert (first.conversations, first.patient_messages, first.escalations) == (1, 1, 0)
    assert (second.conversations, second.emergencies, second.urgent) == (1, 1, 1)
    assert (second.patient_messages, second.not_understood, second.unclear_share) == (4, 1, 0.25)
    assert ledger.figures().messages == 6


def test_waiting_times_are_kept_apart_by_level_and_by_the_limit(ledger: Ledger) -> None:
    talk = ledger.talk(level=Level.EMERGENCY)
    for after in (60, 300, 301, None):
        ledger.danger(talk, after=after)
    ledger.danger(talk, NOON + timedelta(minutes=59))
    ledger.danger(talk, level=Level.URGENT, after=90)
    emergency, urgent = ledger.figures().waits
    assert (emergency.in_time, emergency.late) == ((60.0, 300.0), (301.0,))
    assert (emergency.open, emergency.overdue, emergency.due, emergency.median) == (2, 1, 4, 300.0)
    assert (urgent.seconds, urgent.slowest_tenth) == ((90.0,), None)
    assert ledger.figures().by_category == {"cardiac": 5, "dvt": 1}


def test_the_interview_is_followed_to_where_each_patient_left(ledger: Ledger) -> None:
    open_at_b12 = {"questions": {"age": "answered", "b12": None}, "question": "b12", "assessed": False}
    ledger.talk(snapshot=open_at_b12)
    ledger.talk(snapshot={"questions": {"age": "declined", "b12": None}, "question": "b12", "assessed": False})
    ledger.talk(snapshot=open_at_b12, level=Level.URGENT)  # a danger ended it
    ledger.talk(snapshot=open_at_b12, last_at=NOON + timedelta(minutes=45))  # still there
    ledger.talk(snapshot={"questions": {"age": "answered"}, "question": None, "assessed": True})
    ledger.talk(snapshot={"understood": True})  # agreed, and never came to the questions
    ledger.talk(consent=None)
    seen = ledger.figures().interview
    assert (seen.began, seen.agreed, seen.asked, seen.assessed) == (7, 6, 5, 1)
    assert (seen.danger, seen.still_there) == (1, 1)
    assert seen.completion == pytest.approx(1 / 3)
    assert seen.questions == (QuestionFigures("age", 5, 4, 1, 0), QuestionFigures("b12", 4, 0, 0, 2))


def test_the_most_asked_questions_come_first_and_others_are_not_counted(ledger: Ledger) -> None:
    talk = ledger.talk()
    for topic in ("FAQ-20", "FAQ-21", "FAQ-20", None):
        ledger.said(talk, topic=topic)
    ledger.said(talk, author="assistant", topic="FAQ-21")
    assert ledger.figures().topics == (("FAQ-20", 2), ("FAQ-21", 1))


def test_one_channel_can_be_looked_at_alone(ledger: Ledger) -> None:
    for channel in ("web", "sms", "sms"):
        talk = ledger.talk(channel=channel, level=Level.URGENT)
        ledger.said(talk, topic="FAQ-20")
        ledger.danger(talk, level=Level.URGENT, after=1)
    figures = ledger.figures(channel="sms")
    assert (figures.total("conversations"), figures.total("urgent"), figures.messages) == (2, 2, 4)
    assert (figures.by_level["urgent"], figures.topics, len(figures.waits[1].seconds)) == (2, (("FAQ-20", 2),), 2)
    assert figures.interview.began == 2
