"""
Derive from the results what the rules ask for: B12 bands, metabolites, anaemia, confirmed deficiency.

Every fact is True only where the results settle it; what they leave open stays open and
is named in `B12Test.problem` or `MetaboliteTest.problem`.  Nothing here depends on the
order in which results were said, save that the newest of a test counts.

Limits: `knowledge/thresholds.yml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from bot.clinical.assessment_rules import AssessmentRules
from bot.clinical.lab_values import LabValues, Reading, Unusable
from bot.clinical.patient_facts import PatientFacts


class Band(str, Enum):
    DEFICIENT = "deficient"
    INDETERMINATE = "indeterminate"
    UNLIKELY = "unlikely"


@dataclass(frozen=True)
class B12Test:
    """
    Total or active B12.

    `measured` is the band of the number itself; `band` is None where it may not be used
    for a diagnosis, and `problem` then says why.
    """

    measured: Band | None
    band: Band | None
    problem: Unusable | None
    very_low: bool = False


@dataclass(frozen=True)
class MetaboliteTest:
    """
    MMA or homocysteine.

    `raised` is None where open; `usable` is False for a normal result after recent B12,
    which still shows that the lack is corrected.  `age_decides`: an MMA between the
    limits of the two age groups, age not known.
    """

    raised: bool | None
    usable: bool
    problem: Unusable | None
    grey: bool = False
    age_decides: bool = False
    marked: bool = False  # homocysteine above the limit at which it counts by itself


@dataclass(frozen=True)
class LabFacts:
    total: B12Test
    active: B12Test
    mma: MetaboliteTest
    homocysteine: MetaboliteTest
    deficient: bool
    indeterminate: bool
    unlikely: bool
    lowered: bool  # a deficient total B12 counted as indeterminate (pregnancy, oestrogen)
    very_low: bool
    metabolite_raised: bool
    metabolite_uncertain: bool
    metabolite_normal: bool
    metabolite_after_b12: bool  # raised although B12 was taken before the test
    anaemia: bool
    significant_anaemia: bool
    iron_anaemia: bool  # low haemoglobin with small cells and low ferritin
    macrocytosis: bool
    corrected: bool  # a later result shows that the lack is over
    confirmed: bool  # deficiency_confirmed
    confirmed_by_doctor: bool  # said, and not corrected since

    @property
    def b12_usable(self) -> bool:
        return self.total.band is not None or self.active.band is not None

    @property
    def metabolite_usable(self) -> bool:
        return self.mma.usable or self.homocysteine.usable


def derive(facts: PatientFacts, labs: LabValues, rules: AssessmentRules) -> LabFacts:
    """The facts of the results; see `assume_deficient` and `assume_indeterminate` for rules that take one as given."""
    limits = rules.thresholds.limits
    total = _b12_test(
        "b12", facts, labs, limits.b12_deficient_below, limits.b12_indeterminate_below, limits.b12_very_low_below
    )
    active = _b12_test(
        "active_b12",
        facts,
        labs,
        limits.active_b12_deficient_below,
        limits.active_b12_indeterminate_below,
        limits.active_b12_very_low_below,
    )
    best = active if active.band is not None else total
    blood = _blood_count(facts, labs, rules)
    mma, homocysteine = _mma(facts, labs, rules), _homocysteine(facts, labs, rules)
    raised, uncertain = _metabolites(mma, homocysteine, facts, labs, rules, unlikely=best.band is Band.UNLIKELY)
    normal_as_measured = mma.raised is False and not raised and not uncertain
    very_low = total.very_low or active.very_low
    lowered = (
        total.band is Band.DEFICIENT
        and active.band is None
        and not very_low
        and _may_be_lowered(facts, rules)
        and not (facts.counted_neuro or blood.anaemia or blood.macrocytosis or facts.malabsorption)
        and not facts.tablets_failed()
    )
    deficient = best.band is Band.DEFICIENT and not lowered
    measured = active.measured if active.measured is not None else total.measured
    corrected = not raised and (measured is Band.UNLIKELY or normal_as_measured)
    said = facts.view.patient.deficiency_confirmed_by_doctor is True
    return LabFacts(
        total=total,
        active=active,
        mma=mma,
        homocysteine=homocysteine,
        deficient=deficient,
        indeterminate=best.band is Band.INDETERMINATE or lowered,
        unlikely=best.band is Band.UNLIKELY,
        lowered=lowered,
        very_low=very_low,
        metabolite_raised=raised,
        metabolite_uncertain=uncertain,
        metabolite_normal=normal_as_measured and mma.usable,
        metabolite_after_b12=_after_b12("mma", mma, facts, labs)
        or _after_b12("homocysteine", homocysteine, facts, labs),
        anaemia=blood.anaemia,
        significant_anaemia=blood.significant,
        iron_anaemia=blood.iron,
        macrocytosis=blood.macrocytosis,
        corrected=corrected,
        confirmed=deficient or raised or (said and not corrected),
        confirmed_by_doctor=said and not corrected,
    )


# --- B12


def band_of(reading: Reading, deficient_below: Decimal, indeterminate_below: Decimal) -> Band | None:
    """The one band that all values of the reading share, or None."""
    if reading.below(deficient_below):
        return Band.DEFICIENT
    if reading.at_least(indeterminate_below):
        return Band.UNLIKELY
    if reading.at_least(deficient_below) and reading.below(indeterminate_below):
        return Band.INDETERMINATE
    return None


def _b12_test(
    analyte: str,
    facts: PatientFacts,
    labs: LabValues,
    deficient_below: Decimal,
    indeterminate_below: Decimal,
    very_low_below: Decimal,
) -> B12Test:
    reading = labs.reading(analyte)
    if isinstance(reading, Unusable):
        return B12Test(None, None, reading)
    band = band_of(reading, deficient_below, indeterminate_below)
    if band is None:
        return B12Test(None, None, Unusable.UNIT if len(reading.values) > 1 else Unusable.BAND)
    lab = labs.newest(analyte)
    # A result that is still low despite B12 stays what it is.
    if band is not Band.DEFICIENT and lab is not None and facts.taken_after_b12(labs.time(lab)):
        return B12Test(band, None, Unusable.RECENT_B12)
    return B12Test(band, band, None, very_low=reading.below(very_low_below) is True)


def _may_be_lowered(facts: PatientFacts, rules: AssessmentRules) -> bool:
    """Pregnancy and oestrogen lower total B12 without a lack of it."""
    if facts.view.pregnant:
        return not rules.switches.pregnancy_total_b12_confirms
    oestrogen = facts.view.has("hrt") or (
        facts.view.has("hormonal_contraception") and facts.view.detail("hormonal_contraception") != "progestogen"
    )
    return oestrogen and not facts.symptoms


# --- MMA and homocysteine


def _mma(facts: PatientFacts, labs: LabValues, rules: AssessmentRules) -> MetaboliteTest:
    reading = labs.reading("mma")
    if isinstance(reading, Unusable):
        return MetaboliteTest(None, False, reading)
    limits, age = rules.thresholds.limits, facts.view.patient.person.age
    younger, older = limits.mma_raised_above_under_65, limits.mma_raised_above_65_plus
    if age is not None:
        younger = older = older if age >= rules.thresholds.windows.mma_older_from_age else younger
    raised, raised_if_younger = reading.above(older), reading.above(younger)
    if raised:
        return MetaboliteTest(True, True, None, grey=reading.above(limits.mma_grey_up_to) is not True)
    if raised_if_younger:
        return MetaboliteTest(None, True, None, age_decides=True)
    if raised is None or raised_if_younger is None:
        return MetaboliteTest(None, False, Unusable.BAND)
    return _normal_metabolite("mma", facts, labs)


def _homocysteine(facts: PatientFacts, labs: LabValues, rules: AssessmentRules) -> MetaboliteTest:
    reading = labs.reading("homocysteine")
    if isinstance(reading, Unusable):
        return MetaboliteTest(None, False, reading)
    limits = rules.thresholds.limits
    raised = reading.above(limits.homocysteine_raised_above)
    if raised is None:
        return MetaboliteTest(None, False, Unusable.UNIT if len(reading.values) > 1 else Unusable.BAND)
    if raised:
        return MetaboliteTest(True, True, None, marked=reading.above(limits.homocysteine_marked_above) is True)
    return _normal_metabolite("homocysteine", facts, labs)


def _normal_metabolite(analyte: str, facts: PatientFacts, labs: LabValues) -> MetaboliteTest:
    lab = labs.newest(analyte)
    recent = lab is not None and facts.taken_after_b12(labs.time(lab))
    return MetaboliteTest(False, not recent, Unusable.RECENT_B12 if recent else None)


def _after_b12(analyte: str, test: MetaboliteTest, facts: PatientFacts, labs: LabValues) -> bool:
    lab = labs.newest(analyte)
    return test.raised is True and lab is not None and facts.taken_after_b12(labs.time(lab))


def _metabolites(
    mma: MetaboliteTest,
    homocysteine: MetaboliteTest,
    facts: PatientFacts,
    labs: LabValues,
    rules: AssessmentRules,
    *,
    unlikely: bool,
) -> tuple[bool, bool]:
    """`metabolite_raised` and `metabolite_raised_uncertain`."""
    kidneys, kidneys_well = facts.view.has("kidney_disease"), facts.view.denied("kidney_disease")
    folate_normal, folate_low = _folate(labs, rules)
    mma_done = mma.raised is not None or mma.age_decides
    raised = not kidneys and (
        (mma.raised is True and (not mma.grey or kidneys_well or homocysteine.raised is True))
        or (not mma_done and not unlikely and homocysteine.marked and folate_normal)
        or (facts.nitrous_oxide and homocysteine.marked and not folate_low)
    )
    alone = not mma_done and homocysteine.raised is True
    uncertain = not raised and (
        mma.raised is True or mma.age_decides or (alone and (not homocysteine.marked or not folate_normal or kidneys))
    )
    return raised, uncertain


def _folate(labs: LabValues, rules: AssessmentRules) -> tuple[bool, bool]:
    """Known normal, known low; a borderline or unknown folate is neither."""
    reading = labs.reading("folate")
    if isinstance(reading, Unusable):
        return False, False
    limits = rules.thresholds.limits
    return reading.above(limits.folate_borderline_up_to) is True, reading.below(limits.folate_low_below) is True


# --- blood count


@dataclass(frozen=True)
class _BloodCount:
    anaemia: bool
    significant: bool
    iron: bool
    macrocytosis: bool


def anaemia_below(facts: PatientFacts, rules: AssessmentRules) -> Decimal:
    """The haemoglobin limit of this person; sex not known or not said as female or male: the lower usual limit."""
    limits, person = rules.thresholds.limits, facts.view.patient.person
    if facts.view.pregnant:
        return {
            1: limits.anaemia_below_trimester_1,
            2: limits.anaemia_below_trimester_2,
            3: limits.anaemia_below_trimester_3,
        }.get(person.trimester or 0, limits.anaemia_below_trimester_unknown)
    if person.sex == "male":
        return limits.anaemia_below_men
    return limits.anaemia_below_women if person.sex == "female" else limits.anaemia_below_sex_unknown


def _blood_count(facts: PatientFacts, labs: LabValues, rules: AssessmentRules) -> _BloodCount:
    limits = rules.thresholds.limits
    anaemia = _is(labs, "haemoglobin", below=anaemia_below(facts, rules))
    macrocytosis = _is(labs, "mcv", above=limits.mcv_large_above)
    felt = any(
        finding.code in rules.group("anaemia_felt") and finding.limits_daily_life for finding in facts.view.symptoms()
    )
    other_cells_low = _is(labs, "platelets", below=limits.platelets_low_with_anaemia_below) or _is(
        labs, "neutrophils", below=limits.neutrophils_low_with_anaemia_below
    )
    significant = _is(labs, "haemoglobin", below=limits.anaemia_significant_below) or (
        anaemia and (felt or other_cells_low)
    )
    iron = (
        anaemia
        and _is(labs, "ferritin", below=limits.ferritin_low_below)
        and _is(labs, "mcv", below=limits.mcv_small_below)
    )
    return _BloodCount(anaemia, significant, iron, macrocytosis)


def _is(labs: LabValues, analyte: str, *, below: Decimal | None = None, above: Decimal | None = None) -> bool:
    """True only where the newest usable result settles it."""
    reading = labs.reading(analyte)
    if isinstance(reading, Unusable):
        return False
    if below is not None:
        return reading.below(below) is True
    return above is not None and reading.above(above) is True
