"""
What every resource needs: ids that stay the same, references that resolve, texts that FHIR takes.

An id is a UUID (version 5) over the conversation and what the resource stands for, so
that a second export of the same conversation updates and does not double.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

#: Ours for ever: another value would make every record system see new resources.
_NAMESPACE = UUID("5f0c1c0a-6d0e-5a0b-9b12-0b12c11a1c00")

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"

Resource = dict[str, Any]


@dataclass
class Entries:
    """The resources of one bundle, each under its own address."""

    conversation_id: str
    name: Callable[[str], str]  # a code in plain words
    made: list[Resource] = field(default_factory=list)

    def id_of(self, *what: str) -> str:
        return str(uuid5(_NAMESPACE, "\n".join((self.conversation_id, *what))))

    def reference(self, kind: str, *what: str) -> Resource:
        return {"reference": f"urn:uuid:{self.id_of(kind, *what)}", "type": kind}

    def add(self, kind: str, *what: str, **content: Any) -> None:
        """A resource of this kind that stands for `what`; empty parts are left out, as FHIR wants it."""
        self.made.append({"resourceType": kind, "id": self.id_of(kind, *what), **(tidy(content) or {})})

    def as_entries(self) -> list[Resource]:
        return [{"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource} for resource in self.made]


def tidy(value: Any) -> Any:
    """The same without what is empty; None when nothing is left."""
    if isinstance(value, dict):
        kept = {key: tidied for key, item in value.items() if (tidied := tidy(item)) is not None}
        return kept or None
    if isinstance(value, (list, tuple)):
        return [tidied for item in value if (tidied := tidy(item)) is not None] or None
    if isinstance(value, str):
        return text(value)
    return value


def text(written: str) -> str | None:
    """What FHIR calls a string: no control characters, no spaces of other kinds, something visible in it."""
    clean = "".join(_letter(letter) for letter in written).strip()
    return clean if re.search(r"\S", clean) else None


def _letter(letter: str) -> str:
    if letter in "\n\r\t ":
        return letter
    if letter.isspace() or letter == "\ufeff":
        return " "
    return "" if unicodedata.category(letter) in ("Cc", "Cs", "Cn") else letter


def concept(words: str, *codings: Resource) -> Resource:
    return {"coding": list(codings), "text": words}


def coding(system: str, code: str, display: str = "") -> Resource:
    return {
        "system": system if system.startswith("http") else f"{TERMINOLOGY}/{system}",
        "code": code,
        "display": display,
    }


def instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def when_said(written: str | None) -> str | None:
    """ "2019", "2019-03" or "2019-03-14" as it is; None for what is no date."""
    if not written or not re.fullmatch(r"[12]\d{3}(-\d{2}){0,2}", written):
        return None
    try:
        date.fromisoformat(
            written if len(written) == 10 else f"{written}-01" if len(written) == 7 else f"{written}-01-01"
        )
    except ValueError:
        return None
    return written


def number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def days(count: int) -> Resource:
    return {"value": count, "unit": "day" if count == 1 else "days", "system": UCUM, "code": "d"}
