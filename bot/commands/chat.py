"""`b12bot chat`: the same assistant in a terminal, through the same screen, ledger and dialogue."""

from __future__ import annotations

import argparse
import asyncio
import sys
import textwrap

from bot.commands.run import prepare_model
from bot.commands.terminal import CommandFailed, tell
from bot.conversation.ports import MessageRow, Reply
from bot.settings import read_settings

_WIDTH = 88


def run(options: argparse.Namespace) -> int:
    from bot import wiring
    from bot.records import migrate

    settings = read_settings()
    prepare_model(settings)
    migrate.upgrade(settings.database_url)
    tell("Loading the assistant ...")
    try:
        return asyncio.run(_talk(settings))
    except wiring.CannotStart as error:
        raise CommandFailed(str(error)) from error


async def _talk(settings) -> int:  # type: ignore[no-untyped-def]
    from bot import wiring
    from bot.conversation.one_talk import OneTalk

    backend = wiring.backend(settings)
    try:
        talk = OneTalk(backend.conversations, channel="terminal", region=settings.region)
        if backend.banner:
            tell(f"[{backend.banner}]")
        for reply in backend.conversations.welcome:
            _show(reply)
        shown = {reply.text for reply in backend.conversations.welcome}
        while True:
            line = await asyncio.to_thread(_ask)
            if line is None:
                tell("")
                return 0
            if not line.strip():
                continue
            rows: tuple[MessageRow, ...] = await talk.say(line)
            for row in rows:
                if row.author != "patient" and row.reply.text not in shown:
                    _show(row.reply)
            shown = set()
    finally:
        backend.close()


def _ask() -> str | None:
    sys.stdout.write("\nyou > ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line if line else None


def _show(reply: Reply) -> None:
    card = (reply.custom or {}).get("card")
    if card:
        tell(f"\n*** {card.get('title', '').upper()} ***")
    for paragraph in reply.text.split("\n"):
        tell(
            textwrap.fill(paragraph.replace("**", ""), _WIDTH, initial_indent="  ", subsequent_indent="  ")
            if paragraph
            else ""
        )
    for button in reply.buttons:
        tell(f"     [{button.title}]")
