"""Read `staff_replies.yml`: replies that staff may put into the box and change before they send them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.clinical.wording import fill
from bot.knowledge.strict import Fault, rows
from bot.knowledge.values import checked, sources_of

HOLES = frozenset({"clinic_phone", "emergency_number", "clinic_hours"})


@dataclass(frozen=True)
class StaffReply:
    """One row; `text` may hold {holes}."""

    id: str
    title: str
    text: str

    def filled(self, facts: Mapping[str, str], *, unset: Mapping[str, str]) -> StaffReply:
        """The same with the facts of this clinic; what is not set is said in general words."""
        return StaffReply(self.id, self.title, fill(self.text, facts, unset=unset))


def load_staff_replies(folder: Path, faults: list[Fault]) -> tuple[StaffReply, ...]:
    """In the order of the file; faults are added to the list."""
    found = []
    for row in rows(folder / "staff_replies.yml", faults):
        reply = StaffReply(row.text("id"), row.text("title"), row.text("text"))
        unknown = set(re.findall(r"\{(\w*)\}", reply.text)) - HOLES
        if unknown:
            row.fault(
                f"'text' has holes that nobody fills: {', '.join(sorted(unknown))}. Allowed: {', '.join(sorted(HOLES))}."
            )
        sources_of(row)
        checked(row)
        found.append(reply)
    return tuple(found)
