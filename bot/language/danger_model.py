"""
The danger classifier's file: what was learnt, as plain arrays, with a label beside it.

`models/danger.npz` holds arrays only (nothing in it can run); `models/danger.json` says
which bytes it must be, what it was made from and how well it did.  The encoder itself is
not in it: low-rank factors are added to the packaged one when it is loaded.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.language.encoder import WEIGHTS_SHA256

FOLDER = Path(__file__).parent / "models"
ARRAYS_FILE, LABEL_FILE = "danger.npz", "danger.json"
FORMAT = 1

Array = NDArray[Any]


class DangerModelError(Exception):
    """The classifier's file is missing, damaged or made for another encoder; says which and what to do."""


@dataclass(frozen=True)
class DangerModel:
    """
    What was learnt.

    Args:
        factors: Low-rank changes of the encoder, see `Encoder.adapted`.
        heads: "danger", "emergency" and "category": weights [384, classes] and biases [classes].
        categories: The names of the category head's columns.
        grams: Words and letter groups with their weights, see `GramScorer.from_arrays`.
        example_vectors: Of dangerous training messages, for evidence; [examples, 384].
    """

    factors: Mapping[str, tuple[Array, Array]]
    heads: Mapping[str, tuple[Array, Array]]
    categories: tuple[str, ...]
    example_vectors: Array
    example_ids: tuple[str, ...]
    example_texts: tuple[str, ...]
    grams: Mapping[str, Array]
    label: Mapping[str, Any]


def save_model(model: DangerModel, folder: Path) -> None:
    """Write both files; what is read back is what was written, to half precision."""
    arrays: dict[str, Array] = {
        "categories": np.array(model.categories, dtype=np.str_),
        "example_vectors": model.example_vectors.astype(np.float16),
        "example_ids": np.array(model.example_ids, dtype=np.str_),
        "example_texts": np.array(json.dumps(model.example_texts, ensure_ascii=False)),
    }
    for name, (a, b) in model.factors.items():
        arrays[f"factors/{name}/a"], arrays[f"factors/{name}/b"] = a.astype(np.float16), b.astype(np.float16)
    for name, (weight, bias) in model.heads.items():
        arrays[f"heads/{name}/weight"], arrays[f"heads/{name}/bias"] = weight, bias
    for name, array in model.grams.items():
        arrays[f"grams/{name}"] = array
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    data = buffer.getvalue()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ARRAYS_FILE).write_bytes(data)
    label = {
        **model.label,
        "format": FORMAT,
        "sha256": hashlib.sha256(data).hexdigest(),
        "encoder_sha256": WEIGHTS_SHA256,
    }
    (folder / LABEL_FILE).write_text(json.dumps(label, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load_model(folder: Path = FOLDER) -> DangerModel:
    """
    Read both files and check them.

    Raises:
        DangerModelError: A file is missing, is not the one the label names, or lacks a part.
    """
    label = _read_label(folder / LABEL_FILE)
    path = folder / ARRAYS_FILE
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unusable(path, f"cannot be read ({error.strerror})") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != label.get("sha256"):
        raise _unusable(path, f"SHA-256 is {digest}, but {LABEL_FILE} expects {label.get('sha256')}")
    if label.get("format") != FORMAT:
        raise _unusable(path, f"format {label.get('format')} is not {FORMAT}")
    if label.get("encoder_sha256") != WEIGHTS_SHA256:
        raise _unusable(path, "was made for another sentence encoder")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return _model(dict(arrays), label)
    except (KeyError, ValueError, OSError) as error:
        raise _unusable(path, f"lacks a part ({error})") from error


def _read_label(path: Path) -> dict[str, Any]:
    try:
        label = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unusable(path, f"cannot be read ({error})") from error
    if not isinstance(label, dict):
        raise _unusable(path, "is not a JSON object")
    return label


def _model(arrays: dict[str, Array], label: dict[str, Any]) -> DangerModel:
    return DangerModel(
        factors={
            name: (arrays[f"factors/{name}/a"].astype(np.float32), arrays[f"factors/{name}/b"].astype(np.float32))
            for name in _names(arrays, "factors")
        },
        heads={
            name: (arrays[f"heads/{name}/weight"], arrays[f"heads/{name}/bias"]) for name in _names(arrays, "heads")
        },
        categories=tuple(map(str, arrays["categories"])),
        example_vectors=arrays["example_vectors"].astype(np.float32),
        example_ids=tuple(map(str, arrays["example_ids"])),
        example_texts=tuple(json.loads(str(arrays["example_texts"]))),
        grams={name: arrays[f"grams/{name}"] for name in _names(arrays, "grams")},
        label=label,
    )


def _names(arrays: Mapping[str, Array], part: str) -> list[str]:
    return sorted({key.split("/")[1] for key in arrays if key.startswith(f"{part}/")})


def _unusable(path: Path, reason: str) -> DangerModelError:
    return DangerModelError(
        f"{path}: {reason}. Restore it from version control, or make it again: python -m bot.language.train_danger."
    )
