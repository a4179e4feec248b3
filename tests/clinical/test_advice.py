"""The advice for a danger: the action and its number first, whoever it is about and however often it was said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.clinical.advice import CRISIS, SENTENCES, AdviceWords, CategoryWords, Situation
from bot.clinical.codes import Level

FACTS = {
    "emergency_number": "999",
    "urgent_line": "NHS 111",
    "clinic_phone": "01632 960 001",
    "mental_health_line": "a helper",
}


@pytest.fixture
def words() -> AdviceWords:
    """Short sentences, so that each line of an advice can be told from the others."""
    sentences = {name: f"{name}." for name in SENTENCES} | {
        "emergency_self": "Call {emergency_number}.",
        "emergency_title": "Call {emergency_number} now",
        "urgent_self": "Today: {urgent_line}.",
        "at_once_if": "At once if {signs}.",
        "ring_clinic": "Ring {clinic_phone}.",
        "repeat_emergency": "Again: {emergency_number}.",
    }
    legs = CategoryWords(reason="A leg can hold a clot.", meanwhile="Rest at {clinic_name}.", signs="you faint")
    mind = CategoryWords(reason="Thank you.", meanwhile="Stay with someone.", signs="you might act")
    return AdviceWords(sentences, {"dvt": legs, CRISIS: mind}, unset={"clinic_name": "this clinic"})


def lines(words: AdviceWords, level: Level, category: str = "dvt", **more: bool) -> tuple[str, ...]:
    return words.advice(Situation(level, category, **more), FACTS).lines


def test_an_emergency_gives_number_reason_and_what_to_do_meanwhile(words: AdviceWords) -> None:
    advice = words.advice(Situation(Level.EMERGENCY, "dvt"), FACTS)
    assert (advice.level, advice.title, advice.number) == (Level.EMERGENCY, "Call 999 now", "999")
    assert advice.number_label == "emergency_label."
    assert advice.lines == (
        "Call 999.",
        "A leg can hold a clot.",
        "Rest at this clinic.",
        "not_watched. Ring 01632 960 001.",
    )


def test_an_urgent_matter_says_when_it_becomes_an_emergency(words: AdviceWords) -> None:
    advice = words.advice(Situation(Level.URGENT, "dvt"), FACTS)
    assert advice.title == "urgent_title."
    assert advice.lines[0] == "Today: NHS 111."
    assert advice.lines[2] == "At once if you faint."
    assert not any("At once" in line for line in lines(words, Level.EMERGENCY))


def test_someone_else_in_danger_is_spoken_of_as_someone_else(words: AdviceWords) -> None:
    assert lines(words, Level.EMERGENCY, other=True)[0] == "emergency_other."
    assert lines(words, Level.URGENT, other=True)[0] == "urgent_other."


def test_words_about_somebody_else_are_used_where_there_are_any(words: AdviceWords) -> None:
    theirs = CategoryWords(reason="Their leg.", meanwhile="Let them rest.", signs="they faint")
    both = {"dvt": replace(words.categories["dvt"], of_other=theirs), "stroke": words.categories["dvt"]}
    told = AdviceWords(words.sentences, both, words.unset)
    assert lines(told, Level.URGENT, other=True)[1:4] == ("Their leg.", "At once if they faint.", "Let them rest.")
    assert lines(told, Level.URGENT)[1] == "A leg can hold a clot."
    assert lines(told, Level.URGENT, "stroke", other=True)[1] == "A leg can hold a clot."


def test_a_danger_that_has_eased_is_still_checked_today(words: AdviceWords) -> None:
    assert lines(words, Level.URGENT, ended=True)[0] == "urgent_ended."
    assert lines(words, Level.URGENT, ended=True, other=True)[0] == "urgent_ended."


def test_a_crisis_has_words_and_company_of_its_own(words: AdviceWords) -> None:
    assert lines(words, Level.EMERGENCY, CRISIS)[0] == "crisis_emergency."
    assert lines(words, Level.URGENT, CRISIS)[0] == "crisis_urgent."
    assert lines(words, Level.URGENT, CRISIS)[-1] == "company."
    assert lines(words, Level.URGENT, CRISIS, other=True)[0] == "crisis_urgent_other."
    about_another = lines(words, Level.EMERGENCY, CRISIS, other=True)
    assert about_another[0] == "emergency_other." and "company." not in about_another
    assert "company." not in lines(words, Level.EMERGENCY)


def test_advice_said_again_is_short_and_keeps_the_number(words: AdviceWords) -> None:
    assert lines(words, Level.EMERGENCY, repeated=True) == ("Again: 999.", "Ring 01632 960 001.")
    assert lines(words, Level.URGENT, repeated=True)[0] == "repeat_urgent."
    assert lines(words, Level.URGENT, CRISIS, repeated=True)[0] == "repeat_crisis."
    assert lines(words, Level.EMERGENCY, CRISIS, repeated=True)[0] == "Again: 999."


def test_a_category_without_words_is_a_fault_of_the_program(words: AdviceWords) -> None:
    with pytest.raises(KeyError):
        lines(words, Level.EMERGENCY, "stroke")


def test_without_a_number_the_card_has_none(words: AdviceWords) -> None:
    facts = {**FACTS, "emergency_number": ""}
    said = AdviceWords(words.sentences, words.categories, {"emergency_number": "your number", "clinic_name": "here"})
    advice = said.advice(Situation(Level.EMERGENCY, "dvt"), facts)
    assert advice.number == "" and advice.lines[0] == "Call your number."
    del facts["emergency_number"]
    assert said.advice(Situation(Level.EMERGENCY, "dvt"), facts).number == ""


def test_a_safety_question_has_a_title(words: AdviceWords) -> None:
    assert words.title_of_check(FACTS) == "check_title."
    assert words.question_again("Is it now?", FACTS) == "check_again. Is it now?"
