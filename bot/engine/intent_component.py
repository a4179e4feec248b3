"""
The reader of intents as a part of Rasa's pipeline.

Learns in `rasa train` from data/nlu and is kept inside the model.  Sets `intent`, its
ranking, `topic` ("FAQ-20" or None), `clinic_fact` ("clinic_hours" or None) and
`did_you_mean` (topics to offer) on each message.  What it decides with: `bot.language.intents`.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language import encoder as encoder_module
from bot.language import intents as intents_package
from bot.language.encoder import WEIGHTS_SHA256, Encoder
from bot.language.intents import RASA_NAMES, IntentLine, IntentReader, IntentReading, IntentsNotTrained, split_name
from bot.language.wishes import questions_in

#: What a message's metadata call the question just asked.
ASKED = "asked"

_ROOT = Path(__file__).resolve().parent.parent.parent
_SHOWN_IN_RANKING = 5

#: A second question in a message is answered unasked only when there is little doubt what it is.
_SURE_OF_ANOTHER = 0.8


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentComponent(GraphComponent):
    """Trains, keeps and asks the reader of intents."""

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        reader: Optional[IntentReader] = None,
    ) -> None:
        self._config = config
        self._storage = model_storage
        self._resource = resource
        self._reader = reader

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`vector_cache`: folder for the vectors of training lines; None keeps none."""
        return {"vector_cache": ".cache"}

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentComponent:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentComponent:
        """
        The component of a trained model.

        Raises:
            IntentsNotTrained: The model holds no reader; Rasa's habit of going on without one would
                read every message as nothing.
        """
        try:
            with model_storage.read_from(resource) as folder:
                reader = IntentReader.load(folder, encoder=_encoder(), titles=_titles())
        except ValueError as error:  # Rasa's word for a resource that is not in the model
            raise IntentsNotTrained("The model holds no reader of intents. Run `make train`.") from error
        return cls(config, model_storage, resource, reader)

    @classmethod
    def fingerprint_addon(cls, config: Dict[Text, Any]) -> Optional[Text]:
        """Changes with the code and the settings behind the component, so that Rasa trains again."""
        digest = hashlib.sha256(WEIGHTS_SHA256.encode())
        folder = Path(intents_package.__file__).parent
        for path in [Path(encoder_module.__file__), *sorted(folder.glob("*.py")), *sorted(folder.glob("*.yml"))]:
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        lines = [line for line in map(_line, training_data.intent_examples) if line is not None]
        self._reader = IntentReader.train(lines, encoder=_encoder(), cache=self._cache())
        with self._storage.write_to(self._resource) as folder:
            self._reader.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after it learns from what it sets."""
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """
        Sets what each message wants.

        Raises:
            IntentsNotTrained: Asked before it was trained or loaded.
        """
        if self._reader is None:
            raise IntentsNotTrained("The reader of intents is asked before it was trained or loaded.")
        for message in messages:
            asked = (message.get("metadata") or {}).get(ASKED)
            text = message.get(TEXT) or ""
            _write(message, self._reader.read(text, context=asked))
            if message.get("topic"):
                message.set("also_topic", self._second(text, message.get("topic")), add_to_output=True)
        return messages

    def _second(self, text: Text, first: Text) -> Optional[Text]:
        """The topic of another question in the same message ("does it hurt, and can I drive after?")."""
        from bot import wiring  # Rasa makes this object by name, so it asks for its parts itself

        assert self._reader is not None
        for part in questions_in(wiring.shared_parts().wishes, text):
            reading = self._reader.read(part)
            topic = reading.topic or ""
            if topic.startswith("FAQ-") and topic != first and reading.confidence >= _SURE_OF_ANOTHER:
                return topic
        return None

    def _cache(self) -> Optional[Path]:
        folder = self._config.get("vector_cache")
        return _ROOT / folder / f"intent-vectors-{WEIGHTS_SHA256[:12]}.npz" if folder else None


def _write(message: Message, reading: IntentReading) -> None:
    ranking = [{INTENT_NAME_KEY: _rasa(name), "confidence": share} for name, share in reading.ranking]
    message.set(INTENT, {INTENT_NAME_KEY: _rasa(reading.intent), "confidence": reading.confidence}, add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranking[:_SHOWN_IN_RANKING], add_to_output=True)
    topic = reading.topic if reading.topic and reading.topic.startswith("FAQ-") else None
    message.set("topic", topic, add_to_output=True)
    message.set("clinic_fact", reading.topic if topic is None else None, add_to_output=True)
    message.set("did_you_mean", list(reading.did_you_mean), add_to_output=True)


def _line(example: Message) -> Optional[IntentLine]:
    text = example.get(TEXT)
    name = example.get(INTENT_RESPONSE_KEY) or example.get(INTENT)
    if not text or not name:
        return None
    metadata = (example.get("metadata") or {}).get("intent") or {}
    intent, topic = split_name(name, topic=metadata.get("topic"))
    return IntentLine(text, intent, topic)


def _rasa(intent: Text) -> Text:
    return RASA_NAMES.get(intent, intent)


def _encoder() -> Encoder:
    from bot import wiring  # Rasa makes this object by name, so it asks for its parts itself

    return _encoder_at(wiring.read_settings().encoder_path)


@lru_cache(maxsize=1)
def _encoder_at(path: Optional[Path]) -> Encoder:
    """One for the process: it holds 90 MB of weights."""
    return Encoder.load(path)


def _titles() -> Dict[Text, Text]:
    """The questions that "did you mean" shows, each with its topic: choosing one sends its words."""
    from bot import wiring

    parts = wiring.shared_parts()
    return {parts.answers.question(answer.id, region=parts.region): answer.id for answer in parts.answers}
