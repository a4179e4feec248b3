"""What the patient said, as a QuestionnaireResponse: yes, no, don't know, and what was never asked (no answer)."""

from __future__ import annotations

from datetime import datetime

from bot.clinical.summary import State
from bot.conversation.fhir.parts import Entries, Resource, coding, days, instant, text
from bot.conversation.record import Record, RecordItem

#: HL7's own value set for these three answers: yesnodontknow.
_ANSWERS = {
    State.PRESENT: coding("v2-0136", "Y", "Yes"),
    State.ABSENT: coding("v2-0136", "N", "No"),
    State.UNSURE: coding("data-absent-reason", "asked-unknown", "Don't know"),
}
_GROUPS = (("symptom", "Symptoms"), ("history", "History and medicines"), ("fact", "Danger signs"))


def add_answers(entries: Entries, record: Record, *, at: datetime, finished: bool) -> None:
    items = [_about(record)]
    items += [
        _group(kind, words, [_item(item) for item in record.items if item.kind == kind]) for kind, words in _GROUPS
    ]
    items.append(_assessment(entries, record))
    entries.add(
        "QuestionnaireResponse",
        status="completed" if finished else "in-progress",
        subject=entries.reference("Patient"),
        authored=instant(at),
        author=entries.reference("Device"),
        source=entries.reference("Patient"),
        item=[item for item in items if item is not None],
    )


def _about(record: Record) -> Resource | None:
    items = []
    if record.age is not None:
        quantity = {"value": record.age, "unit": "years", "system": "http://unitsofmeasure.org", "code": "a"}
        items.append({"linkId": "about.age", "text": "Age", "answer": [{"valueQuantity": quantity}]})
    if record.pregnant is not None:
        answer = _ANSWERS[State.PRESENT if record.pregnant else State.ABSENT]
        items.append({"linkId": "about.pregnant", "text": "Pregnant", "answer": [{"valueCoding": answer}]})
    if record.writes_for:
        items.append(_said("about.writes-for", "Written by somebody else, for", [record.writes_for]))
    return _group("about", "About the patient", items)


def _group(link: str, words: str, items: list[Resource]) -> Resource | None:
    return {"linkId": link, "text": words, "item": items} if items else None


def _item(item: RecordItem) -> Resource:
    link = f"{item.kind}.{item.code}"
    row: Resource = {"linkId": link, "text": item.name}
    if item.state is State.NOT_ASKED:
        return row
    answer: Resource = {"valueCoding": _ANSWERS[item.state]}
    more: list[Resource] = []
    if item.duration_days:
        more.append(
            {
                "linkId": f"{link}.duration",
                "text": "For how long",
                "answer": [{"valueQuantity": days(item.duration_days)}],
            }
        )
    for part, words, said in (
        ("trend", "Course", item.trend),
        ("detail", "Detail", item.detail),
        ("words", "In the patient's words", item.said),
    ):
        if text(said):
            more.append(_said(f"{link}.{part}", words, [said]))
    return {**row, "answer": [{**answer, "item": more}]}


def _assessment(entries: Entries, record: Record) -> Resource | None:
    """For staff: what the reviewed rules make of it, and by which of them."""
    if not record.assessed:
        return None
    rows = (
        ("route", "Route", [entries.name(record.route)] if record.route else []),
        ("rule", "Rule", [record.rule] if record.rule else []),
        ("indications", "Recognised indications", [item.name for item in record.indications]),
        ("flags", "Notes", [item.name for item in record.flags]),
        ("missing", "Still missing", [item.name for item in record.missing]),
        ("reasons", "Reasons", [reason.because for reason in record.reasons]),
        ("content-version", "Content version", [record.content_version] if record.content_version else []),
    )
    items = [
        _said(f"assessment.{link}", words, said)
        for link, words, said in rows
        if any(text(words_said) for words_said in said)
    ]
    return _group("assessment", "Assessment by reviewed rules, for staff; not a diagnosis", items)


def _said(link: str, words: str, said: list[str]) -> Resource:
    return {"linkId": link, "text": words, "answer": [{"valueString": answer} for answer in said if text(answer)]}
