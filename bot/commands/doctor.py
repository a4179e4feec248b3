"""`b12bot doctor`: what is installed, loaded and configured, and what is wrong with it."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.commands.terminal import tell
from bot.settings import Settings, SettingsError, read_settings

_PACKAGES = ("rasa", "rasa-sdk", "spacy", "SQLAlchemy", "starlette", "numpy", "tokenizers", "safetensors")
_SYSTEM = (("chromium", "browser tests"), ("psql", "PostgreSQL tests"), ("redis-server", "Redis tests"))

_OFF = {
    "SMS": "off (needs B12_TWILIO_ACCOUNT_SID, B12_TWILIO_AUTH_TOKEN, B12_TWILIO_SMS_FROM, B12_PUBLIC_URL)",
    "WhatsApp": "off (needs B12_TWILIO_ACCOUNT_SID, B12_TWILIO_AUTH_TOKEN, B12_TWILIO_WHATSAPP_FROM, B12_PUBLIC_URL)",
    "Telegram": "off (needs B12_TELEGRAM_TOKEN, B12_TELEGRAM_SECRET)",
    "Slack": "off (needs B12_SLACK_BOT_TOKEN, B12_SLACK_SIGNING_SECRET)",
}


def run(options: argparse.Namespace) -> int:
    """0 when nothing is wrong, 1 otherwise."""
    wrong = 0
    try:
        settings = read_settings()
    except SettingsError as error:
        tell(f"WRONG  settings: {error}")
        return 1
    for title, look in _CHECKS:
        tell(f"\n{title}")
        try:
            for ok, line in look(settings):
                wrong += not ok
                tell(f"  {'ok   ' if ok else 'WRONG'}  {line}")
        except Exception as error:  # noqa: BLE001 - a check that fails is itself a finding
            wrong += 1
            tell(f"  WRONG  this check failed: {type(error).__name__}: {error}")
    tell("\nNothing is wrong." if not wrong else f"\n{wrong} things are wrong.")
    return 1 if wrong else 0


def _installed(settings: Settings) -> Iterator[tuple[bool, str]]:
    version = platform.python_version()
    yield sys.version_info[:2] == (3, 10), f"Python {version} (3.10 is needed)"
    for name in _PACKAGES:
        try:
            yield True, f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            yield False, f"{name} is not installed; run make setup"
    for program, purpose in _SYSTEM:
        found = shutil.which(program)
        yield (
            True,
            f"{program}: {'found' if found else f'not installed (only needed for {purpose}: make setup-system)'}",
        )
    yield _typesetter()


def _typesetter() -> tuple[bool, str]:
    """The console's PDF needs libraries of the system; everything else works without."""
    from bot.console.typeset import CannotTypeset, make_pdf

    try:
        make_pdf("<html lang='en'><title>A page</title><body><p>A page</p></body></html>", css="")
    except CannotTypeset as error:
        return True, f"PDF summaries: off, {error} are missing (make setup-system)"
    return True, "PDF summaries: a page was set"


def _configured(settings: Settings) -> Iterator[tuple[bool, str]]:
    yield True, f"mode {settings.mode}, region {settings.region}, profile {settings.clinic_profile.name}"
    yield True, f"front door {settings.door_address}, console {settings.console_address}"
    yield True, f"websites that may carry the chat: {', '.join(settings.allowed_origins)}"
    for folder in (settings.data_dir, settings.model_dir):
        yield _can_write(folder), f"{folder} can be written"


