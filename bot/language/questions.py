"""
Read the question that was just put: which things it names, and what it wants to know of them.

The question comes in its own words ("any tingling or numbness?") or as a code of the contract.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.clinical.codes import HISTORY, SYMPTOMS
from bot.language.cue_rows import CueRows
from bot.language.lexicon import Hit, Lexicon
from bot.language.tokens import Token, tokenise

_RECENT = frozenset({"recent", "recently", "lately", "weeks", "months", "last"})
_TELLING = 5  # letters of a word that may stand for the thing it belongs to
_SINCE = frozenset("since after following during before where from".split())
_CODES = frozenset(SYMPTOMS) | frozenset(HISTORY)
_ALIASES = {
    "pregnant": ("pregnancy", "breastfeeding"),
    "current_b12": ("current_b12_injections", "current_oral_b12"),
}
_ASKS_BY_CODE = {"age": "asks-age", "sex": "asks-sex"}


@dataclass(frozen=True)
class Question:
    """What a question names (codes, in its order) and which kinds of thing it asks ("asks-how-long")."""

    codes: tuple[str, ...] = ()
    asks: frozenset[str] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict)  # a word that stands for one code only, to its code

    @property
    def of_presence(self) -> bool:
        """Asks whether things are so, and not how long, how often or which way."""
        return bool(self.codes) and not self.asks - {
            "asks-what",
            "asks-explained",
            "asks-limits",
            "asks-confirmed",
            "asks-sex",
            "asks-told",
            "asks-family",
            "asks-self-too",
        } - {"asks-worse"}


def read_question(context: str | None, lexicon: Lexicon, cues: CueRows) -> Question:
    """The question in its words or as a code; an empty one for None."""
    if not context or not context.strip():
        return Question()
    plain = context.strip()
    if plain in _ALIASES:
        return Question(_ALIASES[plain])
    if plain in _CODES:
        return Question((plain,))
    if plain in _ASKS_BY_CODE:
        return Question((), frozenset({_ASKS_BY_CODE[plain]}))
    tokens = tokenise(plain)
    recent = any(token.word in _RECENT for token in tokens)
    named = [hit for hit in lexicon.find(tokens) if recent or not lexicon.rows[hit.code].needs_date]
    topics = [topic for topic in lexicon.topics(tokens) if not _belongs(tokens, topic, named)]
    hits = sorted([*named, *topics], key=lambda hit: hit.start)
    hits = [hit for place, hit in enumerate(hits) if not (place and _background(tokens, hit))]
    codes = tuple(dict.fromkeys(hit.code for hit in hits))
    asks = frozenset(kind for kind in cues.find(tokens) if kind.startswith("asks-"))
    if "asks-family" in asks and "asks-self-too" not in asks:
        codes = tuple(dict.fromkeys(lexicon.rows[code].family_as or code for code in codes))
    return Question(codes, asks, _own_words(tokens, hits))


def _belongs(tokens: Sequence[Token], topic: Hit, named: Sequence[Hit]) -> bool:
    """ "yellowing of your skin or eyes": the parts of the body say where, and are no questions of their own."""
    return any(
        hit.end <= topic.start <= hit.end + 5
        and any(token.word in {"of", "in", "on"} for token in tokens[hit.end : topic.start])
        for hit in named
    ) or any(hit.first <= topic.start and topic.end <= hit.last for hit in named)


def _own_words(tokens: Sequence[Token], hits: Sequence[Hit]) -> dict[str, str]:
    """What an answer may take up of a question: "the tablets" of "B12 tablets or injections?"."""
    found: dict[str, set[str]] = {}
    for hit in hits:
        for at in range(hit.start, hit.end):
            if len(tokens[at].word) >= _TELLING:
                found.setdefault(tokens[at].word, set()).add(hit.code)
    return {word: next(iter(codes)) for word, codes in found.items() if len(codes) == 1}


def _background(tokens: Sequence[Token], hit: Hit) -> bool:
    """ "any rash since your injection?": the injection is no question of its own."""
    return any(token.word in _SINCE for token in tokens[max(0, hit.start - 3) : hit.start])
