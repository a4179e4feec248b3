"""
Answer a message that is kept: the engine's words in time, or a safe sentence, never silence.

One message of a conversation at a time reaches the engine.  A message that has waited
or worked too long gets the safe sentence; the engine may still come late, and what it
says then is shown, because the next message may answer it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from bot.clinical.codes import Level
from bot.conversation.delivery import Delivery
from bot.conversation.entries import EscalationEntry, MatchEntry, Outcome, RaisedEntry, escalation_id
from bot.conversation.inbound import words_for_engine
from bot.conversation.keeping import Keeper, NotKept
from bot.conversation.limits import Limits
from bot.conversation.memory import Talk
from bot.conversation.ports import (
    Button,
    Clock,
    Engine,
    EngineAnswer,
    LedgerUnavailable,
    MessageRow,
    Reply,
    TurnFacts,
    TurnLost,
    UnknownConversation,
    WaitingText,
)
from bot.conversation.safety import Verdict
from bot.conversation.sentences import Sentences
from bot.conversation.stages import Stages
from bot.conversation.tracing import where
from bot.conversation.whose_turn import Grip, TurnTaking

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
    offered: tuple[Button, ...] = ()  # the welcome of a push channel has just put this question
    part: str = "answer"
    answered: bool = False  # the engine came first
    expired: bool = False  # the safe sentence came first
    grip: Grip | None = None  # the conversation's turn, while it is held


def turn_of(
    talk: Talk,
    verdict: Verdict,
    *,
    message_id: str,
    text: str,
    at: datetime,
    seq: int | None,
    fixed: Sequence[Reply] = (),
) -> Turn:
    """The turn of a message that has just arrived; `fixed` was said with it already."""
    offered = next((reply.buttons for reply in reversed(fixed) if reply.buttons), ())
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
        said_at_once=bool(verdict.at_once) or bool(offered),
        drop_replies=verdict.question is not None,
        offered=offered,
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
        turns: TurnTaking,
        sentences: Sentences,
        limits: Limits,
        clock: Clock,
        stages: Stages,
        erase: Callable[[str], object],
        content_version: str = "",
    ) -> None:
        self._engine = engine
        self._keeper = keeper
        self._delivery = delivery
        self._turns = turns
        self._sentences = sentences
        self._limits = limits
        self._clock = clock
        self._stages = stages
        self._erase = erase
        self._content_version = content_version
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
        self._turns.forget(conversation_id)
        try:
            await asyncio.wait_for(self._engine.forget(conversation_id), self._limits.answer)
        except Exception as error:  # noqa: BLE001
            log.error("turn.engine_did_not_forget error=%s", type(error).__name__)

    # --- with the conversation's turn

    async def _through_the_engine(self, turn: Turn) -> None:
        talk = turn.talk
        stored = turn.facts.received_seq is not None
        taking = self._turns.of(talk.conversation_id, turn.message_id, stored=stored, late=lambda: turn.expired)
        async with taking as grip:
            if grip is None:
                turn.answered = True  # by another process: its words come with the ledger
                return
            turn.grip = grip
            if grip.state is not None:  # a turn of another process may have changed it
                talk.state = replace(talk.state, consent=grip.state.consent)
            answer = None if grip.hopeless else await self._ask(turn)
            if answer is None:
                if not turn.expired:
                    turn.answered = True
                    await self._settle(turn, replies=self._unless_said(turn, self._sentences.trouble))
                return
            turn.answered = True
            consent = self._consent(turn, answer)
            replies = () if turn.drop_replies else _usable(answer.replies)
            replies = _beside(turn.offered, replies)
            if not replies and not turn.expired:
                replies = self._unless_said(turn, self._sentences.trouble)
            part = "late" if turn.expired else turn.part
            await self._settle(turn, replies=replies, answer=answer, consent=consent, part=part, last=not consent)
            if answer.erase:
                self._erase(talk.conversation_id)
            elif consent:
                await self._process_held(talk, grip)
            elif talk.state.consent is False:
                await self.engine_forgets(talk.conversation_id)

    async def _ask(self, turn: Turn) -> EngineAnswer | None:
        """The engine's answer, None when it failed, was empty of sense or had to be given up."""
        words = words_for_engine(turn.text)
        if not words:
            return EngineAnswer(replies=(Reply(self._sentences.unreadable),))
        dialogue = turn.grip.dialogue if turn.grip is not None else None
        facts = replace(turn.facts, consent=turn.talk.state.consent, dialogue=dialogue)
        task = asyncio.ensure_future(self._engine.respond(turn.talk.conversation_id, words, turn=facts))
        with self._stages.timed("engine"):
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

    async def _process_held(self, talk: Talk, grip: Grip) -> None:
        """The texts held before consent, as if just sent, while the conversation's turn is still ours."""
        talk.held = 0
        try:
            waiting = await self._keeper.read(partial(self._keeper.ledger.held, talk.conversation_id))
        except LedgerUnavailable:
            return  # they are marked as unanswered and will be taken up when the ledger is back
        for text in waiting:
            turn = turn_of_waiting(talk, text, now=self._clock.now())
            turn.grip = grip
            answer = await self._ask(turn)
            replies = _usable(answer.replies) if answer else (Reply(self._sentences.trouble),)
            await self._settle(turn, replies=replies, answer=answer)

    def _raised(self, turn: Turn, answer: EngineAnswer, replies: tuple[Reply, ...]) -> RaisedEntry | None:
        """What the dialogue found dangerous, as the ledger keeps it: level, call to staff and the patient's words."""
        raised = answer.raised
        if raised is None:
            return None
        at = max(self._clock.now(), turn.at)
        wait = self._limits.acknowledge(raised.level)
        return RaisedEntry(
            escalation=EscalationEntry(
                id=escalation_id(turn.talk.conversation_id, f"{turn.message_id}:{raised.rule}"),
                level=raised.level,
                category=raised.category,
                due_at=at + wait,
                second_at=at + 2 * wait,
            ),
            match=MatchEntry(
                rule=raised.rule,
                level=raised.level,
                category=raised.category,
                turn=0,
                start=0,
                end=len(turn.text),
                words=turn.text,
            ),
            advice="\n\n".join(reply.text for reply in replies),
            content_version=self._content_version,
        )

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
        last: bool = False,
    ) -> None:
        """`last`: nothing more comes of this turn, so that it is given back in the same step."""
        talk, grip = turn.talk, turn.grip
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
            raised=self._raised(turn, answer, replies) if answer else None,
            dialogue=answer.dialogue if answer else None,
            token=grip.token if grip else None,
            base=grip.base if grip else None,
            ends_turn=last,
        )
        try:
            with self._stages.timed("settling"):
                rows = await self._keeper.settle(outcome)
            self._stages.add("turn", (self._clock.now() - turn.at).total_seconds())
        except UnknownConversation:
            return  # erased meanwhile
        except TurnLost:
            log.warning("turn.lost part=%s", outcome.part)  # another process took it over and answers
            return
        except NotKept:
            rows = None  # said all the same: a patient who waits comes before our books
        if grip is not None:
            grip.ended = grip.ended or (last and rows is not None)
            if outcome.dialogue is not None:
                self._turns.remember(grip, outcome.dialogue)
        if rows is None:
            rows = _loose_rows(outcome)
            for row in rows:
                talk.keep_loose(row)
        if consent is not None:
            talk.state = replace(talk.state, consent=consent)
        if outcome.raised is not None:
            talk.state = replace(
                talk.state,
                level=max(talk.state.level, outcome.raised.escalation.level),
                version=talk.state.version + 1,
            )
        if outcome.wants_staff and talk.state.mode == "assistant":
            talk.state = replace(talk.state, mode="waiting")
            self._delivery.tell_mode(talk.conversation_id, "waiting")
        self._delivery.tell(talk.conversation_id, rows)


def _beside(offered: tuple[Button, ...], replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """The replies of a turn that has just put a question with choices: not the same again, and no other choices."""
    if not offered:
        return replies
    return tuple(replace(reply, buttons=()) for reply in replies if reply.buttons != offered)


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
