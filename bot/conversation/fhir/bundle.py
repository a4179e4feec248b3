"""The bundle: patient, assistant, answers, results, dangers and, when asked, messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.conversation.desk_talk import DeskConversation
from bot.conversation.fhir.answers import add_answers
from bot.conversation.fhir.events import add_flags, add_messages
from bot.conversation.fhir.observations import add_results
from bot.conversation.fhir.parts import Entries, Resource, coding, instant, tidy
from bot.conversation.ports import Contact
from bot.conversation.record import read_record
from bot.knowledge.record_codes import RecordCodes

_SEXES = {"female": "female", "male": "male", "other": "other"}


@dataclass(frozen=True)
class Shared:
    """
    What the bundle may hold beyond the summary.

    `messages` are the patient's words and ours, `contact` their name, telephone and e-mail.
    """

    messages: bool = False
    contact: bool = False


def make_bundle(
    talk: DeskConversation,
    *,
    codes: RecordCodes,
    name: Callable[[str], str],
    clinic: str,
    at: datetime,
    shared: Shared | None = None,
    demo: bool = False,
) -> Resource:
    """
    A conversation as a FHIR R4 Bundle of the type "collection", JSON-able.

    Args:
        name: Plain words for a code of ours.
        at: Of the export.
        demo: Marks everything as test data, which record systems keep apart.
    """
    shared = shared or Shared()
    record = read_record(talk.snapshot)
    entries = Entries(talk.conversation_id, name)
    _add_patient(entries, talk, sex=record.sex, contact=shared.contact)
    entries.add(
        "Device",
        identifier=[{"type": {"text": "Conversation with the B12 assistant"}, "value": talk.conversation_id}],
        status="active",
        deviceName=[{"name": f"Automated B12 assistant of {clinic}", "type": "user-friendly-name"}],
        version=[{"value": f"content {record.content_version}"}] if record.content_version else None,
    )
    add_answers(entries, record, at=talk.last_at, finished=record.assessed)
    add_results(entries, record, codes)
    add_flags(entries, talk)
    if shared.messages:
        add_messages(entries, talk)
    bundle = tidy(
        {
            "meta": {"security": [coding("v3-ActReason", "HTEST", "test health data")]} if demo else None,
            "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{entries.id_of('Bundle')}"},
            "type": "collection",
            "timestamp": instant(at),
        }
    )
    return {"resourceType": "Bundle", "id": entries.id_of("Bundle"), **bundle, "entry": entries.as_entries()}


def _add_patient(entries: Entries, talk: DeskConversation, *, sex: str | None, contact: bool) -> None:
    reach = talk.contact if contact else None
    entries.add(
        "Patient",
        identifier=[{"type": {"text": "Conversation with the B12 assistant"}, "value": talk.conversation_id}],
        name=[{"text": reach.name}] if reach and reach.name else None,
        telecom=_telecom(reach) if reach else None,
        gender=_SEXES.get(sex or ""),
    )


def _telecom(reach: Contact) -> list[Resource]:
    newest = [{"value": value} for value in (reach.phone, reach.email) if value]
    before = [{"value": value, "use": "old"} for value in reach.earlier]
    return [{"system": "email" if "@" in way["value"] else "phone", **way} for way in (*newest, *before)]
