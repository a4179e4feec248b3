"""`batch intent` answers from the trained model without a server, and says so when there is none."""

from __future__ import annotations

import os
import tarfile
from datetime import date
from pathlib import Path

import pytest

from bot import wiring
from bot.batch.intent import handler, trained_reader
from bot.batch.lines import LineError
from bot.language.encoder import Encoder
from bot.language.intents import IntentLine, IntentReader, IntentsNotTrained

TODAY = date(2026, 11, 20)

LINES = [
    *(IntentLine(text, "greet") for text in ("hello there", "good morning everyone", "hi clinic", "hey")),
    *(
        IntentLine(text, "ask_faq", "FAQ-30")
        for text in ("does the needle hurt", "is the injection painful", "how sore is the jab", "will it sting")
    ),
    *(
        IntentLine(text, "ask_clot_worry", "FAQ-20")
        for text in ("can b12 cause clots", "will the jab clot my blood", "worried about a clot", "clots from b12")
    ),
    *(
        IntentLine(text, "ask_faq", "clinic_hours")
        for text in ("when are you open", "opening hours please", "what time do you close", "open on sunday")
    ),
    *(
        IntentLine(text, "report_labs")
        for text in ("my b12 was 145", "hb 104", "ferritin 12 and b12 99", "result came back at 180")
    ),
    *(
        IntentLine(text, "out_of_scope")
        for text in ("who won the match", "tell me a joke", "what is the weather", "order a pizza")
    ),
]


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one model that holds a reader, packed as Rasa packs it."""
    folder = tmp_path_factory.mktemp("models")
    saved = tmp_path_factory.mktemp("saved")
    IntentReader.train(LINES, encoder=Encoder.load()).save(saved)
    with tarfile.open(folder / "b12-test.tar.gz", "w:gz") as archive:
        archive.add(saved, arcname="components/train_bot.engine.intent_component.IntentComponent1")
    return folder


@pytest.fixture
def handle(model_dir: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("B12_MODEL_DIR", str(model_dir))
    return handler(region="uk", today=TODAY)


def test_a_question_gets_its_topic_and_its_answer(handle) -> None:  # type: ignore[no-untyped-def]
    out = handle({"id": "a", "text": "will the needle be painful"})
    assert list(out) == ["id", "intent", "confidence", "topic", "answer"]
    assert (out["id"], out["intent"], out["topic"]) == ("a", "ask_faq", "FAQ-30")
    assert 0 < out["confidence"] <= 1
    assert "sting" in out["answer"] or "sore" in out["answer"]


def test_a_worry_about_clots_is_an_intent_of_its_own(handle) -> None:  # type: ignore[no-untyped-def]
    out = handle({"id": 1, "text": "i'm worried the b12 will clot my blood"})
    assert (out["intent"], out["topic"]) == ("ask_clot_worry", "FAQ-20")


def test_a_report_has_no_topic(handle) -> None:  # type: ignore[no-untyped-def]
    out = handle({"id": 1, "text": "my b12 was 132"})
    assert (out["intent"], out["topic"], out["answer"]) == ("report_labs", None, None)


def test_opening_hours_are_answered_from_the_clinic_profile_without_a_topic(handle) -> None:  # type: ignore[no-untyped-def]
    out = handle({"id": 1, "text": "what are your opening hours"})
    assert (out["intent"], out["topic"]) == ("ask_faq", None)
    assert "Opening hours" in out["answer"]


def test_something_else_is_out_of_scope_with_a_sentence(handle) -> None:  # type: ignore[no-untyped-def]
    out = handle({"id": 1, "text": "tell me who won the match"})
    assert out["intent"] == "out_of_scope"
    assert "B12" in out["answer"]


def test_an_empty_message_is_answered(handle) -> None:  # type: ignore[no-untyped-def]
    assert handle({"id": 1, "text": ""})["intent"] == "out_of_scope"


def test_a_record_without_text_is_a_line_error(handle) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LineError, match="'text'"):
        handle({"id": 1})


def test_without_a_model_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("B12_MODEL_DIR", str(tmp_path))
    with pytest.raises(wiring.CannotStart, match="make train"):
        handler(region="uk", today=TODAY)


def test_a_model_without_a_reader_says_so(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "b12-old.tar.gz", "w:gz"):
        pass
    with pytest.raises(IntentsNotTrained, match="no reader"):
        trained_reader(tmp_path, encoder=Encoder.load(), titles={})


def test_the_newest_model_is_used(model_dir: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "b12-old.tar.gz", "w:gz"):
        pass
    os.utime(tmp_path / "b12-old.tar.gz", (1, 1))
    (tmp_path / "b12-new.tar.gz").write_bytes((model_dir / "b12-test.tar.gz").read_bytes())
    assert trained_reader(tmp_path, encoder=Encoder.load(), titles={}).read("hello").intent == "greet"
