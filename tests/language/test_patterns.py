"""The notation of word patterns."""

from __future__ import annotations

import pytest

from bot.language.patterns import PatternError, Patterns
from bot.language.tokens import tokenise

CLASSES = {"foot": ["foot", "feet", "toes"], "cant": ["cant", "not able to"]}


def found(pattern: str, text: str) -> list[str]:
    tokens = tokenise(text)
    matches = Patterns([(pattern, "x")], classes=CLASSES).match(tokens)
    return sorted({text[tokens[match.start].start : tokens[match.end - 1].end] for match in matches})


@pytest.mark.parametrize(
    ("pattern", "text", "shown"),
    [
        ("numb", "my feet are numb", "numb"),
        ("tingl*", "tingling toes", "tingling"),
        ("numb|dead <foot>", "dead toes", "dead toes"),
        ("<cant> feel <foot>", "I'm not able to feel feet", "not able to feel feet"),
        ("(lose|lost) ~2 weight", "lost a lot weight", "lost a lot weight"),
        ("<foot> ~2 [numb]", "feet are numb", "numb"),
        ("tired all? day", "tired day", "tired day"),
        ("# weeks", "about 6 weeks", "6 weeks"),
        ("in #y", "in 2015", "in 2015"),
        ("tongue ~3, red", "tongue sore, red", "tongue sore, red"),
        ("a b || c", "c", "c"),
        ("(head is|skull) sore", "my head is sore", "head is sore"),
    ],
)
def test_a_pattern_finds_its_words(pattern, text, shown):
    assert shown in found(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("lost ~2 weight", "lost. My weight"),
        ("lost ~2 weight", "lost it, weight"),
        ("lost ~3 weight", "lost but my weight"),
        ("smell ~1 food", "smell of my own food"),
        ("tired !of", "tired of it"),
        ("!morning pill", "the morning pill"),
        ("in #y", "in 20"),
        ("in #y", "2000 mcg"),
    ],
)
def test_a_pattern_leaves_other_words_alone(pattern, text):
    assert found(pattern, text) == []


@pytest.mark.parametrize("pattern", ["Numb", "<nothing> hurts", "(a|b", "can't", "~3", "x !(a b)"])
def test_a_pattern_that_cannot_be_read_is_named(pattern):
    with pytest.raises(PatternError) as error:
        Patterns([(pattern, "x")], classes=CLASSES)
    assert str(error.value)


def test_only_reported_words_are_its_own():
    tokens = tokenise("my feet are not numb")
    [match] = Patterns([("<foot> ~2 [numb]", "x")], classes=CLASSES).match(tokens)
    assert match.own == (4,)
