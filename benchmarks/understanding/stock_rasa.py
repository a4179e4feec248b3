"""Train Rasa's own pipeline on FOLDER/nlu.yml and write what it says of FOLDER/texts.json; a process of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

os.environ["RASA_TELEMETRY_ENABLED"] = "false"


def main(folder: Path) -> None:
    from rasa.core.agent import load_agent
    from rasa.model_training import train_nlu
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), output=str(folder), fixed_model_name="stock")
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    answers = asyncio.run(_ask(load_agent, model, texts))
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")


async def _ask(load_agent, model, texts: list[str]) -> list[tuple[str, float]]:  # type: ignore[no-untyped-def]
    agent = await load_agent(model_path=model)
    answers = []
    for text in texts:
        intent = (await agent.parse_message(text))["intent"]
        answers.append((intent["name"], float(intent["confidence"])))
    return answers


if __name__ == "__main__":
    main(Path(sys.argv[1]))
