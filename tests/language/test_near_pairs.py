"""Messages that say nearly the same are found, whatever the pair's order and length."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.near_pairs import pairs_by_letters, pairs_by_meaning, plain, triples

WORDS = st.lists(st.sampled_from("my feet tingle at night and the left leg is cold".split()), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Can B12 injections cause clots?", "can b12  injections cause clots"),
        ("can i stop taking the tablets now that I am better", "can i stop taking the tablets now that i am bettr"),
    ],
)
def test_a_copy_with_other_marks_or_one_slip_is_found(one: str, other: str) -> None:
    assert [pair[:2] for pair in pairs_by_letters([one], ["something else", other], above=0.9)] == [(0, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [("my left leg is swollen", "my right arm is swollen"), ("no chest pain", "chest pain since noon and sweating")],
)
def test_messages_about_alike_things_are_not_the_same(one: str, other: str) -> None:
    assert not list(pairs_by_letters([one], [other], above=0.9))


@given(st.lists(WORDS, max_size=6), st.lists(WORDS, max_size=6))
def test_the_join_finds_what_comparing_all_with_all_finds(left: list[str], right: list[str]) -> None:
    expected = set()
    for row, one in enumerate(left):
        for column, other in enumerate(right):
            a, b = triples(one), triples(other)
            if len(a & b) / math.sqrt(len(a) * len(b)) > 0.8:
                expected.add((row, column))
    assert {pair[:2] for pair in pairs_by_letters(left, right, above=0.8)} == expected


def test_vectors_above_the_limit_are_paired_with_their_cosine() -> None:
    left = np.array([[1, 0], [0, 1]], np.float32)
    right = np.array([[0.6, 0.8], [1, 0]], np.float32)
    assert list(pairs_by_meaning(left, right, above=0.7)) == [(0, 1, 1.0), (1, 0, pytest.approx(0.8))]


def test_capitals_spaces_and_end_marks_do_not_make_a_message_another() -> None:
    assert plain("  My feet\n tingle…!! ") == "my feet tingle"
