"""
What WhatsApp, SMS, Telegram and Slack have in common: from a verified message to the conversation.

The order is the promise.  A message whose conversation is not in memory is screened at
once, before the ledger is asked whose it is; advice leaves before anything is read or
written.  Then it goes the way of every message (`Conversations.receive`).
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.channels.pace import Pace
from bot.channels.sealing import AddressBook
from bot.conversation.inbound import Inbound, has_words
from bot.conversation.keeping import NotKept
from bot.conversation.ports import (
    AlreadyTaken,
    LedgerUnavailable,
    MessageRow,
    Reply,
    UnknownConversation,
)
from bot.conversation.posting import Posting
from bot.conversation.posting_port import Choices, Line, LineState
from bot.conversation.turn import Conversations

log = logging.getLogger(__name__)

_REMEMBERED = 10_000
_LONGEST_CHOICE = 60  # characters of a text that may be the title of a quick reply
_NUMBER = re.compile(r"\W{0,3}(\d{1,2})\W{0,3}")


@dataclass(frozen=True)
class Incoming:
    """
    A message from a verified sender.

    Args:
        sender: All that tells this patient's conversation from others, for example number and account.
        address: Where the reply goes, in the carrier's own form.
        event: The vendor's id of the event; the same when the vendor sends it again.
        message_id: The vendor's id of the message; with other words it is another message.
        media: It brought something that is not text.
        edited: New words for a message that was sent before.
        choice: Message id and place (0 is the first) of a pressed quick reply.
        public: Others can read the place it was written in.
        answered_by_vendor: The vendor itself has answered "STOP", "START" or "HELP".
    """

    channel: str
    sender: tuple[str, ...]
    address: str
    event: str
    message_id: str
    text: str
    media: bool = False
    edited: bool = False
    choice: tuple[str, int] | None = None
    public: bool = False
    answered_by_vendor: bool = False

    def __post_init__(self) -> None:
        """Raises TypeError for an id or a text that is no text: the body was not the vendor's."""
        texts = (*self.sender, self.address, self.event, self.message_id, self.text, *(self.choice or ("",))[:1])
        if not all(isinstance(value, str) for value in texts):
            raise TypeError("an id or the text of a message is no text")


@dataclass(frozen=True)
class _Known:
    conversation_id: str
    opted_out: bool


@dataclass(frozen=True)
class PushParts:
    """
    Args:
        words: The sentence of talk.yml with this id, filled in.
        keywords: For each channel, whole messages and what they mean: stop, start or help.
        numbered: Channels on which quick replies are shown as numbers (as well).
    """

    conversations: Conversations
    posting: Posting
    book: AddressBook
    pace: Pace
    words: Callable[[str], str]
    keywords: Mapping[str, Mapping[str, str]]
    region: str
    numbered: frozenset[str] = frozenset({"sms", "whatsapp"})


