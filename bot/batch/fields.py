"""Read typed fields of a JSON record, or name the field and what was expected.  Null and absence mean "not known"."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from typing import Any

from bot.batch.lines import LineError


class Fields:
    """
    One JSON object, read field by field; `where` names it in errors ("labs 2").

    Raises:
        LineError: On construction when it is no object or holds a field outside `allowed`.
    """

    def __init__(self, data: object, where: str, allowed: Collection[str]) -> None:
        if not isinstance(data, dict):
            raise LineError(f"{where}: expected an object, found {_kind(data)}.")
        self._data, self._where = data, where
        for key in data:
            if key not in allowed:
                raise LineError(f"{where}: unknown field {key!r}{_near(key, allowed)} Allowed: {', '.join(allowed)}.")

    def raw(self, key: str) -> Any:
        return self._data.get(key)

    def text(self, key: str) -> str | None:
        value = self.raw(key)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(key, "a text", value)

    def choice(self, key: str, allowed: Collection[str]) -> str | None:
        value = self.text(key)
        if value is None or value in allowed:
            return value
        raise LineError(
            f"{self._where}: {key!r} is {value!r}{_near(value, allowed)} Allowed: {', '.join(allowed) or 'nothing'}."
        )

    def code(self, key: str, allowed: Collection[str]) -> str:
        """A code that must be there."""
        value = self.choice(key, allowed)
        if value is None:
            raise LineError(f"{self._where}: {key!r} is missing.")
        return value

    def flag(self, key: str, *, default: bool | None = None) -> bool | None:
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        raise self._wrong(key, "true or false", value)

    def whole(self, key: str, *, least: int = 0, most: int | None = None) -> int | None:
        """A whole number; 90.0 is taken as 90."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(key, "a whole number", value)
        if value < least or (most is not None and value > most):
            span = f"{least} or more" if most is None else f"from {least} to {most}"
            raise LineError(f"{self._where}: {key!r} must be {span}, found {value}.")
        return value

    def items(self, key: str) -> list[Any]:
        value = self.raw(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        raise self._wrong(key, "a list", value)

    def _wrong(self, key: str, expected: str, value: object) -> LineError:
        return LineError(f"{self._where}: {key!r} must be {expected}, found {_kind(value)}.")


def _kind(value: object) -> str:
    return "nothing" if value is None else type(value).__name__


def _near(value: object, allowed: Iterable[str]) -> str:
    matches = difflib.get_close_matches(str(value), list(allowed), n=1)
    return f" (did you mean {matches[0]!r}?)." if matches else "."
