"""The staff console: what clinic staff see and do.  `create_console(parts)` makes the application."""

from bot.console.app import create_console
from bot.console.explaining import ContentWords
from bot.console.parts import ConsoleParts, RuleText, StaffWords

__all__ = ["ConsoleParts", "ContentWords", "RuleText", "StaffWords", "create_console"]
