"""The reader of intents: training, closed messages, context, doubt, keeping."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.clinical.codes import INTENTS
from bot.knowledge.strict import ContentError
from bot.language.intents import IntentLine, IntentReader, IntentsNotTrained, load_settings, read_lines, split_name
from bot.language.intents.features import normalise
from bot.language.intents.reader import bare, cached_vectors

ROOT = Path(__file__).resolve().parents[2]
NLU = ROOT / "data" / "nlu"
SETS = sorted((ROOT / "tests" / "vignettes").glob("intents_*.jsonl"))

LINES = [
    *(IntentLine(text, "greet") for text in ("hello there", "hi everyone", "good day", "hiya", "hello clinic")),
    *(IntentLine(text, "out_of_scope") for text in ("weather today", "football score", "order pizza", "tell a joke")),
    *(
        IntentLine(text, "ask_faq", "FAQ-30")
        for text in ("does the needle hurt", "is the needle painful", "will the needle sting", "needle pain")
    ),
    *(
        IntentLine(text, "ask_faq", "FAQ-37")
        for text in ("how to store ampoules", "keep ampoules in fridge", "ampoules storage", "store ampoules cold")
    ),
    *(IntentLine(text, "report_symptoms") for text in ("my feet tingle", "tired all day", "feet numb", "very tired")),
]


class Letters:
    """A stand-in encoder: how often each letter occurs."""

    def __init__(self) -> None:
        self.calls = 0

    def encode(self, texts):  # type: ignore[no-untyped-def]
        self.calls += len(texts)
        rows = [[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts]
        vectors = np.array(rows, dtype=np.float32).reshape(len(texts), 26)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1)


@pytest.fixture(scope="module")
def reader() -> IntentReader:
    return IntentReader.train(LINES, encoder=Letters(), titles={"Does it hurt?": "FAQ-30"})


def test_training_lines_are_read_as_they_were_meant(reader: IntentReader) -> None:
    assert [reader.read(line.text).intent for line in LINES] == [line.intent for line in LINES]


def test_ranking_holds_every_intent_once_and_adds_up_to_one(reader: IntentReader) -> None:
    ranking = reader.read("my feet hurt and tingle").ranking
    assert {name for name, _ in ranking} == {line.intent for line in LINES}
    assert sum(share for _, share in ranking) == pytest.approx(1.0)
    assert [share for _, share in ranking] == sorted((share for _, share in ranking), reverse=True)


def test_a_question_has_its_topic_and_a_report_has_none(reader: IntentReader) -> None:
    assert reader.read("does the needle hurt").topic == "FAQ-30"
    assert reader.read("my feet tingle").topic is None


def test_a_doubtful_question_offers_the_two_nearest_topics(reader: IntentReader) -> None:
    careful = replace(reader, settings=replace(load_settings(), topic_lead=3.0))
    reading = careful.read("needle ampoules")
    assert reading.intent == "ask_faq"
    assert reading.topic is None
    assert set(reading.did_you_mean) == {"FAQ-30", "FAQ-37"}


def test_the_words_of_did_you_mean_are_always_their_topic(reader: IntentReader) -> None:
    reading = reader.read("  does it hurt ")
    assert (reading.intent, reading.topic, reading.confidence) == ("ask_faq", "FAQ-30", 1.0)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Yes", "affirm"),
        ("yes.", "affirm"),
        ("👍🏽", "affirm"),
        ("NO!", "deny"),
        ("I don’t know", "unsure"),
        ("STOP!!", "stop"),
        ("", "out_of_scope"),
        ("   \n", "out_of_scope"),
        ("...", "out_of_scope"),
        ("??", "repeat_clarify"),
        ("?", "repeat_clarify"),
    ],
)
def test_closed_messages_are_read_for_certain(reader: IntentReader, text: str, intent: str) -> None:
    reading = reader.read(text)
    assert (reading.intent, reading.confidence) == (intent, 1.0)


@pytest.mark.parametrize(
    ("text", "asked", "intent"),
    [
        ("2019", "crohns_disease", "report_history"),
        ("about 3 years", "numbness_tingling", "report_symptoms"),
        ("145", "b12", "report_labs"),
        ("since last christmas", "fatigue", "report_symptoms"),
        ("07700 900123", "phone", "provide_contact"),
    ],
)
def test_a_bare_answer_belongs_to_the_question_just_asked(
    reader: IntentReader, text: str, asked: str, intent: str
) -> None:
    assert reader.read(text, context=asked).intent == intent


def test_context_leaves_a_message_with_words_of_its_own_alone(reader: IntentReader) -> None:
    assert reader.read("does the needle hurt", context="b12").intent == "ask_faq"
    assert reader.read("no", context="b12").intent == "deny"


def test_an_unknown_context_is_no_context(reader: IntentReader) -> None:
    assert reader.read("hello there", context="something else") == reader.read("hello there")


def test_a_saved_reader_reads_the_same_without_pickle(reader: IntentReader, tmp_path: Path) -> None:
    reader.save(tmp_path)
    again = IntentReader.load(tmp_path, encoder=Letters(), titles={"Does it hurt?": "FAQ-30"})
    for text in ("does the needle hurt", "football tonight", "tired feet", "does it hurt?", "needle ampoules"):
        one, other = reader.read(text), again.read(text)
        assert (one.intent, one.topic, one.did_you_mean) == (other.intent, other.topic, other.did_you_mean)
        assert one.confidence == pytest.approx(other.confidence, abs=0.01)


def test_nothing_saved_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IntentsNotTrained, match="make train"):
        IntentReader.load(tmp_path, encoder=Letters())


def test_another_form_is_refused(reader: IntentReader, tmp_path: Path) -> None:
    reader.save(tmp_path)
    (tmp_path / "intents.json").write_text(json.dumps({"form": 99}))
    with pytest.raises(IntentsNotTrained, match="form 99"):
        IntentReader.load(tmp_path, encoder=Letters())


def test_one_intent_alone_cannot_be_learnt() -> None:
    with pytest.raises(ValueError, match="at least two"):
        IntentReader.train(LINES[:3], encoder=Letters())


def test_vectors_of_known_lines_are_not_computed_again(tmp_path: Path) -> None:
    encoder, cache = Letters(), tmp_path / "vectors.npz"
    first = cached_vectors(["one", "two"], encoder, cache=cache)
    second = cached_vectors(["two", "three", "one"], encoder, cache=cache)
    assert encoder.calls == 3
    assert np.array_equal(second[[2, 0]], first)


def test_a_damaged_cache_is_computed_again(tmp_path: Path) -> None:
    cache = tmp_path / "vectors.npz"
    cache.write_bytes(b"not an archive")
    assert cached_vectors(["one"], Letters(), cache=cache).shape == (1, 26)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("my Vit B-12 was 145!", "my b12 was #3 !"),
        ("vitamin b12", "b12"),
        ("bee twelve", "b12"),
        ("call 07700 900 123", "call phonenumber"),
        ("a.b@example.com", "emailaddress"),
        ("sooooo", "soo"),
        ("don’t", "don't"),
        ("b12 jab", "b12 jab"),
    ],
)
def test_normalise_keeps_what_tells_and_drops_what_does_not(text: str, normal: str) -> None:
    assert normalise(text) == normal


@pytest.mark.parametrize("text", ["'Yes!'", "yes", " YES... "])
def test_bare_drops_case_and_punctuation_around(text: str) -> None:
    assert bare(text) == "yes"


def test_names_split_into_intent_and_topic() -> None:
    assert split_name("ask_faq", topic="FAQ-20") == ("ask_faq", "FAQ-20")
    assert split_name("ask_faq/faq_20") == ("ask_faq", "FAQ-20")
    assert split_name("ask_faq/clinic_hours") == ("ask_faq", "clinic_hours")
    assert split_name("start_over") == ("restart", None)
    with pytest.raises(ValueError, match="unknown intent 'chitchat'"):
        split_name("chitchat")


def test_a_faulty_training_file_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("nlu:\n- intent: chat\n  examples: |\n    - hello\n- examples: x\n")
    with pytest.raises(ContentError, match=r"a\.yml, chat: unknown intent") as caught:
        read_lines(tmp_path)
    assert len(caught.value.faults) == 2


def test_every_intent_has_training_lines_and_every_topic_too() -> None:
    lines = read_lines(NLU)
    counted = {name: sum(line.intent == name for line in lines) for name in INTENTS}
    assert not {name: count for name, count in counted.items() if count < 60}
    assert {line.topic for line in lines} >= {f"FAQ-{number:02d}" for number in range(1, 85)}


def test_no_message_of_a_test_set_is_a_training_line() -> None:
    """Anyone who writes "yes" or "hello" writes the same; from five words on it would be a copy."""
    trained = {bare(line.text) for line in read_lines(NLU)}
    texts = [json.loads(line)["text"] for path in SETS for line in path.read_text(encoding="utf-8").splitlines()]
    assert [text for text in texts if len(text.split()) >= 5 and bare(text) in trained] == []


def test_no_training_line_is_given_two_intents() -> None:
    seen: dict[str, IntentLine] = {}
    conflicts = []
    for line in read_lines(NLU):
        other = seen.setdefault(line.text.lower(), line)
        if (other.intent, other.topic) != (line.intent, line.topic):
            conflicts.append((other, line))
    assert conflicts == []


def test_settings_have_shares_between_nothing_and_everything() -> None:
    settings = load_settings()
    shares = (settings.out_of_scope_from, settings.understood_from, settings.topic_from, settings.offer_from)
    assert all(0 < share < 1 for share in shares)
    assert set(settings.closed.values()) | set(settings.asked.values()) <= set(INTENTS)


def test_a_misspelt_setting_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.yml"
    path.write_text(
        "- {id: reading, strenght: 1.0, source: design, status: draft}\n"
        "- {id: one, intent: affirm, says: [yes please], source: design, status: draft}\n"
        "- {id: two, intent: deny, says: [yes please], source: design, status: draft}\n"
    )
    with pytest.raises(ContentError) as caught:
        load_settings(path)
    assert "'strength' must be a number" in str(caught.value)
    assert "already stands for 'affirm'" in str(caught.value)
