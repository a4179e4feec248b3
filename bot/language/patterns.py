"""
Match word patterns written by people who are not programmers.

A pattern is words in order, for example ``<cant> feel ~2 [<feet>]``:

    word        that word ("cant" for can't); ``tingl*`` any word that begins so
    a|b|<c>     one of these
    (a b|c)     one of these sequences
    a b || c    either pattern
    <name>      a class of words defined beside the patterns
    x?          may be missing
    #           any number; #y a year
    ~3          up to three other words, never over "but", "except" or punctuation; ~3, also over commas
    !x          the next word is not x; as first element: the word before is not x
    [ ... ]     the part that is reported; without it, the whole match

All patterns of a lexicon share one tree, so a message is read once whatever their number.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.language.tokens import Kind, Token

T = TypeVar("T")
MAX_VARIANTS = 4096
_GAP = re.compile(r"~(\d+)(,?)$")
_CONTRAST = frozenset({"but", "although", "though", "except", "however", "whereas"})


class PatternError(ValueError):
    """A pattern cannot be read; the text says which and why."""


@dataclass(frozen=True)
class Match(Generic[T]):
    """Tokens [first, last) fired the pattern; [start, end) of them is the part to report."""

    payload: T
    first: int
    last: int
    start: int
    end: int
    own: tuple[int, ...] = ()  # the reported tokens that stand for words of the pattern, without those in gaps


@dataclass(frozen=True)
class _Words:
    """One position: any of these words or beginnings."""

    exact: frozenset[str]
    prefixes: frozenset[str]
    number: bool = False
    year: bool = False


@dataclass(frozen=True)
class _Gap:
    upto: int
    commas: bool = False


@dataclass(frozen=True)
class _Not:
    words: _Words


_Element = _Words | _Gap | _Not


@dataclass
class _Node(Generic[T]):
    next: dict[int, _Node[T]] = field(default_factory=dict)
    gaps: dict[_Gap, _Node[T]] = field(default_factory=dict)
    nots: dict[int, _Node[T]] = field(default_factory=dict)
    ends: list[tuple[T, int, int]] = field(default_factory=list)


class Patterns(Generic[T]):
    """
    A set of patterns, each with a payload, ready to be matched.

    Args:
        entries: Pattern text and payload.
        classes: Class name to its members; a member may have several words or be ``<another>``.

    Raises:
        PatternError: A pattern or class cannot be read.
    """

    def __init__(self, entries: Iterable[tuple[str, T]], *, classes: Mapping[str, Sequence[str]] | None = None) -> None:
        self._classes = classes or {}
        self._ids: dict[_Words, int] = {}
        self._exact: dict[str, set[int]] = {}
        self._prefixes: dict[str, set[int]] = {}
        self._numbers: set[int] = set()
        self._years: set[int] = set()
        self._root: _Node[T] = _Node()
        self._cache: dict[str, frozenset[int]] = {}
        self._prefix_lengths: list[int] = []
        for text, payload in entries:
            self.add(text, payload)

    def add(self, text: str, payload: T) -> None:
        """Add one pattern, or several separated by "||"; raises PatternError when it cannot be read."""
        for sequence in text.split("||"):
            for elements, start, end in self._expand(sequence.strip()):
                self._add(elements, start, end, payload)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefixes})

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every whole word that stands in a pattern."""
        return frozenset(self._exact)

    def knows(self, word: str) -> bool:
        """Whether some pattern has a place for this word."""
        return bool(self._features(word, number=False))

    def match(self, tokens: Sequence[Token], *, also: Callable[[str], Sequence[str]] | None = None) -> list[Match[T]]:
        """
        All matches, in the order of their first token.

        Args:
            tokens: The message.
            also: Other readings of a word (spelling); the word as written counts too.
        """
        features = []
        for at, token in enumerate(tokens):
            found = self._features(token.word, number=token.kind is Kind.NUMBER)
            if self._years and token.value is not None and _is_year(token, tokens[at + 1 : at + 2]):
                found = found | self._years
            if also is not None and token.kind is Kind.WORD:
                for other in also(token.word):
                    found = found | self._features(other, number=False)
            features.append(found)
        matches: list[Match[T]] = []
        for at in range(len(tokens)):
            if features[at] or self._root.nots:
                self._walk(self._root, tokens, features, at, at, [], matches)
        return matches

    def _walk(
        self,
        node: _Node[T],
        tokens: Sequence[Token],
        features: Sequence[frozenset[int]],
        first: int,
        at: int,
        path: list[int],
        matches: list[Match[T]],
    ) -> None:
        for payload, start, end in node.ends:
            matches.append(Match(payload, first, path[-1] + 1, path[start], path[end - 1] + 1, tuple(path[start:end])))
        for not_id, child in node.nots.items():
            beside = at if path else first - 1
            if not (0 <= beside < len(tokens)) or not_id not in features[beside]:
                self._walk(child, tokens, features, first, at, path, matches)
        if node.next and at < len(tokens):
            here = features[at]
            children = node.next
            for feature in here if len(here) < len(children) else children.keys() & here:
                found = children.get(feature)
                if found is not None:
                    path.append(at)
                    self._walk(found, tokens, features, first, at + 1, path, matches)
                    path.pop()
        for gap, child in node.gaps.items():
            skip, skipped = at, 0
            while True:
                if self._may_go_on(child, features, skip):
                    self._walk(child, tokens, features, first, skip, path, matches)
                if skip >= len(tokens) or not self._may_skip(tokens[skip], gap):
                    break
                if tokens[skip].kind is not Kind.MARK:
                    skipped += 1
                    if skipped > gap.upto:
                        break
                skip += 1

    @staticmethod
    def _may_go_on(node: _Node[T], features: Sequence[frozenset[int]], at: int) -> bool:
        """Whether anything can match here; saves most of the walks behind a gap."""
        if node.ends or node.nots or node.gaps:
            return True
        return at < len(features) and not node.next.keys().isdisjoint(features[at])

    @staticmethod
    def _may_skip(token: Token, gap: _Gap) -> bool:
        if token.kind is Kind.MARK:
            return token.word in {":", "-", "–", "—"} or (gap.commas and token.word in {",", "/", "(", ")"})
        return token.kind is not Kind.STOP and token.word not in _CONTRAST

    def _features(self, word: str, *, number: bool) -> frozenset[int]:
        cached = self._cache.get(word)
        if cached is None:
            found = set(self._exact.get(word, ()))
            for length in self._prefix_lengths:
                if length > len(word):
                    break
                found |= self._prefixes.get(word[:length], set())
            cached = frozenset(found)
            if len(self._cache) < 50_000:
                self._cache[word] = cached
        return cached | self._numbers if number else cached

    def _add(self, elements: Sequence[_Element], start: int, end: int, payload: T) -> None:
        node = self._root
        for element in elements:
            if isinstance(element, _Gap):
                node = node.gaps.setdefault(element, _Node())
            elif isinstance(element, _Not):
                node = node.nots.setdefault(self._id(element.words), _Node())
            else:
                node = node.next.setdefault(self._id(element), _Node())
        node.ends.append((payload, start, end))

    def _id(self, words: _Words) -> int:
        if words not in self._ids:
            number = len(self._ids)
            self._ids[words] = number
            for word in words.exact:
                self._exact.setdefault(word, set()).add(number)
            for prefix in words.prefixes:
                self._prefixes.setdefault(prefix, set()).add(number)
            if words.number:
                self._numbers.add(number)
            if words.year:
                self._years.add(number)
        return self._ids[words]

    # --- reading the notation ---------------------------------------------------------

    def _expand(self, text: str) -> list[tuple[list[_Element], int, int]]:
        """Every plain variant of a pattern, with the range of its word positions to report."""
        sequences: list[list[_Element | str]] = [[]]
        for item in _split(text):
            choices = self._choices(item, text)
            sequences = [old + new for old, new in itertools.product(sequences, choices)]
            if len(sequences) > MAX_VARIANTS:
                raise PatternError(f"{text!r} stands for more than {MAX_VARIANTS} variants; use fewer options.")
        return [self._marked(sequence, text) for sequence in sequences]

    def _marked(self, sequence: Sequence[_Element | str], text: str) -> tuple[list[_Element], int, int]:
        elements: list[_Element] = []
        position, start, end = 0, 0, None
        for item in sequence:
            if item == "[":
                start = position
            elif item == "]":
                end = position
            elif not isinstance(item, str):
                elements.append(item)
                position += isinstance(item, _Words)
        end = position if end is None else end
        if position == 0 or start >= end:
            raise PatternError(f"{text!r} has a variant without a word to report.")
        return elements, start, end

    def _choices(self, item: str, text: str) -> list[list[_Element | str]]:
        if item in "[]":
            return [[item]]
        if item.endswith("?"):
            return [*self._choices(item[:-1], text), []]
        if item.startswith("!"):
            variants = self._choices(item[1:], text)
            return [[_Not(_one_word(variants, text))]]
        gap = _GAP.match(item)
        if gap:
            return [[_Gap(int(gap.group(1)), bool(gap.group(2)))]]
        if item.startswith("("):
            if not item.endswith(")"):
                raise PatternError(f"{text!r}: a bracket '(' is not closed.")
            return _merged(
                [
                    [part for parts in combination for part in parts]
                    for option in _options(item[1:-1])
                    for combination in itertools.product(*(self._choices(word, text) for word in _split(option)))
                ]
            )
        singles: set[str] = set()
        number = year = False
        longer: list[list[_Element | str]] = []
        for member in self._members(item, text):
            if member == "#":
                number = True
            elif member == "#y":
                year = True
            elif " " in member:
                longer.extend(
                    [part for parts in combination for part in parts]
                    for combination in itertools.product(*(self._choices(word, text) for word in _split(member)))
                )
            else:
                singles.add(member)
        result = list(longer)
        if singles or number or year:
            exact = frozenset(word for word in singles if not word.endswith("*"))
            prefixes = frozenset(word[:-1] for word in singles if word.endswith("*"))
            result.append([_Words(exact, prefixes, number, year)])
        return result

    def _members(self, item: str, text: str, *, seen: tuple[str, ...] = ()) -> list[str]:
        members: list[str] = []
        for option in item.split("|"):
            if option.startswith("<") and option.endswith(">"):
                name = option[1:-1]
                if name not in self._classes:
                    raise PatternError(f"{text!r}: there is no class <{name}>.")
                if name in seen:
                    raise PatternError(f"class <{name}> contains itself.")
                for member in self._classes[name]:
                    if member.startswith("<") and " " not in member:
                        members.extend(self._members(member, text, seen=(*seen, name)))
                    else:
                        members.append(member)
            elif not option or not re.fullmatch(r"[a-z0-9#/]+\*?", option):
                raise PatternError(f"{text!r}: {option!r} is not a lower-case word without apostrophes.")
            else:
                members.append(option)
        return members


