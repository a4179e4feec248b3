"""
Run the rasa_sdk actions inside this process instead of over HTTP.

Removes the action server with its open port and the failure "action server down, bot
says nothing"; the same package still serves over HTTP with `rasa run actions`.
"""

from __future__ import annotations

import asyncio
import json as json_module
from typing import Any, Dict, Optional, Text

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection


class ActionsInProcess(EndpointConfig):
    """An action endpoint that calls the executor directly, with a limit for each action."""

    def __init__(self, package: Text, *, limit: float = 5.0) -> None:
        super().__init__(url="inprocess://actions")
        self._limit = limit
        self._executor = ActionExecutor()
        self._executor.register_package(package)
        _build_validator_once()

    async def request(
        self,
        method: Text = "post",
        subpath: Optional[Text] = None,
        content_type: Optional[Text] = None,
        compress: bool = False,
        json: Optional[Dict[Text, Any]] = None,
        timeout: Optional[float] = None,
        **kwargs: Any,
    ) -> Any:
        """Runs the action named in `json`; errors become what Rasa expects of an action server."""
        try:
            return await asyncio.wait_for(self._executor.run(json), self._limit)
        except ActionExecutionRejection as rejection:
            body = {"error": rejection.message, "action_name": rejection.action_name}
            raise ClientResponseError(400, rejection.message, json_module.dumps(body)) from rejection
        except Exception as error:
            # The kind of error only: an action's message may quote the patient.
            name = type(error).__name__
            raise ClientResponseError(500, name, json_module.dumps({"error": name})) from error


def _build_validator_once() -> None:
    """Rasa builds its JSON schema validator anew at each call, three quarters of a turn's time."""
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def validate(self: RemoteAction, result: Dict[Text, Any]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate  # type: ignore[method-assign]
