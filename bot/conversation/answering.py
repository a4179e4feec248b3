"""
Answer a message that is kept: the engine's words in time, or a safe sentence, never silence.

One message of a conversation at a time reaches the engine.  A message that has waited
or worked too long gets the safe sentence; the engine may still come late, and what it
says then is shown, because the next message may answer it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.clinical.codes import Level
from bot.conversation.delivery import Delivery
from bot.conversation.entries import Outcome
from bot.conversation.inbound import words_for_engine
from bot.conversation.keeping import Keeper, NotKept
from bot.conversation.limits import Limits
from bot.conversation.memory import Talk
from bot.conversation.ports import (
    Clock,
    Engine,
    EngineAnswer,
    LedgerUnavailable,
    MessageRow,
    Reply,
    TurnFacts,
    TurnLocks,
    UnknownConversation,
    WaitingText,
)
from bot.conversation.safety import Verdict
from bot.conversation.sentences import Sentences
from bot.conversation.tracing import where

log = logging.getLogger(__name__)


@dataclass
class Turn:
    """One message on its way to an answer."""

    talk: Talk
    message_id: str
    text: str
    at: datetime
    facts: TurnFacts
    said_at_once: bool  # advice or a safety question went out already: the turn is not silent
    drop_replies: bool  # a safety question is asked in this turn
    part: str = "answer"
    answered: bool = False  # the engine came first
    expired: bool = False  # the safe sentence came first


def turn_of(talk: Talk, verdict: Verdict, *, message_id: str, text: str, at: datetime, seq: int | None) -> Turn:
    """The turn of a message that has just arrived."""
    facts = TurnFacts(
        conversation_id=talk.conversation_id,
        message_id=message_id,
        channel=talk.channel,
        region=talk.region,
        now=at,
        consent=talk.state.consent,
        danger=verdict.result,
        level=verdict.level,
        advice_sent=bool(verdict.advice),
        safety_question=verdict.question_text,
        safety_answer=verdict.answered,
        held_waiting=0 if talk.state.consent else max(0, talk.held - 1),
        received_seq=seq,
    )
    return Turn(
        talk=talk,
        message_id=message_id,
        text=text,
        at=at,
        facts=facts,
        said_at_once=bool(verdict.at_once),
        drop_replies=verdict.question is not None,
    )


def turn_of_waiting(talk: Talk, waiting: WaitingText, *, now: datetime) -> Turn:
    """The turn of a text that was held before consent, or that a process left unanswered."""
    facts = TurnFacts(
        conversation_id=talk.conversation_id,
        message_id=waiting.message_id,
        channel=waiting.channel,
        region=waiting.region,
        now=now,
        consent=talk.state.consent,
        level=talk.state.level,
        advice_sent=talk.state.level >= Level.URGENT,
        replayed=waiting.released,
        received_seq=waiting.seq,
    )
    part = "replay" if waiting.released else "answer"
    return Turn(
        talk=talk,
        message_id=waiting.message_id,
        text=waiting.text,
        at=now,
        facts=facts,
        said_at_once=False,
        drop_replies=False,
        part=part,
    )


class Answering:
    """Takes turns through the engine."""

    def __init__(
        self,
        *,
        engine: Engine,
        keeper: Keeper,
        delivery: Delivery,
        locks: TurnLocks,
        sentences: Sentences,
        limits: Limits,
        clock: Clock,
        erase: Callable[[str], object],
    ) -> None:
        self._engine = engine
        self._keeper = keeper
        self._delivery = delivery
        self._locks = locks
        self._sentences = sentences
        self._limits = limits
        self._clock = clock
        self._erase = erase
        self.failures = 0

    async def answer(self, turn: Turn) -> None:
        """Returns when the turn is settled and the engine has finished or was given up."""
        talk = turn.talk
        if talk.state.mode == "staff":
            await self._settle(
                turn, replies=() if turn.said_at_once else (Reply(self._sentences.with_staff),), author="system"
            )
            return
        limit = self._limits.answer_after_danger if turn.facts.advice_sent else self._limits.answer
        with self._delivery.typing(talk.conversation_id):
            work = asyncio.ensure_future(self._through_the_engine(turn))
            await asyncio.wait({work}, timeout=limit)
            if not work.done() and not turn.answered:
                turn.expired = True
                self.failures += 1
                log.warning("turn.deadline part=%s", turn.part)
                await self._settle(turn, replies=self._unless_said(turn, self._sentences.deadline))
        try:
            await work
        except Exception as error:  # noqa: BLE001  (the lock, or a fault of our own: still no silence)
            self.failures += 1
            log.error("turn.failed error=%s at=%s", type(error).__name__, where(error))
            if not (turn.answered or turn.expired):
                await self._settle(turn, replies=self._unless_said(turn, self._sentences.trouble))

    async def engine_forgets(self, conversation_id: str) -> None:
        """Best effort: the ledger is what counts."""
        try:
            await asyncio.wait_for(self._engine.forget(conversation_id), self._limits.answer)
        except Exception as error:  # noqa: BLE001
            log.error("turn.engine_did_not_forget error=%s", type(error).__name__)

    # --- with the conversation's turn

    async def _through_the_engine(self, turn: Turn) -> None:
        async with self._locks.of(turn.talk.conversation_id):
            answer = await self._ask(turn)
            if answer is None:
                if not turn.expired:
                    turn.answered = True
                    await self._settle(turn, replies=self._unless_said(turn, self._sentences.trouble))
                return
            turn.answered = True
            consent = self._consent(turn, answer)
            replies = () if turn.drop_replies else _usable(answer.replies)
            if not replies and not turn.expired:
                replies = self._unless_said(turn, self._sentences.trouble)
            part = "late" if turn.expired else turn.part
            await self._settle(turn, replies=replies, answer=answer, consent=consent, part=part)
            if answer.erase:
                self._erase(turn.talk.conversation_id)
            elif consent:
                await self._process_held(turn.talk)
            elif turn.talk.state.consent is False:
                await self.engine_forgets(turn.talk.conversation_id)

    async def _ask(self, turn: Turn) -> EngineAnswer | None:
        """The engine's answer, None when it failed, was empty of sense or had to be given up."""
        words = words_for_engine(turn.text)
        if not words:
            return EngineAnswer(replies=(Reply(self._sentences.unreadable),))
        facts = replace(turn.facts, consent=turn.talk.state.consent)  # a turn before this one may have changed it
        task = asyncio.ensure_future(self._engine.respond(turn.talk.conversation_id, words, turn=facts))
        done, _ = await asyncio.wait({task}, timeout=self._limits.answer + self._limits.late_answer)
        if not done:
            task.cancel()  # not awaited: an engine that will not stop must not keep the conversation
            self.failures += 1
            log.error("turn.engine_given_up")
            return None
        try:
            return task.result()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001
            self.failures += 1
            log.error("turn.engine_failed error=%s at=%s", type(error).__name__, where(error))
            return None

    def _consent(self, turn: Turn, answer: EngineAnswer) -> bool | None:
        """A yes to a safety question is no consent, whatever the engine made of it."""
        return None if turn.facts.safety_answer or turn.facts.safety_question else answer.consent

    async def _process_held(self, talk: Talk) -> None:
        """The texts held before consent, as if just sent, while the conversation's turn is still ours."""
        talk.held = 0
        try:
            waiting = await self._keeper.read(partial(self._keeper.ledger.held, talk.conversation_id))
        except LedgerUnavailable:
            return  # they are marked as unanswered and will be taken up when the ledger is back
        for text in waiting:
            turn = turn_of_waiting(talk, text, now=self._clock.now())
            answer = await self._ask(turn)
            replies = _usable(answer.replies) if answer else (Reply(self._sentences.trouble),)
            await self._settle(turn, replies=replies, answer=answer)

    def _unless_said(self, turn: Turn, sentence: str) -> tuple[Reply, ...]:
        """Advice or a safety question is the reply of its turn; a word about our troubles would only blur it."""
        return () if turn.said_at_once else (Reply(sentence),)

    # --- keeping and telling

    async def _settle(
        self,
        turn: Turn,
        *,
        replies: tuple[Reply, ...],
        answer: EngineAnswer | None = None,
        consent: bool | None = None,
        author: str = "assistant",
        part: str | None = None,
    ) -> None:
        talk = turn.talk
        outcome = Outcome(
            conversation_id=talk.conversation_id,
            message_id=turn.message_id,
            at=max(self._clock.now(), turn.at),
            part=part or ("deadline" if turn.expired else turn.part),
            author=author,
            replies=replies,
            snapshot=answer.snapshot if answer else {},
            consent=consent,
            wants_staff=answer.wants_staff if answer else False,
            contact=answer.contact if answer else None,
        )
        try:
            rows = await self._keeper.settle(outcome)
        except UnknownConversation:
            return  # erased meanwhile
        except NotKept:
            rows = None  # said all the same: a patient who waits comes before our books
        if rows is None:
            rows = _loose_rows(outcome)
            for row in rows:
                talk.keep_loose(row)
        if consent is not None:
            talk.state = replace(talk.state, consent=consent)
        if outcome.wants_staff and talk.state.mode == "assistant":
            talk.state = replace(talk.state, mode="waiting")
            self._delivery.tell_mode(talk.conversation_id, "waiting")
        self._delivery.tell(talk.conversation_id, rows)


def _usable(replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """Replies with something to read."""
    return tuple(reply for reply in replies if isinstance(reply, Reply) and reply.text.strip())


def _loose_rows(outcome: Outcome) -> tuple[MessageRow, ...]:
    return tuple(
        MessageRow(
            seq=None,
            id=outcome.reply_id(number),
            author=outcome.author,
            reply=reply,
            at=outcome.at,
            conversation_id=outcome.conversation_id,
        )
        for number, reply in enumerate(outcome.replies, start=1)
    )
