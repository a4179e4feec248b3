"""
A small plot of one test over time, as SVG made here; the table beside it holds the same numbers.

Says nothing by colour alone: every point carries its value, a hollow one was said as "less
than" or "more than".  Looks stand in attributes for print; the console's style sheet knows dark
mode and overrules them.  Dates that were said as a year or a month stand in its middle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from markupsafe import Markup

from bot.conversation.record import RecordLab

WIDTH, HEIGHT = 320, 128
_MIDDLE = {1: (7, 1), 2: (15,), 3: ()}  # of a year, of a month
_LEFT, _RIGHT, _TOP, _BOTTOM = 14, 14, 22, 38


@dataclass(frozen=True)
class Point:
    x: float
    y: float
    lab: RecordLab


def trend_svg(series: Sequence[RecordLab], *, title_id: str) -> Markup:
    """The results of one test, in the order of their dates; "" when they cannot be placed."""
    points = _points(series)
    if len(points) < 2:
        return Markup("")
    first, last = points[0].lab, points[-1].lab
    described = ", ".join(f"{point.lab.date}: {_words(point.lab)}" for point in points)
    line = " ".join(f"{point.x:.1f},{point.y:.1f}" for point in points)
    base = HEIGHT - _BOTTOM + 20
    marks = Markup("").join(_mark(place, points) for place in range(len(points)))
    return Markup(
        '<svg class="trend" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-labelledby="{id}">'
        '<title id="{id}">{name} over time, {unit}. {described}</title>'
        '<line class="trend__base" stroke="#999" x1="{x1}" y1="{base}" x2="{x2}" y2="{base}"/>'
        '<polyline class="trend__line" fill="none" stroke="#0b5c63" stroke-width="2" points="{line}"/>{marks}'
        '<text class="trend__date" fill="#444" font-size="11" x="{x1}" y="{low}">{from_}</text>'
        '<text class="trend__date" fill="#444" font-size="11" x="{x2}" y="{low}" text-anchor="end">{to}</text></svg>'
    ).format(
        w=WIDTH,
        h=HEIGHT,
        id=title_id,
        name=first.name,
        unit=first.canonical_unit or "",
        described=described,
        x1=_LEFT,
        x2=WIDTH - _RIGHT,
        base=base,
        low=base + 14,
        line=line,
        marks=marks,
        from_=first.date,
        to=last.date,
    )


def _points(series: Sequence[RecordLab]) -> list[Point]:
    placed = [(day, lab.canonical, lab) for lab in series if (day := middle(lab.date)) and lab.canonical is not None]
    if not placed:
        return []
    days = [day.toordinal() for day, _, _ in placed]
    values = [value for _, value, _ in placed]
    return [
        Point(
            _LEFT + _share(Decimal(day.toordinal()), Decimal(min(days)), Decimal(max(days))) * (WIDTH - _LEFT - _RIGHT),
            HEIGHT - _BOTTOM - _share(value, min(values), max(values)) * (HEIGHT - _TOP - _BOTTOM),
            lab,
        )
        for day, value, lab in placed
    ]


def _share(value: Decimal, low: Decimal, high: Decimal) -> float:
    return 0.5 if high == low else float((value - low) / (high - low))


def _mark(place: int, points: Sequence[Point]) -> Markup:
    """A point and its value, on the side from which no line comes."""
    point = points[place]
    beside = [points[near].y for near in (place - 1, place + 1) if 0 <= near < len(points)]
    below = sum(beside) / len(beside) < point.y
    hollow = " trend__point--open" if point.lab.comparator != "=" else ""
    anchor = "start" if place == 0 else "end" if place == len(points) - 1 else "middle"
    nudge = {"start": -4, "end": 4, "middle": 0}[anchor]
    return Markup(
        '<circle class="trend__point{hollow}" fill="{fill}" stroke="#0b5c63" stroke-width="2" '
        'cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
        '<text class="trend__value" font-size="12" font-weight="bold" x="{tx:.1f}" y="{ty:.1f}" '
        'text-anchor="{anchor}">{words}</text>'
    ).format(
        hollow=hollow,
        fill="#fff" if hollow else "#0b5c63",
        x=point.x,
        y=point.y,
        tx=point.x + nudge,
        ty=point.y + (16 if below else -8),
        anchor=anchor,
        words=_words(point.lab),
    )


def _words(lab: RecordLab) -> str:
    value = format(lab.canonical.normalize(), "f") if lab.canonical is not None else lab.value
    return f"{'' if lab.comparator == '=' else lab.comparator}{value}"


def middle(written: str | None) -> date | None:
    """A day for "2024", "2024-03" or "2024-03-14"; None for what is no date."""
    numbers = [int(piece) for piece in (written or "").split("-") if piece.isdecimal()]
    try:
        return date(*numbers, *_MIDDLE[len(numbers)])
    except (KeyError, ValueError):
        return None
