"""
Laboratory results as the patient gave them, one Observation each.

A result that somebody typed into a chat is no laboratory report: it goes out as
preliminary, performed by the patient, with a note that says so.
"""

from __future__ import annotations

from bot.conversation.fhir.parts import LOINC, UCUM, Entries, Resource, coding, concept, number, text, when_said
from bot.conversation.record import Record, RecordLab
from bot.knowledge.record_codes import RecordCodes

_TOLD = "Told by the patient in a chat; not compared with a laboratory report."
_NO_UNIT = "The unit was not said, so the value must not be read without asking."
_INFERRED = "The unit was not said; it follows from the test and the size of the number."
_DOUBTFUL = "Unusual for this test and not confirmed by the patient: ask again before use."
_OLD = "Too old or too incomplete to decide from."
_BAND = "The band is that of the clinic's reviewed thresholds, not of the laboratory."


def add_results(entries: Entries, record: Record, codes: RecordCodes) -> None:
    told: dict[str, int] = {}
    for lab in record.labs:
        what = f"{lab.analyte or lab.name} {lab.comparator}{lab.value} {lab.unit or ''} {lab.date or ''}"
        told[what] = told.get(what, 0) + 1  # the same result told twice is two resources
        _add(entries, lab, codes, what=f"{what} {told[what]}")


def _add(entries: Entries, lab: RecordLab, codes: RecordCodes, *, what: str) -> None:
    value = _value(lab, codes)
    unit = _unit_sent(lab, codes)
    loinc = codes.loinc_of(lab.analyte, unit)
    codings = [{**coding(LOINC, loinc.code, loinc.display), "version": loinc.version}] if loinc else []
    date = when_said(lab.date)
    notes = [
        _TOLD,
        _INFERRED if lab.unit_inferred else _NO_UNIT if lab.number is not None and unit is None else "",
        _DOUBTFUL if lab.doubtful else "" if lab.usable else _OLD,
        _BAND if lab.band else "",
        f"Date as said: {lab.date}" if lab.date and date is None else "",
    ]
    entries.add(
        "Observation",
        what,
        status="preliminary",
        category=[concept("Laboratory", coding("observation-category", "laboratory", "Laboratory"))],
        code=concept(text(lab.name or "") or text(lab.analyte or "") or "Unnamed test", *codings),
        subject=entries.reference("Patient"),
        performer=[entries.reference("Patient")],
        derivedFrom=[entries.reference("QuestionnaireResponse")],
        effectiveDateTime=date,
        interpretation=[concept(lab.band)] if lab.band else None,
        note=[{"text": note} for note in notes if note],
        **value,
    )


def _unit_sent(lab: RecordLab, codes: RecordCodes) -> str | None:
    """As said where other systems know the unit, else the test's own."""
    if lab.unit in codes.ucum:
        return lab.unit
    return lab.canonical_unit if lab.canonical is not None and lab.canonical_unit in codes.ucum else None


def _value(lab: RecordLab, codes: RecordCodes) -> Resource:
    if lab.number is None:
        said = text(lab.value)
        return {"valueCodeableConcept": concept(said)} if said else {"dataAbsentReason": concept("Not said")}
    unit = _unit_sent(lab, codes)
    value = lab.canonical if unit is not None and unit != lab.unit and lab.canonical is not None else lab.number
    quantity: Resource = {"value": number(value), "unit": unit or lab.unit}
    if lab.comparator in ("<", ">"):
        quantity["comparator"] = lab.comparator
    if unit is not None:
        quantity.update(system=UCUM, code=codes.ucum[unit])
    return {"valueQuantity": quantity}
