"""
Find the reviewed patterns in a message, each with the words that make it up.

A message is walked once against a tree of all known phrases; a pattern is looked at
only when every one of its parts was seen.  Little words and intensifiers are stepped
over.  The work grows linearly with the message, whatever it says.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.knowledge.danger_patterns import (
    LITTLE_WORDS,
    MOST_SPELLINGS,
    Pattern,
    Term,
    count_of,
    places_of,
    spellings,
)
from bot.language.danger_vocabulary import Vocabulary, number_of
from bot.language.screen_text import Token, tokens_of

#: Stepped over inside phrases and free of charge between the parts of a pattern.
_STEPPED_OVER = LITTLE_WORDS | frozenset(
    "me any this that really rly very so just even quite properly proper bloody fucking fuckin effing flipping bleeding well "
    "actually literally kind sort kinda sorta of abit bit right like totally completely absolutely all".split()
)
_FREE = _STEPPED_OVER | frozenset(
    "is are was were be been being has have had having having got gets getting feel feels feeling felt it its im ive i hes shes "
    "and or to in on at with too as gone going went goes become becoming seems seem keeps keep kept started starting also "
    "now some there theres bit lot n & since then up he she they one".split()
)
_MEASURES = frozenset("mg mcg ug ml g iu kg st lb lbs am pm th nd rd units miles km mmol pmol ng pg".split())
_NAMES_A_NUMBER = frozenset("type grade stage factor number no question part covid".split())  # "type 2" counts nothing
_NUMBER_AND_UNIT = re.compile(
    r"(\d{1,3}(?:[.,]\d+)?)(wks?|weeks?|mnths?|mths?|months?|mos?|yrs?|years?|days?|hrs?|hours?|mins?|minutes?|secs?|w|x|puffs?|amps?|pads?)"
)
_DIGITS_LEFT, _FIRST_OF_LAST_CENTURY = 2, "30"
_BEFORE_A_YEAR = frozenset(
    "in since from of back until till before after summer winter spring autumn around about".split()
)
_MOST_STEPS = 2  # little words stepped over inside one phrase
_WIDEST = 14  # words between two parts of a pattern, whatever they are
_MOST_FOUND = 40  # occurrences of one pattern in one message
_MOST_NEAR = 6  # candidates for the next part of a pattern
_LONG_SENTENCE, _LONGEST_SENTENCE = (
    200,
    300,
)  # words; nobody means "not" that far, and the work grows with the square
_CONTRACTED = {
    "will": "wont", "is": "isnt", "are": "arent", "was": "wasnt", "were": "werent", "do": "dont", "does": "doesnt", "did": "didnt",
    "has": "hasnt", "have": "havent", "had": "hadnt", "can": "cant", "could": "couldnt", "would": "wouldnt", "should": "shouldnt",
}  # fmt: skip
_CUT_BEFORE = frozenset("and but then so also because".split())


@dataclass(frozen=True)
class Span:
    """Words `start` to before `end`, counted in words of the message."""

    start: int
    end: int


@dataclass(frozen=True)
class Occurrence:
    """One place where a pattern was found: its parts in the order of the message."""

    parts: tuple[Span, ...]

    @property
    def start(self) -> int:
        return self.parts[0].start

    @property
    def end(self) -> int:
        return max(part.end for part in self.parts)

    def holds(self, word: int) -> bool:
        return any(part.start <= word < part.end for part in self.parts)


@dataclass
class Message:
    """A message cut into words, with everything that was recognised in it."""

    text: str
    words: list[Token]
    sentence: list[int]  # number of the sentence each word stands in
    comma_before: list[bool]  # a comma, dash or bracket stands before the word
    ends: dict[int, str]  # sentence number to the sign that ends it
    forms: list[tuple[str, ...]]
    cost: list[int] = field(default_factory=list)  # words that carry meaning, summed from the start
    spans: dict[int, list[Span]] = field(default_factory=dict)

    def sentence_end(self, place: int) -> int:
        """The place after the last word of the sentence that `place` stands in."""
        return bisect_right(self.sentence, self.sentence[place])

    def offsets(self, start: int, end: int) -> tuple[int, int]:
        return self.words[start].start, self.words[end - 1].end


@dataclass(frozen=True)
class Compiled:
    """A pattern whose parts are numbers of phrase sets."""

    terms: tuple[int, ...]
    needed: frozenset[int]
    follows: tuple[bool, ...]
    gap: int


class Lexicon:
    """
    All word lists and patterns, compiled once.

    Args:
        lists: Name of a word list to its phrases; `includes` are resolved already.
        meant: Text speech and known slips, see `Vocabulary`.
    """

    def __init__(self, lists: Mapping[str, Iterable[str]], meant: Mapping[str, tuple[str, ...]]) -> None:
        self._tree: dict = {}
        self._wide: dict[
            str, list[tuple[tuple[frozenset[str], ...], int]]
        ] = {}  # first word to phrases of many choices
        self._numbers: list[tuple[float, float, int]] = []  # from, below, phrase set
        self._sets = 0
        self._of_term: dict[Term, int] = {}  # equal places of different patterns share one set
        self._words: set[str] = set()
        self._phrases: dict[str, tuple[str, ...]] = {}
        self._of_list: dict[str, int] = {}
        self._meant = meant
        self._vocabulary: Vocabulary | None = None
        for name, phrases in lists.items():
            self._phrases[name] = tuple(phrases)
            self._of_list[name] = self._new_set(self._phrases[name])

    def compile(self, pattern: Pattern) -> Compiled:
        """The pattern ready for `find`; raises KeyError naming a word list that does not exist."""
        terms = tuple(self._term(term) for term in pattern.terms)
        return Compiled(terms, frozenset(terms), pattern.follows, pattern.gap)

    def named(self, name: str) -> int:
        """The number of a word list."""
        return self._of_list[name]

    def read(self, text: str) -> Message:
        """Cut and annotate a message."""
        if self._vocabulary is None:
            self._vocabulary = Vocabulary(self._words, self._meant)
        message = _cut(text, self._vocabulary)
        self._annotate(message)
        return message

    def find(self, pattern: Compiled, message: Message) -> list[Occurrence]:
        """Where the pattern stands, at most `_MOST_FOUND` places, the shortest for each start."""
        if not message.spans.keys() >= pattern.needed:
            return []
        found = []
        if len(pattern.terms) == 1:
            return [Occurrence((span,)) for span in message.spans[pattern.terms[0]][:_MOST_FOUND]]
        for first in message.spans[pattern.terms[0]]:
            best = _extend(message, pattern, (first,), 1)
            if best is not None:
                found.append(Occurrence(tuple(sorted(best, key=lambda span: span.start))))
                if len(found) >= _MOST_FOUND:
                    break
        return found

    def _new_set(self, phrases: Iterable[str]) -> int:
        self._sets += 1
        for phrase in phrases:
            places = places_of(phrase)
            self._words.update(word for place in places for word in place if word)
            if count_of(places) > MOST_SPELLINGS:
                self._add_wide(places)
            else:
                self._add_to_tree(phrase)
        return self._sets

    def _add_to_tree(self, phrase: str) -> None:
        for words in spellings(phrase):
            node = self._tree
            for word in words:
                node = node.setdefault(word, {})
            node.setdefault(None, set()).add(self._sets)

    def _add_wide(self, places: list[list[str]]) -> None:
        """Every choice of leaving out what may be left out, each place as a set of words."""
        variants = itertools.product(*([True, False] if "" in place else [True] for place in places))
        for keep in variants:
            kept = [frozenset(place) - {""} for place, kept in zip(places, keep, strict=True) if kept]
            if kept:
                for first in kept[0]:
                    self._wide.setdefault(first, []).append((tuple(kept), self._sets))

    def _term(self, term: Term) -> int:
        if len(term.lists) == 1 and not term.phrases and not term.numbers:
            return self._of_list[term.lists[0]]
        if term not in self._of_term:
            phrases = [*(phrase for name in term.lists for phrase in self._phrases[name]), *term.phrases]
            number = self._of_term[term] = self._new_set(phrases)
            self._numbers.extend((float(limits.low), float(limits.high), number) for limits in term.numbers)
        return self._of_term[term]

    def _annotate(self, message: Message) -> None:
        spans = message.spans
        forms, sentence, count = message.forms, message.sentence, len(message.words)
        for start in range(count):
            read = _plain_number(message, start)
            if read is not None:
                alone = Span(start, start + 1)
                for low, below, number in self._numbers:
                    if low <= read < below:
                        spans.setdefault(number, []).append(alone)
            found: dict[int, set[int]] = {}
            stack = [(self._tree, start, 0)]
            while stack:
                node, place, steps = stack.pop()
                if place >= count or sentence[place] != sentence[start]:
                    continue
                for form in forms[place]:
                    child = node.get(form)
                    if child is not None:
                        if None in child:
                            found.setdefault(place + 1, set()).update(child[None])
                        stack.append((child, place + 1, 0))
                if place > start and steps < _MOST_STEPS and forms[place][0] in _STEPPED_OVER:
                    stack.append((node, place + 1, steps + 1))
            for form in forms[start]:
                for places, number in self._wide.get(form, ()):
                    end = _fits(message, places, start)
                    if end is not None:
                        found.setdefault(end, set()).add(number)
            for end, numbers in sorted(found.items()):
                span = Span(start, end)
                for number in numbers:
                    spans.setdefault(number, []).append(span)


def _plain_number(message: Message, place: int) -> float | None:
    """The number at this word; None for a dose, a time of day or a date ("20 mg", "3pm")."""
    read = number_of(message.words[place].text)
    if read is None:
        return None
    following = message.forms[place + 1][0] if place + 1 < len(message.words) else ""
    before = message.forms[place - 1][0] if place > 0 else ""
    measured = read[1] in _MEASURES or (not read[1] and following in _MEASURES)
    return None if measured or before in _NAMES_A_NUMBER else read[0]


def _fits(message: Message, places: tuple[frozenset[str], ...], start: int) -> int | None:
    """Where a phrase of many choices that begins at `start` ends, or None when it does not stand there."""
    place, steps = start + 1, 0
    for choices in places[1:]:
        while True:
            if place >= len(message.words) or message.sentence[place] != message.sentence[start]:
                return None
            forms = message.forms[place]
            if any(form in choices for form in forms):
                break
            if steps >= _MOST_STEPS or forms[0] not in _STEPPED_OVER:
                return None
            steps += 1
            place += 1
        place, steps = place + 1, 0
    return place


def _extend(message: Message, pattern: Compiled, chosen: tuple[Span, ...], place: int) -> tuple[Span, ...] | None:
    """The tightest way to place the remaining parts beside those chosen, or None."""
    if place == len(pattern.terms):
        return chosen
    best, best_width = None, None
    for span in _near(message, pattern, chosen, place):
        complete = _extend(message, pattern, (*chosen, span), place + 1)
        if complete is None:
            continue
        width = max(part.end for part in complete) - min(part.start for part in complete)
        if best_width is None or width < best_width:
            best, best_width = complete, width
    return best


def _near(message: Message, pattern: Compiled, chosen: tuple[Span, ...], place: int) -> Iterator[Span]:
    candidates = message.spans[pattern.terms[place]]
    follows = pattern.follows[place]
    low = chosen[-1].end if follows else min(span.start for span in chosen) - _WIDEST
    index = bisect_left(candidates, low, key=lambda span: span.start)
    sentence, given = message.sentence[chosen[0].start], 0
    high = max(span.end for span in chosen) + _WIDEST
    while index < len(candidates) and given < 4 * _MOST_NEAR and candidates[index].start <= high:
        span = candidates[index]
        index += 1
        if message.sentence[span.start] != sentence or any(_overlap(span, other) for other in chosen):
            continue
        if _gap(message, span, chosen[-1:] if follows else chosen) <= pattern.gap:
            given += 1
            yield span


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _gap(message: Message, span: Span, chosen: tuple[Span, ...]) -> int:
    """Words that carry meaning between the span and the nearest part chosen before."""
    return min(
        message.cost[span.start] - message.cost[other.end]
        if other.end <= span.start
        else message.cost[other.start] - message.cost[span.end]
        for other in chosen
    )


def _cut(text: str, vocabulary: Vocabulary) -> Message:
    message = Message(text, [], [], [], {}, [])
    number, comma, length = 0, False, 0
    tokens = _with_contractions(_units_apart(_whole_years(vocabulary.split(tokens_of(text)), text)))
    for index, token in enumerate(tokens):
        if token.kind == "end" and not _only_a_pause(tokens, index):
            if message.words and message.sentence[-1] == number:
                message.ends[number] = token.text
                number, length = number + 1, 0
        elif token.kind in ("end", "soft"):
            comma = True
        else:
            length += 1
            if length > (_LONG_SENTENCE if token.text in _CUT_BEFORE else _LONGEST_SENTENCE):
                number, length = number + 1, 1
            message.words.append(token)
            message.sentence.append(number)
            message.comma_before.append(comma)
            message.forms.append(vocabulary.forms(token.text) if token.kind == "word" else (token.text,))
            comma = False
    message.cost = [0]
    for forms in message.forms:
        message.cost.append(message.cost[-1] + (0 if forms[0] in _FREE else 1))
    return message


def _whole_years(tokens: list[Token], text: str) -> list[Token]:
    """ "In '89" is read like "in 1989"."""
    result: list[Token] = []
    for token in tokens:
        cut_short = (
            len(token.text) == _DIGITS_LEFT
            and token.text.isdigit()
            and text[token.start - 1 : token.start] in ("'", "’", "‘")
        )
        if cut_short and result and result[-1].text in _BEFORE_A_YEAR:
            century = "20" if token.text < _FIRST_OF_LAST_CENTURY else "19"
            token = Token(century + token.text, token.start, token.end, "number")
        result.append(token)
    return result


def _units_apart(tokens: list[Token]) -> list[Token]:
    """ "36wks" is read like "36 wks"."""
    result: list[Token] = []
    for token in tokens:
        found = _NUMBER_AND_UNIT.fullmatch(token.text) if token.text[:1].isdigit() else None
        if found is None or token.end - token.start != len(token.text):
            result.append(token)
            continue
        middle = token.start + found.end(1)
        result.append(Token(found.group(1), token.start, middle, "number"))
        result.append(Token(found.group(2), middle, token.end, "word"))
    return result


def _with_contractions(tokens: list[Token]) -> list[Token]:
    """ "Will not" is read like "won't", which the word lists hold."""
    result: list[Token] = []
    for token in tokens:
        before = result[-1] if result else None
        if before is not None and token.text == "not" and before.text in _CONTRACTED:
            result[-1] = Token(_CONTRACTED[before.text], before.start, token.end, "word")
        else:
            result.append(token)
    return result


def _only_a_pause(tokens: list[Token], index: int) -> bool:
    """Dots that trail off, or a line that was only wrapped, do not end a sentence."""
    sign = tokens[index].text
    if "?" in sign or "!" in sign or ";" in sign:
        return False
    if "\n" in sign:
        return False
    return sign.startswith(("..", "…"))
