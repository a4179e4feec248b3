"""
Read where a row comes from: its source ids and its status.

One source may stand as text, several as a list; each must be a row of sources.yml.
"""

from __future__ import annotations

from pathlib import Path

from bot.knowledge.strict import Fault, Row, rows


def source_ids(folder: Path) -> frozenset[str]:
    """The ids of sources.yml, for checking that a named source exists; its own faults are its loader's."""
    ignored: list[Fault] = []
    return frozenset(row.text("id") for row in rows(folder / "sources.yml", ignored))


def sources_of(row: Row, known: frozenset[str], *, key: str = "source") -> tuple[str, ...]:
    """The sources that a row names, each checked; a fault where none is named."""
    value = row.raw(key)
    named = (value.strip(),) if isinstance(value, str) and value.strip() else row.texts(key, required=True)
    for source in named:
        if source not in known:
            row.fault(f"'{key}' names '{source}', which is no row of sources.yml.")
    return named


def provenance(row: Row, known: frozenset[str]) -> None:
    """Source and status of a row, and no key beyond what was asked for."""
    sources_of(row, known)
    row.status()
    row.done()
