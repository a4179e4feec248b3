"""
What the co-ordinator and the front door say when nobody else can: fixed before the first message.

The words are content (`bot/knowledge/talk.yml`); this only names the ones that are needed
and holds them filled in, so that saying one cannot fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from bot.conversation.ports import Reply

#: Where the words stand in talk.yml, where not under the same name.
IN_TALK = {
    "with_staff": "human_waiting",
    "handed_back": "human_back",
    "not_kept": "message_not_kept",
    "unreadable": "gibberish",
    "origin": "origin_refused",
    "nothing_to_sum_up": "summary_empty",
    "erased": "delete_done",
    "erase_waits": "delete_waits",
    "erase_not_kept": "delete_not_kept",
    "yes": "button_yes",
    "no": "button_no",
}


@dataclass(frozen=True)
class Sentences:
    """
    Plain texts, complete, with the clinic's phone and the emergency number where they belong.

    Args:
        trouble: We failed and this message got no answer.
        deadline: The answer takes longer than it should.
        unscreened: The message could not be checked for danger; says what to look out for.
        with_staff: The clinic team answers this chat.
        handed_back: The assistant answers again.
        not_kept: Neither database nor journal took the message.
        empty, unreadable, too_long, too_fast, too_many_talks: Refusals.
        session_over, origin: This browser or website may not take part.
        nothing_to_sum_up: No summary yet.
        erased: The conversation was deleted.
        erase_waits: It will be, once staff have dealt with a danger.
        erase_not_kept: The chat said that it is being deleted, and neither database nor journal took the wish.
        emergency_number: To dial.
        emergency_label: On the button that dials.
        emergency_title: Above advice that comes without a rule.
        yes, no: Quick replies of a safety question when its own words cannot be had.
    """

    trouble: str
    deadline: str
    unscreened: str
    with_staff: str
    handed_back: str
    not_kept: str
    empty: str
    unreadable: str
    too_long: str
    too_fast: str
    too_many_talks: str
    session_over: str
    origin: str
    nothing_to_sum_up: str
    erased: str
    erase_waits: str
    erase_not_kept: str
    emergency_number: str
    emergency_label: str
    emergency_title: str
    yes: str
    no: str

    @classmethod
    def from_words(cls, say: Callable[[str], str]) -> Sentences:
        """
        Args:
            say: Gives the sentence of talk.yml with this id, filled in; its own error stops the start.
        """
        return cls(**{field.name: say(IN_TALK.get(field.name, field.name)) for field in fields(cls)})

    def unscreened_reply(self) -> Reply:
        """Advice for every danger, for when the screen or its words fail."""
        card = {
            "level": "emergency",
            "title": self.emergency_title,
            "number": self.emergency_number,
            "number_label": self.emergency_label,
        }
        return Reply(text=self.unscreened, custom={"card": card, "advice": True})
