"""
A trained reader of danger beside the reviewed rules: how likely, which kind, how urgent.

It reads the message whole, or in parts of whole sentences when it is long, with the
sentence encoder fine-tuned on written examples and the weights of words and letters.
It decides nothing: `Suspector` turns its reading into a match or a safety question by
the thresholds in `bot/knowledge/danger_classifier.yml`.  Nothing it says silences a rule; where it is sure of no
danger, what the rules read is asked about first (`bot.language.danger_certainty`).

The work for one message is bounded: `MOST_TOKENS` in all, however long it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.language.danger_grams import GramScorer
from bot.language.danger_model import FOLDER, DangerModel, DangerModelError, load_model
from bot.language.encoder import MAX_TOKENS, Encoder

MOST_TOKENS = 512  # of one message: four full parts
_MOST_CHARACTERS = 8_000  # what is tokenised at all: the first half and the last half of them
_MOST_SENTENCES = 24  # looked at one by one to find the words that made the score
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*\s*")
_LONGEST_PART = 400  # characters: what has no full stop is cut there

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """A training message that is near to what was read: evidence for staff and reviewers."""

    id: str  # author and line of data/danger
    text: str  # its beginning
    likeness: float  # cosine


@dataclass(frozen=True)
class DangerReading:
    """What the classifier makes of one message.  All chances are from 0 to 1."""

    danger: float
    emergency: float  # of a danger, that it is an emergency
    category: str
    start: int  # the part that scored most, in code points of the message
    end: int


class DangerClassifier:
    """Immutable after construction; may be shared by threads."""

    def __init__(self, model: DangerModel, encoder: Encoder) -> None:
        self._model = model
        self._encoder = encoder.adapted(model.factors) if model.factors else encoder
        self._grams = GramScorer.from_arrays(model.grams)

    @classmethod
    def load(cls, *, folder: Path = FOLDER, encoder: Encoder | None = None) -> DangerClassifier:
        """
        The shipped classifier.

        Args:
            encoder: The packaged sentence encoder when somebody has loaded it already.

        Raises:
            DangerModelError: Its file cannot be used.
            EncoderError: The sentence encoder cannot be used.
        """
        model = load_model(folder)
        encoder = encoder or Encoder.load()
        try:
            return cls(model, encoder)
        except (KeyError, ValueError) as error:
            raise DangerModelError(f"{folder}: lacks a part ({error}). Make it again.") from error

    @property
    def label(self) -> Mapping[str, Any]:
        """What the file says of itself: when and from what it was made, and what was measured."""
        return self._model.label

    def read(self, text: str) -> DangerReading:
        """
        How likely a danger is, and where.

        A message of one part costs one pass of the encoder; finding the sentence costs a
        second one and is left to `locate`.
        """
        parts = self._parts(text)
        if not parts:
            return DangerReading(0.0, 0.0, self._model.categories[-1], 0, len(text))
        danger, emergency, category = self._scores([text[start:end] for start, end in parts])
        best = int(danger.argmax())
        start, end = parts[best]
        return DangerReading(float(danger[best]), float(emergency[best]), category[best], start, end)

    def locate(self, text: str, reading: DangerReading) -> tuple[int, int]:
        """The sentence of the part that scored which is the most like a danger by itself: start and end."""
        sentences = _sentences(text, reading.start, reading.end)[:_MOST_SENTENCES]
        if len(sentences) < 2:
            start, end = sentences[0] if sentences else (reading.start, reading.end)
            return _trimmed(text, start, end)
        danger, _, _ = self._scores([text[start:end] for start, end in sentences])
        return _trimmed(text, *sentences[int(danger.argmax())])

    def nearest(self, text: str, *, count: int = 3) -> tuple[Example, ...]:
        """The dangerous training messages most like this one."""
        likeness = self._model.example_vectors @ self._encoder.encode([text])[0]
        order = np.argsort(-likeness)[:count]
        return tuple(
            Example(self._model.example_ids[row], self._model.example_texts[row], float(likeness[row])) for row in order
        )

    def _scores(self, texts: Sequence[str]) -> tuple[Scores, Scores, list[str]]:
        vectors = self._encoder.encode(texts)
        heads = {name: vectors @ weight + bias for name, (weight, bias) in self._model.heads.items()}
        danger = heads["danger"][:, 0] + self._grams.score(texts)
        category = [self._model.categories[number] for number in heads["category"].argmax(axis=1)]
        return _chance(danger), _chance(heads["emergency"][:, 0]), category

    def _parts(self, text: str) -> list[tuple[int, int]]:
        """The whole message, or runs of whole sentences that the encoder reads uncut; the end is never left out."""
        if not text.strip():
            return []
        if len(text) <= MAX_TOKENS:  # no token is shorter than a character
            return [(0, len(text))]
        spans = _sentences(text, 0, min(len(text), _MOST_CHARACTERS // 2))
        if len(text) > _MOST_CHARACTERS // 2:
            spans += _sentences(text, max(_MOST_CHARACTERS // 2, len(text) - _MOST_CHARACTERS // 2), len(text))
        counts = self._encoder.count_tokens([text[start:end] for start, end in spans])
        parts: list[tuple[int, int]] = []
        sizes: list[int] = []
        for (start, end), tokens in zip(spans, counts, strict=True):
            if parts and sizes[-1] + tokens <= MAX_TOKENS and parts[-1][1] == start:
                parts[-1], sizes[-1] = (parts[-1][0], end), sizes[-1] + tokens
            else:
                parts.append((start, end))
                sizes.append(tokens)
        most = MOST_TOKENS // MAX_TOKENS
        return parts if len(parts) <= most else [*parts[: most // 2], *parts[-(most - most // 2) :]]


def _sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where each sentence of text[start:end] stands; together they cover it."""
    spans: list[tuple[int, int]] = []
    for found in _SENTENCE.finditer(text, start, end):
        low, high = found.span()
        while high - low > _LONGEST_PART:
            space = text.rfind(" ", low + 1, low + _LONGEST_PART)
            cut = space + 1 if space > low else low + _LONGEST_PART
            spans.append((low, cut))
            low = cut
        spans.append((low, high))
    return [(low, high) for low, high in spans if text[low:high].strip()]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    words = text[start:end]
    first = start + len(words) - len(words.lstrip())
    return first, max(first, start + len(words.rstrip()))


def _chance(score: NDArray[np.float32]) -> Scores:
    chance: Scores = 1 / (1 + np.exp(-np.clip(score.astype(np.float64), -30, 30)))
    return chance
