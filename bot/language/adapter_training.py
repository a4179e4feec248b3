"""
Fine-tune the sentence encoder with low-rank factors (LoRA), on the processor, with JAX.

Each of the 36 weight matrices W of the packaged encoder becomes W + A B, where A and B
are thin; only they and the heads learn.  The forward pass is the one of `encoder.py`.
JAX is needed here only (requirements/dev.in); reading needs none of it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

from bot.language.encoder import HEADS, LAYERS, MAX_TOKENS, WIDTH, packaged_weights

log = logging.getLogger(__name__)

MATRICES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
_NORMS = ("attention.output.LayerNorm", "output.LayerNorm")
_BATCH = {16: 64, 32: 32, 64: 16, 128: 8}  # padded tokens: messages; the same work in every step
_TEMPERATURE = 20.0  # vectors have length 1: their products need stretching before a sigmoid

Array = NDArray[Any]


@dataclass(frozen=True)
class Recipe:
    """How to learn.  Chosen on authors that the training did not see."""

    rank: int = 16
    epochs: int = 5
    rate: float = 1e-3
    head_rate: float = 1e-2
    dropout: float = 0.1
    smoothing: float = 0.03
    decay: float = 0.01
    seed: int = 0


@dataclass(frozen=True)
class Learnt:
    """The factors by matrix, [layers, in, rank] and [layers, rank, out]; the heads' weights and biases."""

    factors: dict[str, tuple[Array, Array]]
    heads: dict[str, tuple[Array, Array]]


@dataclass(frozen=True)
class Targets:
    """What each message should give; NaN or -1 where a head has nothing to learn from it."""

    danger: Array  # 0 to 1
    emergency: Array  # 0, 1 or NaN
    category: Array  # number or -1
    categories: int


def learn(
    texts: Callable[[int], Sequence[str]], targets: Targets, recipe: Recipe, *, weight: Array | None = None
) -> Learnt:
    """
    Learn factors and heads.

    Args:
        texts: The messages as this epoch shows them, always in the targets' order.
        weight: How much each message counts; 1 where None.
    """
    base, tokenizer = _base()
    state = _start(base, targets, recipe)
    chance = np.random.RandomState(recipe.seed)
    weights = np.ones(len(targets.danger), np.float32) if weight is None else weight.astype(np.float32)
    step = _make_step(recipe)
    began, number, total = time.monotonic(), 0, 0
    for epoch in range(recipe.epochs):
        ids = [encoding.ids for encoding in tokenizer.encode_batch(list(texts(epoch)))]
        batches = _shuffled(ids, chance)
        total = total or recipe.epochs * len(batches)
        losses = 0.0
        for length, rows in batches:
            number += 1
            pace = min(1.0, number / (0.06 * total)) * max(0.02, 1 - number / total)
            key = jax.random.PRNGKey(number + recipe.seed * 1_000_000)
            batch = _batch(ids, rows, length, targets, weights)
            *state, loss = step(*state, float(number), pace, base, batch, key)
            losses += float(loss)
        log.info("epoch %d: loss %.3f, %.0f s", epoch + 1, losses / len(batches), time.monotonic() - began)
    factors, heads = jax.tree_util.tree_map(np.asarray, (state[0]["factors"], state[0]["heads"]))
    # `(stretch * v) @ w` is what was learnt; the reader multiplies by w alone
    return Learnt(factors, {name: (w * _TEMPERATURE, b) for name, (w, b) in heads.items()})


