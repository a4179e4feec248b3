"""The screen on whole messages: danger in plain and unplain words, its harmless twins, who, when, and where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from bot.clinical.codes import Level, Who
from bot.language.screen import ScreenMatch, ScreenState
from tests.language.screens import AT, rules_alone, talk, vignettes

SILENT = ("none", "check")


@pytest.mark.parametrize("case", vignettes("screen_lay_phrases"), ids=lambda case: case["turns"][0][:60])
def test_lay_words_have_their_level_and_category(case: dict[str, Any]) -> None:
    result = talk(*case["turns"])
    if case["level"] == "none":
        assert result.level.code in SILENT
    else:
        assert (result.level.code, result.category) == (case["level"], case["category"])


@pytest.mark.parametrize("case", vignettes("screen_look_alikes"), ids=lambda case: case["turns"][0][:60])
def test_look_alikes_stay_quiet(case: dict[str, Any]) -> None:
    assert talk(*case["turns"]).level is Level.NONE


def test_the_development_set_keeps_what_it_has_reached() -> None:
    """Read while the rules were written, so no measure of unseen messages; a floor against losing ground."""
    missed, alarmed, asked, dangers, harmless = 0, 0, 0, 0, 0
    for case in vignettes("screen_dev"):
        level = talk(*case["turns"]).level.code
        if case["level"] == "none":
            harmless += 1
            alarmed += level not in SILENT
            asked += level == "check"
        else:
            dangers += 1
            missed += level == "none"
    assert missed / dangers <= 0.015
    assert alarmed / harmless <= 0.005
    assert asked / harmless <= 0.01


SAID_AND_DENIED = [
    ("I have chest pain", "I have no chest pain"),
    ("my throat is swelling", "my throat isn't swelling"),
    ("I can't breathe", "I can breathe fine"),
    ("my left calf is swollen", "my left calf is not swollen"),
    ("my face has drooped on one side", "my face hasn't drooped on one side"),
    ("I'm vomiting blood", "I'm not vomiting any blood"),
    ("I want to kill myself", "I have never wanted to kill myself"),
    ("my poo is black and sticky", "my poo is not black or sticky"),
    ("I have wet myself and didn't feel it", "I have not wet myself"),
    ("there is pus coming out of the injection site", "there is no pus coming out of the injection site"),
]


@pytest.mark.parametrize(("said", "denied"), SAID_AND_DENIED)
def test_a_denial_is_no_report(said: str, denied: str) -> None:
    assert talk(said).level >= Level.URGENT
    assert talk(denied).level is Level.NONE


@pytest.mark.parametrize(
    "text",
    [
        "no chest pain but I can't breathe",
        "no fever, but my throat is closing up",
        "I don't want to bother you but my chest is crushing",
        "not sure why my throat is swelling",
        "it's not just a headache, my arm won't lift",
        "the chest pain hasn't gone",
        "the bleeding will not stop",
        "I have no idea why but my left leg is swollen",
        "no rash, lips are swelling though",
    ],
)
def test_one_denied_thing_does_not_cancel_another(text: str) -> None:
    assert talk(text).level >= Level.URGENT


@pytest.mark.parametrize(
    ("past", "present"),
    [
        ("I had a DVT in 2015", "I had a DVT in 2015 and now my calf is swollen again"),
        ("my throat swelled up years ago", "my throat is swelling up the way it did years ago"),
        ("I was breathless before I was diagnosed", "I am suddenly breathless since this morning"),
        ("when I was a child I had seizures", "he is having a seizure now"),
    ],
)
def test_the_past_is_history_and_the_present_is_not(past: str, present: str) -> None:
    assert talk(past).level is Level.NONE
    assert talk(present).level >= Level.URGENT


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("I had chest pain this morning, gone now", Level.URGENT),
        ("my speech was slurred for ten minutes this morning, fine now", Level.EMERGENCY),
        ("my speech was slurred five days ago for ten minutes, fine now", Level.URGENT),
        ("since the injections my breathlessness has gone, wonderful", Level.NONE),
    ],
)
def test_what_has_gone_depends_on_when_it_went(text: str, level: Level) -> None:
    assert talk(text).level is level


@pytest.mark.parametrize(
    "text",
    [
        "Can B12 injections cause chest pain?",
        "what are the signs of anaphylaxis?",
        "is a swollen leg a side effect?",
        "What should I do if my throat swells up?",
        "I'm worried I'll get a blood clot",
        "my mum had a stroke and my dad had a heart attack",
        "the leaflet says it can cause swelling of the face",
        "My friend reckons B12 gives you strokes",
        "this queue is killing me",
    ],
)
def test_questions_tales_and_figures_of_speech_are_no_reports(text: str) -> None:
    assert talk(text).level is Level.NONE


@pytest.mark.parametrize(
    "text",
    [
        "why is my throat closing up?",
        "is it normal that I can't feel my left arm?",
        "should I go to A&E, my chest hurts",
        "could this be a clot? my calf is swollen and hot",
    ],
)
def test_a_question_about_what_one_has_counts(text: str) -> None:
    assert talk(text).level >= Level.CHECK


@pytest.mark.parametrize(
    "text", ["my husband's throat is swelling", "my mum has collapsed and won't wake up", "she can't breathe"]
)
def test_somebody_else_in_danger_now_counts(text: str) -> None:
    result = talk(text)
    assert result.level is Level.EMERGENCY
    assert result.matches[0].who is Who.OTHER


def test_the_next_message_goes_on_about_the_same_person() -> None:
    result = talk("my husband had his injection today", "lips are swelling up")
    assert result.matches[-1].who is Who.OTHER


COMBINATIONS = [
    (["my left calf is swollen", "ok", "now I'm a bit breathless"], "emergency", "pulmonary_embolism"),
    (
        [
            "I have lost a lot of sleep",
            "my left calf is swollen",
            "my wife is breathless on the stairs, always has been",
        ],
        "urgent",
        "dvt",
    ),
    (["I take warfarin", "I banged my head on a shelf this morning"], "emergency", "bleeding"),
    (["I am 20 weeks pregnant", "my head hurts", "I see flashing lights"], "emergency", "pregnancy_danger"),
    (["my feet tingle", "it's getting worse every day"], "urgent", "neuro_rapid"),
    (["I'm vegan and breastfeeding", "my baby has stopped smiling"], "urgent", "infant_risk"),
]


@pytest.mark.parametrize(("turns", "level", "category"), COMBINATIONS)
def test_facts_of_several_messages_are_put_together(turns: list[str], level: str, category: str) -> None:
    result = talk(*turns)
    assert (result.level.code, result.category) == (level, category)


def words_of(text: str) -> list[str]:
    return [match.text for match in talk(text).matches]


@pytest.mark.parametrize(
    ("text", "shortest"),
    [
        ("Hello, I have had chest pain since this morning.", "chest pain"),
        ("no rash but my throat is closing", "throat is closing"),
        ("my ｔｈｒｏａｔ is closing 😟 since the jab", "ｔｈｒｏａｔ is closing"),
        ("I\u200b can\u200bt breathe", "can\u200bt breathe"),
        ("ｶ my poo is black and sticky like tar", "poo is black"),
    ],
)
def test_the_words_are_the_shortest_and_stand_where_they_were_written(text: str, shortest: str) -> None:
    assert shortest in words_of(text)
    for match in talk(text).matches:
        assert text[match.start : match.end] == match.text


def test_a_match_tells_rule_level_category_and_turn() -> None:
    (match, *_) = talk("hello", "I have chest pain").matches
    assert match == ScreenMatch("cardiac-chest-pain", Level.EMERGENCY, "cardiac", 1, 7, 17, "chest pain")


def test_a_level_is_raised_once_and_repeated_words_bring_no_new_match() -> None:
    screen, first = rules_alone(), rules_alone().screen("I have chest pain", ScreenState(), at=AT)
    again = screen.screen("I have chest pain", first.state, at=AT)
    assert (first.raised, again.raised, again.new_matches) == (True, False, ())
    assert again.level is Level.EMERGENCY


@pytest.mark.parametrize(
    "text", ["", "   ", "?!?", "👍", "12", "\n\n", "ааа бвг", "אבג דהו", "ไม่สบาย", "\u202e\u202d", "\ud83d"]
)
def test_messages_without_readable_words_are_no_danger(text: str) -> None:
    assert talk(text).level is Level.NONE


def test_the_state_of_nothing_is_empty() -> None:
    assert ScreenState.from_json(None) == ScreenState() == ScreenState.from_json({})


def test_a_screen_without_a_second_reader_says_so() -> None:
    assert rules_alone().reads_by_rules_alone
