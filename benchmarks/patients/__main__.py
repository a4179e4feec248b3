"""
How many messages does a patient write until the assessment is there?

`.venv/bin/python -m benchmarks.patients` lets a talkative and a terse patient of each
fact sheet (`sheets.yml`) answer what is asked, through the trained model and a real
ledger, and prints the turns and their medians.  `--write` puts the figures into
benchmarks/RESULTS.md, `--show ID` prints one patient's two talks.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import tempfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot import wiring
from bot.conversation.one_talk import OneTalk
from bot.conversation.ports import MessageRow
from bot.settings import read_settings

HERE = Path(__file__).resolve().parent
RESULTS = HERE.parent / "RESULTS.md"
TERSE, TALKATIVE = "terse", "talkative"
LIMITS = {TALKATIVE: 10, TERSE: 16}
_GIVEN_UP = 30
_MARKS = ("<!-- patients -->", "<!-- /patients -->")


class _StandingClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)


def main() -> int:
    """Returns 1 when a median is above its limit or somebody never got an assessment."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true")
    options.add_argument("--show", metavar="ID")
    chosen = options.parse_args()
    sheets: list[dict[str, Any]] = YAML(typ="safe").load((HERE / "sheets.yml").read_text(encoding="utf-8"))
    sheets = [sheet for sheet in sheets if chosen.show in (None, sheet["id"])]
    with tempfile.TemporaryDirectory(prefix="b12-patients-") as folder:
        turns = asyncio.run(_all(Path(folder), sheets, show=chosen.show is not None))
    for sheet in sheets:
        shown = "  ".join(f"{kind}: {turns[kind][sheet['id']] or 'never'}" for kind in LIMITS)
        print(f"{sheet['id']:<20} {shown}")
    medians = {kind: statistics.median(n or _GIVEN_UP for n in turns[kind].values()) for kind in LIMITS}
    for kind, median in medians.items():
        print(f"median {kind}: {median:g} messages (at most {LIMITS[kind]})")
    if chosen.write:
        _write(turns, medians)
    complete = all(count is not None for counts in turns.values() for count in counts.values())
    return 0 if complete and all(medians[kind] <= LIMITS[kind] for kind in LIMITS) else 1


async def _all(folder: Path, sheets: list[dict[str, Any]], *, show: bool) -> dict[str, dict[str, int | None]]:
    backend = wiring.rehearsal(read_settings(), region="uk", folder=folder, clock=_StandingClock())
    try:
        turns: dict[str, dict[str, int | None]] = {kind: {} for kind in LIMITS}
        for kind, counts in turns.items():
            for sheet in sheets:
                counts[sheet["id"]] = await _turns(backend, sheet, kind, show=show)
        return turns
    finally:
        backend.close()


async def _turns(backend: wiring.Backend, sheet: dict[str, Any], kind: str, *, show: bool) -> int | None:
    """Messages after consent until the assessment; None when it never came."""
    talk = OneTalk(backend.conversations, channel="batch", region="uk")
    await talk.say("yes")
    says = sheet["opening"] if kind == TALKATIVE else "hi"
    for turn in range(1, _GIVEN_UP + 1):
        rows = await talk.say(says)
        if show:
            print(f"\n{kind}> {says}", *(f"  {row.reply.text}" for row in rows), sep="\n")
        if any(_kind(row) == "assessment" for row in rows):
            return turn
        says = _answer(sheet, rows, kind)
    return None


def _answer(sheet: dict[str, Any], rows: list[MessageRow] | tuple[MessageRow, ...], kind: str) -> str:
    """From the fact sheet to the question asked last; a safety question is denied, an offer accepted."""
    custom = next((row.reply.custom or {} for row in reversed(rows) if _kind(row) == "question"), {})
    found = sheet["answers"].get(custom.get("code"))
    if found is not None:
        return str(found[0 if kind == TERSE else 1])
    safety = any(button.say.startswith("No") for row in rows for button in row.reply.buttons)
    return "no" if safety else "start"


def _kind(row: MessageRow) -> str | None:
    found: str | None = (row.reply.custom or {}).get("kind")
    return found


def _write(turns: dict[str, dict[str, int | None]], medians: dict[str, float]) -> None:
    lines = [
        _MARKS[0],
        f"Messages until the assessment, over {len(next(iter(turns.values())))} fact sheets"
        " (`python -m benchmarks.patients --write`):",
        "",
        "| patient | median | most | at most wanted |",
        "| --- | --- | --- | --- |",
    ]
    for kind, counts in turns.items():
        most = max(count or _GIVEN_UP for count in counts.values())
        lines.append(f"| {kind} | {medians[kind]:g} | {most} | {LIMITS[kind]} |")
    block = "\n".join([*lines, _MARKS[1]])
    text = RESULTS.read_text(encoding="utf-8")
    if _MARKS[0] in text:
        text = re.sub(f"{re.escape(_MARKS[0])}.*?{re.escape(_MARKS[1])}", lambda _: block, text, flags=re.DOTALL)
    else:
        text = f"{text.rstrip()}\n\n## Turns to a completed assessment\n\n{block}\n"
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
