"""
Read a misspelt word as one of our own words: a closed vocabulary, never a general one.

"tierd" may be "tired"; "tried" may not, because it is an ordinary word.  The word as
written always stays valid beside its other readings, so a correction can only add.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from importlib import resources

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.language.tokens import TWO_IN_ONE

SHORTEST = 5  # shorter words have too many neighbours
_DOUBLED = re.compile(r"(.)\1")


@lru_cache(maxsize=1)
def ordinary_words() -> frozenset[str]:
    """Common English words; none of them is taken for a misspelling."""
    text = resources.files("bot.language").joinpath("common_words.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


class Spelling:
    """
    Other readings of a word among `vocabulary`.

    Args:
        vocabulary: Words that patterns look for.
        ordinary: Words that are never corrected.
    """

    def __init__(self, vocabulary: Collection[str], *, ordinary: Collection[str] | None = None) -> None:
        self._known = (
            frozenset(vocabulary)
            | frozenset(TWO_IN_ONE.values())
            | frozenset(ordinary if ordinary is not None else ordinary_words())
        )
        self._vocabulary = frozenset(vocabulary)
        self._targets: dict[str, list[str]] = {}
        for word in sorted(vocabulary):
            if len(word) >= SHORTEST and word.isalpha():
                self._targets.setdefault(word[0], []).append(word)
        self._readings = lru_cache(maxsize=20_000)(self._find)

    def readings(self, word: str) -> tuple[str, ...]:
        """Up to two vocabulary words that this may be a misspelling of, nearest first; often none."""
        if len(word) < 4 or not word.isalpha():
            return ()
        if word in self._known:
            return self._inflected(word)
        return self._readings(word)

    def _inflected(self, word: str) -> tuple[str, ...]:
        """ "she drags", "he snaps": the form of which a pattern knows only the stem."""
        if word in self._vocabulary or not word.endswith("s") or word.endswith("ss"):
            return ()
        return (word[:-1],) if word[:-1] in self._vocabulary else ()

    def _find(self, word: str) -> tuple[str, ...]:
        if word.endswith("s") and word[:-1] in self._known:
            return (word[:-1],)  # "my memory's shot"
        squeezed = _DOUBLED.sub(r"\1", word)
        if squeezed in self._known and len(squeezed) >= 4:
            return (squeezed,)
        allowed = 1 if len(word) < 8 else 2
        candidates = list(self._targets.get(word[0], ()))
        if len(word) > 1:
            candidates += [other for other in self._targets.get(word[1], ()) if other[1:2] == word[0]]
        found = process.extract(word, candidates, scorer=OSA.distance, score_cutoff=allowed, limit=4, processor=None)
        near = sorted(
            ((distance, abs(len(other) - len(word)), other) for other, distance, _ in found if len(other) >= SHORTEST),
        )
        if not near:
            return ()
        best = near[0][0]
        return tuple(other for distance, _, other in near if distance == best)[:2]
