"""The dashboard: what happened in a period, as plots with a table behind each; no word of a patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import Response

from bot.clinical.codes import Level
from bot.console import labels
from bot.console.periods import PERIODS, Period, read_period
from bot.console.plots import Series, column_plot, stacked_bar
from bot.console.showing import span
from bot.console.visits import Visit
from bot.conversation.figures import Figures, Interview, Waits

#: Upper ends of the columns of waiting times, in minutes; the last one is open.
WAIT_ENDS = (1, 2, 5, 10, 30, 60)


@dataclass(frozen=True)
class Plot:
    """A plot and the table behind it: heads and rows of text."""

    id: str
    title: str
    svg: Markup
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    legend: tuple[tuple[str, str], ...] = ()  # kind and words, in the order of the stack from below
    summary: str = ""


def figures_page(visit: Visit) -> Response:
    channel = visit.query.get("channel", "")
    channel = channel if channel in labels.CHANNELS else ""
    period = read_period(visit.query, now=visit.now, zone=visit.parts.zone)
    figures = visit.parts.desk.figures(period.bounds, now=visit.now, channel=channel or None)
    return visit.render(
        "figures.html",
        figures=figures,
        period=period,
        periods=PERIODS,
        channel=channel,
        chosen=urlencode({"channel": channel}) if channel else "",
        typed={key: visit.query.get(key, "") for key in ("since", "until")} if period.key == "own" else {},
        plots=() if figures.empty else _plots(figures, period),
        stacked=stacked_bar,
        most_asked=max((one.asked for one in figures.interview.questions), default=0),
        level_rows=_lying(
            "level", [(labels.LEVELS[level], figures.by_level[level.code], level.code) for level in reversed(Level)]
        ),
        danger_rows=_lying(
            "danger", [(_danger(visit, code), number, "plain") for code, number in figures.by_category.items()]
        ),
        topic_rows=_lying("topic", [(visit.parts.words.topic(id), number, "plain") for id, number in figures.topics]),
        interview_rows=_interview(figures.interview),
    )


#: Words, number, bar, share of the first row or "".
Lying = list[tuple[str, int, Markup, str]]


def _lying(id: str, rows: Sequence[tuple[str, int, str]], *, shares: bool = False) -> Lying:
    """Rows of a table of bars: words, number and kind of shade; none when there is nothing to compare."""
    most = max((number for _, number, _ in rows), default=0)
    if not most:
        return []
    return [
        (
            words,
            number,
            stacked_bar([(kind, number)], id=f"{id}-{place}", whole=most),
            f"{number / rows[0][1]:.0%}" if shares and rows[0][1] else "",
        )
        for place, (words, number, kind) in enumerate(rows)
    ]


def _interview(seen: Interview) -> Lying:
    steps = (
        ("Began", seen.began),
        ("Agreed to storing", seen.agreed),
        ("Were asked a question", seen.asked),
        ("Were told what it comes to", seen.assessed),
    )
    return _lying("step", [(words, number, "plain") for words, number in steps], shares=True)


def _danger(visit: Visit, code: str) -> str:
    return labels.CODES.get(code) or visit.parts.words.name(code)


def _plots(figures: Figures, period: Period) -> tuple[Plot, ...]:
    return (
        _over_time("conversations", "Conversations", figures, period, [("plain", "Conversations", "conversations")]),
        _over_time(
            "escalations",
            "Escalations",
            figures,
            period,
            [("emergency", "Emergency", "emergencies"), ("urgent", "Urgent", "urgent")],
        ),
        *(_waits(waits) for waits in figures.waits),
        _unclear(figures, period),
    )


def _over_time(id: str, title: str, figures: Figures, period: Period, fields: Sequence[tuple[str, str, str]]) -> Plot:
    series = [
        Series(kind, words, tuple(float(getattr(step, field)) for step in figures.steps))
        for kind, words, field in fields
    ]
    return Plot(
        id,
        f"{title} by {period.each}",
        column_plot(
            series,
            id=id,
            axis=f"{title.lower()} each {period.each}",
            labels=[period.label(step.since) for step in figures.steps],
            long_labels=[period.long_label(step.since) for step in figures.steps],
        ),
        (period.each.capitalize(), *(one.words for one in series)),
        tuple(
            (period.long_label(step.since), *(f"{one.values[place]:g}" for one in series))
            for place, step in enumerate(figures.steps)
        ),
        tuple((one.kind, one.words) for one in series) if len(series) > 1 else (),
        ", ".join(f"{sum(value or 0 for value in one.values):g} {one.words.lower()}" for one in series),
    )


def _waits(waits: Waits) -> Plot:
    """How many were acknowledged within how many minutes; late ones are those past the clinic's own limit."""
    level = labels.LEVELS[waits.level]
    ends = [f"{end} min" for end in WAIT_ENDS]
    words = [f"up to {ends[0]}", *(f"{low} to {high} min" for low, high in pairwise(WAIT_ENDS))]
    words.append(f"over {ends[-1]}")
    in_time, late = (_placed(seconds) for seconds in (waits.in_time, waits.late))
    kept = f"{len(waits.in_time)} of {waits.due} in time" if waits.due else "None yet"
    usual = f", half within {span(waits.median)}" if waits.median is not None else ""
    slow = f", nine of ten within {span(waits.slowest_tenth)}" if waits.slowest_tenth is not None else ""
    still = f"; {waits.open} not acknowledged, {waits.overdue} of them overdue" if waits.open else ""
    return Plot(
        f"waits-{waits.level.code}",
        f"Time to acknowledge: {level.lower()}",
        Markup("")
        if not waits.seconds
        else column_plot(
            [Series("plain", "In time", in_time), Series("late", "Late", late)],
            id=f"waits-{waits.level.code}",
            axis="escalations",
            labels=[*(f"≤ {end}" for end in WAIT_ENDS), f"> {WAIT_ENDS[-1]} min"],
            long_labels=words,
        ),
        ("Waited", "In time", "Late"),
        tuple((word, f"{in_time[place]:g}", f"{late[place]:g}") for place, word in enumerate(words)),
        (("plain", "In time"), ("late", "Late")) if waits.seconds else (),
        f"{kept}{usual}{slow}{still}",
    )


def _placed(seconds: Sequence[float]) -> tuple[float, ...]:
    counts = [0.0] * (len(WAIT_ENDS) + 1)
    for waited in seconds:
        counts[next((place for place, end in enumerate(WAIT_ENDS) if waited <= 60 * end), len(WAIT_ENDS))] += 1
    return tuple(counts)


def _unclear(figures: Figures, period: Period) -> Plot:
    shares = tuple(step.unclear_share for step in figures.steps)
    said, unclear = figures.total("patient_messages"), figures.total("not_understood")
    return Plot(
        "unclear",
        f"Not understood by {period.each}",
        column_plot(
            [Series("plain", "Not understood", shares)],
            id="unclear",
            axis="share of patients' messages",
            labels=[period.label(step.since) for step in figures.steps],
            long_labels=[period.long_label(step.since) for step in figures.steps],
            share=True,
        ),
        (period.each.capitalize(), "Messages", "Not understood", "Share"),
        tuple(
            (
                period.long_label(step.since),
                str(step.patient_messages),
                str(step.not_understood),
                "–" if step.unclear_share is None else f"{step.unclear_share:.0%}",
            )
            for step in figures.steps
        ),
        summary=f"{unclear} of {said} messages" if said else "",
    )
