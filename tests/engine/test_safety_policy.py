"""The safety policy's sequence: advice first, the form put away, then listen; nothing for other messages."""

from __future__ import annotations

from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, UserUtteranceReverted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.safety_policy import next_safety_action


def _tracker(*events: Event) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("t", [ActionExecuted("action_listen"), *events])


def _said(intent: str) -> UserUttered:
    return UserUttered("…", {"name": intent, "confidence": 1.0})


def test_a_red_flag_in_an_open_form_is_advised_first_and_the_form_put_away() -> None:
    events: list[Event] = [ActiveLoop("interview_form"), ActionExecuted("action_listen"), _said("red_flag")]
    assert next_safety_action(_tracker(*events)) == "action_give_urgent_advice"
    events.append(ActionExecuted("action_give_urgent_advice"))
    assert next_safety_action(_tracker(*events)) == "action_deactivate_loop"
    events += [ActionExecuted("action_deactivate_loop"), ActiveLoop(None)]
    assert next_safety_action(_tracker(*events)) == "action_listen"
    events.append(ActionExecuted("action_listen"))
    assert next_safety_action(_tracker(*events)) is None


def test_without_a_form_nothing_is_put_away() -> None:
    tracker = _tracker(_said("red_flag"), ActionExecuted("action_give_urgent_advice"))
    assert next_safety_action(tracker) == "action_listen"


def test_a_second_red_flag_is_advised_again() -> None:
    tracker = _tracker(
        _said("red_flag"),
        ActionExecuted("action_give_urgent_advice"),
        ActionExecuted("action_listen"),
        _said("red_flag"),
    )
    assert next_safety_action(tracker) == "action_give_urgent_advice"


def test_an_older_red_flag_does_not_answer_a_later_hello() -> None:
    """After a rewind Rasa's `latest_message` is the old one; the raw last message decides."""
    tracker = _tracker(
        _said("red_flag"),
        ActionExecuted("action_give_urgent_advice"),
        ActionExecuted("action_listen"),
        _said("greet"),
        UserUtteranceReverted(),
    )
    assert next_safety_action(tracker) is None


def test_the_safety_question_keeps_the_form_open() -> None:
    tracker = _tracker(ActiveLoop("interview_form"), _said("safety_question"))
    assert next_safety_action(tracker) == "action_ask_safety_question"


def test_after_a_no_the_form_asks_its_question_again() -> None:
    tracker = _tracker(ActiveLoop("interview_form"), _said("safety_cleared"), ActionExecuted("action_safety_cleared"))
    assert next_safety_action(tracker) == "interview_form"


def test_an_ordinary_message_is_none_of_its_business() -> None:
    assert next_safety_action(_tracker(_said("report_symptoms"))) is None
    assert next_safety_action(_tracker()) is None
