"""Whose finding counts, and when."""

from __future__ import annotations

import pytest

from bot.clinical.codes import Trend, When, Who
from bot.clinical.findings import Finding, Patient, Person
from bot.clinical.patient_view import PatientView, unexplained
from tests.clinical.core_rules import patient


@pytest.mark.parametrize(
    ("finding", "has", "denied"),
    [
        (Finding("fatigue"), True, False),
        (Finding("fatigue", certain=False), True, False),
        (Finding("fatigue", present=False), False, True),
        (Finding("fatigue", when=When.PAST), False, True),
        (Finding("fatigue", trend=Trend.GONE), False, True),
        (Finding("fatigue", who=Who.OTHER), False, False),
        (Finding("fatigue", when=When.HYPOTHETICAL), False, False),
        (Finding("gastrectomy", when=When.PAST), True, False),
    ],
)
def test_only_the_patients_own_lasting_statements_count(finding: Finding, has: bool, denied: bool) -> None:
    view = PatientView(patient(finding))
    assert (view.has(finding.code), view.denied(finding.code)) == (has, denied)
    assert view.unknown(finding.code) is not (has or denied)


def test_the_last_statement_wins_and_a_missing_one_is_unknown() -> None:
    view = PatientView(Patient(symptoms=(Finding("fatigue"), Finding("fatigue", present=False))))
    assert view.denied("fatigue") and view.unknown("headache") and view.detail("headache") is None


@pytest.mark.parametrize(
    ("person", "history", "pregnant"),
    [
        (Person(), (), None),
        (Person(pregnant=False), (), False),
        (Person(sex="male"), (), False),
        (Person(), (Finding("pregnancy", present=False),), False),
        (Person(pregnant=False), (Finding("pregnancy"),), True),
        (Person(trimester=2), (), True),
    ],
)
def test_any_word_of_a_pregnancy_counts(person: Person, history: tuple[Finding, ...], pregnant: bool | None) -> None:
    assert PatientView(Patient(person=person, history=history)).pregnant is pregnant


def test_an_explained_symptom_counts_again_when_new_or_worse() -> None:
    assert unexplained(Finding("fatigue"))
    assert not unexplained(Finding("fatigue", explained_by_doctor=True))
    assert unexplained(Finding("fatigue", explained_by_doctor=True, trend=Trend.WORSE))
