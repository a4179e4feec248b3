"""
How many messages a second `b12bot batch` reads on one core.

`.venv/bin/python -m benchmarks.batch` runs the real commands (findings; triage by rules
alone and with the encoder; intent) over messages of up to 20 words from the development
sets, each pinned to the first core (`taskset -c 0`), and prints messages per second of
wall time and per second of processor time, start-up not counted.  On a busy machine the
second figure is what a free core would do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETS = ("findings_dev", "findings_dev_2", "screen_dev", "intents_dev")
LONGEST = 20  # words
WARM = 20  # lines answered before the clock starts
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Run:
    """One command: its name in the table, the part, the floor it must reach, and whether the encoder is at hand."""

    name: str
    part: str
    floor: int  # messages a second
    encoder: bool


RUNS = (
    Run("findings", "findings", 100, encoder=False),
    Run("triage, rules alone", "triage", 100, encoder=False),
    Run("triage, with the encoder", "triage", 35, encoder=True),
    Run("intent, with the encoder", "intent", 35, encoder=True),
)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=600)
    wanted = options.parse_args().messages
    texts = list(messages(wanted))
    slow = 0
    print(f"{len(texts)} messages of up to {LONGEST} words, one core\n")
    print(f"{'command':28}{'per s (wall)':>14}{'per s (processor)':>20}{'floor':>8}")
    for run in RUNS:
        wall, processor = speed(run, texts)
        slow += processor < run.floor
        print(f"{run.name:28}{wall:14.0f}{processor:20.0f}{run.floor:8}")
    return 1 if slow else 0


def messages(wanted: int) -> Iterator[str]:
    """Messages of the development sets in turn, none twice."""
    seen: set[str] = set()
    sources = [list(_texts(ROOT / "tests" / "vignettes" / f"{name}.jsonl")) for name in SETS]
    for place in range(max(len(source) for source in sources)):
        for source in sources:
            if place < len(source) and len(source[place].split()) <= LONGEST and source[place] not in seen:
                seen.add(source[place])
                yield source[place]
                if len(seen) == wanted:
                    return


def _texts(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield from row["turns"] if "turns" in row else [row["text"]]


def speed(run: Run, texts: list[str]) -> tuple[float, float]:
    """Messages per second of wall time and of processor time, from the first warm line to the last."""
    with tempfile.TemporaryDirectory(prefix="b12-batch-") as folder:
        file = Path(folder) / "in.jsonl"
        key = "turns" if run.part == "triage" else "text"
        file.write_text(
            "".join(
                json.dumps({"id": number, key: [text] if key == "turns" else text}) + "\n"
                for number, text in enumerate(texts)
            ),
            encoding="utf-8",
        )
        environment = dict(os.environ)
        if not run.encoder:
            environment["B12_ENCODER"] = folder  # no encoder there: what can be read without one is
        command = ["taskset", "-c", "0", sys.executable, "-m", "bot", "batch", run.part, str(file)]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            began = used = 0.0
            lines = 0
            for lines, _ in enumerate(process.stdout, start=1):
                if lines == WARM:
                    began, used = time.perf_counter(), _processor_seconds(process.pid)
                if lines == len(texts):
                    break
            wall, processor = time.perf_counter() - began, _processor_seconds(process.pid) - used
        if lines < len(texts):
            raise SystemExit(f"{run.name}: {lines} of {len(texts)} lines were answered; run the command by hand.")
    return (lines - WARM) / wall, (lines - WARM) / processor


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


if __name__ == "__main__":
    sys.exit(main())
