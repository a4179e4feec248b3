"""
A whole conversation backend on a real database and a real journal, with a hand-written engine and screen.

`World.say` sends a message as a channel would and waits until its turn is over;
`World.screen_of` is what the patient has been shown.
"""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from bot.conversation.aftercare import Aftercare
from bot.conversation.delivery import Event
from bot.conversation.desk_people import Role
from bot.conversation.inbound import Inbound, Receipt
from bot.conversation.limits import Limits
from bot.conversation.ports import Button, EngineAnswer, LedgerUnavailable, MessageRow, Reply, TurnFacts
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
from conversation.small_screen import SmallAdvisor, SmallScreen, SmallState

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


async def hangs(text: str, turn: TurnFacts) -> EngineAnswer:
    """As `SmallEngine.behave`: an engine from which nothing comes any more."""
    await asyncio.sleep(3600)
    raise AssertionError


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


async def caught_up(world: World) -> None:
    """Replays until the journal is empty, as the background duty does."""
    for _ in range(100):
        try:
            await world.aftercare.replay()
        except LedgerUnavailable:
            await asyncio.sleep(0.1)
        if world.journal.pending == 0:
            return
    raise AssertionError("the journal was not replayed")
