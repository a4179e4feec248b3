"""
Load the red flags: rules by category, combinations over turns, safety questions.

The rules of critical laboratory results come from `thresholds.yml`; a condition names
them by the id they have there.  Every row has an id, a source, a status and vignettes: sentences that must fire it and
sentences that must not.  Conditions are written as `bot/clinical/urgency_conditions.py`
explains.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.clinical.codes import CATEGORIES, Level
from bot.clinical.urgency import Ended, Rule, SafetyQuestion, UrgencyRules
from bot.clinical.urgency_conditions import (
    Condition,
    ConditionError,
    Either,
    parse_condition,
)
from bot.clinical.urgency_facts import BACKGROUND, FACTS
from bot.knowledge.critical_results import Results, load_critical_results
from bot.knowledge.danger_language import sources
from bot.knowledge.strict import Fault, Row, rows

_LEVELS = ("urgent", "emergency")
_KNOWN = frozenset(FACTS)


@dataclass(frozen=True)
class Vignette:
    """The messages of one short conversation, and whether the row must fire on them."""

    row: str
    turns: tuple[str, ...]
    fires: bool


@dataclass(frozen=True)
class RedFlags:
    """The rules and the sentences that prove them."""

    rules: UrgencyRules
    vignettes: tuple[Vignette, ...]


def load_red_flags(folder: Path, faults: list[Fault]) -> RedFlags:
    """Read `folder`/red_flags/*.yml, combinations.yml and safety_questions.yml; faults are added to the list."""
    results = load_critical_results(folder)
    rules: list[Rule] = list(results.rules)
    vignettes: list[Vignette] = []
    seen: set[str] = set()
    for path in [
        *sorted((folder / "red_flags").glob("*.yml")),
        folder / "combinations.yml",
    ]:
        combination = path.name == "combinations.yml"
        for row in rows(path, faults):
            if row.row in seen:
                row.fault("this id is used in another file; ids must be unique.")
            seen.add(row.row)
            vignettes.extend(_vignettes(row))
            rules.append(_rule(row, results.tests, combination=combination))
    questions, doubt = [], None
    for row in rows(folder / "safety_questions.yml", faults):
        if row.row in seen:
            row.fault("this id is used in another file; ids must be unique.")
        seen.add(row.row)
        vignettes.extend(_vignettes(row))
        if row.flag("for_doubt"):
            doubt = _doubt_texts(row)
        else:
            questions.append(_question(row, results.tests))
    if doubt is None:
        faults.append(Fault("safety_questions.yml", "", "one row must carry 'for_doubt: true'."))
        doubt = ("", "")
    return RedFlags(UrgencyRules(tuple(rules), tuple(questions), *doubt), tuple(vignettes))


def _doubt_texts(row: Row) -> tuple[str, str]:
    texts = row.text("question"), row.text("question_other")
    sources(row)
    row.status()
    row.optional_text("note")
    row.done()
    return texts


def _rule(row: Row, results: Results, *, combination: bool) -> Rule:
    rule = Rule(
        id=row.row,
        level=Level.from_code(row.choice("level", _LEVELS)),
        category=row.choice("category", CATEGORIES),
        when=_condition(row, results),
        unless=_background(row, results),
        ended=_ended(row),
        combination=row.text("table") if combination else None,
        source=sources(row),
    )
    row.status()
    row.optional_text("note")
    row.done()
    return rule


def _question(row: Row, results: Results) -> SafetyQuestion:
    question = SafetyQuestion(
        id=row.row,
        when=_condition(row, results),
        text=row.text("question"),
        text_other=row.optional_text("question_other"),
        if_yes=Level.from_code(row.choice("if_yes", _LEVELS)),
        category=row.choice("category", CATEGORIES),
        source=sources(row),
    )
    row.status()
    row.optional_text("note")
    row.done()
    return question


def _condition(row: Row, results: Results) -> Condition:
    try:
        return parse_condition(row.text("when", default="fever"), codes=_KNOWN, results=results)
    except ConditionError as error:
        row.fault(f"'when': {error}")
        return Either(())


def _background(row: Row, results: Results) -> Condition | None:
    """`unless` may name history and what is known of the patient, never a sign: a sign lowers nothing."""
    if row.raw("unless") is None:
        return None
    try:
        condition = parse_condition(row.text("unless"), codes=frozenset(BACKGROUND), results=results)
    except ConditionError as error:
        row.fault(f"'unless': {error}")
        return None
    return condition


def _ended(row: Row) -> tuple[Ended, ...]:
    """`ended: {1: emergency, 14: urgent}`: days since it went, and the level that it still gives."""
    value = row.raw("ended", {})
    if not isinstance(value, dict) or not all(
        isinstance(days, int) and level in _LEVELS for days, level in value.items()
    ):
        row.fault(f"'ended' must map whole days to urgent or emergency, found {value!r}.")
        return ()
    return tuple(Ended(days, Level.from_code(level)) for days, level in sorted(value.items()))


def _vignettes(row: Row) -> list[Vignette]:
    """`fires` and `quiet`: a text is one message, a list is a conversation of several."""
    found = []
    for key, fires in (("fires", True), ("quiet", False)):
        value = row.raw(key)
        if not isinstance(value, list) or not value:
            row.fault(f"'{key}' must list at least one message that {'must' if fires else 'must not'} fire this row.")
            continue
        for item in value:
            turns = [item] if isinstance(item, str) else item
            if not isinstance(turns, list) or not all(isinstance(turn, str) and turn.strip() for turn in turns):
                row.fault(f"'{key}': expected a message or a list of messages, found {item!r}.")
                continue
            found.append(Vignette(row.row, tuple(turns), fires))
    return found
