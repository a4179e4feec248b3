"""The laboratory scale as it is shipped: units, conversions, what is asked and what is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot.knowledge
from bot.clinical.codes import ANALYTES
from bot.clinical.findings import LabResult, Words
from bot.clinical.lab_scale import (
    Conversion,
    ImpossibleValueError,
    LabScale,
    UnknownAnalyteError,
    UnknownUnitError,
    UnreadableValueError,
    compact_unit,
)
from bot.knowledge.strict import Fault
from bot.knowledge.thresholds import load_lab_scale

FOLDER = Path(bot.knowledge.__file__).parent


def scale_of(*, haemoglobin_in_mmol: bool = False) -> LabScale:
    faults: list[Fault] = []
    scale = load_lab_scale(FOLDER, faults, haemoglobin_in_mmol=haemoglobin_in_mmol)
    assert faults == []
    return scale


SCALE = scale_of()


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "canonical"),
    [
        ("b12", "180", "ng/L", "132.840"),
        ("b12", "200", "pg/mL", "147.600"),
        ("b12", "1000", "pg/mL", "738.000"),
        ("active_b12", "25", "pmol/L", "25"),
        ("mma", "0.40", "umol/L", "400.00"),
        ("mma", "40", "ng/mL", "338.80"),
        ("homocysteine", "2.0", "mg/L", "14.794"),
        ("haemoglobin", "6.9", "g/dL", "69"),
        ("haemoglobin", "7.5", "mmol/L", "120.855"),
        ("mcv", "112", "um3", "112"),
        ("folate", "3.0", "ng/mL", "6.798"),
        ("folate", "3.0", "ug/L", "6.798"),
        ("ferritin", "30", "ng/mL", "30"),
        ("ferritin", "2.247", "pmol/L", "1"),
        ("platelets", "250", "10^3/uL", "250"),
        ("platelets", "250000", "/uL", "250"),
        ("platelets", "2.5", "lakh/uL", "250"),
        ("neutrophils", "1500", "/uL", "1.5"),
        ("potassium", "2.8", "mEq/L", "2.8"),
        ("potassium", "15.64", "mg/dL", "4"),
    ],
)
def test_every_accepted_unit_converts_exactly(analyte: str, value: str, unit: str, canonical: str) -> None:
    lab = SCALE.normalise(analyte, Decimal(value), unit)
    assert lab.canonical_value == Decimal(canonical)
    assert (lab.unit, lab.canonical_unit, lab.unit_inferred) == (unit, ANALYTES[analyte], False)


@pytest.mark.parametrize(
    ("text", "analyte", "unit"),
    [
        ("µg/L", None, "ug/L"),
        ("mcg per litre", None, "ug/L"),
        ("micrograms a liter", None, "ug/L"),
        ("pmol/l", None, "pmol/L"),
        ("pmols", None, "pmol/L"),
        ("picomoles per litre", None, "pmol/L"),
        ("PG/ML", None, "pg/mL"),
        ("nanograms per mil", None, "ng/mL"),
        ("x10⁹/L", None, "10^9/L"),
        ("10*9/L", None, "10^9/L"),
        ("x 10^9 / L", None, "10^9/L"),
        ("K/µL", None, "10^3/uL"),
        ("10³/µL", None, "10^3/uL"),
        ("thousand per microlitre", None, "10^3/uL"),
        ("cells/cu. mm", None, "/uL"),
        ("lakhs", None, "lakh/uL"),
        ("gm/dL", None, "g/dL"),
        ("femtolitres", None, "fL"),
        ("mEq/L.", None, "mEq/L"),
        ("ng", "b12", "ng/L"),
        ("ng", "ferritin", "ng/mL"),
        ("nmol/mL", "mma", "umol/L"),
        ("ng", None, None),
        ("mmol/mol", None, None),
        ("%", None, None),
        ("", None, None),
    ],
)
def test_unit_spellings_lead_to_the_stored_unit(text: str, analyte: str | None, unit: str | None) -> None:
    assert SCALE.canonical_unit(text, analyte) == unit


@pytest.mark.parametrize(
    ("analyte", "value", "canonical"),
    [
        ("haemoglobin", "7.9", "79.0"),
        ("haemoglobin", "24", "240"),
        ("haemoglobin", "25", "25"),
        ("haemoglobin", "128", "128"),
        ("mcv", "112", "112"),
        ("active_b12", "40", "40"),
        ("mma", "620", "620"),
        ("homocysteine", "3", "3"),
        ("ferritin", "30", "30"),
        ("platelets", "10", "10"),
        ("platelets", "2999", "2999"),
        ("platelets", "250000", "250"),
        ("platelets", "3000", "3"),
        ("neutrophils", "1.5", "1.5"),
        ("neutrophils", "1500", "1.5"),
        ("potassium", "4.1", "4.1"),
    ],
)
def test_a_bare_number_is_read_where_magnitude_or_the_only_unit_decides(
    analyte: str, value: str, canonical: str
) -> None:
    lab = SCALE.normalise(analyte, Decimal(value))
    assert (lab.canonical_value, lab.unit, lab.unit_inferred) == (Decimal(canonical), None, True)


@pytest.mark.parametrize(
    ("analyte", "value", "readings"),
    [
        ("b12", "150", ["150", "110.700"]),
        ("folate", "5", ["5", "11.330"]),
        ("homocysteine", "2", ["2", "14.794"]),
        ("platelets", "2.5", ["2.5", "250.0"]),
        ("potassium", "11", ["11"]),
    ],
)
def test_a_bare_number_is_asked_where_the_unit_decides(analyte: str, value: str, readings: list[str]) -> None:
    lab = SCALE.normalise(analyte, Decimal(value))
    assert (lab.canonical_value, lab.unit, lab.unit_inferred) == (None, None, False)
    assert list(map(str, SCALE.readings(lab)[: len(readings)])) == readings


def test_bare_small_mma_is_read_as_umol_and_asked_again() -> None:
    lab = SCALE.normalise("mma", Decimal("0.4"))
    assert (lab.canonical_value, lab.unit_inferred, lab.implausible) == (Decimal(400), True, True)
    assert not SCALE.normalise("mma", Decimal("0.4"), confirmed=True).implausible
    assert not SCALE.normalise("mma", Decimal("0.4"), "umol/L").implausible


def test_clinics_with_mmol_laboratories_are_asked_for_the_haemoglobin_unit() -> None:
    scale = scale_of(haemoglobin_in_mmol=True)
    lab = scale.normalise("haemoglobin", Decimal("6.8"))
    assert lab.canonical_value is None
    assert scale.safety_reading(lab) == (Decimal(68),)
    assert SCALE.safety_reading(SCALE.normalise("haemoglobin", Decimal("6.8"))) == (Decimal(68),)
    bare = SCALE.normalise("b12", Decimal(150))
    assert SCALE.safety_reading(bare) == SCALE.readings(bare)
    said = scale.normalise("haemoglobin", Decimal("7.5"), "mmol/L")
    assert scale.safety_reading(said) == (Decimal("120.855"),), "a unit that was said is never read as another"


LIMITS = [
    ("b12", "pmol/L", "5", "37", "1500", "20000"),
    ("active_b12", "pmol/L", "0.5", "5", "300", "1000"),
    ("mma", "nmol/L", "20", "40", "5000", "200000"),
    ("homocysteine", "umol/L", "1", "3", "150", "600"),
    ("haemoglobin", "g/L", "20", "60", "190", "250"),
    ("mcv", "fL", "40", "60", "140", "170"),
    ("folate", "nmol/L", "0.5", "1.5", "60", "120"),
    ("ferritin", "ug/L", "0.5", "3", "2000", "100000"),
    ("platelets", "10^9/L", "1", "20", "1000", "3000"),
    ("neutrophils", "10^9/L", "0", "0.5", "20", "60"),
    ("potassium", "mmol/L", "1.0", "2.5", "6.0", "12.0"),
]
A_LITTLE = Decimal("0.01")


@pytest.mark.parametrize(("analyte", "unit", "hard_low", "low", "high", "hard_high"), LIMITS)
def test_plausibility_limits_hold_their_edges(
    analyte: str, unit: str, hard_low: str, low: str, high: str, hard_high: str
) -> None:
    for edge, step in ((Decimal(low), -A_LITTLE), (Decimal(high), A_LITTLE)):
        assert not SCALE.normalise(analyte, edge, unit).implausible
        assert SCALE.normalise(analyte, edge + step, unit).implausible
        assert not SCALE.normalise(analyte, edge + step, unit, confirmed=True).implausible
    for edge, step in ((Decimal(hard_low), -A_LITTLE), (Decimal(hard_high), A_LITTLE)):
        assert SCALE.normalise(analyte, edge, unit).canonical_value == edge
        with pytest.raises(ImpossibleValueError, match=f"{analyte}: .* ask again"):
            SCALE.normalise(analyte, edge + step, unit, confirmed=True)


@pytest.mark.parametrize(("analyte", "unit", "hard_low", "low", "high", "hard_high"), LIMITS)
def test_a_laboratorys_own_floor_and_ceiling_are_plausible(
    analyte: str, unit: str, hard_low: str, low: str, high: str, hard_high: str
) -> None:
    assert not SCALE.normalise(analyte, Decimal(hard_low), unit, comparator="<").implausible
    assert not SCALE.normalise(analyte, Decimal(hard_high) + 1, unit, comparator=">").implausible
    with pytest.raises(ImpossibleValueError):
        SCALE.normalise(analyte, Decimal(hard_high) + 1, unit, comparator="<")
    if Decimal(hard_low) > 0:
        with pytest.raises(ImpossibleValueError):
            SCALE.normalise(analyte, Decimal(hard_low) - A_LITTLE, unit, comparator=">")


@pytest.mark.parametrize(
    ("said", "word"),
    [("Pos", "positive"), ("not detected", "negative"), ("equivocal", "equivocal"), ("raised", "positive")],
)
def test_antibody_words_are_mapped(said: str, word: str) -> None:
    lab = SCALE.normalise("intrinsic_factor_antibody", said)
    assert (lab.value, lab.canonical_value, lab.canonical_unit) == (word, None, None)
    assert SCALE.readings(lab) == ()


@pytest.mark.parametrize("value", ["low", "", "NaN", "Infinity", True, "1,5"])
def test_a_value_that_is_no_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(UnreadableValueError, match=r"b12: .* is not a number"):
        SCALE.normalise("b12", value, "pmol/L")  # type: ignore[arg-type]


def test_other_unusable_results_are_refused_by_name() -> None:
    with pytest.raises(UnreadableValueError, match="'15' is not one of positive, negative, equivocal"):
        SCALE.normalise("parietal_cell_antibody", "15")
    with pytest.raises(UnreadableValueError, match="comparator '~' is not one of"):
        SCALE.normalise("b12", Decimal(150), "pmol/L", comparator="~")
    with pytest.raises(UnknownAnalyteError, match="no laboratory test 'hba1c'; known: b12"):
        SCALE.normalise("hba1c", Decimal(48), "mmol/mol")
    with pytest.raises(UnknownUnitError, match=r"b12: unit 'mcg' is not one of pmol/L, pg/mL, ng/L"):
        SCALE.normalise("b12", Decimal(1000), "mcg")
    with pytest.raises(UnknownUnitError, match=r"b12: unit 'furlong' is not one of"):
        SCALE.normalise("b12", Decimal(1000), "furlong")
    with pytest.raises(
        ImpossibleValueError, match=r"^b12: 4 pmol/L is outside what a laboratory reports; ask again\.$"
    ):
        SCALE.normalise("b12", Decimal(4), "pmol/L")
    with pytest.raises(ImpossibleValueError, match=r"^haemoglobin: 1\.5 \(no unit\) is outside"):
        SCALE.normalise("haemoglobin", Decimal("1.5"))


def test_what_is_refused_is_told_in_one_sentence_with_what_is_allowed() -> None:
    with pytest.raises(UnreadableValueError, match=r"^b12: comparator '~' is not one of =, <, >\.$"):
        SCALE.normalise("b12", Decimal(150), comparator="~")
    with pytest.raises(UnknownAnalyteError, match="known: b12, active_b12, mma, "):
        SCALE.normalise("hba1c", Decimal(48))
    with pytest.raises(UnreadableValueError, match=r"^parietal_cell_antibody: 'x' is not one of"):
        SCALE.normalise("parietal_cell_antibody", "x")


def test_what_was_said_beside_the_number_is_kept() -> None:
    words = Words(3, 9, "b12 20")
    result = SCALE.normalise(
        "b12", Decimal(20), "pmol/L", confirmed=True, words=words, date="2025", days_ago=3, old=True, comparator="<"
    )
    assert result == LabResult(
        "b12",
        Decimal(20),
        comparator="<",
        unit="pmol/L",
        canonical_value=Decimal(20),
        canonical_unit="pmol/L",
        date="2025",
        days_ago=3,
        confirmed=True,
        old=True,
        words=words,
    )


def test_a_loose_spelling_counts_for_its_own_test_only() -> None:
    assert SCALE.normalise("b12", Decimal(180), "ng").unit == "ng/L"
    assert SCALE.normalise("ferritin", Decimal(30), "ng").unit == "ng/mL"
    with pytest.raises(UnknownUnitError):
        SCALE.normalise("mma", Decimal(300), "ng")


def test_a_result_made_elsewhere_is_read_by_its_own_unit_and_comparator() -> None:
    assert SCALE.readings(LabResult("b12", Decimal(180), unit="ng/L")) == (Decimal("132.84"),)
    assert SCALE.readings(LabResult("b12", Decimal(3))) == ()
    assert SCALE.readings(LabResult("b12", Decimal(3), comparator="<")) == (Decimal(3), Decimal("2.214"))


def test_a_conversion_is_exact() -> None:
    conversion = Conversion("x", multiply=Decimal(2), divide=Decimal(5))
    assert conversion.to_canonical(Decimal(10)) == Decimal(4)


@pytest.mark.parametrize(
    ("text", "compact"),
    [
        (" NG/L; ", "ng/l"),
        ("mls", "ml"),
        ("gs", "gs"),
        ("µg / litres", "ug/l"),
        ("cu. mm", "cumm"),
        ("10⁹/L.", "109/l"),
    ],
)
def test_a_unit_is_compared_without_spaces_capitals_signs_and_plurals(text: str, compact: str) -> None:
    assert compact_unit(text, {"litre": "l"}) == compact


@given(
    value=st.decimals(min_value="0.0001", max_value="100000", places=4),
    choice=st.sampled_from([(a, u) for a, r in SCALE.analytes.items() for u in r.conversions]),
)
def test_units_survive_the_way_there_and_back(value: Decimal, choice: tuple[str, str]) -> None:
    analyte, unit = choice
    conversion = SCALE.analytes[analyte].conversions[unit]
    back = conversion.to_canonical(value) * conversion.divide / conversion.multiply
    assert abs(back - value) <= abs(value) * Decimal("1e-24")


@given(value=st.decimals(min_value="-10", max_value="4000000", places=2), analyte=st.sampled_from(sorted(ANALYTES)))
def test_every_bare_number_gives_a_result_or_a_named_error(value: Decimal, analyte: str) -> None:
    try:
        lab = SCALE.normalise(analyte, value)
    except (ImpossibleValueError, UnreadableValueError) as error:
        assert analyte in str(error)
    else:
        assert lab.value == value and (lab.unit_inferred or lab.canonical_value is None)
        assert SCALE.readings(lab)


def test_a_unit_of_another_test_is_refused_as_unknown() -> None:
    """A unit that is known here, but in which this test is never reported."""
    with pytest.raises(UnknownUnitError, match=r"potassium: unit 'ng/L' is not one of mmol/L"):
        SCALE.normalise("potassium", Decimal("4"), "ng/L")
