"""The summary: what is said, what is denied, and what nobody asked."""

from __future__ import annotations

import pytest

from bot.clinical.codes import Level
from bot.clinical.findings import Finding, LabResult, Words
from bot.clinical.summary import CLINICIAN_QUESTIONS, State, UrgencyEvent, summarise
from tests.clinical.core_rules import TODAY, content, finding, lab, labs, patient


def test_a_summary_keeps_words_and_turn_of_everything_said() -> None:
    words = Words(0, 9, "tingling", turn=3)
    who = patient(Finding("numbness_tingling", words=words), finding("fatigue", present=False))
    summary = summarise(who, content(), today=TODAY)
    by_code = {item.code: item for item in summary.symptoms}
    assert (by_code["numbness_tingling"].state, by_code["numbness_tingling"].words) == (State.PRESENT, words)
    assert by_code["fatigue"].state is State.ABSENT


def test_what_was_never_asked_is_listed_as_such() -> None:
    summary = summarise(patient("fatigue", finding("gait_change", certain=False)), content(), today=TODAY)
    not_asked = {item.code for item in summary.by_state(State.NOT_ASKED)}
    assert {"balance_problems", "cobalamin_allergy", "pernicious_anaemia", "nitrous_oxide"} <= not_asked
    assert [item.code for item in summary.by_state(State.UNSURE)] == ["gait_change"]
    assert all(item.words is None for item in summary.by_state(State.NOT_ASKED))
    assert "headache" not in not_asked, "nobody needs to ask for everything"


@pytest.mark.parametrize(
    ("result", "band", "usable"),
    [
        (lab("b12", 60), "very_low", True),
        (lab("b12", 120), "deficient", True),
        (lab("b12", 200), "indeterminate", True),
        (lab("b12", 300), "unlikely", True),
        (lab("b12", 800), "high", True),
        (lab("b12", 150, None), None, True),
        (lab("b12", 120, "ng/L", comparator="<"), None, True),
        (lab("b12", 30), None, False),
        (lab("b12", 120, date="2019"), "deficient", False),
        (lab("active_b12", 9), "very_low", True),
        (lab("active_b12", 30), "indeterminate", True),
        (lab("mma", 200), "usual", True),
        (lab("mma", 300), "usual", True),
        (lab("mma", 390), "mildly_raised", True),
        (lab("mma", 500), "raised", True),
        (lab("mma", 800), "strongly_raised", True),
        (lab("homocysteine", 16), "raised", True),
        (lab("homocysteine", 30), "strongly_raised", True),
        (lab("haemoglobin", 75), "severely_low", True),
        (lab("haemoglobin", 105), "moderately_low", True),
        (lab("haemoglobin", 115), "mildly_low", True),
        (lab("haemoglobin", 130), "usual", True),
        (lab("mcv", 70), "low", True),
        (lab("mcv", 108), "high", True),
        (lab("folate", 6), "low", True),
        (lab("folate", 8), "borderline", True),
        (lab("folate", 20), "usual", True),
        (lab("ferritin", 20), "low", True),
        (lab("platelets", 500), "high", True),
        (lab("neutrophils", 1.2), "low", True),
        (lab("potassium", 3.2), "low", True),
        (lab("intrinsic_factor_antibody", "positive"), None, True),
    ],
)
def test_each_result_has_its_band_where_that_is_certain(result: LabResult, band: str | None, usable: bool) -> None:
    (shown,) = summarise(patient(results=(result,)), content(), today=TODAY).labs
    assert (shown.band, shown.usable) == (band, usable)


def test_the_band_of_mma_follows_the_age() -> None:
    (shown,) = summarise(patient(age=40, results=labs(mma=300)), content(), today=TODAY).labs
    assert shown.band == "mildly_raised"


def test_a_summary_carries_assessment_urgency_and_questions() -> None:
    event = UrgencyEvent(Level.URGENT, "dvt", turn=2, rules=("one-leg",))
    who = patient(results=labs(b12=120))
    summary = summarise(who, content(), today=TODAY, level=Level.URGENT, urgency=(event,))
    assert summary.urgency == (event,)
    assert (summary.assessment.level, summary.assessment.route) == (Level.URGENT, None)
    assert summary.questions == CLINICIAN_QUESTIONS


def test_danger_facts_stand_in_the_summary() -> None:
    who = patient("fever")
    summary = summarise(who, content(), today=TODAY)
    assert [item.code for item in summary.by_state(State.PRESENT)] == ["fever"]
