"""`b12bot keys`: made, used, changed and missed as an operator does it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conversation.world import World

from bot.cli import main
from bot.records.vault import key_name, new_key

Run = Callable[..., tuple[int, str, str]]
OLD, NEW = new_key(), new_key()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command with these keys; status, output and what was said on standard error."""

    def called(*arguments: str, keys: str) -> tuple[int, str, str]:
        monkeypatch.setenv("B12_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("B12_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
        monkeypatch.setenv("B12_TEXT_KEYS", keys)
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return called


def talk(tmp_path: Path, *keys: str, text: str, number: int = 0) -> list[str]:
    """One conversation goes on; what its page shows then."""

    async def going_on() -> list[str]:
        world = World(tmp_path, keys=keys, number=number)
        await world.say(text)
        texts = await world.texts()
        world.close()
        return texts

    return asyncio.run(going_on())


def test_a_new_key_is_one_that_is_accepted_and_never_the_same(run: Run) -> None:
    first, second = (run("keys", "new", keys="")[1].strip() for _ in range(2))
    assert first != second
    assert len(key_name(first)) == 8


def test_on_changed_and_off_again_as_the_manual_says(run: Run, tmp_path: Path) -> None:
    talk(tmp_path, text="my fingertips feel like velcro")
    status, said, _ = run("keys", "rotate", keys=OLD)
    assert status == 0 and f"sealed under key {key_name(OLD)}: " in said
    assert b"velcro" not in (tmp_path / "ledger.db").read_bytes()
    assert run("keys", "rotate", keys=f"{NEW},{OLD}")[0] == 0
    assert "my fingertips feel like velcro" in talk(tmp_path, NEW, text="still here", number=10)
    status, said, _ = run("keys", "rotate", keys=f"plain,{NEW}")
    assert status == 0 and "texts are stored as they are" in said
    assert "still here" in talk(tmp_path, text="and now?", number=20)


@pytest.mark.parametrize("command", [("keys", "rotate"), ("staff", "list"), ("retention", "run"), ("serve", "console")])
@pytest.mark.parametrize("keys", ["", NEW], ids=["no key", "another key"])
def test_a_missing_key_is_one_sentence(run: Run, tmp_path: Path, command: tuple[str, ...], keys: str) -> None:
    talk(tmp_path, OLD, text="hello")
    status, _, said = run(*command, keys=keys)
    assert status == 2
    assert said.startswith(f"b12bot: texts in this database are sealed under key {key_name(OLD)}, which B12_TEXT_KEYS")
    assert said.count("\n") == 1 and "put the key back" in said


def test_a_key_that_is_none_is_refused_and_not_shown(run: Run, tmp_path: Path) -> None:
    talk(tmp_path, text="hello")
    status, _, said = run("staff", "list", keys="my-secret-word")
    assert status == 2 and "B12_TEXT_KEYS, key 1 of 1" in said and "my-secret-word" not in said


def test_rotating_without_any_key_says_what_to_do(run: Run, tmp_path: Path) -> None:
    talk(tmp_path, text="hello")
    status, _, said = run("keys", "rotate", keys="")
    assert status == 2 and "b12bot keys new" in said


def test_what_was_set_aside_is_shown_to_who_has_the_key(run: Run, tmp_path: Path) -> None:
    from bot.records.journal import sealed_payload
    from bot.records.vault import Vault

    (tmp_path / "journal").mkdir()
    entry = {"kind": "arrival", "payload": sealed_payload({"text": "velcro"}, Vault([OLD])), "error": "ValueError"}
    file = tmp_path / "journal" / "set-aside.jsonl"
    file.write_text(json.dumps(entry) + "\n", encoding="utf-8")
    status, said, _ = run("keys", "open", keys=OLD)
    assert status == 0 and json.loads(said)["payload"] == {"text": "velcro"}
    status, _, said = run("keys", "open", keys=NEW)
    assert status == 2 and "cannot be read" in said


@pytest.mark.parametrize(
    ("keys", "well", "said"),
    [
        ("", True, "texts are stored as they are"),
        (OLD, False, "values lie open still; run b12bot keys rotate"),
        ("not-a-key", False, "B12_TEXT_KEYS, key 1 of 1"),
    ],
    ids=["none", "one", "no key"],
)
def test_the_doctor_says_how_texts_are_stored(
    run: Run, tmp_path: Path, keys: str, well: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.commands import doctor
    from bot.settings import read_settings

    talk(tmp_path, text="hello")
    monkeypatch.setenv("B12_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("B12_DATABASE_URL", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("B12_TEXT_KEYS", keys)
    lines = list(doctor._database(read_settings()))
    assert all(ok for ok, _ in lines) is well
    assert said in "\n".join(line for _, line in lines)
