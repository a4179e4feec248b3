"""
The reviewed content that the assessment decides with, as values.

Files: `knowledge/thresholds.yml`, `causes.yml`, `indications.yml`, `routes.yml`.
The order of the rules and their conditions are code (`indications`, `route`); what a clinic
may change (limits, windows, switches, which code counts as what) and every sentence is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from bot.clinical.thresholds import Thresholds


class Weight(IntEnum):
    """How much a history item speaks for malabsorption."""

    NONE = 0
    WEAK = 1
    MODERATE = 2
    STRONG = 3


@dataclass(frozen=True)
class Switches:
    """What a clinic or its region decides; each is a row of routes.yml."""

    strong_cause_without_labs: bool = False
    pregnancy_total_b12_confirms: bool = False
    treat_while_confirming_when_neuro: bool = False
    haemoglobin_in_mmol: bool = False


#: diet and medicine causes take the tablet route; gut, surgery and autoimmune ones are malabsorptive.
CAUSE_KINDS = ("autoimmune", "surgery", "gut", "diet", "medicine", "nitrous_oxide", "marker", "other")


@dataclass(frozen=True)
class Cause:
    """
    What a history item, or a positive antibody, says about why B12 is low.

    `weights` refines `weight` by detail; with the detail unknown the heavier `weight`
    counts.  `irreversible_details` names the details that make it lasting; `lasting` is
    True where no detail is needed.
    """

    code: str
    kind: str
    weight: Weight
    weights: Mapping[str, Weight]
    lasting: bool
    irreversible_details: frozenset[str]
    wording: str | None  # the row of names.yml that says what guidance offers for it
    source: tuple[str, ...]

    @property
    def explains(self) -> bool:
        """True where it makes the cause of a low B12 known: dietary, medicine-induced or malabsorptive, weak included."""
        return self.kind in ("diet", "medicine") or self.weight > Weight.NONE


@dataclass(frozen=True)
class Wording:
    """Why a code stands in an assessment, in a sentence for staff, and where that is written."""

    because: str
    source: tuple[str, ...]


@dataclass(frozen=True)
class RouteRule:
    """One row of the route table: its id ("R7"), the routes it may give, and a sentence for each."""

    id: str
    because: Mapping[str, str]
    source: tuple[str, ...]


@dataclass(frozen=True)
class FlagRule:
    """A flag that follows from codes alone, or (`any_of` empty) from values and rules."""

    flag: str
    any_of: tuple[str, ...]
    but_details: Mapping[str, frozenset[str]]  # code to details for which it does not count
    because: str
    source: tuple[str, ...]


@dataclass(frozen=True)
class AssessmentRules:
    thresholds: Thresholds
    switches: Switches
    groups: Mapping[str, tuple[str, ...]]
    causes: Mapping[str, Cause]
    indications: Mapping[str, Wording]
    possible: Mapping[str, Wording]
    routes: Mapping[str, RouteRule]
    flags: Mapping[str, FlagRule]
    notes: Mapping[str, Wording]

    def group(self, name: str) -> tuple[str, ...]:
        return self.groups[name]
