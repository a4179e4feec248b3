"""
Which recognised indications for B12 injections apply to what is known.

Each code of `codes.INDICATIONS` has one function that gives the facts it rests on, or
None.  A code that is likely but not shown by results is `possible`: it is mentioned, not
listed.  Sentences and sources: `knowledge/indications.yml`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.clinical.codes import INDICATIONS, Trend
from bot.clinical.lab_facts import Band, LabFacts
from bot.clinical.patient_facts import PatientFacts


@dataclass(frozen=True)
class Basis:
    """What the indications are judged from; `deficient` and `indeterminate` may be taken as given (R3c, R4b)."""

    facts: PatientFacts
    labs: LabFacts
    deficient: bool
    indeterminate: bool
    earlier_deficiency: bool  # a deficient result or a named deficiency from before the tablets

    @property
    def shown(self) -> bool:
        """Deficiency shown by results."""
        return self.deficient or self.labs.metabolite_raised

    @property
    def confirmed(self) -> bool:
        return self.labs.confirmed or self.deficient


@dataclass(frozen=True)
class Indication:
    """`found` names the codes it rests on; `likely`: listed on an indeterminate result."""

    code: str
    found: tuple[str, ...]
    likely: bool = False


def judge_indications(basis: Basis) -> tuple[Indication, ...]:
    """All that apply, in the order in which they are shown."""
    found = (_JUDGES[code](basis) for code in INDICATIONS)
    return tuple(indication for indication in found if indication is not None)


def judge_possible(basis: Basis, listed: tuple[Indication, ...]) -> tuple[Indication, ...]:
    """What would apply if a deficiency were shown, in the same order."""
    if basis.shown:
        return ()
    supposed = replace(basis, deficient=True)
    codes = {indication.code for indication in listed}
    wanted = ("neurologic", "malabsorption", "high_risk_context", "oral_failure", "oral_not_feasible")
    found = (_JUDGES[code](supposed) for code in wanted if code not in codes)
    return tuple(indication for indication in found if indication is not None)


def _neurologic(basis: Basis) -> Indication | None:
    found = basis.facts.counted_cognitive
    return Indication("neurologic", found) if basis.shown and found else None


def _severe(basis: Basis) -> Indication | None:
    found = []
    if basis.labs.significant_anaemia and not basis.labs.iron_anaemia:
        found.append("haemoglobin")
    if basis.labs.very_low:
        found.append("active_b12" if basis.labs.active.very_low else "b12")
    found.extend(basis.facts.limited)
    return Indication("severe_deficiency_or_anaemia", tuple(found)) if basis.shown and found else None


def _malabsorption(basis: Basis) -> Indication | None:
    if basis.confirmed:
        found = tuple(present.cause.code for present in basis.facts.malabsorption)
        return Indication("malabsorption", found) if found else None
    found = tuple(present.cause.code for present in basis.facts.irreversible)
    return Indication("malabsorption", found, likely=True) if basis.indeterminate and found else None


def _high_risk(basis: Basis) -> Indication | None:
    facts = basis.facts
    found = []
    if facts.view.pregnant:
        found.append("pregnancy")
    if facts.view.has("breastfeeding"):
        found.append("breastfeeding")
    if facts.nitrous_oxide_recent and (facts.counted_neuro or basis.labs.metabolite_raised):
        found.append("nitrous_oxide")
    if "vision_change" in facts.counted_neuro:
        found.append("vision_change")
    return Indication("high_risk_context", tuple(found)) if basis.confirmed and found else None


def _functional(basis: Basis) -> Indication | None:
    """A raised metabolite with a level that is not low; after recent B12 the two cannot be set side by side."""
    labs, facts = basis.labs, basis.facts
    if not labs.metabolite_raised or not (basis.indeterminate or labs.unlikely) or labs.metabolite_after_b12:
        return None
    found = [finding.code for finding in facts.symptoms]
    if labs.anaemia:
        found.append("haemoglobin")
    if labs.macrocytosis:
        found.append("mcv")
    return Indication("functional_deficiency", tuple(found)) if found else None


def _oral_failure(basis: Basis) -> Indication | None:
    facts, labs = basis.facts, basis.labs
    if not (basis.confirmed or basis.earlier_deficiency) or labs.corrected or not facts.tablets_failed():
        return None
    said = facts.view.has("oral_b12_failed")
    not_better = any(finding.trend is not Trend.BETTER for finding in facts.symptoms)
    still_low = {labs.total.measured, labs.active.measured} & {Band.DEFICIENT, Band.INDETERMINATE}
    if not (said or still_low or labs.metabolite_raised or not_better):
        return None
    return Indication("oral_failure", ("oral_b12_failed" if said else "current_oral_b12",))


def _oral_not_feasible(basis: Basis) -> Indication | None:
    view, windows = basis.facts.view, basis.facts.rules.thresholds.windows
    found = list(view.present(basis.facts.rules.group("oral_not_feasible")))
    diarrhoea = view.finding("diarrhoea")
    if diarrhoea is not None:
        chronic = diarrhoea.duration_days is not None and diarrhoea.duration_days >= windows.chronic_diarrhoea_days
        if chronic or view.has("crohns_disease"):
            found.append("diarrhoea")
    return Indication("oral_not_feasible", tuple(found)) if basis.confirmed and found else None


_JUDGES: dict[str, Callable[[Basis], Indication | None]] = {
    "neurologic": _neurologic,
    "severe_deficiency_or_anaemia": _severe,
    "malabsorption": _malabsorption,
    "high_risk_context": _high_risk,
    "functional_deficiency": _functional,
    "oral_failure": _oral_failure,
    "oral_not_feasible": _oral_not_feasible,
}
