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
    from bot.conversation.learning import as_regression, as_training

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
    tell(f"{len(approved)} approved examples were written to {folder}.")
    return 0
