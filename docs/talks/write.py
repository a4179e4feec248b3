"""
Write the transcript of every talk in tests/conversations, one Markdown file each.

`.venv/bin/python docs/talks/write.py` holds the talks of talks.yml and
independent_talks.yml through the trained model, as `b12bot batch converse` does, and
replaces the files beside this one; `write.py ID …` holds only these.  A talk that is no
longer there loses its page.
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

FILES = ("talks.yml", "independent_talks.yml")
DAY = date(2026, 3, 2)


def talks() -> dict[str, dict[str, Any]]:
    """All talks by id, in the order of the files; `independent` tells those of the second file."""
    found: dict[str, dict[str, Any]] = {}
    for name in FILES:
        for talk in YAML(typ="safe").load((ROOT / "tests" / "conversations" / name).read_text(encoding="utf-8")):
            found[talk["id"]] = {**talk, "independent": name == FILES[1]}
    return found


def main() -> int:
    """Returns 0; a talk that is named and missing raises KeyError."""
    from bot.batch.converse import handler

    known = talks()
    names = sys.argv[1:] or list(known)
    converse = handler(region="uk", today=DAY)
    for name in names:
        talk = known[name]
        turns = [turn["p"] for turn in talk["turns"]]
        held = converse({"id": name, "turns": turns, "consent": talk.get("consent", True)})
        (HERE / f"{name}.md").write_text(page(talk, held), encoding="utf-8")
    for old in HERE.glob("*.md"):
        if old.stem not in known:
            old.unlink()
    return 0


def page(talk: dict[str, Any], held: dict[str, Any]) -> str:
    """The transcript as Markdown."""
    lines = [f"# {title(talk)}", "", f"Level at the end: {held['level']}.", ""]
    if talk.get("not_yet"):
        lines += [f"Known to disappoint: {talk['not_yet']}.", ""]
    for turn, replies in zip(talk["turns"], held["replies"], strict=True):
        lines += [said_by_patient(turn["p"]), ""]
        for reply in replies:
            lines += [f"**Assistant:** {_quoted(reply['text'])}", ""]
            if reply["buttons"]:
                lines += ["Quick replies: " + " · ".join(button["title"] for button in reply["buttons"]), ""]
    return "\n".join(lines).rstrip() + "\n"


def title(talk: dict[str, Any]) -> str:
    name = str(talk["id"]).removeprefix("ind_").replace("_", " ").capitalize()
    return f"{name} (written before the answers were seen)" if talk["independent"] else name


def said_by_patient(text: str) -> str:
    return f"**Patient:** {_quoted(text) or '(nothing)'}"


def _quoted(text: str) -> str:
    return text.strip().replace("\n", "  \n")


if __name__ == "__main__":
    raise SystemExit(main())
