"""`batch triage`: the format of its lines, and that its numbers are those of the conversation."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bot.batch.lines import run_lines
from bot.batch.triage import handler


@pytest.fixture(scope="module")
def triage() -> Callable[[dict[str, Any]], dict[str, Any]]:
    return handler(region="uk", today=date(2026, 3, 2))


KEYS = ["id", "level", "category", "categories", "turn", "matches", "question"]
MATCH_KEYS = ["rule", "level", "category", "turn", "start", "end", "text"]


def test_an_emergency_names_the_turn_and_the_words(triage: Callable) -> None:
    turns = ["Hello", "no rash, but my throat is closing"]
    answer = triage({"id": 7, "turns": turns})
    assert list(answer) == KEYS
    assert (answer["id"], answer["level"], answer["category"], answer["turn"]) == (7, "emergency", "anaphylaxis", 1)
    assert answer["question"] is None
    for match in answer["matches"]:
        assert list(match) == MATCH_KEYS
        assert turns[match["turn"]][match["start"] : match["end"]] == match["text"]


def test_a_doubt_asks_and_has_no_category(triage: Callable) -> None:
    answer = triage({"id": "c", "turns": ["I feel a bit weird since the jab"]})
    assert (answer["level"], answer["category"], answer["turn"]) == ("check", None, 0)
    assert answer["question"].startswith("Just to be safe: do you have any of these right now?")


def test_the_assistant_is_taken_to_have_put_its_question(triage: Callable) -> None:
    assert triage({"id": 1, "turns": ["I feel a bit weird since the jab", "no"]})["level"] == "none"
    yes = triage({"id": 1, "turns": ["I feel a bit weird since the jab", "yes"]})
    assert (yes["level"], yes["turn"]) == ("emergency", 1)


def test_nothing_said_is_nothing(triage: Callable) -> None:
    empty = {
        "id": None,
        "level": "none",
        "category": None,
        "categories": [],
        "turn": None,
        "matches": [],
        "question": None,
    }
    assert triage({"turns": []}) == empty
    assert triage({"turns": ["thank you, bye"]}) == empty


def test_a_level_stays_and_all_categories_are_told(triage: Callable) -> None:
    answer = triage({"id": 1, "turns": ["my left calf is swollen", "I have chest pain", "it's fine now, forget it"]})
    assert (answer["level"], answer["turn"]) == ("emergency", 1)
    assert {"dvt", "pulmonary_embolism"} <= set(answer["categories"])


@pytest.mark.parametrize("record", [{"id": 3}, {"id": 3, "turns": "chest pain"}, {"id": 3, "turns": ["ok", 5]}])
def test_a_line_without_turns_says_what_was_expected(triage: Callable, record: dict[str, Any]) -> None:
    out = io.StringIO()
    status = run_lines([json.dumps(record), "", json.dumps({"id": 4, "turns": ["hello"]})], out, triage)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert status == 1
    assert (first["id"], "'turns' must be a list" in first["error"]) == (3, True)
    assert (second["id"], second["level"]) == (4, "none")
