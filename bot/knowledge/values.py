"""Read the fields that every content row shares: exact amounts, sources and the status that closes a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from bot.knowledge.strict import Row

REGIONS = ("uk", "us", "eu")

T = TypeVar("T")


def amount(row: Row, key: str, *, default: str | None = None) -> Decimal:
    """
    An exact number; a fault and 0 when it is none.

    Texts ("132.5") and whole numbers are taken.  A YAML float is refused, because it may
    already have lost digits before we see it.
    """
    value = row.raw(key, default)
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite():
            return number
    row.fault(f"'{key}' must be a number in quotes, for example \"132.5\", found {value!r}.")
    return Decimal(0)


def whole(row: Row, key: str) -> int:
    """A whole number that is not negative; a fault and 0 when it is none."""
    value = row.raw(key)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    row.fault(f"'{key}' must be a whole number of 0 or more, found {value!r}.")
    return 0


def by_region(row: Row, read: Callable[[Row, str], T]) -> dict[str, T]:
    """The values that single regions use instead, from `regions: {us: …}`."""
    data = mapped(row, "regions")
    part = Row(data, file=row.file, row=f"{row.row}, regions", faults=row.faults)
    values = {region: read(part, region) for region in REGIONS if region in data}
    for region in REGIONS:
        part.raw(region)
    part.done()
    return values


def listed(row: Row, key: str) -> list[Any]:
    """A list, or nothing; a fault when it is something else."""
    value = row.raw(key)
    if value is not None and not isinstance(value, list):
        row.fault(f"'{key}' must be a list, found {value!r}.")
        return []
    return value or []


def mapped(row: Row, key: str) -> Mapping[Any, Any]:
    """A mapping, or nothing; a fault when it is something else."""
    value = row.raw(key)
    if value is not None and not isinstance(value, Mapping):
        row.fault(f"'{key}' must be a mapping, found {value!r}.")
        return {}
    return value or {}


def sources_of(row: Row) -> tuple[str, ...]:
    """The ids in `source`: one text or a list of texts, at least one."""
    if isinstance(row.raw("source"), list):
        return row.texts("source", required=True)
    source = row.text("source")
    return (source,) if source else ()


def checked(row: Row) -> str:
    """The status of the row; call it last, since it also refuses keys that nobody asked for."""
    status = row.status()
    row.done()
    return status
