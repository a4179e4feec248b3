"""Take a phone number or an email address for a call-back; it is kept apart from the transcript."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.talk import ClinicAction, Talk

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE = re.compile(r"\+?\d[\d ()./-]{5,20}\d")


class TakeContact(ClinicAction):
    """Validate what was given; a wrong number is worse than none."""

    action_name = "action_take_contact"

    async def act(self, talk: Talk) -> list[EventType]:
        email = _EMAIL.search(talk.text)
        phone = _PHONE.search(talk.text)
        digits = re.sub(r"\D", "", phone.group()) if phone else ""
        if email is None and not 7 <= len(digits) <= 15:
            talk.say("contact_unread")
            return []
        contact = {
            "phone": phone.group().strip() if phone and digits else None,
            "email": email.group() if email else None,
        }
        shown = " / ".join(value for value in contact.values() if value)
        talk.utter(talk.sentence("contact_noted", contact=shown), custom={"contact": contact})
        return []
