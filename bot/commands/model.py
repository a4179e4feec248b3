"""`b12bot model read|compare|back`: what a new model reads differently, whether it may take the old one's place, and the way back."""

from __future__ import annotations

import argparse
import json
import tarfile
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from bot.commands.terminal import CommandFailed, tell
from bot.conversation.model_comparison import compare
from bot.settings import read_settings

_SHOWN = 40
Row = dict[str, Any]


def run(options: argparse.Namespace) -> int:
    """Exit status 1 when the new model misses a danger that the old one found."""
    if options.action == "back":
        return _back()
    if not options.old:
        raise CommandFailed(f"say which: b12bot model {options.action} and a model (.tar.gz) or readings (.jsonl).")
    expected = _expected(options.data, ledger=not options.no_ledger)
    if not expected:
        raise CommandFailed("there is nothing to compare on: no approved example in the ledger, and no --data FILE.")
    if options.action == "read":
        readings = _read(_model(options.old), expected)
        Path(options.out).write_text("".join(json.dumps(row) + "\n" for row in readings.values()), encoding="utf-8")
        tell(f"{len(readings)} messages read; the readings are in {options.out}.")
        return 0
    if not options.new:
        raise CommandFailed("say both: b12bot model compare OLD NEW; each a model (.tar.gz) or readings (.jsonl).")
    try:
        found = compare(expected, _readings(options.old, expected), _readings(options.new, expected))
    except KeyError as error:
        raise CommandFailed(f"message {error} stands in none of the readings; read both over the same data.") from error
    tell(f"{found.compared} messages compared, {len(found.changes)} changes.")
    for what, number in found.counts().items():
        tell(f"{number:6}  {what.replace('_', ' ')}")
    for change in sorted(found.changes, key=lambda one: one not in found.refused_for)[:_SHOWN]:
        tell(f"  {change.id}: {change.what.replace('_', ' ')}, {change.old} -> {change.new}")
    if found.refused_for:
        tell(f"Refused: the new model misses or lowers {len(found.refused_for)} dangers that the old one found.")
        return 1
    tell("The new model misses no danger that the old one found. It may be promoted.")
    return 0


def _back() -> int:
    from bot.engine import training

    try:
        path = training.go_back(read_settings().model_dir)
    except training.TrainingFailed as error:
        raise CommandFailed(str(error)) from error
    tell(f"{path.name} is current again: restart the doors one after the other. b12bot run would train anew.")
    return 0


def _expected(files: list[str], *, ledger: bool) -> list[Row]:
    rows: list[Row] = []
    if ledger:
        from bot import wiring
        from bot.conversation.learning import as_regression

        rows += as_regression(wiring.desk(read_settings()).examples(state="approved", limit=100_000))
    for name in files:
        rows += [row for row in _lines(name) if isinstance(row.get("text"), str)]
    return rows


def _readings(name: str, expected: list[Row]) -> dict[str, Row]:
    if name.endswith(".jsonl"):
        return {str(row["id"]): row for row in _lines(name)}
    return _read(_model(name), expected)


def _read(model: Path, expected: list[Row]) -> dict[str, Row]:
    """Danger by this program's rules and classifier, intents by the model."""
    from bot import wiring
    from bot.batch import intent, triage
    from bot.language.encoder import Encoder
    from bot.language.intents import IntentsNotTrained

    settings = read_settings()
    parts = wiring.parts_for(settings.region, settings.clinic_profile, settings.mode)
    titles = {parts.answers.question(answer.id, region=settings.region): answer.id for answer in parts.answers}
    try:
        reader = intent.reader_of(model, encoder=Encoder.load(settings.encoder_path), titles=titles)
    except IntentsNotTrained as error:
        raise CommandFailed(str(error)) from error
    except (OSError, ValueError, KeyError, tarfile.TarError) as error:
        raise CommandFailed(
            f"{model.name} cannot be read as a model ({type(error).__name__}); expected a .tar.gz that b12bot train wrote."
        ) from error
    screen = triage.handler(region=settings.region, today=date.today())
    said: dict[str, list[str]] = defaultdict(list)
    found = {}
    for row in expected:
        key = str(row["id"])
        turns = said[str(row.get("conversation", key))]
        turns.append(row["text"])
        level = screen({"id": key, "turns": list(turns)})["level"]
        found[key] = {"id": key, "level": level, "intent": reader.read(row["text"]).intent}
    return found


def _model(name: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise CommandFailed(f"{name} is no file; expected a model (.tar.gz) or readings (.jsonl).")
    return path


def _lines(name: str) -> list[Row]:
    try:
        return [json.loads(line) for line in Path(name).read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{name} cannot be read as JSON lines ({type(error).__name__}).") from error
