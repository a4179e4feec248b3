"""
Facts about a patient that the rules share: nerve symptoms, causes, treatment so far.

Derived from what was said and the reviewed content, without laboratory bands (see
`lab_facts`).  Which code belongs to which group or cause: `knowledge/indications.yml`,
`causes.yml`.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.clinical.assessment_rules import AssessmentRules, Cause, Weight
from bot.clinical.codes import DANGER_FACTS, Trend
from bot.clinical.findings import Finding
from bot.clinical.lab_values import LabTime
from bot.clinical.patient_view import PatientView, unexplained

#: A laboratory result that is a cause by itself when positive.
ANTIBODY_CAUSES = ("intrinsic_factor_antibody", "parietal_cell_antibody")


@dataclass(frozen=True)
class PresentCause:
    """A cause this patient has, with the weight that its known extent gives it."""

    cause: Cause
    weight: Weight
    irreversible: bool  # lasting, its extent known, and not merely the patient's own guess


class PatientFacts:
    """
    Shared facts of one patient.

    Args:
        antibodies: Words of antibody results ("positive"), by analyte.
    """

    def __init__(self, view: PatientView, rules: AssessmentRules, *, antibodies: dict[str, str | None]) -> None:
        self.view, self.rules = view, rules
        self._windows = rules.thresholds.windows
        self.treatment = view.patient.treatment
        self.antibodies = antibodies
        self.dangers = view.present(DANGER_FACTS)
        self.neuro = view.present(rules.group("neuro_core"))
        self.counted_neuro = tuple(code for code in self.neuro if self._counts(code))
        self.counted_cognitive = tuple(code for code in view.present(rules.group("neurologic")) if self._counts(code))
        self.symptoms = tuple(
            finding for finding in view.symptoms() if finding.code not in rules.group("treatment_only")
        )
        self.limited = tuple(
            finding.code for finding in self.symptoms if finding.limits_daily_life and unexplained(finding)
        )
        self.causes = self._causes()
        self.nitrous_oxide = view.has("nitrous_oxide")
        self.nitrous_oxide_recent = self._nitrous_oxide_recent()
        self.on_injections = self._on_injections()
        self.on_tablets = self._on_tablets()

    # --- causes

    def causes_of(self, lightest: Weight) -> tuple[PresentCause, ...]:
        return tuple(present for present in self.causes if present.weight >= lightest)

    @property
    def malabsorption(self) -> tuple[PresentCause, ...]:
        """Strong and moderate causes: those that count for the indication."""
        return self.causes_of(Weight.MODERATE)

    @property
    def irreversible(self) -> tuple[PresentCause, ...]:
        return tuple(present for present in self.causes if present.irreversible)

    @property
    def cause_known(self) -> bool:
        """Something dietary, medicine-induced or malabsorptive is known; age alone does not make a cause."""
        return any(
            present.cause.kind in ("diet", "medicine") or present.weight > Weight.NONE for present in self.causes
        )

    @property
    def markers(self) -> tuple[str, ...]:
        """Signs that the cause may be autoimmune."""
        return tuple(present.cause.code for present in self.causes if present.cause.kind == "marker")

    def _causes(self) -> tuple[PresentCause, ...]:
        found = []
        for code, cause in self.rules.causes.items():
            if code in ANTIBODY_CAUSES:
                if self.antibodies.get(code) == "positive":
                    found.append(PresentCause(cause, cause.weight, cause.lasting))
                continue
            finding = self.view.finding(code)
            if finding is not None:
                found.append(self._present(cause, finding))
        return tuple(found)

    def _present(self, cause: Cause, finding: Finding) -> PresentCause:
        weight = cause.weights.get(finding.detail or "", cause.weight)
        lasting = cause.lasting or finding.detail in cause.irreversible_details
        return PresentCause(cause, weight, lasting and finding.confirmed_by_doctor is not False)

    # --- symptoms

    def _counts(self, code: str) -> bool:
        """A nerve symptom that nothing else explains; a change of sight is put down to Leber's disease unless new."""
        finding = self.view.finding(code)
        if finding is None or not unexplained(finding):
            return False
        if code == "vision_change" and self.view.has("leber_optic_neuropathy"):
            return finding.trend in (Trend.NEW, Trend.WORSE)
        return True

    # --- treatment so far

    @property
    def days_overdue(self) -> int | None:
        """How late the next injection is; None when the last one is not known."""
        days = self.treatment.days_since_last_injection
        if days is None:
            return None
        interval = self.treatment.injection_interval_days
        return days - (self._windows.injection_interval_assumed_days if interval is None else interval)

    def taken_after_b12(self, time: LabTime | None) -> bool:
        """
        True when a result of that time may look normal because of B12 taken before it.

        A result without a date counts as of today.  One from before the tablets were
        begun is not touched by them.
        """
        youngest, oldest = (0, 0) if time is None else (time.youngest, time.oldest)
        injection = self.treatment.days_since_last_injection
        if injection is not None and injection - oldest <= self._windows.injection_recent_days:
            return True
        if not self.on_tablets and self.treatment.days_since_last_tablet is None:
            return False
        begun = self.treatment.oral_trial_days
        if begun is not None and youngest > begun:
            return False
        return (self.treatment.days_since_last_tablet or 0) - oldest <= self._windows.tablet_recent_days

    def tablets_failed(self) -> bool:
        """
        At least three months of an adequate dose taken as advised did not put it right.

        Length and dose suffice without the patient saying so; a known shorter trial or
        lower dose, or many missed doses, rule it out.
        """
        treatment, windows = self.treatment, self._windows
        if self.view.has("adherence_difficulty") or self.view.denied("oral_b12_failed"):
            return False
        if treatment.oral_trial_days is not None and treatment.oral_trial_days < windows.oral_trial_days:
            return False
        needed = windows.oral_dose_malabsorption_ug if self.malabsorption else windows.oral_dose_ug
        if treatment.oral_dose_ug is not None and treatment.oral_dose_ug < needed:
            return False
        said = self.view.has("oral_b12_failed")
        return said or (treatment.oral_trial_days is not None and treatment.oral_dose_ug is not None)

    def _on_injections(self) -> bool:
        """On a course now, also when the next dose is late by no more than the agreed days."""
        if not self.view.has("current_b12_injections"):
            return False
        overdue = self.days_overdue
        return overdue is None or overdue <= self._windows.injection_overdue_days

    def _on_tablets(self) -> bool:
        days = self.treatment.days_since_last_tablet
        if days is not None:
            return days <= self._windows.tablet_recent_days
        return self.view.has("current_oral_b12")

    def _nitrous_oxide_recent(self) -> bool:
        finding = self.view.finding("nitrous_oxide")
        if finding is None:
            return False
        return finding.days_ago is None or finding.days_ago <= self._windows.nitrous_oxide_recent_days
