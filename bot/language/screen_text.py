"""
Turn a raw message into plain tokens that remember where they stood.

Folds case, accents, full-width and look-alike letters, drops invisible characters,
and cuts the rest into words, numbers and breaks.  Offsets are Unicode code points of
the message as it was sent.  Every step is linear in the length of the message.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

#: Letters of other scripts that are drawn like Latin ones; used only inside words that hold Latin letters.
_LOOK_ALIKES = str.maketrans(
    "абвгеікмнорсстухѕјԛԝɡαβεικνορτυχγηω",
    "a6bгeikmhopcctyxsjqwgabeikvoptuxynw".replace("г", "r"),
)
_QUOTES = {
    "’": "'",
    "‘": "'",
    "ʼ": "'",
    "`": "'",
    "´": "'",
    "′": "'",
    "＇": "'",
    "“": '"',
    "”": '"',
}
_PIECE = re.compile(
    r"(?P<number>\d+(?:[.,:/]\d+)+[a-z]{0,5}(?!\w)|\d+(?![\w@$*]))"
    r"|(?P<word>(?:k!l+|d!e|su!c)\w*|[\w@$*]+(?:'[\w@$*]+)*|&)"
    r"|(?P<end>[.!?;\n…]+)"
    r"|(?P<soft>[,:()\[\]\"]+|(?<!\w)[-–—/]+|[-–—/]+(?!\w))"
    r"|(?P<picture>[\u2600-\u27bf\U0001f300-\U0001faff])"
)
_LATIN, _OTHER = re.compile(r"[a-z]"), re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True)
class Token:
    """
    A word, a number or a sign, and where it stood.

    `kind` is "word", "number", "picture", "end" (of a sentence) or "soft" (a comma, a dash, a bracket).
    """

    text: str
    start: int
    end: int
    kind: str


@lru_cache(maxsize=4096)
def _fold(character: str) -> str:
    """One character in plain lower case: "" for an invisible one, several letters for a ligature."""
    if character in _QUOTES:
        return _QUOTES[character]
    if character in "\n\r\u2028\u2029":
        return "\n"
    if unicodedata.category(character) in ("Cf", "Cc", "Co", "Cn"):
        return " " if character == "\t" else ""
    if unicodedata.category(character).startswith("Z"):
        return " "
    opened = unicodedata.normalize("NFKD", character.casefold())
    return "".join(part for part in opened if not unicodedata.combining(part))


def tokens_of(text: str) -> list[Token]:
    """The tokens of a message, in order."""
    if text.isascii():
        plain, places = text.lower(), None
    else:
        pieces, where = [], []
        for position, character in enumerate(text):
            folded = _fold(character)
            pieces.append(folded)
            where.extend([position] * len(folded))
        plain, places = "".join(pieces), where
    result = []
    for found in _PIECE.finditer(plain):
        start, end = found.span()
        word, kind = found.group(), found.lastgroup or "word"
        if places is not None:
            start, end = places[start], places[end - 1] + 1
            if kind == "word" and _OTHER.search(word) and _LATIN.search(word):
                word = word.translate(_LOOK_ALIKES)
        result.append(Token(word, start, end, kind))
    return _joined_letters(result)


def _joined_letters(tokens: list[Token]) -> list[Token]:
    """Join letters that were typed one by one ("c h e s t", "d.i.e"); four or more, or three joined by one sign."""
    result: list[Token] = []
    position = 0
    while position < len(tokens):
        run = _run_of_letters(tokens, position)
        letters = [token for token in tokens[position:run] if token.kind == "word"]
        if len(letters) >= 4 or (len(letters) == 3 and run - position >= 5):
            joined = "".join(letter.text for letter in letters)
            result.append(Token(joined, letters[0].start, letters[-1].end, "word"))
            position = run
        else:
            result.append(tokens[position])
            position += 1
    return result


def _run_of_letters(tokens: list[Token], position: int) -> int:
    """The position after a run of single letters, each beside the next or one sign away from it."""
    last_end = None
    while position < len(tokens):
        token = tokens[position]
        single = token.kind == "word" and len(token.text) == 1 and token.text.isalpha()
        sign = token.kind in ("end", "soft") and token.end - token.start == 1 and last_end == token.start
        near = last_end is None or token.start - last_end <= 1
        if not near or not (single or (sign and _letter_follows(tokens, position))):
            break
        last_end = token.end
        position += 1
    return position


def _letter_follows(tokens: list[Token], position: int) -> bool:
    following = tokens[position + 1] if position + 1 < len(tokens) else None
    return following is not None and following.kind == "word" and len(following.text) == 1
