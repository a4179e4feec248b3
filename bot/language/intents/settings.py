"""
The decisions of the reader of intents that are data: cut-offs, closed messages, answers in context.

Facts and their reasons: `settings.yml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from bot.clinical.codes import ANALYTES, HISTORY, INTENTS, SYMPTOMS
from bot.knowledge.strict import ContentError, Fault, Row, rows

SETTINGS_FILE = Path(__file__).with_name("settings.yml")

#: Names under `asked` that stand for every code of a group.
_GROUPS: Mapping[str, tuple[str, ...]] = {"symptoms": SYMPTOMS, "history": HISTORY, "labs": tuple(ANALYTES)}


@dataclass(frozen=True)
class IntentSettings:
    """
    How the reader decides; shares are probabilities from 0 to 1.

    `closed` maps a bare message to its intent; `asked` maps the code or name of a
    question to the intent of an answer that says nothing by itself.
    """

    gram_weight: float
    strength: float
    sharpness: float
    out_of_scope_from: float
    understood_from: float
    topic_from: float
    topic_lead: float
    offer_from: float
    closed: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=4)
def load_settings(path: Path = SETTINGS_FILE) -> IntentSettings:
    """
    The settings of a file, checked.

    Raises:
        ContentError: With every fault of the file.
    """
    faults: list[Fault] = []
    numbers: dict[str, float] = {}
    closed: dict[str, str] = {}
    asked: dict[str, str] = {}
    for row in rows(path, faults):
        if row.raw("id") == "reading":
            numbers = {name: _number(row, name) for name in _NUMBERS}
        else:
            intent = row.choice("intent", INTENTS)
            for words in row.texts("says"):
                if closed.setdefault(words, intent) != intent:
                    row.fault(f"{words!r} already stands for {closed[words]!r}.")
            for name in row.texts("asked"):
                for code in _GROUPS.get(name, (name,)):
                    if asked.setdefault(code, intent) != intent:
                        row.fault(f"{code!r} already belongs to {asked[code]!r}.")
        row.text("source")
        row.status()
        row.done()
    if not numbers:
        faults.append(Fault(path.name, "reading", "the row 'reading' with the cut-offs is missing."))
    if faults:
        raise ContentError(faults)
    return IntentSettings(**numbers, closed=MappingProxyType(closed), asked=MappingProxyType(asked))


_NUMBERS = (
    "gram_weight",
    "strength",
    "sharpness",
    "out_of_scope_from",
    "understood_from",
    "topic_from",
    "topic_lead",
    "offer_from",
)


def _number(row: Row, key: str) -> float:
    value = row.raw(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        row.fault(f"'{key}' must be a number, zero or more, found {value!r}.")
        return 0.0
    return float(value)
