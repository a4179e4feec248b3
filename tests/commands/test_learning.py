"""From a marked message to the next model: approved by a second person, exported, learnt, compared before it is promoted."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from console.seeding import Clinic

from bot.cli import main
from bot.conversation.desk_people import Role
from bot.knowledge.content import FOLDER
from bot.knowledge.pseudonyms import load_pseudonyms
from bot.language.encoder import Encoder
from bot.language.intents import IntentLine, IntentReader, read_lines
from bot.records import migrate
from bot.settings import read_settings

#: Where Rasa keeps what the reader of intents saved.
INSIDE = "components/train_bot.engine.intent_component.IntentComponent1"
ODD = "the fridge thermometer thing beeps, is that you lot"
LINES = [
    *(IntentLine(text, "greet") for text in ("hello there", "hiya", "good morning to you", "hi clinic")),
    *(IntentLine(text, "report_symptoms") for text in ("my feet tingle at night", "so tired these days", "numb toes")),
    *(IntentLine(text, "thanks") for text in ("cheers for that", "thank you ever so much", "ta very much")),
    *(IntentLine(text, "ask_faq", "FAQ-30") for text in ("does the needle hurt", "is the jab painful", "will it sting")),
]  # fmt: skip


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load(read_settings().encoder_path)


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """A ledger where the command looks for it, with two people who may approve."""
    monkeypatch.setenv("B12_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("B12_DATABASE_URL", raising=False)
    migrate.upgrade(read_settings().database_url)
    made = Clinic(tmp_path / "b12.db")
    for name in ("first", "second"):
        made.person(name, Role.CLINICIAN)
    yield made
    made.database.close()


def archive(path: Path, lines: Sequence[IntentLine], encoder: Encoder) -> str:
    """A model as Rasa packs it, of which only the reader of intents is there."""
    folder = path.with_suffix("")
    IntentReader.train(lines, encoder=encoder).save(folder)
    with tarfile.open(path, "w:gz") as packed:
        for file in folder.iterdir():
            packed.add(file, f"{INSIDE}/{file.name}")
    return str(path)


def approved(clinic: Clinic, text: str, *, read_as: str, topic: str | None = None, **verdict: str) -> None:
    """A message as it was read, marked and proposed by one person and approved by another."""
    talk = clinic.consented(f"talk-{abs(hash(text))}")
    seq = len(clinic.desk.open(talk, by="system", now=clinic.clock.now).messages) + 1
    snapshot = {"intent": read_as, "topic": topic, "understood": True}
    clinic.answers(talk, clinic.says(talk, text), "Hm.", snapshot=snapshot)
    first, second = (clinic.desk.staff_named(name).id for name in ("first", "second"))
    clinic.desk.mark_turn(talk, seq, by=first, now=clinic.clock.now, **verdict)
    rules = load_pseudonyms(FOLDER, [])
    example = clinic.desk.propose_message(talk, seq, rules=rules, by=first, now=clinic.clock.now)
    clinic.desk.decide_example(example, approve=True, by=second, now=clinic.clock.now)


def test_what_was_approved_is_learnt_and_the_next_model_is_better_for_it(
    clinic: Clinic, tmp_path: Path, encoder: Encoder, capsys: pytest.CaptureFixture[str]
) -> None:
    approved(clinic, ODD, read_as="greet", verdict="wrong", intent="out_of_scope")
    approved(clinic, "will the needle make me jump", read_as="ask_faq", topic="FAQ-30", verdict="right")
    approved(clinic, "what about the other one", read_as="greet", verdict="wrong", intent="ask_faq")
    assert main(["learning", "export", str(tmp_path / "out")]) == 0
    assert "3 approved examples were written" in (said := capsys.readouterr().out)
    assert "2 to learn from" in said
    learnt = read_lines(tmp_path / "out")
    assert {(line.text, line.intent, line.topic) for line in learnt} == {
        (ODD, "out_of_scope", None),
        ("will the needle make me jump", "ask_faq", "FAQ-30"),
    }
    old = archive(tmp_path / "old.tar.gz", LINES, encoder)
    new = archive(tmp_path / "new.tar.gz", [*LINES, *learnt], encoder)
    assert main(["model", "compare", old, new]) == 0
    said = capsys.readouterr().out
    assert "3 messages compared" in said
    assert "1  intent mended" in said
    assert "It may be promoted." in said
    assert main(["model", "compare", new, old]) == 0
    assert "1  intent broken" in capsys.readouterr().out


def test_the_export_is_training_data_to_rasa_too(clinic: Clinic, tmp_path: Path) -> None:
    from rasa.shared.nlu.training_data.loading import load_data

    approved(
        clinic, "ring me [please](name) on 01632 960111: it's - urgent", read_as="provide_contact", verdict="right"
    )
    assert main(["learning", "export", str(tmp_path / "out")]) == 0
    examples = load_data(str(tmp_path / "out" / "nlu_from_review.yml")).training_examples
    assert [(one.get("intent"), one.get("entities")) for one in examples] == [("provide_contact", None)]
    assert "960111" not in examples[0].get("text")
    rows = (tmp_path / "out" / "regression_from_review.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["verdict"] for row in rows] == ["right"]


def test_a_model_without_a_reader_and_no_model_are_one_sentence(
    clinic: Clinic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model", "compare", "a", "b"]) == 2
    assert "nothing to compare on" in capsys.readouterr().err
    approved(clinic, "hello you", read_as="greet", verdict="right")
    assert main(["model", "compare", "none.tar.gz", "none.tar.gz"]) == 2
    assert "none.tar.gz is no file" in capsys.readouterr().err
    empty = tmp_path / "empty.tar.gz"
    tarfile.open(empty, "w:gz").close()
    assert main(["model", "compare", str(empty), str(empty)]) == 2
    assert "empty.tar.gz holds no reader of intents" in capsys.readouterr().err
    (tmp_path / "broken.tar.gz").write_bytes(b"no archive")
    assert main(["model", "compare", str(tmp_path / "broken.tar.gz"), str(empty)]) == 2
    assert "broken.tar.gz cannot be read as a model" in capsys.readouterr().err
