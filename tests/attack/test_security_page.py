"""Every proof that docs/security.md names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def named() -> list[tuple[str, str]]:
    """Test files with a test; a name without a file belongs to the file before it in its line."""
    found = []
    for line in PAGE.splitlines():
        file = ""
        for quoted in re.findall(r"`([^`]+)`", line):
            path, _, test = quoted.partition(": ")
            if path.endswith(".py") and not path.startswith("bot/"):
                file = path
                found.append((file, test))
            elif quoted.startswith("test_") and file:
                found.append((file, quoted))
    return found


@pytest.mark.parametrize(("file", "test"), named())
def test_a_proof_that_the_page_names_exists(file: str, test: str) -> None:
    path = ROOT / "tests" / file
    assert path.is_file()
    assert re.search(rf"def {re.escape(test.rstrip('…'))}", path.read_text(encoding="utf-8")) or not test


def test_the_page_names_proofs() -> None:
    assert len(named()) > 30
