"""An action that raises or hangs becomes what Rasa expects of an action server, without the patient's words."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.core.actions.action import ClientResponseError  # type: ignore[attr-defined]

from bot.engine.actions_in_process import ActionsInProcess

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Executor:
    """In place of the registered actions."""

    def __init__(self, way: str) -> None:
        self._way = way

    async def run(self, call: dict[str, Any]) -> dict[str, Any]:
        if self._way == "hangs":
            await asyncio.sleep(3600)
        raise ValueError(f"cannot read {call['text']!r}")


@pytest.mark.parametrize("way", ["raises", "hangs"])
async def test_a_broken_action_is_an_error_within_its_limit_and_quotes_nobody(way: str) -> None:
    endpoint = ActionsInProcess("actions", limit=0.1)
    endpoint._executor = Executor(way)  # type: ignore[assignment]
    with pytest.raises(ClientResponseError) as error:
        await asyncio.wait_for(endpoint.request(json={"text": "my secret lump"}), 20)
    assert error.value.status == 500
    assert "secret" not in str(error.value.text)
