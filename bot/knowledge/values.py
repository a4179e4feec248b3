"""Read the fields that every content row shares: exact amounts, sources and the status that closes a row."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from bot.knowledge.strict import Row


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
