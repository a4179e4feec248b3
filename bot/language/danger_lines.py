"""
Messages that teach the danger classifier: one author's words, with the level they mean.

`data/danger/train_*.jsonl` holds written messages in pairs, a danger beside a harmless
twin; harmless lines of the intents' training data (`data/nlu`) show everyday talk.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.clinical.codes import CATEGORIES, Level
from bot.knowledge.strict import ContentError, Fault
from bot.language.intents.lines import read_lines

EVERYDAY = "everyday"  # stands for the author of lines that come from data/nlu
_LEVELS = {level.code: level for level in Level}


@dataclass(frozen=True)
class DangerLine:
    """One message.  `category` is None for what is harmless or only doubtful."""

    id: str  # "maud-17": author and line
    text: str
    level: Level
    category: str | None
    style: str
    author: str

    @property
    def dangerous(self) -> bool:
        return self.level >= Level.URGENT


def read_danger_lines(folder: Path) -> tuple[DangerLine, ...]:
    """
    Every message of `train_*.jsonl` in `folder`, file by file in the order of their names.

    Raises:
        ContentError: A line is no JSON, or has an unknown level or category.
    """
    faults: list[Fault] = []
    lines: list[DangerLine] = []
    for path in sorted(folder.glob("train_*.jsonl")):
        for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if raw.strip():
                try:
                    lines.append(_line(raw, number))
                except (ValueError, KeyError, TypeError) as error:
                    faults.append(Fault(path.name, f"line {number}", f"{type(error).__name__}: {error}"))
    if faults:
        raise ContentError(faults)
    return tuple(lines)


def _line(raw: str, number: int) -> DangerLine:
    record = json.loads(raw)
    level, category = _LEVELS[record["level"]], record["category"]
    if level >= Level.URGENT and category not in CATEGORIES:
        raise ValueError(f"unknown category {category!r}")
    author = record["author"]
    return DangerLine(f"{author}-{number}", record["text"], level, category, record["style"], author)


def everyday_lines(folder: Path, *, count: int, seed: int, quiet: Callable[[str], bool]) -> tuple[DangerLine, ...]:
    """
    Harmless lines of the intents' training data, picked by the digest of their words.

    So a line more, or one that the rules newly alarm at, changes the pick by that line alone.

    Args:
        count: At most so many.
        quiet: Whether the rules find nothing in a text; others are left out, as is every report of danger.
    """
    texts = sorted(
        {line.text for line in read_lines(folder) if line.intent != "report_urgent"},
        key=lambda text: hashlib.sha256(f"{seed} {text}".encode()).digest(),
    )
    picked: list[DangerLine] = []
    for text in texts:
        if len(picked) == count:
            break
        if quiet(text):
            picked.append(DangerLine(f"{EVERYDAY}-{len(picked)}", text, Level.NONE, None, "plain", EVERYDAY))
    return tuple(picked)


def digest(lines: Sequence[DangerLine]) -> str:
    """SHA-256 over what is learnt from, whatever files it stood in."""
    plain = [[line.id, line.text, line.level.code, line.category] for line in lines]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()
