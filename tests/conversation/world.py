"""
A whole conversation backend on a real database and a real journal, with a hand-written engine and screen.

`World.say` sends a message as a channel would and waits until its turn is over;
`World.screen_of` is what the patient has been shown.
"""

from __future__ import annotations

import asyncio
import atexit
import re
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from bot.clinical.codes import Level
from bot.conversation.aftercare import Aftercare
from bot.conversation.delivery import Event
from bot.conversation.desk_people import Role
from bot.conversation.inbound import Inbound, Receipt
from bot.conversation.limits import Limits
from bot.conversation.ports import Button, EngineAnswer, MessageRow, Reply, TurnFacts
from bot.conversation.safety import Safety
from bot.conversation.sentences import Sentences
from bot.conversation.turn import Conversations
from bot.knowledge.retention import KeepRule
from bot.records import migrate
from bot.records.database import Database
from bot.records.desk import SqlDesk
from bot.records.journal import FileJournal
from bot.records.ledger import SqlLedger
from bot.records.vault import Vault

START = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)

#: Generous where a test is not about the limit itself: the machine may be busy.
PATIENT = Limits(
    answer=20,
    answer_after_danger=20,
    late_answer=5,
    ledger=10,
    ledger_read=10,
    journal=10,
    keep_rules=(
        KeepRule("ordinary", timedelta(days=90)),
        KeepRule("escalated", timedelta(days=2922), escalated=True),
    ),
)

SENTENCES = Sentences.from_words(lambda name: f"[{name}] call 01632 960 123 or 999")
SENTENCES = replace(SENTENCES, emergency_number="999", yes="Yes", no="No")


@dataclass
class TurningClock:
    """A clock that stands still until it is turned."""

    time: datetime = START

    def now(self) -> datetime:
        return self.time

    def pass_by(self, **span: float) -> None:
        self.time += timedelta(**span)


# --- a screen small enough to see through --------------------------------------------


@dataclass(frozen=True)
class SmallState:
    """Remembers facts, the level and the open question."""

    facts: tuple[str, ...] = ()
    level: Level = Level.NONE
    question: str | None = None
    turns: int = 0

    @property
    def course(self) -> SmallState:
        return self

    def to_json(self) -> dict[str, Any]:
        return {"facts": list(self.facts), "level": self.level.code, "question": self.question, "turns": self.turns}

    @classmethod
    def from_json(cls, plain: Any) -> SmallState:
        return cls(
            facts=tuple(plain.get("facts", ())),
            level=Level.from_code(plain.get("level", "none")),
            question=plain.get("question"),
            turns=plain.get("turns", 0),
        )


@dataclass(frozen=True)
class SmallMatch:
    rule: str
    level: Level
    category: str
    turn: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class SmallQuestion:
    text: str


@dataclass(frozen=True)
class SmallResult:
    level: Level
    raised: bool
    category: str | None
    matches: tuple[SmallMatch, ...]
    new_matches: tuple[SmallMatch, ...]
    question: SmallQuestion | None
    state: SmallState
    answered: str | None = None


RULES = (
    ("chest-pain", "chest pain", Level.EMERGENCY, "cardiac"),
    ("leg", "leg is swollen", Level.URGENT, "dvt"),
    ("throat", "throat is closing", Level.EMERGENCY, "anaphylaxis"),
)
QUESTION = "Is your throat or tongue swelling?"


