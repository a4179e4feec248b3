"""
Recognise that a message is not in English, and the words of danger in other languages.

The assistant speaks English only.  A message in another language gets three sentences
in that language, and a word of danger in it opens a safety question, whatever else the
message holds.  Content: `knowledge/tongues.yml`.

Languages are told by their script, their letters and their frequent words.  A
statistical detector was measured and not taken: it called "my b12 is low" Polish and
drug names Portuguese, and held 350 MB of models.  A few words of English beside
foreign ones, names, drug names and slips of the pen do not make a message foreign.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bot.clinical.findings import Words
from bot.knowledge.tongues import Tongue, TongueWords

_FEWEST = 2  # different words of a language
_SPREAD = 3  # words that may stand between the words of a danger phrase
_OTHER_SCRIPT_SHARE = 0.3
_MOST_READ = 20_000  # characters looked at to tell the language; danger is looked for in all

_SCRIPT_NAMES = {
    "LATIN": "latin",
    "CYRILLIC": "cyrillic",
    "ARABIC": "arabic",
    "BENGALI": "bengali",
    "GURMUKHI": "gurmukhi",
}
_SAME = (
    str.maketrans("أإآٱىةکیہھۃ", "اااايهكيههه")
    | str.maketrans("łøđıßæœ", "lodisao")
    | {0x640: None, 0x2019: "'", 0x2BC: "'"}
)


@dataclass(frozen=True)
class Foreign:
    """
    A message that is not English; `tongue` is None where its language is none of the recognised ones.

    `romanised`: typed in Latin letters though the language has its own script.  Such
    messages mix with English, so a caller that understands one may answer it.
    """

    tongue: Tongue | None
    romanised: bool = False


@dataclass(frozen=True)
class ForeignDanger:
    """Words of danger in another language, and where they stand."""

    tongue: Tongue
    words: Words


@dataclass(frozen=True)
class _Word:
    text: str  # folded: lower case, without accents
    start: int
    end: int


class Tongues:
    """Built once from the content; holds nothing of any message, so threads may share it."""

    def __init__(self, content: TongueWords) -> None:
        self._tongues = content.tongues
        self._english = {fold(word) for word in content.english}
        self._by_word: dict[str, list[Tongue]] = defaultdict(list)
        for tongue in content.tongues:
            for word in dict.fromkeys(map(fold, (*tongue.words, *tongue.romanised))):
                self._by_word[word].append(tongue)
        self._alone = {
            tuple(word.text for word in _words(phrase)): tongue for tongue in content.tongues for phrase in tongue.alone
        }
        self._dangers = _Dangers(content.tongues)

    def detect(self, text: str) -> Foreign | None:
        """The language of a message that is not English; None for English and for anything doubtful."""
        text = text[:_MOST_READ]
        scripts = Counter(_script(character) for character in text if character.isalpha())
        others = {script: count for script, count in scripts.items() if script != "latin"}
        letters = sum(scripts.values())
        if others and sum(others.values()) >= max(2, _OTHER_SCRIPT_SHARE * letters):
            return Foreign(self._of_script(max(others, key=others.__getitem__), text))
        return self._of_words(text)

    def foreign_danger(self, text: str) -> tuple[ForeignDanger, ...]:
        """The phrases of danger in other languages, in order of appearance; each at its first place."""
        return self._dangers.find(text)

    def _of_script(self, script: str | None, text: str) -> Tongue | None:
        there = set(text.lower())
        candidates = [tongue for tongue in self._tongues if tongue.script == script and not there & set(tongue.never)]
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        words = {word.text for word in _words(text)}
        return max(
            candidates,
            key=lambda tongue: (
                sum(character in tongue.letters for character in text)
                + 2 * sum(fold(word) in words for word in tongue.words)
            ),
        )

    def _of_words(self, text: str) -> Foreign | None:
        in_order = [word.text for word in _words(text)]
        alone = self._alone.get(tuple(in_order))
        if alone is not None:
            return Foreign(alone, romanised=alone.script != "latin")
        words = set(in_order)
        hits: Counter[str] = Counter(tongue.code for word in words for tongue in self._by_word.get(word, ()))
        if not hits:
            return None
        lower = set(text) - set(text.upper())  # letters of names ("Łukasz") say little
        for tongue in self._tongues:
            if tongue.script == "latin" and hits[tongue.code] and lower & set(tongue.letters):
                hits[tongue.code] += 1
        best = max(self._tongues, key=lambda tongue: hits[tongue.code])
        if hits[best.code] < _FEWEST or hits[best.code] <= len(words & self._english):
            return None
        return Foreign(best, romanised=best.script != "latin")


class _Dangers:
    """All danger phrases, found by their words."""

    def __init__(self, tongues: Iterable[Tongue]) -> None:
        self._phrases = [
            (tongue, tuple(map(fold, phrase))) for tongue in tongues for phrase in dict.fromkeys(tongue.danger)
        ]
        terms = {term for _, phrase in self._phrases for term in phrase}
        self._exact = {term for term in terms if "~" not in term}
        self._open = [term for term in terms if "~" in term]
        self._uses: dict[str, list[int]] = defaultdict(list)
        for number, (_, phrase) in enumerate(self._phrases):
            for term in set(phrase):
                self._uses[term].append(number)

    def find(self, text: str) -> tuple[ForeignDanger, ...]:
        words = _words(text)
        places: dict[str, list[int]] = defaultdict(list)
        satisfied: dict[str, tuple[str, ...]] = {}
        for place, word in enumerate(words):
            terms = satisfied.get(word.text)
            if terms is None:
                terms = satisfied[word.text] = self._terms(word.text)
            for term in terms:
                places[term].append(place)
        touched = Counter(number for term in places for number in self._uses[term])
        found = []
        for number, count in touched.items():
            tongue, phrase = self._phrases[number]
            if count < len(set(phrase)):
                continue
            window = _closest(phrase, places)
            if window is not None:
                start, end = words[window[0]].start, words[window[1]].end
                found.append(ForeignDanger(tongue, Words(start, end, text[start:end])))
        return tuple(sorted(found, key=lambda danger: (danger.words.start, danger.words.end)))

    def _terms(self, word: str) -> tuple[str, ...]:
        exact = (word,) if word in self._exact else ()
        return exact + tuple(term for term in self._open if _fits(term, word))


def _fits(term: str, word: str) -> bool:
    stem = term.strip("~")
    if term[0] == "~":
        return stem in word if term[-1] == "~" else word.endswith(stem)
    return word.startswith(stem)


def _closest(phrase: tuple[str, ...], places: dict[str, list[int]]) -> tuple[int, int] | None:
    """The first stretch of words that holds every word of the phrase, not much longer than the phrase."""
    needed = Counter(phrase)
    events = sorted((place, term) for term in needed for place in places[term])
    held: Counter[str] = Counter()
    begin = 0
    for place, term in events:
        held[term] += 1
        while place - events[begin][0] >= len(phrase) + _SPREAD:
            held[events[begin][1]] -= 1
            begin += 1
        if all(held[term] >= count for term, count in needed.items()):
            while held[events[begin][1]] > needed[events[begin][1]]:
                held[events[begin][1]] -= 1
                begin += 1
            return events[begin][0], place
    return None


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """The comparable form of a word: lower case, common accents and spelling variants of Latin, Cyrillic and Arabic gone."""
    opened = unicodedata.normalize("NFD", word.lower()).translate(_SAME)
    # In Indic scripts the combining marks are vowels and stay; there they are no variants of one letter.
    plain = "".join(c for c in opened if not (unicodedata.combining(c) and _is_accent(c)))
    return unicodedata.normalize("NFC", plain).translate(_SAME)


def _is_accent(character: str) -> bool:
    return character < "\u0370" or "\u0610" <= character <= "\u06ed" or "\u0483" <= character <= "\u0489"


@lru_cache(maxsize=4096)
def _script(character: str) -> str | None:
    """The script of a letter as the content names it; None for one that no recognised language uses."""
    name = unicodedata.name(character, "")
    return next((script for begin, script in _SCRIPT_NAMES.items() if begin in name), None)


def _words(text: str) -> list[_Word]:
    """Runs of letters with their vowel signs and inner apostrophes; digits too, which stand for letters in typed Arabic."""
    words: list[_Word] = []
    start = -1
    for place, character in enumerate(text):
        if _in_word(character) or (start >= 0 and character in "'’ʼ" and _in_word(text[place + 1 : place + 2])):
            start = place if start < 0 else start
        elif start >= 0:
            words.append(_Word(fold(text[start:place]), start, place))
            start = -1
    if start >= 0:
        words.append(_Word(fold(text[start:]), start, len(text)))
    return words


def _in_word(character: str) -> bool:
    return bool(character) and (
        character.isalnum() or unicodedata.category(character)[0] == "M" or character in "\u200c\u200d"
    )
