"""Nothing that has to be covered is left out, and the page that says so is not stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.coverage import coverage_page, covered_by, load_coverage
from bot.knowledge.strict import Fault

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "bot" / "knowledge"

#: How many topics each source article holds.
TOPICS = {"S000": 37, "S001": 30, "S002": 25, "S003": 28}


@pytest.fixture(scope="module")
def covered() -> dict[str, tuple[str, ...]]:
    faults: list[Fault] = []
    found = covered_by(FOLDER, faults)
    assert faults == []
    return found


@pytest.mark.parametrize(("article", "count"), TOPICS.items())
def test_every_topic_of_an_article_is_listed(article: str, count: int) -> None:
    listed = {item.id for item in load_coverage(FOLDER, [])}
    assert {f"{article}-{number:02d}" for number in range(1, count + 1)} <= listed


def test_corrections_filled_lists_myths_and_limits_are_listed() -> None:
    listed = {item.id for item in load_coverage(FOLDER, [])}
    assert {f"C{n}" for n in range(1, 10)} | {f"F{n}" for n in range(1, 8)} | {f"M{n}" for n in range(1, 14)} <= listed


def test_every_item_is_covered(covered: dict[str, tuple[str, ...]]) -> None:
    assert [item for item, by in covered.items() if not by] == []


@pytest.mark.parametrize("article", TOPICS)
def test_every_topic_is_covered_by_words_a_patient_can_read(covered: dict[str, tuple[str, ...]], article: str) -> None:
    """A rule alone would not do: the topic must stand in an answer, a step or a list."""
    for item, by in covered.items():
        if item.startswith(article):
            assert any(name.startswith(("FAQ-", "clot talk", "F7", "clinician_questions")) for name in by), item


def test_the_page_is_what_the_content_says() -> None:
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    assert page == coverage_page(FOLDER), "run: python -m bot.knowledge.coverage > docs/coverage.md"
