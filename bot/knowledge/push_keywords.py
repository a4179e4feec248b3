"""Read `push_keywords.yml`: the messages by which patients of WhatsApp, SMS, Telegram and Slack stop and start us."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.knowledge.strict import Fault, rows
from bot.knowledge.values import checked, sources_of

FILE = "push_keywords.yml"
CHANNELS = ("sms", "whatsapp", "telegram", "slack")
MEANINGS = ("stop", "start", "help")


def load_push_keywords(folder: Path, faults: list[Fault]) -> Mapping[str, Mapping[str, str]]:
    """For each channel: a word in lower case, and whether it means stop, start or help.  Faults are collected."""
    found: dict[str, dict[str, str]] = {channel: {} for channel in CHANNELS}
    for row in rows(folder / FILE, faults):
        meaning = row.text("id").partition("-")[0]
        if meaning not in MEANINGS:
            row.fault(f"the id must begin with one of: {', '.join(MEANINGS)}.")
        words = row.texts("words", required=True)
        for channel in row.choices("channels", CHANNELS):
            for word in words:
                if word != word.lower():
                    row.fault(f"'{word}' must be written in lower case.")
                if word in found[channel]:
                    row.fault(f"'{word}' means '{found[channel][word]}' on {channel} already.")
                found[channel][word] = meaning
        sources_of(row)
        checked(row)
    return found
