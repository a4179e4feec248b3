"""From the text of a setting to what it means, or a sentence for the operator that names it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.addresses import is_private_line

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or wrong.  The text is one sentence for the operator."""


class Values:
    """Texts by name, read as what they should be; anything else raises SettingsError with its name."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str) -> str:
        return self._values.get(name, "").strip() or default

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise SettingsError(f"{name} is {value!r}; expected one of: {', '.join(allowed)}. Change it in .env.")
        return value

    def whole(self, name: str, default: int, *, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or not low <= int(value) <= high:
            raise SettingsError(f"{name} is {value!r}; expected a whole number from {low} to {high}.")
        return int(value)

    def seconds(self, name: str, default: float) -> float:
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0.1 <= number <= 60:
            raise SettingsError(f"{name} is {value!r}; expected seconds from 0.1 to 60.")
        return number

    def line_to(self, name: str, default: str) -> str:
        """An address that gets our secrets."""
        url = self.text(name, default)
        if not is_private_line(url):
            raise SettingsError(f"{name} must begin with https:// (plain http only on this machine).")
        return url

    def zone(self, name: str, default: str) -> ZoneInfo:
        value = self.text(name, default)
        try:
            return ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsError(f"{name} is {value!r}; expected a time zone such as Europe/London.") from error

    def addresses(self, name: str) -> frozenset[str]:
        found = [part.strip() for part in self.text(name, "").split(",") if part.strip()]
        try:
            return frozenset(str(ip_address(part)) for part in found)
        except ValueError as error:
            raise SettingsError(
                f"{name} is {', '.join(found)!r}; expected addresses such as 127.0.0.1, 10.0.0.5."
            ) from error

    def mails(self, name: str) -> tuple[str, ...]:
        found = tuple(part.strip() for part in self.text(name, "").split(",") if part.strip())
        for address in found:
            if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", address):
                raise SettingsError(f"{name} is {', '.join(found)!r}; expected addresses such as nurse@clinic.example.")
        return found

    def path(self, name: str, default: Path) -> Path:
        value = self._values.get(name, "").strip()
        path = Path(value) if value else default
        return path if path.is_absolute() else ROOT / path
