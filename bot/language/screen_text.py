"""
Turn a raw message into plain tokens that remember where they stood.

Folds case, accents, full-width and look-alike letters, drops invisible characters,
and cuts the rest into words, numbers and breaks.  Offsets are Unicode code points of
the message as it was sent.  Every step is linear in the length of the message.
"""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

#: Letters of other scripts that are drawn like Latin ones; used only inside words that hold Latin letters.
_LOOK_ALIKES = str.maketrans(
    "абвгеікмнорсстухѕјԛԝһӏɡαβεικνορτυχγηωհոսօքտʗʂʈաղ",
    "a6bгeikmhopcctyxsjqwhlgabeikvoptuxynwhnuopmcstwn".replace("г", "r"),
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
    r"(?P<number>\d+(?:[.,:/]\d+)+[a-z]{0,5}(?!\w)|\d+(?![^\W_]|[@$*]))"
    r"|(?P<word>(?:k!l+|d!e|su!c)\w*|[^\W_](?:[\w@$*](?<!_))*(?:'(?:[\w@$*](?<!_))+)*|[@$](?:[\w@$*](?<!_))*\w|&)"
    r"|(?P<end>[.!?;\n…]+)"
    r"|(?P<soft>[,:()\[\]\"]+|(?<!\w)[-–—/]+|[-–—/]+(?!\w))"
    r"|(?P<picture>[\u2600-\u27bf\U0001f300-\U0001faff])"
)
#: Spaces and signs as web pages and addresses write them, and the tags of a page.
_WRITTEN_SIGN = re.compile(
    r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});|%(?:20|27|2c|0a)|\\[nt]|<\/?[a-z]{1,10}\s?\/?>", re.IGNORECASE
)
_HUMP = re.compile(r"(?<=[a-z]{3})(?=[A-Z][a-z]{2})")  # "CrushingChestPain"
#: Letters that are drawn with an ornament or in a frame, by their Unicode names ("LATIN LETTER SMALL CAPITAL A").
_ORNAMENTED = re.compile(
    r"(?:LATIN (?:SMALL |CAPITAL )?LETTER (?:SMALL CAPITAL |DOTLESS |TURNED )?|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER "
    r"|REGIONAL INDICATOR SYMBOL LETTER )([A-Z])(?: WITH .*)?$"
)
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u180e")  # letters by name, drawn as nothing
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
    category = unicodedata.category(character)
    if character in _BLANK or category.startswith("Z"):
        return " "
    if category in ("Cf", "Cc", "Co", "Cn"):
        return " " if character == "\t" else ""
    opened = unicodedata.normalize("NFKD", character.casefold()).casefold()
    kept = "".join(part for part in opened if not unicodedata.category(part).startswith("M"))
    if len(kept) == 1 and not kept.isascii():
        plain = _ORNAMENTED.match(unicodedata.name(kept, ""))
        return plain.group(1).lower() if plain else kept
    return kept


def tokens_of(text: str) -> list[Token]:
    """The tokens of a message, in order."""
    plain, places = _plain(text)
    humps = {place.start() for place in _HUMP.finditer(text)}
    result = []
    for found in _PIECE.finditer(plain):
        start, end = found.span()
        word, kind = found.group(), found.lastgroup or "word"
        if places is not None:
            start, end = places[start][0], places[end - 1][1]
            if kind == "word" and _OTHER.search(word) and _LATIN.search(plain):
                word = _latin(word)
        if kind == "word" and not humps.isdisjoint(range(start + 1, end)) and end - start == len(word):
            result.extend(_at_humps(word, start, humps))
        else:
            result.append(Token(word, start, end, kind))
    return _joined_letters(result)


def _plain(text: str) -> tuple[str, list[tuple[int, int]] | None]:
    """The message in plain lower case, and for each of its characters where it stood; None when nothing moved."""
    signs = {found.start(): found.end() for found in _WRITTEN_SIGN.finditer(text)}
    if text.isascii() and not signs:
        return text.lower(), None
    pieces: list[str] = []
    where: list[tuple[int, int]] = []
    position = 0
    while position < len(text):
        end = signs.get(position, position + 1)
        written = text[position:end]
        folded = _fold(written) if end == position + 1 else _sign(written)
        pieces.append(folded)
        where.extend([(position, end)] * len(folded))
        position = end
    return "".join(pieces), where


def _sign(written: str) -> str:
    """What a page or an address writes as "&nbsp;", "%20" or "<br>"."""
    if written.startswith("%"):
        return chr(int(written[1:], 16))
    if written.startswith("&"):
        read = html.unescape(written)
        return "".join(map(_fold, read)) if read != written else written.lower()
    return "\n" if written == "\\n" or written.lower().startswith(("<br", "<p", "<li", "</p", "</li")) else " "


def _latin(word: str) -> str:
    """Letters drawn like Latin ones as those, in words that mix both or hold nothing else."""
    read = word.translate(_LOOK_ALIKES)
    return read if _LATIN.search(word) or read.isascii() else word


def _at_humps(word: str, start: int, humps: set[int]) -> list[Token]:
    cuts = [0, *(place - start for place in sorted(humps) if start < place < start + len(word)), len(word)]
    return [Token(word[low:high], start + low, start + high, "word") for low, high in itertools.pairwise(cuts)]


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
