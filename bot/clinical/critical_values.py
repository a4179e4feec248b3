"""
Act on a laboratory result that cannot wait, together with what else is known.

A result counts when it is of the last days or without a date, and was not called old.
It counts as read: a value that is still to be confirmed escalates at once and is asked
again in the same reply.  Rules: `knowledge/thresholds.yml`, critical.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from bot.clinical.assessment_rules import AssessmentRules
from bot.clinical.codes import Level
from bot.clinical.lab_facts import anaemia_below
from bot.clinical.lab_values import LabValues, Reading
from bot.clinical.patient_facts import PatientFacts
from bot.clinical.thresholds import CriticalRule, LabTest

#: What a row of the critical values may name beside the facts of the red flags.
EXTRA_CODES = ("any_symptom",)


@dataclass(frozen=True)
class CriticalFinding:
    """One rule that the results meet, with the level that the other facts give it."""

    rule: CriticalRule
    level: Level
    category: str | None
    analytes: tuple[str, ...]


def judge_results(facts: PatientFacts, labs: LabValues, rules: AssessmentRules) -> tuple[CriticalFinding, ...]:
    """All rules that are met, the most urgent first; ties keep the order of the file."""
    present = _present(facts)
    as_read = cache(labs.as_read)  # many rules ask for the same test
    found = []
    for rule in rules.thresholds.critical:
        if not all(_met(test, facts, as_read, rules) for test in rule.tests):
            continue
        level, category = rule.level, rule.category
        for step in rule.raises:
            if step.level > level and step.met(present):
                level, category = step.level, step.category
        found.append(CriticalFinding(rule, level, category, tuple(test.analyte for test in rule.tests)))
    return tuple(sorted(found, key=lambda finding: -finding.level))


def _met(test: LabTest, facts: PatientFacts, as_read: Callable[[str], Reading | None], rules: AssessmentRules) -> bool:
    reading = as_read(test.analyte)
    if reading is None:
        return False
    below = anaemia_below(facts, rules) if test.anaemia else test.below
    if below is not None and not reading.below(below):
        return False
    if test.above is not None and not reading.above(test.above):
        return False
    if test.from_ is None or reading.at_least(test.from_):
        return True
    # "<75" may be worse than a row from 70 says, never better, so its open lower end is met.
    return below is not None and reading.at_least(test.from_) is None


def _present(facts: PatientFacts) -> frozenset[str]:
    windows, view = facts.rules.thresholds.windows, facts.view
    codes = {finding.code for finding in (*view.patient.symptoms, *view.patient.history, *view.patient.facts)}
    present = {code for code in codes if view.has(code)}
    if view.pregnant:
        present.add("pregnancy")
    if view.symptoms():
        present.add("any_symptom")
    age, injected = view.patient.person.age, facts.treatment.days_since_last_injection
    if age is not None and age >= windows.older_from_age:
        present.add("aged_75_or_more")
    if injected is not None and injected <= windows.treatment_new_days:
        present.add("b12_started_lately")
    return frozenset(present)
