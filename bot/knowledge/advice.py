"""Read advice.yml: the frame of every advice, and the words of each red-flag category."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.clinical.advice import SENTENCES, AdviceWords, CategoryWords
from bot.clinical.codes import CATEGORIES
from bot.clinical.wording import CONTACT_FACTS, holes
from bot.knowledge.interview import load_unset_facts
from bot.knowledge.provenance import provenance, source_ids
from bot.knowledge.strict import Fault, Row, rows

FILE = "advice.yml"


def load_advice(folder: Path, faults: list[Fault]) -> AdviceWords:
    """Every sentence and every category must be there; faults are added to the list."""
    known = source_ids(folder)
    sentences = {}
    for row in rows(folder / FILE, faults, key="sentences"):
        sentences[row.choice("id", SENTENCES)] = _text(row, "say", extra=("signs",))
        provenance(row, known)
    categories = {}
    for row in rows(folder / FILE, faults, key="categories"):
        categories[row.choice("id", CATEGORIES)] = _words(row)
        provenance(row, known)
    for wanted, found in ((SENTENCES, sentences), (CATEGORIES, categories)):
        for name in wanted:
            if name not in found:
                faults.append(Fault(FILE, name, "is missing; a patient in danger would get no words."))
    return AdviceWords(sentences=sentences, categories=categories, unset=load_unset_facts(folder, faults))


def _words(row: Row) -> CategoryWords:
    """A part without words of its own for somebody else is said as it is."""
    own = CategoryWords(_text(row, "reason"), _text(row, "meanwhile"), _text(row, "signs"))
    of_other = CategoryWords(
        reason=_text(row, "reason_other", default=own.reason),
        meanwhile=_text(row, "meanwhile_other", default=own.meanwhile),
        signs=_text(row, "signs_other", default=own.signs),
    )
    return replace(own, of_other=of_other if of_other != own else None)


def _text(row: Row, key: str, *, extra: tuple[str, ...] = (), default: str | None = None) -> str:
    text = row.text(key, default=default)
    for hole in holes(text):
        if hole not in (*CONTACT_FACTS, *extra):
            row.fault(f"'{key}': nothing fills {{{hole}}}. Allowed: {', '.join(CONTACT_FACTS)}.")
    return text
