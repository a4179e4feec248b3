"""Whole talks through the trained model (talks.yml): what must be said in each turn, and what must not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from .conftest import Heard

pytestmark = pytest.mark.model


def _talks(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = YAML(typ="safe").load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return found


TALKS = _talks("talks.yml")

#: Written from the clinical reference before the assistant's answers were seen; read without regard to case.
INDEPENDENT = _talks("independent_talks.yml")

#: Nobody is diagnosed, dosed or reassured, and nothing breaks.
NEVER_AT_ALL = (
    "Something went wrong",
    "as an AI",
    "you have pernicious anaemia",
    "probably nothing",
    "don't worry",
    "{",
)


def _as_param(script: dict[str, Any]) -> Any:
    """A talk whose `not_yet` says why it disappoints is held all the same; once it no longer does, its `not_yet` has to go."""
    why = script.get("not_yet")
    return pytest.param(script, id=str(script["id"]), marks=[pytest.mark.xfail(reason=why, strict=True)] if why else [])


@pytest.mark.parametrize("script", [_as_param(script) for script in (*TALKS, *INDEPENDENT)])
def test_talk_says_what_it_must_and_nothing_it_must_not(script: dict[str, Any], open_talk: Callable[[], Heard]) -> None:
    talk = open_talk()
    if script.get("consent", True):
        talk.say("yes that's fine")
    asked: list[str] = []
    erased = False
    for turn in script["turns"]:
        before = len(talk.shown)
        said = talk.say(turn["p"])
        read = str.lower if script in INDEPENDENT else str
        for words in turn.get("must", ()):
            assert read(words) in read(said), f"{turn['p']!r} was answered without {words!r}:\n{said}"
        one_of = turn.get("one_of")
        if one_of:
            assert any(read(words) in read(said) for words in one_of), f"{turn['p']!r}: none of {one_of}:\n{said}"
        for words in (*turn.get("never", ()), *NEVER_AT_ALL):
            assert read(words) not in read(said), f"{turn['p']!r} was answered with {words!r}:\n{said}"
        questions = [
            row.reply.text for row in talk.shown[before:] if (row.reply.custom or {}).get("kind") == "question"
        ]
        assert not set(questions) & set(asked[-1:]), f"the same words twice after {turn['p']!r}: {questions}"
        asked += questions
        erased = "being deleted" in said
    if not erased:
        assert talk.level.code == script.get("level", "none")


def test_the_talks_are_many_and_all_different() -> None:
    names = [script["id"] for script in (*TALKS, *INDEPENDENT)]
    assert len(names) == len(set(names)) >= 80
    assert len(INDEPENDENT) >= 20
