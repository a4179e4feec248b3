"""What staff read in an alert, whichever way it comes: how urgent, since when, where to look."""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation.ports import Alert

_WHY = {
    "first": "A patient is waiting for staff",
    "second": "Nobody has acknowledged: a patient is waiting for staff",
    "waiting": "A patient wants to talk to a person",
}
_URGENCY = {"emergency": "EMERGENCY", "urgent": "URGENT"}


@dataclass(frozen=True)
class AlertWords:
    """Nothing in it comes from the patient."""

    why: str
    urgency: str
    since: str
    link: str

    @classmethod
    def of(cls, alert: Alert, *, console: str) -> AlertWords:
        """`console` is the address of the staff console as staff reach it."""
        return cls(
            why=_WHY.get(alert.kind, _WHY["first"]),
            urgency=_URGENCY.get(alert.level.code, "Please look"),
            since=f"{alert.at:%Y-%m-%d %H:%M} UTC",
            link=f"{console.rstrip('/')}/talk/{alert.conversation_id}",
        )

    @property
    def headline(self) -> str:
        return f"{self.urgency}: {self.why}"
