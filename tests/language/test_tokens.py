"""Tokens: words as they are compared, and where they stood."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.tokens import Kind, tokenise


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("can't", ["cant"]),
        ("can’t", ["cant"]),
        ("Crohn's", ["crohn"]),
        ("mum's it's", ["mum", "its"]),
        ("light-headed", ["light", "headed"]),
        ("B-12 b 12 B12", ["b12", "b12", "b12"]),
        ("6/12", ["6", "/", "12"]),
        ("3-4 weeks", ["3", "-", "4", "weeks"]),
        ("3wks", ["3", "wks"]),
        ("sooooo tired", ["soo", "tired"]),
        ("coeliác", ["coeliac"]),
        ("we're", ["weare"]),
        ("&", ["and"]),
    ],
)
def test_words_are_compared_without_case_apostrophes_and_accents(text, words):
    assert [token.word for token in tokenise(text)] == words


def test_a_number_knows_its_value():
    values = [token.value for token in tokenise("1,000 2.5 2,5 12.03.2021") if token.kind is Kind.NUMBER]
    assert values == [1000.0, 2.5, 2.5, None]


def test_sentences_end_at_stops_and_new_lines_but_not_at_short_forms():
    tokens = tokenise("Dr. Smith said so. No pain!\nFine")
    assert [token.sentence for token in tokens if token.word in {"smith", "no", "fine"}] == [0, 1, 2]


@given(st.text(max_size=200))
def test_offsets_give_back_the_text_of_every_token(text):
    for token in tokenise(text):
        assert text[token.start : token.end] == token.text


@given(st.text(max_size=200))
def test_tokens_follow_each_other(text):
    tokens = tokenise(text)
    assert all(one.end <= two.start and one.sentence <= two.sentence for one, two in pairwise(tokens))
