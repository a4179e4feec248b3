"""What an operator can get wrong is one clear sentence and a non-zero exit, never a traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _b12bot(tmp_path: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "B12_DATA_DIR": str(tmp_path / "var"),
        "B12_PORT": str(_free_port()),
        "B12_CONSOLE_PORT": str(_free_port()),
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    said = [line for line in result.stderr.splitlines() if line.startswith("b12bot:")]
    assert len(said) == 1, result.stderr
    for word in words:
        assert word in said[0]


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        _refused(_b12bot(tmp_path, "run", B12_PORT=port), port, "B12_PORT")


def test_a_missing_secret_in_live_mode_is_named(tmp_path: Path) -> None:
    _refused(_b12bot(tmp_path, "run", B12_MODE="live"), "B12_SESSION_SECRET", ".env")


def test_live_mode_refuses_drafts(tmp_path: Path) -> None:
    result = _b12bot(tmp_path, "run", B12_MODE="live", B12_SESSION_SECRET="s" * 40)
    assert result.returncode == 2
    assert "draft" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_model_that_is_not_the_trained_one_is_refused(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "b12-0.tar.gz").write_bytes(b"not a model")
    (models / "current.json").write_text(json.dumps({"file": "b12-0.tar.gz", "sha256": "0" * 64}), encoding="utf-8")
    result = _b12bot(tmp_path, "serve", "door", B12_MODEL_DIR=str(models))
    _refused(result, "b12-0.tar.gz", "make train")


def test_a_folder_where_nothing_may_be_written_is_named(tmp_path: Path) -> None:
    """/proc takes no files from anybody, root included."""
    _refused(_b12bot(tmp_path, "run", B12_DATA_DIR="/proc/b12"), "/proc/b12", "B12_DATA_DIR")


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    _refused(_b12bot(tmp_path, "run", B12_DATA_DIR=str(tmp_path / "file" / "var")), "B12_DATA_DIR")


def test_a_clinic_profile_with_a_mistake_is_explained(tmp_path: Path) -> None:
    profile = tmp_path / "clinic.yml"
    profile.write_text("id: x\ndemo: true\nclinic_fone: '1'\nsource: design\nstatus: draft\n", encoding="utf-8")
    result = _b12bot(tmp_path, "run", B12_CLINIC_PROFILE=str(profile))
    assert result.returncode == 2
    assert "clinic_fone" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_batch_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    _refused(_b12bot(tmp_path, "batch", "assess", "nowhere.jsonl"), "nowhere.jsonl")


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    environment = {**os.environ, "B12_DATA_DIR": str(tmp_path / "var")}
    result = subprocess.run(
        [sys.executable, "-m", "bot", "staff", "add", "anna", "--password-stdin"],
        cwd=ROOT,
        env=environment,
        input="short\n",
        capture_output=True,
        text=True,
        check=False,
    )
    _refused(result, "12 characters")


def test_a_bad_line_gives_an_error_in_its_place_and_status_one(tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(
        '{"id": "a", "turns": ["no chest pain"]}\nnot json\n\n{"id": "b", "turns": "text"}\n[1]\n'
        '{"id": "c", "turns": ["tired"]}\n',
        encoding="utf-8",
    )
    result = _b12bot(tmp_path, "batch", "triage", str(file))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["a", None, "b", None, "c"]
    assert ["error" in answer for answer in answers] == [False, True, True, True, False]
    assert result.returncode == 1


def test_commands_are_listed_without_an_argument(tmp_path: Path) -> None:
    result = _b12bot(tmp_path)
    assert "doctor" in result.stdout
    assert result.returncode == 2


OWN_PROFILE = 'id: own\nclinic_name: Own\nsource: design\nstatus: draft\nlimits: {b12_deficient_below: "147.6"}\n'


def test_assess_takes_a_clinics_own_limits(tmp_path: Path) -> None:
    own, lines = tmp_path / "own.yml", tmp_path / "patients.jsonl"
    own.write_text(OWN_PROFILE, encoding="utf-8")
    lines.write_text('{"id": 7, "patient": {"labs": [{"analyte": "b12", "value": 140, "unit": "pmol/L"}]}}\n')
    shipped = _b12bot(tmp_path, "batch", "assess", str(lines))
    clinic = _b12bot(tmp_path, "batch", "assess", str(lines), "--profile", str(own))
    assert [json.loads(result.stdout)["rule"] for result in (shipped, clinic)] == ["R7b", "R6"]


def test_a_bad_override_or_a_profile_for_another_part_is_named(tmp_path: Path) -> None:
    own, lines = tmp_path / "own.yml", tmp_path / "patients.jsonl"
    own.write_text(OWN_PROFILE.replace("147.6", "400"), encoding="utf-8")
    lines.write_text("")
    bad = _b12bot(tmp_path, "batch", "assess", str(lines), "--profile", str(own))
    assert bad.returncode == 2 and bad.stdout == "" and "bands would overlap" in bad.stderr
    other = _b12bot(tmp_path, "batch", "triage", str(lines), "--profile", str(own))
    _refused(other, "--profile is for assess")
