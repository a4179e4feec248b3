"""
Reviewed sentences as values: what the assistant says, with holes that are filled safely.

Holds the words of the interview and fills placeholders.  It does not read files
(`bot.knowledge.interview`), choose what to say next or know any clinic.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

#: Facts of the region and the clinic; each has a plain sentence for when it is not set.
CONTACT_FACTS: tuple[str, ...] = (
    "emergency_number",
    "urgent_line",
    "mental_health_line",
    "poison_line",
    "maternity_line",
    "report_side_effects",
    "clinic_name",
    "clinic_phone",
    "clinic_hours",
    "booking_link",
    "price_list",
)

_HOLE = re.compile(r"\{([a-z_]+)\}")


class UnknownWordsError(KeyError):
    """Nothing is written under this key.  A fault of the program, never of the patient."""

    def __str__(self) -> str:
        return str(self.args[0])


class MissingFactError(ValueError):
    """A sentence needs a fact that it was not given.  A fault of the program."""


def holes(text: str) -> tuple[str, ...]:
    """The names in braces, in order of appearance."""
    return tuple(_HOLE.findall(text))


def fill(text: str, facts: Mapping[str, object], *, unset: Mapping[str, str]) -> str:
    """
    The sentence with every hole filled.

    Args:
        text: May hold {names}.  Braces inside a fact are left as they are.
        facts: Values by name; None and blank text count as not set.
        unset: What is said instead of a clinic or region fact that is not set.

    Raises:
        MissingFactError: A hole has neither a value nor a sentence of its own.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        given = facts.get(name)
        words = "" if given is None else str(given).strip()
        if not words:
            words = unset.get(name, "")
        if not words:
            raise MissingFactError(f"the sentence needs {{{name}}}; given: {', '.join(sorted(facts)) or 'nothing'}.")
        return words

    return _HOLE.sub(value, text)


def respell(text: str, words: Mapping[str, str]) -> str:
    """`text` with whole words exchanged, for example "Anaemia" to "Anemia"; a capital first letter stays."""
    if not words:
        return text
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, words)) + r")\b", re.IGNORECASE)

    def other(match: re.Match[str]) -> str:
        found = match.group(1)
        new = words[found.lower()]
        return new[0].upper() + new[1:] if found[0].isupper() else new

    return pattern.sub(other, text)


@dataclass(frozen=True)
class QuickReply:
    """A button: what stands on it, and the ordinary text that is sent when it is pressed."""

    title: str
    say: str


@dataclass(frozen=True)
class Question:
    """One question of the interview; `ask` holds its wordings for the first, second and last time."""

    code: str
    ask: tuple[str, ...]
    why: str
    means: str
    quick_replies: tuple[QuickReply, ...] = ()


@dataclass(frozen=True)
class Name:
    """How a code is called, why it matters when it is missing, and what it means; "" where not written."""

    code: str
    group: str
    name: str
    why: str = ""
    explain: str = ""
    explain_us: str = ""


@dataclass(frozen=True)
class InterviewWords:
    """
    Everything the interview says.  Immutable; one value serves all conversations.

    `questions`, `sentences` and `names` are by id; `groups` gives the ids of a
    group of names in the order of the file.
    """

    questions: Mapping[str, Question]
    sentences: Mapping[str, tuple[str, ...]]
    names: Mapping[str, Name]
    unset: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for attribute in ("questions", "sentences", "names", "unset"):
            object.__setattr__(self, attribute, MappingProxyType(dict(getattr(self, attribute))))

    def say(self, key: str, *, nth: int = 0, **facts: object) -> str:
        """
        One sentence.  `nth` counts how often the key was said before, so that wordings take turns.

        Raises:
            UnknownWordsError: No such key; the message names the nearest.
            MissingFactError: A placeholder was not given.
        """
        choices = self._find(self.sentences, key, "sentence")
        return fill(choices[nth % len(choices)], facts, unset=self.unset)

    def ask(self, code: str, *, attempt: int = 0, **facts: object) -> str:
        """The question; `attempt` 0 is the first time, and the last wording serves every later one."""
        wordings = self._find(self.questions, code, "question").ask
        return fill(wordings[min(attempt, len(wordings) - 1)], facts, unset=self.unset)

    def why(self, code: str) -> str:
        """Why the question is asked, or why a missing item matters."""
        if code in self.questions:
            return self.questions[code].why
        return self._find(self.names, code, "name").why

    def means(self, code: str) -> str:
        """What the question means."""
        return self._find(self.questions, code, "question").means

    def quick_replies(self, code: str) -> tuple[QuickReply, ...]:
        return self._find(self.questions, code, "question").quick_replies

    def name(self, code: str, **facts: object) -> str:
        """The plain name of a code, in the form that stands in a list ("tiredness")."""
        return fill(self._find(self.names, code, "name").name, facts, unset=self.unset)

    def explain(self, code: str, *, region: str = "uk", **facts: object) -> str:
        """What an indication, route, flag or cause means for the patient."""
        row = self._find(self.names, code, "name")
        text = row.explain_us if region == "us" and row.explain_us else row.explain
        return fill(text, facts, unset=self.unset)

    def group(self, group: str) -> tuple[str, ...]:
        """The codes of a group such as "clinician_questions", in the order of the file."""
        return tuple(name.code for name in self.names.values() if name.group == group)

    def listed(self, codes: Iterable[str]) -> str:
        """Names as one phrase: "tiredness, headache and a rash"."""
        words = [self.name(code) for code in codes]
        if len(words) < 2:
            return "".join(words)
        return f"{', '.join(words[:-1])} {self.name('join_and')} {words[-1]}"

    @staticmethod
    def _find(table: Mapping, key: str, kind: str):  # type: ignore[type-arg,no-untyped-def]
        try:
            return table[key]
        except KeyError:
            near = difflib.get_close_matches(key, list(table), n=3)
            hint = f" Near: {', '.join(near)}." if near else ""
            raise UnknownWordsError(f"no {kind} is written under '{key}'.{hint}") from None
