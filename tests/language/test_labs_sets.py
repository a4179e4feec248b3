"""The labelled messages of `tests/vignettes/labs_*.jsonl`; where they come from is written in `labs.md` beside them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.language.labs import to_json
from tests.language.test_labs import READER

FOLDER = Path(__file__).parent.parent / "vignettes"
TODAY = date(2025, 6, 1)
KEYS = ("analyte", "value", "comparator", "unit", "canonical_value")


def messages(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"labs_{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def f1(name: str) -> float:
    """Of results with the right test, value, comparator, unit and canonical value."""
    right = said = found = 0
    for message in messages(name):
        expected = [tuple(lab[key] for key in KEYS) for lab in message["labs"]]
        read = [to_json(lab) for lab in READER.read(message["text"], context=message["context"], today=TODAY)]
        left = [tuple(lab[key] for key in KEYS) for lab in read]
        said, found = said + len(expected), found + len(left)
        for lab in expected:
            if lab in left:
                left.remove(lab)
                right += 1
    return 2 * right / (said + found)


@pytest.mark.parametrize(
    ("name", "least"), [("dev", 0.99), ("dev_2", 0.95), ("dev_3", 0.97), ("heldout", 0.99), ("unseen", 0.99)]
)
def test_results_of_the_labelled_messages_are_read(name: str, least: float) -> None:
    assert f1(name) >= least


def test_no_message_stands_in_two_sets() -> None:
    texts = [
        (m["text"].lower(), m["context"])
        for name in ("dev", "dev_2", "dev_3", "heldout", "unseen")
        for m in messages(name)
    ]
    assert len(texts) == len(set(texts))
    assert len(texts) >= 400
