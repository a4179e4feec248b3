"""
Cut a message or a pasted laboratory report into pieces: words, numbers, signs, dates, lines.

Laboratory text needs more than prose: "145pg/mL", "10*9/L", "1'250", "180 - 914", and
lines that mean something.  Folding replaces one character by one character, so that
offsets stay Unicode code points of the message as it was sent.  Every step is linear.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache


class Kind(Enum):
    WORD = "word"
    NUMBER = "number"
    SIGN = "sign"
    LINE = "line"  # one or more line breaks
    DATE = "date"  # 14/03/2019, 2019-03-14, 03/2019
    NOISE = "noise"  # a time of day, a telephone number, an address, an ordinal: holds no result
    FRACTION = "fraction"  # 120/80


@dataclass(frozen=True)
class Piece:
    """`text` is folded (lower case, no accents, plain quotes and dashes); `glued`: no space stands before it."""

    text: str
    start: int
    end: int
    kind: Kind
    glued: bool


_SAME = str.maketrans(
    {
        **dict.fromkeys("’‘‛ʼ`´′", "'"),
        **dict.fromkeys("“”„″", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("µμ", "u"),
        "×": "x",
        "·": ".",
        "‚": ",",
        "⁄": "/",
        "＊": "*",
    }
)


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in "\n\r\u2028\u2029\v\f":
        return "\n"
    if character.isspace() or unicodedata.category(character) == "Cf":
        return " "
    plain = character.translate(_SAME)
    digit = unicodedata.digit(plain, None)
    if digit is not None:
        return str(digit)
    opened = unicodedata.normalize("NFKD", plain.lower())
    return opened[0] if opened and (len(opened) == 1 or unicodedata.combining(opened[1])) else plain


def fold(text: str) -> str:
    """The text in plain lower case, character by character; its length does not change."""
    return "".join(map(_fold_character, text))


_FIXED = r"""
    (?P<noise>
        [^\s@]{1,64}@[^\s@]{1,255}
      | https?://\S+
      | \+\d[\d\s().-]{7,18}\d
      | (?<![\d.,])0\d{2,4}[ -]?\d{3,4}[ -]?\d{3,4}(?![\d.,/])
      | (?<![\d.,])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?!\d)
      | (?<![\d.,])\d{8,}(?![\d.,])
      | (?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:[ ]?[ap]\.?m\b)?(?!\d)
      | (?<!\d)1?\d(?:[.:][0-5]\d)?[ ]?[ap]\.?m\b\.?(?!ol)
      | (?<![\d.,])\d{1,2}(?:st|nd|rd|th)\b
    )
  | (?P<date>
        (?<![\d.,/-])(?:19|20)\d\d[-/.][01]?\d[-/.][0-3]?\d(?![\d/])
      | (?<![\d.,/-])[0-3]?\d(?P<sep>[-/.])[0-3]?\d(?P=sep)(?:(?:19|20)\d\d|\d\d)(?![\d/-])
      | (?<![\d.,/-])[01]?\d/(?:19|20)\d\d(?![\d/])
      | (?<![\d.,/-])(?:19|20)\d\d[-/](?:0[1-9]|1[0-2])(?![\d/-])
    )
  | (?P<fraction>(?<![\d.,/])\d{1,4}(?:\.\d{1,3})?[ ]?/[ ]?\d{1,3}(?:\.\d{1,3})?(?![\d/.]))
  | (?P<number>
        \d{1,3}(?:[ ]000)+(?![\d.,])
      | \d+(?:[.,']\d+)*[½¼¾]?
      | (?<![\d.])\.\d+
    )
  | (?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)
  | (?P<line>\n[\s]*)
  | (?P<sign>-{1,2}>|=>|=<|<=|>=|&lt;|&gt;|\S)
"""


class Cutter:
    """
    Cuts text into pieces, keeping names such as "b12" whole ("b 12", "B-12" and "b.12" too).

    Args:
        names: Single words of the lexicon that hold a digit.
    """

    def __init__(self, names: Iterable[str]) -> None:
        shapes = sorted({_shape(name) for name in names}, key=len, reverse=True)
        names_group = rf"(?P<name>(?<![^\W_])(?:{'|'.join(shapes)})(?!\d))|" if shapes else ""
        self._pattern = re.compile(names_group + _FIXED, re.VERBOSE)

    def cut(self, text: str) -> list[Piece]:
        """The pieces of a message in order."""
        folded = fold(text)
        pieces = []
        end = -1
        for found in self._pattern.finditer(folded):
            group = found.lastgroup if found.lastgroup != "sep" else "date"
            start = found.start()
            piece = found.group()
            if group == "name":
                piece, kind = re.sub(r"[ .\-]", "", piece), Kind.WORD
            else:
                kind = Kind(group)
            pieces.append(Piece(piece, start, found.end(), kind, start == end))
            end = found.end()
        return pieces


def _shape(name: str) -> str:
    """ "b12" also matches "b 12", "b-12" and "b.12"; letters after the digits must follow at once."""
    spaced = re.sub(r"(?<=[a-z])(?=\d)", r"[ .\\-]?", re.escape(name))
    if name[-1].isalpha():
        return spaced + r"(?![^\W\d_])"
    return spaced + (r"(?!\.\d)" if not name[-2:].isdigit() else "")  # "K 2.8" is potassium, not vitamin K2
