"""
Read what the writer of a message wants, and which question they ask.

Learns from written lines (`lines`) over sentence vectors and n-grams (`features`) with
linear heads (`heads`).  It does not read findings, judge danger or answer: those are
`bot.language.reader`, `bot.language.screen` and the actions.

A red flag is never this reader's decision: `report_urgent` is only what the message is
about, and the screen has looked at it before.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from bot.language.intents.features import Ngrams, Vectors, normalise
from bot.language.intents.heads import LinearHead
from bot.language.intents.lines import IntentLine
from bot.language.intents.settings import IntentSettings, load_settings

WEIGHTS_FILE, NOTE_FILE = "intents.npz", "intents.json"
#: Raised when a stored reader can no longer be read by this code.
FORM = 1

#: The intents that ask something and therefore have a topic.
ASKING = ("ask_faq", "ask_clot_worry")
OUT_OF_SCOPE = "out_of_scope"

_AROUND = " \t\n.!?,;:…\"'()-"
#: A number, date or length of time and nothing that could be a message of its own.
_BARE_ANSWER = re.compile(
    r"(?:(?:about|around|roughly|approx\.?|maybe|only|just|since|for|in|over|under|nearly|almost|less than|more than|"
    r"a|an|the|couple|few|of|half|and|or|to|last|this|ago|old|the last|"
    r"one|two|three|four|five|six|seven|eight|nine|ten|twelve|"
    r"days?|weeks?|fortnights?|months?|years?|yrs?|hours?|mg|mcg|ug|g/l|ng/l|pg/ml|pmol/l|nmol/l|umol/l|"
    r"january|february|march|april|may|june|july|august|september|october|november|december|"
    r"spring|summer|autumn|winter|christmas|easter|phonenumber|emailaddress|#\d)[\s,/-]*)+"
)


class SentenceVectors(Protocol):
    """What the reader needs of an encoder."""

    def encode(self, texts: Sequence[str]) -> Vectors: ...


class IntentsNotTrained(Exception):
    """There is no trained reader in the given place; the text says what to do."""


@dataclass(frozen=True)
class IntentReading:
    """
    What one message wants.

    Args:
        intent: One of the contract's intents.
        confidence: Its share, from 0 to 1.
        ranking: Every intent with its share, the likeliest first.
        topic: "FAQ-01" to "FAQ-84" or a clinic fact's name ("clinic_hours"); None when nothing
            is asked or the question is doubtful.
        topic_ranking: Topics with their share among topics, the likeliest first; empty when nothing is asked.
        did_you_mean: The nearest topics, to offer when a question is asked but doubtful.
    """

    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    topic: str | None = None
    topic_ranking: tuple[tuple[str, float], ...] = ()
    did_you_mean: tuple[str, ...] = ()


@dataclass(frozen=True)
class IntentReader:
    """
    Reads intents and topics.  Build one with `train` or `load`.

    Two heads vote on the intent: one has a class for each intent, the other for each
    intent and topic, whose shares are added up; the second also gives the topic.
    """

    encoder: SentenceVectors
    grams: Ngrams
    intents: LinearHead
    topics: LinearHead
    settings: IntentSettings
    titles: Mapping[str, str]

    @classmethod
    def train(
        cls,
        lines: Sequence[IntentLine],
        *,
        encoder: SentenceVectors,
        settings: IntentSettings | None = None,
        titles: Mapping[str, str] | None = None,
        cache: Path | None = None,
    ) -> IntentReader:
        """
        Learn from training lines.

        Args:
            encoder: Gives the sentence vectors, here and at reading.
            titles: Question as shown in "did you mean" to its topic; always read as that topic.
            cache: A file that keeps the vectors of lines seen before.

        Raises:
            ValueError: The lines hold fewer than two intents.
        """
        settings = settings or load_settings()
        texts = [line.text for line in lines]
        vectors = cached_vectors(texts, encoder, cache=cache)
        grams = Ngrams.learn(texts)
        weighed = grams.weigh(texts) * settings.gram_weight
        how = {"strength": settings.strength, "sharpness": settings.sharpness}
        return cls(
            encoder=encoder,
            grams=grams,
            intents=LinearHead.fit(vectors, weighed, [line.intent for line in lines], **how),
            topics=LinearHead.fit(vectors, weighed, [_fine(line) for line in lines], **how),
            settings=settings,
            titles={bare(title): topic for title, topic in (titles or {}).items()},
        )

    def read(self, text: str, *, context: str | None = None) -> IntentReading:
        """
        What the message wants.

        Args:
            context: The question just asked: a code, or a name listed in the settings under `asked`.
        """
        plain = bare(text)
        certain = self._certain(text, plain, context)
        if certain is not None:
            return certain
        return self.read_all([text])[0]

    def read_all(self, texts: Sequence[str]) -> list[IntentReading]:
        """Several messages at once, without context and closed patterns: what the heads say."""
        vectors = self.encoder.encode(list(texts))
        weighed: sparse.csr_matrix = self.grams.weigh(texts) * self.settings.gram_weight
        by_intent = self.intents.probabilities(vectors, weighed)
        by_topic = self.topics.probabilities(vectors, weighed)
        return [self._decide(by_intent[row], by_topic[row]) for row in range(len(texts))]

    def _certain(self, text: str, plain: str, context: str | None) -> IntentReading | None:
        if not plain and not text.strip(_AROUND):
            only_asking = "?" in text and not text.strip(" ?\n\t")
            return _sure("repeat_clarify" if only_asking else OUT_OF_SCOPE)
        if plain in self.titles:
            topic = self.titles[plain]
            return IntentReading("ask_faq", 1.0, (("ask_faq", 1.0),), topic, ((topic, 1.0),))
        if plain in self.settings.closed:
            return _sure(self.settings.closed[plain])
        expected = self.settings.asked.get(context or "")
        if expected is not None and _BARE_ANSWER.fullmatch(normalise(text).strip(_AROUND)):
            return _sure(expected)
        return None

    def _decide(self, by_intent: NDArray[np.float64], by_topic: NDArray[np.float64]) -> IntentReading:
        shares = {name: float(share) / 2 for name, share in zip(self.intents.names, by_intent, strict=True)}
        topics: dict[str, float] = {}
        for name, share in zip(self.topics.names, by_topic, strict=True):
            intent, _, topic = name.partition("/")
            shares[intent] = shares.get(intent, 0.0) + float(share) / 2
            if topic:
                topics[topic] = topics.get(topic, 0.0) + float(share)
        ranking = tuple(sorted(shares.items(), key=lambda item: -item[1]))
        intent, confidence = self._intent(ranking)
        if intent not in ASKING:
            return IntentReading(intent, confidence, ranking)
        return self._asked(intent, confidence, ranking, topics)

    def _intent(self, ranking: tuple[tuple[str, float], ...]) -> tuple[str, float]:
        shares = dict(ranking)
        outside = shares.get(OUT_OF_SCOPE, 0.0)
        inside = [item for item in ranking if item[0] != OUT_OF_SCOPE]
        if outside >= self.settings.out_of_scope_from or not inside:
            return OUT_OF_SCOPE, outside
        if max(inside[0][1], outside) < self.settings.understood_from:
            return OUT_OF_SCOPE, 1.0 - inside[0][1]
        return inside[0]

    def _asked(
        self, intent: str, confidence: float, ranking: tuple[tuple[str, float], ...], topics: dict[str, float]
    ) -> IntentReading:
        total = sum(topics.values()) or 1.0
        ranked = tuple(sorted(((name, share / total) for name, share in topics.items()), key=lambda item: -item[1]))
        best, best_share = ranked[0] if ranked else (None, 0.0)
        next_share = ranked[1][1] if len(ranked) > 1 else 0.0
        if best_share >= self.settings.topic_from and best_share >= self.settings.topic_lead * next_share:
            return IntentReading(intent, confidence, ranking, best, ranked)
        near = tuple(
            name for name, share in ranked[:4] if share >= self.settings.offer_from and name.startswith("FAQ-")
        )
        return IntentReading(intent, confidence, ranking, None, ranked, near[:2])

    def save(self, folder: Path) -> None:
        """Writes the heads and the vocabulary, without any training line, as arrays and JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {f"grams_{key}": array for key, array in self.grams.to_arrays().items()}
        for name, head in (("intents", self.intents), ("topics", self.topics)):
            arrays.update({f"{name}_{key}": array for key, array in head.to_arrays().items()})
        np.savez_compressed(folder / WEIGHTS_FILE, **arrays)
        note = {
            "form": FORM,
            "gram_weight": self.settings.gram_weight,
            "sharpness": {"intents": self.intents.sharpness, "topics": self.topics.sharpness},
        }
        (folder / NOTE_FILE).write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        encoder: SentenceVectors,
        settings: IntentSettings | None = None,
        titles: Mapping[str, str] | None = None,
    ) -> IntentReader:
        """
        A reader that `save` wrote.

        Raises:
            IntentsNotTrained: Nothing was saved there, or by a version with another form.
        """
        try:
            note: dict[str, Any] = json.loads((folder / NOTE_FILE).read_text(encoding="utf-8"))
            if note.get("form") != FORM:
                raise IntentsNotTrained(
                    f"{folder / NOTE_FILE} has form {note.get('form')!r}, expected {FORM}. Run `make train`."
                )
            with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except (OSError, ValueError) as error:
            raise IntentsNotTrained(f"No trained reader of intents in {folder}. Run `make train`.") from error
        parts = {name: _under(f"{name}_", arrays) for name in ("grams", "intents", "topics")}
        return cls(
            encoder=encoder,
            grams=Ngrams.from_arrays(parts["grams"]),
            intents=LinearHead.from_arrays(parts["intents"], sharpness=note["sharpness"]["intents"]),
            topics=LinearHead.from_arrays(parts["topics"], sharpness=note["sharpness"]["topics"]),
            settings=settings or load_settings(),
            titles={bare(title): topic for title, topic in (titles or {}).items()},
        )


