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
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.addresses import is_private_line
from bot.setting_values import ROOT, SettingsError, Values


@dataclass(frozen=True)
class MailSettings:
    """The mail server for alerts, and whom it writes to."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: bool
    sender: str
    to: tuple[str, ...]
    second_to: tuple[str, ...]


@dataclass(frozen=True)
class OidcSettings:
    """The clinic's own sign-in provider for staff."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    role_claim: str
    roles: Mapping[str, str]  # from a value of the claim to viewer or clinician
    name: str


@dataclass(frozen=True)
class PushSettings:
    """Accounts with the vendors of push channels; an empty one leaves its channel off."""

    public_url: str  # of the front door, as vendors call it; "" when not set
    twilio_sid: str
    twilio_token: str = field(repr=False)
    twilio_sms_from: str
    twilio_whatsapp_from: str
    twilio_notice: str
    twilio_buttons: tuple[tuple[int, str], ...]
    twilio_api: str
    telegram_token: str = field(repr=False)
    telegram_secret: str = field(repr=False)
    telegram_api: str
    slack_token: str = field(repr=False)
    slack_secret: str = field(repr=False)
    slack_api: str

    @property
    def twilio(self) -> bool:
        return bool(self.twilio_sid)

    @property
    def telegram(self) -> bool:
        return bool(self.telegram_token)

    @property
    def slack(self) -> bool:
        return bool(self.slack_token)

    @property
    def any(self) -> bool:
        return self.twilio or self.telegram or self.slack


@dataclass(frozen=True)
class Settings:
    """What an operator can decide.  Paths are absolute; durations are seconds."""

    mode: str  # demo | live
    region: str  # uk | us | eu
    clinic_profile: Path
    data_dir: Path
    model_dir: Path
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    session_secret: str = field(repr=False)
    text_keys: tuple[str, ...] = field(repr=False)  # the first seals texts at rest ("plain": none does), all open
    host: str
    port: int
    console_port: int
    allowed_origins: tuple[str, ...]
    turn_deadline: float
    danger_deadline: float
    encoder_path: Path | None
    log_level: str
    alert_webhook: str | None = field(repr=False)  # the path of a hook is often its password
    alert_second_webhook: str | None = field(repr=False)
    alert_slack: str | None = field(repr=False)
    alert_second_slack: str | None = field(repr=False)
    alert_secret: str = field(repr=False)
    alert_mail: MailSettings | None
    console_url: str
    behind_tls: bool
    trusted_proxies: frozenset[str]
    oidc: OidcSettings | None
    time_zone: ZoneInfo
    push: PushSettings

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
    reader = Values(values)
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
        redis_url=_redis(reader.text("B12_REDIS_URL", "")),
        session_secret=reader.text("B12_SESSION_SECRET", "") or _demo_secret(mode, data_dir),
        text_keys=tuple(key.strip() for key in reader.text("B12_TEXT_KEYS", "").split(",") if key.strip()),
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
        alert_webhook=_webhook(values, "B12_ALERT_WEBHOOK"),
        alert_second_webhook=_webhook(values, "B12_ALERT_SECOND_WEBHOOK"),
        alert_secret=reader.text("B12_ALERT_SECRET", ""),
        alert_slack=_webhook(values, "B12_ALERT_SLACK", signed=False),
        alert_second_slack=_webhook(values, "B12_ALERT_SECOND_SLACK", signed=False),
        alert_mail=_mail(reader),
        console_url=reader.text("B12_CONSOLE_URL", f"http://{host}:{console_port}"),
        behind_tls=reader.choice("B12_BEHIND_TLS", ("yes", "no"), "no") == "yes",
        trusted_proxies=reader.addresses("B12_TRUSTED_PROXIES"),
        oidc=_oidc(reader),
        time_zone=reader.zone("B12_TIME_ZONE", "Europe/London"),
        push=_push(reader),
        log_level=reader.choice("B12_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
    )


def _push(reader: Values) -> PushSettings:
    """What belongs together is there together, or the start stops: half a channel would be silent."""
    push = PushSettings(
        public_url=reader.text("B12_PUBLIC_URL", "").rstrip("/"),
        twilio_sid=reader.text("B12_TWILIO_ACCOUNT_SID", ""),
        twilio_token=reader.text("B12_TWILIO_AUTH_TOKEN", ""),
        twilio_sms_from=reader.text("B12_TWILIO_SMS_FROM", ""),
        twilio_whatsapp_from=reader.text("B12_TWILIO_WHATSAPP_FROM", ""),
        twilio_notice=reader.text("B12_TWILIO_NOTICE", ""),
        twilio_buttons=_buttons(reader.text("B12_TWILIO_BUTTONS", "")),
        twilio_api=reader.line_to("B12_TWILIO_API", "https://api.twilio.com"),
        telegram_token=reader.text("B12_TELEGRAM_TOKEN", ""),
        telegram_secret=reader.text("B12_TELEGRAM_SECRET", ""),
        telegram_api=reader.line_to("B12_TELEGRAM_API", "https://api.telegram.org"),
        slack_token=reader.text("B12_SLACK_BOT_TOKEN", ""),
        slack_secret=reader.text("B12_SLACK_SIGNING_SECRET", ""),
        slack_api=reader.line_to("B12_SLACK_API", "https://slack.com/api"),
    )
    missing = missing_push_settings(push)
    if missing:
        raise SettingsError(missing[0])
    return push


