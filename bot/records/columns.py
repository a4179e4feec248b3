"""Column types that behave the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, SmallInteger, String, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import JSON, TypeDecorator

from bot.clinical.codes import Level
from bot.records.vault import MARK, Vault


class UtcTime(TypeDecorator):  # type: ignore[type-arg]
    """An instant.  Takes aware datetimes only and gives them back in UTC; SQLite has no zone of its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored; use an aware UTC datetime")
        value = value.astimezone(timezone.utc)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


class LevelNumber(TypeDecorator):  # type: ignore[type-arg]
    """An urgency level, stored as its rank so that the database can order by it."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Level | None, dialect: Any) -> int | None:
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Any) -> Level | None:
        return None if value is None else Level(value)


#: JSON as text on SQLite, binary JSON on PostgreSQL.  None is SQL NULL, not the JSON null.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

#: A counter that SQLite keeps as its row id.
RowNumber = BigInteger().with_variant(Integer, "sqlite")

_NO_KEYS = Vault()


def vault_of(dialect: Any) -> Vault:
    """The keys that `bot.records.database` gave this engine; without any, sealed texts are refused, never shown."""
    return getattr(dialect, "b12_vault", None) or _NO_KEYS


class SealedText(TypeDecorator):  # type: ignore[type-arg]
    """
    Words of or about a patient; sealed where the clinic has set keys.

    Args:
        purpose: Table and column, "message.text"; part of the seal.
        length: What the SQLite column was made with; PostgreSQL has no limit, for a sealed text is longer.
    """

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str, length: int | None = None) -> None:
        super().__init__()
        self.purpose = purpose
        self.length = length

    def load_dialect_impl(self, dialect: Any) -> Any:
        limited = self.length is not None and dialect.name == "sqlite"
        return dialect.type_descriptor(String(self.length) if limited else Text())

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else vault_of(dialect).seal(value, self.purpose)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else vault_of(dialect).open(value, self.purpose)


class SealedJson(TypeDecorator):  # type: ignore[type-arg]
    """As `SealedText` for objects and lists: a sealed one is stored as a JSON string."""

    impl = JSON
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__(none_as_null=True)
        self.purpose = purpose

    def load_dialect_impl(self, dialect: Any) -> Any:
        kind = JSONB if dialect.name == "postgresql" else JSON
        return dialect.type_descriptor(kind(none_as_null=True))

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        vault = vault_of(dialect)
        return value if value is None or vault.first is None else vault.seal(json.dumps(value), self.purpose)

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        if not isinstance(value, str) or not value.startswith(MARK):
            return value
        return json.loads(vault_of(dialect).open(value, self.purpose))