def bare(text: str) -> str:
    """Lower case, single spaces, without punctuation around: what closed messages are compared by."""
    return " ".join(text.replace("’", "'").lower().split()).strip(_AROUND)


def cached_vectors(texts: Sequence[str], encoder: SentenceVectors, *, cache: Path | None) -> Vectors:
    """
    A vector for each text; those of texts seen before come from the file `cache`.

    The file belongs to one encoder: name it after the encoder's digest.
    """
    if cache is None:
        return encoder.encode(texts)
    keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24] for text in texts]
    known = _read_cache(cache)
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if new:
        known.update(zip(new, encoder.encode(list(new.values())), strict=True))
        cache.parent.mkdir(parents=True, exist_ok=True)
        unfinished = cache.with_suffix(".part.npz")
        np.savez(unfinished, keys=np.array(list(known), dtype=np.str_), vectors=np.stack(list(known.values())))
        unfinished.replace(cache)
    return np.stack([known[key] for key in keys])


def _read_cache(cache: Path) -> dict[str, Vectors]:
    try:
        with np.load(cache, allow_pickle=False) as stored:
            return dict(zip((str(key) for key in stored["keys"]), stored["vectors"], strict=True))
    except (OSError, ValueError, KeyError, EOFError):
        return {}  # absent or damaged: the vectors are computed again


def _fine(line: IntentLine) -> str:
    return f"{line.intent}/{line.topic}" if line.topic else line.intent


def _under(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name[len(prefix) :]: array for name, array in arrays.items() if name.startswith(prefix)}


def _sure(intent: str) -> IntentReading:
    return IntentReading(intent, 1.0, ((intent, 1.0),))
