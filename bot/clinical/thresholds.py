"""
The numbers of `knowledge/thresholds.yml` as values.

A limit is named after how it is meant: `…_below` is reached by values below it, `…_above`
by values above it, `…_from` also by the value itself.  Concentrations are in the canonical
unit of their test.  Field names are the ids of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from bot.clinical.codes import Level
from bot.clinical.lab_scale import LabScale


@dataclass(frozen=True)
class Limits:
    """Where one band ends and the next begins, for the region of this clinic."""

    b12_deficient_below: Decimal
    b12_indeterminate_below: Decimal
    b12_very_low_below: Decimal
    b12_high_above: Decimal
    active_b12_deficient_below: Decimal
    active_b12_indeterminate_below: Decimal
    active_b12_very_low_below: Decimal
    mma_raised_above_under_65: Decimal
    mma_raised_above_65_plus: Decimal
    mma_grey_up_to: Decimal
    mma_strong_above: Decimal
    homocysteine_raised_above: Decimal
    homocysteine_marked_above: Decimal
    homocysteine_clot_from: Decimal
    anaemia_below_men: Decimal
    anaemia_below_women: Decimal
    anaemia_below_sex_unknown: Decimal
    anaemia_below_trimester_1: Decimal
    anaemia_below_trimester_2: Decimal
    anaemia_below_trimester_3: Decimal
    anaemia_below_trimester_unknown: Decimal
    anaemia_moderate_below: Decimal
    anaemia_severe_below: Decimal
    anaemia_significant_below: Decimal
    mcv_small_below: Decimal
    mcv_large_above: Decimal
    folate_low_below: Decimal
    folate_borderline_up_to: Decimal
    ferritin_low_below: Decimal
    platelets_low_below: Decimal
    platelets_high_above: Decimal
    platelets_low_with_anaemia_below: Decimal
    platelets_bleeding_below: Decimal
    platelets_clot_above: Decimal
    neutrophils_low_below: Decimal
    neutrophils_low_with_anaemia_below: Decimal
    neutrophils_high_above: Decimal
    potassium_low_below: Decimal
    potassium_high_above: Decimal


@dataclass(frozen=True)
class Windows:
    """Lengths of time in whole days (calendar months for results), ages in years, doses in micrograms a day."""

    result_expires_after_months: int
    critical_within_days: int
    injection_recent_days: int
    tablet_recent_days: int
    injection_overdue_days: int
    injection_interval_assumed_days: int
    treatment_new_days: int
    nitrous_oxide_recent_days: int
    worse_within_days: int
    oral_trial_days: int
    chronic_diarrhoea_days: int
    oral_dose_ug: int
    oral_dose_malabsorption_ug: int
    adult_from_age: int
    mma_older_from_age: int
    older_from_age: int
    pregnancy_asked_below_age: int


@dataclass(frozen=True)
class LabTest:
    """One condition on one result: in [from_, below) and more than `above`; `anaemia`: below the limit of the person."""

    analyte: str
    from_: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None
    anaemia: bool = False


@dataclass(frozen=True)
class Raise:
    """Codes beside the result that change the level: all of `all_of` and, where given, one of `any_of`."""

    level: Level
    category: str
    any_of: frozenset[str] = frozenset()
    all_of: frozenset[str] = frozenset()

    def met(self, present: frozenset[str]) -> bool:
        return self.all_of <= present and (not self.any_of or not self.any_of.isdisjoint(present))


@dataclass(frozen=True)
class CriticalRule:
    """
    A result that the assistant acts on by itself.

    `flag` tells staff ("expedite" for today, "review") where the level stays none.
    """

    id: str
    tests: tuple[LabTest, ...]
    level: Level
    category: str | None
    flag: str | None
    because: str
    source: tuple[str, ...]
    raises: tuple[Raise, ...] = ()


@dataclass(frozen=True)
class Thresholds:
    """Everything the laboratory part decides with.  `sources` gives the sources of each limit and window by its id."""

    scale: LabScale
    limits: Limits
    windows: Windows
    critical: tuple[CriticalRule, ...] = ()
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
