"""
Train the model from data/ when anything it is made from has changed, and only then.

The archive's name carries the fingerprint of its sources; `current.json` beside it
holds the archive's digest, which is checked before a model is loaded, and that of the
model before it, to go back to.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Optional

ROOT = Path(__file__).resolve().parent.parent.parent

#: What the model is made from.  Content for patients is not: an answer changes without training.
SOURCES = (
    "config.yml",
    "domain.yml",
    "data/nlu",
    "data/stories",
    "data/rules",
    "bot/engine/intent_component.py",
    "bot/engine/danger_component.py",
    "bot/engine/wish_component.py",
    "bot/engine/safety_policy.py",
    "bot/engine/catch_all_policy.py",
    "bot/engine/untrained_policy.py",
    "bot/language/intents",
    "bot/language/encoder.py",
)

CURRENT = "current.json"


class TrainingFailed(RuntimeError):
    """Rasa did not produce a model; the text says where to look."""


def fingerprint(root: Path = ROOT, sources: Iterable[str] = SOURCES) -> str:
    """Twelve hexadecimal digits that change with any byte of the sources."""
    digest = hashlib.sha256()
    for path in sorted(_files(root, sources)):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def trained_model(model_dir: Path) -> Optional[Path]:
    """
    The current archive.

    Raises:
        TrainingFailed: An archive is named but is missing or does not have its digest.
    """
    note = model_dir / CURRENT
    if not note.is_file():
        return None
    try:
        current = json.loads(note.read_text(encoding="utf-8"))
        path = _inside(model_dir, current["file"])
        digest = str(current["sha256"])
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingFailed(f"{note} cannot be read; delete it and run make train.") from error
    if not path.is_file() or _sha256(path) != digest:
        before = current.get("before") or {}
        other = f", or b12bot model back to serve {before['file']} again" if before.get("file") else ""
        raise TrainingFailed(
            f"The model {path.name} is missing or not the one that was trained; run make train{other}."
        )
    return path


def go_back(model_dir: Path) -> Path:
    """
    Make the model before the current one current again; once more comes back to this one.

    Raises:
        TrainingFailed: There is none, or it is not what it was.
    """
    note = _note(model_dir)
    before = note.get("before") or {}
    try:
        path = _inside(model_dir, before.get("file", ""))
    except ValueError as error:
        raise TrainingFailed(f"{model_dir / CURRENT} cannot be read; delete it and run make train.") from error
    if not path.is_file():
        raise TrainingFailed(f"There is no earlier model in {model_dir}; run make train.")
    if _sha256(path) != before.get("sha256"):
        raise TrainingFailed(f"The earlier model {path.name} is not the one that was trained either; run make train.")
    _write_note(model_dir, {**before, "before": {"file": note["file"], "sha256": note["sha256"]}})
    return path


def is_current(model_dir: Path) -> bool:
    """True when the current model was made from the sources as they are."""
    try:
        path = trained_model(model_dir)
    except TrainingFailed:
        return False
    return path is not None and fingerprint() in path.name


def train(model_dir: Path, *, tell: Callable[[str], None]) -> Path:
    """
    Train, write the archive, let it read its canary messages and only then make it the current one.

    Whatever goes wrong, and whenever the process is stopped, the model that was current stays so.

    Raises:
        TrainingFailed: The sources are faulty, the new model does not pass, or the folder cannot be written.
    """
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    try:
        model_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingFailed(f"The model folder {model_dir} cannot be written ({error.strerror}).") from error
    tell("Training the language and dialogue model (the first time takes a few minutes) ...")
    path = _train_with_rasa(model_dir, name=f"b12-{fingerprint()}")
    try:
        prove(path)
    except Exception as error:
        path.unlink(missing_ok=True)
        raise TrainingFailed(f"The new model does not pass ({error}); the one before it stays.") from error
    make_current(path)
    tell(f"Trained {path.name}.")
    return path


def _train_with_rasa(model_dir: Path, *, name: str) -> Path:
    """The new archive; nothing refers to it yet."""
    import rasa.model_training as model_training

    from bot.engine.quiet import hear_warnings, quiet_rasa

    quiet_rasa()
    hear_warnings()
    result = model_training.train(
        domain=str(ROOT / "domain.yml"),
        config=str(ROOT / "config.yml"),
        training_files=[str(ROOT / "data" / part) for part in ("nlu", "stories", "rules")],
        output=str(model_dir),
        fixed_model_name=name,
    )
    if result.code != 0 or result.model is None:
        raise TrainingFailed("Rasa could not train the model; its messages above say why.")
    return Path(result.model)


def prove(path: Path) -> None:
    """Loads the archive and lets it read its canary messages; raises what is wrong."""
    from bot.engine.rasa_engine import RasaEngine

    engine = RasaEngine(model=path, describe=lambda picture, **_: {})
    try:
        asyncio.run(engine.ready())
    finally:
        engine.close()


def make_current(path: Path) -> None:
    """In one step; the archive before it stays for a process that is just loading it, older ones go."""
    model_dir = path.parent
    noted = _note(model_dir)
    if noted.get("file") == path.name:  # trained again from the same sources: what came before stays before
        before = noted.get("before")
    else:
        before = {key: noted[key] for key in ("file", "sha256")} if noted else None
    _write_note(model_dir, {"file": path.name, "sha256": _sha256(path), "before": before})
    for old in model_dir.glob("b12-*.tar.gz"):
        if old.name not in (path.name, (before or {}).get("file")):
            old.unlink()


def _inside(model_dir: Path, name: object) -> Path:
    """Raises ValueError for an archive that lies elsewhere."""
    path = model_dir / str(name)
    if name and (path.parent != model_dir or path.is_symlink()):
        raise ValueError("the archive lies elsewhere")
    return path


def _note(model_dir: Path) -> Dict[str, Any]:
    """What stands in `current.json`, whether or not its archive can be used; empty when it cannot be read."""
    try:
        note = json.loads((model_dir / CURRENT).read_text(encoding="utf-8"))
        return note if {"file", "sha256"} <= set(note) else {}
    except (OSError, ValueError, TypeError):
        return {}


def _write_note(model_dir: Path, note: Dict[str, Any]) -> None:
    """In one step: a process that reads it finds the old one or the new one, whole."""
    temporary = model_dir / (CURRENT + ".new")
    temporary.write_text(json.dumps(note) + "\n", encoding="utf-8")
    temporary.replace(model_dir / CURRENT)


def _files(root: Path, sources: Iterable[str]) -> List[Path]:
    found: List[Path] = []
    for source in sources:
        path = root / source
        if path.is_dir():
            found += [item for item in path.rglob("*") if item.is_file() and "__pycache__" not in item.parts]
        elif path.is_file():
            found.append(path)
    return found


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()
