"""
Turn what is known of a patient into the lines of a summary, and into what staff see.

The values come from `bot.clinical.summary`; the words are content.  The same sections
are said in the chat, printed by the door and shown in the console.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.clinical.codes import Level
from bot.clinical.findings import Finding
from bot.clinical.summary import State, Summary, SummaryItem, SummaryLab, summarise
from bot.clinical.wording import InterviewWords
from bot.conversation.picture import Picture
from bot.conversation.plain import to_plain
from bot.conversation.questions import asked_and_open, next_question
from bot.conversation.telling import duration_phrase, lab_phrase
from bot.knowledge.content import Content

_TRENDS = {
    "new": "trend_new",
    "stable": "trend_stable",
    "worse": "trend_worse",
    "better": "trend_better",
    "gone": "trend_gone",
}


def sections(picture: Picture, content: Content, *, today: date) -> list[dict[str, Any]]:
    """`[{"title", "items": [text]}]` for the patient; empty when nothing is known yet."""
    patient = picture.patient
    if not (patient.symptoms or patient.history or patient.labs or patient.person.age is not None):
        return []
    summary = summarise(patient, content, today=today)
    words = content.words
    found = [
        ("heading_who", _person(picture, words)),
        ("heading_present", [_item(item, words) for item in summary.by_state(State.PRESENT)]),
        ("heading_unsure", [_item(item, words) for item in summary.by_state(State.UNSURE)]),
        ("heading_absent", [words.name(item.code) for item in summary.by_state(State.ABSENT)]),
        ("heading_labs", [_lab(lab, words) for lab in summary.labs]),
        ("heading_indications", [words.name(code) for code in summary.assessment.indications]),
        ("heading_notes", [words.name(code) for code in summary.assessment.flags]),
        ("heading_missing", [words.name(code) for code in summary.assessment.key_missing]),
        ("heading_not_asked", [words.name(i.code) for i in summary.symptoms if i.state is State.NOT_ASKED]),
        ("heading_questions", [words.name(code) for code in summary.questions]),
    ]
    return [{"title": words.name(heading), "items": items} for heading, items in found if items]


def describe(picture: Picture, content: Content, *, today: date, level: Level = Level.NONE) -> dict[str, Any]:
    """The snapshot of a conversation for the ledger: findings, results, assessment, summary; JSON-able."""
    patient = picture.patient
    words = content.words
    summary = summarise(patient, content, today=today, level=level)
    shown = sections(picture, content, today=today)
    snapshot: dict[str, Any] = {
        "findings": [_finding(finding, words) for finding in (*patient.symptoms, *patient.history)],
        "items": _items(summary, words),
        "labs": [_lab_row(lab, words) for lab in summary.labs],
        "person": to_plain(patient.person),
        "questions": {code: record.outcome for code, record in picture.questions.items() if record.times},
        "question": next_question(picture, asked_and_open(picture)),
        "assessed": picture.assessed,
        "shared": picture.shared,
    }
    if shown:
        snapshot["summary"] = {
            "title": words.name("heading_title"),
            "made": words.name("heading_made", date=today.isoformat()),
            "sections": shown,
        }
        snapshot["assessment"] = assessment_json(summary, words)
        snapshot["ask"] = [words.name(code) for code in summary.questions]
    return snapshot


def assessment_json(summary: Summary, words: InterviewWords) -> dict[str, Any]:
    """The assessment with its rule ids, reasons, sources and content version, for staff."""
    assessment = summary.assessment
    return {
        "indications": [{"code": code, "name": words.name(code)} for code in assessment.indications],
        "route": assessment.route,
        "rule": assessment.rule,
        "flags": [{"code": code, "name": words.name(code)} for code in assessment.flags],
        "level": assessment.level.code,
        "key_missing": [{"code": code, "name": words.name(code)} for code in assessment.key_missing],
        "reasons": [
            {"code": reason.code, "because": reason.because, "source": list(reason.source)}
            for reason in assessment.reasons
        ],
        "content_version": assessment.content_version,
    }


def _person(picture: Picture, words: InterviewWords) -> list[str]:
    person = picture.patient.person
    lines = []
    if person.age is not None:
        lines.append(f"{words.name('age')}: {person.age}")
    if person.pregnant is not None:
        lines.append(f"{words.name('pregnancy')}: {words.name('present_yes' if person.pregnant else 'present_no')}")
    return lines


def _item(item: SummaryItem, words: InterviewWords) -> str:
    finding = item.finding
    if finding is None:
        return words.name(item.code)
    parts = [words.name(item.code)]
    if finding.duration_days:
        parts.append(duration_phrase(words, finding.duration_days))
    if finding.trend is not None and finding.trend.value in _TRENDS:
        parts.append(words.name(_TRENDS[finding.trend.value]))
    said = f' – "{finding.words.text}"' if finding.words else ""
    return ", ".join(parts) + said


def _lab(row: SummaryLab, words: InterviewWords) -> str:
    dated = f" ({row.lab.date})" if row.lab.date else ""
    band = f": {words.name(row.band)}" if row.band else ""
    return f"{lab_phrase(words, row.lab)}{dated}{band}"


def _items(summary: Summary, words: InterviewWords) -> list[dict[str, Any]]:
    """Everything that was said or ought to be asked, each with its state: not asked is not "no"."""
    kinds = (("symptom", summary.symptoms), ("history", summary.history), ("fact", summary.facts))
    return [_item_row(kind, item, words) for kind, items in kinds for item in items]


def _item_row(kind: str, item: SummaryItem, words: InterviewWords) -> dict[str, Any]:
    finding = item.finding
    row: dict[str, Any] = {
        "code": item.code,
        "name": words.name(item.code),
        "kind": kind,
        "state": item.state.value,
    }
    if finding is not None:
        trend = _TRENDS.get(finding.trend.value) if finding.trend is not None else None
        known = {
            "duration_days": finding.duration_days,
            "duration": duration_phrase(words, finding.duration_days) if finding.duration_days else None,
            "trend": words.name(trend) if trend else None,
            "detail": finding.detail,
            "words": finding.words.text if finding.words else None,
            "turn": finding.words.turn if finding.words else None,
        }
        row.update({key: value for key, value in known.items() if value is not None})
    return row


def _finding(finding: Finding, words: InterviewWords) -> dict[str, Any]:
    plain: dict[str, Any] = to_plain(finding)
    return {**plain, "name": words.name(finding.code), "present": finding.present}


def _lab_row(row: SummaryLab, words: InterviewWords) -> dict[str, Any]:
    lab = row.lab
    return {
        "analyte": lab.analyte,
        "name": words.name(lab.analyte),
        "value": str(lab.value),
        "comparator": lab.comparator,
        "unit": lab.unit,
        "canonical_value": str(lab.canonical_value) if lab.canonical_value is not None else None,
        "canonical_unit": lab.canonical_unit,
        "date": lab.date,
        "unit_inferred": lab.unit_inferred,
        "implausible": lab.implausible,
        "confirmed": lab.confirmed,
        "band": words.name(row.band) if row.band else None,
        "usable": row.usable,
        "turn": lab.words.turn if lab.words else None,
    }
