"""The band of a result as the summary names it: both sides of every edge, and None where it is open."""

from __future__ import annotations

import pytest

from bot.clinical.lab_bands import BANDS, band_of_result
from tests.clinical.core_rules import facts_of, lab, patient

EDGES = [
    ("b12", [(73.4, "very_low"), (73.5, "deficient"), (132.4, "deficient"), (132.5, "indeterminate")]),
    ("b12", [(258.4, "indeterminate"), (258.5, "unlikely"), (738, "unlikely"), (738.1, "high")]),
    ("active_b12", [(9.9, "very_low"), (10, "deficient"), (24.9, "deficient"), (25, "indeterminate")]),
    ("active_b12", [(70.4, "indeterminate"), (70.5, "unlikely")]),
    ("mma", [(360, "usual"), (361, "mildly_raised"), (400, "mildly_raised"), (401, "raised"), (750, "raised")]),
    ("mma", [(751, "strongly_raised")]),
    ("homocysteine", [(15, "usual"), (15.1, "raised"), (20, "raised"), (20.1, "strongly_raised")]),
    ("haemoglobin", [(79.9, "severely_low"), (80, "moderately_low"), (109.9, "moderately_low"), (110, "mildly_low")]),
    ("haemoglobin", [(119.9, "mildly_low"), (120, "usual")]),
    ("mcv", [(79.9, "low"), (80, "usual"), (100, "usual"), (100.1, "high")]),
    ("folate", [(6.9, "low"), (7, "borderline"), (10, "borderline"), (10.1, "usual")]),
    ("ferritin", [(29.9, "low"), (30, "usual")]),
    ("platelets", [(149.9, "low"), (150, "usual"), (450, "usual"), (450.1, "high")]),
    ("neutrophils", [(1.4, "low"), (1.5, "usual"), (7.5, "usual"), (7.6, "high")]),
    ("potassium", [(3.4, "low"), (3.5, "usual"), (5.3, "usual"), (5.4, "high")]),
]


@pytest.mark.parametrize(
    ("analyte", "value", "band"), [(analyte, value, band) for analyte, values in EDGES for value, band in values]
)
def test_each_band_begins_at_its_edge(analyte: str, value: float, band: str) -> None:
    facts, values = facts_of(patient())
    assert band in BANDS
    assert band_of_result(lab(analyte, value), facts, values) == band


@pytest.mark.parametrize(("age", "band"), [(64, "mildly_raised"), (65, "usual"), (None, "usual")])
def test_the_mma_band_follows_the_age(age: int | None, band: str) -> None:
    facts, values = facts_of(patient(age=age))
    assert band_of_result(lab("mma", 300), facts, values) == band


def test_in_pregnancy_the_moderate_band_ends_where_anaemia_does() -> None:
    facts, values = facts_of(patient(trimester=2))
    assert band_of_result(lab("haemoglobin", 104.9), facts, values) == "moderately_low"
    assert band_of_result(lab("haemoglobin", 105), facts, values) == "usual"


def test_an_open_result_has_no_band() -> None:
    facts, values = facts_of(patient())
    assert band_of_result(lab("b12", 150, unit=None), facts, values) is None
    assert band_of_result(lab("b12", 150, comparator="<"), facts, values) is None
    assert band_of_result(lab("b12", 20), facts, values) is None
    assert band_of_result(lab("intrinsic_factor_antibody", "positive"), facts, values) is None
    assert band_of_result(lab("b12", 100, date="2001"), facts, values) == "deficient", "however old"
