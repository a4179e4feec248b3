"""
Read the words of the interview: questions, sentences, names and stand-ins for unset facts.

Files: interview.yml, talk.yml, names.yml, unset_facts.yml.  A code of the
vocabularies without a name, a placeholder nobody can fill, or two wordings that
are the same stop the start.
"""

from __future__ import annotations

from pathlib import Path

from bot.clinical import codes
from bot.clinical.lab_bands import BANDS
from bot.clinical.wording import CONTACT_FACTS, InterviewWords, Name, Question, QuickReply, holes
from bot.knowledge.provenance import provenance, source_ids
from bot.knowledge.strict import ContentError, Fault, Row, read_yaml, rows

QUESTIONS: tuple[str, ...] = (
    "concerns_now",
    "age",
    "pregnant",
    "current_b12",
    "b12",
    "b12_unit",
    "main_symptoms",
    "cause",
    "blood_count",
    "mma",
    "kidney_disease",
    "intrinsic_factor_antibody",
    "tablets",
    "safety",
    "matters",
    "share_consent",
    "contact",
)

#: Which codes each group of names.yml must hold; None: whatever the editor wrote.
GROUPS: dict[str, tuple[str, ...] | None] = {
    "symptoms": codes.SYMPTOMS,
    "facts": codes.DANGER_FACTS,
    "history": codes.HISTORY,
    "labs": tuple(codes.ANALYTES),
    "missing": ("age", "pregnant", "b12_unit", "last_b12"),
    "indications": codes.INDICATIONS,
    "routes": codes.ROUTES,
    "flags": codes.FLAGS,
    "treated": None,
    "causes": None,
    "headings": None,
    "phrases": None,
    "clinician_questions": None,
    "bands": BANDS,
}

_NEED_WHY = ("symptoms", "history", "labs", "missing")
_NEED_EXPLAIN = ("labs", "indications", "routes", "flags", "treated", "causes")

#: Facts that the dialogue hands to a sentence, beside those of the clinic and the region.
TALK_FACTS: tuple[str, ...] = (
    "question",
    "count",
    "items",
    "absent",
    "value",
    "why",
    "means",
    "text",
    "sources",
    "contact",
    "words",
    "date",
)


def load_interview(folder: Path, faults: list[Fault]) -> InterviewWords:
    """The words of the interview from `folder` (bot/knowledge); faults are added to the list."""
    return InterviewWords(
        questions=_questions(folder, faults),
        sentences=_sentences(folder, faults),
        names=_names(folder, faults),
        unset=load_unset_facts(folder, faults),
    )


def load_unset_facts(folder: Path, faults: list[Fault]) -> dict[str, str]:
    """What is said instead of each clinic or region fact that is not set; every one must be there."""
    known = source_ids(folder)
    unset = {}
    for row in rows(folder / "unset_facts.yml", faults):
        name = row.choice("id", CONTACT_FACTS)
        unset[name] = row.text("instead")
        provenance(row, known)
    for name in CONTACT_FACTS:
        if name not in unset:
            faults.append(Fault("unset_facts.yml", name, "is missing; say what stands there when it is not set."))
    return unset


def _questions(folder: Path, faults: list[Fault]) -> dict[str, Question]:
    found = {}
    known = source_ids(folder)
    for row in rows(folder / "interview.yml", faults):
        code = row.choice("id", QUESTIONS)
        ask = row.texts("ask", required=True)
        if len(set(ask)) != len(ask) or len(ask) < 2:
            row.fault("'ask' needs at least two wordings, all different.")
        for text in ask:
            _known_holes(row, text)
        found[code] = Question(
            code=code, ask=ask, why=row.text("why"), means=row.text("means"), quick_replies=_quick_replies(row, faults)
        )
        provenance(row, known)
    for code in QUESTIONS:
        if code not in found:
            faults.append(Fault("interview.yml", code, "this question is missing; write it."))
    return found


def _quick_replies(row: Row, faults: list[Fault]) -> tuple[QuickReply, ...]:
    replies = []
    for number, item in enumerate(row.raw("quick_replies") or (), start=1):
        button = Row(item, file=row.file, row=f"{row.row}, quick reply {number}", faults=faults)
        reply = QuickReply(title=button.text("title"), say=button.text("say"))
        if reply.say.startswith("/"):
            button.fault("'say' must be ordinary words; text that begins with '/' is never sent.")
        button.done()
        replies.append(reply)
    return tuple(replies)


def _sentences(folder: Path, faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    found = {}
    known = source_ids(folder)
    for row in rows(folder / "talk.yml", faults):
        say = row.texts("say", required=True)
        for text in say:
            _known_holes(row, text)
        found[row.text("id")] = say
        provenance(row, known)
    return found


def _names(folder: Path, faults: list[Fault]) -> dict[str, Name]:
    path = folder / "names.yml"
    known = source_ids(folder)
    found: dict[str, Name] = {}
    try:
        data = read_yaml(path)
    except ContentError as error:
        faults.extend(error.faults)
        return found
    for group in data if isinstance(data, dict) else ():
        if group not in GROUPS:
            faults.append(Fault(path.name, str(group), f"unknown group. Allowed: {', '.join(GROUPS)}."))
    for group, wanted in GROUPS.items():
        for row in rows(path, faults, key=group):
            name = _name(row, group, known)
            if name.code in found:
                row.fault(f"'{name.code}' is already named under '{found[name.code].group}'.")
            if wanted is not None and name.code not in wanted:
                row.fault(f"'{name.code}' is no code of this group. Allowed: {', '.join(wanted)}.")
            found[name.code] = name
        for code in wanted or ():
            if code not in found:
                faults.append(Fault(path.name, group, f"'{code}' has no name; write one."))
    return found


def _name(row: Row, group: str, known: frozenset[str]) -> Name:
    name = Name(
        code=row.text("id"),
        group=group,
        name=row.text("name"),
        why=row.optional_text("why") or "",
        explain=row.optional_text("explain") or "",
        explain_us=row.optional_text("explain_us") or "",
    )
    for text in (name.name, name.why, name.explain, name.explain_us):
        _known_holes(row, text)
    if group in _NEED_WHY and not name.why:
        row.fault("'why' is missing; say why it would help to know this.")
    if group in _NEED_EXPLAIN and not name.explain:
        row.fault("'explain' is missing; say what it means for the patient.")
    provenance(row, known)
    return name


def _known_holes(row: Row, text: str) -> None:
    for hole in holes(text):
        if hole not in CONTACT_FACTS and hole not in TALK_FACTS:
            row.fault(f"unknown placeholder {{{hole}}}. Allowed: {', '.join(CONTACT_FACTS + TALK_FACTS)}.")
    if text.count("{") != len(holes(text)) or text.count("}") != len(holes(text)):
        row.fault("a brace stands alone; placeholders look like {clinic_phone}.")
