"""What a test needs of the machine: left out by name where it is missing, but a failure in continuous integration."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def leave_out(reason: str) -> NoReturn:
    """A test that could not run proves nothing, so with `CI=true` it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
