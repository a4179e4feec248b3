"""Pictures of the figures: bars with their intervals, a reliability curve, lines over a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

from benchmarks.understanding.shares import wilson

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "b12"  # the same figures give the same file
FOLDER = Path(__file__).resolve().parent / "plots"
_INK, _LIGHT = "#005eb8", "#768692"


def bars(path: Path, title: str, groups: Mapping[str, tuple[int, int]], *, goal: float | None = None) -> None:
    """One bar a group, `(hits, count)`, with its 95 % interval; `goal` is drawn as a line."""
    from matplotlib import pyplot

    names = list(groups)
    figure, axes = pyplot.subplots(figsize=(8, 0.32 * len(names) + 1.2))
    for place, name in enumerate(names):
        middle, low, high = (100 * value for value in wilson(*groups[name]))
        axes.barh(place, middle, color=_INK, height=0.6)
        axes.plot([low, high], [place, place], color="black", linewidth=1)
    axes.set_yticks(range(len(names)), [f"{name} ({groups[name][1]})" for name in names], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    if goal is not None:
        axes.axvline(100 * goal, color=_LIGHT, linestyle="--", linewidth=1)
    axes.set_xlabel("per cent, with 95 % interval")
    axes.set_title(title, fontsize=10)
    _save(figure, path)


def reliability(path: Path, title: str, stated: Sequence[float], right: Sequence[bool], *, bins: int = 10) -> None:
    """How often a stated confidence was right, in equal steps of confidence."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 4.2))
    axes.plot([0, 1], [0, 1], color=_LIGHT, linestyle="--", linewidth=1)
    for number in range(bins):
        rows = [row for row, value in enumerate(stated) if number / bins < value <= (number + 1) / bins]
        if rows:
            share, low, high = wilson(sum(right[row] for row in rows), len(rows))
            mean = sum(stated[row] for row in rows) / len(rows)
            axes.plot([mean, mean], [low, high], color=_INK, linewidth=1)
            axes.plot(mean, share, "o", color=_INK, markersize=4 + min(8, len(rows) / 20))
    axes.set_xlabel("stated confidence")
    axes.set_ylabel("share that was right")
    axes.set_title(title, fontsize=10)
    _save(figure, path)


def lines(path: Path, title: str, series: Mapping[str, Mapping[int, float]], *, across: str, up: str) -> None:
    """One line a name, over the same few numbers, which stand at equal distances."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 3.6))
    for (name, points), style in zip(series.items(), ("-", "--", ":", "-."), strict=False):
        axes.plot([str(number) for number in points], list(points.values()), style, marker="o", label=name)
    axes.set_ylim(bottom=0)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_title(title, fontsize=10)
    axes.legend(fontsize=8)
    _save(figure, path)


def _save(figure, path: Path) -> None:  # type: ignore[no-untyped-def]
    from matplotlib import pyplot

    path.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(path, format="svg", metadata={"Date": None})
    pyplot.close(figure)
