"""
How well intents and topics are understood, and how fast.

    python -m benchmarks.understanding.intents [FILE …] [--model] [--threads 1]

Each FILE holds one JSON object a line with `id`, `text`, `intent` and `topic`; the default
is the development sets.  The reader is trained from data/nlu (vectors of known lines come
from .cache), or with --model taken from the newest trained model.  Confusions are listed
for the development sets only: looking at them elsewhere would be tuning on a test set.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DEVELOPMENT = tuple(sorted((ROOT / "tests" / "vignettes").glob("intents_dev*.jsonl")))
#: Wrongful refusals at which out-of-scope recall is given.
REFUSALS = (0.01, 0.02, 0.05)


@dataclass(frozen=True)
class Case:
    text: str
    intent: str
    topic: str | None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, default=DEVELOPMENT)
    parser.add_argument("--model", action="store_true", help="use the newest trained model")
    parser.add_argument("--threads", type=int, default=1, help="processor cores for the encoder")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))  # read when NumPy is first imported
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(options.threads))
    reader = trained(from_model=options.model)
    taught = _taught()
    for path in map(Path.resolve, options.files):
        _measure(reader, path, taught)
    return 0


def trained(*, from_model: bool = False):  # type: ignore[no-untyped-def]
    """The reader of intents and topics, taught from data/nlu or taken from the newest model."""
    from bot.language.encoder import WEIGHTS_SHA256, Encoder
    from bot.language.intents import IntentReader, read_lines
    from bot.settings import read_settings

    encoder = Encoder.load(read_settings().encoder_path)
    if from_model:
        from bot.batch.intent import trained_reader

        return trained_reader(read_settings().model_dir, encoder=encoder, titles={})
    cache = ROOT / ".cache" / f"intent-vectors-{WEIGHTS_SHA256[:12]}.npz"
    lines = read_lines(ROOT / "data" / "nlu")
    start = time.perf_counter()
    reader = IntentReader.train(lines, encoder=encoder, cache=cache)
    print(f"trained on {len(lines)} lines in {time.perf_counter() - start:.0f} s")
    return reader


def _taught() -> set[str]:
    """Training lines as they are compared: short messages are often written the same by two people."""
    from bot.language.intents import read_lines
    from bot.language.intents.reader import bare

    return {bare(line.text) for line in read_lines(ROOT / "data" / "nlu")}


def read_cases(path: Path) -> list[Case]:
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Case(record["text"], record["intent"], record.get("topic")) for record in records]


def _measure(reader, path: Path, taught: set[str]) -> None:  # type: ignore[no-untyped-def]
    from bot.language.intents.reader import bare

    cases = read_cases(path)
    start = time.perf_counter()
    readings = [reader.read(case.text) for case in cases]
    seconds = time.perf_counter() - start
    pairs = list(zip(cases, readings, strict=True))
    print(f"\n{path.name}: {len(cases)} messages, {len(cases) / seconds:.0f} a second")
    right = [case.intent == reading.intent for case, reading in pairs]
    new = [good for case, good in zip(cases, right, strict=True) if bare(case.text) not in taught]
    print(f"  intent           {sum(right) / len(right):.3f}")
    print(f"                   {sum(new) / max(1, len(new)):.3f} on the {len(new)} that are not training lines too")
    topical = [(case, reading) for case, reading in pairs if case.topic]
    if topical:
        answered = [reading.topic for _, reading in topical]
        good = sum(case.topic == reading.topic for case, reading in topical)
        offered = sum(case.topic in reading.did_you_mean for case, reading in topical)
        wrong = sum(topic is not None for topic in answered) - good
        print(
            f"  topic            {good / len(topical):.3f}   offered in 'did you mean' {offered}, wrong answer {wrong}"
        )
    for line in outside(pairs):
        print(f"  at {line}")
    print(
        f"  calibration error {calibration_error([(r.confidence, c.intent == r.intent) for c, r in pairs]):.3f} (expected, ten bins)"
    )
    if path in DEVELOPMENT:
        confused = Counter((case.intent, reading.intent) for case, reading in pairs if case.intent != reading.intent)
        for (meant, read), count in confused.most_common():
            print(f"    {count:3d}  {meant} read as {read}")


def outside(pairs) -> list[str]:  # type: ignore[no-untyped-def]
    """Recall of out-of-scope messages as set, and at given shares of wrongful refusals."""
    out = [reading for case, reading in pairs if case.intent == "out_of_scope"]
    inside = [reading for case, reading in pairs if case.intent != "out_of_scope"]
    if not out or not inside:
        return []
    shares = sorted((_share(reading) for reading in inside), reverse=True)
    lines = []
    for allowed in REFUSALS:
        edge = shares[min(len(shares) - 1, int(allowed * len(shares)))]
        recall = sum(_share(reading) > edge for reading in out) / len(out)
        lines.append(f"{allowed:.2f} wrongful refusals: {recall:.3f} of what is out of scope caught")
    return lines


def _share(reading) -> float:  # type: ignore[no-untyped-def]
    return dict(reading.ranking).get("out_of_scope", 0.0)


def calibration_error(answers: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Mean distance between stated confidence and how often it was right, weighted by bin size."""
    total = 0.0
    for number in range(bins):
        low, high = number / bins, (number + 1) / bins
        group = [pair for pair in answers if low < pair[0] <= high or (number == 0 and pair[0] == 0)]
        if group:
            stated = sum(confidence for confidence, _ in group) / len(group)
            total += abs(stated - sum(right for _, right in group) / len(group)) * len(group)
    return total / len(answers)


if __name__ == "__main__":
    sys.exit(main())
