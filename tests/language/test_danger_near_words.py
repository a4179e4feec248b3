"""Which known word a misspelt one may stand for: one slip, or the same sound; never a mere likeness."""

from __future__ import annotations

import pytest

from bot.language.danger_near_words import NearWords, sound_of

KNOWN = NearWords(
    ["tongue", "seizure", "unconscious", "suicide", "lips", "melaena", "manic", "gasping", "throat", "paralysed"]
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("thorat", "throat"),
        ("siezure", "seizure"),
        ("paralized", "paralysed"),
        ("suiside", "suicide"),
        ("thruat", "throat"),
    ],
)
def test_a_slip_or_a_spelling_by_ear_finds_its_word(written: str, meant: str) -> None:
    assert meant in KNOWN.near(written)


@pytest.mark.parametrize("written", ["mirena", "malonic", "lipo", "garmin", "zzzzzz", "a1b2"])
def test_a_likeness_that_sounds_different_finds_nothing(written: str) -> None:
    assert KNOWN.near(written) == []


def test_words_that_sound_alike_share_a_key() -> None:
    assert sound_of("physical") == sound_of("fisical")
    assert sound_of("melaena") != sound_of("mirena")
