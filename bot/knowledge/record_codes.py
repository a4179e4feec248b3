"""Codes by which other record systems know our tests and units: LOINC where it was found, UCUM for every unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.clinical.codes import ANALYTES
from bot.knowledge.strict import Fault, rows
from bot.knowledge.values import sources_of


@dataclass(frozen=True)
class LoincCode:
    """One test; `units` are those in which a value means what the code means."""

    code: str
    display: str
    version: str
    units: frozenset[str]


@dataclass(frozen=True)
class RecordCodes:
    """
    Args:
        loinc: By analyte; a test that is not here goes by its name alone.
        ucum: From a unit as it is stored to its UCUM code.
    """

    loinc: Mapping[str, LoincCode] = field(default_factory=dict)
    ucum: Mapping[str, str] = field(default_factory=dict)

    def loinc_of(self, analyte: str, unit: str | None) -> LoincCode | None:
        """None also where the unit was not said: without it nobody knows which quantity was measured."""
        code = self.loinc.get(analyte)
        return code if code is not None and unit in code.units else None


def load_record_codes(folder: Path, faults: list[Fault]) -> RecordCodes:
    """The codes of `folder/record_codes.yml`; faults are added to the list."""
    path = folder / "record_codes.yml"
    ucum = {}
    for row in rows(path, faults, key="ucum"):
        ucum[row.text("id")] = row.text("code")
        sources_of(row)
        row.status()
        row.done()
    loinc = {}
    for row in rows(path, faults, key="loinc"):
        analyte = row.choice("id", ANALYTES)
        code = LoincCode(
            row.text("loinc"), row.text("display"), row.text("version"), frozenset(row.choices("units", ucum))
        )
        if not _is_loinc(code.code):
            row.fault(f"'{code.code}' is no LOINC code: its last digit, the check digit, does not fit.")
        sources_of(row)
        row.status()
        row.done()
        loinc[analyte] = code
    return RecordCodes(loinc, ucum)


def _is_loinc(code: str) -> bool:
    """Digits, a hyphen and a check digit by the Luhn rule (modulus 10)."""
    body, _, check = code.partition("-")
    if not (body.isdecimal() and check.isdecimal() and len(check) == 1):
        return False
    digits = [int(digit) for digit in reversed(body)]
    total = sum(digit if place % 2 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits))
    return (total + int(check)) % 10 == 0
