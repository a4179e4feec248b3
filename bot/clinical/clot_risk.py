"""
The picture of what can raise the chance of a clot in this patient, for the talk and for staff.

It is a note, never a judgement: it lowers no red flag, delays none, and says nothing about
whether B12 or any medicine should be had.  Codes: `knowledge/routes.yml`, clot_risk_note.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.clinical.assess import ClinicalContent, grounds_of
from bot.clinical.findings import Patient
from bot.clinical.flags import clot_results, risk_codes


@dataclass(frozen=True)
class ClotPicture:
    """Risk factors by what is known of them; `results` are analytes; `anticoagulant` None: not known."""

    present: tuple[str, ...]
    absent: tuple[str, ...]
    unknown: tuple[str, ...]
    results: tuple[str, ...] = ()
    anticoagulant: bool | None = None

    @property
    def noted(self) -> bool:
        """True where the flag `clot_risk_note` is raised; a blood thinner alone raises none."""
        return bool(self.present or self.results)


def clot_picture(patient: Patient, content: ClinicalContent, *, today: date) -> ClotPicture:
    """What is known of each factor.  A contraceptive of unknown kind counts as combined."""
    grounds = grounds_of(patient, content, today=today)
    facts, rule = grounds.facts, content.assessment.flags["clot_risk_note"]
    present = risk_codes(facts, rule)
    known = {code for code in rule.any_of if not facts.view.unknown(code)}
    if facts.view.pregnant is not None:
        known.add("pregnancy")
    thinner = None if facts.view.unknown("anticoagulant") else facts.view.has("anticoagulant")
    return ClotPicture(
        present=present,
        absent=tuple(code for code in rule.any_of if code in known and code not in present),
        unknown=tuple(code for code in rule.any_of if code not in known),
        results=clot_results(facts, grounds.values),
        anticoagulant=thinner,
    )
