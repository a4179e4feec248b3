"""Danger in every way people write it: misspelt, in text speech, disguised by look-alikes, without spaces."""

from __future__ import annotations

import pytest

from bot.clinical.codes import Level
from bot.language.danger_vocabulary import Vocabulary, number_of
from bot.language.screen_text import tokens_of
from tests.language.screens import talk


@pytest.mark.parametrize(
    "text",
    [
        "CHEST PAIN",
        "chest paaaaain",
        "chestpain",
        "c h e s t  p a i n now",
        "сhеst раin",
        "ｃｈｅｓｔ ｐａｉｎ",
        "ch3st p@in",
        "chest\u200bpain",
        "chest\u00a0pain",
        "my chset pian is bad",
        "crushing chest-pain",
        "cant breathe",
        "can’t breathe",
        "cant breeth proply",
        "i cant breath properly",
        "cnt brethe hlp",
        "want 2 end it 2nite",
        "k!ll myself tonight",
        "su*cidal",
        "im goin 2 kil myself",
        "throte closing up",
        "tounge swolen",
        "coffing up blud",
        "carnt move my rite arm",
        "vomitting blood",
    ],
)
def test_a_disguised_danger_is_still_read(text: str) -> None:
    assert talk(text).level >= Level.URGENT


@pytest.mark.parametrize(
    "text",
    [
        "I play chess with Payne",
        "Heather Hart is my nurse",
        "my scabbed knee and scaly elbow are fine",
        "fasting sugar 108",
        "stubbed my toe",
        "the odd floater",
        "Susan's 36 weeks along and doing well",
        "the cupboard door is stuck",
        "bread and butter",
    ],
)
def test_ordinary_words_are_not_corrected_into_danger(text: str) -> None:
    assert talk(text).level is Level.NONE


def vocabulary() -> Vocabulary:
    return Vocabulary(["chest", "pain", "breathing", "swollen", "hives", "passing"], {"2nite": ("tonight",)})


@pytest.mark.parametrize(
    ("written", "may_be"),
    [
        ("chset", "chest"),
        ("swoolen", "swollen"),
        ("paaaaain", "pain"),
        ("ch3st", "chest"),
        ("ch*st", "chest"),
        ("breathin", "breathing"),
        ("chest's", "chest"),
        ("2nite", "tonight"),
        ("she'll", "she"),
    ],
)
def test_a_written_word_keeps_itself_and_gains_what_it_may_mean(written: str, may_be: str) -> None:
    assert may_be in vocabulary().forms(written)


@pytest.mark.parametrize("written", ["chess", "paint", "swelling", "lives", "x" * 80])
def test_an_ordinary_or_endless_word_stays_itself(written: str) -> None:
    assert set(vocabulary().forms(written)) <= {written, written.rstrip("s")}


def test_run_together_words_are_cut_where_they_were_joined() -> None:
    parts = vocabulary().split(tokens_of("mychest chestpain"))
    assert [(part.text, part.start, part.end) for part in parts] == [
        ("my", 0, 2),
        ("chest", 2, 7),
        ("chest", 8, 13),
        ("pain", 13, 17),
    ]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("38.5", (38.5, "")),
        ("38,5", (38.5, "")),
        ("39c", (39.0, "c")),
        ("168/112", (168.0, "")),
        ("forty", (40.0, "")),
        ("b12", None),
    ],
)
def test_a_number_is_read_with_the_letters_after_it(written: str, number: tuple[float, str] | None) -> None:
    assert number_of(written) == number


def test_tokens_remember_where_they_stood() -> None:
    text = "Ｍｙ chest’s\u200b tight!! 39.5c"
    assert [text[token.start : token.end] for token in tokens_of(text)] == ["Ｍｙ", "chest’s", "tight", "!!", "39.5c"]
