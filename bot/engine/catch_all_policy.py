"""
What nothing else answers: say so, and ask the open question again.

Rasa's own fallback rewinds the conversation, which hides the message from staff and
makes every later load slower; a plain sentence as fallback mutes a conversation after
ten repetitions.  This policy does neither.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import LoopInterrupted
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.untrained_policy import UntrainedPolicy

NOT_UNDERSTOOD = "action_not_understood"

# Below every rule and story, above nothing at all.
_ANSWER, _RETURN, _LISTEN = 0.01, 0.9, 0.005


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class CatchAllPolicy(UntrainedPolicy):
    """One honest reply to whatever no rule and no story covers."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"priority": 0}

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        probabilities = [0.0] * domain.num_actions
        events: List[Any] = []
        latest = tracker.latest_action_name
        if latest == ACTION_LISTEN_NAME:
            probabilities[domain.index_for_action(NOT_UNDERSTOOD)] = _ANSWER
        elif latest == NOT_UNDERSTOOD and tracker.active_loop_name:
            probabilities[domain.index_for_action(tracker.active_loop_name)] = _RETURN
            events.append(LoopInterrupted(True))
        elif latest == NOT_UNDERSTOOD:
            probabilities[domain.index_for_action(ACTION_LISTEN_NAME)] = _RETURN
        else:
            probabilities[domain.index_for_action(ACTION_LISTEN_NAME)] = _LISTEN
        return self._prediction(probabilities, optional_events=events)
