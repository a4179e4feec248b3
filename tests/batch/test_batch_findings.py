"""`b12bot batch findings`: its lines, and how well it reads messages of many patients."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.batch.findings import handler
from bot.batch.lines import run_lines

VIGNETTES = Path(__file__).parent.parent / "vignettes"
#: F1 and share of denials that the development sets have reached; other sets were not worked on and have a lower bar.
REACHED = {
    "findings_dev.jsonl": (0.995, 0.995),
    "findings_dev_2.jsonl": (0.985, 0.985),
    "findings_dev_3.jsonl": (0.995, 1.0),
    "findings_dev_4.jsonl": (0.97, 0.965),
    "findings_dev_5.jsonl": (0.935, 0.9),
}
UNSEEN = (0.85, 0.7)


@pytest.fixture(scope="module")
def handle() -> Callable[[dict[str, Any]], dict[str, Any]]:
    return handler(region="uk", today=date(2025, 6, 4))


def run(handle, *lines: str) -> tuple[list[dict[str, Any]], int]:
    out = io.StringIO()
    status = run_lines(lines, out, handle)
    return [json.loads(line) for line in out.getvalue().splitlines()], status


def test_a_line_gives_symptoms_history_and_labs(handle):
    text = "knackered for 3 months, no tingling, I take metformin. B12 was 150 pg/mL"
    [answer], status = run(handle, json.dumps({"id": "a", "text": text, "context": None}))
    assert status == 0
    assert answer["symptoms"] == [
        {"name": "fatigue", "present": True, "duration_days": 90, "start": 0, "end": 9},
        {"name": "numbness_tingling", "present": False, "duration_days": None, "start": 27, "end": 35},
    ]
    assert answer["history"] == [{"name": "metformin", "present": True, "start": 44, "end": 53}]
    assert [lab["analyte"] for lab in answer["labs"]] == ["b12"]


def test_a_missing_context_is_none(handle):
    [answer], status = run(handle, '{"id": 1, "text": "tired"}')
    assert (status, answer["symptoms"][0]["name"]) == (0, "fatigue")


@pytest.mark.parametrize(
    "line", ['{"id": 1}', '{"id": 1, "text": 5}', '{"id": 1, "text": "x", "context": 3}', "no json"]
)
def test_a_line_that_cannot_be_read_says_so_in_its_place(handle, line):
    answers, status = run(handle, line, '{"id": 2, "text": "tired"}')
    assert status == 1
    assert "error" in answers[0]
    assert answers[1]["id"] == 2


def test_offsets_are_code_points(handle):
    text = "👩‍⚕️ J’ai… I’m dizzy"
    [answer], _ = run(handle, json.dumps({"id": 1, "text": text, "context": None}))
    [entry] = answer["symptoms"]
    assert text[entry["start"] : entry["end"]] == "dizzy"


@pytest.mark.parametrize("name", sorted(path.name for path in VIGNETTES.glob("findings_*.jsonl")))
def test_messages_of_many_patients_are_read(handle, name):
    """See findings.md for where each set came from and what was measured before anything was changed for it."""
    right = wrong = missed = denials = denied = 0
    for line in (VIGNETTES / name).read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        answer = handle(record)
        for part in ("symptoms", "history"):
            expected = {entry["name"]: entry["present"] for entry in record[part]}
            found = {entry["name"]: entry["present"] for entry in answer[part]}
            agreed = sum(found.get(code) == present for code, present in expected.items())
            right += agreed
            wrong += len(found) - agreed
            missed += len(expected) - agreed
            absent = [code for code, present in expected.items() if not present]
            denials += len(absent)
            denied += sum(found.get(code) is False for code in absent)
    f1 = 2 * right / (2 * right + wrong + missed)
    least_f1, least_denied = REACHED.get(name, UNSEEN)
    assert f1 >= least_f1
    assert denied >= least_denied * denials