def _base() -> tuple[Any, Any]:
    """The packaged weights, each kind of matrix stacked over the layers, and the tokenizer."""
    raw, tokenizer = packaged_weights()
    stacked = {
        name: (
            jnp.stack([_oriented(raw[f"encoder.layer.{layer}.{name}.weight"]) for layer in range(LAYERS)]),
            jnp.stack([jnp.array(raw[f"encoder.layer.{layer}.{name}.bias"]) for layer in range(LAYERS)]),
        )
        for name in (*MATRICES, *_NORMS)
    }
    places = raw["embeddings.position_embeddings.weight"][:MAX_TOKENS]
    start = {
        "words": jnp.array(raw["embeddings.word_embeddings.weight"]),
        "places": jnp.array(places + raw["embeddings.token_type_embeddings.weight"][0]),
        "scale": jnp.array(raw["embeddings.LayerNorm.weight"]),
        "shift": jnp.array(raw["embeddings.LayerNorm.bias"]),
    }
    return (start, stacked), tokenizer


def _oriented(weight: Array) -> Any:
    return jnp.array(weight.T if weight.ndim == 2 else weight)


def _start(base: Any, targets: Targets, recipe: Recipe) -> list[Any]:
    """Factors whose product is zero, small heads, and the optimiser's two empty memories."""
    chance = np.random.RandomState(recipe.seed + 17)
    factors = {}
    for name in MATRICES:
        into, out = base[1][name][0].shape[1:]
        factors[name] = (
            jnp.array(chance.randn(LAYERS, into, recipe.rank) * 0.02, jnp.float32),
            jnp.zeros((LAYERS, recipe.rank, out)),
        )
    sizes = {"danger": 1, "emergency": 1, "category": targets.categories}
    heads = {
        name: (jnp.array(chance.randn(WIDTH, size) * 0.02, jnp.float32), jnp.zeros(size))
        for name, size in sizes.items()
    }
    parameters = {"factors": factors, "heads": heads}
    return [parameters, *(jax.tree_util.tree_map(jnp.zeros_like, parameters) for _ in range(2))]


def _shuffled(ids: list[list[int]], chance: Any) -> list[tuple[int, Array]]:
    lengths = np.array([next(size for size in _BATCH if size >= len(tokens)) for tokens in ids])
    batches: list[tuple[int, Array]] = []
    for length, size in _BATCH.items():
        rows = chance.permutation(np.where(lengths == length)[0])
        batches.extend((length, rows[start : start + size]) for start in range(0, len(rows), size))
    chance.shuffle(batches)
    return batches


def _batch(ids: list[list[int]], rows: Array, length: int, targets: Targets, weights: Array) -> dict[str, Array]:
    """Padded to one of four shapes, so that four programs are compiled; padding rows weigh nothing."""
    size = _BATCH[length]
    tokens, real = np.zeros((size, length), np.int32), np.zeros((size, length), bool)
    real[:, 0] = True
    for place, row in enumerate(rows):
        tokens[place, : len(ids[row])] = ids[row]
        real[place, : len(ids[row])] = True
    filled = np.concatenate([rows, np.zeros(size - len(rows), int)])
    weight = np.where(np.arange(size) < len(rows), weights[filled], 0).astype(np.float32)
    return {
        "tokens": tokens,
        "real": real,
        "weight": weight,
        "danger": targets.danger[filled].astype(np.float32),
        "emergency": targets.emergency[filled].astype(np.float32),
        "category": targets.category[filled].astype(np.int32),
    }


@lru_cache(maxsize=4)
def _make_step(recipe: Recipe) -> Any:
    """One AdamW step with clipped gradients."""

    def step(parameters, mean, square, number, pace, base, batch, key):  # type: ignore[no-untyped-def]
        loss, gradient = jax.value_and_grad(_loss)(parameters, base, batch, key, recipe)
        size = jnp.sqrt(sum((leaf**2).sum() for leaf in jax.tree_util.tree_leaves(gradient)))
        gradient = jax.tree_util.tree_map(lambda g: g * jnp.minimum(1, 1 / (size + 1e-6)), gradient)
        mean = jax.tree_util.tree_map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
        square = jax.tree_util.tree_map(lambda s, g: 0.999 * s + 0.001 * g * g, square, gradient)

        def moved(rate):  # type: ignore[no-untyped-def]
            def move(p, m, s):  # type: ignore[no-untyped-def]
                change = (m / (1 - 0.9**number)) / (jnp.sqrt(s / (1 - 0.999**number)) + 1e-8)
                return p - rate * pace * (change + recipe.decay * p)

            return move

        parameters = {
            part: jax.tree_util.tree_map(moved(rate), parameters[part], mean[part], square[part])
            for part, rate in (("factors", recipe.rate), ("heads", recipe.head_rate))
        }
        return parameters, mean, square, loss

    return jax.jit(step, donate_argnums=(0, 1, 2))


