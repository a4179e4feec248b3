"""
What is known of a patient, asked by code: present, denied, or not known.

One statement a code (the last wins).  A symptom or danger fact counts as present only
while it lasts; an operation or a diagnosis stays.  "Not known" is never "no".
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.clinical.codes import DANGER_FACTS, SYMPTOMS, Trend, When, Who
from bot.clinical.findings import Finding, Patient

_PASSING = frozenset(SYMPTOMS) | frozenset(DANGER_FACTS)


class PatientView:
    """Read-only questions to a `Patient`; knows no thresholds and decides nothing."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self._by_code: dict[str, Finding] = {}
        for finding in (*patient.symptoms, *patient.history, *patient.facts):
            if finding.who is Who.PATIENT and finding.when is not When.HYPOTHETICAL:
                self._by_code[finding.code] = finding

    def finding(self, code: str) -> Finding | None:
        """The statement about this code when it is present, otherwise None."""
        finding = self._by_code.get(code)
        if finding is None or not finding.present:
            return None
        if code in _PASSING and (finding.when is When.PAST or finding.trend is Trend.GONE):
            return None
        return finding

    def has(self, code: str) -> bool:
        return self.finding(code) is not None

    def denied(self, code: str) -> bool:
        """True when it was said not to be so, or no longer."""
        return code in self._by_code and not self.has(code)

    def unknown(self, code: str) -> bool:
        """Nothing was said about it; an answer of "don't know" leaves it unknown too."""
        return code not in self._by_code

    def present(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Those of the codes that are present, in the given order."""
        return tuple(code for code in codes if self.has(code))

    def detail(self, code: str) -> str | None:
        finding = self.finding(code)
        return finding.detail if finding else None

    def symptoms(self) -> tuple[Finding, ...]:
        """The symptoms that last, in the order of the vocabulary."""
        return tuple(finding for code in SYMPTOMS if (finding := self.finding(code)) is not None)

    @property
    def pregnant(self) -> bool | None:
        """True when any statement says so; None when nobody said."""
        person = self.patient.person
        if self.has("pregnancy") or person.pregnant or person.trimester is not None:
            return True
        if person.pregnant is False or self.denied("pregnancy") or person.sex == "male":
            return False
        return None


def unexplained(finding: Finding) -> bool:
    """
    True unless a doctor has explained the symptom by something else.

    A symptom that is new or getting worse counts again, explained or not.
    """
    return not finding.explained_by_doctor or finding.trend in (Trend.NEW, Trend.WORSE)
