"""The parts of the desk that look after the records: the audit's chain, retention, review and learning."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from bot.clinical.codes import Level
from bot.conversation.audit_check import AuditCheck
from bot.conversation.learning import Example, Mark
from bot.conversation.record_keeping import Hold, PersonFound, RetentionReport
from bot.knowledge.pseudonyms import Pseudonym
from bot.knowledge.retention import KeepRule


class RecordKeeping(Protocol):
    """Part of `bot.conversation.desk.Desk`."""

    def check_audit(
        self, *, kept_number: int | None = None, kept_digest: str = "", newest: int | None = None
    ) -> AuditCheck:
        """Every fault of the chain, or of its `newest` entries; with what an earlier check gave, also whether its end was cut off."""
        ...

    # legal holds and retention
    def hold(self, conversation_id: str, *, reason: str, by: str, now: datetime) -> None:
        """Nothing of it is removed until the hold is lifted.  The reason stays out of the audit.  DeskConflict when held."""
        ...

    def lift_hold(self, conversation_id: str, *, reason: str, by: str, now: datetime) -> bool:
        """True when the patient had asked for deletion meanwhile and it was done now."""
        ...

    def held(self, conversation_id: str | None = None) -> tuple[Hold, ...]:
        """All holds, or that of one conversation."""
        ...

    def retention_report(self, rules: tuple[KeepRule, ...], *, now: datetime, listed: int = 100) -> RetentionReport:
        """What would go by age now; changes nothing."""
        ...

    def purge(self, rules: tuple[KeepRule, ...], *, at: datetime, by: str = "system") -> int:
        """Removes some of them; 0 when none is left."""
        ...

    def find_person(self, reached_by: str) -> tuple[PersonFound, ...]:
        """The conversations in which this telephone number or e-mail address was left."""
        ...

    def export_person(self, reached_by: str, *, by: str, now: datetime) -> tuple[dict[str, Any], ...]:
        """All that is kept of each of those, by table; the audit names each."""
        ...

    def erase_person(self, reached_by: str, *, reason: str, by: str, now: datetime) -> tuple[PersonFound, ...]:
        """Erases them, but for those under a hold or with an open danger, which are named."""
        ...

    # review and learning
    def mark_turn(
        self,
        conversation_id: str,
        seq: int,
        *,
        verdict: str,
        by: str,
        now: datetime,
        intent: str | None = None,
        topic: str | None = None,
        level: Level | None = None,
        comment: str = "",
    ) -> None:
        """The newest verdict on a message counts."""
        ...

    def marks(self, conversation_id: str) -> dict[int, Mark]:
        """By the message's seq."""
        ...

    def propose_message(
        self, conversation_id: str, seq: int, *, rules: tuple[Pseudonym, ...], by: str, now: datetime
    ) -> str:
        """DeskConflict unless it is a patient's and was marked."""
        ...

    def propose_conversation(
        self, conversation_id: str, *, rules: tuple[Pseudonym, ...], by: str, now: datetime
    ) -> str: ...

    def examples(self, *, state: str | None = None, limit: int = 500) -> tuple[Example, ...]:
        """The oldest first."""
        ...

    def decide_example(self, example_id: str, *, approve: bool, by: str, now: datetime) -> None:
        """DeskConflict when the same person proposed and approves, or it was decided already."""
        ...

    # filters of the inbox
    def saved_filters(self, staff_id: str) -> tuple[tuple[str, str], ...]:
        """Names and queries of this person's own, by name."""
        ...

    def save_filter(self, staff_id: str, *, name: str, query: str, now: datetime) -> None:
        """The same name again replaces it; DeskConflict when there are too many."""
        ...

    def drop_filter(self, staff_id: str, *, name: str) -> None: ...