class SmallScreen:
    """Knows three phrases, one combination over turns (leg, then breathless) and one safety question."""

    def __init__(self) -> None:
        self.broken = False
        self.seen: list[str] = []

    def suspects(self, text: str, state: SmallState, *, at: datetime) -> bool:
        return False

    def screen(self, text: str, state: SmallState, *, at: datetime, by_rules: bool = False) -> SmallResult:
        self.seen.append(text)
        if self.broken:
            raise RuntimeError("the rules are gone")
        low, turn = text.lower(), state.turns
        found = []
        for rule, phrase, level, category in RULES:
            if (match := re.search(phrase, low)) and rule not in state.facts:
                found.append(
                    SmallMatch(
                        rule, level, category, turn, match.start(), match.end(), text[match.start() : match.end()]
                    )
                )
        facts = (*state.facts, *(match.rule for match in found))
        if "breathless" in low and "leg" in facts and "clot" not in facts:
            start = low.index("breathless")
            found.append(
                SmallMatch("clot", Level.EMERGENCY, "pulmonary_embolism", turn, start, start + 10, "breathless")
            )
            facts = (*facts, "clot")
        answered, question = None, state.question
        if question is not None:
            answered = "yes" if low.startswith("yes") else "no" if low.startswith("no") else "unclear"
            if answered == "yes":
                found.append(SmallMatch("asked-throat", Level.EMERGENCY, "anaphylaxis", turn, 0, 3, text[:3]))
            if answered != "unclear":
                question = None
        elif "weird" in low:
            question = QUESTION
        level = max([state.level, *(match.level for match in found)])
        raised = level > state.level
        if level >= Level.URGENT:
            question = None
        found.sort(key=lambda match: -match.level)
        return SmallResult(
            level=max(level, Level.CHECK) if question else level,
            raised=raised or (question is not None and state.question is None),
            category=found[0].category if found else None,
            matches=tuple(found),
            new_matches=tuple(found),
            question=SmallQuestion(question) if question else None,
            state=SmallState(facts, level, question, turn + 1),
            answered=answered,
        )


class SmallAdvisor:
    def __init__(self) -> None:
        self.broken = False

    def advise(self, result: SmallResult) -> tuple[Reply, ...]:
        if self.broken:
            raise RuntimeError("no words")
        card = {"level": result.level.code, "title": "Call 999 now", "number": "999", "number_label": "Call 999"}
        return (Reply(f"ADVICE {result.level.code} {result.category}", custom={"card": card}),)

    def ask(self, result: SmallResult) -> Reply:
        return Reply(result.question.text, buttons=(Button("Yes", "Yes"), Button("No", "No")))


# --- an engine that does as it is told -----------------------------------------------


Behaviour = Callable[[str, TurnFacts], Awaitable[EngineAnswer]]


class SmallEngine:
    """Asks for consent, then echoes.  `behave` replaces what it does."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, TurnFacts]] = []
        self.forgotten: list[str] = []
        self.behave: Behaviour | None = None
        self.consent_buttons: tuple[Button, ...] = ()

    async def respond(self, conversation_id: str, text: str, *, turn: TurnFacts) -> EngineAnswer:
        self.heard.append((text, turn))
        if self.behave is not None:
            return await self.behave(text, turn)
        if turn.consent is None:
            consent = {"yes": True, "no": False}.get(text.lower())
            if consent is None:
                return EngineAnswer(replies=(Reply("May I keep what you write?", self.consent_buttons),))
            return EngineAnswer(replies=(Reply("Thank you." if consent else "Nothing is kept."),), consent=consent)
        return EngineAnswer(
            replies=(Reply(f"You said: {text}"),),
            snapshot={
                "intent": "report_symptoms",
                "confidence": 0.9,
                "understood": "?" not in text,
                "findings": [text],
            },
        )

    async def forget(self, conversation_id: str) -> None:
        self.forgotten.append(conversation_id)

    async def ready(self) -> None:
        if self.behave is not None:
            await self.behave("canary", None)  # type: ignore[arg-type]


@cache
def migrated() -> Path:
    """An empty ledger in today's form, made once in a process."""
    file = Path(tempfile.mkdtemp(prefix="b12-ledger-")) / "ledger.db"
    atexit.register(shutil.rmtree, file.parent, ignore_errors=True)
    migrate.upgrade(f"sqlite:///{file}")
    return file


# --- the world -----------------------------------------------------------------------


