"""
Write the transcripts of the talks in tests/conversations/talks.yml, one Markdown file each.

`.venv/bin/python docs/talks/write.py` holds the talks named in KEPT through the trained
model, as `b12bot batch converse` does, and replaces the files beside this one.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

KEPT = (
    "terse_patient",
    "why_and_meaning",
    "child",
    "number_corrected",
    "typing_error_is_confirmed",
    "carer",
    "fact_and_question_together",
    "clot_worry_from_the_start",
    "clot_worry_in_the_interview",
    "clot_worry_with_signs",
    "emergency_then_follow_ups",
    "emergency_alone",
    "urgent_and_refusing",
    "crisis",
    "spanish",
    "abuse",
    "pause_and_return",
    "pasted_report",
    "assessment_and_after",
    "delete",
    "before_consent",
)
DAY = date(2026, 3, 2)


def main() -> int:
    """Returns 0; a talk that is named and missing raises KeyError."""
    from bot.batch.converse import handler

    found = YAML(typ="safe").load((ROOT / "tests" / "conversations" / "talks.yml").read_text(encoding="utf-8"))
    talks: dict[str, dict[str, Any]] = {talk["id"]: talk for talk in found}
    converse = handler(region="uk", today=DAY)
    for name in KEPT:
        talk = talks[name]
        turns = [turn["p"] for turn in talk["turns"]]
        held = converse({"id": name, "turns": turns, "consent": talk.get("consent", True)})
        (HERE / f"{name}.md").write_text(_page(name, turns, held), encoding="utf-8")
    return 0


def _page(name: str, turns: list[str], held: dict[str, Any]) -> str:
    lines = [f"# {name.replace('_', ' ').capitalize()}", "", f"Level at the end: {held['level']}.", ""]
    for said, replies in zip(turns, held["replies"], strict=True):
        lines += [f"**Patient:** {_quoted(said) or '(nothing)'}", ""]
        for reply in replies:
            lines += [f"**Assistant:** {_quoted(reply['text'])}", ""]
            if reply["buttons"]:
                lines += ["Quick replies: " + " · ".join(button["title"] for button in reply["buttons"]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _quoted(text: str) -> str:
    return text.strip().replace("\n", "  \n")


if __name__ == "__main__":
    raise SystemExit(main())
