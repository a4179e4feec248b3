"""
All figures of understanding, one command: `make bench-understanding`.

    python -m benchmarks.understanding [--note] [--no-others]

Measures the product's readers on the sealed test sets of tests/vignettes, beside a keyword list and, on the same lines,
Rasa's own pipeline and nlp.js taught a fixed sample of 2,000 lines.  `--note` replaces the part of benchmarks/RESULTS.md
between the marks; pictures go to benchmarks/plots, what went wrong to artefacts/errors (to be read only when a
set is retired).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks import drawing
from benchmarks.understanding import danger, findings, keywords, others
from benchmarks.understanding.intents import Case, calibration_error, outside, read_cases, trained
from benchmarks.understanding.shares import ROOT, VIGNETTES, machine, share
from bot.clinical.codes import Level

DANGER = tuple(sorted(VIGNETTES.glob("danger_test_*.jsonl")))
INTENTS = tuple(sorted(VIGNETTES.glob("intents_test_*.jsonl")))
FINDINGS = tuple(sorted(VIGNETTES.glob("findings_test_*.jsonl")))
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
BEGIN, END = "<!-- understanding: begin -->", "<!-- understanding: end -->"
ERRORS = ROOT / "artefacts" / "errors"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding", description=__doc__)
    parser.add_argument("--note", action="store_true", help="write the figures into benchmarks/RESULTS.md")
    parser.add_argument("--no-others", action="store_true", help="leave out what other people's readers make of it")
    options = parser.parse_args(arguments)
    if not options.no_others:
        for task in ("intents", "danger"):
            others.compare(task, texts_of(task))
    lines = [f"## Understanding, {date.today().isoformat()}", "", f"{machine()}; `make bench-understanding`."]
    for part in (_danger, _findings, _intents):
        lines += ["", *part()]
    text = "\n".join(lines)
    print(text)
    if options.note:
        _note(text)
    return 0


def texts_of(task: str) -> list[str]:
    """What the other readers are asked: every test message; of a danger conversation each turn."""
    if task == "danger":
        return sorted({turn for path in DANGER for case in danger.read_cases(path) for turn in case.turns})
    return sorted({case.text for path in INTENTS for case in read_cases(path)})


def _danger() -> list[str]:
    lines: list[str] = []
    screens = danger.screens()
    texts = texts_of("danger")
    for path in DANGER:
        cases = danger.read_cases(path)
        verdicts = {name: [danger.verdict(screen, case) for case in cases] for name, screen in screens.items()}
        verdicts["46 keywords"] = [_by(lambda turn: keywords.alarmed(turn), case) for case in cases]
        for name in ("stock Rasa", "nlp.js"):
            said = others.verdicts("danger", name, texts)
            if said:
                by_text = {text: label == "danger" for text, (label, _) in zip(texts, said, strict=True)}
                verdicts[name] = [_by(by_text.__getitem__, case) for case in cases]
        lines += [f"### Danger: {path.name}", "", *danger.report(cases, verdicts), ""]
        danger.write_errors(ERRORS / f"{path.stem}.jsonl", cases, verdicts["both"])
        dangers = [(case, found) for case, found in zip(cases, verdicts["both"], strict=True) if case.dangerous]
        for title, group_of in (("category", lambda case: case.category), ("style", lambda case: case.style)):
            groups: dict[str, tuple[int, int]] = {}
            for case, found in sorted(dangers, key=lambda pair: group_of(pair[0])):
                hits, count = groups.get(group_of(case), (0, 0))
                groups[group_of(case)] = hits + (found.level >= Level.URGENT), count + 1
            picture = drawing.FOLDER / f"{path.stem}_{title}.svg"
            drawing.bars(picture, f"Dangers caught, by {title} ({path.stem})", groups, goal=0.99)
            lines += [f"![dangers caught by {title}](plots/{picture.name})"]
    return lines


def _by(alarmed, case: danger.Case) -> danger.Verdict:  # type: ignore[no-untyped-def]
    """What a reader without memory and levels makes of a conversation: an alarm where one turn alarms it."""
    level = Level.EMERGENCY if any(alarmed(turn) for turn in case.turns) else Level.NONE
    return danger.Verdict(level, None)


def _findings() -> list[str]:
    rows, errors = findings.table(FINDINGS)
    for name, wrong in errors.items():
        _keep(ERRORS / f"{name}.jsonl", wrong)
    return ["### Findings and results", "", *rows]


def _intents() -> list[str]:
    reader, texts = trained(), texts_of("intents")
    said = {name: others.verdicts("intents", name, texts) for name in ("stock Rasa", "nlp.js")}
    lines = [
        "### Intents and topics",
        "",
        "| file | reader | intent | topic | wrong answer | out of scope caught | wrongly refused | calibration error |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for path in INTENTS:
        cases = read_cases(path)
        readings = [reader.read(case.text) for case in cases]
        ours = [(reading.intent, reading.topic, reading.confidence) for reading in readings]
        lines.append(f"| {path.name} | ours | {_figures(cases, ours)} |")
        for name, labels in said.items():
            if labels:
                by_text = dict(zip(texts, labels, strict=True))
                lines.append(
                    f"| {path.name} | {name} | {_figures(cases, [_split(*by_text[case.text]) for case in cases])} |"
                )
        lines += [f"| {path.name} | ours, at {row} |" for row in outside(list(zip(cases, readings, strict=True)))]
        right = [case.intent == intent for case, (intent, _, _) in zip(cases, ours, strict=True)]
        picture = drawing.FOLDER / f"{path.stem}_reliability.svg"
        drawing.reliability(picture, f"Intents: stated and true ({path.stem})", [row[2] for row in ours], right)
        wrong = [
            {"text": case.text, "expected": [case.intent, case.topic], "found": [intent, topic]}
            for case, (intent, topic, _) in zip(cases, ours, strict=True)
            if (case.intent, case.topic) != (intent, topic)
        ]
        _keep(ERRORS / f"{path.stem}.jsonl", wrong)
    return lines


def _split(label: str | None, confidence: float) -> tuple[str, str | None, float]:
    intent, _, topic = (label or "out_of_scope").partition(" ")
    return {"None": "out_of_scope", "nlu_fallback": "out_of_scope"}.get(intent, intent), topic or None, confidence


def _figures(cases: Sequence[Case], found: Sequence[tuple[str, str | None, float]]) -> str:
    pairs = list(zip(cases, found, strict=True))
    topical = [(case, topic) for case, (_, topic, _) in pairs if case.topic]
    out = [intent == "out_of_scope" for case, (intent, _, _) in pairs if case.intent == "out_of_scope"]
    refused = [intent == "out_of_scope" for case, (intent, _, _) in pairs if case.intent != "out_of_scope"]
    return " | ".join(
        (
            share(case.intent == intent for case, (intent, _, _) in pairs),
            share(case.topic == topic for case, topic in topical),
            share(topic is not None and topic != case.topic for case, topic in topical),
            share(out),
            share(refused),
            f"{calibration_error([(confidence, case.intent == intent) for case, (intent, _, confidence) in pairs]):.3f}",
        )
    )


def _keep(path: Path, rows: Sequence[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows), encoding="utf-8")


def _note(text: str) -> None:
    """Replace the part between the marks; add it at the end where there is none yet."""
    old = RESULTS.read_text(encoding="utf-8")
    part = f"{BEGIN}\n{text}\n{END}\n"
    if BEGIN in old and END in old:
        before, rest = old.split(BEGIN, 1)
        part = before + part + rest.split(END + "\n", 1)[-1]
    else:
        part = old.rstrip() + "\n\n" + part
    RESULTS.write_text(part, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