def missing_push_settings(push: PushSettings) -> list[str]:
    """What each configured channel still lacks, one sentence each."""
    found = []
    if push.twilio and not push.twilio_token:
        found.append("B12_TWILIO_ACCOUNT_SID is set, so B12_TWILIO_AUTH_TOKEN is needed to check Twilio's signature.")
    if push.twilio and not (push.twilio_sms_from or push.twilio_whatsapp_from):
        found.append("Twilio needs a number: set B12_TWILIO_SMS_FROM, B12_TWILIO_WHATSAPP_FROM or both.")
    for name, number in (("SMS", push.twilio_sms_from), ("WHATSAPP", push.twilio_whatsapp_from)):
        if number and not (number.startswith("+") and number[1:].isdecimal()):
            found.append(f"B12_TWILIO_{name}_FROM must look like +441632960123.")
    if push.twilio and not is_private_line(push.public_url):
        found.append(
            "B12_PUBLIC_URL must be the front door's https address as Twilio calls it: the signature covers it."
        )
    if push.telegram and len(push.telegram_secret) < 16:
        found.append("B12_TELEGRAM_TOKEN is set, so B12_TELEGRAM_SECRET needs 16 characters or more (A-Z a-z 0-9 _ -).")
    if push.slack and not push.slack_secret:
        found.append("B12_SLACK_BOT_TOKEN is set, so B12_SLACK_SIGNING_SECRET is needed to check Slack's signature.")
    return found


def _buttons(text: str) -> tuple[tuple[int, str], ...]:
    """From "2=HX…,3=HX…": content templates by their number of quick replies."""
    found = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        number, _, template = part.partition("=")
        if number not in ("1", "2", "3") or not template.startswith("HX"):
            raise SettingsError(f"B12_TWILIO_BUTTONS is {text!r}; expected for example 2=HX0123,3=HX4567.")
        found.append((int(number), template))
    return tuple(found)


def _redis(url: str) -> str:
    if url and not url.startswith(("redis://", "rediss://")):
        raise SettingsError(
            "B12_REDIS_URL must begin with redis:// or rediss://, for example redis://127.0.0.1:6379/0."
        )
    return url


def _webhook(values: Mapping[str, str], name: str, *, signed: bool = True) -> str | None:
    """Where alerts are posted; a shared secret signs them, so one without the other is refused (not with Slack)."""
    url = values.get(name, "").strip()
    if not url:
        return None
    if not is_private_line(url):
        raise SettingsError(f"{name} must begin with https:// (plain http only on this machine).")
    if signed and len(values.get("B12_ALERT_SECRET", "")) < 16:
        raise SettingsError(f"{name} is set, so B12_ALERT_SECRET needs 16 characters or more to sign alerts.")
    return url


def _mail(reader: Values) -> MailSettings | None:
    """None where no mail is sent; an address that cannot be one, and half a set of names, are refused."""
    host = reader.text("B12_SMTP_HOST", "")
    to, second_to = reader.mails("B12_ALERT_MAIL_TO"), reader.mails("B12_ALERT_SECOND_MAIL_TO")
    if not host and not to and not second_to:
        return None
    sender = reader.mails("B12_ALERT_MAIL_FROM")
    if not host or not to or len(sender) != 1:
        raise SettingsError("Mail alerts need B12_SMTP_HOST, B12_ALERT_MAIL_FROM and B12_ALERT_MAIL_TO together.")
    tls = reader.choice("B12_SMTP_TLS", ("yes", "no"), "yes") == "yes"
    if not tls and host not in ("127.0.0.1", "localhost"):
        raise SettingsError("B12_SMTP_TLS=no is for a mail server on this machine only.")
    return MailSettings(
        host=host,
        port=reader.whole("B12_SMTP_PORT", 587, low=1, high=65535),
        user=reader.text("B12_SMTP_USER", "") or None,
        password=reader.text("B12_SMTP_PASSWORD", "") or None,
        tls=tls,
        sender=sender[0],
        to=to,
        second_to=second_to,
    )


def _oidc(reader: Values) -> OidcSettings | None:
    """None where the clinic has no provider; half a set of names is refused."""
    issuer = reader.text("B12_OIDC_ISSUER", "")
    if not issuer:
        return None
    if not is_private_line(issuer):
        raise SettingsError("B12_OIDC_ISSUER must begin with https:// (plain http only on this machine).")
    client_id, client_secret = reader.text("B12_OIDC_CLIENT_ID", ""), reader.text("B12_OIDC_CLIENT_SECRET", "")
    if not client_id or not client_secret:
        raise SettingsError("B12_OIDC_ISSUER is set, so B12_OIDC_CLIENT_ID and B12_OIDC_CLIENT_SECRET are needed too.")
    return OidcSettings(
        issuer=issuer,
        client_id=client_id,
        client_secret=client_secret,
        role_claim=reader.text("B12_OIDC_ROLE_CLAIM", "roles"),
        roles=_oidc_roles(reader.text("B12_OIDC_ROLES", "")),
        name=reader.text("B12_OIDC_NAME", "your clinic's sign-in"),
    )


def _oidc_roles(written: str) -> dict[str, str]:
    roles = {}
    for part in (part.strip() for part in written.split(",") if part.strip()):
        value, separator, role = (piece.strip() for piece in part.rpartition("="))
        if not separator or not value or role not in ("viewer", "clinician"):
            raise SettingsError(
                f"B12_OIDC_ROLES has {part!r}; expected pairs such as b12-nurses=clinician, b12-readers=viewer. "
                "An admin is made by a person: in the console, or with b12bot staff."
            )
        roles[value] = role
    if not roles:
        raise SettingsError("B12_OIDC_ISSUER is set, so B12_OIDC_ROLES must say which groups may come in as what.")
    return roles


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