@dataclass
class World:
    """Everything on `folder`; `restart` is what a new process would find."""

    folder: Path
    limits: Limits = PATIENT
    patience: float = 5.0
    url: str = ""
    keys: tuple[str, ...] = ()  # as in B12_TEXT_KEYS
    clock: TurningClock = field(default_factory=TurningClock)
    screen: SmallScreen = field(default_factory=SmallScreen)
    advisor: SmallAdvisor = field(default_factory=SmallAdvisor)
    engine: SmallEngine = field(default_factory=SmallEngine)
    welcome: tuple[Reply, ...] = ()
    number: int = 0

    def __post_init__(self) -> None:
        if self.url:
            migrate.upgrade(self.url)
        else:
            file = self.folder / "ledger.db"
            self.url = f"sqlite:///{file}"
            if not file.exists():
                shutil.copyfile(migrated(), file)  # migrating is tested elsewhere and takes its time
        self.open()

    def open(self) -> None:
        self.database = Database(self.url, patience=self.patience, vault=Vault(self.keys))
        self.ledger = SqlLedger(self.database)
        self.desk = SqlDesk(self.database)
        self.journal = FileJournal(self.folder / "journal", vault=self.database.vault)
        self.conversations = Conversations(
            engine=self.engine,
            ledger=self.ledger,
            journal=self.journal,
            safety=Safety(
                screener=self.screen,
                advisor=self.advisor,
                sentences=SENTENCES,
                fresh=SmallState,
                restore=SmallState.from_json,
            ),
            sentences=SENTENCES,
            clock=self.clock,
            limits=self.limits,
            content_version="content-1",
            welcome=self.welcome,
        )
        self.aftercare = Aftercare(self.conversations)

    def close(self) -> None:
        self.conversations.close()
        self.journal.close()
        self.database.close()

    def restart(self) -> None:
        """A new process on the same files; what was only in memory is gone."""
        self.close()
        self.open()

    def inbound(self, text: str, *, talk: str = "talk-1", message_id: str | None = None) -> Inbound:
        self.number += 1
        return Inbound(
            conversation_id=talk,
            message_id=message_id or f"message-{self.number:04d}",
            text=text,
            channel="web",
            region="uk",
            at=self.clock.now(),
        )

    async def send(self, text: str, *, talk: str = "talk-1", message_id: str | None = None) -> Receipt:
        """Sends and does not wait for the answer."""
        return await self.conversations.receive(self.inbound(text, talk=talk, message_id=message_id))

    async def say(self, text: str, *, talk: str = "talk-1", message_id: str | None = None) -> list[str]:
        """Sends, waits until the turn is over, and returns what was shown meanwhile."""
        with self.conversations.delivery.listening(talk) as listener:
            await self.send(text, talk=talk, message_id=message_id)
            await self.conversations.settle_down(within=60)
            return shown(listener)

    async def consenting(self, *, talk: str = "talk-1") -> None:
        await self.say("hello", talk=talk)
        await self.say("yes", talk=talk)
        self.engine.heard.clear()

    def nurse(self, name: str = "Nurse Kim", role: Role = Role.CLINICIAN) -> str:
        """The id of a member of staff, made when there is none of that name."""
        known = self.desk.staff_named(name)
        if known is None:
            known = self.desk.add_staff(
                username=name, name=name, role=role, password_hash="-", by="system", now=self.clock.now()
            )
        return known.id

    def calls_due(self) -> list[str]:
        """Kinds of the alerts that would be sent now."""
        unsent = self.desk.alerts(now=self.clock.now(), unsent=True).alerts
        due = [alert for alert in unsent if alert.due_at <= self.clock.now()]
        return [alert.kind for alert in sorted(due, key=lambda alert: alert.due_at)]

    async def screen_of(self, talk: str = "talk-1") -> list[MessageRow]:
        return list(await self.conversations.delivery.history(talk, after=0))

    async def texts(self, talk: str = "talk-1") -> list[str]:
        return [row.reply.text for row in await self.screen_of(talk)]


def shown(listener: Any) -> list[str]:
    """Texts of the messages to the patient, each id once, in the order in which they went out."""
    texts: dict[str, str] = {}
    while not listener.events.empty():
        event: Event | None = listener.events.get_nowait()
        if event is not None and event.row is not None and event.row.author != "patient":
            texts.setdefault(event.row.id, event.row.reply.text)
    return list(texts.values())


async def until(condition: Callable[[], object], *, within: float = 20.0) -> None:
    """Waits for something to become true."""
    deadline = asyncio.get_running_loop().time() + within
    while not condition():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError("it did not happen in time")
        await asyncio.sleep(0.01)
