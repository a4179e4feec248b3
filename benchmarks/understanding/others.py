"""
Other people's readers, taught the same 2,000 lines: Rasa's own pipeline as `rasa init` writes it, and nlp.js.

    python -m benchmarks.understanding.others TASK        (TASK: intents or danger; trains both, minutes)

Their verdicts are kept in .cache/others/ by a digest of lines and files, so the comparison is made once.
nlp.js comes from npm (benchmarks/understanding/package.json).
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from benchmarks.understanding.shares import ROOT
from bot.language.danger_lines import read_danger_lines
from bot.language.intents import read_lines

HERE = Path(__file__).resolve().parent
CACHE = ROOT / ".cache" / "others"
SAMPLE, SEED = 2000, 20261120

#: What `rasa init` of Rasa 3.6 writes into config.yml.
STOCK = """recipe: default.v1
language: en
assistant_id: stock
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: 100
  constrain_similarities: true
- name: EntitySynonymMapper
- name: ResponseSelector
  epochs: 100
  constrain_similarities: true
- name: FallbackClassifier
  threshold: 0.3
  ambiguity_threshold: 0.1
policies: []
"""


@dataclass(frozen=True)
class Taught:
    """One line of the sample: text and the label a reader should give."""

    text: str
    label: str


def sample(task: str) -> list[Taught]:
    """The fixed sample: the same lines whatever is added to the training data later."""
    lines = (HERE / f"sample_{task}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Taught(**json.loads(line)) for line in lines]


def draw(task: str) -> list[Taught]:
    """How the sample was drawn.  Labels: `ask_faq FAQ-20` or an intent; for danger `danger` or `harmless`."""
    if task == "intents":
        lines = [
            Taught(line.text, f"{line.intent} {line.topic or ''}".strip()) for line in read_lines(ROOT / "data" / "nlu")
        ]
    else:
        read = read_danger_lines(ROOT / "data" / "danger")
        lines = [
            Taught(line.text, "danger" if line.dangerous else "harmless") for line in read if line.level.code != "check"
        ]
    lines = sorted({line.text.casefold(): line for line in lines}.values(), key=lambda line: line.text)
    random.Random(SEED).shuffle(lines)
    chosen, labels = lines[:SAMPLE], {line.label for line in lines[:SAMPLE]}
    # every label at least twice, or the others could not learn it
    rest = [line for line in lines[SAMPLE:] if line.label not in labels]
    return chosen + [line for number, line in enumerate(rest) if sum(o.label == line.label for o in rest[:number]) < 2]


def verdicts(task: str, reader: str, texts: Sequence[str]) -> list[tuple[str, float]] | None:
    """(label, confidence) for each text as kept, or None where this comparison has not been made of all of them."""
    said = _said(task, reader)
    return [tuple(said[text]) for text in texts] if all(text in said for text in texts) else None


def compare(task: str, texts: Sequence[str]) -> None:
    """Teach both readers and keep what they say of `texts`."""
    lines = sample(task)
    for reader, run in (("stock Rasa", _rasa), ("nlp.js", _nlpjs)):
        if verdicts(task, reader, texts) is not None:
            continue
        start = time.perf_counter()
        found = run(task, lines, list(texts))
        seconds = round(time.perf_counter() - start)
        path = _kept(task, reader)
        path.parent.mkdir(parents=True, exist_ok=True)
        said = dict(zip(texts, found, strict=True))
        path.write_text(json.dumps({"lines": len(lines), "seconds": seconds, "verdicts": said}), encoding="utf-8")
        print(f"{task}: {reader} taught {len(lines)} lines and asked {len(texts)} in {seconds} s")


def _said(task: str, reader: str) -> dict[str, list[Any]]:
    path = _kept(task, reader)
    return json.loads(path.read_text(encoding="utf-8"))["verdicts"] if path.exists() else {}


def _kept(task: str, reader: str) -> Path:
    taught = json.dumps([[line.text, line.label] for line in sample(task)])
    return CACHE / f"{task}-{reader.replace(' ', '-')}-{hashlib.sha256(taught.encode()).hexdigest()[:16]}.json"


def _rasa(task: str, lines: Sequence[Taught], texts: list[str]) -> list[tuple[str, float]]:
    folder = CACHE / f"stock-{task}"
    folder.mkdir(parents=True, exist_ok=True)
    names = {label: f"label_{number}" for number, label in enumerate(sorted({line.label for line in lines}))}
    (folder / "config.yml").write_text(STOCK, encoding="utf-8")
    nlu = {"version": "3.1", "nlu": [_block(names[label], label, lines) for label in names]}
    with (folder / "nlu.yml").open("w", encoding="utf-8") as file:
        YAML().dump(nlu, file)
    (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "benchmarks.understanding.stock_rasa", str(folder)], cwd=ROOT, check=True)
    labels = {name: label for label, name in names.items()}
    answers = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    return [(labels.get(name, name), confidence) for name, confidence in answers]


def _block(name: str, label: str, lines: Sequence[Taught]) -> dict[str, str]:
    examples = [
        " ".join(line.text.split()).replace("[", "(").replace("]", ")") for line in lines if line.label == label
    ]
    return {"intent": name, "examples": "".join(f"- {example}\n" for example in examples)}


def _nlpjs(task: str, lines: Sequence[Taught], texts: list[str]) -> list[tuple[str, float]]:
    if not (HERE / "node_modules").exists():
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    said = json.dumps({"lines": [[line.text, line.label] for line in lines], "texts": texts})
    done = subprocess.run(["node", "nlpjs.mjs"], cwd=HERE, input=said, capture_output=True, text=True, check=True)
    return [tuple(pair) for pair in json.loads(done.stdout.splitlines()[-1])]  # before it: progress


if __name__ == "__main__":
    from benchmarks.understanding.__main__ import texts_of

    for name in sys.argv[1:] or ("intents", "danger"):
        compare(name, texts_of(name))
