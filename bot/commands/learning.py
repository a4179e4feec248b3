"""`b12bot learning export FOLDER`: what two members of staff have approved, as training examples and regression rows."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bot.commands.terminal import CommandFailed, tell
from bot.settings import read_settings


def run(options: argparse.Namespace) -> int:
    from datetime import datetime, timezone

    from bot import wiring
    from bot.conversation.learning import as_regression, as_training, teachable

    desk = wiring.desk(read_settings())
    approved = desk.examples(state="approved", limit=100_000)
    folder = Path(options.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "nlu_from_review.yml").write_text(as_training(approved), encoding="utf-8")
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in as_regression(approved))
        (folder / "regression_from_review.jsonl").write_text(lines, encoding="utf-8")
    except OSError as error:
        raise CommandFailed(f"{folder} cannot be written ({error.strerror}).") from error
    details = {"examples": len(approved)}
    now = datetime.now(timezone.utc)
    desk.write_audit(action="examples.exported", target="-", by="system", now=now, details=details)
    learnt = sum(map(teachable, approved))
    tell(
        f"{len(approved)} approved examples were written to {folder}: {learnt} to learn from, all of them to be tested on."
    )
    if learnt < len(approved):
        tell("Conversations, messages without a right wish, and questions whose topic nobody can tell are tests only.")
    return 0
