"""
Set wishes inside Rasa's pipeline: what needs no classifier, and messages that are not English.

Stands after the reader of intents and before the danger component.  A question from
the answer bank keeps its intent when it is only mixed with a few foreign words.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.clinical.answers import CLOT_TOPICS

ANSWER_TO_ADVICE = "answer_to_advice"
NOT_ENGLISH = "not_english"
NO_WORDS = "no_words"
CLOT_WORRY = "ask_clot_worry"
CLOT_TALK = "clot_worry"

#: An English intent this sure is believed although the message looks like a romanised foreign one.
_SURE = 0.6


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
        worried = parts.wishes.is_put(text, "worried")
        wish: Optional[Text] = parts.wishes.wish(text)
        if wish == "what_if" and not parts.analyte_named(text):
            return None
        about_clots = intent.get(INTENT_NAME_KEY) == CLOT_WORRY or message.get("topic") in CLOT_TOPICS
        return CLOT_TALK if wish is None and worried and about_clots else wish


def _set(message: Message, intent: Text) -> None:
    chosen = {INTENT_NAME_KEY: intent, "confidence": 1.0}
    message.set(INTENT, chosen, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [chosen, *(message.get(INTENT_RANKING_KEY) or [])], add_to_output=True)
