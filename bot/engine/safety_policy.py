"""
Danger first, inside Rasa: a red flag wins over every form and every rule.

An open form predicts without looking at the message ("no-user prediction"), which
outranks any ordinary policy whatever its priority.  This policy therefore marks its
own predictions the same way, with a priority above the rules'.  It never looks at
`tracker.latest_message`, which can be an older message after a rewind.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text

from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_DEACTIVATE_LOOP_NAME, ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT_NAME_KEY

from bot.engine.danger_component import RED_FLAG, SAFETY_CLEARED, SAFETY_QUESTION
from bot.engine.untrained_policy import UntrainedPolicy

ADVISE = "action_give_urgent_advice"
ASK = "action_ask_safety_question"
CLEARED = "action_safety_cleared"
INTERVIEW = "interview_form"
ASSESS = "action_assess"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class SafetyPolicy(UntrainedPolicy):
    """Advice, then the interview is put away, then listen: safety is not a matter of examples."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"priority": 10}

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        next_action = next_safety_action(tracker)
        if next_action is None:
            return self._prediction([0.0] * domain.num_actions)
        probabilities = [0.0] * domain.num_actions
        probabilities[domain.index_for_action(next_action)] = 1.0
        return PolicyPrediction(
            probabilities,
            self.__class__.__name__,
            self.priority,
            is_no_user_prediction=True,
            hide_rule_turn=True,
        )


def next_safety_action(tracker: DialogueStateTracker) -> Optional[Text]:
    """The next step of the safety sequence this message asks for, or None when it asks for none."""
    done: List[Text] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name:
            done.append(event.action_name)
    else:
        return None
    intent = (event.intent or {}).get(INTENT_NAME_KEY)
    loop = tracker.active_loop_name
    if intent == RED_FLAG:
        sequence = [ADVISE, ACTION_DEACTIVATE_LOOP_NAME, ACTION_LISTEN_NAME]
        if loop is None and ACTION_DEACTIVATE_LOOP_NAME not in done:
            sequence.remove(ACTION_DEACTIVATE_LOOP_NAME)
    elif intent == SAFETY_QUESTION:
        sequence = [ASK, ACTION_LISTEN_NAME]
    elif intent == SAFETY_CLEARED:
        # the interview goes on where it was: the form asks its open question again
        finished = INTERVIEW in done and loop is None  # that answer was the last one it waited for
        goes_on = loop or (INTERVIEW if not finished and _waits_for_interview(tracker) else None)
        sequence = [CLEARED, *([goes_on] if goes_on else []), *([ASSESS] if finished else []), ACTION_LISTEN_NAME]
    else:
        return None
    return next((step for step in sequence if step not in done), None)


def _waits_for_interview(tracker: DialogueStateTracker) -> bool:
    """What the patient told together with the doubtful words is taken up once the doubt is gone."""
    slots = tracker.current_slot_values()
    picture = slots.get("picture")
    told = picture.get("patient") if isinstance(picture, dict) else None
    return slots.get("consent") == "yes" and not slots.get("assessed") and not slots.get("danger") and bool(told)


__all__: List[Text] = ["ADVISE", "ASK", "CLEARED", "SafetyPolicy", "next_safety_action"]
