"""Alerts by mail through a real mail server: over TLS, with a name and a password, and without health data."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.channels import alert_mail
from bot.channels.alert_mail import MailRoute, MailServer, describe
from bot.clinical.codes import Level
from bot.conversation.ports import Alert
from bot.settings import Settings, SettingsError, read_settings
from bot.wiring.doors import alert_routes
from channels.alerts import ALERT

pytestmark = pytest.mark.anyio

SECOND = replace(ALERT, id="e-1:second", kind="second")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Box:
    """Takes mail; `refuses` are addresses that it does not know."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Message]] = []
        self.logins: list[bool] = []
        self.refuses: set[str] = set()

    async def handle_RCPT(self, server, session: Session, envelope: Envelope, address: str, options) -> str:
        if address in self.refuses:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session: Session, envelope: Envelope) -> str:
        self.mails.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content)))
        return "250 taken"

    def authenticate(self, server, session, envelope, mechanism, login) -> AuthResult:
        right = isinstance(login, LoginPassword) and (login.login, login.password) == (b"bot", b"hush")
        self.logins.append(right)
        return AuthResult(success=right, handled=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """For 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("mail")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def box(certificate: tuple[Path, Path]) -> Iterator[tuple[Box, int]]:
    """A mail server that takes nothing but over TLS and from somebody it knows."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    taken, port = Box(), free_port()
    server = Controller(
        taken,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=taken.authenticate,
    )
    server.start()
    try:
        yield taken, port
    finally:
        server.stop()


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine knows who signed the server's certificate."""
    made = ssl.create_default_context

    def knowing(*args, **more) -> ssl.SSLContext:
        context = made(*args, **more)
        context.load_verify_locations(certificate[0])
        return context

    monkeypatch.setattr(alert_mail.ssl, "create_default_context", knowing)


def settings(tmp_path: Path, port: int = 587, **more: str) -> Settings:
    values = {
        "B12_DATA_DIR": str(tmp_path),
        "B12_SMTP_HOST": "localhost",
        "B12_SMTP_PORT": str(port),
        "B12_SMTP_USER": "bot",
        "B12_SMTP_PASSWORD": "hush",
        "B12_ALERT_MAIL_FROM": "bot@clinic.example",
        "B12_ALERT_MAIL_TO": "day@clinic.example, doctor@clinic.example",
        "B12_ALERT_SECOND_MAIL_TO": "night@clinic.example",
        "B12_CONSOLE_URL": "https://desk.example/",
    }
    return read_settings({**values, **more}, env_file=tmp_path / "none.env")


async def test_a_mail_goes_over_tls_with_name_and_password_to_everybody(tmp_path, box, trusted) -> None:
    taken, port = box
    (route,) = alert_routes(settings(tmp_path, port))
    await route.send(ALERT)
    ((to, mail),) = taken.mails
    assert to == ["day@clinic.example", "doctor@clinic.example"]
    assert mail["Subject"] == "EMERGENCY: A patient is waiting for staff"
    assert "https://desk.example/talk/talk-1" in mail.get_payload()
    assert taken.logins == [True]


async def test_the_second_contact_has_an_address_of_its_own(tmp_path, box, trusted) -> None:
    taken, port = box
    (route,) = alert_routes(settings(tmp_path, port), second=True)
    await route.send(SECOND)
    ((to, mail),) = taken.mails
    assert to == ["night@clinic.example"]
    assert mail["Subject"] == "EMERGENCY: Nobody has acknowledged: a patient is waiting for staff"
    assert route.reaches == "night@clinic.example"


@pytest.mark.parametrize("alert", [ALERT, SECOND, replace(ALERT, kind="waiting", level=Level.NONE)])
def test_a_mail_says_how_urgent_it_is_and_nothing_of_the_illness(alert: Alert) -> None:
    subject, text = describe(alert, console="https://desk.example")
    assert "cardiac" not in subject + text
    assert "\n" not in subject


async def test_a_server_with_a_certificate_of_nobody_gets_no_password(tmp_path, box) -> None:
    taken, port = box
    (route,) = alert_routes(settings(tmp_path, port))
    with pytest.raises(ssl.SSLError):
        await route.send(ALERT)
    assert taken.logins == [] and taken.mails == []


async def test_a_wrong_password_is_an_error_and_so_is_a_refused_address(tmp_path, box, trusted) -> None:
    taken, port = box
    (route,) = alert_routes(settings(tmp_path, port, B12_SMTP_PASSWORD="wrong"))
    with pytest.raises(smtplib.SMTPAuthenticationError):
        await route.send(ALERT)
    taken.refuses = {"day@clinic.example", "doctor@clinic.example"}
    (route,) = alert_routes(settings(tmp_path, port))
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        await route.send(ALERT)
    assert taken.mails == []


async def test_a_server_that_offers_no_tls_gets_nothing(tmp_path: Path) -> None:
    taken, port = Box(), free_port()
    server = Controller(taken, hostname="127.0.0.1", port=port)
    server.start()
    try:
        mail = MailRoute(
            MailServer("localhost", port), sender="a@b.example", to=["c@d.example"], describe=lambda _: ("s", "t")
        )
        with pytest.raises(smtplib.SMTPNotSupportedError):
            await mail.send(ALERT)
    finally:
        server.stop()
    assert taken.mails == []


def test_a_web_hook_is_tried_before_mail(tmp_path: Path) -> None:
    hook = {"B12_ALERT_WEBHOOK": "https://pager.example/x", "B12_ALERT_SECRET": "s" * 16}
    assert [route.name for route in alert_routes(settings(tmp_path, **hook))] == ["webhook", "mail"]
    assert [route.name for route in alert_routes(settings(tmp_path, **hook), second=True)] == ["mail"]
    nothing = read_settings({"B12_DATA_DIR": str(tmp_path)}, env_file=tmp_path / "none.env")
    assert alert_routes(nothing) == alert_routes(nothing, second=True) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"B12_SMTP_HOST": ""}, "B12_SMTP_HOST"),
        ({"B12_ALERT_MAIL_TO": ""}, "B12_ALERT_MAIL_TO"),
        ({"B12_ALERT_MAIL_FROM": ""}, "B12_ALERT_MAIL_FROM"),
        ({"B12_ALERT_MAIL_TO": "night shift"}, "nurse@clinic.example"),
        ({"B12_ALERT_MAIL_TO": "a@b.example\nBcc: x@y.example"}, "nurse@clinic.example"),
        ({"B12_SMTP_TLS": "no", "B12_SMTP_HOST": "mail.example"}, "on this machine only"),
    ],
)
def test_half_a_mail_server_is_refused(tmp_path: Path, changes: dict[str, str], expected: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings(tmp_path, **changes)
    assert expected in str(error.value)


def test_the_mail_servers_password_hides(tmp_path: Path) -> None:
    assert "hush" not in repr(settings(tmp_path))
