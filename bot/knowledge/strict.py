"""
Read a reviewed YAML file, or say what is wrong with it like a helpful editor.

Every fault becomes one `Fault` with file, row and sentence; a file is read to its
end so that an editor sees all faults at once.  Nothing is guessed, coerced or
skipped: `ContentError` stops the start.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

STATUSES = ("draft", "signed")


@dataclass(frozen=True)
class Fault:
    """One thing wrong with the content: where it stands, what it is, what to do."""

    file: str
    row: str
    sentence: str

    def __str__(self) -> str:
        place = f"{self.file}, {self.row}" if self.row else self.file
        return f"{place}: {self.sentence}"


class ContentError(Exception):
    """The content cannot be used.  `faults` holds every reason found, not only the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def read_yaml(path: Path) -> Any:
    """
    The parsed file as plain dicts, lists, strings, numbers and booleans.

    Raises:
        ContentError: The file is missing, is not YAML, or repeats a key.
    """
    try:
        state = path.stat()
        return _parsed(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise ContentError([Fault(path.name, "", f"cannot be read ({error.strerror}).")]) from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "is not valid YAML"
        raise ContentError([Fault(path.name, line, f"{problem}.")]) from error


@lru_cache(maxsize=512)
def _parsed(path: Path, modified: int, size: int) -> Any:
    """One parse for each state of a file: several loaders read the same one.  Nobody changes what they get."""
    with path.open(encoding="utf-8") as stream:
        return YAML(typ="safe").load(stream)


class Row:
    """
    One row of a content file, read field by field.

    Faults go to the list given at construction; `done()` adds one for every key that
    was never asked for.  After a fault a field yields its stated fallback so that the
    rest of the row can still be checked.
    """

    def __init__(self, data: Any, *, file: str, row: str, faults: list[Fault]) -> None:
        self.file, self.row, self.faults = file, row, faults
        self._asked: set[str] = set()
        if isinstance(data, Mapping):
            self._data: Mapping[str, Any] = data
        else:
            self._data = {}
            self.fault(f"expected a mapping of keys to values, found {type(data).__name__}.")

    def fault(self, sentence: str) -> None:
        self.faults.append(Fault(self.file, self.row, sentence))

    def raw(self, key: str, default: Any = None) -> Any:
        """The value as parsed, unchecked."""
        self._asked.add(key)
        return self._data.get(key, default)

    def text(self, key: str, *, default: str | None = None) -> str:
        """A non-empty string; a fault when absent and no default is given."""
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.fault(f"'{key}' must be a non-empty text, found {value!r}.")
            return default or ""
        return value.strip()

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.raw(key) is not None else None

    def whole(self, key: str, *, default: int | None = None) -> int | None:
        """A whole number (true and false are refused), or the default when absent."""
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault(f"'{key}' must be a whole number, found {value!r}.")
            return default
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self.raw(key, default)
        if not isinstance(value, bool):
            self.fault(f"'{key}' must be true or false, found {value!r}.")
            return default
        return value

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of non-empty strings; a lone string is refused because YAML would iterate its letters."""
        value = self.raw(key)
        if value is None:
            if required:
                self.fault(f"'{key}' is missing; expected a list of texts.")
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.fault(f"'{key}' must be a list of non-empty texts, found {value!r}.")
            return ()
        if required and not value:
            self.fault(f"'{key}' must not be empty.")
        return tuple(value)

    def choice(self, key: str, allowed: Iterable[str], *, default: str | None = None) -> str:
        """One of the allowed words; a near miss is named in the fault."""
        allowed = tuple(allowed)
        value = self.raw(key, default)
        if value not in allowed:
            self.fault(f"'{key}' is {value!r}{_near(value, allowed)} Allowed: {', '.join(allowed)}.")
            return default if default is not None else allowed[0]
        return str(value)

    def choices(self, key: str, allowed: Iterable[str]) -> tuple[str, ...]:
        allowed = tuple(allowed)
        values = self.texts(key)
        for value in values:
            if value not in allowed:
                self.fault(f"'{key}' names {value!r}{_near(value, allowed)} Allowed: {', '.join(allowed)}.")
        return tuple(value for value in values if value in allowed)

    def status(self) -> str:
        """`draft` until a clinic signs; a signed row must say who and when."""
        status = self.choice("status", STATUSES)
        signed_by, signed_on = self.optional_text("signed_by"), self.raw("signed_on")
        if status == "signed" and not (signed_by and signed_on):
            self.fault("'status: signed' needs 'signed_by' (the clinician's role) and 'signed_on' (a date).")
        return status

    def done(self) -> None:
        """Adds a fault for every key that nobody asked for."""
        for key in self._data:
            if key not in self._asked:
                self.fault(f"unknown key '{key}'{_near(key, self._asked)} Allowed: {', '.join(sorted(self._asked))}.")


def rows(path: Path, faults: list[Fault], *, key: str | None = None) -> list[Row]:
    """
    The rows of a file that is a list (or holds one under `key`), each with a unique id.

    Faults are collected, also those of a file that cannot be read at all.
    """
    try:
        data = read_yaml(path)
    except ContentError as error:
        faults.extend(error.faults)
        return []
    if key is not None:
        data = data.get(key) if isinstance(data, Mapping) else None
    if not isinstance(data, list):
        faults.append(Fault(path.name, key or "", "expected a list of rows, each beginning with '- id: …'."))
        return []
    seen: set[str] = set()
    result = []
    for number, item in enumerate(data, start=1):
        name = item.get("id") if isinstance(item, Mapping) else None
        row = Row(item, file=path.name, row=str(name or f"row {number}"), faults=faults)
        identifier = row.text("id")
        if identifier and identifier in seen:
            row.fault(f"the id '{identifier}' is used twice; ids must be unique.")
        seen.add(identifier)
        result.append(row)
    return result


def _near(value: object, allowed: Iterable[str]) -> str:
    matches = difflib.get_close_matches(str(value), list(allowed), n=1)
    return f" (did you mean '{matches[0]}'?)." if matches else "."
