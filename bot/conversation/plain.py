"""
Frozen dataclasses to plain JSON values and back, by their type annotations.

A conversation's state has to survive in a database between two messages; the value
types of `bot.clinical` stay free of that concern.  Defaults are left out, so a state
stays small and a field added later reads as its default from an older state.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def to_plain(value: Any) -> Any:
    """Dicts, lists, strings, numbers, booleans and None only; a Decimal becomes its exact text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        plain = {}
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            if item != _default(field):
                plain[field.name] = to_plain(item)
        return plain
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (frozenset, set)):
        return sorted(to_plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[T], plain: Any) -> T:
    """
    The value of `kind` that `to_plain` was given.

    Raises:
        ValueError: The plain value does not fit, for example an unknown enum word.
    """
    return _build(kind, plain)


def _build(kind: Any, plain: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _build_union(get_args(kind), plain)
    if origin in (tuple, frozenset, list):
        _expect(plain, (list, tuple), "a list")
        return origin(_build(get_args(kind)[0], item) for item in plain)
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        _expect(plain, (Mapping,), "a mapping")
        value_kind = get_args(kind)[1]
        return {key: _build(value_kind, item) for key, item in plain.items()}
    if dataclasses.is_dataclass(kind):
        _expect(plain, (Mapping,), "a mapping")
        hints = _hints(kind)  # type: ignore[arg-type]
        known = {name: _build(hints[name], item) for name, item in plain.items() if name in hints}
        return kind(**known)  # type: ignore[operator]
    if kind is Decimal:
        _expect(plain, (Mapping,), "a mapping")
        return Decimal(plain["decimal"])
    if kind in (int, str, bool):
        _expect(plain, (kind,), f"a value of type {kind.__name__}")
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(plain)
    return plain


def _expect(plain: Any, kinds: tuple[type, ...], words: str) -> None:
    if not isinstance(plain, kinds):
        raise ValueError(f"expected {words}, found {type(plain).__name__}; the stored state is damaged or foreign.")


def _build_union(kinds: tuple[Any, ...], plain: Any) -> Any:
    if plain is None:
        return None
    if isinstance(plain, dict) and set(plain) == {"decimal"} and Decimal in kinds:
        return Decimal(plain["decimal"])
    chosen = [kind for kind in kinds if kind not in (type(None), Decimal)]
    return _build(chosen[0], plain) if chosen else plain


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return dataclasses.MISSING


@lru_cache(maxsize=64)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
