"""
Every regular expression of the program on texts made to be slow for it.

    python -m benchmarks.patterns

Notes each pattern that the parts compile which patients' and staff's words reach, and
searches texts of 4,000 and 8,000 characters with it: repeated signs, numbers and words,
and pieces of the pattern itself.  Prints the slowest with the ratio of the two lengths:
2 is linear, 4 quadratic.  Returns 1 when a pattern takes longer than `--most` milliseconds.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_SHORT, _LONG = 4_000, 8_000
_PIECES = (
    "a", "1", " ", "a ", "1 ", "1,", "1.", ",", ".", "-", "'", "\n", "1/", "/1 ", "<a", "&", "@a", "a@", "a.",
    "https://a", "no ", "12 weeks ", "b12 150 ", "b12 150 pg/ml, ", "2024-01-", "a-", "a'", " \n", "[1", "|", "\u200b",
    "é\u0301", "(", "((a", "a1", "0,", "1 000 ", "<>", "|-", "**a", "ng/l ", "my leg ", "if ",
)  # fmt: skip
#: What patients, vendors and staff write reaches these.
_READERS = ("bot/language", "bot/channels", "bot/conversation", "bot/knowledge", "bot/console")
_TRAINERS = ("bot.language.train_danger", "bot.language.adapter_training")


@dataclass(frozen=True)
class Slow:
    """The worst text of one pattern."""

    where: str
    pattern: str
    piece: str
    short: float  # milliseconds
    long: float


def main() -> int:
    """Prints a table; returns 1 when one pattern is too slow."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--most", type=float, default=100.0, help="milliseconds of processor time one pattern may take"
    )
    options.add_argument("--show", type=int, default=12, help="how many of the slowest are shown")
    chosen = options.parse_args()
    found = _patterns()
    print(f"{len(found)} patterns", file=sys.stderr, flush=True)
    slow = sorted((_worst(pattern, where) for pattern, where in found.items()), key=lambda one: -one.long)
    print(f"{len(found)} patterns on texts of {_LONG:,} characters, milliseconds of processor time\n")
    print("| pattern | on | 4,000 | 8,000 | ratio |\n| --- | --- | --- | --- | --- |")
    for one in slow[: chosen.show]:
        shown = one.pattern[:50].replace("|", "\\|").replace("\n", " ")
        piece = repr(one.piece).replace("|", "\\|")
        print(f"| {one.where} `{shown}` | {piece} | {one.short:.1f} | {one.long:.1f} | {one.long / one.short:.1f} |")
    return int(any(one.long > chosen.most for one in slow))


def _patterns() -> dict[re.Pattern[str], str]:
    """Each pattern compiled by our own code, and the file that did it."""
    found: dict[re.Pattern[str], str] = {}
    plain = re._compile  # type: ignore[attr-defined]

    def noting(pattern: object, flags: int) -> re.Pattern[str]:
        made: re.Pattern[str] = plain(pattern, flags)
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename == re.__file__:
            frame = frame.f_back  # type: ignore[assignment]
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT / "bot") and isinstance(made.pattern, str):
            found.setdefault(made, f"{path.relative_to(ROOT)}")
        return made

    re._compile = noting  # type: ignore[attr-defined]
    try:
        _load_everything()
    finally:
        re._compile = plain  # type: ignore[attr-defined]
    return found


def _load_everything() -> None:
    from datetime import datetime, timezone
    from importlib import import_module

    from bot.engine.without_tensorflow import spare

    spare()  # spaCy would load it
    for folder in _READERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            if dotted not in _TRAINERS:
                import_module(dotted)
    from bot.knowledge.content import load_content
    from bot.language.labs import LabReader
    from bot.language.reading import Reader
    from bot.language.screen import Screen, ScreenState

    content = load_content()
    labs = LabReader(content.lab_words, content.assessment.thresholds.scale)
    text = "no chest pain for 2 weeks, b12 150 pg/ml"
    Screen(content.danger_language, content.red_flags.rules).screen(text, ScreenState(), at=datetime.now(timezone.utc))
    Reader(labs=labs).read(text, today=datetime.now(timezone.utc).date())


def _worst(pattern: re.Pattern[str], where: str) -> Slow:
    pieces = (*_PIECES, *_own_words(pattern))
    slowest = max(pieces, key=lambda piece: _milliseconds(pattern, piece, 400))
    return Slow(
        where,
        pattern.pattern,
        slowest,
        max(_milliseconds(pattern, slowest, _SHORT), 0.001),
        _milliseconds(pattern, slowest, _LONG),
    )


def _own_words(pattern: re.Pattern[str]) -> Iterator[str]:
    """Words that stand in the pattern itself, of which a text may hold any number."""
    words = re.findall(r"[A-Za-z]{2,}", pattern.pattern)[:20]
    yield from (f"{word} " for word in words)
    yield " ".join(words) + " "


def _milliseconds(pattern: re.Pattern[str], piece: str, size: int) -> float:
    text = (piece * (size // max(len(piece), 1) + 1))[:size] + "!"  # the last sign makes a match at the end fail
    start = time.process_time()
    for _ in pattern.finditer(text):
        pass
    pattern.match(text)
    pattern.fullmatch(text)
    return 1000 * (time.process_time() - start)


if __name__ == "__main__":
    raise SystemExit(main())
