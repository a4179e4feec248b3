"""
What one written word may mean: itself, its plain spelling, its nearest known word.

A word is corrected only towards the closed vocabulary of the danger word lists, and only
when it is no ordinary English word; its own spelling always stays a candidate as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from bot.language.danger_near_words import NearWords
from bot.language.screen_text import Token

_COMMON_WORDS = Path(__file__).with_name("common_words.txt")
_LOOK_ALIKE_WORDS = Path(__file__).with_name("look_alike_words.txt")
_LEET = str.maketrans(
    {
        "0": "o",
        "1": "i",
        "3": "e",
        "4": "a",
        "5": "s",
        "7": "t",
        "8": "b",
        "@": "a",
        "$": "s",
        "!": "i",
    }
)
_REPEATED = re.compile(r"(.)\1{2,}")
_NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)(?:/\d{2,3})?([a-z]{0,5})$")
_NUMBER_WORDS = {
    "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "eighteen": 18, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "dozen": 12, "dozens": 24,
}  # fmt: skip
#: Verb endings after an apostrophe that change the word in front of them into another word.
_CLITICS = {"ll": "will", "re": "are", "d": "would"}
_ONE_OF_SEVERAL = frozenset(
    "leg arm hand foot eye ear knee ankle thigh calf finger toe shoulder lip cheek lung side".split()
)
_ENDINGS = (
    "s",
    "ly",
    "ness",
    "ful",
    "less",
    "ing",
    "ed",
    "er",
    "est",
    "able",
    "fully",
    "lessly",
    "ish",
    "y",
)
_LONGEST_WORD = 40
_LONGEST_RUN, _LONGEST_PART = 60, 16  # letters of words typed without a space, and of one of them
#: Parts that a run-together word may begin or end with beside the danger words ("cantbreathe", "mychest").
_GLUE = frozenset(
    "i im ive my me a the is its it cant cannot dont wont not no and in on of to so he she his her hes shes was has have had "
    "been going feel feels".split()
)


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Ordinary English words, and rarer words and names one letter from a danger word: never taken for a misspelling."""
    return frozenset(
        word for path in (_COMMON_WORDS, _LOOK_ALIKE_WORDS) for word in path.read_text(encoding="utf-8").split()
    )


