"""
Play the talks of `demo_clinic.yml` through the real assistant, at times that lie behind us.

Everything that happens is put in the order of time first, so that the ledger and the audit look
as a clinic's own would: a colleague's step in one talk falls between two messages of another.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bot import wiring
from bot.clinical.codes import Level
from bot.commands.demo_script import CLINIC, Deed, deeds
from bot.conversation.desk import Desk, DeskConflict
from bot.conversation.desk_people import Role
from bot.conversation.desk_talk import DeskConversation
from bot.conversation.one_talk import OneTalk
from bot.settings import Settings


@dataclass
class Clock:
    """Stands where it is put."""

    time: datetime

    def now(self) -> datetime:
        return self.time


class Seeding:
    """The assistant over the clinic's database with a clock of its own.  A context: leaving lets go of both."""

    def __init__(self, settings: Settings, desk: Desk, clinic: Mapping[str, Any], *, password_hash: str) -> None:
        self.settings, self.desk, self.clinic, self.password_hash = settings, desk, clinic, password_hash
        self.now = datetime.now(timezone.utc)
        self.clock = Clock(self.now)
        self.people: dict[str, str] = {}
        self.talks: dict[str, OneTalk] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="b12-demo-")
        self._backend: wiring.Backend | None = None

    def __enter__(self) -> Seeding:
        return self

    def __exit__(self, *error: object) -> None:
        if self._backend is not None:
            self._backend.close()
        self._folder.cleanup()

    async def play(self, tell: Callable[[str], None]) -> int:
        """Returns how many conversations there are now."""
        backend = self._backend = wiring.rehearsal(
            self.settings,
            region=self.settings.region,
            folder=Path(self._folder.name),
            url=self.settings.database_url,
            clock=self.clock,
        )
        say = backend.parts.say
        todo = deeds(
            self.clinic, steps=_STEPS, now=self.now, say_yes=say("button_consent_yes"), say_no=say("button_consent_no")
        )
        self._hire(todo[0].at - timedelta(days=1))
        for number, deed in enumerate(todo, start=1):
            self.clock.time = deed.at
            if deed.does == "say":
                await self._say(backend, deed)
            else:
                self._step(deed, tell)
            if number % 40 == 0:
                tell(f"  {number} of {len(todo)} steps")
        for row in self.clinic["reviews"]:
            self._review(row)
        for row in self.clinic["filters"]:
            self.desk.save_filter(self.people[row["by"]], name=row["name"], query=row["query"], now=self.now)
        self.desk.write_audit(
            action="demo.seeded", target="-", by="system", now=self.now, details={"conversations": len(self.talks)}
        )
        return len(self.talks)

    def _hire(self, at: datetime) -> None:
        for row in self.clinic["staff"]:
            made = self.desk.add_staff(
                username=row["username"],
                name=row["name"],
                role=Role(row["role"]),
                password_hash=self.password_hash,
                by="system",
                now=at,
            )
            self.people[str(row["handle"])] = made.id

    async def _say(self, backend: wiring.Backend, deed: Deed) -> None:
        talk = self.talks.get(deed.talk)
        if talk is None:
            talk = self.talks[deed.talk] = OneTalk(
                backend.conversations,
                channel=str(deed.more["channel"]),
                region=self.settings.region,
                conversation_id=deed.talk,
            )
        for row in await talk.say(str(deed.more["text"])):
            if row.seq is not None:
                backend.conversations.keeper.ledger.delivered(deed.talk, seq=row.seq, at=deed.at)
        # Calls for what began long ago have no sense now: they stand as shown in the inbox only.
        for alert in backend.conversations.keeper.ledger.claim_alerts(now=deed.at, until=deed.at, limit=50):
            backend.conversations.keeper.ledger.alert_done(alert.id, at=deed.at)

    def _step(self, deed: Deed, tell: Callable[[str], None]) -> None:
        """A step that the conversation does not allow is left out: content may read a message in another way some day."""
        talk = self.desk.open(deed.talk, by=self.people[deed.who], now=deed.at)
        try:
            _STEPS[deed.does](self, deed, talk)
        except DeskConflict as conflict:
            tell(f"  {deed.talk}: {deed.does} was left out: {conflict}")

    def _review(self, row: Mapping[str, Any]) -> None:
        """A verdict on one message, found by its words; proposed and approved where the file says so."""
        talk, by = str(row["talk"]), self.people[row["by"]]
        page = self.desk.open(talk, by=by, now=self.now)
        seq = next((line.seq for line in page.messages if line.reply.text == row["message"]), None)
        if seq is None:
            raise ValueError(f"{CLINIC.name}, reviews, {talk}: no such message: {row['message']!r}")
        level = Level.from_code(row["level"]) if "level" in row else None
        comment = row.get("comment", "")
        self.desk.mark_turn(talk, seq, verdict=row["verdict"], level=level, comment=comment, by=by, now=self.now)
        if row.get("propose"):
            rules = self._backend.parts.content.pseudonyms if self._backend else ()
            example = self.desk.propose_message(talk, seq, rules=rules, by=by, now=self.now)
            if row.get("approve"):
                self.desk.decide_example(example, approve=True, by=self.people[row["approve"]], now=self.now)


# --- what staff do: each gets the talk as that person has just read it


def _acknowledge(seeding: Seeding, deed: Deed, talk: DeskConversation) -> None:
    for escalation in talk.escalations:
        if escalation.state == "open":
            seeding.desk.acknowledge(escalation.id, by=seeding.people[deed.who], now=deed.at)


def _close_danger(step: str) -> Callable[[Seeding, Deed, DeskConversation], None]:
    def close(seeding: Seeding, deed: Deed, talk: DeskConversation) -> None:
        for escalation in talk.escalations:
            if escalation.state in ("open", "acknowledged"):
                act = getattr(seeding.desk, step)
                act(escalation.id, reason=str(deed.more["text"]), by=seeding.people[deed.who], now=deed.at)

    return close


def _plainly(step: str) -> Callable[[Seeding, Deed, DeskConversation], None]:
    """A step of the desk that takes the conversation, and a text where the file gives one."""

    def act(seeding: Seeding, deed: Deed, talk: DeskConversation) -> None:
        words = (str(deed.more["text"]),) if "text" in deed.more else ()
        getattr(seeding.desk, step)(deed.talk, *words, by=seeding.people[deed.who], now=deed.at)

    return act


def _assign(seeding: Seeding, deed: Deed, talk: DeskConversation) -> None:
    seeding.desk.assign(deed.talk, to=seeding.people[deed.more["to"]], by=seeding.people[deed.who], now=deed.at)


def _reply(seeding: Seeding, deed: Deed, talk: DeskConversation) -> None:
    text, by = str(deed.more["text"]), seeding.people[deed.who]
    seeding.desk.reply(deed.talk, text, message_id=secrets.token_hex(8), by=by, now=deed.at)


_STEPS: dict[str, Callable[[Seeding, Deed, DeskConversation], None]] = {
    "acknowledge": _acknowledge,
    "confirm": _close_danger("confirm"),
    "release": _close_danger("release"),
    "assign": _assign,
    "reply": _reply,
    "note": _plainly("note"),
    "label": _plainly("label"),
    "outcome": _plainly("set_outcome"),
    "review": _plainly("mark_reviewed"),
    "take_over": _plainly("take_over"),
    "hand_back": _plainly("hand_back"),
    "close": _plainly("close"),
}
