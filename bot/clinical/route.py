"""
Choose the route label for staff: the rules R1 to R11 in their fixed order, the first that matches wins.

A route is an education label, never a treatment decision.  R0 (an open red flag) is
decided before, in `assess`.  Each rule says in its docstring what it means; what staff
read about it, and its source, is in `knowledge/routes.yml`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.clinical.assessment_rules import Weight
from bot.clinical.indications import Basis, Indication, judge_indications
from bot.clinical.lab_facts import Band
from bot.clinical.lab_values import Unusable

INJECTION, ORAL, CONFIRM = "injection_favoured", "oral_reasonable", "confirm_first"
INSUFFICIENT, NOT_SUPPORTED = "insufficient_information", "not_supported"
TREATED, OUT_OF_SCOPE = "already_treated", "out_of_scope"

#: Every rule with the routes it may give; routes.yml must have a sentence for each.
RULES: dict[str, tuple[str, ...]] = {
    "R0": (),
    "R1": (OUT_OF_SCOPE,),
    "R2": (TREATED,),
    "R3": (INSUFFICIENT,),
    "R3b": (INSUFFICIENT, INJECTION),
    "R3c": (INJECTION, CONFIRM, ORAL),
    "R4": (CONFIRM, INSUFFICIENT),
    "R4b": (INJECTION, ORAL, CONFIRM, INSUFFICIENT),
    "R5": (INJECTION,),
    "R6": (ORAL,),
    "R6b": (CONFIRM,),
    "R7": (INJECTION, ORAL),
    "R7a": (INJECTION,),
    "R7b": (CONFIRM, INJECTION),
    "R7c": (CONFIRM,),
    "R7d": (NOT_SUPPORTED,),
    "R7e": (CONFIRM,),
    "R8": (CONFIRM, INJECTION),
    "R9": (CONFIRM,),
    "R10": (INJECTION, CONFIRM),
    "R11": (NOT_SUPPORTED,),
}


@dataclass(frozen=True)
class RouteChoice:
    """The route, the rule that set it ("R3c/R5" where one rule borrows another), and the indications it saw."""

    route: str
    rule: str
    indications: tuple[Indication, ...]
    basis: Basis
    problem: Unusable | None = None  # R4: why the value cannot be used


def choose_route(basis: Basis) -> RouteChoice:
    """The first rule that matches; there is always one."""
    facts, labs = basis.facts, basis.labs
    windows = facts.rules.thresholds.windows
    age = facts.view.patient.person.age
    indications = judge_indications(basis)

    def chosen(route: str, rule: str, problem: Unusable | None = None) -> RouteChoice:
        return RouteChoice(route, rule, indications, basis, problem)

    if age is not None and age < windows.adult_from_age:
        return RouteChoice(OUT_OF_SCOPE, "R1", (), basis)
    if facts.on_injections:
        return chosen(TREATED, "R2")
    problems = _problems(basis)
    if not labs.b12_usable:
        recent = Unusable.RECENT_B12 in problems[:2]
        if labs.confirmed_by_doctor and not recent:
            return _value_not_seen(basis)
        if not labs.metabolite_usable:
            said = [problem for problem in problems if problem not in (Unusable.ABSENT, Unusable.OLD)]
            if not said:
                return _nothing_known(basis, indications)
            if Unusable.RECENT_B12 in said:
                return chosen(CONFIRM, "R4", Unusable.RECENT_B12)
            return chosen(INSUFFICIENT, "R4", said[0])
        return _metabolite_only(basis)
    if _tests_disagree(basis):
        return chosen(CONFIRM, "R9")
    if _low_in_pregnancy(basis):
        return chosen(_route_in_pregnancy(basis), "R8")
    if basis.deficient:
        return _deficient(basis, indications)
    if basis.indeterminate:
        return _indeterminate(basis, indications)
    return _unlikely(basis, indications)


def _problems(basis: Basis) -> list[Unusable]:
    """Why each test cannot be used, total and active B12 first; usable ones are left out."""
    labs = basis.labs
    tests = (labs.total, labs.active, labs.mma, labs.homocysteine)
    return [test.problem for test in tests if test.problem is not None]


def _nothing_known(basis: Basis, indications: tuple[Indication, ...]) -> RouteChoice:
    """R3, or R3b where a lasting cause would apply once a deficiency is shown."""
    facts = basis.facts
    if facts.irreversible and not facts.on_tablets:
        route = INJECTION if facts.rules.switches.strong_cause_without_labs else INSUFFICIENT
        return RouteChoice(route, "R3b", indications, basis)
    return RouteChoice(INSUFFICIENT, "R3", indications, basis)


def _value_not_seen(basis: Basis) -> RouteChoice:
    """R3c: a doctor confirmed the deficiency and the number is not at hand; the band is not guessed."""
    supposed = replace(basis, deficient=True)
    choice = _deficient(supposed, judge_indications(supposed))
    return replace(choice, rule=f"R3c/{choice.rule}")


def _metabolite_only(basis: Basis) -> RouteChoice:
    """R4b: MMA or homocysteine without a usable B12."""
    if not (basis.labs.metabolite_raised or basis.labs.metabolite_uncertain):
        return RouteChoice(INSUFFICIENT, "R4b", judge_indications(basis), basis)
    supposed = replace(basis, indeterminate=True)
    indications = judge_indications(supposed)
    if not basis.labs.metabolite_raised:
        return RouteChoice(CONFIRM, "R4b/R7c", indications, supposed)
    return RouteChoice(_route_when_raised(supposed, indications), "R4b/R7", indications, supposed)


def _tests_disagree(basis: Basis) -> bool:
    """R9: two usable B12 tests in different bands; in pregnancy active B12 alone counts."""
    total, active = basis.labs.total.band, basis.labs.active.band
    return total is not None and active is not None and total is not active and not basis.facts.view.pregnant


def _low_in_pregnancy(basis: Basis) -> bool:
    """R8: a low total B12 in pregnancy, and neither active B12 nor MMA to settle it."""
    labs = basis.labs
    settled = labs.active.band is not None or labs.mma.usable
    return basis.facts.view.pregnant is True and labs.total.band is Band.DEFICIENT and not settled


def _route_in_pregnancy(basis: Basis) -> str:
    """Injections where something beside the pregnancy speaks for a true lack, otherwise confirm first."""
    labs = basis.labs
    return INJECTION if not labs.lowered or labs.confirmed_by_doctor or labs.metabolite_raised else CONFIRM


def _deficient(basis: Basis, indications: tuple[Indication, ...]) -> RouteChoice:
    """
    R5 with an indication; R6b where the cause test decides; R6 otherwise.

    `functional_deficiency` needs a level that is not low, and a positive intrinsic factor
    antibody is a cause, so neither can be what is left here.
    """
    facts = basis.facts
    if indications:
        return RouteChoice(INJECTION, "R5", indications, basis)
    tested = facts.antibodies.get("intrinsic_factor_antibody") == "negative"
    if not facts.cause_known and not tested and (facts.markers or basis.labs.macrocytosis):
        return RouteChoice(CONFIRM, "R6b", indications, basis)
    return RouteChoice(ORAL, "R6", indications, basis)


def _indeterminate(basis: Basis, indications: tuple[Indication, ...]) -> RouteChoice:
    facts, labs = basis.facts, basis.labs

    def chosen(route: str, rule: str) -> RouteChoice:
        return RouteChoice(route, rule, indications, basis)

    if labs.metabolite_raised:
        return chosen(_route_when_raised(basis, indications), "R7")
    untreated = not facts.on_tablets
    if facts.irreversible and untreated and (facts.counted_neuro or labs.anaemia or labs.macrocytosis):
        return chosen(INJECTION, "R7a")
    if labs.metabolite_uncertain:
        return chosen(CONFIRM, "R7c")
    if not labs.metabolite_normal:
        treat = facts.rules.switches.treat_while_confirming_when_neuro and facts.counted_neuro
        return chosen(INJECTION if treat else CONFIRM, "R7b")
    nerves_open = bool(facts.neuro) and not (labs.homocysteine.usable and labs.homocysteine.raised is False)
    if _strong_cause(basis) or nerves_open:
        return chosen(CONFIRM, "R7e")
    return chosen(NOT_SUPPORTED, "R7d")


def _route_when_raised(basis: Basis, indications: tuple[Indication, ...]) -> str:
    """R7: tablets where nothing but a dietary or medicine-induced cause is there and daily life goes on."""
    if not indications:
        return ORAL
    alone = [indication.code for indication in indications] == ["functional_deficiency"]
    simple = any(present.cause.kind in ("diet", "medicine") for present in basis.facts.causes)
    return ORAL if alone and simple and not basis.facts.limited else INJECTION


def _unlikely(basis: Basis, indications: tuple[Indication, ...]) -> RouteChoice:
    """R10 where something may hide a lack behind a usual level; R11 otherwise."""
    facts, labs = basis.facts, basis.labs
    hidden = (
        (facts.nitrous_oxide and facts.neuro)
        or facts.antibodies.get("intrinsic_factor_antibody") == "positive"
        or labs.mma.raised is True
        or labs.mma.age_decides
        or labs.metabolite_raised
        or (facts.neuro and _strong_cause(basis))
    )
    if not hidden:
        return RouteChoice(NOT_SUPPORTED, "R11", indications, basis)
    functional = any(indication.code == "functional_deficiency" for indication in indications)
    return RouteChoice(INJECTION if functional else CONFIRM, "R10", indications, basis)


def _strong_cause(basis: Basis) -> bool:
    return bool(basis.facts.causes_of(Weight.STRONG))
