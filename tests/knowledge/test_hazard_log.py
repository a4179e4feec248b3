"""The hazard log and the safety case point at things that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOG = (ROOT / "docs" / "hazard-log.md").read_text(encoding="utf-8")
CASE = (ROOT / "docs" / "safety-case.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"`((?:bot|tests|docs)/[^`]+)`", LOG + CASE)))
ROWS = [line for line in LOG.splitlines() if re.match(r"\| H\d", line)]


@pytest.mark.parametrize("path", PATHS)
def test_every_control_and_proof_that_is_named_exists(path: str) -> None:
    file, _, name = path.partition("::")
    assert (ROOT / file).exists()
    if name:
        assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_all_hazards_are_listed_once_with_every_column() -> None:
    ids = [row.split("|")[1].strip() for row in ROWS]
    assert sorted(ids) == [f"H{number:02}" for number in range(1, len(ids) + 1)]
    assert len(ids) >= 37
    for row in ROWS:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 9 and all(cells), row
        assert cells[4] in "12345" and cells[5] in "LMH", row


@pytest.mark.parametrize("row", ROWS, ids=[row.split("|")[1].strip() for row in ROWS])
def test_each_hazard_points_at_what_guards_it(row: str) -> None:
    guarded = row.split("|")[8]
    assert re.search(r"`tests/[a-z_/]+\.py(::test_[a-z0-9_]+)?`", guarded), "name the test that proves the control"


def test_examples_that_are_named_exist() -> None:
    examples = (ROOT / "bot" / "knowledge" / "worked_examples.yml").read_text(encoding="utf-8")
    for name in re.findall(r"\bE\d+\b", LOG):
        assert f"- id: {name}\n" in examples


def test_nobody_is_said_to_have_approved() -> None:
    assert "It carries no approval" in CASE
    assert not re.search(r"(?i)approved by|signed by|reviewed by dr", LOG + CASE)
