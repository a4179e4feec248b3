"""
`b12bot batch triage`: the urgency of whole conversations, line by line.

In: `{"id", "turns": ["…", …]}`, the patient's messages of one conversation, minutes
apart; after each the assistant is taken to have put its own safety question, if any.
Out: level, category, turn, matches and the open question after the last message.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from bot.batch.lines import Handler, LineError
from bot.clinical.codes import Level
from bot.knowledge.danger import FOLDER, load_danger
from bot.knowledge.lab_words import load_lab_words
from bot.knowledge.strict import ContentError, Fault
from bot.knowledge.thresholds import load_lab_scale
from bot.language.labs import LabReader
from bot.language.screen import LabReader as ScreenLabs
from bot.language.screen import Screen, ScreenMatch, ScreenState
from bot.language.screen_loading import build_screen
from bot.settings import read_settings

_BETWEEN_MESSAGES = timedelta(minutes=2)


def load_screen(*, today: date) -> Screen:
    """
    The screen with its classifier and its reader of laboratory results.

    Raises:
        ContentError: With every fault of the files it needs.
    """
    danger = load_danger()
    labs, encoder_path = load_results_reader(today=today), read_settings().encoder_path
    return build_screen(danger.language, danger.flags.rules, labs=labs, encoder_path=encoder_path)


def load_results_reader(*, today: date) -> ScreenLabs:
    """
    What the screen asks for the laboratory results of a text.

    Raises:
        ContentError: The words or the scale of results are faulty.
    """
    faults: list[Fault] = []
    words, scale = load_lab_words(FOLDER, faults), load_lab_scale(FOLDER, faults)
    if faults:
        raise ContentError(faults)
    reader = LabReader(words, scale)
    return lambda text: tuple(owned.lab for owned in reader.read_all(text, today=today))


def handler(*, region: str, today: date) -> Handler:
    """A handler for triage records; loads the content once."""
    screen = load_screen(today=today)
    start = datetime.combine(today, time(12), tzinfo=timezone.utc)

    def triage(record: dict[str, Any]) -> dict[str, Any]:
        turns = record.get("turns")
        if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns):
            raise LineError("'turns' must be a list of texts, the patient's messages in order.")
        state, at = ScreenState(), start
        result = None
        for text in turns:
            result = screen.screen(text, state, at=at)
            state, at = result.state, at + _BETWEEN_MESSAGES
        level = result.level if result else Level.NONE
        return {
            "id": record.get("id"),
            "level": level.code,
            "category": result.category if result and level >= Level.URGENT else None,
            "categories": list(result.categories) if result else [],
            "turn": _turn(result, level) if result else None,
            "matches": [_shown(match) for match in result.matches] if result else [],
            "question": result.question.text if result and result.question and level is Level.CHECK else None,
        }

    return triage


def _turn(result: Any, level: Level) -> int | None:
    if level is Level.CHECK:
        return result.question.turn
    return result.reached


def _shown(match: ScreenMatch) -> dict[str, Any]:
    return {
        "rule": match.rule,
        "level": match.level.code,
        "category": match.category,
        "turn": match.turn,
        "start": match.start,
        "end": match.end,
        "text": match.text,
    }
