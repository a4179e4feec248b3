"""How people ask each topic: enough ways, each under one topic, and none of them also a test."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from bot.clinical.answers import TOPICS
from bot.knowledge.answers import load_answers
from bot.knowledge.strict import read_yaml

ROOT = Path(__file__).parents[2]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def _examples() -> dict[str, set[str]]:
    """Topic to its training lines, over all files and both intents."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for block in read_yaml(path).get("nlu", ()):
            topic = (block.get("metadata") or {}).get("topic")
            if topic in TOPICS:
                lines = (line.strip().removeprefix("- ").strip() for line in block["examples"].splitlines())
                found[topic].update(_plain(line) for line in lines if line)
    return found


EXAMPLES = _examples()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_asked_in_at_least_twenty_five_ways(topic: str) -> None:
    assert len(EXAMPLES[topic]) >= 25


def test_no_line_stands_under_two_topics() -> None:
    owner: dict[str, str] = {}
    for topic, lines in EXAMPLES.items():
        for line in lines:
            assert owner.setdefault(line, topic) == topic, line


def test_every_question_offered_in_did_you_mean_is_taught_as_its_topic() -> None:
    """Pressing such a button sends the question as text; it must come back to the same topic."""
    for answer in load_answers(ROOT / "bot" / "knowledge", []):
        assert _plain(answer.question) in EXAMPLES[answer.id], answer.question


def test_no_training_line_is_also_a_test_message() -> None:
    taught = set().union(*EXAMPLES.values())
    for path in sorted((ROOT / "tests").rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line) if line.strip() else {}
            if "intent" not in record:  # only what the trained reader is measured on can be spoilt by training
                continue
            texts = [record.get("text"), *(record.get("turns") or ())]
            both = [text for text in texts if isinstance(text, str) and _plain(text) in taught]
            assert both == [], f"{path.name} and the training data share {both}"


@pytest.mark.parametrize("path", sorted((ROOT / "data" / "nlu").glob("faq_*.yml")), ids=lambda path: path.stem)
def test_a_block_names_its_author_and_its_set(path: Path) -> None:
    for block in read_yaml(path)["nlu"]:
        assert block["metadata"]["author"] and block["metadata"]["set"] == "train"
