"""
Messages made to keep the machine busy, or to break a reader.

The time is not measured (a test must not depend on the machine): the calls of Python
functions are counted, and twice the text may cost little more than twice the calls.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, timezone
from types import FrameType
from typing import Any

import pytest

from bot.knowledge.content import load_content
from bot.language.labs import LabReader
from bot.language.reading import Reader
from bot.language.screen import Screen, ScreenState

AT = datetime(2026, 3, 2, tzinfo=timezone.utc)

HOSTILE = [
    "dont want to die but ",
    "no chest pain and not tired i never had numb feet ",
    "1 ",
    "2019 ",
    "b12 150 ",
]


@pytest.fixture(scope="module")
def readers() -> tuple[Screen, Reader]:
    content = load_content()
    labs = LabReader(content.lab_words, content.assessment.thresholds.scale)
    return Screen(content.danger_language, content.red_flags.rules), Reader(labs=labs)


def calls_of(work: Callable[[], Any]) -> int:
    count = 0

    def note(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_work_of_the_screen_grows_with_the_text_not_with_its_square(
    readers: tuple[Screen, Reader], piece: str
) -> None:
    screen, _ = readers
    short, long = (piece * (size // len(piece)) for size in (4_000, 8_000))
    screen.screen(short, ScreenState(), at=AT)
    few = calls_of(lambda: screen.screen(short, ScreenState(), at=AT))
    many = calls_of(lambda: screen.screen(long, ScreenState(), at=AT))
    assert many < 2.6 * few


@pytest.mark.parametrize("text", ["1" * 400, "99," * 200, "0." + "0" * 500, "9" * 30 + " years old"])
def test_a_row_of_digits_breaks_no_reader(readers: tuple[Screen, Reader], text: str) -> None:
    screen, reader = readers
    assert reader.read(text, today=date(2026, 3, 2)).labs == ()
    assert screen.screen(text, ScreenState(), at=AT).matches == ()


@pytest.mark.parametrize("words_before", [0, 199, 200, 298, 299, 300, 1_200])
def test_danger_is_read_wherever_it_stands_in_a_sentence_without_end(
    readers: tuple[Screen, Reader], words_before: int
) -> None:
    screen, _ = readers
    text = "fine " * words_before + "and now I have crushing chest pain"
    assert screen.screen(text, ScreenState(), at=AT).level.code == "emergency"
