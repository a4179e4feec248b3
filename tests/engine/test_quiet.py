"""Whoever trains the model on a terminal reads our sentences and real warnings, not the libraries' greetings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: What training does before it learns: the libraries, the domain and its checks, and one warning of Rasa's own kind.
STEPS = """
from bot.engine.quiet import hear_warnings, quiet_rasa, silence_library_noise

silence_library_noise()
import rasa.model_training
import rasa.core.policies.ted_policy
import rasa.engine.caching
from rasa.shared.core.domain import Domain
from rasa.shared.utils.io import raise_warning

quiet_rasa()
hear_warnings()
Domain.load("domain.yml")
raise_warning("two intents have the same example")
"""


def test_training_says_nothing_on_standard_error_but_what_is_wrong_with_the_data() -> None:
    quiet = ("PYTHONWARNINGS", "TF_CPP_MIN_LOG_LEVEL", "SQLALCHEMY_SILENCE_UBER_WARNING")
    environment = {name: value for name, value in os.environ.items() if name not in quiet}
    done = subprocess.run(
        [sys.executable, "-c", STEPS], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stderr.splitlines() if "Warning" in line]
    assert len(said) == 1 and "UserWarning: two intents have the same example" in said[0], done.stderr
    for noise in ("SQLALCHEMY", "tensorflow", "TensorFlow", "it/s]", "Slot auto-fill"):
        assert noise not in done.stderr, done.stderr
