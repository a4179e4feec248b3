"""
Training messages: what people write, with the intent and topic that their author meant.

Read from the Rasa training files, so that one set of lines serves `rasa train`, the
benchmark and the tests.  A block's topic stands in its metadata (`topic: FAQ-20`); Rasa's
own way of writing it (`ask_faq/faq_20`) is understood too, but makes Rasa warn of every
example, because it takes it for data of a response selector.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.clinical.codes import INTENTS
from bot.knowledge.strict import ContentError, Fault, read_yaml

#: Rasa keeps `restart` for a command of its own, so its files and its model say `start_over`.
RASA_NAMES = {"restart": "start_over"}
_CONTRACT_NAMES = {rasa: contract for contract, rasa in RASA_NAMES.items()}

_TOPIC = re.compile(r"faq_(\d\d)")
_EXAMPLE = re.compile(r"^\s*-\s(.*\S)\s*$")


@dataclass(frozen=True)
class IntentLine:
    """
    One training message.

    `topic` is "FAQ-01" to "FAQ-84", the name of a clinic fact ("clinic_hours"), or None
    where the intent has no topics.
    """

    text: str
    intent: str
    topic: str | None = None


def split_name(name: str, *, topic: str | None = None) -> tuple[str, str | None]:
    """
    The contract's intent, and the topic, of a block in the training files.

    Args:
        name: "ask_faq", or in Rasa's own way "ask_faq/faq_20".
        topic: What the block's metadata say, "FAQ-20" or "clinic_hours"; wins over the name's.

    Raises:
        ValueError: The intent is none of the contract's.
    """
    intent, _, named = name.partition("/")
    intent = _CONTRACT_NAMES.get(intent, intent)
    if intent not in INTENTS:
        raise ValueError(f"unknown intent {intent!r}; expected one of: {', '.join(INTENTS)}")
    numbered = _TOPIC.fullmatch(named)
    return intent, topic or (f"FAQ-{numbered.group(1)}" if numbered else named or None)


def read_lines(folder: Path) -> tuple[IntentLine, ...]:
    """
    Every message of the training files in `folder`, file by file in the order of their names.

    Raises:
        ContentError: A file cannot be read, or holds a block that is no intent with examples.
    """
    faults: list[Fault] = []
    lines: list[IntentLine] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            data = read_yaml(path)
        except ContentError as error:
            faults.extend(error.faults)
            continue
        blocks = data.get("nlu") if isinstance(data, dict) else None
        if not isinstance(blocks, list):
            faults.append(Fault(path.name, "nlu", "expected a list of blocks, each beginning with '- intent: …'."))
            continue
        for number, block in enumerate(blocks, start=1):
            lines.extend(_block(block, faults, file=path.name, row=f"block {number}"))
    if faults:
        raise ContentError(faults)
    return tuple(lines)


def _block(block: object, faults: list[Fault], *, file: str, row: str) -> Iterable[IntentLine]:
    name = block.get("intent") if isinstance(block, dict) else None
    examples = block.get("examples") if isinstance(block, dict) else None
    if not isinstance(name, str) or not isinstance(examples, str):
        faults.append(Fault(file, row, "expected 'intent: …' and 'examples: |' with one '- …' a line."))
        return []
    metadata = block.get("metadata") if isinstance(block, dict) else None
    said = metadata.get("topic") if isinstance(metadata, dict) else None
    try:
        intent, topic = split_name(name, topic=said)
    except ValueError as error:
        faults.append(Fault(file, name, f"{error}."))
        return []
    found = [_EXAMPLE.match(line) for line in examples.splitlines() if line.strip()]
    if not all(found):
        faults.append(Fault(file, name, "every line of 'examples' must begin with '- '."))
    return [IntentLine(match.group(1), intent, topic) for match in found if match]
