"""
What this process knows of the conversations it serves, so that it can screen without asking anybody.

A talk is a copy of the ledger's state with what came since; the ledger's version tells
when somebody else has changed the original (staff released a level, another process
took a message, this one was restarted).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot.clinical.codes import Level
from bot.conversation.ports import MessageRow, TalkState

if TYPE_CHECKING:
    from bot.language.screen import ScreenState

_MOST_RECEIPTS = 50
_MOST_ROWS = 200


@dataclass
class Talk:
    """
    One conversation in memory.

    `basis` counts how often the screen state was replaced by the ledger's; a verdict of
    an earlier basis has to be made again.  `loose` are messages that only the journal has;
    `at_work` are the ids of those whose turn is in progress or waits for its place.
    """

    conversation_id: str
    channel: str
    region: str
    screen: ScreenState
    state: TalkState
    sure: ScreenState = field(init=False)  # `screen` after the last message that was kept
    known: bool = False  # the ledger was read, or the conversation began here
    basis: int = 0
    held: int = 0  # texts that wait for consent
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    receipts: OrderedDict[str, asyncio.Future[Any]] = field(default_factory=OrderedDict)
    loose: OrderedDict[str, MessageRow] = field(default_factory=OrderedDict)
    at_work: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.sure = self.screen

    @property
    def level(self) -> Level:
        return self.state.level

    @property
    def idle(self) -> bool:
        return not (self.at_work or self.loose or self.writing.locked())

    def adopt(self, state: TalkState, screen: ScreenState | None = None) -> None:
        """Takes over what the ledger holds; `screen` only where it is not what we wrote ourselves."""
        self.state = state
        self.known = True
        if screen is not None:
            self.screen = self.sure = screen
            self.basis += 1

    def step_back(self) -> None:
        """The next look starts from what was kept; whatever was made of messages since has to be made again."""
        self.screen = self.sure
        self.basis += 1

    def expect(self, *, level: Level) -> None:
        """The journal took an arrival: what the ledger will hold once it has been replayed."""
        self.state = replace(self.state, version=self.state.version + 1, level=level)

    def remember_receipt(self, message_id: str, receipt: asyncio.Future[Any]) -> None:
        self.receipts[message_id] = receipt
        while len(self.receipts) > _MOST_RECEIPTS:
            self.receipts.popitem(last=False)

    def keep_loose(self, row: MessageRow) -> None:
        self.loose[row.id] = row
        while len(self.loose) > _MOST_ROWS:
            self.loose.popitem(last=False)


class Talks:
    """The talks of this process; the ones unused for longest are forgotten first."""

    def __init__(self, *, most: int = 5_000) -> None:
        self._talks: OrderedDict[str, Talk] = OrderedDict()
        self._most = most

    def get(self, conversation_id: str) -> Talk | None:
        talk = self._talks.get(conversation_id)
        if talk is not None:
            self._talks.move_to_end(conversation_id)
        return talk

    def open(self, conversation_id: str, *, channel: str, region: str, screen: ScreenState, known: bool) -> Talk:
        """The talk, made when there is none; `known` is True for a conversation that begins here."""
        talk = self.get(conversation_id)
        if talk is None:
            talk = Talk(
                conversation_id=conversation_id,
                channel=channel,
                region=region,
                screen=screen,
                state=TalkState(conversation_id=conversation_id),
                known=known,
            )
            self._talks[conversation_id] = talk
            self._make_room()
        return talk

    def forget(self, conversation_id: str) -> None:
        self._talks.pop(conversation_id, None)

    def all(self) -> list[Talk]:
        return list(self._talks.values())

    def _make_room(self) -> None:
        if len(self._talks) <= self._most:
            return
        for conversation_id, talk in list(self._talks.items()):
            if talk.idle:
                del self._talks[conversation_id]
                if len(self._talks) <= self._most:
                    return
