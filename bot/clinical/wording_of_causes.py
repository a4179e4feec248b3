"""
Which sentences about cause and treatment belong to an assessment: rows of names.yml.

The sentences themselves are content.  Order: nerves first, then the causes as listed.
"""

from __future__ import annotations

from bot.clinical.codes import Trend
from bot.clinical.patient_facts import PatientFacts, PresentCause
from bot.clinical.route import RouteChoice

LASTING, OTHER, BARIATRIC = "cause_lifelong", "cause_other_malabsorption", "cause_bariatric"
DIET, MEDICINE, GAS, UNKNOWN, NERVES = (
    "cause_dietary",
    "cause_medicine",
    "cause_nitrous_oxide",
    "cause_unknown",
    "cause_nerves",
)
#: Every row that `cause_wordings` may name.
CAUSE_WORDINGS = (NERVES, LASTING, BARIATRIC, OTHER, DIET, MEDICINE, GAS, UNKNOWN)
TREATED_WORDINGS = ("treated_overdue", "treated_returns_before_next", "treated_not_better", "treated_stable")

#: Routes on which a cause is worth a word.
_SPOKEN = ("injection_favoured", "oral_reasonable", "confirm_first", "already_treated")


def cause_wordings(facts: PatientFacts, choice: RouteChoice) -> tuple[str, ...]:
    """What guidance offers for the causes that are known, or that the cause is still to be found."""
    if choice.route not in _SPOKEN and choice.rule != "R3b":
        return ()
    found = {wording for present in facts.causes if (wording := _wording(present)) is not None}
    low = choice.basis.confirmed
    if not found and low:
        found.add(UNKNOWN)
    if low and facts.counted_cognitive:
        found.add(NERVES)
    return tuple(code for code in CAUSE_WORDINGS if code in found)


def _wording(present: PresentCause) -> str | None:
    """A lasting cause counts as such only where its extent is known; otherwise as any trouble taking B12 in."""
    wording = present.cause.wording
    return OTHER if wording == LASTING and not present.irreversible else wording


def treated_wordings(facts: PatientFacts) -> tuple[str, ...]:
    """The situations of someone on injections; settled only where nothing speaks against it."""
    symptoms = [finding for finding in facts.symptoms if finding.trend is not Trend.BETTER]
    overdue = facts.days_overdue
    found = []
    if overdue is not None and overdue > 0:
        found.append("treated_overdue")
    if symptoms:
        found.append("treated_returns_before_next")
        lasting = facts.rules.thresholds.windows.oral_trial_days
        if any(finding.duration_days is not None and finding.duration_days >= lasting for finding in symptoms):
            found.append("treated_not_better")
    return tuple(found) or ("treated_stable",)
