"""
A linear head: one weight for each feature and class, and how sure a score makes us.

Trained as one-against-the-rest support vector machines, which take seconds where a
joint logistic regression takes minutes and were as good on the development set; scores
become probabilities by a softmax whose sharpness is a setting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.svm import LinearSVC

from bot.language.intents.features import Vectors


@dataclass(frozen=True)
class LinearHead:
    """
    Scores for a fixed list of classes.

    Args:
        names: The classes, in the order of the columns.
        dense: Weights of the sentence vector, [384, classes].
        grams: Weights of the n-grams, [n-grams, classes].
        bias: [classes].
        sharpness: Factor before the softmax.
    """

    names: tuple[str, ...]
    dense: Vectors
    grams: Vectors
    bias: Vectors
    sharpness: float

    @classmethod
    def fit(
        cls,
        vectors: Vectors,
        grams: sparse.csr_matrix,
        labels: Sequence[str],
        *,
        strength: float,
        sharpness: float,
    ) -> LinearHead:
        """
        Learn from one label for each row.

        Args:
            strength: The support vector machine's C: higher follows the training lines more closely.

        Raises:
            ValueError: Fewer than two different labels.
        """
        if len(set(labels)) < 2:
            raise ValueError("a head needs messages of at least two different classes.")
        features = sparse.hstack([sparse.csr_matrix(vectors), grams], format="csr")
        machine = LinearSVC(C=strength, random_state=0).fit(features, list(labels))
        weights, bias = machine.coef_, machine.intercept_
        if len(machine.classes_) == 2:  # two classes share one line: one is the other's opposite
            weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
        weights = weights.astype(np.float32).T
        width = vectors.shape[1]
        return cls(
            names=tuple(str(name) for name in machine.classes_),
            dense=np.ascontiguousarray(weights[:width]),
            grams=np.ascontiguousarray(weights[width:]),
            bias=bias.astype(np.float32),
            sharpness=sharpness,
        )

    def probabilities(self, vectors: Vectors, grams: sparse.csr_matrix) -> NDArray[np.float64]:
        """One row for each message, one column for each name; every row adds up to 1."""
        scores = (vectors @ self.dense + grams @ self.grams + self.bias).astype(np.float64) * self.sharpness
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Half precision: a tenth of the scores' own uncertainty, and half the file."""
        return {
            "names": np.array(self.names, dtype=np.str_),
            "dense": self.dense.astype(np.float16),
            "grams": self.grams.astype(np.float16),
            "bias": self.bias,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], *, sharpness: float) -> LinearHead:
        return cls(
            names=tuple(str(name) for name in arrays["names"]),
            dense=arrays["dense"].astype(np.float32),
            grams=arrays["grams"].astype(np.float32),
            bias=arrays["bias"].astype(np.float32),
            sharpness=sharpness,
        )
