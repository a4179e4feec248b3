"""Take a phone number or an email address for a call-back; it is kept apart from the transcript."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.talk import ClinicAction, Talk

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE = re.compile(r"\+?\d[\d ()./-]{5,20}\d")

_FEWEST_DIGITS, _MOST_DIGITS = 7, 15
_FEWEST_WITH_AREA = 9  # a number that begins with 0 holds its area or network; "07700 900" was broken off
_NONE: dict[str, str | None] = {"phone": None, "email": None}


class TakeContact(ClinicAction):
    """Validate what was given; a wrong number is worse than none."""

    action_name = "action_take_contact"

    async def act(self, talk: Talk) -> list[EventType]:
        contact = read_contact(talk.text)
        if not contact:
            gave = any(character.isdigit() or character == "@" for character in talk.text)
            talk.say("contact_unread" if gave else "not_understood")
            return []
        note_contact(talk, contact)
        return []


def read_contact(text: str) -> dict[str, str]:
    """A telephone number of 7 to 15 digits and an email address, where the message holds them."""
    email = _EMAIL.search(text)
    phone = _PHONE.search(text)
    found = {}
    digits = re.sub(r"\D", "", phone.group()) if phone else ""
    fewest = _FEWEST_WITH_AREA if digits.startswith("0") else _FEWEST_DIGITS
    if phone and fewest <= len(digits) <= _MOST_DIGITS:
        found["phone"] = phone.group().strip()
    if email:
        found["email"] = email.group()
    return found


def note_contact(talk: Talk, contact: dict[str, str]) -> None:
    """Say which contact was taken and hand it over to be kept."""
    talk.utter(
        talk.sentence("contact_noted", contact=" / ".join(contact.values())), custom={"contact": {**_NONE, **contact}}
    )
