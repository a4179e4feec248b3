"""
Cut a message into words, numbers and punctuation without losing where they stood.

`Token.word` is the form everything else compares with: lower case, no apostrophes
("can't" and "cant" are one word), no accents, "b 12" and "B-12" one word.  Offsets
are Unicode code points of the message as it was sent.

A spaCy tokeniser was not taken: it joins "numb/tingly", splits "b 12" and "can't",
costs seconds of imports, and offsets of normalised words would have to be rebuilt.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache


class Kind(Enum):
    WORD = "word"
    NUMBER = "number"
    MARK = "mark"  # punctuation that separates or joins inside a sentence
    STOP = "stop"  # ends a sentence


@dataclass(frozen=True)
class Token:
    """
    One piece of a message.

    `sentence` counts from 0; `value` is the number of a NUMBER token ("1,000" is 1000.0),
    None for all others.
    """

    text: str
    word: str
    start: int
    end: int
    kind: Kind
    sentence: int
    value: float | None = None


_PIECE = re.compile(
    r"""
    (?P<b12>(?<![^\W_])(?:b|bee)[ \-–.]?(?:12|twelve)(?![^\W_]))
  | (?P<code>(?<![^\W_])(?:n2o|h/o|c/o|k/c/o|h2|t[12]dm?|t[12](?=\b)|ifab|f5l|b6|b9|c19)(?![^\W_]))
  | (?P<box>\[[ ]?[xX✓✔]?[ ]?\]|[☐☑☒])
  | (?P<number>\d+(?:[.,]\d+)*)
  | (?P<word>[^\W\d_]+(?:['’‘`´][^\W\d_]+)*)
  | (?P<newline>[\r\n]+)
  | (?P<stop>\.{2,}|…|[.!?;]+)
  | (?P<mark>\S)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LONGEST_NUMBER = 20  # characters
_APOSTROPHES = re.compile(r"['’‘`´]")
_STRETCHED = re.compile(r"(.)\1{2,}")
_SAME = {"&": "and", "+": "plus", "cannot": "cant", "u": "you", "ur": "your", "r": "are", "coz": "because",
         "cos": "because", "cuz": "because", "bcoz": "because", "becos": "because", "bc": "because", "tho": "though",
         "thru": "through", "nd": "and", "wiv": "with", "👍": "yes", "👎": "no", "✅": "yes", "❌": "no", "✓": "yes", "✔": "yes", "✗": "no", "✘": "no", "yrself": "yourself",
         "h/o": "history", "c/o": "complains", "k/c/o": "known", "nae": "no", "dinnae": "dont", "didnae": "didnt", "cannae": "cant", "couldnae": "couldnt", "wouldnae": "wouldnt",
         "isnae": "isnt", "wasnae": "wasnt", "hasnae": "hasnt", "havenae": "havent", "doesnae": "doesnt", "heid": "head"}  # fmt: skip
#: Contractions that would read as other words without their apostrophe.
TWO_IN_ONE = {
    "we're": "weare",
    "i'll": "iwill",
    "we'll": "wewill",
    "she'll": "shewill",
    "he'll": "hewill",
    "it'll": "itwill",
    "she'd": "shehad",
}
_NOT_POSSESSIVE = frozenset(
    {
        "it",
        "that",
        "he",
        "she",
        "what",
        "who",
        "there",
        "let",
        "here",
        "where",
        "how",
        "when",
        "this",
        "everything",
        "one",
        "mine",
        "y",
    }
)
_SHORT_FORMS = frozenset(
    {
        "dr",
        "mr",
        "mrs",
        "ms",
        "prof",
        "vs",
        "approx",
        "eg",
        "ie",
        "e",
        "g",
        "i",
        "etc",
        "st",
        "no",
        "vit",
        "hosp",
        "inj",
    }
)


def tokenise(text: str) -> list[Token]:
    """The tokens of a message in order; an empty list for a message without any."""
    tokens: list[Token] = []
    sentence = 0
    for match in _PIECE.finditer(text):
        group, piece = match.lastgroup, match.group()
        start, end = match.span()
        if group == "b12":
            tokens.append(Token(piece, "b12", start, end, Kind.WORD, sentence))
        elif group == "number":
            tokens.append(Token(piece, piece, start, end, Kind.NUMBER, sentence, _number(piece)))
        elif group == "box":  # a box that was ticked, or not
            word = "no" if piece.strip("[] ☐") == "" else "yes"
            tokens.append(Token(piece, word, start, end, Kind.WORD, sentence))
        elif group in {"word", "code"}:
            tokens.append(Token(piece, plain(piece), start, end, Kind.WORD, sentence))
        elif group == "mark":
            if _joins_words(text, start, piece):
                continue
            kind = Kind.WORD if piece in _SAME else Kind.MARK
            tokens.append(Token(piece, _SAME.get(piece, piece), start, end, kind, sentence))
        elif _ends_sentence(text, match, tokens):
            tokens.append(Token(piece, piece[0] if group == "stop" else "\n", start, end, Kind.STOP, sentence))
            sentence += 1
    return tokens


@lru_cache(maxsize=20_000)
def plain(piece: str) -> str:
    """The comparable form of one word: "Can’t" -> "cant", "Coeliác" -> "coeliac", "sooooo" -> "soo"."""
    lower = _APOSTROPHES.sub("'", piece).lower()
    if lower in TWO_IN_ONE:
        return TWO_IN_ONE[lower]
    if lower.endswith("'s") and lower[:-2] not in _NOT_POSSESSIVE:
        lower = lower[:-2]  # "my mum's", "the memory's gone": the name is what counts
    word = lower.replace("'", "")
    if not word.isascii() and not word.isnumeric():
        decomposed = unicodedata.normalize("NFKD", word.replace("œ", "oe").replace("æ", "ae"))
        word = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    word = _STRETCHED.sub(r"\1\1", word)
    return _SAME.get(word, word)


def _number(piece: str) -> float | None:
    """Thousands commas are dropped; a single decimal comma counts as a point.  A row of digits is no amount."""
    if len(piece) > _LONGEST_NUMBER:
        return None
    if piece.count(",") == 1 and "." not in piece and len(piece.rsplit(",", 1)[1]) != 3:
        piece = piece.replace(",", ".")
    try:
        return float(piece.replace(",", ""))
    except ValueError:  # 12.03.2021 and the like: a date, not a number
        return None


def _joins_words(text: str, at: int, piece: str) -> bool:
    """A hyphen or apostrophe inside a word says nothing; one between numbers is a range and stays."""
    if piece not in "-‐‑'’‘`´\"“”_*":
        return False
    if piece in "\"“”_*'’‘`´":
        return True
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if before.isdigit() and after.isdigit():
        return False
    return before.isalnum() and after.isalnum()


def _ends_sentence(text: str, match: re.Match[str], tokens: list[Token]) -> bool:
    """A full stop after a short form, or glued between letters ("e.g."), does not end a sentence."""
    piece = match.group()
    if not tokens or tokens[-1].kind is Kind.STOP:
        return False
    if piece != ".":
        return True
    after = text[match.end() : match.end() + 1]
    last = tokens[-1]
    if last.end == match.start() and last.word in _SHORT_FORMS and last.kind is Kind.WORD:
        return last.word == "no" and not after.strip()
    return not (after.isalpha() and len(last.word) == 1 and last.end == match.start())
