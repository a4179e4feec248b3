"""docs/talks holds one page for each talk, and the patient's words on it are those of the talk as it is now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "talks"


def _writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("write_talks", FOLDER / "write.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


WRITER = _writer()
AGAIN = "run .venv/bin/python docs/talks/write.py"


def test_every_talk_has_a_page_and_every_page_a_talk() -> None:
    assert {page.stem for page in FOLDER.glob("*.md")} == set(WRITER.talks()), AGAIN


@pytest.mark.parametrize("name", WRITER.talks())
def test_a_page_tells_the_talk_as_it_is_now(name: str) -> None:
    talk = WRITER.talks()[name]
    page = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {WRITER.title(talk)}\n"), AGAIN
    at = 0
    for turn in talk["turns"]:
        at = page.find(WRITER.said_by_patient(turn["p"]), at)
        assert at >= 0, f"{turn['p']!r} is not on the page; {AGAIN}"
    assert page.count("**Patient:**") == len(talk["turns"]), AGAIN
    assert page.count("**Assistant:**") >= len(talk["turns"]), AGAIN
