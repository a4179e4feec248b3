"""`b12bot doctor` says which channels are on and what the others lack."""

from __future__ import annotations

from pathlib import Path

from bot.commands import doctor
from bot.settings import read_settings


def lines(tmp_path: Path, **values: str) -> tuple[bool, str]:
    environment = {"B12_DATA_DIR": str(tmp_path / "var"), **values}
    found = list(doctor._channels(read_settings(environment, env_file=tmp_path / "none.env")))
    return all(ok for ok, _ in found), "\n".join(line for _, line in found)


def test_what_is_off_names_the_settings_it_needs(tmp_path: Path) -> None:
    well, text = lines(tmp_path)
    assert well
    for name in ("B12_TWILIO_SMS_FROM", "B12_TWILIO_WHATSAPP_FROM", "B12_TELEGRAM_SECRET", "B12_SLACK_SIGNING_SECRET"):
        assert name in text


def test_what_is_on_names_the_address_to_give_to_the_vendor(tmp_path: Path) -> None:
    _, text = lines(
        tmp_path,
        B12_PUBLIC_URL="https://chat.clinic.example",
        B12_TWILIO_ACCOUNT_SID="AC1",
        B12_TWILIO_AUTH_TOKEN="secret-of-twilio",
        B12_TWILIO_WHATSAPP_FROM="+441632960100",
        B12_TELEGRAM_TOKEN="1:secret-of-telegram",
        B12_TELEGRAM_SECRET="s" * 20,
    )
    assert "WhatsApp: on, from +441632960100, hook https://chat.clinic.example/hooks/twilio" in text
    assert "SMS: off" in text
    assert "without B12_TWILIO_NOTICE staff cannot write after 24 hours" in text
    assert "Telegram: on, hook https://chat.clinic.example/hooks/telegram" in text
    assert "secret-of" not in text


def test_a_live_clinic_must_not_talk_to_a_stand_in(tmp_path: Path) -> None:
    well, text = lines(tmp_path, B12_MODE="live", B12_SESSION_SECRET="s" * 40, B12_TELEGRAM_API="http://127.0.0.1:9000")
    assert not well and "http://127.0.0.1:9000" in text