def _channels(settings: Settings) -> Iterator[tuple[bool, str]]:
    """Settings that do not belong together have stopped the start already; what is left is what may be missed."""
    push = settings.push
    yield True, "website: on"
    for name, number in (("SMS", push.twilio_sms_from), ("WhatsApp", push.twilio_whatsapp_from)):
        on = push.twilio and bool(number)
        yield True, f"{name}: {f'on, from {number}, hook {push.public_url}/hooks/twilio' if on else _OFF[name]}"
    if push.twilio and push.twilio_whatsapp_from:
        lacks = "" if push.twilio_notice else "; without B12_TWILIO_NOTICE staff cannot write after 24 hours"
        kind = "with buttons" if push.twilio_buttons else "with numbered choices (B12_TWILIO_BUTTONS is empty)"
        yield True, f"WhatsApp: {kind}{lacks}"
    hook = f"hook {push.public_url or 'https://your-address'}/hooks"
    yield True, f"Telegram: {f'on, {hook}/telegram' if push.telegram else _OFF['Telegram']}"
    yield True, f"Slack: {f'on, {hook}/slack/events and {hook}/slack/actions' if push.slack else _OFF['Slack']}"
    for name, address in (("Twilio", push.twilio_api), ("Telegram", push.telegram_api), ("Slack", push.slack_api)):
        own = address.startswith(("https://api.twilio.com", "https://api.telegram.org", "https://slack.com/api"))
        yield own or settings.mode == "demo", f"{name}'s interface: {address}"


def _content(settings: Settings) -> Iterator[tuple[bool, str]]:
    from bot.knowledge.check import check
    from bot.knowledge.content import load_content

    checked = check(profile=settings.clinic_profile, mode=settings.mode)
    for fault in checked.faults:
        yield False, str(fault)
    if not checked.faults:
        content = load_content(region=settings.region, profile=settings.clinic_profile, mode=settings.mode)
        yield True, f"content version {content.version}, {len(content.answers)} answers"


def _encoder(settings: Settings) -> Iterator[tuple[bool, str]]:
    from bot.language.danger_classifier import DangerClassifier
    from bot.language.danger_model import DangerModelError
    from bot.language.encoder import Encoder

    encoder = Encoder.load(settings.encoder_path)
    yield True, "sentence encoder: its hash is right and it loads"
    try:
        label = DangerClassifier.load(encoder=encoder).label
    except DangerModelError as error:
        yield False, f"danger is read by rules alone: {error}"
    else:
        yield True, f"danger classifier: made on {label['made_on']} from {label['messages']} messages, digest checked"


def _model(settings: Settings) -> Iterator[tuple[bool, str]]:
    from bot.engine import training

    model = training.trained_model(settings.model_dir)
    if model is None:
        yield False, "no model is trained; run make train"
        return
    yield True, f"model {model.name}, digest checked"
    current = training.is_current(settings.model_dir)
    yield (
        current,
        "the model is made from the training data as it is" if current else "data/ has changed; run make train",
    )


def _database(settings: Settings) -> Iterator[tuple[bool, str]]:
    from bot.records import migrate

    at, newest = migrate.current(settings.database_url), migrate.newest()
    yield (
        at == newest,
        f"database at step {at or 'none'} of {newest}" + ("" if at == newest else "; run b12bot migrate"),
    )
    if at == newest:
        yield from _texts(settings)


def _texts(settings: Settings) -> Iterator[tuple[bool, str]]:
    """Whether what patients write is sealed at rest, and under which key."""
    from bot import wiring
    from bot.commands.keys import describe, set_aside
    from bot.records import resealing

    try:
        wiring.check_keys(settings)
        database = wiring.database(settings, patience=10.0)
    except SettingsError as error:
        yield False, str(error)
        return
    first = wiring.vault(settings).first
    try:
        with database.read() as connection:
            yield from describe(resealing.state(connection), first=first)
    finally:
        database.close()
    yield from set_aside(settings, first=first)


def _can_write(folder: Path) -> bool:
    probe = folder / ".writable"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


_CHECKS: tuple[tuple[str, Callable[[Settings], Iterator[tuple[bool, str]]]], ...] = (
    ("Installed", _installed),
    ("Configured", _configured),
    ("Channels", _channels),
    ("Reviewed content", _content),
    ("Sentence encoder", _encoder),
    ("Model", _model),
    ("Database", _database),
)
