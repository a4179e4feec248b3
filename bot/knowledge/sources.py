"""Read sources.yml: what stands behind a fact, and how a patient is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.strict import Fault, rows

KINDS: tuple[str, ...] = ("published", "project", "unsourced")


@dataclass(frozen=True)
class Source:
    """One row; `url` only where one was recorded."""

    id: str
    title: str
    publisher: str
    year: str | None
    kind: str
    how_read: str
    url: str | None = None
    note: str | None = None

    @property
    def for_patients(self) -> str:
        """Publisher, title and year; "" for what is not published."""
        if self.kind != "published":
            return ""
        year = f", {self.year}" if self.year and self.year != "n.d." else ""
        return f"{self.publisher}: {self.title}{year}"


def load_sources(folder: Path, faults: list[Fault]) -> dict[str, Source]:
    """Every source by id; faults are added to the list."""
    found = {}
    for row in rows(folder / "sources.yml", faults):
        source = Source(
            id=row.text("id"),
            title=row.text("title"),
            publisher=row.text("publisher"),
            year=row.optional_text("year"),
            kind=row.choice("kind", KINDS),
            how_read=row.text("how_read"),
            url=row.optional_text("url"),
            note=row.optional_text("note"),
        )
        row.status()
        row.done()
        found[source.id] = source
    return found
