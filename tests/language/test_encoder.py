"""The NumPy encoder gives the published model's vectors, whatever else is in the call."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file
from scipy.special import erf

from bot.language.encoder import WIDTH, Encoder, EncoderError, _gelu, _installed_folder

TEXTS = [
    "my feet have been tingling for three weeks",
    "b12 145 pg/ml, hb 9.8",
    "",
    "I've had a jab & now my throat feels TIGHT!!",
    "é ñ 你好 😀",
    "word " * 300,
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


def test_similarities_are_those_published_for_the_model(encoder: Encoder) -> None:
    """Values of the model's public inference page for its own example sentences."""
    person, dog, very, sunny = encoder.encode(
        ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    )
    similarities = np.array([dog, very, sunny]) @ person
    np.testing.assert_allclose(similarities, [0.6945773, 0.9429150, 0.2568761], atol=2e-6)


def test_vectors_agree_with_a_second_implementation_in_double_precision(encoder: Encoder) -> None:
    weights = {name: w.astype(float) for name, w in load_file(_installed_folder() / "model.safetensors").items()}
    for text in TEXTS:
        tokens = encoder._tokenizer.encode(text).ids
        np.testing.assert_allclose(encoder.encode([text])[0], _reference(weights, tokens), atol=2e-6)


def test_vectors_do_not_depend_on_what_else_is_in_the_call(encoder: Encoder) -> None:
    """Short texts are padded to the longest of their batch; the padding must not leak into them."""
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=2e-6)


def test_many_texts_keep_their_order_across_batches(encoder: Encoder) -> None:
    texts = [f"result number {number} " + "again " * (number % 60) for number in range(150)]
    vectors = encoder.encode(texts)
    for row in (0, 1, 59, 60, 149):
        np.testing.assert_allclose(vectors[row], encoder.encode([texts[row]])[0], atol=2e-6)


def test_same_text_gives_the_same_vector(encoder: Encoder) -> None:
    assert np.array_equal(encoder.encode(TEXTS), encoder.encode(TEXTS))


def test_threads_may_share_an_encoder(encoder: Encoder) -> None:
    expected = encoder.encode(["my tongue is sore"])
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: encoder.encode(["my tongue is sore"]), range(12)))
    assert all(np.array_equal(answer, expected) for answer in answers)


def test_vectors_have_length_one(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), WIDTH)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_give_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, WIDTH)


@pytest.mark.parametrize(
    ("text", "alike", "unlike"),
    [
        ("my feet are tingling", "I have pins and needles in my feet", "what time do you open on Saturday?"),
        ("how often do I need the injection?", "how frequently are the jabs given?", "my tongue is sore"),
        ("please delete my data", "erase everything you hold about me", "I am vegan"),
    ],
)
def test_paraphrases_are_nearer_than_other_subjects(encoder: Encoder, text: str, alike: str, unlike: str) -> None:
    base, near, far = encoder.encode([text, alike, unlike])
    assert base @ near > base @ far + 0.1
    assert base @ near == pytest.approx(float(near @ base))


def test_text_after_128_tokens_is_ignored(encoder: Encoder) -> None:
    long = "tired " * 200
    assert np.array_equal(encoder.encode([long])[0], encoder.encode([long + "chest pain"])[0])


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(), max_size=200))  # lone surrogates included
def test_any_text_has_a_finite_vector(encoder: Encoder, text: str) -> None:
    assert np.isfinite(encoder.encode([text])).all()


def test_activation_is_exact_to_single_precision() -> None:
    x = np.linspace(-12, 12, 20001, dtype=np.float32).reshape(3, -1)
    exact = x.astype(float) * 0.5 * (1 + erf(x.astype(float) / np.sqrt(2)))
    np.testing.assert_allclose(_gelu(x.copy()), exact, atol=1e-6)


def test_loads_from_a_folder_or_from_the_weights_file(encoder: Encoder) -> None:
    weights = _installed_folder() / "model.safetensors"
    for path in (weights, str(weights.parent)):
        assert np.array_equal(Encoder.load(path).encode(["hello"]), encoder.encode(["hello"]))


def test_other_weights_are_refused_with_both_digests(tmp_path: Path) -> None:
    shutil.copy(_installed_folder() / "tokenizer.json", tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not the model")
    with pytest.raises(EncoderError, match=r"model\.safetensors: SHA-256 is .*expected 53aa51172d14"):
        Encoder.load(tmp_path)


def test_weights_of_another_shape_of_model_are_refused(tmp_path: Path) -> None:
    """A digest named by mistake must not give an encoder that fails at the first message."""
    import hashlib

    shutil.copy(_installed_folder() / "tokenizer.json", tmp_path)
    file = tmp_path / "model.safetensors"
    save_file({"embeddings.word_embeddings.weight": np.zeros((2, 2), dtype=np.float32)}, file)
    with pytest.raises(EncoderError, match="not the weights of a MiniLM-L6 encoder"):
        Encoder.load(tmp_path, sha256=hashlib.sha256(file.read_bytes()).hexdigest())


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"tokenizer\.json: cannot be read"):
        Encoder.load(tmp_path)


def _reference(weights: dict[str, np.ndarray], tokens: list[int]) -> np.ndarray:
    """The same model written from its definition: one text, one row a token, one head at a time."""

    def dense(x: np.ndarray, name: str) -> np.ndarray:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        centred = x - x.mean(1, keepdims=True)
        return centred / np.sqrt(x.var(1, keepdims=True) + 1e-12) * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    x = weights["embeddings.word_embeddings.weight"][tokens]
    x = x + weights["embeddings.position_embeddings.weight"][: len(tokens)]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in (f"encoder.layer.{number}" for number in range(6)):
        q, k, v = (dense(x, f"{layer}.attention.self.{part}") for part in ("query", "key", "value"))
        heads = []
        for head in range(12):
            part = slice(32 * head, 32 * head + 32)
            weight = np.exp(q[:, part] @ k[:, part].T / np.sqrt(32))
            heads.append(weight / weight.sum(1, keepdims=True) @ v[:, part])
        attended = dense(np.concatenate(heads, axis=1), f"{layer}.attention.output.dense")
        x = norm(x + attended, f"{layer}.attention.output.LayerNorm")
        wide = dense(x, f"{layer}.intermediate.dense")
        wide = wide * 0.5 * (1 + erf(wide / np.sqrt(2)))
        x = norm(x + dense(wide, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    pooled = x.mean(0)
    return pooled / np.linalg.norm(pooled)
