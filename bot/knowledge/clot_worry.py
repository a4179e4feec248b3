"""Read the words of the clot talk: clot_worry.yml, clot_risks.yml, clot_questions.yml."""

from __future__ import annotations

from pathlib import Path

from bot.clinical.clot_worry import STEPS, ClotRisk, ClotStep, ClotWorry
from bot.clinical.codes import HISTORY
from bot.clinical.wording import CONTACT_FACTS, holes
from bot.knowledge.coverage import coverage_ids
from bot.knowledge.interview import load_unset_facts
from bot.knowledge.provenance import provenance, source_ids
from bot.knowledge.strict import Fault, rows


def load_clot_worry(folder: Path, faults: list[Fault]) -> ClotWorry:
    """The clot talk from `folder` (bot/knowledge); faults are added to the list."""
    known = source_ids(folder)
    return ClotWorry(
        steps=_steps(folder, faults, known),
        risks=_risks(folder, faults, known),
        questions=_questions(folder, faults, known),
        unset=load_unset_facts(folder, faults),
    )


def _steps(folder: Path, faults: list[Fault], known: frozenset[str]) -> dict[str, ClotStep]:
    items = coverage_ids(folder)
    steps = {}
    for row in rows(folder / "clot_worry.yml", faults):
        step = ClotStep(id=row.choice("id", STEPS), say=row.text("say"), covers=row.texts("covers"))
        for hole in holes(step.say):
            if hole not in CONTACT_FACTS:
                row.fault(f"unknown placeholder {{{hole}}}. Allowed: {', '.join(CONTACT_FACTS)}.")
        for item in step.covers:
            if item not in items:
                row.fault(f"'covers' names '{item}', which is no row of coverage.yml.")
        provenance(row, known)
        steps[step.id] = step
    for name in STEPS:
        if name not in steps:
            faults.append(Fault("clot_worry.yml", name, "this step is missing; write it."))
    return steps


def _risks(folder: Path, faults: list[Fault], known: frozenset[str]) -> tuple[ClotRisk, ...]:
    risks = []
    for row in rows(folder / "clot_risks.yml", faults):
        code = row.optional_text("code")
        if code is not None and code not in HISTORY:
            row.fault(f"'code' is '{code}', which is no history code.")
        risks.append(ClotRisk(id=row.text("id"), name=row.text("name"), ask=row.text("ask"), code=code))
        provenance(row, known)
    return tuple(risks)


def _questions(folder: Path, faults: list[Fault], known: frozenset[str]) -> tuple[str, ...]:
    questions = []
    for row in rows(folder / "clot_questions.yml", faults):
        row.text("id")
        questions.append(row.text("ask"))
        provenance(row, known)
    return tuple(questions)
