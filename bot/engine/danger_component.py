"""
The second line of the safety promise: red flags inside Rasa's own pipeline.

The front door has screened a message before it comes here and says so in the
message's metadata; then its verdict is used and nothing is screened twice.  Without a
front door (`rasa shell`, `rasa test`) the component screens the text itself.

Sets the intent `red_flag`, `safety_question` or `safety_cleared`, each at confidence
1.0, which no classifier and no typed command can (see `SafetyPolicy`).
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

RED_FLAG = "red_flag"
SAFETY_QUESTION = "safety_question"
SAFETY_CLEARED = "safety_cleared"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class DangerComponent(GraphComponent):
    """Overrules the intent of a message in which danger was read."""

    def __init__(self) -> None:
        self._screen: Optional[Any] = None

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DangerComponent:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            verdict = self._verdict(message)
            if verdict is None:
                continue
            message.set("danger", verdict, add_to_output=True)
            intent = _intent_of(verdict)
            if intent is not None:
                chosen = {INTENT_NAME_KEY: intent, "confidence": 1.0}
                ranking = [chosen, *(message.get(INTENT_RANKING_KEY) or [])]
                message.set(INTENT, chosen, add_to_output=True)
                message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _verdict(self, message: Message) -> Optional[Dict[Text, Any]]:
        metadata = message.get("metadata") or {}
        if "danger" in metadata:  # the front door has screened, with the whole conversation before it
            verdict: Optional[Dict[Text, Any]] = metadata["danger"]
            return verdict
        text = message.get(TEXT)
        if not text:
            return None
        return self._screen_alone(text)

    def _screen_alone(self, text: Text) -> Optional[Dict[Text, Any]]:
        if self._screen is None:
            from bot import wiring  # Rasa makes this object by name, so it asks for its parts itself

            self._screen = wiring.shared_parts().screen
        from bot.language.screen import ScreenState

        result = self._screen.screen(text, ScreenState(), at=datetime.now(timezone.utc))
        return wiring_verdict(result)


def wiring_verdict(result: Any) -> Optional[Dict[Text, Any]]:
    """What the dialogue needs of a `ScreenResult`, as JSON; None when nothing was read."""
    if not result.raised and result.question is None and result.answered is None:
        return None
    return {
        "level": result.level.code,
        "category": result.category,
        "raised": result.raised,
        "question": result.question.id if result.question is not None else None,
        "answered": result.answered,
        "rules": [match.rule for match in result.matches],
        "advice_sent": False,
    }


def _intent_of(verdict: Dict[Text, Any]) -> Optional[Text]:
    if verdict.get("raised") and verdict.get("level") in ("urgent", "emergency"):
        return RED_FLAG
    if verdict.get("question"):
        return SAFETY_QUESTION
    if verdict.get("answered") == "no":
        return SAFETY_CLEARED
    return None
