"""
What is known of a patient, as values, out of the snapshot that the ledger keeps.

A snapshot is plain JSON and may have been written by an earlier version: whatever it
lacks is empty here.  The page, the PDF and the FHIR bundle read this and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.clinical.summary import State


@dataclass(frozen=True)
class RecordItem:
    """One symptom, history item or danger fact.  Durations are days; `said` are the patient's own words."""

    code: str
    name: str
    kind: str  # symptom | history | fact
    state: State
    duration_days: int | None = None
    duration: str = ""
    trend: str = ""
    detail: str = ""
    said: str = ""


@dataclass(frozen=True)
class RecordLab:
    """
    One result.  `value` is as said, `canonical` in the test's own unit where that is certain.

    `usable` is False where it must be asked again or is too old to decide from.
    """

    analyte: str
    name: str
    value: str
    comparator: str = "="
    unit: str | None = None
    canonical: Decimal | None = None
    canonical_unit: str | None = None
    unit_inferred: bool = False
    date: str | None = None
    implausible: bool = False
    confirmed: bool = False
    band: str | None = None
    usable: bool = True

    @property
    def number(self) -> Decimal | None:
        """The value as a number; None for an antibody's word."""
        return _decimal(self.value)

    @property
    def doubtful(self) -> bool:
        return self.implausible and not self.confirmed


@dataclass(frozen=True)
class Named:
    """A code with its name."""

    code: str
    name: str


@dataclass(frozen=True)
class RecordReason:
    """Why the assessment says what it says; `source` holds ids of sources.yml."""

    code: str
    because: str
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """Everything that a summary shows, for one conversation."""

    items: tuple[RecordItem, ...] = ()
    labs: tuple[RecordLab, ...] = ()
    age: int | None = None
    sex: str | None = None
    pregnant: bool | None = None
    writes_for: str | None = None
    assessed: bool = False
    route: str | None = None
    rule: str | None = None
    indications: tuple[Named, ...] = ()
    flags: tuple[Named, ...] = ()
    missing: tuple[Named, ...] = ()
    reasons: tuple[RecordReason, ...] = ()
    content_version: str | None = None
    questions: tuple[str, ...] = ()  # for the patient to ask the clinician
    made: str = ""

    @property
    def empty(self) -> bool:
        return not (self.items or self.labs or self.age is not None or self.assessed)

    def by_state(self, state: State) -> tuple[RecordItem, ...]:
        return tuple(item for item in self.items if item.state is state)

    def series(self) -> tuple[tuple[RecordLab, ...], ...]:
        """Results of one test with two dates or more, each series in the order of its dates."""
        found: dict[str, list[RecordLab]] = {}
        for lab in self.labs:
            if lab.date and lab.canonical is not None and not lab.doubtful:
                found.setdefault(lab.analyte, []).append(lab)
        several = [sorted(labs, key=lambda lab: lab.date or "") for labs in found.values()]
        return tuple(tuple(labs) for labs in several if len({lab.date for lab in labs}) > 1)


def read_record(snapshot: Mapping[str, Any]) -> Record:
    """Never fails: a part that cannot be read is left out."""
    person, summary = _mapping(snapshot.get("person")), _mapping(snapshot.get("summary"))
    assessment = _mapping(snapshot.get("assessment"))
    return Record(
        items=_items(snapshot),
        labs=tuple(_lab(row) for row in _mappings(snapshot.get("labs")) if row.get("analyte") or row.get("name")),
        age=_whole(person.get("age")),
        sex=_text(person.get("sex")) or None,
        pregnant=person.get("pregnant") if isinstance(person.get("pregnant"), bool) else None,
        writes_for=_text(person.get("writes_for")) or None,
        assessed=bool(assessment),
        route=_text(assessment.get("route")) or None,
        rule=_text(assessment.get("rule")) or None,
        indications=_named(assessment.get("indications")),
        flags=_named(assessment.get("flags")),
        missing=_named(assessment.get("key_missing")),
        reasons=tuple(_reason(row) for row in _mappings(assessment.get("reasons"))),
        content_version=_text(assessment.get("content_version")) or None,
        questions=tuple(_text(item) for item in _list(snapshot.get("ask")) if _text(item)),
        made=_text(summary.get("made")),
    )


def _items(snapshot: Mapping[str, Any]) -> tuple[RecordItem, ...]:
    rows = _mappings(snapshot.get("items"))
    if rows:
        states = {state.value for state in State}
        return tuple(_item(row, State(row["state"])) for row in rows if row.get("state") in states)
    return tuple(_item(row, _old_state(row)) for row in _mappings(snapshot.get("findings")))


def _old_state(row: Mapping[str, Any]) -> State:
    """Snapshots of earlier versions list what was said only."""
    if not row.get("present"):
        return State.ABSENT
    return State.UNSURE if row.get("certain") is False else State.PRESENT


def _item(row: Mapping[str, Any], state: State) -> RecordItem:
    words = row.get("words")
    return RecordItem(
        code=_text(row.get("code")),
        name=_text(row.get("name")) or _text(row.get("code")).replace("_", " "),
        kind=_text(row.get("kind")) or "symptom",
        state=state,
        duration_days=_whole(row.get("duration_days")),
        duration=_text(row.get("duration")),
        trend=_text(row.get("trend")),
        detail=_text(row.get("detail")),
        said=_text(words.get("text")) if isinstance(words, Mapping) else _text(words),
    )


def _lab(row: Mapping[str, Any]) -> RecordLab:
    return RecordLab(
        analyte=_text(row.get("analyte")),
        name=_text(row.get("name")) or _text(row.get("analyte")).replace("_", " "),
        value=_text(row.get("value")),
        comparator=_text(row.get("comparator")) or "=",
        unit=_text(row.get("unit")) or None,
        canonical=_decimal(row.get("canonical_value")),
        canonical_unit=_text(row.get("canonical_unit")) or None,
        unit_inferred=bool(row.get("unit_inferred")),
        date=_text(row.get("date")) or None,
        implausible=bool(row.get("implausible")),
        confirmed=bool(row.get("confirmed")),
        band=_text(row.get("band")) or None,
        usable=row.get("usable") is not False,
    )


def _reason(row: Mapping[str, Any]) -> RecordReason:
    source = tuple(_text(item) for item in _list(row.get("source")))
    return RecordReason(_text(row.get("code")), _text(row.get("because")), source)


def _named(value: Any) -> tuple[Named, ...]:
    rows = _mappings(value)
    return tuple(Named(_text(row.get("code")), _text(row.get("name")) or _text(row.get("code"))) for row in rows)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in _list(value) if isinstance(item, Mapping)]


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, (Mapping, list)) else str(value)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _decimal(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
