"""
One message of a conversation at a time reaches the engine, in the order in which they came.

Within this process the turns queue up behind a lock; between processes the ledger gives
them out (`Ledger.begin_turn`), with the engine's state as the last turn left it.  While
the ledger is away this process goes on alone with what it remembers.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import uuid4
from weakref import WeakValueDictionary

from bot.conversation.entries import message_key
from bot.conversation.keeping import Keeper
from bot.conversation.limits import Limits
from bot.conversation.ports import Clock, Dialogue, LedgerUnavailable, TalkState, TurnBegun, UnknownConversation

log = logging.getLogger(__name__)

_REMEMBERED = 2_000  # conversations
_LONGEST_BEGIN = 3.0  # seconds: to go on alone although the ledger is there would be worse than to wait
_ASK_AGAIN = 0.05
_LOOK_AGAIN = 0.1  # seconds, while another process has the turn and does not say when it is done


class TurnNotHad(Exception):
    """Another process held the conversation's turn for longer than any turn may take."""


@dataclass
class Grip:
    """
    A conversation's turn, held.

    Args:
        token: None while the ledger is away: then only this process is kept out.
        state: Of the conversation when the turn began, None while the ledger is away.
        hopeless: Whoever worked on the message before did not survive it.
        ended: The turn was given back together with an outcome.
    """

    conversation_id: str
    token: int | None
    base: int | None
    dialogue: Dialogue
    state: TalkState | None = None
    hopeless: bool = False
    ended: bool = False


class TurnTaking:
    """Gives out turns.  Used in one event loop only."""

    def __init__(self, *, keeper: Keeper, clock: Clock, limits: Limits) -> None:
        self._keeper = keeper
        self._clock = clock
        self._limits = limits
        self._process = uuid4().hex
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._waiting: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()
        self._open: dict[str, str] = {}  # holder to message key: what this process works on
        self._dialogues: OrderedDict[str, tuple[bytes | None, int]] = OrderedDict()
        self._closed = False

    @asynccontextmanager
    async def of(
        self, conversation_id: str, message_id: str, *, stored: bool, late: Callable[[], bool]
    ) -> AsyncIterator[Grip | None]:
        """
        Waits for the turn; None when another process has answered the message meanwhile.

        Args:
            stored: The ledger has the message (else only the journal).
            late: Asked each time: whether the message got the safe sentence by now.

        Raises:
            TurnNotHad: It took too long.
        """
        holder = hashlib.sha256(f"{self._process}:{conversation_id}:{message_id}".encode()).hexdigest()[:32]
        self._open[holder] = message_key(conversation_id, message_id)
        grip: Grip | None = None
        try:
            loop = asyncio.get_running_loop()
            ends = loop.time() + self._limits.answer + self._limits.late_answer
            lock = self._locks.setdefault(conversation_id, asyncio.Lock())
            while loop.time() < ends:
                async with lock:
                    begun = await self._begin(conversation_id, message_id, holder, stored=stored, late=late())
                    if begun is None or begun.ours:
                        grip = self._grip(conversation_id, begun)
                        yield grip
                        return
                    if begun.standing == "answered":
                        yield None
                        return
                await self._until_told(conversation_id)
            raise TurnNotHad(conversation_id)
        finally:
            del self._open[holder]
            held = grip is not None and grip.token is not None and not grip.ended
            gave_up = grip is None and late()
            if (held or gave_up) and not self._closed:
                await self._give_back(conversation_id, message_id, holder)

    def begins(self, conversation_id: str) -> None:
        """A conversation that is new for everybody."""
        self._remember(conversation_id, None, base=0)

    def remember(self, grip: Grip, text: str) -> None:
        """The engine's state after a message that is kept, for the minutes without a ledger."""
        grip.dialogue = Dialogue(text)
        base = grip.token if grip.token is not None else grip.base
        self._remember(grip.conversation_id, text, base=base or 0)

    def forget(self, conversation_id: str) -> None:
        """The next message begins anew."""
        if conversation_id in self._dialogues:
            self._remember(conversation_id, None, base=self._dialogues[conversation_id][1])

    def wake(self, conversation_id: str) -> None:
        """Something happened in this conversation: whoever waits for its turn may look again."""
        event = self._waiting.get(conversation_id)
        if event is not None:
            event.set()

    async def keep(self) -> None:
        """Tell the other processes that this one is alive and at work; to be called every second or two."""
        if self._open and self._keeper.journal.pending == 0:
            until = self._clock.now() + self._limits.claim
            await self._keeper.read(partial(self._keeper.ledger.keep_turns, dict(self._open), until=until))

    async def let_go(self) -> None:
        """This process ends: what it has not finished is free for others at once."""
        self._closed = True
        if self._open:
            try:
                await self._keeper.read(
                    partial(self._keeper.ledger.keep_turns, dict(self._open), until=self._clock.now())
                )
            except LedgerUnavailable as error:
                log.warning("turns.not_let_go reason=%s", error)

    # --- parts

    async def _begin(
        self, conversation_id: str, message_id: str, holder: str, *, stored: bool, late: bool
    ) -> TurnBegun | None:
        """None when the ledger cannot be asked.  One that has just taken the message is asked again first."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + _LONGEST_BEGIN
        while True:
            if not await self._keeper.caught_up():
                return None  # it is away or behind; what this process remembers is newer
            now = self._clock.now()
            call = partial(
                self._keeper.ledger.begin_turn,
                conversation_id,
                message_id,
                holder=holder,
                now=now,
                until=now + self._limits.claim,
                late=late,
            )
            try:
                return await self._keeper.read(call, limit=max(_LONGEST_BEGIN, self._limits.ledger_read))
            except LedgerUnavailable as error:  # often only a row that somebody else holds for a moment
                if loop.time() >= ends:
                    log.warning("turns.alone reason=%s", error)
                    return None
                await asyncio.sleep(_ASK_AGAIN)
            except UnknownConversation:
                return TurnBegun("answered") if stored else None  # erased meanwhile, or only in the journal

    def _grip(self, conversation_id: str, begun: TurnBegun | None) -> Grip:
        if begun is None or begun.token is None:
            text, base = self._dialogues.get(conversation_id, (None, None))
            dialogue = Dialogue(zlib.decompress(text).decode() if text else None, known=base is not None)
            return Grip(conversation_id, token=None, base=base, dialogue=dialogue)
        self._remember(conversation_id, begun.dialogue, base=begun.token)
        return Grip(
            conversation_id,
            token=begun.token,
            base=begun.token,
            dialogue=Dialogue(begun.dialogue),
            state=begun.state,
            hopeless=begun.standing == "hopeless",
        )

    def _remember(self, conversation_id: str, text: str | None, *, base: int) -> None:
        self._dialogues[conversation_id] = (zlib.compress(text.encode(), 1) if text else None, base)
        self._dialogues.move_to_end(conversation_id)
        while len(self._dialogues) > _REMEMBERED:
            self._dialogues.popitem(last=False)

    async def _until_told(self, conversation_id: str) -> None:
        event = self._waiting.setdefault(conversation_id, asyncio.Event())
        event.clear()
        try:
            await asyncio.wait_for(event.wait(), _LOOK_AGAIN)
        except asyncio.TimeoutError:
            return

    async def _give_back(self, conversation_id: str, message_id: str, holder: str) -> None:
        try:
            await self._keeper.read(partial(self._keeper.ledger.end_turn, conversation_id, message_id, holder=holder))
        except LedgerUnavailable:
            log.info("turns.not_given_back")  # it ends by itself
