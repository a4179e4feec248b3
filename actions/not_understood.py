"""What could not be made out: said so, in other words each time, and a person offered after the second."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions.talk import ClinicAction, Talk
from bot.clinical.wording import QuickReply


class NotUnderstood(ClinicAction):
    """Say so, in other words each time, and offer a person after the second."""

    action_name = "action_not_understood"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.metadata.get("safety_question"):
            return []
        before = talk.times(self.action_name)
        if talk.danger:
            talk.say(f"{talk.danger_words}_noted", nth=talk.picture.turns, buttons=("button_human",))
        elif talk.heard.told or talk.heard.two_numbers or talk.heard.known:
            return []  # the question says it
        elif talk.heard.anything or _pressed(talk):
            talk.say("ack", nth=talk.picture.turns)
        elif talk.in_form and before < _PATIENCE:
            talk.say("not_followed", nth=before)
        else:
            talk.say("not_understood", nth=before, buttons=("button_human",) if before else ())
        return []


#: In the interview the question itself is put again; after so many times a person is offered.
_PATIENCE = 2


def _pressed(talk: Talk) -> bool:
    """Whether the message is a quick reply of the open question: understood, even where it is only part of an answer."""
    asked = str(talk.slot("requested_slot") or "")
    if talk.in_form != "interview_form" or not asked.startswith("q_"):
        return False
    said = talk.text.strip().casefold()
    return any(said in (reply.say.casefold(), reply.title.casefold()) for reply in _replies(talk, asked))


def _replies(talk: Talk, slot: str) -> tuple[QuickReply, ...]:
    return talk.words.quick_replies(slot.removeprefix("q_"))
