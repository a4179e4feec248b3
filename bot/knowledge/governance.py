"""
Walk through all content rows whatever their subject: where each comes from and who signed it.

Loaders check the meaning of their own rows; this looks only at `id`, `source`, `status`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.knowledge.strict import ContentError, Fault, read_yaml


@dataclass(frozen=True)
class GovernedRow:
    """One row of any content file; `section` is the key it stands under, "" for a plain list."""

    file: str
    section: str
    id: str
    sources: tuple[str, ...]
    status: str
    signed_by: str | None = None
    signed_on: str | None = None


def governed_rows(paths: Iterable[Path]) -> Iterator[GovernedRow]:
    """Every row that carries a status; files that cannot be read are their loaders' matter."""
    for path in paths:
        try:
            data = read_yaml(path)
        except ContentError:
            continue
        for section, item in _rows_in(data):
            source = item.get("source")
            yield GovernedRow(
                file=path.name,
                section=section,
                id=str(item.get("id", "")),
                sources=tuple(map(str, source)) if isinstance(source, list) else (str(source),) if source else (),
                status=str(item.get("status")),
                signed_by=_text(item.get("signed_by")),
                signed_on=_text(item.get("signed_on")),
            )


def unsigned_rows(paths: Iterable[Path]) -> list[GovernedRow]:
    return [row for row in governed_rows(paths) if row.status != "signed"]


def unresolved_sources(folder: Path, profile: Path) -> list[Fault]:
    """A fault for every source that no row of sources.yml has."""
    try:
        known = {str(row.get("id")) for row in read_yaml(folder / "sources.yml")}
    except (ContentError, AttributeError, TypeError):
        return []  # said by its loader
    paths = [*sorted(path for path in folder.rglob("*.yml") if path.parent.name != "profiles"), profile]
    return [
        Fault(row.file, row.id, f"the source '{source}' is no row of sources.yml.")
        for row in governed_rows(paths)
        for source in row.sources
        if source not in known
    ]


def _rows_in(data: Any, section: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Mappings with a status, at whatever depth they stand."""
    if isinstance(data, list):
        for item in data:
            yield from _rows_in(item, section)
    elif isinstance(data, dict):
        if "status" in data:
            yield section, data
            return
        for key, value in data.items():
            yield from _rows_in(value, str(key))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