class Vocabulary:
    """
    The words that the patterns are written in, and the ways patients write them.

    Args:
        words: Every word of every word list and pattern.
        meant: Written form to meant words ("2nite": "tonight"), for text speech and known slips.
    """

    def __init__(self, words: Iterable[str], meant: Mapping[str, tuple[str, ...]]) -> None:
        self._words = frozenset(words)
        self._meant = dict(meant)
        self._common = common_words()
        self._near = NearWords(self._words)
        self._forms: dict[str, tuple[str, ...]] = {}
        self._parts: dict[str, tuple[str, ...] | None] = {}

    def forms(self, written: str) -> tuple[str, ...]:
        """Every word that `written` may stand for, its own spelling first."""
        known = self._forms.get(written)
        if known is None:
            if len(self._forms) > 20_000:  # a hostile message must not fill the memory
                self._forms.clear()
            known = self._forms[written] = tuple(dict.fromkeys(self._read(written)))
        return known

    def split(self, tokens: list[Token]) -> list[Token]:
        """Cut run-together words ("chestpain", "ihavechestpain") into the words they hold."""
        result = []
        for token in tokens:
            parts = self._cut(token.text) if token.kind == "word" and len(token.text) >= 6 else None
            if parts is None:
                result.append(token)
                continue
            start, plain = token.start, token.end - token.start == len(token.text)
            for part in parts:  # letters that were typed apart keep the place of the whole
                end = start + len(part) if plain else token.end
                result.append(Token(part, start, end, "word"))
                start = end if plain else start
        return result

    def _is_known(self, word: str) -> bool:
        return word in self._words or word in self._meant or self._is_ordinary(word)

    def _is_ordinary(self, word: str) -> bool:
        """An ordinary word, or one of its regular endings ("scabbed", "scaly")."""
        if word in self._common:
            return True
        for ending in _ENDINGS:
            stem = word[: -len(ending)]
            if len(stem) < 3 or not word.endswith(ending):
                continue
            if stem in self._common or stem + "e" in self._common:
                return True
            if stem[-1] == stem[-2] and stem[:-1] in self._common:
                return True
            if stem[-1] == "i" and stem[:-1] + "y" in self._common:
                return True
        return False

    def _read(self, written: str) -> Iterable[str]:
        stem, mark, ending = written.partition("'")
        if mark and ending in _CLITICS:
            yield written.replace("'", "_")
            yield from self._read(stem)
            return
        if mark and ending == "s" and stem in _ONE_OF_SEVERAL:  # "my leg's swollen" is one leg
            yield from self._read(stem)
            return
        word = written.replace("'", "")
        yield word
        yield from self._meant.get(word, ())
        if mark and ending == "s":
            yield from self._read(stem)
        if word.endswith("in") and word + "g" in self._words:
            yield word + "g"
        if len(word) > _LONGEST_WORD:
            return
        if word in self._words:
            if not self._is_ordinary(word):
                yield from self._near.alike(word)
            return
        if word.endswith("s") and word[:-1] in self._words and len(word) > 3:
            yield word[:-1]
        if word in self._meant or self._is_ordinary(word) or (mark and self._is_known(stem)):
            return
        yield from self._guess(word)

    def _guess(self, word: str) -> Iterable[str]:
        """Readings of a word that nobody would print."""
        short = _REPEATED.sub(r"\1\1", word)
        candidates = dict.fromkeys([short, _REPEATED.sub(r"\1", word), re.sub(r"(.)\1+", r"\1", short)])
        if re.search(r"[0-9@$!]", word) and re.search(r"[a-z]", word):
            candidates[word.translate(_LEET)] = None
            candidates[word.translate({**_LEET, ord("1"): "l", ord("!"): "l"})] = None
        found = False
        for candidate in candidates:
            if candidate != word and self._is_known(candidate):
                found = True
                yield candidate
                yield from self._meant.get(candidate, ())
        if found:
            return
        if "*" in word and len(word.replace("*", "")) >= 2:
            wanted = re.compile(re.escape(word).replace(r"\*", "."))
            yield from [target for target in sorted(self._words) if wanted.fullmatch(target)]
            return
        if word.isalpha() and len(word) >= 4:
            yield from self._near.near(short)
            if word.endswith("in"):
                yield from self._near.near(short + "g")

    def _cut(self, word: str) -> tuple[str, ...] | None:
        if word not in self._parts:
            if len(self._parts) > 20_000:
                self._parts.clear()
            self._parts[word] = self._cut_fresh(word)
        return self._parts[word]

    def _cut_fresh(self, word: str) -> tuple[str, ...] | None:
        """The fewest danger words and little words that make up the word; two parts need one of weight, more need two."""
        if not word.isalpha() or len(word) > _LONGEST_RUN or self._is_known(word):
            return None
        ways: dict[int, tuple[str, ...]] = {0: ()}
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - _LONGEST_PART), end):
                part = word[start:end]
                known = part in _GLUE or (part in self._words and end - start > 2)
                if start in ways and known and (end not in ways or len(ways[start]) + 1 < len(ways[end])):
                    ways[end] = (*ways[start], part)
        parts = ways.get(len(word), ())
        weighty = sum(len(part) >= 4 and part in self._words for part in parts)
        if len(parts) < 2 or weighty < min(len(parts) - 1, 2) or len(parts) > 2 * weighty + 1:
            return None
        return parts


@lru_cache(maxsize=4096)
def number_of(written: str) -> tuple[float, str] | None:
    """The number a token begins with and the letters after it ("39.5c", "160bpm"); None for a word."""
    if written in _NUMBER_WORDS:
        return float(_NUMBER_WORDS[written]), ""
    found = _NUMBER.match(written)
    if found is None:
        return None
    return float(found.group(1).replace(",", ".")), found.group(2)
