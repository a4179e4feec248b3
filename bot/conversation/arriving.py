"""
A message arrives: screen it in memory, say what cannot wait, then keep it.

The order is the promise.  Nothing before the advice waits for a lock, a disk or
another task; nothing after it can take the advice back.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from bot.clinical.codes import Level
from bot.conversation.delivery import Delivery
from bot.conversation.entries import Arrival, EscalationEntry, advice_id, escalation_id, first_alert
from bot.conversation.inbound import Inbound
from bot.conversation.keeping import Keeper
from bot.conversation.limits import Limits
from bot.conversation.memory import Talk
from bot.conversation.ports import Alert, MessageRow, Outdated, Reply, Stored, TalkState
from bot.conversation.safety import Safety, Verdict
from bot.conversation.stages import Stages

if TYPE_CHECKING:
    from bot.language.screen import ScreenState

log = logging.getLogger(__name__)

_STEP_ASIDE = 0.02  # seconds, more at each attempt
_ATTEMPTS = 8  # at a conversation that others change at the same moment


@dataclass(frozen=True)
class Taken:
    """A message that is screened and kept.  `stored` is None while only the journal has it."""

    talk: Talk
    inbound: Inbound
    verdict: Verdict
    stored: Stored | None
    at_once: tuple[MessageRow, ...]


class Arriving:
    """Screens and keeps messages."""

    def __init__(
        self,
        *,
        safety: Safety,
        keeper: Keeper,
        delivery: Delivery,
        limits: Limits,
        content_version: str,
        stages: Stages,
        welcome: Sequence[Reply] = (),
    ) -> None:
        self.loose_alerts: dict[str, Alert] = {}  # of escalations that only the journal has
        self._safety = safety
        self._keeper = keeper
        self._delivery = delivery
        self._limits = limits
        self._content_version = content_version
        self._stages = stages
        self._welcome = tuple(welcome)

    def look(self, talk: Talk, inbound: Inbound) -> tuple[Verdict, int, tuple[MessageRow, ...]]:
        """
        Screens by rules and says at once what cannot wait; without a single `await`.

        The closer look with the classifier is part of `keep`.

        Returns:
            The verdict, the basis it was made on, and what was said.
        """
        with self._stages.timed("screen"):
            verdict = self._safety.look(inbound.text, talk.screen, at=inbound.at, level=talk.level, by_rules=True)
        talk.screen = verdict.state
        return verdict, talk.basis, self._say_at_once(inbound, verdict)

    async def keep(
        self, talk: Talk, inbound: Inbound, seen: tuple[Verdict, int, tuple[MessageRow, ...]], *, answer: bool
    ) -> Taken:
        """
        Writes the message with everything the screen made of it.

        Raises:
            UnknownConversation: It was erased.
            NotKept: Neither ledger nor journal took it.
        """
        verdict, basis, said = seen
        with self._stages.timed("reading"):
            suspected = await self._safety.suspects(inbound.text, talk.sure, at=inbound.at)
        async with talk.writing:  # one after the other, so that versions follow each other
            if suspected:  # look again, from what was known before this message
                talk.step_back()
            for attempt in range(_ATTEMPTS):
                if basis != talk.basis:  # somebody else's state was taken over meanwhile: look again from there
                    verdict, basis, said = self._again(talk, inbound, verdict, said)
                arrival = self._arrival(talk, inbound, verdict, answer=answer)
                try:
                    with self._stages.timed("storing"):
                        stored = await self._keeper.record(arrival)
                except Outdated as outdated:
                    talk.adopt(outdated.before, self._safety.restore(outdated.before.screen_state))
                    await asyncio.sleep(attempt * _STEP_ASIDE * random.random())  # noqa: S311 - no secret
                    continue
                break
            else:
                log.error("arriving.always_outdated")
                stored = None
                await self._keeper.record_later(arrival)
            self._remember(talk, arrival, stored)
            if stored is None or not stored.duplicate:
                talk.sure = verdict.state
        if verdict.dangerous:
            self._stages.raised[verdict.level.code] += 1
        if stored is not None:
            self._delivery.tell(inbound.conversation_id, stored.rows)
        return Taken(talk=talk, inbound=inbound, verdict=verdict, stored=stored, at_once=said)

    async def look_only(self, talk: Talk, inbound: Inbound) -> tuple[Verdict, int, tuple[MessageRow, ...]]:
        """As `look`, and closely; a message in which no danger is read leaves no trace."""
        before = talk.screen
        seen = self.look(talk, inbound)
        if not seen[0].at_once:
            self._forget(talk, seen, before)
            if not await self._safety.suspects(inbound.text, before, at=inbound.at):
                return seen
            before = talk.screen
            verdict = self._safety.look(inbound.text, before, at=inbound.at, level=talk.level)
            talk.screen = verdict.state
            seen = verdict, talk.basis, self._say_at_once(inbound, verdict)
            if not verdict.at_once:
                self._forget(talk, seen, before)
        return seen

    def rebase(self, arrival: Arrival, before: TalkState) -> Arrival:
        """
        The same arrival on top of what the ledger holds now; for the journal's replay.

        Advice that the patient has seen stays; danger that only shows together with the
        ledger's facts is added.
        """
        verdict = self._safety.look(
            arrival.text, self._safety.restore(before.screen_state), at=arrival.at, level=before.level
        )
        if verdict.failed:
            return replace(arrival, base_version=before.version, level=max(arrival.level, before.level))
        level = max(verdict.level, arrival.level) if arrival.level >= Level.URGENT else verdict.level
        found = self._with_findings(replace(arrival, level=level), verdict)
        return replace(
            found,
            base_version=before.version,
            category=found.category or arrival.category,
            raised=arrival.raised or found.raised,
            matches=found.matches or arrival.matches,
            escalation=arrival.escalation or found.escalation,
            advice=_not_in(arrival.advice, found.advice) + found.advice,
        )

    # --- parts

    def _forget(self, talk: Talk, seen: tuple[Verdict, int, tuple[MessageRow, ...]], before: ScreenState) -> None:
        """It is not kept, so it must not count."""
        if talk.basis == seen[1] and talk.screen is seen[0].state:
            talk.screen = before

    def _again(
        self, talk: Talk, inbound: Inbound, old: Verdict, said: tuple[MessageRow, ...]
    ) -> tuple[Verdict, int, tuple[MessageRow, ...]]:
        """Look once more, from another state.  What was said already stays in the record, and so does its alert."""
        verdict = self._safety.look(inbound.text, talk.screen, at=inbound.at, level=talk.level)
        talk.screen = verdict.state
        if old.dangerous and not verdict.dangerous:
            verdict = replace(old, state=verdict.state, level=max(old.level, verdict.level))
        shown = [row.reply for row in said]
        verdict = replace(verdict, advice=_not_in(shown, verdict.at_once) + verdict.advice)
        return verdict, talk.basis, self._say_at_once(inbound, verdict)

    def _say_at_once(self, inbound: Inbound, verdict: Verdict) -> tuple[MessageRow, ...]:
        rows = advice_rows(inbound.conversation_id, inbound.message_id, verdict.at_once, at=inbound.at)
        self._delivery.tell(inbound.conversation_id, rows)
        return rows

    def _arrival(self, talk: Talk, inbound: Inbound, verdict: Verdict, *, answer: bool) -> Arrival:
        bare = Arrival(
            conversation_id=inbound.conversation_id,
            channel=inbound.channel,
            region=inbound.region,
            message_id=inbound.message_id,
            text=inbound.text,
            at=inbound.at,
            base_version=talk.state.version,
            level=verdict.level,
            content_version=self._content_version,
            answer=answer and inbound.for_engine,
            line=inbound.line,
            fixed=inbound.fixed,
            claimed_until=inbound.at + self._limits.claim,
            welcome=self._welcome if talk.state.version == 0 and inbound.line is None else (),
        )
        return self._with_findings(bare, verdict)

    def _with_findings(self, arrival: Arrival, verdict: Verdict) -> Arrival:
        """What the screen made of it, as the ledger keeps it."""
        category = verdict.result.category if verdict.result else None
        escalation = None
        if verdict.dangerous or verdict.failed:
            level = arrival.level if verdict.dangerous else Level.CHECK
            wait = self._limits.acknowledge(level)
            escalation = EscalationEntry(
                id=escalation_id(arrival.conversation_id, arrival.message_id),
                level=level,
                category=category,
                due_at=arrival.at + wait,
                second_at=arrival.at + 2 * wait,
                kind="danger" if verdict.dangerous else "screen_failed",
            )
        return replace(
            arrival,
            category=category,
            raised=verdict.dangerous,
            screen_failed=verdict.failed,
            matches=verdict.matches(),
            question=verdict.question_text,
            answered=verdict.answered,
            screen_state=verdict.state.to_json(),
            escalation=escalation,
            advice=verdict.at_once,
        )

    def _remember(self, talk: Talk, arrival: Arrival, stored: Stored | None) -> None:
        if stored is None:
            talk.expect(level=arrival.level)
            if arrival.escalation is not None:
                alert = first_alert(arrival.conversation_id, arrival.escalation, at=arrival.at)
                self.loose_alerts[alert.id] = alert
            for row in (
                _own_row(arrival),
                *advice_rows(arrival.conversation_id, arrival.message_id, arrival.advice, at=arrival.at),
            ):
                talk.keep_loose(row)
            self._delivery.tell(arrival.conversation_id, [_own_row(arrival), *_fixed_rows(arrival)])
            if talk.state.consent is not True:
                talk.held += 1
        elif stored.duplicate:
            talk.adopt(stored.state, self._safety.restore(stored.state.screen_state))
        else:
            talk.adopt(stored.state)
            talk.held = stored.held + (0 if stored.state.consent is True else 1)


def advice_rows(
    conversation_id: str, message_id: str, replies: Sequence[Reply], *, at: datetime
) -> tuple[MessageRow, ...]:
    """Before the ledger has them: the ids are those it will store them under."""
    return tuple(
        MessageRow(
            seq=None,
            id=advice_id(conversation_id, message_id, reply.text),
            author="assistant",
            reply=reply,
            at=at,
            conversation_id=conversation_id,
        )
        for reply in replies
    )


def _fixed_rows(arrival: Arrival) -> tuple[MessageRow, ...]:
    """What a push channel has to carry while only the journal has it."""
    return advice_rows(arrival.conversation_id, arrival.message_id, arrival.fixed, at=arrival.at)


def _not_in(replies: Sequence[Reply], others: Sequence[Reply]) -> tuple[Reply, ...]:
    texts = {reply.text for reply in others}
    return tuple(reply for reply in replies if reply.text not in texts)


def _own_row(arrival: Arrival) -> MessageRow:
    return MessageRow(
        seq=None,
        id=arrival.message_id,
        author="patient",
        reply=Reply(arrival.text),
        at=arrival.at,
        conversation_id=arrival.conversation_id,
    )
