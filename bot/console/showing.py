"""Templates: how times, levels and codes are written, and what every page knows."""

from __future__ import annotations

import math
import re
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.console import labels
from bot.console.parts import ConsoleParts
from bot.console.shortcuts import SHORTCUTS
from bot.console.trend import trend_svg
from bot.conversation.inbox import MOST_COUNTED, MOST_FOUND

FOLDER = Path(__file__).parent


def make_environment(parts: ConsoleParts) -> Environment:
    """Escaping is on for everything; an unknown name in a template is an error, not an empty place."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        clinic=parts.clinic_name,
        mode=parts.mode,
        poll=parts.poll_seconds,
        labels=labels,
        shortcuts=SHORTCUTS,
        most_found=MOST_FOUND,
    )
    environment.filters.update(
        name=parts.words.name,
        staff=lambda code: labels.CODES.get(code) or parts.words.name(code),
        topic=parts.words.topic,
        source=parts.words.source,
        clock=lambda at: _local(parts, at).strftime("%H:%M"),
        day=lambda at: _day(_local(parts, at)),
        moment=lambda at: f"{_day(_local(parts, at))}, {_local(parts, at).strftime('%H:%M')}",
        iso=lambda at: at.isoformat(),
        span=span,
        keeping=keeping,
        bold=bold,
        figure=lambda number: format(number.normalize(), "f"),
        reached_by=lambda kind: labels.CONTACT.get(kind, kind),
        trend=lambda series, title_id: trend_svg(series, title_id=title_id),
        counted=counted,
        thousands=lambda number: f"{number:,}",
        percent=lambda share: "" if share is None else f"{share:.0%}",
    )
    return environment


def counted(number: int) -> str:
    """A number of a list that is counted so far and no further: "1,000+" beyond it."""
    return f"{MOST_COUNTED:,}+" if number > MOST_COUNTED else f"{number:,}"


def span(seconds: float) -> str:
    """How long, in the largest unit that still says enough: "40 s", "4 min", "3 h 10 min", "2 days"."""
    seconds = abs(seconds)
    if seconds < 60:
        return f"{math.floor(seconds)} s"
    minutes = math.floor(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest and hours < 12 else f"{hours} h"
    return f"{hours // 24} days"


def keeping(days: int) -> str:
    """How long something is kept: "90 days", "8 years"."""
    years = round(days / 365.25)
    return f"{years} years" if years > 1 and abs(days - years * 365.25) <= 2 else f"{days} days"


def bold(text: str) -> Markup:
    """Our own texts carry **strong words**; everything else in them stays text."""
    pieces = re.split(r"\*\*(.+?)\*\*", text)
    return Markup("").join(
        Markup("<strong>{}</strong>").format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    )


def clock_words(*, due_at: datetime | None, now: datetime) -> str:
    """The acknowledgement clock: "due in 4 min", "overdue by 12 min", or ""."""
    if due_at is None:
        return ""
    left = (due_at - now).total_seconds()
    return f"due in {span(left)}" if left >= 0 else f"overdue by {span(left)}"


def _local(parts: ConsoleParts, at: datetime) -> datetime:
    return at.astimezone(parts.zone)


def _day(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %Y}"


def base_context(parts: ConsoleParts) -> dict[str, Any]:
    """What every template may name, with the values for nobody in particular."""
    return {"me": None, "form_token": "", "here": "", "done": "", "problem": None, "zone": _zone_name(parts)}


def _zone_name(parts: ConsoleParts) -> str:
    return parts.now().astimezone(parts.zone).tzname() or "UTC"
