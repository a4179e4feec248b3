"""What a patient reads in danger: action and number first, in plain words, and about the right person."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from pathlib import Path

import pytest

from bot.clinical.advice import CRISIS, AdviceWords, Situation
from bot.clinical.codes import CATEGORIES, Level
from bot.knowledge.advice import load_advice
from bot.knowledge.clinic import load_region_facts
from bot.knowledge.strict import Fault
from tests.knowledge.reading_grade import grade

FOLDER = Path(__file__).parents[2] / "bot" / "knowledge"
SITUATIONS = [
    Situation(level, category, other=other, ended=ended and level is Level.URGENT, repeated=repeated)
    for level, category, other, ended, repeated in itertools.product(
        (Level.EMERGENCY, Level.URGENT), CATEGORIES, (False, True), (False, True), (False, True)
    )
]
OWN_BODY = re.compile(r"\b(?:you (?:get|feel|faint|cough|vomit|lose|bleed|cannot|are confused)|your (?!B12|maternity))")


@lru_cache(maxsize=1)
def words() -> AdviceWords:
    faults: list[Fault] = []
    loaded = load_advice(FOLDER, faults)
    assert faults == []
    return loaded


@lru_cache(maxsize=1)
def regions() -> dict[str, dict[str, str]]:
    """The contacts of each region, and none: a region that is not set."""
    faults: list[Fault] = []
    loaded = load_region_facts(FOLDER, faults)
    assert faults == []
    return {**loaded, "not set": {}}


def said(region: str, situation: Situation) -> tuple[str, ...]:
    return words().advice(situation, regions()[region]).lines


REGIONS = ("uk", "us", "eu", "not set")


@pytest.mark.parametrize("region", REGIONS)
def test_the_first_line_holds_the_action_and_whom_to_call(region: str) -> None:
    number = regions()[region].get("emergency_number") or words().unset["emergency_number"]
    for situation in SITUATIONS:
        first = said(region, situation)[0]
        if situation.level is Level.EMERGENCY:
            assert f"call {number} now" in first, situation
        else:
            line = "mental_health_line" if situation.category == CRISIS else "urgent_line"
            assert regions()[region].get(line, words().unset[line]) in first, situation
            assert "today" in first, situation


@pytest.mark.parametrize("region", REGIONS)
def test_urgent_advice_says_when_to_call_the_emergency_number(region: str) -> None:
    number = regions()[region].get("emergency_number") or words().unset["emergency_number"]
    for situation in SITUATIONS:
        assert f"all {number}" in " ".join(said(region, situation)), situation


def test_without_a_region_all_three_numbers_are_named() -> None:
    first = said("not set", Situation(Level.EMERGENCY, "cardiac"))[0]
    assert all(number in first for number in ("999", "911", "112", "local"))


def test_nobody_is_told_that_the_chat_is_watched_or_to_wait_for_the_clinic() -> None:
    """The advice goes out before anything is stored, so it may never claim that staff were alerted."""
    for situation in SITUATIONS:
        text = " ".join(said("uk", situation))
        assert "alerted" not in text
        assert "also ring the clinic" in text
        assert situation.repeated or "Do not wait for a reply here" in text, situation


def test_a_danger_to_somebody_else_is_not_told_as_the_writers_own() -> None:
    for situation in SITUATIONS:
        if situation.other and situation.category != "pregnancy_danger":
            found = [line for line in said("uk", situation)[1:-1] if OWN_BODY.search(line)]
            assert not found, (situation.category, found)


def test_a_crisis_is_told_apart_from_other_urgent_matters_each_time() -> None:
    for other, repeated in itertools.product((False, True), repeat=2):
        text = " ".join(said("uk", Situation(Level.URGENT, CRISIS, other=other, repeated=repeated)))
        assert "116 123" in text and "GP surgery" not in text
    assert "Is someone with you?" in said("uk", Situation(Level.URGENT, CRISIS))


def test_advice_has_no_hole() -> None:
    assert not [situation for situation in SITUATIONS if "{" in "".join(said("not set", situation))]


@pytest.mark.parametrize("other", [False, True])
def test_advice_is_plain_to_read(other: bool) -> None:
    """Urgent advice holds every sentence of a category; that of an emergency has one fewer."""
    for category in CATEGORIES:
        text = "\n".join(said("uk", Situation(Level.URGENT, category, other=other)))
        assert grade(text) <= 6.5, (text, grade(text))
