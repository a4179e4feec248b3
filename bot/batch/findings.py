"""
`b12bot batch findings`: symptoms, history and results read from messages, line by line.

In: `{"id", "text", "context"}`.  Out: one entry a code, the patient's own, the last
statement; offsets are Unicode code points of the words that name the thing.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.batch.lines import Handler, LineError, text_field
from bot.clinical.codes import HISTORY, SYMPTOMS
from bot.clinical.findings import Finding
from bot.language.reading import Reader

_SYMPTOMS, _HISTORY = frozenset(SYMPTOMS), frozenset(HISTORY)


def handler(*, region: str, today: date) -> Handler:
    """A handler that reads one message a record; loads the lexicon once."""
    reader = Reader(labs=_labs(region))

    def handle(record: dict[str, Any]) -> dict[str, Any]:
        text = text_field(record, "text")
        context = record.get("context")
        if context is not None and not isinstance(context, str):
            raise LineError(f"'context' must be a text or null, found {type(context).__name__}.")
        reading = reader.read(text, context=context, today=today)
        own = reading.own
        return {
            "id": record.get("id"),
            "symptoms": [_symptom(finding) for finding in own if finding.code in _SYMPTOMS],
            "history": [_entry(finding) for finding in own if finding.code in _HISTORY],
            "labs": [_lab(lab) for lab in reading.labs],
        }

    return handle


def _entry(finding: Finding) -> dict[str, Any]:
    words = finding.words
    return {
        "name": finding.code,
        "present": finding.present,
        "start": words.start if words else None,
        "end": words.end if words else None,
    }


def _symptom(finding: Finding) -> dict[str, Any]:
    entry = _entry(finding)
    return {
        "name": entry["name"],
        "present": entry["present"],
        "duration_days": finding.duration_days,
        "start": entry["start"],
        "end": entry["end"],
    }


def _lab(lab: Any) -> dict[str, Any]:
    from bot.language.labs import to_json

    return to_json(lab)


def _labs(region: str) -> Any:
    from bot.knowledge.content import FOLDER
    from bot.knowledge.lab_words import load_lab_words
    from bot.knowledge.strict import ContentError, Fault
    from bot.knowledge.thresholds import load_lab_scale
    from bot.language.labs import LabReader

    faults: list[Fault] = []
    words = load_lab_words(FOLDER, faults)
    scale = load_lab_scale(FOLDER, faults)
    if faults:
        raise ContentError(faults)
    return LabReader(words, scale, month_first=region == "us")
