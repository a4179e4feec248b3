"""The commands and sentences of messaging channels."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.knowledge.content import FOLDER, load_content
from bot.knowledge.push_keywords import CHANNELS, load_push_keywords
from bot.knowledge.strict import Fault
from tests.knowledge.reading_grade import grade

CONTENT = load_content(region="uk", profile=FOLDER / "profiles" / "demo.yml", mode="demo")
FAULTS: list[Fault] = []
KEYWORDS = load_push_keywords(FOLDER, FAULTS)
SENTENCES = sorted(key for key in CONTENT.words.sentences if key.startswith("push_"))


def test_every_channel_but_slack_knows_stop_start_and_help() -> None:
    assert FAULTS == []
    for channel in CHANNELS:
        assert {"help"} <= set(KEYWORDS[channel].values())
        assert channel == "slack" or {"stop", "start", "help"} == set(KEYWORDS[channel].values())


@pytest.mark.parametrize("word", ["yes", "no", "end", "cancel", "quit"])
def test_an_ordinary_answer_is_no_command_on_whatsapp(word: str) -> None:
    assert word not in KEYWORDS["whatsapp"]


def test_a_word_with_two_meanings_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "push_keywords.yml"
    path.write_text(path.read_text().replace("words: [start, unstop]", "words: [start, stop]"))
    faults: list[Fault] = []
    load_push_keywords(tmp_path, faults)
    assert any("means 'stop'" in str(fault) for fault in faults)


@pytest.mark.parametrize("key", SENTENCES)
def test_a_sentence_of_the_channels_is_easy_to_read(key: str) -> None:
    assert grade(CONTENT.words.say(key, nth=0, **CONTENT.facts)) <= 6.5


@pytest.mark.parametrize("key", ["push_media", "push_stopped", "push_is_stopped", "push_help", "push_in_public"])
def test_a_sentence_in_place_of_an_answer_names_the_emergency_number(key: str) -> None:
    assert CONTENT.facts["emergency_number"] in CONTENT.words.say(key, nth=0, **CONTENT.facts)
