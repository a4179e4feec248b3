"""Fill a ledger fast with varied, invented conversations, so that the console can be measured on a large one."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from bot.clinical.codes import ROUTES, Level
from bot.records.database import Database
from bot.records.schema import conversation, escalation, match, message

Row = dict[str, Any]

OPENINGS = ("Hello, I have been", "Hi. For months I am", "Good morning, my mother is", "Since spring I feel")
STATES = ("tired", "dizzy", "forgetful", "short of breath on stairs", "pale", "low", "numb in both feet", "weak")
MORE = ("and I eat no meat", "and I take metformin", "after my stomach operation", "and my tongue is sore", "at my age")
ANSWERS = ("How long has this been so?", "Have you had a blood test?", "Thank you. Do your feet tingle?")
LATER = ("about six weeks", "my B12 was 142", "no, never", "yes, on both sides", "my ferritin was low", "not sure")
DANGERS = (
    ("My throat is closing after the jab", "throat is closing", "anaphylaxis", Level.EMERGENCY),
    ("I have chest pain and sweat", "chest pain", "cardiac", Level.EMERGENCY),
    ("one calf is swollen and hot", "calf is swollen", "dvt", Level.URGENT),
    ("I cannot see on one side since today", "cannot see", "vision_loss", Level.URGENT),
)
RARE = ("trampoline", "bagpipes", "lighthouse")
_AT_ONCE = 2000
_WAITING = 60  # conversations whose danger nobody has acknowledged yet


def seed(database: Database, *, conversations: int, now: datetime, chance: random.Random) -> None:
    """Writes `conversations` of them over the two years before `now`; the ledger has to be empty."""
    number = 0
    for first in range(0, conversations, _AT_ONCE):
        talks: list[Row] = []
        said: list[Row] = []
        raised: list[Row] = []
        fired: list[Row] = []
        for place in range(first, min(first + _AT_ONCE, conversations)):
            number = _one(
                place, number, now, chance, talks, said, raised, fired, last=place >= conversations - _WAITING
            )
        with database.write() as connection:
            if database.is_postgres:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(insert(conversation), talks)
            connection.execute(insert(message), said)
            if raised:
                connection.execute(insert(escalation), raised)
                connection.execute(insert(match), fired)
            words = [{"id": row["id"], "words": row["text"]} for row in said]
            into = (
                "INSERT INTO message_search (message_id, words) VALUES (:id, to_tsvector('simple', :words))"
                if database.is_postgres
                else "INSERT INTO message_search (rowid, words) VALUES (:id, :words)"
            )
            connection.execute(text(into), words)
    with database.write() as connection:
        connection.execute(text("ANALYZE"))


def _one(
    place: int,
    number: int,
    now: datetime,
    chance: random.Random,
    talks: list[Row],
    said: list[Row],
    raised: list[Row],
    fired: list[Row],
    *,
    last: bool,
) -> int:
    """One conversation's rows; returns the number of the last message."""
    talk = f"seed-{place:07d}"
    begun = (
        now - timedelta(minutes=chance.randint(1, 50))
        if last
        else now - timedelta(minutes=chance.randint(60, 1_050_000))
    )
    danger = chance.choice(DANGERS) if last or chance.random() < 0.08 else None
    level = danger[3] if danger else Level.NONE
    pairs = chance.randint(1, 4)
    for turn in range(pairs):
        number += 1
        words = (
            f"{chance.choice(OPENINGS)} {chance.choice(STATES)} {chance.choice(MORE)}"
            if turn == 0
            else chance.choice(LATER)
        )
        if danger and turn == pairs - 1:
            words = danger[0]
            _raise(talk, number, begun, danger, raised, fired, open_=last)
        elif chance.random() < 0.001:
            words += f", and a {chance.choice(RARE)}"
        at = begun + timedelta(minutes=turn)
        said.append(_message(number, talk, 2 * turn + 1, "patient", words, at, level, chance))
        number += 1
        said.append(_message(number, talk, 2 * turn + 2, "assistant", chance.choice(ANSWERS), at, level, chance))
    talks.append(
        {
            "id": talk,
            "channel": chance.choice(("web", "web", "web", "sms", "whatsapp")),
            "region": "uk",
            "opened_at": begun,
            "last_at": begun + timedelta(minutes=pairs),
            "last_seq": 2 * pairs,
            "level": level,
            "category": danger[2] if danger else None,
            "consent": True,
            "mode": "assistant",
            "mode_since": begun,
            "route": chance.choice(sorted(ROUTES)),
            "understood": chance.random() > 0.1,
            "unread": 0,
            "waiting_since": begun if last else None,
            "due_at": begun + timedelta(minutes=5) if last else None,
            "reviewed_at": begun + timedelta(days=1) if not last and chance.random() < 0.5 else None,
        }
    )
    return number


def _message(
    number: int, talk: str, seq: int, author: str, words: str, at: datetime, level: Level, chance: random.Random
) -> Row:
    return {
        "id": number,
        "conversation_id": talk,
        "seq": seq,
        "key": f"{talk}:m{number}",
        "public_id": f"m{number}",
        "author": author,
        "text": words,
        "at": at,
        "held": False,
        "level": level,
        "answered_at": at if author == "patient" else None,
        "nlu": {"intent": "report_symptoms", "confidence": 0.9, "understood": chance.random() > 0.05}
        if author == "patient"
        else None,
    }


def _raise(
    talk: str,
    number: int,
    at: datetime,
    danger: tuple[str, str, str, Level],
    raised: list[Row],
    fired: list[Row],
    *,
    open_: bool,
) -> None:
    said, words, category, level = danger
    key = f"e-{talk}"
    raised.append(
        {
            "id": key,
            "conversation_id": talk,
            "message_id": number,
            "kind": "danger",
            "level": level,
            "category": category,
            "at": at,
            "due_at": at + timedelta(minutes=5),
            "content_version": "seed",
            "advice": "Call 999 now.",
            "state": "open" if open_ else "released",
            "acknowledged_at": None if open_ else at + timedelta(minutes=3),
            "closed_at": None if open_ else at + timedelta(minutes=20),
            "reason": None if open_ else "spoke by telephone",
        }
    )
    fired.append(
        {
            "message_id": number,
            "escalation_id": key,
            "rule": f"{category}-seed",
            "level": level,
            "category": category,
            "turn": 0,
            "start": said.index(words),
            "end": said.index(words) + len(words),
            "words": words,
        }
    )
