"""Conversations for the console's tests, written by the real ledger the way the front door writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

from bot.clinical.codes import Level
from bot.console import ConsoleParts, RuleText
from bot.conversation.desk_people import Role, Staff
from bot.conversation.entries import Arrival, EscalationEntry, MatchEntry, Outcome, escalation_id
from bot.conversation.ports import Contact, Reply
from bot.records.database import Database
from bot.records.desk import SqlDesk
from bot.records.ledger import SqlLedger

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)
PASSWORD = "correct horse battery"

#: What the ledger keeps of a patient who has told a good deal.
SNAPSHOT = {
    "items": [
        {"code": "fatigue", "name": "tiredness", "kind": "symptom", "state": "present", "duration": "for 3 weeks", "words": "so tired"},
        {"code": "sore_tongue", "name": "a sore tongue", "kind": "symptom", "state": "unsure", "words": "tongue maybe"},
        {"code": "weight_loss", "name": "losing weight", "kind": "symptom", "state": "absent", "words": "no weight loss"},
        {"code": "vision_change", "name": "a change in sight", "kind": "symptom", "state": "not_asked"},
    ],
    "person": {"age": 62},
    "assessment": {
        "route": "injection_favoured", "rule": "R4", "flags": [{"code": "expedite", "name": "Expedite"}],
        "reasons": [{"code": "neurologic", "because": "nerve signs", "source": ["ng239"]}], "content_version": "v1",
    },
    "labs": [
        {"analyte": "b12", "name": "B12", "value": "150", "comparator": "<", "unit": "ng/L", "canonical_value": "110.7",
         "canonical_unit": "pmol/L", "date": "2024-03", "band": "low"},
        {"analyte": "b12", "name": "B12", "value": "300", "unit": "pmol/L", "canonical_value": "300", "canonical_unit": "pmol/L",
         "date": "2025-03", "band": "usual"},
    ],
}  # fmt: skip


class Words:
    """Names and one rule, in place of the reviewed content."""

    version = "abc123def456"

    def name(self, code: str) -> str:
        return code.replace("_", " ").capitalize()

    def rule(self, rule_id: str) -> RuleText | None:
        if rule_id != "throat-closing":
            return None
        return RuleText(
            id=rule_id,
            level="emergency",
            category="anaphylaxis",
            looks_for=("Throat or tongue swollen",),
            sources=("Resuscitation Council UK: Emergency treatment of anaphylaxis, 2021",),
        )

    def topic(self, topic_id: str) -> str:
        return {"FAQ-20": "Can B12 injections cause blood clots?"}.get(topic_id, topic_id)

    def source(self, source_id: str) -> str:
        return source_id.upper()


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Clinic:
    """A database with staff and conversations, and the console's parts over it."""

    path: Path
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        # A test shares two cores with others: it waits longer for the disk than a patient would.
        self.database = Database(f"sqlite:///{self.path}", patience=5.0)
        self.ledger, self.desk = SqlLedger(self.database), SqlDesk(self.database)
        self._ids = count(1)
        self.parts = ConsoleParts(
            desk=self.desk,
            words=Words(),
            secret="s" * 32,
            now=self.clock,
            clinic_name="Riverside B12 Clinic",
        )

    def person(self, username: str, role: Role, *, name: str | None = None, password_hash: str = "x") -> Staff:
        return self.desk.add_staff(
            username=username,
            name=name or username.capitalize(),
            role=role,
            password_hash=password_hash,
            by="system",
            now=self.clock.now,
        )

    def says(
        self,
        talk: str,
        text: str,
        *,
        level: Level = Level.NONE,
        words: str = "",
        rule: str = "throat-closing",
        category: str = "anaphylaxis",
        question: str | None = None,
        advice: str = "Call 999 now. Do not wait for a reply here.",
        channel: str = "web",
    ) -> str:
        """A patient's message; with `words` a rule fired on them.  Returns the message id."""
        message_id = f"m{next(self._ids):07d}"
        raised = level >= Level.URGENT
        state = self.ledger.state(talk)
        now = self.clock.now
        matches: tuple[MatchEntry, ...] = ()
        if raised:
            start = text.index(words)
            matches = (MatchEntry(rule, level, category, 0, start, start + len(words), words),)
        self.ledger.record(
            Arrival(
                conversation_id=talk,
                channel=channel,
                region="uk",
                message_id=message_id,
                text=text,
                at=now,
                base_version=state.version if state else None,
                level=max(level, state.level if state else Level.NONE),
                category=category if raised else None,
                raised=raised,
                matches=matches,
                question=question,
                escalation=EscalationEntry(
                    id=escalation_id(talk, message_id),
                    level=level,
                    category=category,
                    due_at=now + timedelta(minutes=5 if level is Level.EMERGENCY else 30),
                    second_at=now + timedelta(minutes=10),
                )
                if raised
                else None,
                advice=(Reply(advice, custom={"card": {"level": level.code, "title": "Call 999 now"}}),)
                if raised
                else (),
                content_version=Words.version,
            )
        )
        return message_id

    def answers(
        self,
        talk: str,
        message_id: str,
        text: str,
        *,
        snapshot: dict[str, Any] | None = None,
        consent: bool | None = None,
        wants_staff: bool = False,
        contact: Contact | None = None,
    ) -> None:
        """What the assistant answered to it."""
        self.ledger.settle(
            Outcome(
                conversation_id=talk,
                message_id=message_id,
                at=self.clock.now,
                replies=(Reply(text),),
                snapshot=snapshot or {},
                consent=consent,
                wants_staff=wants_staff,
                contact=contact,
            )
        )

    def consented(self, talk: str, **more: Any) -> str:
        """A conversation whose patient has agreed to storing."""
        self.answers(talk, self.says(talk, "yes", **more), "Thank you.", consent=True)
        return talk

    def emergency(self, talk: str = "talk-emergency") -> str:
        self.consented(talk)
        self.says(
            talk,
            "Hello. I had my jab an hour ago and my throat is closing up, what shall I do?",
            level=Level.EMERGENCY,
            words="throat is closing",
        )
        return talk

    def escalation_of(self, talk: str) -> str:
        return self.desk.open(talk, by="system", now=self.clock.now).escalations[-1].id
