"""
Load everything about danger at once: what patients say, and what it means.

For parts that need nothing else (the screen, its batch command, tests); the whole
content is loaded by `content.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.danger_language import DangerLanguage, load_danger_language
from bot.knowledge.red_flags import RedFlags, load_red_flags
from bot.knowledge.strict import ContentError, Fault

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Danger:
    """What patients say and the rules over it."""

    language: DangerLanguage
    flags: RedFlags


def load_danger(folder: Path = FOLDER) -> Danger:
    """Raises ContentError naming every fault in the files."""
    faults: list[Fault] = []
    danger = Danger(load_danger_language(folder, faults), load_red_flags(folder, faults))
    if faults:
        raise ContentError(faults)
    return danger
