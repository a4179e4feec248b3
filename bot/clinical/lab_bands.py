"""
Name the band of one result for the summary: "low", "usual", "indeterminate".

For display only; indications and route use `lab_facts`.  A band is given only where all
readings of the result share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot.clinical.findings import LabResult
from bot.clinical.lab_facts import anaemia_below
from bot.clinical.lab_values import LabValues, Reading, Unusable
from bot.clinical.patient_facts import PatientFacts

#: Every band that can be named.
BANDS = (
    "very_low",
    "deficient",
    "severely_low",
    "moderately_low",
    "mildly_low",
    "low",
    "indeterminate",
    "borderline",
    "usual",
    "unlikely",
    "mildly_raised",
    "raised",
    "strongly_raised",
    "high",
)


@dataclass(frozen=True)
class _Edge:
    """Values below (or, with `upper`, above) the limit are in the band."""

    limit: Decimal
    band: str
    upper: bool = False


def band_of_result(lab: LabResult, facts: PatientFacts, labs: LabValues) -> str | None:
    """
    The band of a result, however old.

    Returns:
        None for antibodies, for a result that must be asked again, and where the band is open.
    """
    reading = labs.reading_of(lab, however_old=True)
    edges = _edges(facts).get(lab.analyte)
    if isinstance(reading, Unusable) or edges is None:
        return None
    return _first(reading, *edges)


def _first(reading: Reading, edges: tuple[_Edge, ...], otherwise: str) -> str | None:
    """The first edge that holds; None as soon as one is open, since the rest would be guessed."""
    for edge in edges:
        reached = reading.above(edge.limit) if edge.upper else reading.below(edge.limit)
        if reached is None:
            return None
        if reached:
            return edge.band
    return otherwise


def _edges(facts: PatientFacts) -> dict[str, tuple[tuple[_Edge, ...], str]]:
    """The bands of each test for this person, tried in order, and the band of what is left."""
    limits, windows, age = facts.rules.thresholds.limits, facts.rules.thresholds.windows, facts.view.patient.person.age
    younger = age is not None and age < windows.mma_older_from_age
    mma_limit = limits.mma_raised_above_under_65 if younger else limits.mma_raised_above_65_plus
    anaemia = anaemia_below(facts, facts.rules)

    def low(limit: Decimal, band: str = "low") -> _Edge:
        return _Edge(limit, band)

    def high(limit: Decimal, band: str = "high") -> _Edge:
        return _Edge(limit, band, upper=True)

    return {
        "b12": (
            (
                low(limits.b12_very_low_below, "very_low"),
                low(limits.b12_deficient_below, "deficient"),
                low(limits.b12_indeterminate_below, "indeterminate"),
                high(limits.b12_high_above),
            ),
            "unlikely",
        ),
        "active_b12": (
            (
                low(limits.active_b12_very_low_below, "very_low"),
                low(limits.active_b12_deficient_below, "deficient"),
                low(limits.active_b12_indeterminate_below, "indeterminate"),
            ),
            "unlikely",
        ),
        "mma": (
            (
                high(limits.mma_strong_above, "strongly_raised"),
                high(limits.mma_grey_up_to, "raised"),
                high(mma_limit, "mildly_raised"),
            ),
            "usual",
        ),
        "homocysteine": (
            (
                high(limits.homocysteine_marked_above, "strongly_raised"),
                high(limits.homocysteine_raised_above, "raised"),
            ),
            "usual",
        ),
        "haemoglobin": (
            (
                low(limits.anaemia_severe_below, "severely_low"),
                low(min(limits.anaemia_moderate_below, anaemia), "moderately_low"),
                low(anaemia, "mildly_low"),
            ),
            "usual",
        ),
        "mcv": ((low(limits.mcv_small_below), high(limits.mcv_large_above)), "usual"),
        "folate": ((low(limits.folate_low_below), high(limits.folate_borderline_up_to, "usual")), "borderline"),
        "ferritin": ((low(limits.ferritin_low_below),), "usual"),
        "platelets": ((low(limits.platelets_low_below), high(limits.platelets_high_above)), "usual"),
        "neutrophils": ((low(limits.neutrophils_low_below), high(limits.neutrophils_high_above)), "usual"),
        "potassium": ((low(limits.potassium_low_below), high(limits.potassium_high_above)), "usual"),
    }
