"""The only place that chooses real parts and joins them."""

from bot.settings import read_settings
from bot.wiring.backend import Backend, backend, load_engine, rehearsal
from bot.wiring.doors import console, desk, front_door
from bot.wiring.parts import CannotStart, Parts, check_content, note_failure, parts_for, shared_parts, use
from bot.wiring.texts import check_keys, database, vault

__all__ = [
    "Backend",
    "CannotStart",
    "Parts",
    "backend",
    "check_content",
    "check_keys",
    "console",
    "database",
    "desk",
    "front_door",
    "load_engine",
    "note_failure",
    "parts_for",
    "read_settings",
    "rehearsal",
    "shared_parts",
    "use",
    "vault",
]
