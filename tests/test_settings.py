"""Settings: one reader, clear refusals, and an example file that lists every name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import settings as settings_module
from bot.settings import SettingsError, read_settings

ROOT = Path(__file__).resolve().parent.parent


def _read(tmp_path: Path, **values: str) -> settings_module.Settings:
    environment = {"B12_DATA_DIR": str(tmp_path / "var"), **values}
    return read_settings(environment, env_file=tmp_path / "none.env")


def test_defaults_serve_a_demo_on_this_machine_only(tmp_path: Path) -> None:
    settings = _read(tmp_path)
    assert (settings.mode, settings.region, settings.host) == ("demo", "uk", "127.0.0.1")
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'b12.db'}"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("B12_MODE", "prod", "demo, live"),
        ("B12_REGION", "fr", "uk, us, eu"),
        ("B12_PORT", "http", "whole number from 1 to 65535"),
        ("B12_PORT", "0", "whole number from 1 to 65535"),
        ("B12_TURN_DEADLINE", "soon", "seconds from 0.1 to 60"),
        ("B12_LOG_LEVEL", "LOUD", "DEBUG"),
        ("B12_TIME_ZONE", "London", "Europe/London"),
        ("B12_BEHIND_TLS", "true", "yes, no"),
        ("B12_TWILIO_ACCOUNT_SID", "AC1", "B12_TWILIO_AUTH_TOKEN"),
        ("B12_TWILIO_BUTTONS", "two", "2=HX"),
        ("B12_TELEGRAM_TOKEN", "1:a", "B12_TELEGRAM_SECRET"),
        ("B12_SLACK_BOT_TOKEN", "xoxb-1", "B12_SLACK_SIGNING_SECRET"),
        ("B12_ALERT_WEBHOOK", "http://clinic.example/alert", "https://"),
        ("B12_ALERT_WEBHOOK", "https://clinic.example/alert", "B12_ALERT_SECRET"),
        ("B12_ALERT_SECOND_WEBHOOK", "https://clinic.example/alert", "B12_ALERT_SECRET"),
        ("B12_ALERT_SLACK", "http://hooks.slack.example/services/T/B/x", "https://"),
        ("B12_ALERT_SECOND_SLACK", "hooks.slack.example/services/T/B/x", "https://"),
        ("B12_TELEGRAM_API", "http://169.254.169.254/latest", "https://"),
        ("B12_SLACK_API", "http://slack.example/api", "https://"),
        ("B12_TWILIO_API", "file:///etc/passwd", "https://"),
    ],
)
def test_a_wrong_value_is_refused_by_name(tmp_path: Path, name: str, value: str, expected: str) -> None:
    with pytest.raises(SettingsError) as error:
        _read(tmp_path, **{name: value})
    assert name in str(error.value)
    assert expected in str(error.value)


OIDC = {
    "B12_OIDC_ISSUER": "https://login.clinic.example",
    "B12_OIDC_CLIENT_ID": "console",
    "B12_OIDC_CLIENT_SECRET": "hidden-from-logs",
    "B12_OIDC_ROLES": "b12-nurses=clinician",
}


def test_the_clinics_own_sign_in_is_off_unless_it_is_named(tmp_path: Path) -> None:
    assert _read(tmp_path).oidc is None
    provider = _read(tmp_path, **{**OIDC, "B12_OIDC_ROLES": "b12-nurses=clinician, b12-readers=viewer"}).oidc
    assert provider is not None
    assert provider.roles == {"b12-nurses": "clinician", "b12-readers": "viewer"}
    assert "hidden-from-logs" not in repr(_read(tmp_path, **{**OIDC, "B12_OIDC_ROLES": "a=viewer"}))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"B12_OIDC_ISSUER": "http://login.clinic.example"}, "https://"),
        ({"B12_OIDC_CLIENT_SECRET": ""}, "B12_OIDC_CLIENT_SECRET"),
        ({"B12_OIDC_ROLES": ""}, "B12_OIDC_ROLES"),
        ({"B12_OIDC_ROLES": "nurses"}, "expected pairs"),
        ({"B12_OIDC_ROLES": "=viewer"}, "expected pairs"),
        ({"B12_OIDC_ROLES": "bosses=admin"}, "made by a person"),
    ],
)
def test_half_a_sign_in_provider_is_refused(tmp_path: Path, changes: dict[str, str], expected: str) -> None:
    """No value of the provider makes an admin: that is given by hand."""
    with pytest.raises(SettingsError) as error:
        _read(tmp_path, **{**OIDC, **changes})
    assert expected in str(error.value)


def test_door_and_console_cannot_share_a_port(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="B12_CONSOLE_PORT"):
        _read(tmp_path, B12_PORT="9000", B12_CONSOLE_PORT="9000")


def test_a_live_clinic_must_choose_its_own_secret(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="B12_SESSION_SECRET"):
        _read(tmp_path, B12_MODE="live")
    assert _read(tmp_path, B12_MODE="live", B12_SESSION_SECRET="s" * 40).session_secret == "s" * 40


def test_the_demo_secret_is_made_once_and_private(tmp_path: Path) -> None:
    first, second = _read(tmp_path), _read(tmp_path)
    assert first.session_secret == second.session_secret
    assert len(first.session_secret) == 64
    assert (tmp_path / "var" / "session-secret").stat().st_mode & 0o077 == 0


def test_secrets_hide_in_repr(tmp_path: Path) -> None:
    settings = _read(tmp_path, B12_DATABASE_URL="postgresql://u:hidden@h/d")
    assert settings.session_secret not in repr(settings)
    assert "hidden" not in repr(settings)


def test_an_env_file_fills_what_the_environment_leaves_out(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("# comment\nB12_REGION=us\nB12_PORT='9100'\n", encoding="utf-8")
    settings = read_settings({"B12_DATA_DIR": str(tmp_path), "B12_PORT": "9200"}, env_file=env_file)
    assert (settings.region, settings.port) == ("us", 9200)


def test_a_broken_env_file_is_named_with_its_line(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("B12_REGION=us\nnonsense\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="line 2"):
        read_settings({}, env_file=env_file)


def test_the_example_file_lists_exactly_the_settings_there_are() -> None:
    used = set(re.findall(r'"(B12_[A-Z_]+)"', (ROOT / "bot" / "settings.py").read_text(encoding="utf-8")))
    listed = set(re.findall(r"^(B12_[A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert used == listed


def test_the_proxies_that_are_believed_are_addresses(tmp_path: Path) -> None:
    """Behind a proxy that is not believed all patients would share one allowance of new chats."""
    path = tmp_path / "none.env"
    values = {"B12_DATA_DIR": str(tmp_path)}
    assert read_settings(values, env_file=path).trusted_proxies == frozenset()
    settings = read_settings({**values, "B12_TRUSTED_PROXIES": "127.0.0.1, ::1"}, env_file=path)
    assert settings.trusted_proxies == frozenset({"127.0.0.1", "::1"})
    with pytest.raises(SettingsError, match="B12_TRUSTED_PROXIES"):
        read_settings({**values, "B12_TRUSTED_PROXIES": "proxy.example"}, env_file=path)


#: They begin like an address on this machine, or like https, and are not.
ELSEWHERE = [
    "http://localhost.elsewhere.example/in",
    "http://127.0.0.1.elsewhere.example/in",
    "http://127.0.0.1:pw@elsewhere.example/in",
    "http://localhost:80@elsewhere.example/in",
    "http://2130706433/in",
    "https://",
    "https:///in",
    "https://host:port/in",
    "https://clinic.example/in\nHost: elsewhere.example",
    "gopher://127.0.0.1/in",
    "//127.0.0.1/in",
]


@pytest.mark.parametrize("url", ELSEWHERE)
@pytest.mark.parametrize("name", ["B12_ALERT_WEBHOOK", "B12_ALERT_SLACK", "B12_TELEGRAM_API", "B12_OIDC_ISSUER"])
def test_an_address_that_only_looks_like_ours_gets_no_secret(tmp_path: Path, name: str, url: str) -> None:
    with pytest.raises(SettingsError, match=name):
        _read(tmp_path, **{name: url, "B12_ALERT_SECRET": "s" * 16})


@pytest.mark.parametrize(
    "url",
    ["https://hooks.slack.com/services/T/B/x", "http://127.0.0.1:9000/in", "http://localhost/in", "http://[::1]/in"],
)
def test_https_and_this_machine_are_spoken_to(tmp_path: Path, url: str) -> None:
    settings = _read(tmp_path, B12_ALERT_SLACK=url)
    assert settings.alert_slack == url
    assert url not in repr(settings), "the path of a hook is often its password"