class PushDoor:
    """Takes verified messages in."""

    def __init__(self, parts: PushParts) -> None:
        self._parts = parts
        self._conversations = parts.conversations
        self._posting = parts.posting
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._events: OrderedDict[str, None] = OrderedDict()

    async def take(self, incoming: Incoming) -> None:
        """
        Returns once the message is kept; again for the same event it does nothing.

        Raises:
            NotKept: Nobody could store it: the vendor shall send it again.  Advice went out all the same.
        """
        book = self._parts.book
        event = book.name("event", incoming.channel, incoming.event)
        sender = book.name("sender", incoming.channel, *incoming.sender)
        if event in self._events:
            return
        if self._parts.pace.flood(sender):
            log.warning("push.flood channel=%s", incoming.channel)
            return
        _remember(self._events, event, None)
        try:
            await self._take(incoming, event=event, sender=sender)
        except BaseException:
            self._events.pop(event, None)  # the vendor may try again
            raise

    # --- parts

    async def _take(self, incoming: Incoming, *, event: str, sender: str) -> None:
        known = self._known.get(sender)
        if known is not None and self._conversations.was_erased(known.conversation_id):
            known = None
        choices: Choices | None = None
        early: tuple[MessageRow, ...] = ()
        new = False
        provisional = known.conversation_id if known else secrets.token_hex(16)
        may_choose = incoming.choice is not None or len(incoming.text) <= _LONGEST_CHOICE
        if known is None or known.opted_out or may_choose:  # another process may know more than this one
            early = await self._screen_early(incoming, provisional, event=event, sender=sender)
            state = await self._look_up(sender)
            if state is not None:
                known, choices = _Known(state.conversation_id, state.opted_out), state.choices
            else:
                choices = self._posting.choices(provisional)
        if known is None:
            new = True
            known = _Known(provisional, opted_out=False)
            self._conversations.begin(provisional, channel=incoming.channel, region=self._parts.region)
        inbound, opted_out = self._inbound(
            incoming, known, event=event, sender=sender, choices=choices, early=early, new=new
        )
        _remember(self._known, sender, _Known(known.conversation_id, opted_out))
        self._posting.remember(known.conversation_id, channel=incoming.channel, address=incoming.address)
        for row in early:
            self._posting.same_words(row, conversation_id=known.conversation_id, message_id=inbound.message_id)
        await self._hand_over(incoming, inbound, sender=sender)

    async def _hand_over(self, incoming: Incoming, inbound: Inbound, *, sender: str) -> None:
        too_fast = self._parts.pace.message(inbound.conversation_id) is not None
        too_long = len(inbound.text) > self._conversations.limits.characters
        if too_fast or too_long:
            if not too_long or self._parts.pace.large(sender) is None:
                await self._conversations.refuse(inbound)
            sentences = self._conversations.sentences
            minute = int(time.time() // 60)  # one sentence a minute is enough
            self._say(inbound, sentences.too_fast if too_fast else sentences.too_long, name=f"refused-{minute}")
            return
        try:
            await self._conversations.receive(inbound)
        except AlreadyTaken:
            log.info("push.replay channel=%s", incoming.channel)
        except UnknownConversation:  # erased by another process: whoever writes again begins anew
            self._known.pop(sender, None)
            await self._take(incoming, event=inbound.line.event if inbound.line else "", sender=sender)
        except NotKept:
            self._say(inbound, self._conversations.sentences.not_kept, name=inbound.message_id)
            raise

    async def _screen_early(
        self, incoming: Incoming, conversation_id: str, *, event: str, sender: str
    ) -> tuple[MessageRow, ...]:
        """Advice for words whose conversation has to be looked up first."""
        if not has_words(incoming.text):
            return ()
        inbound = self._bare(incoming, conversation_id, incoming.text, event=event, sender=sender)
        rows = await self._conversations.advise_only(inbound)
        self._posting.remember(conversation_id, channel=incoming.channel, address=incoming.address)
        for row in rows:
            self._posting.send_at_once(conversation_id, row)
        return rows

    async def _look_up(self, sender: str) -> LineState | None:
        """None for a stranger, and while the ledger is away: then what this process remembers must do."""
        keeper = self._conversations.keeper
        try:
            return await keeper.read(partial(keeper.ledger.line, sender))
        except LedgerUnavailable as error:
            log.warning("push.not_looked_up reason=%s", error)
            return None

    def _inbound(
        self,
        incoming: Incoming,
        known: _Known,
        *,
        event: str,
        sender: str,
        choices: Choices | None,
        early: Sequence[MessageRow],
        new: bool,
    ) -> tuple[Inbound, bool]:
        """The message as the conversation takes it, and whether the patient wants no messages after it."""
        text, fixed, for_engine = self._meaning(incoming, choices)
        keyword = self._keyword(incoming)
        opted_out = known.opted_out
        if keyword == "stop":
            opted_out, fixed, for_engine = True, [self._reply("push_stopped", about_stop=True)], False
        elif keyword == "start":
            fixed = [] if new else [self._reply("push_started")]
            opted_out, for_engine = False, False
        elif keyword == "help":
            fixed, for_engine = [self._reply("push_help", about_stop=True)], False
        elif opted_out:
            fixed, for_engine = [self._reply("push_is_stopped", about_stop=True)], False
        if incoming.answered_by_vendor:
            fixed = []
        if new and keyword != "stop" and not incoming.public:
            fixed = [*self._conversations.welcome, *fixed]
        inbound = self._bare(incoming, known.conversation_id, text, event=event, sender=sender)
        told = (*(row.reply for row in early), *fixed)
        line = inbound.line
        if line is not None and keyword in ("stop", "start"):
            line = replace(line, opted_out=opted_out)
        return replace(inbound, line=line, fixed=told, for_engine=for_engine), opted_out

    def _meaning(self, incoming: Incoming, choices: Choices | None) -> tuple[str, list[Reply], bool]:
        """The words that count, what is said because of the kind of message, and whether the engine answers it."""
        text = incoming.text.strip()
        if incoming.choice is not None:
            message_id, place = incoming.choice
            if choices is None or choices.message_id != message_id or not 0 <= place < len(choices.buttons):
                return self._parts.words("push_choice_label"), [self._reply("push_choice_over")], False
            return choices.buttons[place].say, [], True
        fixed = [self._reply("push_media")] if incoming.media else []
        if incoming.public:
            return text or self._parts.words("push_media_label"), [self._reply("push_in_public")], False
        if not has_words(text):
            empty = fixed or [Reply(self._conversations.sentences.empty)]
            return self._parts.words("push_media_label"), empty, False
        if incoming.edited:
            fixed.append(self._reply("push_edited"))
        return self._chosen(incoming.channel, text, choices), fixed, True

    def _chosen(self, channel: str, text: str, choices: Choices | None) -> str:
        """A number or a title typed for a quick reply, as what it says; other words as they are."""
        if choices is None or len(text) > _LONGEST_CHOICE:
            return text
        number = _NUMBER.fullmatch(text)
        if number is not None and channel in self._parts.numbered:
            place = int(number.group(1))
            return choices.buttons[place - 1].say if 1 <= place <= len(choices.buttons) else text
        for button in choices.buttons:
            if text.casefold() == button.title.casefold():
                return button.say
        return text

    def _keyword(self, incoming: Incoming) -> str | None:
        words = " ".join(re.sub(r"[^\w\s]", " ", incoming.text).lower().split())
        return self._parts.keywords.get(incoming.channel, {}).get(words)

    def _bare(self, incoming: Incoming, conversation_id: str, text: str, *, event: str, sender: str) -> Inbound:
        digest = self._parts.book.name("words", incoming.text)[:12]
        name = self._parts.book.name("message", incoming.channel, incoming.message_id)[:24]
        return Inbound(
            conversation_id=conversation_id,
            message_id=f"{name}-{digest}",  # the same words under the same id are no new message
            text=text,
            channel=incoming.channel,
            region=self._parts.region,
            at=self._conversations.clock.now(),
            line=Line(sender=sender, address=self._parts.book.seal(incoming.address), event=event),
        )

    def _reply(self, key: str, **custom: bool) -> Reply:
        return Reply(self._parts.words(key), custom=dict(custom) or None)

    def _say(self, inbound: Inbound, sentence: str, *, name: str) -> None:
        """From memory, for what the ledger does not have."""
        row = MessageRow(
            seq=None,
            id=f"{name}-{len(sentence)}",
            author="system",
            reply=Reply(sentence),
            at=inbound.at,
            conversation_id=inbound.conversation_id,
        )
        self._posting.send_at_once(inbound.conversation_id, row)


def _remember(memory: OrderedDict, key: str, value: object) -> None:  # type: ignore[type-arg]
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > _REMEMBERED:
        memory.popitem(last=False)
