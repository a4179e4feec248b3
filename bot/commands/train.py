"""`b12bot train`: make the model current."""

from __future__ import annotations

import argparse

from bot.commands.terminal import CommandFailed, tell
from bot.settings import read_settings


def run(options: argparse.Namespace) -> int:
    from bot.engine import training

    settings = read_settings()
    if not options.force and training.is_current(settings.model_dir):
        tell("The model is current; nothing to train.")
        return 0
    try:
        training.train(settings.model_dir, tell=tell)
    except training.TrainingFailed as error:
        raise CommandFailed(str(error)) from error
    return 0
