"""Fill a ledger fast with varied, invented conversations, so that the console can be measured on a large one."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from benchmarks.console_bulk import Row, finish, make_findable, write_rows
from bot.clinical.codes import INDICATIONS, ROUTES, Level
from bot.conversation.desk_people import Role
from bot.records import schema
from bot.records.audit import FIRST, digest_of_entry
from bot.records.database import Database
from bot.records.desk import SqlDesk

OPENINGS = ("Hello, I have been", "Hi. For months I am", "Good morning, my mother is", "Since spring I feel")
STATES = ("tired", "dizzy", "forgetful", "short of breath on stairs", "pale", "low", "numb in both feet", "weak")
MORE = ("and I eat no meat", "and I take metformin", "after my stomach operation", "and my tongue is sore", "at my age")
ANSWERS = ("How long has this been so?", "Have you had a blood test?", "Thank you. Do your feet tingle?")
LATER = ("about six weeks", "my B12 was 142", "no, never", "yes, on both sides", "my ferritin was low", "not sure")
TOPICS = ("FAQ-01", "FAQ-07", "FAQ-20", None, None, None)
QUESTIONS = ("age", "symptoms", "duration", "diet", "medicines", "results", "history")
LABELS = ("call back", "needs bloods", "dietician", "pharmacy", "new patient", "pregnant", "complaint", "urgent slot")
DANGERS = (
    ("My throat is closing after the jab", "throat is closing", "anaphylaxis", Level.EMERGENCY),
    ("I have chest pain and sweat", "chest pain", "cardiac", Level.EMERGENCY),
    ("one calf is swollen and hot", "calf is swollen", "dvt", Level.URGENT),
    ("I cannot see on one side since today", "cannot see", "vision_loss", Level.URGENT),
)
RARE = ("trampoline", "bagpipes", "lighthouse")
_AT_ONCE = 5000
_WAITING = 60  # conversations whose danger nobody has acknowledged yet
_SPAN = 1_050_000  # minutes: two years


def seed(database: Database, *, conversations: int, now: datetime, chance: random.Random) -> None:
    """Writes `conversations` of them over the two years before `now`, as they would have come in."""
    people = [
        SqlDesk(database)
        .add_staff(
            username=f"nurse{n}", name=f"Nurse {n}", role=Role.CLINICIAN, password_hash="-", by="system", now=now
        )
        .id
        for n in range(8)
    ]
    minutes = sorted((chance.randint(60, _SPAN) for _ in range(max(0, conversations - _WAITING))), reverse=True)
    minutes += sorted((chance.randint(1, 50) for _ in range(min(conversations, _WAITING))), reverse=True)
    number, trail = 0, _Trail(database)
    for first in range(0, conversations, _AT_ONCE):
        rows: dict[str, list[Row]] = defaultdict(list)
        before = number
        for place in range(first, min(first + _AT_ONCE, conversations)):
            begun = now - timedelta(minutes=minutes[place])
            talk = _Talk(place, begun, people, chance, waits=place >= conversations - _WAITING)
            number = talk.write(rows, number)
            trail.add(rows["audit"], talk.key, begun + timedelta(minutes=9), by=chance.choice(people))
        with database.write() as connection:
            if database.is_postgres:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            for table in schema.metadata.sorted_tables:
                write_rows(connection, table, rows[table.name])
            make_findable(connection, before + 1, number)
    with database.write() as connection:
        if database.is_postgres:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        finish(connection)


class _Trail:
    """The audit: two entries a conversation, each with the digest of the one before in it."""

    def __init__(self, database: Database) -> None:
        with database.read() as connection:
            last = connection.execute(
                select(schema.audit.c.number, schema.audit.c.digest).order_by(schema.audit.c.number.desc()).limit(1)
            ).first()
        self.number: int = last.number if last else 0
        self.digest: str = last.digest if last else FIRST

    def add(self, entries: list[Row], talk: str, at: datetime, *, by: str) -> None:
        for action in ("conversation.opened", "conversation.reviewed"):
            self.number += 1
            entry: Row = {"number": self.number, "at": at, "by": by, "action": action, "target": talk, "details": {}}
            self.digest = digest_of_entry(self.digest, **entry)
            entries.append({**entry, "digest": self.digest})


class _Talk:
    """One conversation, drawn by chance."""

    def __init__(self, place: int, begun: datetime, people: list[str], chance: random.Random, *, waits: bool) -> None:
        self.key, self.begun, self.people, self.chance, self.waits = f"seed-{place:07d}", begun, people, chance, waits
        self.danger = chance.choice(DANGERS) if waits or chance.random() < 0.08 else None
        self.level = self.danger[3] if self.danger else Level.NONE
        self.pairs = chance.randint(1, 4)

    def write(self, rows: dict[str, list[Row]], number: int) -> int:
        """Adds its rows; returns the number of its last message."""
        chance = self.chance
        for turn in range(self.pairs):
            number += 1
            at = self.begun + timedelta(minutes=turn)
            words = f"{chance.choice(OPENINGS)} {chance.choice(STATES)} {chance.choice(MORE)}"
            if turn:
                words = chance.choice(LATER)
            if self.danger and turn == self.pairs - 1:
                words = self.danger[0]
                self._raise(rows, number)
            elif chance.random() < 0.001:
                words += f", and a {chance.choice(RARE)}"
            rows["message"].append(self._message(number, 2 * turn + 1, "patient", words, at))
            number += 1
            rows["message"].append(self._message(number, 2 * turn + 2, "assistant", chance.choice(ANSWERS), at))
        rows["conversation"].append(self._conversation())
        self._work(rows)
        return number

    def _conversation(self) -> Row:
        chance, begun = self.chance, self.begun
        assessed = chance.random() < 0.6
        asked = QUESTIONS if assessed else QUESTIONS[: chance.randint(1, 6)]
        return {
            "id": self.key,
            "channel": chance.choice(("web", "web", "web", "sms", "whatsapp")),
            "region": "uk",
            "opened_at": begun,
            "last_at": begun + timedelta(minutes=self.pairs),
            "last_seq": 2 * self.pairs,
            "level": self.level,
            "category": self.danger[2] if self.danger else None,
            "screen_state": {"turns": self.pairs, "facts": ["fatigue", "pallor"], "level": self.level.code},
            "consent": True,
            "mode": "closed" if chance.random() < 0.3 and not self.waits else "assistant",
            "mode_since": begun,
            "snapshot": {
                "items": [{"code": code, "name": code, "state": "present", "words": "so tired"} for code in QUESTIONS],
                "questions": dict.fromkeys(asked, "answered"),
                "question": None if assessed else asked[-1],
                "assessed": assessed,
            },
            "route": chance.choice(sorted(ROUTES)),
            "understood": chance.random() > 0.1,
            "unread": 0,
            "waiting_since": begun if self.waits else None,
            "due_at": begun + timedelta(minutes=5) if self.waits else None,
            "assigned_to": chance.choice(self.people) if chance.random() < 0.3 else None,
            "reviewed_at": begun + timedelta(days=1) if not self.waits and chance.random() < 0.5 else None,
        }

    def _work(self, rows: dict[str, list[Row]]) -> None:
        """What staff have added to it."""
        chance, begun, key = self.chance, self.begun, {"conversation_id": self.key}
        for label in chance.sample(LABELS, chance.choice((0, 0, 1, 2))):
            rows["conversation_label"].append({**key, "label": label, "at": begun})
        for code in chance.sample(sorted(INDICATIONS), chance.choice((0, 1, 2))):
            rows["conversation_indication"].append({**key, "code": code})
        if chance.random() < 0.2:
            note, by = f"n-{self.key}", chance.choice(self.people)
            rows["note"].append({"id": note, **key, "staff_id": by, "at": begun, "text": "rang, no answer"})
            named = {"note_id": note, "staff_id": chance.choice(self.people)}
            rows["mention"].append({**named, "seen_at": begun if chance.random() < 0.9 else None})
        if chance.random() < 0.05:
            done = begun if chance.random() < 0.95 else None
            rows["contact"].append({**key, "name": "Jo Bloggs", "phone": "01632 960 123", "at": begun, "done_at": done})

    def _message(self, number: int, seq: int, author: str, words: str, at: datetime) -> Row:
        chance, patient = self.chance, author == "patient"
        nlu = {"intent": "report_symptoms", "confidence": 0.9, "understood": chance.random() > 0.05}
        return {
            "id": number,
            "conversation_id": self.key,
            "seq": seq,
            "key": f"{self.key}:m{number}",
            "public_id": f"m{number}",
            "author": author,
            "text": words,
            "at": at,
            "held": False,
            "level": self.level,
            "answered_at": at if patient else None,
            "nlu": {**nlu, "topic": chance.choice(TOPICS)} if patient else None,
        }

    def _raise(self, rows: dict[str, list[Row]], number: int) -> None:
        assert self.danger is not None
        said, words, category, level = self.danger
        key, at, seen = f"e-{self.key}", self.begun, not self.waits
        by = self.chance.choice(self.people)
        rows["escalation"].append(
            {
                "id": key,
                "conversation_id": self.key,
                "message_id": number,
                "kind": "danger",
                "level": level,
                "category": category,
                "at": at,
                "due_at": at + timedelta(minutes=5),
                "content_version": "seed",
                "advice": "Call 999 now.",
                "state": "released" if seen else "open",
                "acknowledged_by": by if seen else None,
                "acknowledged_at": at + timedelta(minutes=self.chance.randint(1, 9)) if seen else None,
                "closed_by": by if seen else None,
                "closed_at": at + timedelta(minutes=20) if seen else None,
                "reason": "spoke by telephone" if seen else None,
            }
        )
        start = said.index(words)
        fired: Row = {"rule": f"{category}-seed", "level": level, "category": category, "turn": 0, "words": words}
        rows["match"].append(
            {"message_id": number, "escalation_id": key, "start": start, "end": start + len(words), **fired}
        )
        call: Row = {"id": f"first:{key}", "conversation_id": self.key, "escalation_id": key, "kind": "first"}
        call |= {"level": level, "category": category, "created_at": at, "due_at": at, "attempts": 1}
        rows["outbox"].append({**call, "sent_at": at, "sent_to": "email: the nurse on call"})


def conversations_in(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(schema.conversation)).scalar_one())
