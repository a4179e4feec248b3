"""
Read the environment once, into one frozen object; nothing else reads it.

Every name begins with `B12_` and is listed in `.env.example`.  A missing or wrong
value raises `SettingsError` that names it and says what to do; secrets hide in repr.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or wrong.  The text is one sentence for the operator."""


@dataclass(frozen=True)
class Settings:
    """What an operator can decide.  Paths are absolute; durations are seconds."""

    mode: str  # demo | live
    region: str  # uk | us | eu
    clinic_profile: Path
    data_dir: Path
    model_dir: Path
    database_url: str = field(repr=False)
    session_secret: str = field(repr=False)
    host: str
    port: int
    console_port: int
    allowed_origins: tuple[str, ...]
    turn_deadline: float
    danger_deadline: float
    encoder_path: Path | None
    log_level: str
    alert_webhook: str | None
    alert_secret: str = field(repr=False)
    console_url: str
    behind_tls: bool
    trusted_proxies: frozenset[str]
    time_zone: ZoneInfo

    @property
    def door_address(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def console_address(self) -> str:
        return f"http://{self.host}:{self.console_port}"


def read_settings(environment: Mapping[str, str] | None = None, *, env_file: Path | None = None) -> Settings:
    """
    Settings from the environment, filled up from `.env` where a name is not set.

    Raises:
        SettingsError: A value is missing, of the wrong kind, or a folder cannot be written.
    """
    values = dict(_read_env_file(env_file or ROOT / ".env"))
    values.update(environment if environment is not None else os.environ)
    reader = _Values(values)
    mode = reader.choice("B12_MODE", ("demo", "live"), "demo")
    data_dir = reader.path("B12_DATA_DIR", ROOT / "var")
    port = reader.whole("B12_PORT", 8080, low=1, high=65535)
    console_port = reader.whole("B12_CONSOLE_PORT", 8081, low=1, high=65535)
    if port == console_port:
        raise SettingsError(f"B12_PORT and B12_CONSOLE_PORT are both {port}; give the console a port of its own.")
    host = reader.text("B12_HOST", "127.0.0.1")
    own_origins = f"http://{host}:{port},http://localhost:{port}"
    return Settings(
        mode=mode,
        region=reader.choice("B12_REGION", ("uk", "us", "eu"), "uk"),
        clinic_profile=reader.path("B12_CLINIC_PROFILE", ROOT / "bot" / "knowledge" / "profiles" / "demo.yml"),
        data_dir=data_dir,
        model_dir=reader.path("B12_MODEL_DIR", ROOT / "models"),
        database_url=reader.text("B12_DATABASE_URL", f"sqlite:///{data_dir / 'b12.db'}"),
        session_secret=reader.text("B12_SESSION_SECRET", "") or _demo_secret(mode, data_dir),
        host=host,
        port=port,
        console_port=console_port,
        allowed_origins=tuple(
            origin.strip().rstrip("/")
            for origin in reader.text("B12_ALLOWED_ORIGINS", own_origins).split(",")
            if origin.strip()
        ),
        turn_deadline=reader.seconds("B12_TURN_DEADLINE", 8.0),
        danger_deadline=reader.seconds("B12_DANGER_DEADLINE", 4.0),
        encoder_path=Path(values["B12_ENCODER"]) if values.get("B12_ENCODER") else None,
        alert_webhook=_webhook(values),
        alert_secret=reader.text("B12_ALERT_SECRET", ""),
        console_url=reader.text("B12_CONSOLE_URL", f"http://{host}:{console_port}"),
        behind_tls=reader.choice("B12_BEHIND_TLS", ("yes", "no"), "no") == "yes",
        trusted_proxies=reader.addresses("B12_TRUSTED_PROXIES"),
        time_zone=reader.zone("B12_TIME_ZONE", "Europe/London"),
        log_level=reader.choice("B12_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    )


class _Values:
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

    def path(self, name: str, default: Path) -> Path:
        value = self._values.get(name, "").strip()
        path = Path(value) if value else default
        return path if path.is_absolute() else ROOT / path


def _webhook(values: Mapping[str, str]) -> str | None:
    """Where alerts are posted; a shared secret signs them, so one without the other is refused."""
    url = values.get("B12_ALERT_WEBHOOK", "").strip()
    if not url:
        return None
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise SettingsError("B12_ALERT_WEBHOOK must begin with https:// (plain http only on this machine).")
    if len(values.get("B12_ALERT_SECRET", "")) < 16:
        raise SettingsError("B12_ALERT_WEBHOOK is set, so B12_ALERT_SECRET needs 16 characters or more to sign alerts.")
    return url


def _read_env_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    values = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator:
            raise SettingsError(f"{path.name}, line {number}: expected NAME=value.")
        values[name.strip()] = value.strip().strip("\"'")
    return values


def _demo_secret(mode: str, data_dir: Path) -> str:
    """A demo makes its own signing key once and keeps it; a live clinic must choose one."""
    if mode == "live":
        raise SettingsError(
            "B12_SESSION_SECRET is not set. A live clinic needs its own: put a random text of 32 characters "
            "or more into .env, for example the output of `openssl rand -hex 32`."
        )
    path = data_dir / "session-secret"
    try:
        if path.is_file():
            return path.read_text(encoding="utf-8").strip()
        data_dir.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_hex(32)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(secret)
        return secret
    except FileExistsError:  # another process of the same start was first
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(
            f"The data folder {data_dir} cannot be written ({error.strerror}). "
            "Make it writable or name another one in B12_DATA_DIR."
        ) from error
