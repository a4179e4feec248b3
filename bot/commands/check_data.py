"""
`b12bot check-data`: training, development and test messages are kept apart.

Every labelled message names its author and its set; no author stands in two sets; no
message of one set is equal to, or nearly the same as, one of another set, unless the pair is
listed as looked at in `data/looked_at.json`.  That file also keeps the digest of the messages
for which the slow comparison by meaning was last clean, so that it runs only after a change.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from bot.commands.terminal import CommandFailed, tell
from bot.knowledge.strict import read_yaml
from bot.language.encoder import WEIGHTS_SHA256, Encoder
from bot.language.near_pairs import pairs_by_letters, pairs_by_meaning, plain, vectors

ROOT = Path(__file__).resolve().parent.parent.parent
LOOKED_AT = ROOT / "data" / "looked_at.json"
SETS = ("train", "dev", "test")
BY_LETTERS, BY_MEANING = 0.9, 0.92
#: "yes please" has one spelling: messages of so few words may stand in several sets.
SHORT_WORDS = 3
_SHOWN = 20


@dataclass(frozen=True)
class Labelled:
    """One message (one turn of a conversation) with the place it stands in."""

    text: str
    author: str
    set: str
    task: str  # "danger", "intents", "findings" or "labs": only messages of one task are compared
    place: str

    @property
    def short(self) -> bool:
        return len(self.text.split()) <= SHORT_WORDS


def run(options: argparse.Namespace) -> int:
    messages, faults = read_messages(ROOT)
    faults += authors_in_two_sets(messages)
    record = json.loads(LOOKED_AT.read_text(encoding="utf-8"))
    looked_at = {frozenset(map(plain, pair)) for pair in record["pairs"]}
    faults += [_too_near(pair) for pair in near_by_letters(messages) if _key(pair) not in looked_at]
    digest = digest_of(messages)
    if not faults and record["compared_by_meaning"] != digest:
        tell(f"The messages have changed: comparing {len(messages)} by meaning takes some minutes.")
        faults += [_too_near(pair) for pair in near_by_meaning(messages) if _key(pair) not in looked_at]
        if not faults:
            LOOKED_AT.write_text(_written(record["pairs"], digest), encoding="utf-8")
            tell("data/looked_at.json: digest renewed; commit it with the messages.")
    for fault in faults[:_SHOWN]:
        tell(fault)
    if faults:
        raise CommandFailed(
            f"{len(faults)} faults in the labelled messages (the first {min(_SHOWN, len(faults))} above). Change the newer "
            f"message of a pair, or list the pair in data/looked_at.json if both are needed."
        )
    tell(_summary(messages))
    return 0


def read_messages(root: Path) -> tuple[list[Labelled], list[str]]:
    """Every labelled message below `data/` and `tests/vignettes/`, and a sentence for each without author or set."""
    messages: list[Labelled] = []
    faults: list[str] = []
    for path in sorted([*(root / "data" / "danger").glob("*.jsonl"), *(root / "tests" / "vignettes").glob("*.jsonl")]):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if line.strip():
                record, place = json.loads(line), f"{path.relative_to(root)}:{number}"
                texts = record.get("turns") or [record.get("text", "")]
                _add(record, texts, _task(path), place, messages, faults)
    for path in sorted((root / "data" / "nlu").glob("*.yml")):
        for block in read_yaml(path)["nlu"]:
            place = f"{path.relative_to(root)}: {block.get('intent') or block.get('lookup') or block.get('synonym')}"
            texts = [line.strip()[2:] for line in block.get("examples", "").splitlines() if line.strip()]
            for task in ("intents", "danger"):  # the danger reader learns everyday talk from them
                _add(block.get("metadata") or {}, texts, task, place, messages, faults)
    return messages, faults


def _task(path: Path) -> str:
    """By the file's folder or the beginning of its name."""
    name = "danger" if path.parent.name == "danger" else path.name.split("_")[0]
    return {"screen": "danger"}.get(name, name)


def _add(
    record: dict[str, Any], texts: Sequence[str], task: str, place: str, messages: list[Labelled], faults: list[str]
) -> None:
    author, name = record.get("author"), record.get("set")
    if not author or name not in SETS:
        faults.append(f"{place}: expected an author and a set out of {', '.join(SETS)}, found {author!r} and {name!r}.")
        return
    messages.extend(Labelled(text, author, name, task, place) for text in texts if text.strip())


def authors_in_two_sets(messages: Sequence[Labelled]) -> list[str]:
    sets: dict[str, set[str]] = defaultdict(set)
    for message in messages:
        sets[message.author].add(message.set)
    return [
        f"Author {author!r} stands in {' and '.join(sorted(names))}: every author belongs to one set."
        for author, names in sorted(sets.items())
        if len(names) > 1
    ]


Pair = tuple[Labelled, Labelled, float]


def near_by_letters(messages: Sequence[Labelled]) -> Iterator[Pair]:
    for left, right in _sides(messages):
        texts = [message.text for message in left], [message.text for message in right]
        for one, other, cosine in pairs_by_letters(*texts, above=BY_LETTERS):
            yield left[one], right[other], cosine


def near_by_meaning(messages: Sequence[Labelled]) -> Iterator[Pair]:
    texts = sorted({plain(message.text) for message in messages if not message.short})
    row, all_vectors = {text: number for number, text in enumerate(texts)}, vectors(texts, Encoder.load())
    for left, right in _sides(messages):
        sides = [all_vectors[[row[plain(message.text)] for message in side]] for side in (left, right)]
        for one, other, cosine in pairs_by_meaning(*sides, above=BY_MEANING):
            yield left[one], right[other], cosine


def _sides(messages: Sequence[Labelled]) -> Iterator[tuple[list[Labelled], list[Labelled]]]:
    by_side: dict[tuple[str, str], list[Labelled]] = defaultdict(list)
    for message in messages:
        if not message.short:
            by_side[message.task, message.set].append(message)
    for task in sorted({message.task for message in messages}):
        for one, other in combinations(SETS, 2):
            yield by_side[task, one], by_side[task, other]


def digest_of(messages: Sequence[Labelled]) -> str:
    """SHA-256 over sets and texts in any order, the measure's limits and the encoder."""
    lines = sorted(
        {f"{message.task}\t{message.set}\t{plain(message.text)}" for message in messages if not message.short}
    )
    return hashlib.sha256("\n".join([WEIGHTS_SHA256, str(BY_MEANING), *lines]).encode()).hexdigest()


def _key(pair: Pair) -> frozenset[str]:
    return frozenset((plain(pair[0].text), plain(pair[1].text)))


def _too_near(pair: Pair) -> str:
    one, other, cosine = pair
    return f"{one.place} and {other.place} say nearly the same ({cosine:.2f}): {one.text!r} and {other.text!r}"


def _written(pairs: Sequence[Sequence[str]], digest: str) -> str:
    return json.dumps({"pairs": pairs, "compared_by_meaning": digest}, ensure_ascii=False, indent=1) + "\n"


def _summary(messages: Sequence[Labelled]) -> str:
    counts = ", ".join(f"{sum(message.set == name for message in messages)} {name}" for name in SETS)
    return (
        f"Labelled messages: {counts}, by {len({message.author for message in messages})} authors; the sets are apart."
    )
