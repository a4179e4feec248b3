"""What `demo_clinic.yml` says, as things that happen one after the other at times that lie behind us."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

from bot.knowledge.strict import read_yaml

CLINIC = Path(__file__).with_name("demo_clinic.yml")
_SPAN = {"m": "minutes", "h": "hours", "d": "days"}
_READS = timedelta(seconds=25)  # what a patient reads before typing
_LETTER = timedelta(seconds=0.25)
_STAFF = timedelta(seconds=50)  # between two steps of staff


@dataclass(frozen=True)
class Deed:
    """One thing that happens in a talk: `who` is "patient" or a member of staff, `does` a step of staff or "say"."""

    at: datetime
    talk: str
    who: str
    does: str
    more: Mapping[str, Any] = field(default_factory=dict)


def read_clinic(path: Path = CLINIC) -> Mapping[str, Any]:
    """The file as it is.  Raises ContentError when it cannot be read."""
    plain: Mapping[str, Any] = read_yaml(path)
    return plain


def deeds(clinic: Mapping[str, Any], *, steps: Collection[str], now: datetime, say_yes: str, say_no: str) -> list[Deed]:
    """Everything that happens, in the order of time.  Raises ValueError where the file is wrong, and says where."""
    handles = {str(person["handle"]) for person in clinic["staff"]}
    found: list[Deed] = []
    for talk in clinic["talks"]:
        try:
            found += _of_talk(talk, handles, steps, now=now, agrees=say_yes if talk.get("agrees", True) else say_no)
        except (KeyError, ValueError) as error:
            raise ValueError(f"{CLINIC.name}, {talk.get('id')}: {error}") from error
    return sorted(found, key=lambda deed: deed.at)


def _of_talk(
    talk: Mapping[str, Any], handles: set[str], steps: Collection[str], *, now: datetime, agrees: str
) -> Iterator[Deed]:
    id, at = str(talk["id"]), _begun(str(talk["ago"]), now)
    yield Deed(at, id, "patient", "say", {"text": agrees, "channel": talk.get("channel", "web")})
    for step in talk["says"]:
        if isinstance(step, str):
            at += _READS + _LETTER * len(step)
            yield Deed(_past(at, now), id, "patient", "say", {"text": step})
        elif "wait" in step:
            at += _span(str(step["wait"]))
        else:
            who = next(iter(step))
            does = str(step[who])
            if who not in handles or does not in steps:
                raise ValueError(f"{who!r} does {does!r}; expected one of {sorted(handles)} and of {sorted(steps)}.")
            at += _STAFF
            yield Deed(_past(at, now), id, who, does, {key: value for key, value in step.items() if key != who})


def _begun(written: str, now: datetime) -> datetime:
    ago, _, clock = written.partition("@")
    if not clock:
        return now - _span(ago)
    hour, minute = map(int, clock.split(":"))
    return datetime.combine((now - _span(ago)).date(), time(hour, minute), tzinfo=timezone.utc)


def _past(at: datetime, now: datetime) -> datetime:
    if at > now:
        raise ValueError(f"lies {at - now} after now; let the talk begin earlier.")
    return at


def _span(written: str) -> timedelta:
    found = re.fullmatch(r"(\d+)([mhd])", written)
    if found is None:
        raise ValueError(f"{written!r} is no span; write 12m, 3h or 2d.")
    return timedelta(**{_SPAN[found[2]]: int(found[1])})
