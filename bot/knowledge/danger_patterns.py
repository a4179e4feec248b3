"""
The notation in which an editor writes what patients say.

    [chest] + [pain]             both, in any order, close together in one sentence
    [words] > [wrong] /3         in this order, at most 3 words that carry meaning between
    pills > ready + today        the first two in this order, the third on either side
    [lips] | tongue + [swollen]  `|` gives alternatives for one place; bare words stand for themselves
    temp | temperature > <38..43>  a number from 38 to below 43

`[name]` is a row of the word lists.  A word may end in `~` for its usual endings
(`swell~`: swells, swelling, swelled) or in `?` when it may be missing; `a/b` inside a
phrase gives two choices for one word.  Little words ("the", "my", "a") are left out of a
phrase unless it says `=my`; they and "really" or "so" may stand anywhere in a message.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

USUAL_GAP = 4
MOST_SPELLINGS = 64  # more are kept as choices and compared word by word
_RANGE = re.compile(r"<([\d.]+)\.\.([\d.]+)>$")
#: Written by habit, never needed for recognition; the reader steps over them in a message too.
LITTLE_WORDS = frozenset({"a", "an", "the", "my", "his", "her", "their", "our", "your"})


class PatternError(ValueError):
    """A pattern cannot be read; the text says what was expected."""


@dataclass(frozen=True)
class NumberRange:
    """A number from `low` to below `high`."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Term:
    """One place of a pattern: any of these word lists, phrases or numbers."""

    lists: tuple[str, ...]
    phrases: tuple[str, ...]
    numbers: tuple[NumberRange, ...]


@dataclass(frozen=True)
class Pattern:
    """Terms that must stand close together; `follows` says of each whether it stands after the one before."""

    text: str
    terms: tuple[Term, ...]
    follows: tuple[bool, ...]
    gap: int


def parse_pattern(text: str) -> Pattern:
    """Raises PatternError for an empty place or an unreadable number."""
    body, gap = text, USUAL_GAP
    limit = re.search(r"\s/(\d+)\s*$", text)
    if limit:
        body, gap = text[: limit.start()], int(limit.group(1))
    parts = re.split(r" (>|\+) ", body)
    terms = tuple(_term(place, text) for place in parts[::2])
    return Pattern(text, terms, (False, *(sign == ">" for sign in parts[1::2])), gap)


def _term(place: str, text: str) -> Term:
    lists, phrases, numbers = [], [], []
    for alternative in place.split(" | "):
        alternative = alternative.strip()
        if not alternative:
            raise PatternError(f"an empty place in {text!r}.")
        if alternative.startswith("["):
            if not alternative.endswith("]"):
                raise PatternError(f"a closing bracket is missing in {text!r}.")
            lists.append(alternative[1:-1])
        elif alternative.startswith("<"):
            numbers.append(_range(alternative, text))
        else:
            places_of(alternative)
            phrases.append(alternative)
    return Term(tuple(lists), tuple(phrases), tuple(numbers))


def _range(alternative: str, text: str) -> NumberRange:
    found = _RANGE.match(alternative)
    try:
        if found:
            return NumberRange(Decimal(found.group(1)), Decimal(found.group(2)))
    except InvalidOperation:
        pass
    raise PatternError(f"{alternative!r} in {text!r} is not a number range like <38..43>.")


def places_of(phrase: str) -> list[list[str]]:
    """The choices for each word of a phrase, "" where it may be missing; little words are left out."""
    places: list[list[str]] = []
    words = phrase.lower().replace("'", "").split()
    for word in words:
        optional, kept = word.endswith("?"), word.startswith("=")
        choices: list[str] = []
        for choice in word.strip("=?").split("/"):
            choices.extend(inflected(choice[:-1]) if choice.endswith("~") else [choice])
        if len(words) > 1 and not kept:
            needed = [choice for choice in choices if choice not in LITTLE_WORDS]
            if not needed:
                continue
            choices = needed
        places.append([*choices, ""] if optional else choices)
    if not any("" not in place for place in places):
        raise PatternError(f"{phrase!r} has no word that must be there.")
    if (
        len(places) == 1
        and len(words) > 1
        and len(words) == sum(word.strip("=?") in LITTLE_WORDS for word in words) + 1
    ):
        raise PatternError(
            f"{phrase!r} is read without its little words; write the word alone, or '=' before the one that matters."
        )
    if len(words) > 1 and all(choice in LITTLE_WORDS for choice in words[-1].split("/")):
        raise PatternError(
            f"{phrase!r} ends in a little word, which is not read; leave it out, or write '=' before it."
        )
    return places


def count_of(places: list[list[str]]) -> int:
    """How many phrases the choices stand for."""
    count = 1
    for place in places:
        count *= len(place)
    return count


def spellings(phrase: str) -> list[tuple[str, ...]]:
    """Every sequence of plain words that a phrase stands for; PatternError for too many of them."""
    places = places_of(phrase)
    if count_of(places) > MOST_SPELLINGS:
        raise PatternError(f"{phrase!r} stands for {count_of(places)} phrases; expected at most {MOST_SPELLINGS}.")
    found = [tuple(word for word in words if word) for words in itertools.product(*places)]
    return [words for words in dict.fromkeys(found) if words]


def inflected(word: str) -> list[str]:
    """A word with its regular endings; a form that no one writes does no harm."""
    forms = [word]
    if word.endswith("e"):
        forms += [word + "s", word + "d", word[:-1] + "ing", word + "r"]
    elif word.endswith("y") and len(word) > 2 and word[-2] not in "aeiou":
        forms += [word[:-1] + "ies", word[:-1] + "ied", word + "ing"]
    else:
        forms += [word + "s", word + "ed", word + "ing"]
        if word.endswith(("s", "sh", "ch", "x", "z")):
            forms.append(word + "es")
        if len(word) >= 3 and word[-1] in "bdgklmnprt" and word[-2] in "aeiou" and word[-3] not in "aeiou":
            forms += [word + word[-1] + "ed", word + word[-1] + "ing"]
    return [*forms, *(form[:-1] for form in forms if form.endswith("ing"))]
