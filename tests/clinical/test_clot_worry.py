"""The words of the talk about clots: steps by name, lists as the patient reads them."""

from __future__ import annotations

import pytest

from bot.clinical.clot_worry import ClotRisk, ClotStep, ClotWorry
from bot.clinical.wording import UnknownWordsError

TALK = ClotWorry(
    steps={"acknowledgement": ClotStep("acknowledgement", "It is a fair worry. Ring {clinic_phone}.")},
    risks=(ClotRisk("smoking", "smoking", "Do you smoke?", "smoking"), ClotRisk("weight", "weight", "May I ask?")),
    questions=("What is my risk?", "What are the signs?"),
    unset={"clinic_phone": "the clinic"},
)


def test_a_step_is_said_with_its_facts() -> None:
    assert TALK.say("acknowledgement") == "It is a fair worry. Ring the clinic."
    assert TALK.say("acknowledgement", clinic_phone="01632").endswith("Ring 01632.")


def test_a_step_that_is_not_written_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownWordsError, match="no step 'context'; the steps are: acknowledgement"):
        TALK.say("context")


def test_lists_have_one_item_a_line() -> None:
    assert TALK.risk_list() == "- smoking\n- weight"
    assert TALK.question_list() == "- What is my risk?\n- What are the signs?"
