"""Marks stand exactly on the words that fired, whatever the message looks like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.clinical.codes import Level
from bot.console.marking import Piece, pieces
from bot.conversation.desk_talk import DeskMatch


def match(text: str, words: str, rule: str = "r1", *, at: int | None = None) -> DeskMatch:
    start = text.index(words) if at is None else at
    return DeskMatch(rule, Level.URGENT, "dvt", "m1", start, start + len(words), words)


def test_plain_text_is_one_piece():
    assert pieces("no danger", ()) == (Piece("no danger"),)


def test_no_text_is_no_piece():
    assert pieces("", ()) == ()


def test_the_words_are_cut_out():
    text = "since today my calf is swollen again"
    assert pieces(text, [match(text, "calf is swollen")]) == (
        Piece("since today my "),
        Piece("calf is swollen", ("r1",)),
        Piece(" again"),
    )


def test_overlapping_rules_share_a_piece():
    text = "chest pain and cannot breathe"
    found = pieces(text, [match(text, "chest pain and", "a"), match(text, "and cannot breathe", "b")])
    assert [(piece.text, piece.rules) for piece in found] == [
        ("chest pain ", ("a",)),
        ("and", ("a", "b")),
        (" cannot breathe", ("b",)),
    ]


def test_offsets_count_code_points_and_not_bytes():
    text = "😟😟 naïve — my calf is swollen"
    assert pieces(text, [match(text, "calf is swollen")])[-1] == Piece("calf is swollen", ("r1",))


def test_an_offset_that_does_not_hold_its_words_marks_nothing():
    """A wrong mark would be worse than none: the text may have been deleted or changed since."""
    assert pieces("another text altogether", [match("", "calf", at=3)]) == (Piece("another text altogether"),)


def test_blanked_words_mark_nothing():
    assert pieces("text", [match("text", "", at=0)]) == (Piece("text"),)


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=6))
def test_the_pieces_always_give_the_text_back(text: str, spans: list[tuple[int, int]]):
    matches = [
        DeskMatch(f"r{n}", Level.URGENT, "dvt", "m", a, b, text[a:b] if 0 <= a <= b else "zz")
        for n, (a, b) in enumerate(spans)
    ]
    assert "".join(piece.text for piece in pieces(text, matches)) == text
