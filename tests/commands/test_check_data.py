"""The sets of labelled messages stay apart, and a mixture is named."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from bot.commands import check_data
from bot.commands.terminal import CommandFailed

LINE = {"level": "none", "category": None, "style": "plain"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("data/danger", "data/nlu", "tests/vignettes"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(check_data, "ROOT", tmp_path)
    monkeypatch.setattr(check_data, "LOOKED_AT", tmp_path / "data/looked_at.json")
    _looked_at(tmp_path, [])
    _write(tmp_path / "data/danger/train_ann.jsonl", "my left calf is hot and swollen", author="ann", set="train")
    return tmp_path


def _write(path: Path, text: str, **label: str) -> None:
    path.write_text(json.dumps({"text": text, **LINE, **label}) + "\n", encoding="utf-8")


def _looked_at(root: Path, pairs: list[list[str]]) -> None:
    record = {"pairs": pairs, "compared_by_meaning": ""}
    (root / "data/looked_at.json").write_text(json.dumps(record), encoding="utf-8")


def _run() -> int:
    return check_data.run(argparse.Namespace())


@pytest.mark.parametrize("label", [{"author": "bo"}, {"set": "test"}, {"author": "bo", "set": "exam"}])
def test_a_message_without_author_or_set_is_refused(folder: Path, label: dict[str, str], capsys) -> None:  # type: ignore[no-untyped-def]
    _write(folder / "tests/vignettes/danger_test_x.jsonl", "the washing machine flooded", **label)
    with pytest.raises(CommandFailed, match="1 faults"):
        _run()
    assert "danger_test_x.jsonl:1: expected an author and a set" in capsys.readouterr().out


def test_an_author_in_two_sets_is_refused(folder: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    _write(folder / "tests/vignettes/danger_test_x.jsonl", "the washing machine flooded", author="ann", set="test")
    with pytest.raises(CommandFailed):
        _run()
    assert "Author 'ann' stands in test and train" in capsys.readouterr().out


def test_a_repeated_message_is_refused_unless_it_was_looked_at(folder: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    _write(folder / "tests/vignettes/danger_test_x.jsonl", "My left calf is hot & swollen!", author="bo", set="test")
    with pytest.raises(CommandFailed):
        _run()
    assert "say nearly the same" in capsys.readouterr().out
    _looked_at(folder, [["my left calf is hot & swollen", "my left calf is hot and swollen"]])
    assert _run() == 0


def test_the_same_meaning_in_other_words_is_refused(folder: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    _write(
        folder / "tests/vignettes/danger_test_x.jsonl", "my left calf is swollen and it is hot", author="bo", set="test"
    )
    with pytest.raises(CommandFailed):
        _run()
    assert "say nearly the same" in capsys.readouterr().out


def test_messages_of_another_task_and_short_ones_may_repeat(folder: Path) -> None:
    text = "my left calf is hot and swollen"
    _write(folder / "tests/vignettes/findings_test_x.jsonl", text, author="bo", set="test")
    _write(folder / "data/danger/train_ann2.jsonl", "yes please", author="ann", set="train")
    _write(folder / "tests/vignettes/danger_test_y.jsonl", "Yes please", author="cy", set="test")
    assert _run() == 0


def test_a_clean_comparison_is_remembered_by_its_digest(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(folder / "tests/vignettes/danger_test_x.jsonl", "the washing machine has flooded", author="bo", set="test")
    assert _run() == 0

    def never(*_: object) -> None:
        raise AssertionError("compared again although nothing changed")

    monkeypatch.setattr(check_data, "near_by_meaning", never)
    assert _run() == 0
