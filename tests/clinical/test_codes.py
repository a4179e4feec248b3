"""The stable identifiers: levels are ordered, and a wrong word is named with the right ones."""

from __future__ import annotations

import pytest

from bot.clinical.codes import Level


def test_the_words_of_the_levels_lead_back_to_them() -> None:
    assert [level.code for level in Level] == ["none", "check", "urgent", "emergency"]
    assert [Level.from_code(level.code) for level in Level] == list(Level)


def test_the_more_urgent_level_is_the_greater() -> None:
    assert max(Level.CHECK, Level.EMERGENCY, Level.URGENT) is Level.EMERGENCY
    assert Level.NONE < Level.CHECK < Level.URGENT < Level.EMERGENCY


@pytest.mark.parametrize("word", ["amber", "", "Urgent!"])
def test_an_unknown_level_is_refused_with_the_words_that_are_allowed(word: str) -> None:
    with pytest.raises(ValueError, match="expected one of: none, check, urgent, emergency"):
        Level.from_code(word)
