"""
Column plots as SVG made here: no library, no script, no inline style.

Places across are in per cent and heights in pixels, so that the words keep their size at any
width.  Series differ by shade and by pattern, and every plot stands above a table with the same
numbers; `console.css` gives the colours, for light, dark, forced colours and print.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_TOP, _HEIGHT, _BOTTOM = 26, 150, 22
_LEFT, _RIGHT = 11.0, 99.5  # per cent
_MOST_LETTERS = 34  # below a plot of a telephone's width
_VALUES_UP_TO = 12  # columns; with more of them the values would run into each other


@dataclass(frozen=True)
class Series:
    """`kind` is a class of the style sheet; a value of None is a gap, which is not a nought."""

    kind: str
    words: str
    values: tuple[float | None, ...]


def column_plot(
    series: Sequence[Series],
    *,
    id: str,
    axis: str,
    labels: Sequence[str],
    long_labels: Sequence[str] = (),
    share: bool = False,
) -> Markup:
    """
    Columns side by side, the series of each stacked from the bottom.

    Args:
        id: Of the plot; `{id}-title` has to be the id of its heading.
        axis: What the numbers are, above the upright axis.
        labels: Below the columns; as many as fit are shown.
        long_labels: The same for the words that a pointer brings up.
        share: Values are parts of one and shown in per cent.
    """
    totals = [sum(value or 0 for value in column) for column in zip(*(one.values for one in series), strict=True)]
    lines = _lines(max(totals, default=0), share=share)
    top = lines[-1]
    pieces = [_patterns(id), _grid(lines, top, share=share)]
    width = (_RIGHT - _LEFT) / max(1, len(labels))
    for place, total in enumerate(totals):
        words = (long_labels or labels)[place]
        middle = _LEFT + (place + 0.5) * width
        pieces.append(_column(series, place, middle, width, top, id=id, words=words, share=share))
        if len(labels) <= _VALUES_UP_TO and (total or (share and series[0].values[place] is not None)):
            pieces.append(
                Markup('<text class="plot__value" x="{x:.2f}%" y="{y:.1f}" text-anchor="middle">{value}</text>').format(
                    x=middle, y=_TOP + _HEIGHT * (1 - total / top) - 4, value=_said(total, share=share)
                )
            )
    pieces.append(_ticks(labels, width))
    return Markup(
        '<svg class="plot" width="100%" height="{height}" role="img" aria-labelledby="{id}-title">'
        '<text class="plot__axis" x="0" y="11">{axis}</text>{pieces}</svg>'
    ).format(height=_TOP + _HEIGHT + _BOTTOM, id=id, axis=axis, pieces=Markup("").join(pieces))


def stacked_bar(parts: Sequence[tuple[str, float]], *, id: str, whole: float) -> Markup:
    """One lying bar for a cell of a table that holds the numbers too; `whole` is its full width."""
    pieces, at = [_patterns(id)], 0.0
    for kind, value in parts:
        width = 100 * value / whole if whole else 0.0
        if width:
            pieces.append(_rectangle(kind, id, x=at, width=width, y=0, height=14))
        at += width
    return Markup('<svg class="lying" width="100%" height="14" aria-hidden="true">{pieces}</svg>').format(
        pieces=Markup("").join(pieces)
    )


def _lines(most: float, *, share: bool) -> list[float]:
    """Where the grid stands: round numbers from nought, the last at or above the highest column."""
    least = 0.05 if share else 1
    rough = max(most, 4 * least) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= rough - 1e-9)
    if not share:
        step = math.ceil(step)
    number = max(1, math.ceil(most / step - 1e-9))
    return [round(step * place, 6) for place in range(number + 1)]


def _grid(lines: Sequence[float], top: float, *, share: bool) -> Markup:
    return Markup("").join(
        Markup(
            '<line class="plot__line{base}" x1="{left}%" x2="{right}%" y1="{y:.1f}" y2="{y:.1f}"/>'
            '<text class="plot__tick" x="{label}%" y="{text:.1f}" text-anchor="end">{value}</text>'
        ).format(
            base="" if value else " plot__line--base",
            left=_LEFT,
            right=_RIGHT,
            label=_LEFT - 1.2,
            y=_TOP + _HEIGHT * (1 - value / top),
            text=_TOP + _HEIGHT * (1 - value / top) + 4,
            value=_said(value, share=share),
        )
        for value in lines
    )


def _column(
    series: Sequence[Series], place: int, middle: float, width: float, top: float, *, id: str, words: str, share: bool
) -> Markup:
    pieces, under = [], 0.0
    for one in series:
        value = one.values[place]
        if value:
            height = _HEIGHT * value / top
            y = _TOP + _HEIGHT * (1 - under / top) - height
            pieces.append(
                _rectangle(one.kind, id, x=middle - width * 0.36, width=width * 0.72, y=y, height=max(height, 1))
            )
            under += value
    said = ", ".join(
        f"{one.words}: {'–' if one.values[place] is None else _said(one.values[place] or 0, share=share)}"
        for one in series
    )
    return Markup("<g><title>{words}. {said}</title>{pieces}</g>").format(
        words=words, said=said, pieces=Markup("").join(pieces)
    )


def _rectangle(kind: str, id: str, *, x: float, width: float, y: float, height: float) -> Markup:
    """A filled shape; kinds that are a warning carry stripes, so that colour is not all there is."""
    shape = Markup('<rect class="{cls}"{fill} x="{x:.2f}%" y="{y:.1f}" width="{width:.2f}%" height="{height:.1f}"/>')
    place = {"x": x, "y": y, "width": width, "height": height}
    solid = shape.format(cls=f"shade shade--{kind}", fill="", **place)
    if kind not in STRIPED:
        return solid
    return solid + shape.format(cls="stripes", fill=Markup(' fill="url(#{id}-stripes)"').format(id=id), **place)


STRIPED = frozenset({"urgent", "late", "left"})


def _patterns(id: str) -> Markup:
    return Markup(
        '<defs><pattern id="{id}-stripes" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="stripe" width="2" height="6"/></pattern></defs>'
    ).format(id=id)


def _ticks(labels: Sequence[str], width: float) -> Markup:
    """Every so many of the labels, so that they never touch."""
    every = max(1, math.ceil(sum(map(len, labels)) / _MOST_LETTERS))
    return Markup("").join(
        Markup('<text class="plot__tick" x="{x:.2f}%" y="{y}" text-anchor="middle">{words}</text>').format(
            x=_LEFT + (place + 0.5) * width, y=_TOP + _HEIGHT + 17, words=words
        )
        for place, words in enumerate(labels)
        if place % every == 0
    )


def _said(value: float, *, share: bool) -> str:
    if share:
        return f"{value:.0%}" if value >= 0.095 or not value else f"{100 * value:.1f}".rstrip("0").rstrip(".") + "%"
    return f"{value:g}"
