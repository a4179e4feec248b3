"""Small builders for tests of the urgency core."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any

from bot.clinical.findings import Finding, LabResult
from bot.clinical.urgency import UrgencyRules
from bot.clinical.urgency_conditions import Seen
from bot.knowledge.danger import load_danger

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)


@lru_cache(maxsize=1)
def real_rules() -> UrgencyRules:
    """The rules that patients are judged by."""
    return load_danger().flags.rules


def seen(code: str, *, turn: int = 0, days_before: int = 0, unnamed: bool = False, **facts: Any) -> Seen:
    """A finding reported so many days before NOW."""
    return Seen(NOW - timedelta(days=days_before), turn, finding=Finding(code, **facts), unnamed=unnamed)


def lab(analyte: str, value: str, *, turn: int = 0, days_before: int = 0, **facts: Any) -> Seen:
    """A laboratory result in its canonical unit."""
    number = Decimal(value)
    result = LabResult(analyte, number, canonical_value=facts.pop("canonical_value", number), **facts)
    return Seen(NOW - timedelta(days=days_before), turn, lab=result)
