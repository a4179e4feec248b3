"""Read `lexicon/labs.yml`: how people write laboratory tests and the words around their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.clinical.codes import ANALYTES
from bot.knowledge.strict import Fault, Row, rows
from bot.knowledge.values import checked, sources_of

FILE = Path("lexicon") / "labs.yml"

#: What a cue can say about the words around it; each is explained beside its row.
CUES = (
    "link",
    "level",
    "treatment",
    "taking",
    "rise",
    "reference",
    "suppose",
    "report-if",
    "person",
    "counted",
    "noun-after",
    "after",
    "around",
    "fewer",
    "more",
    "correction",
    "not",
    "either",
    "now",
    "old",
    "put-right",
    "sequence",
    "date-before",
    "date-header",
    "people",
    "on-behalf",
    "possess",
    "self",
    "their",
    "before-name",
    "negation",
    "have",
    "untested",
    "flag",
    "copula",
    "joins",
    "clause",
    "for-name",
    "for-my",
    "loose-result",
    "verdict",
    "in-general",
    "abbreviation",
    "year-before",
    "ago",
    "between",
    "active",
    "total",
    "not-said",
    "result-question",
)


@dataclass(frozen=True)
class TestName:
    """
    What a name stands for: one of our tests, or (`analyte` None) a test that is not ours.

    `strength` is "plain", "doubtful" (counts only with a unit of the test or a word such
    as "level") or "direct" (counts only when the number follows at once).
    """

    __test__ = False  # not a test class, whatever its name

    analyte: str | None
    strength: str = "plain"


@dataclass(frozen=True)
class LabWords:
    """Phrases in lower case, as an editor wrote them, and what they mean."""

    names: Mapping[str, TestName]
    cues: Mapping[str, tuple[str, ...]]
    months: Mapping[str, int]
    numbers: Mapping[str, int]
    days_ago: Mapping[str, int]  # "last week": 7
    lengths: Mapping[str, int]  # "weeks": 7, used with a number and "ago"
    medicines: frozenset[str]  # tests whose substance is also a medicine
    point_thousands: frozenset[str]  # tests of which "250.000" is 250000


def load_lab_words(folder: Path, faults: list[Fault]) -> LabWords:
    """The phrases of `folder/lexicon/labs.yml`; faults are collected."""
    path = folder / FILE
    medicines: set[str] = set()
    point_thousands: set[str] = set()
    names = _names(path, faults, medicines=medicines, point_thousands=point_thousands)
    cues = {row.choice("id", CUES): _closed(row) for row in rows(path, faults, key="cues")}
    for missing in sorted(set(CUES) - set(cues)):
        faults.append(Fault(path.name, "cues", f"no row for '{missing}'; every cue needs one."))
        cues[missing] = ()
    days_ago, lengths = _times(path, faults)
    return LabWords(
        names=names,
        cues=cues,
        months=_numbered(path, faults, key="months", highest=12),
        numbers=_numbered(path, faults, key="number_words", highest=1000),
        days_ago=days_ago,
        lengths=lengths,
        medicines=frozenset(medicines),
        point_thousands=frozenset(point_thousands),
    )


def _names(path: Path, faults: list[Fault], *, medicines: set[str], point_thousands: set[str]) -> dict[str, TestName]:
    names: dict[str, TestName] = {}

    def add(row: Row, phrases: tuple[str, ...], meaning: TestName) -> None:
        for phrase in phrases:
            earlier = names.setdefault(phrase, meaning)
            if earlier != meaning:
                row.fault(f"the name {phrase!r} already stands for '{earlier.analyte or 'another test'}'.")

    for row in rows(path, faults, key="analytes"):
        analyte = row.choice("id", ANALYTES)
        add(row, row.texts("names", required=True), TestName(analyte))
        add(row, row.texts("doubtful"), TestName(analyte, "doubtful"))
        add(row, row.texts("direct"), TestName(analyte, "direct"))
        if row.flag("medicine"):
            medicines.add(analyte)
        if row.flag("point_thousands"):
            point_thousands.add(analyte)
        _close(row)
    for missing in sorted(set(ANALYTES) - {name.analyte for name in names.values()}):
        faults.append(Fault(path.name, "analytes", f"no row for '{missing}'; every laboratory test needs one."))
    for row in rows(path, faults, key="other_tests"):
        add(row, row.texts("names", required=True), TestName(None))
        _close(row)
    return names


def _numbered(path: Path, faults: list[Fault], *, key: str, highest: int) -> dict[str, int]:
    """Phrase to number, for rows whose id is the number."""
    result: dict[str, int] = {}
    for row in rows(path, faults, key=key):
        identifier = row.text("id")
        phrases = _closed(row)
        if not identifier.isdigit() or int(identifier) > highest:
            row.fault(f"the id must be a whole number up to {highest}, in quotes.")
            continue
        result.update(dict.fromkeys(phrases, int(identifier)))
    return result


def _times(path: Path, faults: list[Fault]) -> tuple[dict[str, int], dict[str, int]]:
    days_ago: dict[str, int] = {}
    lengths: dict[str, int] = {}
    for row in rows(path, faults, key="times"):
        days = row.whole("days")
        if days is None:
            row.fault("'days' is missing; expected a whole number of days.")
        target = lengths if row.flag("each") else days_ago
        target.update(dict.fromkeys(_closed(row), days or 0))
    return days_ago, lengths


def _closed(row: Row) -> tuple[str, ...]:
    """The `words` of a row that holds nothing else to read."""
    words = row.texts("words", required=True)
    _close(row)
    return words


def _close(row: Row) -> None:
    sources_of(row)
    checked(row)
