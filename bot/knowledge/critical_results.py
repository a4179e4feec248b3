"""
Turn the critical laboratory results of `thresholds.yml` into red-flag rules.

The numbers, levels and what raises them stand there only, for the assessment and for the
screen alike; here they become conditions over facts and results of a conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.clinical.codes import SYMPTOMS, Level
from bot.clinical.thresholds import CriticalRule, LabTest, Raise, Thresholds
from bot.clinical.urgency import Rule
from bot.clinical.urgency_conditions import Condition, Either, Every, Fact, Value
from bot.knowledge.strict import Fault
from bot.knowledge.thresholds import load_thresholds

Results = Mapping[str, tuple[Value, ...]]


@dataclass(frozen=True)
class CriticalResults:
    """Each critical result by its id with its tests, and the rules over them."""

    tests: Results
    rules: tuple[Rule, ...]


def load_critical_results(folder: Path) -> CriticalResults:
    """Faults of the file are reported by the loader of the thresholds themselves, not twice."""
    ignored: list[Fault] = []
    thresholds = load_thresholds(folder, ignored)
    tests = {rule.id: tuple(_value(test, thresholds) for test in rule.tests) for rule in thresholds.critical}
    rules = [made for rule in thresholds.critical for made in _rules(rule, tests[rule.id])]
    return CriticalResults(tests, tuple(rules))


def _value(test: LabTest, thresholds: Thresholds) -> Value:
    below = thresholds.limits.anaemia_below_sex_unknown if test.anaemia else test.below
    return Value(test.analyte, at_least=test.from_, above=test.above, below=below)


def _rules(rule: CriticalRule, tests: tuple[Value, ...]) -> list[Rule]:
    made = []
    name = f"result-{rule.id.replace('_', '-')}"
    if rule.level >= Level.URGENT and rule.category is not None:
        made.append(Rule(name, rule.level, rule.category, Every(tests), source=rule.source))
    for number, step in enumerate(rule.raises, start=1):
        when = Every((*tests, *_beside(step)))
        made.append(
            Rule(
                f"{name}-and-{number}",
                step.level,
                step.category,
                when,
                source=rule.source,
            )
        )
    return made


def _beside(step: Raise) -> tuple[Condition, ...]:
    every = [_fact(code) for code in sorted(step.all_of)]
    if step.any_of:
        every.append(Either(tuple(_fact(code) for code in sorted(step.any_of))))
    return tuple(every)


def _fact(code: str) -> Condition:
    if code == "any_symptom":
        return Either(tuple(Fact(symptom, frozenset({"any"})) for symptom in SYMPTOMS))
    return Fact(code, frozenset({"any"}))
