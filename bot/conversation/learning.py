"""Staff's verdicts on single messages, and the examples that the next model learns from and is tested on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clinical.codes import Level

#: What staff may say of a message: code -> words.
VERDICTS = {
    "right": "Right",
    "wrong": "Wrong",
    "missed_danger": "Missed danger",
    "false_alarm": "False alarm",
    "bad_answer": "Bad answer",
}


#: Wishes that are about a topic: a question without one teaches the reader that there are questions about nothing.
ASKING = frozenset({"ask_faq", "ask_clot_worry"})


@dataclass(frozen=True)
class Mark:
    """One verdict; `intent`, `topic` (of a question) and `level` are the right ones, None where staff did not say."""

    seq: int
    verdict: str
    by: str  # staff name
    at: datetime
    intent: str | None = None
    topic: str | None = None
    level: Level | None = None
    comment: str = ""


@dataclass(frozen=True)
class Example:
    """
    `content` of a message: text, intent, topic, level, verdict; of a conversation: turns, each with text and level.

    It holds no name, address, number or date that tells who the patient is, as far as
    rules can tell: that is what the second person reads it for.
    """

    id: str
    conversation_id: str
    kind: str  # message | conversation
    content: dict[str, Any]
    proposed_by: str  # staff id
    proposed_name: str
    proposed_at: datetime
    state: str  # proposed | approved | refused
    decided_name: str | None = None
    decided_at: datetime | None = None


def teachable(example: Example) -> bool:
    """Whether an approved message can be learnt from; every other approved one is a test only."""
    content = example.content
    if example.kind != "message" or example.state != "approved" or not content.get("intent"):
        return False
    return content["intent"] not in ASKING or bool(content.get("topic"))


def as_training(examples: tuple[Example, ...]) -> str:
    """What can be learnt from as Rasa's NLU training data, grouped by intent and topic."""
    blocks: dict[tuple[str, str], list[str]] = {}
    for example in filter(teachable, examples):
        key = str(example.content["intent"]), str(example.content.get("topic") or "")
        blocks.setdefault(key, []).append(" ".join(example.content["text"].split()))
    lines = ['version: "3.1"', "nlu:"]
    for (intent, topic), texts in sorted(blocks.items()):
        lines += [
            f"- intent: {intent}",
            f"  metadata: {{set: train, author: review{f', topic: {topic}' if topic else ''}}}",
        ]
        lines += [
            "  examples: |",
            *(f"    - {text.replace('[', '(').replace(']', ')')}" for text in dict.fromkeys(texts)),
        ]
    return "\n".join(lines if blocks else [lines[0], "nlu: []"]) + "\n"


def as_regression(examples: tuple[Example, ...]) -> list[dict[str, Any]]:
    """Approved conversations and messages, one row a patient's message, in the form that a comparison reads."""
    rows = []
    for example in examples:
        if example.state != "approved":
            continue
        turns = example.content["turns"] if example.kind == "conversation" else [example.content]
        for number, turn in enumerate(turns):
            row = {"id": f"{example.id}-{number}", "conversation": example.id, "turn": number, **turn}
            rows.append({key: value for key, value in row.items() if value is not None})
    return rows
