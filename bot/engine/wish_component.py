"""
Set wishes inside Rasa's pipeline: what needs no classifier, and messages that are not English.

Stands after the reader of intents and before the danger component.  A question from
the answer bank keeps its intent when it is only mixed with a few foreign words.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.clinical.answers import ABOUT_HARM, CLOT_TOPICS, TOLD_TO_BE_ANSWERED
from bot.clinical.codes import SYMPTOMS
from bot.clinical.findings import B12Course, Person
from bot.conversation.questions import INTERVIEW
from bot.engine.intent_component import ASKED
from bot.language.wishes import asks

ANSWER_TO_ADVICE = "answer_to_advice"
NOT_ENGLISH = "not_english"
NO_WORDS = "no_words"
CLOT_WORRY = "ask_clot_worry"
CLOT_TALK = "clot_worry"
CLARIFY = "repeat_clarify"
ASK_FAQ = "ask_faq"

#: An English intent this sure is believed although the message looks like a romanised foreign one.
_SURE = 0.6

#: Questions that are answered with who decides, whatever they were taken for.
_NOT_OURS_TO_SAY = ("wants_verdict", "wants_diagnosis")

#: What these do is not done on a guess.
_FINAL = ("stop", "start_over", "delete_my_data")

#: A statement is answered like a question from this confidence on, for topics that people put as one.
_SURE_TO_ASK = 0.9


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class WishComponent(GraphComponent):
    """Gives a message the intent that its very words name."""

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WishComponent:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets `intent`, and where it applies `advice_reply` and `tongue`."""
        from bot import wiring  # Rasa makes this object by name, so it asks for its parts itself

        parts = wiring.shared_parts()
        for message in messages:
            text = message.get(TEXT) or ""
            if not text.strip():
                continue
            chosen = self._chosen(message, text, parts)
            if chosen is not None:
                _set(message, chosen)
        return messages

    def _chosen(self, message: Message, text: Text, parts: Any) -> Optional[Text]:
        if not any(character.isalnum() for character in text) and "?" not in text:
            return None if parts.yes_no.read(text) else NO_WORDS
        metadata = message.get("metadata") or {}
        if metadata.get("level") in ("urgent", "emergency"):
            reply = parts.wishes.reply_to_advice(text)
            if reply is not None:
                message.set("advice_reply", reply, add_to_output=True)
                return ANSWER_TO_ADVICE
        intent = message.get(INTENT) or {}
        foreign = parts.tongues.detect(text)
        english = foreign is not None and foreign.romanised and float(intent.get("confidence") or 0) >= _SURE
        if foreign is not None and not english:
            message.set("tongue", foreign.tongue.code if foreign.tongue else None, add_to_output=True)
            return NOT_ENGLISH
        if not any(character.isalnum() for character in text):
            return CLARIFY  # "?", "??"
        if not message.get("topic") and any(parts.wishes.is_put(text, manner) for manner in _NOT_OURS_TO_SAY):
            return ASK_FAQ
        worried = parts.wishes.is_put(text, "worried")
        wish: Optional[Text] = parts.wishes.wish(text)
        if wish == "wants_reassurance" and message.get("topic"):
            return None  # a question with an answer of its own
        if wish == "what_if" and not parts.analyte_named(text):
            return None
        about_clots = intent.get(INTENT_NAME_KEY) == CLOT_WORRY or message.get("topic") in CLOT_TOPICS
        if wish is None and worried and about_clots:
            return CLOT_TALK
        return wish or _told(message, text, parts)


def _told(message: Message, text: Text, parts: Any) -> Optional[Text]:
    """
    What a message reports that was taken for a question and asks nothing.

    "The GP says his B12 is low" wants no lecture.  "I missed my injection" wants its answer,
    and so does a doubtful sign of harm; those topics keep it.
    """
    intent = message.get(INTENT) or {}
    doubtful = float(intent.get("confidence") or 0) < _SURE
    if intent.get(INTENT_NAME_KEY) in _FINAL and doubtful and asks(parts.wishes, text):
        return ASK_FAQ  # "OK. Can I have the second one tomorrow": no wish to stop
    if intent.get(INTENT_NAME_KEY) not in (ASK_FAQ, CLOT_WORRY) or asks(parts.wishes, text):
        return None
    sure = float(intent.get("confidence") or 0) >= _SURE_TO_ASK
    topic = message.get("topic")
    if topic in ABOUT_HARM or (topic in TOLD_TO_BE_ANSWERED and sure):
        return None
    read = parts.reader.read(text, today=date.today())
    if read.labs:
        return "report_labs"
    if any(finding.code in SYMPTOMS for finding in read.own):
        return "report_symptoms"
    if read.own or read.person != Person() or read.treatment != B12Course():
        return "report_history"
    in_an_interview = (message.get("metadata") or {}).get(ASKED) in INTERVIEW
    return "report_history" if in_an_interview and not (topic and sure) else None


def _set(message: Message, intent: Text) -> None:
    chosen = {INTENT_NAME_KEY: intent, "confidence": 1.0}
    message.set(INTENT, chosen, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [chosen, *(message.get(INTENT_RANKING_KEY) or [])], add_to_output=True)
