"""What checking the audit's chain found, as staff and operators read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AuditFault:
    """
    One place where the chain does not hold.

    `number` is the entry's own number; of a removed one, the number that is missing.
    """

    number: int
    kind: str  # changed | removed | moved | follows_another | end_removed
    also: int | None = None  # moved: where it stood; removed: the last of a missing stretch

    def sentence(self) -> str:
        """What is wrong, for the person who has to act on it."""
        if self.kind == "removed":
            last = f" to {self.also}" if self.also not in (None, self.number) else ""
            return f"Entry {self.number}{last} is missing."
        if self.kind == "moved":
            return f"Entry {self.number} stood at {self.also} when it was written."
        if self.kind == "follows_another":
            return (
                f"Entry {self.number} was written after another entry {self.number - 1} than the one that stands there."
            )
        if self.kind == "end_removed":
            return f"Entry {self.number} is not the one you kept, or the end of the audit was cut off before it."
        return f"Entry {self.number} was changed after it was written."


@dataclass(frozen=True)
class AuditCheck:
    """
    The whole chain, or its end, looked at once.

    `last_number` and `last_digest` are worth keeping elsewhere: a chain whose end was cut
    off is whole in itself, and only what was kept outside the database can tell.
    """

    entries: int
    last_number: int
    last_digest: str
    faults: tuple[AuditFault, ...]
    before: int = 0  # the number before the first that was looked at: 0 when it was the whole chain

    @property
    def sound(self) -> bool:
        return not self.faults
