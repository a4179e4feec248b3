"""
One turn, from a channel's message to the reply on the patient's screen.

`Conversations.receive` screens the message, gives danger advice, keeps it and returns a
receipt; the answer follows in the background and reaches the patient through
`delivery`.  Which engine, ledger, journal and content are behind it is the wiring's
business.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

from bot.clinical.codes import Level
from bot.conversation.answering import Answering, Turn, turn_of, turn_of_waiting
from bot.conversation.arriving import Arriving, Taken, advice_rows
from bot.conversation.delivery import Delivery
from bot.conversation.entries import reply_id, welcome_id
from bot.conversation.inbound import Inbound, Receipt, storable
from bot.conversation.keeping import Keeper, NotKept
from bot.conversation.limits import Limits
from bot.conversation.memory import Talk, Talks
from bot.conversation.ports import (
    Alert,
    Clock,
    Engine,
    Journal,
    Ledger,
    LedgerUnavailable,
    MessageRow,
    Reply,
    UnknownConversation,
    WaitingText,
)
from bot.conversation.safety import Safety
from bot.conversation.sentences import Sentences
from bot.conversation.stages import Stages
from bot.conversation.tracing import where
from bot.conversation.whose_turn import TurnTaking

log = logging.getLogger(__name__)


class Conversations:
    """
    Everything a channel needs.  Made in the event loop's thread, used only there.

    Args:
        content_version: Stands on every escalation.
        welcome: Shown before the first message, and stored with it.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        ledger: Ledger,
        journal: Journal,
        safety: Safety,
        sentences: Sentences,
        clock: Clock,
        limits: Limits | None = None,
        content_version: str = "",
        welcome: Sequence[Reply] = (),
    ) -> None:
        self.limits = limits or Limits()
        self.clock = clock
        self.sentences = sentences
        self.engine = engine
        self.safety = safety
        self.welcome = tuple(welcome)
        self.talks = Talks()
        self.stages = Stages()
        self.content_version = content_version
        self.keeper = Keeper(ledger=ledger, journal=journal, limits=self.limits, rebase=self._rebase)
        self.delivery = Delivery(keeper=self.keeper, talks=self.talks, clock=clock)
        self._arriving = Arriving(
            safety=safety,
            keeper=self.keeper,
            delivery=self.delivery,
            limits=self.limits,
            content_version=content_version,
            stages=self.stages,
            welcome=self.welcome,
        )
        self.turns = TurnTaking(keeper=self.keeper, clock=clock, limits=self.limits)
        self.answering = Answering(
            engine=engine,
            keeper=self.keeper,
            delivery=self.delivery,
            turns=self.turns,
            sentences=sentences,
            limits=self.limits,
            clock=clock,
            stages=self.stages,
            erase=lambda conversation_id: self._spawn(self._erase_as_said(conversation_id)),
            content_version=content_version,
        )
        self._tasks: set[asyncio.Task[Any]] = set()
        self._erased: set[str] = set()
        self._to_erase: set[str] = set()  # wishes that neither ledger nor journal took yet

    # --- what channels call

    def begin(self, conversation_id: str, *, channel: str, region: str) -> None:
        """A conversation that the server has just made: nothing of it can be in the ledger."""
        self.talks.open(conversation_id, channel=channel, region=region, screen=self.safety.fresh(), known=True)
        self.turns.begins(conversation_id)

    def welcome_rows(self, conversation_id: str) -> tuple[MessageRow, ...]:
        """The welcome as the ledger will store it with the first message."""
        return tuple(
            MessageRow(
                seq=None,
                id=welcome_id(conversation_id, number),
                author="assistant",
                reply=reply,
                at=self.clock.now(),
                conversation_id=conversation_id,
            )
            for number, reply in enumerate(self.welcome, start=1)
        )

    async def is_gone(self, conversation_id: str) -> bool:
        """Whether it was erased; while the ledger is away only what this process knows of."""
        if conversation_id in self._erased:
            return True
        if (await self.delivery.standing(conversation_id)).erased:
            self._erased.add(conversation_id)
            return True
        return False

    def told(self, conversation_id: str) -> None:
        """Somebody wrote in this conversation; called in the event loop."""
        self.turns.wake(conversation_id)
        self.delivery.told(conversation_id)

    def is_working(self, conversation_id: str) -> bool:
        """Whether a message of it is on its way to an answer."""
        talk = self.talks.get(conversation_id)
        return talk is not None and (bool(talk.at_work) or talk.writing.locked())

    async def wait_for_answer(self, conversation_id: str, *, within: float) -> None:
        """Until nothing is being worked on in this conversation, for callers that cannot listen."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + within
        while loop.time() < ends:
            if not self.is_working(conversation_id):
                return
            await asyncio.sleep(0.05)

    async def receive(self, inbound: Inbound) -> Receipt:
        """
        Take a message in; returns once it is kept.

        A message id that came before gets its first receipt again.

        Raises:
            UnknownConversation: It was erased.
            NotKept: Nobody could store it; the advice went out all the same.
        """
        if inbound.conversation_id in self._erased:
            raise UnknownConversation(inbound.conversation_id)
        inbound = _clean(inbound)
        talk = self._talk(inbound)
        earlier = talk.receipts.get(inbound.message_id)
        if earlier is not None:
            return _again(await asyncio.shield(earlier))
        seen = self._arriving.look(talk, inbound)  # in memory; danger advice is out when this returns
        keeping = self._spawn(self._keep(talk, inbound, seen))
        talk.remember_receipt(inbound.message_id, keeping)
        return await asyncio.shield(keeping)  # a caller that goes away does not take the message along

    async def refuse(self, inbound: Inbound) -> tuple[MessageRow, ...]:
        """
        A message that will not be worked on (too long, too fast) is screened all the same.

        Returns what was said at once.  Only a message that fired a rule is kept.
        """
        inbound = _clean(inbound)
        talk = self._talk(inbound)
        seen = await self._arriving.look_only(talk, inbound)
        verdict, _, said = seen
        if not verdict.at_once:
            return ()
        try:
            await self._arriving.keep(talk, inbound, seen, answer=False)
        except (NotKept, UnknownConversation) as error:
            log.error("turn.refused_and_not_kept error=%s", type(error).__name__)
        return said

    async def advise_only(self, inbound: Inbound) -> tuple[MessageRow, ...]:
        """
        The advice that a message calls for, as far as memory tells; nothing of it is kept.

        For a conversation that is over, or that has to be looked up first.
        """
        inbound = _clean(inbound)
        talk = self.talks.get(inbound.conversation_id)
        state, level = (talk.screen, talk.level) if talk else (self.safety.fresh(), Level.NONE)
        await self.safety.suspects(inbound.text, state, at=inbound.at)
        verdict = self.safety.look(inbound.text, state, at=inbound.at, level=level)
        return advice_rows(inbound.conversation_id, inbound.message_id, verdict.advice, at=inbound.at)

    async def erase(self, conversation_id: str, *, by: str) -> bool:
        """
        Returns:
            False when staff have to deal with a danger first; the conversation is over all the same.

        Raises:
            NotKept: Not even the wish could be stored.
        """
        self._erased.add(conversation_id)
        self.talks.forget(conversation_id)
        done: bool | None = True
        try:
            done = await self.keeper.erase(conversation_id, at=self.clock.now(), by=by)
        except UnknownConversation:
            log.info("turn.nothing_to_erase")
        except NotKept:
            self._erased.discard(conversation_id)  # it is all still there, and the patient may ask again
            raise
        self.delivery.tell_erased(conversation_id)
        await self.answering.engine_forgets(conversation_id)
        return done is not False

    async def erase_again(self) -> int:
        """Wishes said in a chat that nobody could keep; returns how many are kept now."""
        kept = 0
        for conversation_id in tuple(self._to_erase):
            try:
                await self.erase(conversation_id, by="patient")
            except NotKept:
                continue  # the next round tries again
            self._to_erase.discard(conversation_id)
            kept += 1
        return kept

    async def _erase_as_said(self, conversation_id: str) -> None:
        """The chat has said that it is being deleted; where that fails the patient has to know."""
        try:
            await self.erase(conversation_id, by="patient")
        except NotKept:
            log.critical("turn.erase_not_kept")
            self._to_erase.add(conversation_id)
            row = MessageRow(
                seq=None,
                id=reply_id(conversation_id, "", "erase_not_kept", 1),
                author="system",
                reply=Reply(self.sentences.erase_not_kept),
                at=self.clock.now(),
                conversation_id=conversation_id,
            )
            self.delivery.tell(conversation_id, [row])

    @property
    def loose_alerts(self) -> dict[str, Alert]:
        """Calls to staff that the ledger does not know of yet, by id; whoever sent one takes it out."""
        return self._arriving.loose_alerts

    def was_erased(self, conversation_id: str) -> bool:
        """Known without asking the ledger; False says nothing."""
        return conversation_id in self._erased

    # --- what aftercare calls

    def take_up_soon(self, waiting: WaitingText) -> asyncio.Task[None]:
        """Work on a message that a process left unanswered."""
        return self._spawn(self._take_up(waiting))

    async def _take_up(self, waiting: WaitingText) -> None:
        talk = self.talks.get(waiting.conversation_id)
        if talk is None:
            talk = self.talks.open(
                waiting.conversation_id,
                channel=waiting.channel,
                region=waiting.region,
                screen=self.safety.fresh(),
                known=False,
            )
        if waiting.message_id in talk.at_work:
            return  # the ones behind it are at work here too, and would wait for it for ever
        if not talk.known:
            await self._learn(talk)
        talk.at_work.add(waiting.message_id)
        await self._work(turn_of_waiting(talk, waiting, now=self.clock.now()))

    async def settle_down(self, *, within: float) -> None:
        """Wait until no turn is in progress, at most so many seconds."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + within
        while self._tasks and loop.time() < ends:
            await asyncio.wait(set(self._tasks), timeout=ends - loop.time())

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.keeper.close()
        self.safety.close()

    @property
    def busy(self) -> int:
        return len(self._tasks)

    # --- parts

    async def _keep(self, talk: Talk, inbound: Inbound, seen: Any) -> Receipt:
        await asyncio.sleep(0)  # let the advice leave first
        try:
            taken = await self._arriving.keep(talk, inbound, seen, answer=True)
        except (NotKept, UnknownConversation) as error:
            talk.receipts.pop(inbound.message_id, None)  # the sender may try again
            if isinstance(error, NotKept):
                error.said = seen[2]
            raise
        duplicate = taken.stored is not None and taken.stored.duplicate
        if not duplicate and inbound.for_engine:
            talk.at_work.add(inbound.message_id)  # from here on, so that nobody finds the conversation idle in between
            self._spawn(self._work(self._turn(taken)))
        return Receipt(
            message_id=inbound.message_id,
            seq=taken.stored.seq if taken.stored else None,
            duplicate=duplicate,
            at_once=taken.at_once,
        )

    def _turn(self, taken: Taken) -> Turn:
        return turn_of(
            taken.talk,
            taken.verdict,
            message_id=taken.inbound.message_id,
            text=taken.inbound.text,
            at=taken.inbound.at,
            seq=taken.stored.seq if taken.stored else None,
            fixed=taken.inbound.fixed,
        )

    async def _work(self, turn: Turn) -> None:
        """The caller has noted the message as at work."""
        try:
            await self.answering.answer(turn)
        finally:
            turn.talk.at_work.discard(turn.message_id)

    def _talk(self, inbound: Inbound) -> Talk:
        return self.talks.open(
            inbound.conversation_id,
            channel=inbound.channel,
            region=inbound.region,
            screen=self.safety.fresh(),
            known=False,
        )

    async def _learn(self, talk: Talk) -> None:
        try:
            state = await self.keeper.read(partial(self.keeper.ledger.state, talk.conversation_id))
        except LedgerUnavailable:
            return
        if state is not None and not talk.known:
            talk.adopt(state, self.safety.restore(state.screen_state))

    def _rebase(self, *values: Any) -> Any:
        return self._arriving.rebase(*values)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, (NotKept, UnknownConversation)):
            log.error("turn.task_failed error=%s at=%s", type(error).__name__, where(error))


def _clean(inbound: Inbound) -> Inbound:
    text = storable(inbound.text)
    return inbound if text == inbound.text else Inbound(**{**inbound.__dict__, "text": text})


def _again(receipt: Receipt) -> Receipt:
    return Receipt(message_id=receipt.message_id, seq=receipt.seq, duplicate=True, at_once=receipt.at_once)
