"""Whatever breaks inside an action, the patient reads the safe sentence with the numbers."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from pathlib import Path

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

import actions
from actions.talk import ClinicAction, Talk
from bot import wiring

for _module in pkgutil.iter_modules(actions.__path__):
    importlib.import_module(f"actions.{_module.name}")


def _all(base: type[ClinicAction] = ClinicAction) -> list[type[ClinicAction]]:
    found = [base] if base.action_name else []
    for kind in base.__subclasses__():
        found += _all(kind)
    return found


ACTIONS = sorted({kind.action_name: kind for kind in _all()}.items())


class Broken(RuntimeError):
    """Stands for anything that can go wrong."""


@pytest.mark.parametrize(("name", "kind"), ACTIONS, ids=[name for name, _ in ACTIONS])
def test_a_failing_action_says_the_safe_sentence(
    name: str, kind: type[ClinicAction], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(self: ClinicAction, talk: Talk) -> list[dict[str, object]]:
        raise Broken("the patient wrote: secret words")

    monkeypatch.setattr(kind, "act", breaks)
    dispatcher = CollectingDispatcher()
    tracker = Tracker("talk", {}, {"text": "secret words", "metadata": {}}, [], False, None, {}, "action_listen")
    events = asyncio.run(kind().run(dispatcher, tracker, {}))
    assert events == []
    assert [message["text"] for message in dispatcher.messages] == [wiring.shared_parts().say("trouble")]
    assert "999" in dispatcher.messages[0]["text"]


def test_every_action_of_the_domain_is_there() -> None:
    from ruamel.yaml import YAML

    domain = YAML(typ="safe").load((Path(actions.__file__).parent.parent / "domain.yml").read_text(encoding="utf-8"))
    assert set(domain["actions"]) == {name for name, _ in ACTIONS}