def _loss(parameters: Any, base: Any, batch: Any, key: Any, recipe: Recipe) -> Any:
    vectors = _forward(base, parameters["factors"], batch["tokens"], batch["real"], key, recipe.dropout)
    scores = {name: _TEMPERATURE * (vectors @ w) + b for name, (w, b) in parameters["heads"].items()}
    weight, low, high = batch["weight"], recipe.smoothing, 1 - recipe.smoothing
    loss = _sigmoid_loss(scores["danger"][:, 0], jnp.clip(batch["danger"], low, high)) * weight
    known = ~jnp.isnan(batch["emergency"])
    emergency = jnp.where(known, batch["emergency"], 0.5)
    loss += 0.5 * jnp.where(known, _sigmoid_loss(scores["emergency"][:, 0], jnp.clip(emergency, low, high)), 0) * weight
    named = batch["category"] >= 0
    chances = jax.nn.log_softmax(scores["category"])
    right = jnp.take_along_axis(chances, jnp.where(named, batch["category"], 0)[:, None], 1)[:, 0]
    loss += 0.5 * jnp.where(named, -(high * right + low * chances.mean(1)), 0) * weight
    return loss.sum() / weight.shape[0]


def _sigmoid_loss(score: Any, target: Any) -> Any:
    return jnp.logaddexp(0, score) - target * score


def _forward(base: Any, factors: Any, tokens: Any, real: Any, key: Any, dropout: float) -> Any:
    start, stacked = base
    count, length = tokens.shape
    x = _normalise(start["words"][tokens] + start["places"][:length], start["scale"], start["shift"])
    mask = jnp.where(real, 0.0, -1e9)[:, None, None, :]

    def drop(x: Any, key: Any) -> Any:
        return jnp.where(jax.random.bernoulli(key, 1 - dropout, x.shape), x / (1 - dropout), 0)

    def layer(x: Any, of_layer: Any) -> Any:
        weights, thin, key = of_layer
        keys = jax.random.split(key, 3)

        def dense(name: str, x: Any) -> Any:
            return x @ weights[name][0] + weights[name][1] + (x @ thin[name][0]) @ thin[name][1]

        def split(name: str) -> Any:
            return dense(name, x).reshape(count, length, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)

        query, keyed, value = (split(name) for name in MATRICES[:3])
        scores = jax.nn.softmax(query @ keyed.transpose(0, 1, 3, 2) / np.sqrt(WIDTH // HEADS) + mask, -1)
        mixed = (drop(scores, keys[0]) @ value).transpose(0, 2, 1, 3).reshape(count, length, WIDTH)
        x = _normalise(x + drop(dense(MATRICES[3], mixed), keys[1]), *weights[_NORMS[0]])
        deep = dense(MATRICES[5], jax.nn.gelu(dense(MATRICES[4], x), approximate=True))
        return _normalise(x + drop(deep, keys[2]), *weights[_NORMS[1]]), None

    x, _ = lax.scan(layer, x, (stacked, factors, jax.random.split(key, LAYERS)))
    pooled = (x * real[..., None].astype(x.dtype)).sum(1)
    return pooled / jnp.linalg.norm(pooled, axis=1, keepdims=True)


def _normalise(x: Any, scale: Any, shift: Any) -> Any:
    mean = x.mean(-1, keepdims=True)
    spread = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(spread + 1e-12) * scale + shift
