"""
Carry messages to the patients of push channels: from memory what cannot wait, from the ledger everything else.

`Conversations` tells a patient's messages as they come (`Delivery.carry`).  One without
a place in the ledger (advice on a danger, or anything while the database is away) is
sent at once; all others are read from the ledger's posts, in order, and tried again
until a vendor takes them or they are given up.

What is promised: a message is sent at least once.  Twice only when a process died, or
the line broke, between the vendor's taking it and our noting it, and the vendor cannot
be asked whether it has it (`Carrier.find`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from bot.conversation.entries import advice_id, post_id
from bot.conversation.ports import LedgerUnavailable, MessageRow, Reply
from bot.conversation.posting_port import Carrier, Choices, NotPosted, Post, Posted
from bot.conversation.tracing import where
from bot.conversation.turn import Conversations

log = logging.getLogger(__name__)

_FIRST_RETRY = timedelta(seconds=2)
_LAST_RETRY = timedelta(minutes=5)
_KEPT_BY_THEN = timedelta(seconds=4)  # ledger or journal have a message by then, or nobody has
_AT_ONCE_RETRIES = (1.0, 3.0, None)  # seconds between attempts from memory
_REMEMBERED = 5_000


@dataclass(frozen=True)
class _Address:
    channel: str
    address: str  # open, in memory only


class Posting:
    """
    Args:
        carriers: By channel; only these channels are served.
        open_address: From the sealed form in the ledger.  Raises ValueError when it cannot be read.
        erased: Said when everything was deleted.
        pace: Seconds between two looks into the ledger; what this process writes is seen at once.
    """

    def __init__(
        self,
        conversations: Conversations,
        *,
        carriers: Mapping[str, Carrier],
        open_address: Callable[[str], str],
        erased: Reply,
        pace: float = 1.0,
    ) -> None:
        self._conversations = conversations
        self._keeper = conversations.keeper
        self._clock = conversations.clock
        self._limits = conversations.limits
        self._carriers = dict(carriers)
        self._open = open_address
        self._erased = erased
        self._pace = pace
        self._addresses: OrderedDict[str, _Address] = OrderedDict()
        self._at_once: OrderedDict[str, asyncio.Task[Posted]] = OrderedDict()  # by post id
        self._unnoted: dict[str, Posted] = {}
        self._pauses: dict[str, datetime] = {}
        self._choices: OrderedDict[str, Choices] = OrderedDict()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.sent = 0
        self.failed = 0
        self.given_up = 0
        conversations.delivery.carry = self.take

    # --- what channels and the co-ordinator call

    def remember(self, conversation_id: str, *, channel: str, address: str) -> None:
        """Where this patient is, for messages that the ledger does not have yet."""
        self._addresses[conversation_id] = _Address(channel, address)
        self._addresses.move_to_end(conversation_id)
        for memory in (self._addresses, self._choices):
            while len(memory) > _REMEMBERED:
                memory.popitem(last=False)

    def take(self, conversation_id: str, rows: Sequence[MessageRow]) -> None:
        """A patient was told something: send what is in memory only, fetch the rest from the ledger."""
        here = conversation_id in self._addresses
        for row in rows:
            if row.author == "patient":
                self._choices.pop(conversation_id, None)
                continue
            if here and row.reply.buttons:
                self._choices[conversation_id] = Choices(row.id, row.reply.buttons)
            if row.seq is None:
                self.send_at_once(conversation_id, row)
            else:
                self._wake.set()

    def choices(self, conversation_id: str) -> Choices | None:
        """The quick replies that are open as far as this process knows; the ledger knows better."""
        return self._choices.get(conversation_id)

    def send_at_once(self, conversation_id: str, row: MessageRow) -> None:
        """Without the ledger; the same message again does nothing."""
        to = self._addresses.get(conversation_id)
        name = post_id(conversation_id, row.id)
        if to is None or to.channel not in self._carriers or name in self._at_once:
            return
        task = asyncio.get_running_loop().create_task(self._send_now(name, to, row))
        self._at_once[name] = task
        task.add_done_callback(partial(self._sent_from_memory, name))
        while len(self._at_once) > _REMEMBERED:
            self._at_once.popitem(last=False)

    def same_words(self, provisional: MessageRow, *, conversation_id: str, message_id: str) -> None:
        """Words that went out before the conversation was known are this conversation's advice."""
        task = self._at_once.get(post_id(provisional.conversation_id, provisional.id))
        if task is None:
            return
        name = post_id(conversation_id, advice_id(conversation_id, message_id, provisional.reply.text))
        self._at_once[name] = task
        task.add_done_callback(partial(self._sent_from_memory, name))

    # --- the worker

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._at_once:
            await asyncio.wait(set(self._at_once.values()), timeout=1)
        with contextlib.suppress(Exception):
            await self._note_waiting(all_of_them=True)

    async def at_rest(self) -> None:
        """Until nothing is being sent from memory."""
        running = [task for task in self._at_once.values() if not task.done()]
        if running:
            await asyncio.wait(running)

    async def round(self) -> int:
        """Sends everything that is due now; returns how many posts were tried."""
        await self._note_waiting()
        tried = 0
        while True:
            now = self._clock.now()
            served = [name for name in self._carriers if self._pauses.get(name, now) <= now]
            if not served:
                return tried
            claim = partial(
                self._keeper.ledger.claim_posts, channels=served, now=now, until=now + self._limits.post_claim
            )
            posts = await self._keeper.read(claim)
            if not posts:
                return tried
            await asyncio.gather(*(self._carry(post) for post in posts))
            tried += len(posts)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.round()
            except LedgerUnavailable as error:
                log.warning("posting.waits reason=%s", error)
            except Exception as error:  # noqa: BLE001
                log.error("posting.failed error=%s at=%s", type(error).__name__, where(error))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._pace)

    # --- one post

    async def _carry(self, post: Post) -> None:
        running = self._at_once.get(post.id)
        if running is not None:
            await asyncio.wait({running})
            if not running.cancelled() and running.result().state != "waiting":
                await self._note(replace(running.result(), id=post.id))
                return
        posted = await self._try(post)
        await self._note(posted)

    async def _try(self, post: Post) -> Posted:
        """What came of one attempt; never raises."""
        done: list[str] = list(post.done)
        try:
            carrier = self._carriers[post.channel]
            address = self._open(post.address)
            if not carrier.window_open(last_inbound=post.last_inbound, now=self._clock.now()):
                return await self._ask_to_write(post, carrier, address)
            row = post.row or _notice(post, self._erased)
            pieces = carrier.pieces(row)
            for part in range(len(done), len(pieces)):
                vendor_id = None
                if post.doubtful and part == len(post.done):
                    vendor_id = await self._find(carrier, post, pieces[part], address, part)
                if vendor_id is None:
                    vendor_id = await asyncio.wait_for(
                        carrier.send(pieces[part], address=address, post_id=post.id, part=part), self._limits.post
                    )
                done.append(vendor_id)
                if part + 1 < len(pieces):
                    await self._note(Posted(post.id, self._clock.now(), "waiting", tuple(done), going_on=True))
        except NotPosted as error:
            return await self._not_posted(post, error, tuple(done))
        except asyncio.TimeoutError:
            return await self._not_posted(post, NotPosted("no answer in time", doubtful=True), tuple(done))
        except Exception as error:  # noqa: BLE001
            log.error("posting.fault channel=%s error=%s at=%s", post.channel, type(error).__name__, where(error))
            return await self._not_posted(post, NotPosted(type(error).__name__, doubtful=True), tuple(done))
        self.sent += 1
        state = "sent" if carrier.reports else "delivered"
        return Posted(post.id, self._clock.now(), state, tuple(done))

    async def _find(
        self, carrier: Carrier, post: Post, piece: dict[str, object], address: str, part: int
    ) -> str | None:
        """Whether an attempt that ended without a word reached the vendor after all."""
        try:
            return await asyncio.wait_for(
                carrier.find(piece, address=address, post_id=post.id, part=part, since=post.created_at),
                self._limits.post,
            )
        except (NotPosted, asyncio.TimeoutError) as error:
            if isinstance(error, NotPosted) and error.permanent:
                return None  # it cannot be asked: better twice than not at all
            raise NotPosted("the vendor could not be asked whether it has the message", doubtful=True) from error

    async def _ask_to_write(self, post: Post, carrier: Carrier, address: str) -> Posted:
        """Replies are not allowed any more: the message waits until the patient writes, who is asked to."""
        now = self._clock.now()
        if post.notice_sent:
            return Posted(post.id, now, "parked", post.done, error="waits until the patient writes again")
        try:
            asked = await asyncio.wait_for(carrier.ask_to_write(address=address, post_id=post.id), self._limits.post)
        except NotPosted as error:
            return await self._not_posted(post, error, post.done)
        if not asked:
            self.given_up += 1
            reason = "the reply window is shut and no notice template is set"
            return Posted(post.id, now, "failed", post.done, error=reason)
        return Posted(post.id, now, "parked", post.done, error="waits until the patient writes again", notice_sent=True)

    async def _not_posted(self, post: Post, error: NotPosted, done: tuple[str, ...]) -> Posted:
        now = self._clock.now()
        self.failed += 1
        log.warning("posting.not_taken channel=%s attempt=%d reason=%s", post.channel, post.attempts, error.reason)
        if error.window_shut:
            try:
                return await self._ask_to_write(
                    replace(post, done=done), self._carriers[post.channel], self._open(post.address)
                )
            except ValueError:
                error = NotPosted("the address cannot be read", permanent=True)
        if error.permanent or error.opted_out or now - post.created_at > self._limits.post_give_up:
            self.given_up += 1
            return Posted(post.id, now, "failed", done, error=error.reason, opted_out=error.opted_out)
        wait = min(_FIRST_RETRY * 2 ** min(max(post.attempts - 1, 0), 10), _LAST_RETRY)
        if error.retry_after is not None:
            wait = max(wait, timedelta(seconds=min(error.retry_after, 600)))
            self._pauses[post.channel] = now + timedelta(seconds=min(error.retry_after, 600))
        return Posted(post.id, now, "waiting", done, error=error.reason, retry_at=now + wait, doubtful=error.doubtful)

    # --- from memory

    async def _send_now(self, name: str, to: _Address, row: MessageRow) -> Posted:
        """Tries a few times; after that the ledger's post goes on."""
        carrier = self._carriers[to.channel]
        done: list[str] = []
        for wait in _AT_ONCE_RETRIES:
            try:
                pieces = carrier.pieces(row)
                for part in range(len(done), len(pieces)):
                    sending = carrier.send(pieces[part], address=to.address, post_id=name, part=part)
                    done.append(await asyncio.wait_for(sending, self._limits.post))
            except Exception as error:  # noqa: BLE001
                self.failed += 1
                refused = error if isinstance(error, NotPosted) else NotPosted(type(error).__name__, doubtful=True)
                log.warning("posting.not_at_once channel=%s reason=%s", to.channel, refused.reason)
                if refused.permanent or refused.opted_out or wait is None:
                    break
                await asyncio.sleep(wait)
            else:
                self.sent += 1
                state = "sent" if carrier.reports else "delivered"
                return Posted(name, self._clock.now(), state, tuple(done))
        now = self._clock.now()
        return Posted(name, now, "waiting", tuple(done), refused.reason, retry_at=now, doubtful=refused.doubtful)

    def _sent_from_memory(self, name: str, task: asyncio.Task[Posted]) -> None:
        if not task.cancelled() and task.exception() is None:
            self._unnoted[name] = replace(task.result(), id=name)
            self._wake.set()

    async def _note_waiting(self, *, all_of_them: bool = False) -> None:
        """Tells the ledger of what was sent from memory, once it has the messages."""
        for posted in list(self._unnoted.values()):
            kept = self._clock.now() - posted.at > _KEPT_BY_THEN
            if self._keeper.journal.pending and not (kept or all_of_them):
                continue  # the journal's entry of the message itself must come first
            await self._note(posted, last_try=self._clock.now() - posted.at > self._limits.post_claim)

    async def _note(self, posted: Posted, *, last_try: bool = False) -> None:
        try:
            known = await self._keeper.posted(posted)
        except Exception as error:  # noqa: BLE001  (the claim runs out and the post is looked at again)
            log.error("posting.not_noted error=%s", type(error).__name__)
            return
        if known or last_try:
            self._unnoted.pop(posted.id, None)


def _notice(post: Post, erased: Reply) -> MessageRow:
    return MessageRow(
        seq=None, id=post.id, author="system", reply=erased, at=post.created_at, conversation_id=post.conversation_id
    )
