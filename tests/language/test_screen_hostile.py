"""Messages made to break a reader: endless, nested, reversed, invisible."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clinical.codes import Level
from bot.language.screen import ScreenState
from tests.language.screens import AT, rules_alone, talk

PIECES = [
    "a" * 100_000,
    "chest " * 20_000,
    "no " * 20_000 + "chest pain",
    "my leg my leg " * 10_000,
    "if " * 5_000 + "what if " * 5_000,
    "(" * 50_000,
    "1/" * 30_000,
    "a b c d e f " * 10_000,
    "\u200b" * 100_000,
    "\u202e" + "niap tsehc " * 5_000,
    "é\u0301" * 20_000,
    "'" * 50_000,
    '"chest pain" ' * 5_000,
    "😀" * 50_000,
]


@pytest.mark.parametrize("text", PIECES, ids=lambda text: repr(text[:12]))
def test_an_endless_message_is_read_to_its_end(text: str) -> None:
    result = rules_alone().screen(text, ScreenState(), at=AT)
    assert result.level in Level


def test_a_megabyte_of_talk_does_not_hide_a_danger() -> None:
    text = "I have chest pain. " + "All is well here today. " * 43_000
    assert len(text) > 1_000_000
    assert rules_alone().screen(text, ScreenState(), at=AT).level is Level.EMERGENCY


def test_a_danger_at_the_end_of_the_longest_allowed_message_is_found() -> None:
    filler = "I would like to move my appointment to another day please. "
    text = filler * (7_900 // len(filler)) + "My throat is closing up."
    assert talk(text).level is Level.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "\u202emy throat is closing up\u202c",
        "m\u200by th\u200cro\u200dat is clo\u2060sing up",
        "my throat\u00ad is clo\u00adsing up",
        "MY THROAT IS CLOSING UP!!!!!!!!",
        "my\tthroat\tis\tclosing\tup",
        "my throat...is...closing...up",
    ],
)
def test_invisible_signs_hide_nothing(text: str) -> None:
    assert talk(text).level is Level.EMERGENCY


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_no_text_breaks_the_screen(text: str) -> None:
    result = rules_alone().screen(text, ScreenState(), at=AT)
    for match in result.matches:
        assert text[match.start : match.end] == match.text
