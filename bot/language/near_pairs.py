"""
Pairs of messages that say nearly the same, so that no test repeats a training line.

Two measures: how many letter triples two messages share (cosine over sets, found by
joining on their rarest triples, exact), and the cosine of the sentence encoder's vectors.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from bot.language.encoder import Encoder, Vectors

_SPACES = re.compile(r"\s+")
_ROWS = 2048  # how many vectors are compared at a time


def plain(text: str) -> str:
    """The message without what does not count as different: capitals, runs of spaces, marks at the ends."""
    return _SPACES.sub(" ", text).strip(" .!?,;:…-").casefold()


def triples(text: str) -> frozenset[str]:
    """Every three letters in a row, with a space before and after the message."""
    padded = f" {plain(text)} "
    return frozenset(padded[start : start + 3] for start in range(max(1, len(padded) - 2)))


def pairs_by_letters(left: Sequence[str], right: Sequence[str], *, above: float) -> Iterator[tuple[int, int, float]]:
    """
    Every pair (place in `left`, place in `right`, cosine) whose triples agree more than `above`.

    A pair with cosine c shares at least c² of the smaller set's triples, hence one of its rarest
    `1 - c²`; only messages that share such a triple are compared.
    """
    sides = [[triples(text) for text in texts] for texts in (left, right)]
    count = Counter(triple for sets in sides for some in sets for triple in some)
    by_triple: dict[str, list[int]] = defaultdict(list)
    for place, some in enumerate(sides[1]):
        for triple in _rarest(some, count, above):
            by_triple[triple].append(place)
    for place, some in enumerate(sides[0]):
        met = {other for triple in _rarest(some, count, above) for other in by_triple[triple]}
        for other in sorted(met):
            there = sides[1][other]
            cosine = len(some & there) / math.sqrt(len(some) * len(there))
            if cosine > above:
                yield place, other, cosine


def _rarest(some: frozenset[str], count: Counter[str], above: float) -> list[str]:
    needed = len(some) - math.ceil(above * above * len(some)) + 1
    return sorted(some, key=lambda triple: (count[triple], triple))[:needed]


def pairs_by_meaning(left: Vectors, right: Vectors, *, above: float) -> Iterator[tuple[int, int, float]]:
    """Every pair (row of `left`, row of `right`, cosine) above `above`; vectors have length 1."""
    for start in range(0, len(left), _ROWS):
        cosines = left[start : start + _ROWS] @ right.T
        for row, column in np.argwhere(cosines > above):
            yield start + int(row), int(column), float(cosines[row, column])


def vectors(texts: Sequence[str], encoder: Encoder) -> Vectors:
    """One vector a message, [messages, 384]."""
    return encoder.encode([plain(text) for text in texts])
