"""
Make the danger classifier again from the written messages: one command, a few minutes.

    python -m bot.language.train_danger [--held-out AUTHOR,AUTHOR] [--frozen] [--once] [--check-only] [--out FOLDER]

First it learns without the held-out authors and measures on them; there the two readers
(fine-tuned encoder, n-grams) are weighed against each other and turned into chances.
Then it learns from everybody (not with `--once`) and writes `danger.npz` and `danger.json`.  Training needs
JAX (requirements/dev.in); `--frozen` leaves the encoder as it is and needs only scikit-learn.
"""

from __future__ import annotations

import argparse
import logging
import random
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.clinical.codes import CATEGORIES, Level
from bot.knowledge.content import FOLDER as KNOWLEDGE
from bot.knowledge.danger import load_danger
from bot.knowledge.strict import ContentError
from bot.language.danger_grams import GramScorer, letter_grams, word_grams
from bot.language.danger_lines import EVERYDAY, DangerLine, digest, everyday_lines, read_danger_lines
from bot.language.danger_model import FOLDER, DangerModel, save_model
from bot.language.encoder import Encoder
from bot.language.screen import Screen, ScreenState

log = logging.getLogger("train_danger")

ROOT = Path(__file__).resolve().parent.parent.parent
HELD_OUT = ("bex", "jodie", "winston")
EVERYDAY_COUNT, EVERYDAY_WEIGHT = 1200, 0.7
DOUBTFUL = 0.4  # what a message that only deserves a question should score
GRAM_STRENGTH, FROZEN_STRENGTH = 10.0, 10.0  # inverse regularisation of the linear readers
FALSE_ALARMS = (0.02, 0.05, 0.10)
_EVIDENCE_CHARACTERS = 80
_ENDS = re.compile(r"[.!?…]\s*$")

Array = NDArray[Any]


@dataclass(frozen=True)
class Readers:
    """The two readers of one training, before they are weighed."""

    factors: dict[str, tuple[Array, Array]]
    heads: dict[str, tuple[Array, Array]]
    grams: dict[str, Array]  # see `GramScorer.from_arrays`
    gram_bias: float


