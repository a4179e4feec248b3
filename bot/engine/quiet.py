"""
Keep Rasa from printing what patients wrote, and libraries from greeting whoever starts the assistant.

At its default level Rasa logs every message and slot.
"""

from __future__ import annotations

import logging
import os
import warnings

#: Read by the libraries when they are imported.  SQLAlchemy: Rasa is written for 1.4, to which it is pinned.
_ENVIRONMENT = {
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    "PYTHONWARNINGS": "ignore",  # for child processes
}

#: For the libraries' own developers.
_NOT_FOR_US = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning, ResourceWarning)

#: Said of every domain, whatever stands in it.
_OF_EVERY_DOMAIN = "Slot auto-fill has been removed"


def silence_library_noise() -> None:
    """
    TensorFlow, SQLAlchemy and others greet at every start; their warnings are for their own developers.

    To be called before they are imported.  What is set in the environment is left as it is.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore")


def quiet_rasa(level: int = logging.ERROR) -> None:
    """Sets Rasa's structured logging and TensorFlow's to `level`; no warning is heard, for it may quote a message."""
    silence_library_noise()
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(level)
    for name in ("rasa", "rasa_sdk", "tensorflow", "absl", "matplotlib", "asyncio", "sanic.root"):
        logging.getLogger(name).setLevel(level)


def hear_warnings() -> None:
    """Where no patient is: what Rasa warns of in the training data is heard, the rest stays silent."""
    warnings.simplefilter("default")
    for category in _NOT_FOR_US:
        warnings.simplefilter("ignore", category)
    warnings.filterwarnings("ignore", message=_OF_EVERY_DOMAIN)
