"""
`b12bot batch intent`: what each message wants, the topic asked about, and the answer a patient would get.

In: `{"id", "text"}`.  Out: intent, confidence, topic and answer; when "did you mean"
would be asked, the topic is null and the answer is that question.  Uses the reader of
intents inside the trained model, without starting Rasa.
"""

from __future__ import annotations

import tarfile
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from bot import wiring
from bot.batch.lines import Handler, text_field
from bot.language.encoder import Encoder, EncoderError
from bot.language.intents import ASKING, IntentReader, IntentReading, IntentsNotTrained

#: Where Rasa keeps what the component saved, inside a model.
_COMPONENT = "IntentComponent"

#: What is said where no topic is: questions about this clinic, and intents whose reply is one sentence.
_SENTENCES = {
    "clinic_hours": "human_hours",
    "clinic_place": "no_answer",
    "clinic_contact": "no_answer",
    "greet": "greet",
    "thanks": "thanks",
    "goodbye": "goodbye",
    "complaint": "complaint",
    "book_appointment": "booking",
    "bot_challenge": "bot_challenge",
    "request_human": "human_handover",
    "out_of_scope": "out_of_scope",
}


def handler(*, region: str, today: date) -> Handler:
    """
    A handler that reads one message a record; loads model and content once.

    Raises:
        CannotStart: There is no trained model, or the encoder is missing.
    """
    settings = wiring.read_settings()
    parts = wiring.parts_for(region, settings.clinic_profile, settings.mode)
    titles = {parts.answers.question(answer.id, region=region): answer.id for answer in parts.answers}
    try:
        encoder = Encoder.load(settings.encoder_path)
        reader = trained_reader(settings.model_dir, encoder=encoder, titles=titles)
    except (IntentsNotTrained, EncoderError) as error:
        raise wiring.CannotStart(str(error)) from error

    def handle(record: dict[str, Any]) -> dict[str, Any]:
        reading = reader.read(text_field(record, "text"))
        numbered = reading.topic if reading.topic in parts.answers.by_id else None
        return {
            "id": record.get("id"),
            "intent": reading.intent,
            "confidence": round(reading.confidence, 4),
            "topic": numbered,
            "answer": _answer(reading, parts),
        }

    return handle


def trained_reader(model_dir: Path, *, encoder: Encoder, titles: dict[str, str]) -> IntentReader:
    """
    The reader of intents out of the newest model in `model_dir`.

    Raises:
        IntentsNotTrained: No model, or one without a reader.
    """
    models = sorted(model_dir.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise IntentsNotTrained(f"There is no trained model in {model_dir}. Run `make train` first.")
    return reader_of(models[-1], encoder=encoder, titles=titles)


def reader_of(model: Path, *, encoder: Encoder, titles: dict[str, str]) -> IntentReader:
    """
    The reader of intents out of one model.

    Raises:
        IntentsNotTrained: The model holds none.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(model) as archive:
            kept = [member for member in archive.getmembers() if member.isfile() and _COMPONENT in member.name]
            for member in kept:
                source = archive.extractfile(member)
                if source is not None:
                    # only the file's own name is used, so that no archive can write elsewhere
                    (folder / Path(member.name).name).write_bytes(source.read())
        if not kept:
            raise IntentsNotTrained(f"{model.name} holds no reader of intents. Run `make train` again.")
        return IntentReader.load(folder, encoder=encoder, titles=titles)


def _answer(reading: IntentReading, parts: wiring.Parts) -> str | None:
    """None where the reply depends on the conversation: an answer to a question of ours, a command."""
    if reading.topic is not None and reading.topic in parts.answers.by_id:
        return parts.answers.render(reading.topic, region=parts.region, contacts=parts.facts).text
    if reading.did_you_mean:
        questions = [parts.answers.question(topic, region=parts.region) for topic in reading.did_you_mean]
        return "\n".join([parts.say("did_you_mean"), *(f"- {question}" for question in questions)])
    if reading.topic is None and reading.intent in ASKING:
        return parts.say("no_answer")
    key = _SENTENCES.get(reading.topic or reading.intent)
    return parts.say(key) if key else None
