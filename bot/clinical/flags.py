"""
Points that staff must see whatever the route: allergy, bleeding, kidneys, potassium, clot risk, haste.

A flag never changes a route or a level.  Which codes raise it: `knowledge/routes.yml`, flags.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.clinical.assessment_rules import FlagRule
from bot.clinical.codes import FLAGS, Level, Trend
from bot.clinical.critical_values import CriticalFinding
from bot.clinical.lab_values import LabValues
from bot.clinical.patient_facts import PatientFacts

#: Routes on which nerve symptoms or a pregnancy should not wait.
_WAITING_ROUTES = ("confirm_first", "insufficient_information")


@dataclass(frozen=True)
class Flag:
    """`found` names what raised it: codes of findings, analytes or a rule."""

    code: str
    found: tuple[str, ...]


def judge_flags(
    facts: PatientFacts,
    labs: LabValues,
    critical: tuple[CriticalFinding, ...],
    *,
    route: str | None,
    rule: str,
) -> tuple[Flag, ...]:
    """All flags, in the order of `codes.FLAGS`."""
    found: dict[str, list[str]] = {code: [] for code in FLAGS}
    for flag_rule in facts.rules.flags.values():
        found[flag_rule.flag].extend(_risk_codes(facts, flag_rule))
    for code, analyte in _values(facts, labs):
        found[code].append(analyte)
    for finding in critical:
        if finding.rule.flag and finding.level < Level.URGENT:
            found[finding.rule.flag].extend(finding.analytes)
    if route in _WAITING_ROUTES:
        found["expedite"].extend(facts.neuro)
        if facts.view.pregnant:
            found["expedite"].append("pregnancy")
    if rule == "R3b":
        found["expedite"].extend(present.cause.code for present in facts.irreversible)
    if rule == "R2":
        found["review"].extend(finding.code for finding in facts.view.symptoms() if finding.trend is not Trend.BETTER)
    return tuple(Flag(code, tuple(dict.fromkeys(codes))) for code, codes in found.items() if codes)


def _risk_codes(facts: PatientFacts, rule: FlagRule) -> tuple[str, ...]:
    """The codes of this flag that the patient has; a detail that does not count is left out, an unknown one counts."""
    present = []
    for code in rule.any_of:
        if code == "pregnancy":
            if facts.view.pregnant:
                present.append(code)
        elif facts.view.has(code) and facts.view.detail(code) not in rule.but_details.get(code, frozenset()):
            present.append(code)
    return tuple(present)


def _values(facts: PatientFacts, labs: LabValues) -> list[tuple[str, str]]:
    """Flags raised by a result, plausible or not; a result that has expired raises none."""
    limits = facts.rules.thresholds.limits
    platelets, potassium, homocysteine = (
        labs.current(analyte) for analyte in ("platelets", "potassium", "homocysteine")
    )
    raised = []
    if platelets is not None and platelets.below(limits.platelets_bleeding_below):
        raised.append(("im_bleeding_review", "platelets"))
    if platelets is not None and platelets.above(limits.platelets_clot_above):
        raised.append(("clot_risk_note", "platelets"))
    if potassium is not None and potassium.below(limits.potassium_low_below):
        raised.append(("potassium_review", "potassium"))
    if homocysteine is not None and homocysteine.at_least(limits.homocysteine_clot_from):
        raised.append(("clot_risk_note", "homocysteine"))
    return raised
