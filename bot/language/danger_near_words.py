"""
Find the known words that a misspelt word may stand for.

A word one slip away (a letter too many, too few, wrong, or two swapped) is near; a word
further away is near only when both sound alike, for people spell by ear: "numonia",
"difikulty", "unconshus".  Both are looked up, never compared with the whole vocabulary,
so that a message full of nonsense costs no more than one full of words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapidfuzz.distance import OSA

_SHORTEST = 4  # letters
_SHORTEST_BY_EAR = 6
_MOST_SLIPS = 3
_SOUNDS = (
    (re.compile(r"^(?:kn|gn|pn)"), "n"),
    (re.compile(r"^wr"), "r"),
    (re.compile(r"^ps"), "s"),
    (re.compile(r"ph|gh(?=t?$)(?<!igh)(?<!ough)|v"), "f"),
    (re.compile(r"gh|wh(?=[aeiou])"), ""),
    (re.compile(r"[ts]ch|ch|sh|[tsc]i(?=[aou])"), "x"),
    (re.compile(r"th"), "t"),
    (re.compile(r"x"), "ks"),
    (re.compile(r"s?c(?=[eiy])|z"), "s"),
    (re.compile(r"ck|q|c"), "k"),
    (re.compile(r"dg|g(?=[eiy])|j"), "j"),
    (re.compile(r"[hwy]"), ""),
    (re.compile(r"(?<!^)[aeiou]+"), ""),
    (re.compile(r"^[aeiou]+"), "a"),
)
_DOUBLED = re.compile(r"(.)\1+")


def sound_of(word: str) -> str:
    """A rough key of how an English word sounds: its consonants, vowels only at the beginning."""
    key = word
    for pattern, sound in _SOUNDS:
        key = pattern.sub(sound, key)
    return _DOUBLED.sub(r"\1", key)


class NearWords:
    """
    An index of the known words.

    Args:
        words: Lower-case words; those that are short or hold other signs than letters are left out.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._one_off: dict[str, list[str]] = {}
        self._by_sound: dict[str, list[str]] = {}
        for word in sorted(words):
            if len(word) < _SHORTEST or not word.isalpha():
                continue
            for key in _without_one_letter(word):
                self._one_off.setdefault(key, []).append(word)
            if len(word) >= _SHORTEST_BY_EAR:
                self._by_sound.setdefault(sound_of(word), []).append(word)

    def near(self, word: str) -> list[str]:
        """The nearest known words, none when nothing is near."""
        candidates = dict.fromkeys(found for key in _without_one_letter(word) for found in self._one_off.get(key, ()))
        close = [found for found in candidates if OSA.distance(word, found) <= 1 and _is_likely_slip(word, found)]
        if close or len(word) < _SHORTEST_BY_EAR:
            return close
        return self.alike(word)

    def alike(self, word: str) -> list[str]:
        """The nearest of the other known words that sound the same."""
        if len(word) < _SHORTEST_BY_EAR or not word.isalpha():
            return []
        others = [found for found in self._by_sound.get(sound_of(word), ()) if found != word]
        measured = [(OSA.distance(word, found), found) for found in others]
        best = min((distance for distance, _ in measured), default=_MOST_SLIPS + 1)
        allowed = min(_MOST_SLIPS, len(word) // 3)
        return [found for distance, found in measured if distance == best and distance <= allowed]


def _without_one_letter(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _is_likely_slip(word: str, found: str) -> bool:
    """In short words one letter makes another word ("lipo", "lips"): they must at least sound alike or be swapped."""
    if word[0] != found[0] and len(word) < _SHORTEST_BY_EAR:
        return False
    if len(word) > _SHORTEST:
        return True
    return sound_of(word) == sound_of(found) or sorted(word) == sorted(found)