_UNITS = frozenset(
    {
        "mcg",
        "ug",
        "mg",
        "iu",
        "micrograms",
        "microgram",
        "units",
        "ng",
        "pg",
        "pmol",
        "µg",
        "ml",
        "x",
        "calories",
        "kcal",
        "steps",
    }
)


def _is_year(token: Token, following: Sequence[Token]) -> bool:
    if following and following[0].word in _UNITS:
        return False
    return len(token.text) == 4 and token.text.isdigit() and 1900 <= int(token.text) <= 2100


def _merged(variants: list[list[_Element | str]]) -> list[list[_Element | str]]:
    """All variants of one word as a single position, so that options do not multiply."""
    single = [variant[0] for variant in variants if len(variant) == 1 and isinstance(variant[0], _Words)]
    longer = [variant for variant in variants if not (len(variant) == 1 and isinstance(variant[0], _Words))]
    if not single:
        return longer
    words = [item for item in single if isinstance(item, _Words)]
    return [
        *longer,
        [
            _Words(
                frozenset().union(*(item.exact for item in words)),
                frozenset().union(*(item.prefixes for item in words)),
                any(item.number for item in words),
                any(item.year for item in words),
            )
        ],
    ]


def _one_word(variants: list[list[_Element | str]], text: str) -> _Words:
    exact: set[str] = set()
    prefixes: set[str] = set()
    for variant in variants:
        if len(variant) != 1 or not isinstance(variant[0], _Words):
            raise PatternError(f"{text!r}: '!' takes single words only.")
        exact |= variant[0].exact
        prefixes |= variant[0].prefixes
    return _Words(frozenset(exact), frozenset(prefixes))


def _split(text: str) -> list[str]:
    """Split at spaces outside round brackets; '[' and ']' stand alone."""
    parts: list[str] = []
    depth, current = 0, ""
    for letter in text:
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
        if depth == 0 and letter in " []":
            if current:
                parts.append(current)
            if letter != " ":
                parts.append(letter)
            current = ""
        else:
            current += letter
    if current:
        parts.append(current)
    if depth:
        raise PatternError(f"{text!r}: round brackets do not match.")
    return parts


def _options(text: str) -> list[str]:
    """Split at '|' between sequences: at the top level, where any option has a space, '|' separates sequences."""
    parts: list[str] = []
    depth, current = 0, ""
    for letter in text:
        if letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
        if letter == "|" and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += letter
    parts.append(current.strip())
    return [part for part in parts if part]
