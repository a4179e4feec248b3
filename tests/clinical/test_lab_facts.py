"""Both sides of every edge of the bands, and what a comparator, a missing unit, age or date leaves open."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.clinical.findings import LabResult, Patient
from bot.clinical.lab_facts import Band, LabFacts, MetaboliteTest, anaemia_below, derive
from bot.clinical.lab_values import LabTime, Reading, Unusable, date_span, lab_time, months_before
from tests.clinical.core_rules import TODAY, content, facts_of, finding, lab, labs, patient


def derived(who: Patient, *, region: str = "uk") -> LabFacts:
    facts, values = facts_of(who, region=region)
    return derive(facts, values, content(region).assessment)


# --- comparisons that do not pretend


@pytest.mark.parametrize(
    ("comparator", "value", "below", "above"),
    [
        ("=", "99", True, False),
        ("=", "100", False, False),
        ("=", "101", False, True),
        ("<", "100", True, False),
        ("<", "101", None, None),
        (">", "100", False, True),
        (">", "99", None, None),
    ],
)
def test_a_comparator_settles_only_what_every_value_shares(
    comparator: str, value: str, below: bool | None, above: bool | None
) -> None:
    reading = Reading((Decimal(value),), comparator)
    assert reading.below(Decimal(100)) is below
    assert reading.above(Decimal(100)) is above
    assert reading.at_least(Decimal(100)) is (None if below is None else not below)


def test_several_readings_answer_only_when_they_agree() -> None:
    reading = Reading((Decimal(150), Decimal("110.7")))
    assert reading.below(Decimal(200)) is True
    assert reading.below(Decimal(120)) is None


# --- dates


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2019", (date(2019, 1, 1), date(2019, 12, 31))),
        ("2020-02", (date(2020, 2, 1), date(2020, 2, 29))),
        ("2019-03-14", (date(2019, 3, 14), date(2019, 3, 14))),
    ],
)
def test_a_partial_date_spans_all_its_days(text: str, span: tuple[date, date]) -> None:
    assert date_span(text) == span


@pytest.mark.parametrize(
    "text", ["19", "2019-3", "2019-13", "2019-00", "2019-02-30", "20a9", "２０１９", "0000", "2019-03-14-1", ""]
)
def test_a_text_that_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text!r} is no date; expected for example 2019, 2019-03 or 2019-03-14.$"):
        date_span(text)


def test_months_before_keeps_the_day_or_takes_the_last() -> None:
    assert months_before(date(2025, 11, 20), 12) == date(2024, 11, 20)
    assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert months_before(date(2025, 3, 31), 1) == date(2025, 2, 28)


def test_the_time_of_a_result_is_a_span_of_days_ago() -> None:
    assert lab_time(lab("b12", 120), TODAY) is None
    assert lab_time(lab("b12", 120, days_ago=7), TODAY) == LabTime(7, 7)
    assert lab_time(lab("b12", 120, date="2025-11-13"), TODAY) == LabTime(7, 7)
    assert lab_time(lab("b12", 120, date="2025-11"), TODAY) == LabTime(0, 19)
    assert lab_time(lab("b12", 120, date="2025-12"), TODAY) == LabTime(-11, -11)


@pytest.mark.parametrize(
    ("when", "old"), [("2024-11-20", False), ("2024-11-19", True), ("2024", False), ("2023", True)]
)
def test_a_result_expires_after_twelve_months(when: str, old: bool) -> None:
    result = derived(patient(results=(lab("b12", 120, date=when),)))
    assert (result.total.problem is Unusable.OLD) is old
    assert result.deficient is not old


def test_a_result_called_old_or_dated_in_the_future_is_not_used() -> None:
    assert derived(patient(results=(lab("b12", 120, old=True),))).total.problem is Unusable.OLD
    assert derived(patient(results=(lab("b12", 120, date="2026-01-02"),))).total.problem is Unusable.IMPLAUSIBLE
    assert derived(patient(results=(lab("b12", 120, date="2025-11-21"),))).total.problem is Unusable.IMPLAUSIBLE
    assert derived(patient(results=(lab("b12", 120, date="2025-11-20"),))).deficient


def test_a_result_without_a_date_counts_as_of_today() -> None:
    yesterday = lab("b12", 400, date="2025-11-19")
    assert derived(patient(results=(lab("b12", 120), yesterday))).deficient
    assert derived(patient(results=(yesterday, lab("b12", 120)))).deficient


def test_the_newest_result_counts_whatever_the_order() -> None:
    before, now = lab("b12", 110, date="2025-03-01"), lab("b12", 400, date="2025-10-01")
    assert derived(patient(results=(before, now))).unlikely
    assert derived(patient(results=(now, before))).unlikely
    undated = lab("b12", 120)
    assert derived(patient(results=(undated, now))).deficient
    assert derived(patient(results=(lab("b12", 300), lab("b12", 120)))).deficient, "said last of two without a date"


# --- B12


@pytest.mark.parametrize("region", ["uk", "us", "eu"])
@pytest.mark.parametrize(
    ("value", "unit", "band"),
    [
        (0.6, "ng/L", None),
        (132.4, "pmol/L", Band.DEFICIENT),
        (132.5, "pmol/L", Band.INDETERMINATE),
        (179, "ng/L", Band.DEFICIENT),
        (180, "ng/L", Band.INDETERMINATE),
        (180, "pg/mL", Band.INDETERMINATE),
        (258.4, "pmol/L", Band.INDETERMINATE),
        (258.5, "pmol/L", Band.UNLIKELY),
        (350, "ng/L", Band.INDETERMINATE),
        (351, "ng/L", Band.UNLIKELY),
    ],
)
def test_total_b12_bands_hold_their_lower_edge(value: float, unit: str, band: Band | None, region: str) -> None:
    if band is None:
        assert derived(patient(), region=region).total.problem is Unusable.ABSENT
        return
    assert derived(patient(results=(lab("b12", value, unit),)), region=region).total.band is band


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (24.9, Band.DEFICIENT),
        (25, Band.INDETERMINATE),
        (70, Band.INDETERMINATE),
        (70.4, Band.INDETERMINATE),
        (70.5, Band.UNLIKELY),
    ],
)
def test_active_b12_bands_hold_their_lower_edge(value: float, band: Band) -> None:
    result = derived(patient(results=labs(active_b12=value)))
    assert result.active.band is band
    assert (result.deficient, result.indeterminate, result.unlikely) == tuple(band is each for each in Band)


@pytest.mark.parametrize(("value", "very_low"), [("73.4", True), ("73.5", False)])
def test_very_low_total_b12_begins_below_its_limit(value: str, very_low: bool) -> None:
    assert derived(patient(results=labs(b12=value))).very_low is very_low


@pytest.mark.parametrize(("value", "very_low"), [("9.9", True), ("10", False)])
def test_very_low_active_b12_begins_below_its_limit(value: str, very_low: bool) -> None:
    assert derived(patient(results=labs(active_b12=value))).very_low is very_low


def test_active_b12_comes_before_total() -> None:
    assert derived(patient(results=labs(b12=400, active_b12=18))).deficient
    assert derived(patient(results=labs(b12=120, active_b12=95))).unlikely


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (lab("b12", 150, None), Unusable.UNIT),
        (lab("b12", 150, comparator="<"), Unusable.BAND),
        (lab("b12", 200, comparator=">"), Unusable.BAND),
        (lab("b12", 30), Unusable.IMPLAUSIBLE),
        (LabResult("b12", Decimal(1), unit="pmol/L", canonical_unit="pmol/L"), Unusable.IMPLAUSIBLE),
    ],
)
def test_a_doubtful_b12_gives_no_band_and_says_why(result: LabResult, problem: Unusable) -> None:
    total = derived(patient(results=(result,))).total
    assert (total.band, total.problem) == (None, problem)


@pytest.mark.parametrize(
    ("result", "band"),
    [
        (lab("b12", 90, None), Band.DEFICIENT),
        (lab("b12", 400, None), Band.UNLIKELY),
        (lab("b12", 220, None), Band.INDETERMINATE),
        (lab("b12", 50, "ng/L", comparator="<"), Band.DEFICIENT),
        (lab("b12", 300, comparator=">"), Band.UNLIKELY),
        (lab("b12", 30, confirmed=True), Band.DEFICIENT),
    ],
)
def test_a_doubtful_b12_keeps_its_band_where_all_readings_share_it(result: LabResult, band: Band) -> None:
    assert derived(patient(results=(result,))).total.band is band


# --- B12 taken before the test


@pytest.mark.parametrize(
    ("course", "recent"),
    [
        ({"days_since_last_tablet": 14}, True),
        ({"days_since_last_tablet": 15}, False),
        ({"days_since_last_injection": 90}, True),
        ({"days_since_last_injection": 91}, False),
        ({"oral_trial_days": 60}, False),
    ],
)
def test_b12_before_the_test_hides_a_usual_result_but_not_a_low_one(course: dict[str, int], recent: bool) -> None:
    usual = derived(patient(results=labs(b12=300), **course))
    assert (usual.total.problem is Unusable.RECENT_B12) is recent
    assert usual.total.measured is Band.UNLIKELY
    assert derived(patient(results=labs(b12=120), **course)).deficient


def test_a_result_from_before_the_tablets_is_not_hidden_by_them() -> None:
    earlier = (lab("b12", 300, date="2025-06-01"),)
    assert derived(patient("current_oral_b12", results=earlier, oral_trial_days=60)).unlikely
    assert derived(patient("current_oral_b12", results=earlier)).total.problem is Unusable.RECENT_B12


def test_a_result_taken_soon_after_an_injection_is_hidden_even_when_that_is_long_ago() -> None:
    after_tablets = (lab("b12", 300, date="2025-10-01"),)
    assert derived(patient(results=after_tablets, days_since_last_tablet=60)).total.problem is Unusable.RECENT_B12
    assert derived(patient(results=after_tablets, days_since_last_tablet=70)).unlikely
    taken = (lab("b12", 300, date="2025-08-20"),)
    assert derived(patient(results=taken, days_since_last_injection=150)).total.problem is Unusable.RECENT_B12
    assert derived(patient(results=taken, days_since_last_injection=190)).unlikely


# --- pregnancy and oestrogen


@pytest.mark.parametrize(
    ("who", "lowered"),
    [
        (patient(pregnant=True, results=labs(b12=120)), True),
        (patient("pregnancy", results=labs(b12=120)), True),
        (patient(trimester=2, results=labs(b12=120)), True),
        (patient("hrt", results=labs(b12=120)), True),
        (patient("hormonal_contraception", results=labs(b12=120)), True),
        (patient("hormonal_contraception", "rash", results=labs(b12=120)), True),
        (patient(finding("hormonal_contraception", detail="progestogen"), results=labs(b12=120)), False),
        (patient("hormonal_contraception", "fatigue", results=labs(b12=120)), False),
        (patient("fatigue", pregnant=True, results=labs(b12=120)), True),
        (patient("numbness_tingling", pregnant=True, results=labs(b12=120)), False),
        (patient(finding("numbness_tingling", explained_by_doctor=True), pregnant=True, results=labs(b12=120)), True),
        (patient(pregnant=True, results=labs(b12=120, mcv=101)), False),
        (patient(pregnant=True, results=labs(b12=120, haemoglobin=99)), False),
        (patient("coeliac_disease", pregnant=True, results=labs(b12=120)), False),
        (patient("metformin", pregnant=True, results=labs(b12=120)), True),
        (patient("oral_b12_failed", pregnant=True, results=labs(b12=120)), False),
        (patient(pregnant=True, results=labs(b12=73)), False),
        (patient(pregnant=True, results=labs(b12=120, active_b12=18)), False),
        (patient(pregnant=False, results=labs(b12=120)), False),
        (patient(sex="male", results=labs(b12=120)), False),
    ],
)
def test_a_low_total_is_lowered_only_where_nothing_speaks_for_a_true_lack(who: Patient, lowered: bool) -> None:
    result = derived(who)
    assert (result.lowered, result.indeterminate, result.deficient) == (lowered, lowered, not lowered)


def test_the_us_profile_takes_a_low_total_in_pregnancy_as_it_is() -> None:
    assert derived(patient(pregnant=True, results=labs(b12=120)), region="us").deficient


# --- MMA and homocysteine


@pytest.mark.parametrize(
    ("region", "age", "value", "expected"),
    [
        ("uk", 40, 280, False),
        ("uk", 40, 280.1, True),
        ("uk", 64, 300, True),
        ("uk", 65, 360, False),
        ("uk", 65, 360.1, True),
        ("uk", None, 280, False),
        ("uk", None, 281, None),
        ("uk", None, 360, None),
        ("uk", None, 361, True),
        ("us", None, 271, False),
        ("us", 70, 271.1, True),
        ("eu", 40, 281, True),
    ],
)
def test_mma_is_raised_above_the_limit_of_age_and_region(
    region: str, age: int | None, value: float, expected: bool | None
) -> None:
    result = derived(patient(age=age, results=labs(mma=value)), region=region)
    assert result.mma.raised is expected
    assert result.mma.age_decides is (expected is None)
    assert result.mma.usable


@pytest.mark.parametrize(
    ("findings", "mma", "homocysteine", "raised", "uncertain"),
    [
        ((), 620, None, True, False),
        ((), 401, None, True, False),
        ((), 400, None, False, True),
        ((finding("kidney_disease", present=False),), 400, None, True, False),
        ((), 400, 15.1, True, False),
        ((), 400, 15, False, True),
        (("kidney_disease",), 620, None, False, True),
        (("kidney_disease",), 620, 40, False, True),
        ((), 200, None, False, False),
        ((), 200, 40, False, False),
        (("nitrous_oxide",), 200, 40, True, False),
        (("nitrous_oxide", "kidney_disease"), 200, 40, False, False),
        (("nitrous_oxide",), 200, 20, False, False),
    ],
)
def test_mma_is_weighed_with_kidneys_homocysteine_and_nitrous_oxide(
    findings: tuple[object, ...], mma: float, homocysteine: float | None, raised: bool, uncertain: bool
) -> None:
    results = labs(mma=mma) + (labs(homocysteine=homocysteine) if homocysteine else ())
    result = derived(patient(*findings, age=40, results=results))  # type: ignore[arg-type]
    assert (result.metabolite_raised, result.metabolite_uncertain) == (raised, uncertain)
    assert result.metabolite_normal is not (raised or uncertain)


@pytest.mark.parametrize(
    ("findings", "b12", "homocysteine", "folate", "raised", "uncertain"),
    [
        ((), 180, 20.1, 10.1, True, False),
        ((), 180, 20.1, 10, False, True),
        ((), 180, 20.1, 6.9, False, True),
        ((), 180, 20.1, None, False, True),
        ((), 180, 20, 12, False, True),
        ((), 180, 15.1, 12, False, True),
        ((), 180, 15, 12, False, False),
        ((), 300, 40, 12, False, False),
        ((), None, 40, 12, True, False),
        (("kidney_disease",), 180, 40, 12, False, True),
        (("nitrous_oxide",), 300, 20.1, None, True, False),
        (("nitrous_oxide",), 300, 20.1, 7, True, False),
        (("nitrous_oxide",), 300, 20.1, 6.9, False, True),
    ],
)
def test_homocysteine_alone_counts_only_with_a_known_folate(
    findings: tuple[str, ...],
    b12: float | None,
    homocysteine: float,
    folate: float | None,
    raised: bool,
    uncertain: bool,
) -> None:
    results = labs(homocysteine=homocysteine) + (labs(b12=b12) if b12 else ()) + (labs(folate=folate) if folate else ())
    result = derived(patient(*findings, results=results))
    assert (result.metabolite_raised, result.metabolite_uncertain) == (raised, uncertain)
    assert not result.metabolite_normal, "only MMA can show that the metabolites are normal"


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (lab("mma", 390, comparator="<"), Unusable.BAND),
        (lab("mma", 0.4, None), Unusable.IMPLAUSIBLE),
        (lab("homocysteine", 2.5, None), Unusable.UNIT),
        (lab("homocysteine", 20, comparator="<"), Unusable.BAND),
    ],
)
def test_a_doubtful_metabolite_is_not_used_and_says_why(result: LabResult, problem: Unusable) -> None:
    facts = derived(patient(age=70, results=(result,)))
    test = facts.mma if result.analyte == "mma" else facts.homocysteine
    assert (test.raised, test.usable, test.problem) == (None, False, problem)


@pytest.mark.parametrize(
    ("value", "comparator", "age_decides"), [(300, ">", True), (270, ">", False), (300, "<", False), (400, "<", False)]
)
def test_an_open_mma_is_not_read_as_normal_where_the_age_is_unknown(
    value: int, comparator: str, age_decides: bool
) -> None:
    test = derived(patient(results=(lab("mma", value, comparator=comparator),))).mma
    assert (test.raised, test.usable, test.age_decides) == (None, age_decides, age_decides)


def test_an_open_mma_above_the_limit_counts_as_mildly_raised() -> None:
    result = derived(patient(age=40, results=(lab("mma", 300, comparator=">"),)))
    assert (result.mma.raised, result.mma.grey) == (True, True)


def test_a_normal_metabolite_after_b12_corrects_but_decides_nothing() -> None:
    result = derived(patient(confirmed=True, age=40, results=labs(mma=180, homocysteine=9), days_since_last_tablet=3))
    assert not result.mma.usable and not result.homocysteine.usable
    assert result.corrected and not result.metabolite_normal and not result.confirmed
    raised = derived(patient(age=40, results=labs(mma=620), days_since_last_tablet=3))
    assert raised.metabolite_raised and raised.metabolite_after_b12


# --- blood count


@pytest.mark.parametrize(
    ("person", "region", "limit"),
    [
        ({"sex": "male"}, "uk", 130),
        ({"sex": "female"}, "uk", 120),
        ({"sex": "other"}, "uk", 120),
        ({}, "uk", 120),
        ({"pregnant": True, "trimester": 1}, "uk", 110),
        ({"pregnant": True, "trimester": 2}, "uk", 105),
        ({"pregnant": True, "trimester": 3}, "uk", 105),
        ({"pregnant": True, "trimester": 3}, "us", 110),
        ({"pregnant": True}, "uk", 110),
    ],
)
def test_anaemia_begins_below_the_limit_of_the_person(person: dict[str, object], region: str, limit: int) -> None:
    assert derived(patient(results=labs(haemoglobin=limit - 0.1), **person), region=region).anaemia
    assert not derived(patient(results=labs(haemoglobin=limit), **person), region=region).anaemia


@pytest.mark.parametrize(
    ("person", "limit"),
    [
        ({"sex": "male"}, "anaemia_below_men"),
        ({"sex": "female"}, "anaemia_below_women"),
        ({"sex": "other"}, "anaemia_below_sex_unknown"),
        ({}, "anaemia_below_sex_unknown"),
        ({"trimester": 1}, "anaemia_below_trimester_1"),
        ({"trimester": 2}, "anaemia_below_trimester_2"),
        ({"trimester": 3}, "anaemia_below_trimester_3"),
        ({"pregnant": True, "sex": "female"}, "anaemia_below_trimester_unknown"),
    ],
)
def test_a_clinic_may_set_each_anaemia_limit_by_itself(person: dict[str, object], limit: str) -> None:
    """Several shipped limits are the same number, so only a changed one shows which is used."""
    rules = content().assessment
    limits = replace(rules.thresholds.limits, **{limit: Decimal("77")})
    own = replace(rules, thresholds=replace(rules.thresholds, limits=limits))
    facts, _ = facts_of(patient(**person))
    assert anaemia_below(facts, own) == 77


def test_macrocytosis_is_above_one_hundred() -> None:
    assert derived(patient(results=labs(mcv=100.1))).macrocytosis
    assert not derived(patient(results=labs(mcv=100))).macrocytosis
    assert not derived(patient()).macrocytosis


@pytest.mark.parametrize(
    ("who", "significant"),
    [
        (patient(results=labs(haemoglobin=99.9)), True),
        (patient(results=labs(haemoglobin=100)), False),
        (patient(finding("palpitations", limits_daily_life=True), results=labs(haemoglobin=110)), True),
        (patient("palpitations", results=labs(haemoglobin=110)), False),
        (patient(finding("fatigue", limits_daily_life=True), results=labs(haemoglobin=110)), False),
        (patient(finding("palpitations", limits_daily_life=True), results=labs(haemoglobin=125)), False),
        (patient(results=labs(haemoglobin=110, platelets=99)), True),
        (patient(results=labs(haemoglobin=110, platelets=100)), False),
        (patient(results=labs(haemoglobin=110, neutrophils=1.4)), True),
        (patient(results=labs(haemoglobin=110, neutrophils=1.5)), False),
    ],
)
def test_anaemia_is_significant_when_marked_felt_or_with_other_cells(who: Patient, significant: bool) -> None:
    assert derived(who).significant_anaemia is significant


def test_iron_explains_a_low_haemoglobin_only_with_small_cells_and_low_ferritin() -> None:
    assert derived(patient(results=labs(haemoglobin=90, ferritin=29, mcv=79))).iron_anaemia
    assert not derived(patient(results=labs(haemoglobin=90, ferritin=30, mcv=79))).iron_anaemia
    assert not derived(patient(results=labs(haemoglobin=90, ferritin=29, mcv=80))).iron_anaemia
    assert not derived(patient(results=labs(haemoglobin=90, ferritin=29))).iron_anaemia


# --- confirmed deficiency


@pytest.mark.parametrize(
    ("who", "confirmed"),
    [
        (patient(results=labs(b12=120)), True),
        (patient(age=40, results=labs(b12=300, mma=620)), True),
        (patient(confirmed=True), True),
        (patient(confirmed=True, results=labs(b12=200)), True),
        (patient(confirmed=True, results=labs(b12=300)), False),
        (patient(confirmed=True, age=40, results=labs(mma=180)), False),
        (patient(confirmed=True, results=labs(b12=300), days_since_last_tablet=1), False),
        (patient(confirmed=False), False),
        (patient(), False),
    ],
)
def test_deficiency_is_confirmed_by_results_or_a_doctor_until_corrected(who: Patient, confirmed: bool) -> None:
    assert derived(who).confirmed is confirmed


# --- what else the facts must tell apart


def test_a_metabolite_that_was_not_done_is_neither_raised_nor_usable() -> None:
    facts = derived(patient())
    assert facts.mma == facts.homocysteine == MetaboliteTest(None, False, Unusable.ABSENT)


def test_a_usual_metabolite_is_usable_unless_b12_came_before_it() -> None:
    usual = derived(patient(age=40, results=labs(mma=100, homocysteine=9)))
    assert usual.mma == usual.homocysteine == MetaboliteTest(False, True, None)
    hidden = derived(patient(age=40, days_since_last_tablet=3, results=labs(mma=100, homocysteine=9)))
    assert hidden.mma == hidden.homocysteine == MetaboliteTest(False, False, Unusable.RECENT_B12)


def test_a_metabolite_from_before_the_tablets_is_not_touched_by_them() -> None:
    def tested(day: str, **values: int) -> LabFacts:
        results = tuple(lab(analyte, value, date=day) for analyte, value in values.items())
        return derived(patient("nitrous_oxide", age=40, days_since_last_tablet=1, oral_trial_days=30, results=results))

    before, during = "2025-09-01", "2025-11-15"
    assert tested(before, mma=100).mma.problem is None
    assert tested(during, mma=100).mma.problem is Unusable.RECENT_B12
    assert not tested(before, mma=900).metabolite_after_b12
    assert tested(during, mma=900).metabolite_after_b12
    assert not tested(before, homocysteine=30).metabolite_after_b12
    assert tested(during, homocysteine=30).metabolite_after_b12


def test_active_b12_decides_whether_a_lack_is_corrected() -> None:
    assert derived(patient(confirmed=True, results=labs(b12=200, active_b12=90))).corrected
    assert not derived(patient(confirmed=True, results=labs(b12=400, active_b12=40))).corrected
