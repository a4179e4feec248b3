"""
A message as numbers: its sentence vector beside the weights of its words and letters.

The vector knows meaning ("knackered" is near "exhausted"); the n-grams know the exact
words and survive misspellings.  Numbers, addresses and phone numbers are replaced by
what they are, because which number it was says nothing about what the writer wants.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

Vectors = NDArray[np.float32]

_PUNCTUATION = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})
_B12 = re.compile(r"\b(?:vit(?:amin)?\s*)?b[\s-]?(?:12|twelve)\b|\bbee\s?(?:12|twelve)\b")
# Bounded, and begun only where a word begins: "a@a@a@…" would keep the machine for minutes otherwise.
_EMAIL = re.compile(r"(?<![^\s@])[^\s@]{1,64}@[^\s@]{1,190}\.\w+|(?<!\S)\S{1,64} at \S{1,190} dot \w+")
_PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d\s().-]{7,}\d(?![\w.])|\b\d{3}-\d{4}\b")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,:/]\d+)*")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_WORD = r"(?u)[\w']+|[^\w\s]"

#: A word that no patient writes stands for each kind of thing that was replaced.
_EMAIL_WORD, _PHONE_WORD = " emailaddress ", " phonenumber "


def normalise(text: str) -> str:
    """
    Lower case, plain quotation marks, "vitamin B 12" as "b12", numbers as their digits' count.

    "my vit B-12 was 145!!" becomes "my b12 was #3 !!" and "sooo" becomes "soo".
    """
    text = unicodedata.normalize("NFKC", text).translate(_PUNCTUATION).lower()
    text = _EMAIL.sub(_EMAIL_WORD, text)
    text = _B12.sub(" b12 ", text)
    text = _PHONE.sub(_PHONE_WORD, text)
    text = _NUMBER.sub(lambda match: f" #{min(len(match.group()), 6)} ", text)
    return " ".join(_STRETCHED.sub(r"\1\1", text).split())


@dataclass(frozen=True)
class Ngrams:
    """
    Weights of word pairs and letter groups (TF-IDF over a vocabulary learnt from the training lines).

    Build one with `learn`, or with `from_arrays` from what `to_arrays` gave.
    """

    words: TfidfVectorizer
    letters: TfidfVectorizer

    @classmethod
    def learn(cls, texts: Sequence[str]) -> Ngrams:
        grams = cls(words=_word_counter(), letters=_letter_counter(min_df=2 if len(texts) > 200 else 1))
        normal = [normalise(text) for text in texts]
        grams.words.fit(normal)
        grams.letters.fit(normal)
        return grams

    def weigh(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """One row for each text; words first, then letters."""
        normal = [normalise(text) for text in texts]
        return sparse.hstack([self.words.transform(normal), self.letters.transform(normal)], format="csr")

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Everything needed to build it again, as arrays of text and numbers."""
        return {
            f"{name}_{part}": array
            for name, counter in (("words", self.words), ("letters", self.letters))
            for part, array in (("vocabulary", _in_order(counter.vocabulary_)), ("idf", counter.idf_))
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Ngrams:
        made = []
        for name, make in (("words", _word_counter), ("letters", _letter_counter)):
            terms = arrays[f"{name}_vocabulary"]
            counter = make(vocabulary={str(term): column for column, term in enumerate(terms)})
            counter.idf_ = arrays[f"{name}_idf"]
            made.append(counter)
        return cls(words=made[0], letters=made[1])


def _word_counter(**options: Any) -> TfidfVectorizer:
    return TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, token_pattern=_WORD, lowercase=False, dtype=np.float32, **options
    )


def _letter_counter(**options: Any) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, lowercase=False, dtype=np.float32, **options
    )


def _in_order(vocabulary: Mapping[str, int]) -> NDArray[Any]:
    return np.array(sorted(vocabulary, key=vocabulary.__getitem__), dtype=np.str_)
