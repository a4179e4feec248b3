"""The notation of phrases: what it stands for and what it refuses."""

from __future__ import annotations

import pytest

from bot.knowledge.danger_patterns import MOST_SPELLINGS, PatternError, inflected, parse_pattern, places_of, spellings


def test_a_sign_between_terms_says_whether_order_matters() -> None:
    pattern = parse_pattern("pills > ready + today /3")
    assert (len(pattern.terms), pattern.follows, pattern.gap) == (3, (False, True, False), 3)


def test_alternatives_stand_for_one_place() -> None:
    (term,) = parse_pattern("[lips] | tongue | <38..43>").terms
    assert (term.lists, term.phrases, [str(item.high) for item in term.numbers]) == (("lips",), ("tongue",), ["43"])


@pytest.mark.parametrize(
    ("phrase", "stands_for"),
    [
        ("golf ball", [("golf", "ball")]),
        ("stuck in? my? throat", [("stuck", "in", "throat"), ("stuck", "throat")]),
        ("go/went blue", [("go", "blue"), ("went", "blue")]),
        ("can't", [("cant",)]),
        ("=my usual", [("my", "usual")]),
        ("the chest pain", [("chest", "pain")]),
    ],
)
def test_a_phrase_stands_for_its_plain_words(phrase: str, stands_for: list[tuple[str, ...]]) -> None:
    assert spellings(phrase) == stands_for


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("swell", {"swell", "swells", "swelled", "swelling"}),
        ("breathe", {"breathe", "breathes", "breathed", "breathing"}),
        ("stop", {"stop", "stopped", "stopping"}),
        ("carry", {"carry", "carries", "carried"}),
        ("twitch", {"twitch", "twitches", "twitched"}),
    ],
)
def test_a_word_takes_its_usual_endings(word: str, forms: set[str]) -> None:
    assert forms <= set(inflected(word))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("chest +  + pain", "empty place"),
        ("[chest + pain", "closing bracket"),
        ("temp > <38-43>", "number range"),
        ("temp > <38..4.3.1>", "number range"),
        ("the? my?", "no word"),
        ("gone a", "without its little words"),
        ("im going to kill my", "ends in a little word"),
    ],
)
def test_a_pattern_that_cannot_be_read_says_why(text: str, says: str) -> None:
    with pytest.raises(PatternError, match=says):
        parse_pattern(text)


def test_a_phrase_of_very_many_choices_is_not_written_out() -> None:
    many = "/".join(f"word{number}" for number in range(MOST_SPELLINGS + 1))
    assert len(places_of(many)[0]) == MOST_SPELLINGS + 1
    with pytest.raises(PatternError, match="at most"):
        spellings(many)
