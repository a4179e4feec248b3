"""The intent component trains, keeps and reads inside Rasa's graph, without a whole model."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.engine.intent_component import IntentComponent
from bot.language.intents import IntentsNotTrained

DATA = """
version: "3.1"
nlu:
- intent: greet
  metadata: {author: test}
  examples: |
    - hello there
    - good morning everyone
    - hi clinic
    - hey
- intent: start_over
  examples: |
    - start again from the beginning
    - begin afresh please
    - wipe it and restart
    - from the top
- intent: ask_faq
  metadata: {topic: FAQ-30}
  examples: |
    - does the needle hurt
    - is the injection painful
    - how sore is the jab
    - will it sting
- intent: ask_faq/faq_37
  examples: |
    - how do i store ampoules
    - does it go in the fridge
    - where should i keep the vials
    - storage temperature of ampoules
- intent: ask_faq
  metadata: {topic: clinic_hours}
  examples: |
    - when are you open
    - opening hours please
    - what time do you close
    - are you open on sunday
- intent: out_of_scope
  examples: |
    - who won the match
    - tell me a joke
    - what is the weather
    - order a pizza
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalModelStorage, Resource, ExecutionContext]:
    folder = tmp_path_factory.mktemp("storage")
    return LocalModelStorage(folder), Resource("intents"), ExecutionContext(GraphSchema({}))


@pytest.fixture(scope="module")
def trained(place, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    storage, resource, context = place
    config = {**IntentComponent.get_default_config(), "vector_cache": None}
    component = IntentComponent.create(config, storage, resource, context)
    data: TrainingData = RasaYAMLReader().reads(DATA)
    component.process_training_data(data)
    assert component.train(data) == resource
    return IntentComponent.load(config, storage, resource, context)


def _read(component: IntentComponent, text: str, **metadata: str) -> Message:
    message = Message({"text": text, "metadata": metadata})
    component.process([message])
    return message


def test_it_sets_intent_ranking_and_topic_for_the_output(trained: IntentComponent) -> None:
    message = _read(trained, "will the needle hurt me")
    assert message.get("intent")["name"] == "ask_faq"
    assert message.get("intent_ranking")[0]["name"] == "ask_faq"
    assert message.get("topic") == "FAQ-30"
    assert message.get("did_you_mean") == []
    assert {"intent", "intent_ranking", "topic", "did_you_mean", "clinic_fact"} <= message.output_properties


def test_a_topic_in_the_name_counts_like_one_in_the_metadata(trained: IntentComponent) -> None:
    assert _read(trained, "where do i store my ampoules").get("topic") == "FAQ-37"


def test_a_fact_of_the_clinic_is_no_topic(trained: IntentComponent) -> None:
    message = _read(trained, "when are you open on friday")
    assert (message.get("topic"), message.get("clinic_fact")) == (None, "clinic_hours")


def test_restart_has_the_name_that_rasa_leaves_free(trained: IntentComponent) -> None:
    message = _read(trained, "let me start again from the beginning")
    assert message.get("intent")["name"] == "start_over"


def test_the_question_just_asked_reaches_the_reader(trained: IntentComponent) -> None:
    assert _read(trained, "145", asked="b12").get("intent")["name"] == "report_labs"


def test_a_reviewed_question_is_read_as_its_topic(trained: IntentComponent) -> None:
    message = _read(trained, "Are tablets as good as injections?")
    assert message.get("topic") == "FAQ-04"


def test_asked_before_training_it_says_so(place) -> None:  # type: ignore[no-untyped-def]
    storage, _, context = place
    component = IntentComponent.create({}, storage, Resource("other"), context)
    with pytest.raises(IntentsNotTrained):
        component.process([Message({"text": "hello"})])


def test_a_model_without_a_reader_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IntentsNotTrained, match="make train"):
        IntentComponent.load({}, LocalModelStorage(tmp_path), Resource("none"), ExecutionContext(GraphSchema({})))


def test_fingerprint_is_stable_and_present() -> None:
    first = IntentComponent.fingerprint_addon({})
    assert first and first == IntentComponent.fingerprint_addon({})
