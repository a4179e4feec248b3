"""Keep Rasa from printing what patients wrote: at its default level it logs every message and slot."""

from __future__ import annotations

import logging
import os
import warnings


def quiet_rasa(level: int = logging.ERROR) -> None:
    """Sets Rasa's structured logging and TensorFlow's to `level`, and telemetry off."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.filterwarnings("ignore")
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(level)
    for name in ("rasa", "rasa_sdk", "tensorflow", "absl", "matplotlib", "asyncio", "sanic.root"):
        logging.getLogger(name).setLevel(level)
