"""A closed vocabulary: nothing ordinary is ever corrected."""

from __future__ import annotations

import pytest

from bot.language.spelling import Spelling, ordinary_words

SPELLING = Spelling({"tired", "metformin", "palpitations", "numbness", "memory"}, ordinary={"tried", "form", "mother"})


@pytest.mark.parametrize(
    ("word", "reading"),
    [("tierd", "tired"), ("metfromin", "metformin"), ("palpatatons", "palpitations"), ("nummness", "numbness"), ("memorys", "memory")],
)  # fmt: skip
def test_a_near_word_is_read_as_ours(word, reading):
    assert reading in SPELLING.readings(word)


@pytest.mark.parametrize("word", ["tried", "form", "tired", "abc", "xyzxyz", "", "mother"])
def test_known_short_and_far_words_stay_as_they_are(word):
    assert SPELLING.readings(word) == ()


def test_the_shipped_list_of_ordinary_words_is_there():
    assert {"week", "tried", "site", "form"} <= ordinary_words()