@dataclass(frozen=True)
class Weighing:
    """How the readers' scores become chances: sigmoid(encoder * e + grams * g + shift), and the same for emergency."""

    encoder: float
    grams: float
    shift: float
    emergency: float
    emergency_shift: float


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("jax").setLevel(logging.WARNING)
    written = read_danger_lines(ROOT / "data" / "danger")
    everyday = everyday_lines(ROOT / "data" / "nlu", count=EVERYDAY_COUNT, seed=0, quiet=_quiet(_rules_alone()))
    held_out = tuple(options.held_out.split(","))
    unseen_everyday = everyday[: len(everyday) // 5]
    seen = [*(line for line in written if line.author not in held_out), *everyday[len(everyday) // 5 :]]
    unseen = [*(line for line in written if line.author in held_out), *unseen_everyday]
    log.info("learning from %d messages, %d unseen by %s", len(seen), len(unseen), ", ".join(held_out))
    encoder = Encoder.load()
    readers = _learn(seen, encoder, options)
    scores = _score(readers, unseen, encoder)
    weighing = _weigh(unseen, scores)
    figures = _measure(unseen, scores, weighing)
    for line in figures["lines"]:
        log.info("%s", line)
    if options.check_only:
        return 0
    lines = seen if options.once else [*written, *everyday]
    readers = readers if options.once else _learn(lines, encoder, options)
    save_model(_model(readers, weighing, lines, encoder, label=_label(lines, figures, options)), options.out)
    log.info("wrote %s", options.out)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bot.language.train_danger", description=__doc__)
    parser.add_argument("--held-out", default=",".join(HELD_OUT), help="authors to measure on")
    parser.add_argument("--frozen", action="store_true", help="do not fine-tune the encoder")
    parser.add_argument("--once", action="store_true", help="write what was measured; do not learn again from all")
    parser.add_argument("--check-only", action="store_true", help="measure, write nothing")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--out", type=Path, default=FOLDER)
    return parser.parse_args(arguments)


def _rules_alone() -> Screen:
    danger = load_danger(KNOWLEDGE)
    return Screen(danger.language, danger.flags.rules)


def _quiet(screen: Screen) -> Any:
    now = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
    return lambda text: screen.screen(text, ScreenState(), at=now).level is Level.NONE


# --- learning --------------------------------------------------------------------------


def _learn(lines: Sequence[DangerLine], encoder: Encoder, options: argparse.Namespace) -> Readers:
    factors, heads = _frozen(lines, encoder) if options.frozen else _fine_tuned(lines, options)
    return Readers(factors, heads, *_gram_weights([line for line in lines if line.level is not Level.CHECK]))


def _gram_weights(lines: Sequence[DangerLine]) -> tuple[dict[str, Array], float]:
    """A logistic regression over words and letters; terms that only one message has are left out."""
    texts = [line.text for line in lines]
    counters = {
        name: TfidfVectorizer(analyzer=cut, sublinear_tf=True, min_df=2, dtype=np.float32).fit(texts)
        for name, cut in (("words", word_grams), ("letters", letter_grams))
    }
    features = sparse.hstack([counter.transform(texts) for counter in counters.values()], format="csr")
    machine = LogisticRegression(C=GRAM_STRENGTH, solver="liblinear", max_iter=500)
    machine.fit(features, [line.dangerous for line in lines], sample_weight=_weights(lines))
    arrays, start = {}, 0
    for name, counter in counters.items():
        terms = counter.get_feature_names_out()
        arrays[name], arrays[f"{name}_idf"] = terms.astype(np.str_), counter.idf_.astype(np.float32)
        arrays[f"{name}_weight"] = machine.coef_[0][start : start + len(terms)].astype(np.float32)
        start += len(terms)
    return arrays, float(machine.intercept_[0])


def _fine_tuned(lines: Sequence[DangerLine], options: argparse.Namespace) -> tuple[Any, Any]:
    from bot.language.adapter_training import Recipe, Targets, learn

    chance = random.Random(1)  # noqa: S311 - shuffles training data
    targets = Targets(
        danger=np.array([DOUBTFUL if line.level is Level.CHECK else float(line.dangerous) for line in lines]),
        emergency=np.array([float(line.level is Level.EMERGENCY) if line.dangerous else np.nan for line in lines]),
        category=np.array([CATEGORIES.index(line.category) if line.dangerous else -1 for line in lines]),
        categories=len(CATEGORIES),
    )
    recipe = Recipe(epochs=options.epochs, rank=options.rank)
    learnt = learn(lambda _: joined(lines, chance), targets, recipe, weight=_weights(lines))
    return learnt.factors, learnt.heads


def joined(lines: Sequence[DangerLine], chance: random.Random, *, share: float = 0.2) -> list[str]:
    """The texts in order, a share of them with a harmless one before or after: danger among other talk stays danger."""
    harmless = [line.text for line in lines if line.level is Level.NONE]
    texts = []
    for line in lines:
        text = line.text
        if chance.random() < share:
            pair = [text, chance.choice(harmless)]
            chance.shuffle(pair)
            text = pair[0] + (" " if _ENDS.search(pair[0]) else chance.choice((". ", " ", "... "))) + pair[1]
        texts.append(text)
    return texts


def _frozen(lines: Sequence[DangerLine], encoder: Encoder) -> tuple[Any, Any]:
    """Heads over the encoder as it is."""
    vectors = encoder.encode([line.text for line in lines])
    dangerous = np.array([line.dangerous for line in lines])
    emergency = [line.level is Level.EMERGENCY for line in lines if line.dangerous]
    kind = [CATEGORIES.index(line.category or "") for line in lines if line.dangerous]

    def line_of(x: Array, y: Any) -> tuple[Array, Array]:
        machine = LogisticRegression(C=FROZEN_STRENGTH, max_iter=500).fit(x, y)
        return machine.coef_.T.astype(np.float32), machine.intercept_.astype(np.float32)

    weight, bias = line_of(vectors[dangerous], kind)
    category = np.zeros((vectors.shape[1], len(CATEGORIES)), np.float32), np.full(len(CATEGORIES), -1e9, np.float32)
    for column, number in enumerate(sorted(set(kind))):
        category[0][:, number], category[1][number] = weight[:, column], bias[column]
    heads = {
        "danger": line_of(vectors, dangerous),
        "emergency": line_of(vectors[dangerous], emergency),
        "category": category,
    }
    return {}, heads


def _weights(lines: Sequence[DangerLine]) -> Array:
    return np.array([EVERYDAY_WEIGHT if line.author == EVERYDAY else 1.0 for line in lines])


# --- measuring and weighing ----------------------------------------------------------------


def _score(readers: Readers, lines: Sequence[DangerLine], encoder: Encoder) -> dict[str, Array]:
    texts = [line.text for line in lines]
    vectors = (encoder.adapted(readers.factors) if readers.factors else encoder).encode(texts)
    found = {name: vectors @ weight + bias for name, (weight, bias) in readers.heads.items()}
    found["grams"] = GramScorer.from_arrays(readers.grams).score(texts) + readers.gram_bias
    return found


def _weigh(lines: Sequence[DangerLine], scores: dict[str, Array]) -> Weighing:
    """Fitted on authors that the readers did not see."""
    certain = np.array([line.level is not Level.CHECK for line in lines])
    dangerous = np.array([line.dangerous for line in lines])
    both = np.stack([scores["danger"][:, 0], scores["grams"]], axis=1)
    danger = LogisticRegression(C=10.0).fit(both[certain], dangerous[certain])
    emergency = np.array([line.level is Level.EMERGENCY for line in lines])
    urgent = LogisticRegression(C=10.0).fit(scores["emergency"][dangerous], emergency[dangerous])
    return Weighing(
        encoder=float(danger.coef_[0][0]),
        grams=float(danger.coef_[0][1]),
        shift=float(danger.intercept_[0]),
        emergency=float(urgent.coef_[0][0]),
        emergency_shift=float(urgent.intercept_[0]),
    )


def _measure(lines: Sequence[DangerLine], scores: dict[str, Array], weighing: Weighing) -> dict[str, Any]:
    """Sensitivity at given false alarms among the twins, alone and with the rules."""
    screen, now = _rules_alone(), datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
    written = np.array([line.author != EVERYDAY for line in lines])
    dangerous = np.array([line.dangerous for line in lines])
    harmless = np.array([line.level is Level.NONE for line in lines])
    by_rules = np.array([screen.screen(line.text, ScreenState(), at=now).level >= Level.URGENT for line in lines])
    both = weighing.encoder * scores["danger"][:, 0] + weighing.grams * scores["grams"] + weighing.shift
    chance = 1 / (1 + np.exp(-both))
    twins, rules_caught = harmless & written, by_rules[dangerous].mean()
    report = [f"rules alone: {rules_caught:.3f} caught, {by_rules[twins].mean():.3f} false alarms among the twins"]
    figures: dict[str, Any] = {"unseen_dangers": int(dangerous.sum()), "unseen_twins": int(twins.sum())}
    for name, score in (("encoder", scores["danger"][:, 0]), ("n-grams", scores["grams"]), ("both", chance)):
        for allowed in FALSE_ALARMS:
            edge = float(np.quantile(score[twins], 1 - allowed))
            alone, together = score[dangerous] > edge, (score[dangerous] > edge) | by_rules[dangerous]
            alarms, everyday = (score > edge) | by_rules, score[harmless & ~written] > edge
            report.append(
                f"{name} at {allowed:.2f}: {alone.mean():.3f} caught, with rules {together.mean():.3f} "
                f"(then {alarms[twins].mean():.3f} false), everyday {everyday.mean():.3f}, from {edge:.3f}"
            )
            figures[f"{name} at {allowed}"] = round(float(alone.mean()), 3)
    kind = scores["category"].argmax(axis=1)
    right = [CATEGORIES[kind[row]] == line.category for row, line in enumerate(lines) if line.dangerous]
    above = (weighing.emergency * scores["emergency"][:, 0] + weighing.emergency_shift) > 0
    sorted_right = [above[row] == (line.level is Level.EMERGENCY) for row, line in enumerate(lines) if line.dangerous]
    report.append(f"category {np.mean(right):.3f} right, emergency against urgent {np.mean(sorted_right):.3f} right")
    figures["category"], figures["emergency"] = round(float(np.mean(right)), 3), round(float(np.mean(sorted_right)), 3)
    return {"lines": report, "figures": figures}


# --- writing ---------------------------------------------------------------------------


def _model(
    readers: Readers, weighing: Weighing, lines: Sequence[DangerLine], encoder: Encoder, *, label: dict[str, Any]
) -> DangerModel:
    """The weighing goes into the weights, so that reading is one product for each reader."""
    danger, emergency = readers.heads["danger"], readers.heads["emergency"]
    shift = weighing.shift + weighing.grams * readers.gram_bias
    dangers = [line for line in lines if line.dangerous]
    adapted = encoder.adapted(readers.factors) if readers.factors else encoder
    return DangerModel(
        factors=readers.factors,
        heads={
            "danger": (danger[0] * weighing.encoder, danger[1] * weighing.encoder + np.float32(shift)),
            "emergency": (
                emergency[0] * weighing.emergency,
                emergency[1] * weighing.emergency + np.float32(weighing.emergency_shift),
            ),
            "category": readers.heads["category"],
        },
        categories=CATEGORIES,
        grams={
            name: (array * np.float32(weighing.grams)).astype(np.float16) if name.endswith("_weight") else array
            for name, array in readers.grams.items()
        },
        example_vectors=adapted.encode([line.text for line in dangers]),
        example_ids=tuple(line.id for line in dangers),
        example_texts=tuple(line.text[:_EVIDENCE_CHARACTERS] for line in dangers),
        label=label,
    )


def _label(lines: Sequence[DangerLine], figures: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    return {
        "made_on": date.today().isoformat(),
        "inputs_sha256": digest(lines),
        "written_sha256": digest([line for line in lines if line.author != EVERYDAY]),
        "messages": len(lines),
        "authors": sorted({line.author for line in lines}),
        "held_out_to_measure": options.held_out.split(","),
        "fine_tuned": not options.frozen,
        **({} if options.frozen else {"epochs": options.epochs, "rank": options.rank}),
        "on_held_out_authors": figures["figures"],
    }


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ContentError as fault:
        print(fault, file=sys.stderr)  # noqa: T201
        sys.exit(1)
