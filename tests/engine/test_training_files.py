"""Whatever happens while a model is made, the one that serves patients stays until a better one is proved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli import main
from bot.engine import training


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with a current model."""
    old = tmp_path / "b12-0000old.tar.gz"
    old.write_bytes(b"the old model")
    training.make_current(old)
    return tmp_path


def archive(models: Path) -> Path:
    path = models / f"b12-{training.fingerprint()}.tar.gz"
    path.write_bytes(b"the new model")
    return path


def test_a_training_that_is_stopped_leaves_the_old_model(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(folder: Path, *, name: str) -> Path:
        archive(models)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "_train_with_rasa", stopped)
    with pytest.raises(KeyboardInterrupt):
        training.train(models, tell=lambda line: None)
    assert training.trained_model(models).name == "b12-0000old.tar.gz"


def test_a_model_that_fails_its_canary_is_thrown_away(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path) -> None:
        raise RuntimeError("does not recognise the red flag")

    monkeypatch.setattr(training, "_train_with_rasa", lambda folder, name: archive(models))
    monkeypatch.setattr(training, "prove", fails)
    with pytest.raises(training.TrainingFailed, match="the one before it stays"):
        training.train(models, tell=lambda line: None)
    assert training.trained_model(models).name == "b12-0000old.tar.gz"
    assert [path.name for path in models.glob("*.tar.gz")] == ["b12-0000old.tar.gz"]


@pytest.mark.model
def test_an_archive_that_is_no_model_is_not_proved(models: Path) -> None:
    with pytest.raises(Exception, match="cannot be used"):
        training.prove(archive(models))


def test_a_process_that_is_just_loading_finds_the_model_before(models: Path) -> None:
    new = archive(models)
    training.make_current(new)
    assert training.trained_model(models) == new
    assert (models / "b12-0000old.tar.gz").exists()
    newest = models / "b12-newest.tar.gz"
    newest.write_bytes(b"newer still")
    training.make_current(newest)
    assert sorted(path.name for path in models.glob("*.tar.gz")) == sorted([new.name, newest.name])


def test_an_archive_that_was_changed_is_refused(models: Path) -> None:
    (models / "b12-0000old.tar.gz").write_bytes(b"something else")
    with pytest.raises(training.TrainingFailed, match="make train"):
        training.trained_model(models)


def test_the_note_beside_the_archive_is_whole_or_the_one_before(models: Path) -> None:
    note = json.loads((models / training.CURRENT).read_text())
    (models / (training.CURRENT + ".new")).write_text('{"file": "half')  # the process died while it wrote
    assert json.loads((models / training.CURRENT).read_text()) == note


@pytest.mark.parametrize("name", ["../elsewhere.tar.gz", "sub/elsewhere.tar.gz", "/etc/passwd", ".", "link.tar.gz", 7])
def test_only_an_archive_of_the_folder_itself_is_loaded(models: Path, name: object) -> None:
    planted = models.parent / "elsewhere.tar.gz"
    planted.write_bytes(b"another model")
    (models / "sub").mkdir()
    (models / "sub" / "elsewhere.tar.gz").write_bytes(b"another model")
    (models / "link.tar.gz").symlink_to(planted)
    note = {"file": name, "sha256": training._sha256(planted)}
    (models / training.CURRENT).write_text(json.dumps(note))
    with pytest.raises(training.TrainingFailed):
        training.trained_model(models)


def newer(models: Path) -> Path:
    """A second model becomes current."""
    path = archive(models)
    training.make_current(path)
    return path


def test_the_way_back_serves_the_model_before_and_then_this_one_again(models: Path) -> None:
    new = newer(models)
    assert training.go_back(models).name == "b12-0000old.tar.gz"
    assert training.trained_model(models).read_bytes() == b"the old model"
    assert training.go_back(models) == new == training.trained_model(models)


def test_a_damaged_model_is_refused_with_the_name_of_the_one_to_go_back_to(models: Path) -> None:
    new = newer(models)
    new.write_bytes(b"half of the new mod")
    with pytest.raises(training.TrainingFailed, match=r"b12bot model back to serve b12-0000old\.tar\.gz again"):
        training.trained_model(models)
    training.go_back(models)
    assert training.trained_model(models).name == "b12-0000old.tar.gz"


def test_without_an_earlier_model_or_with_a_damaged_one_there_is_no_way_back(models: Path) -> None:
    with pytest.raises(training.TrainingFailed, match="no earlier model"):
        training.go_back(models)
    newer(models)
    (models / "b12-0000old.tar.gz").write_bytes(b"something else")
    with pytest.raises(training.TrainingFailed, match="not the one that was trained either"):
        training.go_back(models)
    assert training.trained_model(models).read_bytes() == b"the new model", "and this one is still served"


def test_the_way_back_leads_to_an_archive_of_the_folder_only(models: Path) -> None:
    newer(models)
    note = json.loads((models / training.CURRENT).read_text())
    note["before"]["file"] = "../elsewhere.tar.gz"
    (models / training.CURRENT).write_text(json.dumps(note))
    with pytest.raises(training.TrainingFailed, match="cannot be read"):
        training.go_back(models)


def test_training_again_from_the_same_sources_keeps_the_way_back(models: Path) -> None:
    newer(models)
    newer(models)
    assert training.go_back(models).name == "b12-0000old.tar.gz"


def test_the_command_says_what_is_served_now(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("B12_MODEL_DIR", str(models))
    monkeypatch.setenv("B12_DATA_DIR", str(models / "var"))
    assert main(["model", "back"]) == 2
    newer(models)
    assert main(["model", "back"]) == 0
    said = capsys.readouterr()
    assert "no earlier model" in said.err
    assert "b12-0000old.tar.gz is current again" in said.out
