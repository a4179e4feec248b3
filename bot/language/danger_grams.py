"""
Words, word pairs and letter groups of a message, and the danger score they add up to.

The exact words and their misspellings, beside the sentence encoder's meaning.  Training
and reading cut a message in the same way: with the functions of this module.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PUNCTUATION = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_WORD = re.compile(r"[\w'#]+|[^\w\s]")
LONGEST_LETTERS = 5
_MOST_CHARACTERS = 4_000  # of one part; what comes after adds nothing new


def normalise(text: str) -> str:
    """Lower case, plain quotation marks, every number as #, "sooo" as "soo", single spaces."""
    text = unicodedata.normalize("NFKC", text[:_MOST_CHARACTERS]).translate(_PUNCTUATION).lower()
    return " ".join(_STRETCHED.sub(r"\1\1", _NUMBER.sub(" # ", text)).split())


def word_grams(text: str) -> list[str]:
    """Words, and pairs of neighbours."""
    words = _WORD.findall(normalise(text))
    return [*words, *(f"{one} {two}" for one, two in pairwise(words))]


def letter_grams(text: str) -> list[str]:
    """Groups of two to five letters inside each word, its edges marked by a space."""
    grams: list[str] = []
    for word in normalise(text).split():
        edged = f" {word} "
        for size in range(2, LONGEST_LETTERS + 1):
            grams.extend(edged[at : at + size] for at in range(max(1, len(edged) - size + 1)))
            if size >= len(edged):
                break  # a short word counts once
    return grams


class GramScorer:
    """The trained weights; immutable."""

    def __init__(self, parts: Sequence[tuple[Sequence[str], NDArray[Any], NDArray[Any]]]) -> None:
        """
        Args:
            parts: For words and for letters: the terms, how rare each is (IDF), and what it adds to the score.
        """
        words, letters = (
            {term: (rare, rare * adds) for term, rare, adds in zip(terms, idf.tolist(), weight.tolist(), strict=True)}
            for terms, idf, weight in parts
        )
        self._words: dict[str, tuple[float, float]] = words
        self._letters: dict[str, tuple[float, float]] = letters

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> GramScorer:
        """From the arrays "words", "words_idf", "words_weight" and the same for "letters"."""
        return cls(
            [(arrays[name].tolist(), arrays[f"{name}_idf"], arrays[f"{name}_weight"]) for name in ("words", "letters")]
        )

    def score(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """What the words of each text add to its danger score."""
        return np.array(
            [_sum(self._words, word_grams(text)) + _sum(self._letters, letter_grams(text)) for text in texts],
            dtype=np.float32,
        )


def _sum(known: Mapping[str, tuple[float, float]], grams: Sequence[str]) -> float:
    """Cosine-normed TF-IDF with damped counts, times the weights."""
    total = length = 0.0
    for gram, count in Counter(grams).items():
        found = known.get(gram)
        if found is not None:
            damped = 1 + math.log(count)
            length += (damped * found[0]) ** 2
            total += damped * found[1]
    return total / math.sqrt(length) if length else 0.0
