"""
Reviewed answers as values, and how one becomes the text that a patient reads.

Picks the wording for the region, fills in the clinic's facts and adds the shared
closing.  It does not find out which question was asked (`bot.language`) or read
files (`bot.knowledge.answers`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from bot.clinical.wording import UnknownWordsError, fill, respell

REGIONS: tuple[str, ...] = ("uk", "us", "eu")

#: Every topic of the answer bank, in order.
TOPICS: tuple[str, ...] = tuple(f"FAQ-{number:02d}" for number in range(1, 85))

#: Topics that belong to the worry about clots: the safety question goes with them.
CLOT_TOPICS: tuple[str, ...] = ("FAQ-20", "FAQ-21", "FAQ-22", "FAQ-23", "FAQ-24", "FAQ-25")

#: Topics about harm; whoever only tells of it gets their answer too.
ABOUT_HARM: tuple[str, ...] = ("FAQ-16", "FAQ-20", "FAQ-21", "FAQ-22", "FAQ-28", "FAQ-29", "FAQ-34", "FAQ-78", "FAQ-79")

#: Topics that people put as a statement and want answered ("I missed my injection").
TOLD_TO_BE_ANSWERED: tuple[str, ...] = (
    "FAQ-17", "FAQ-18", "FAQ-30", "FAQ-32", "FAQ-39", "FAQ-40", "FAQ-42", "FAQ-47", "FAQ-72", "FAQ-74",
)  # fmt: skip


@dataclass(frozen=True)
class AnswerText:
    """The answer itself, and what is said when the patient asks for more."""

    short: str
    more: str


@dataclass(frozen=True)
class Answer:
    """
    One reviewed answer.

    `must_say`: of each inner tuple one phrase stands in the full text.  `never_say`:
    phrases that must not.  Both are lower case and compared without regard to case.
    `covers`: ids of coverage.yml.  `regions`: wording where facts differ.
    """

    id: str
    question: str
    text: AnswerText
    closing: str
    must_say: tuple[tuple[str, ...], ...]
    never_say: tuple[str, ...]
    sources: tuple[str, ...]
    covers: tuple[str, ...]
    status: str
    next_review: date
    regions: Mapping[str, AnswerText] = field(default_factory=dict)

    def text_for(self, region: str) -> AnswerText:
        return self.regions.get(region, self.text)


@dataclass(frozen=True)
class RenderedAnswer:
    """What the patient reads, and the ids of the sources behind it."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Answers:
    """
    The answer bank: `answers["FAQ-01"]`.

    `unset` and `us_spelling` are the shared words that rendering needs.
    """

    by_id: Mapping[str, Answer]
    unset: Mapping[str, str]
    us_spelling: Mapping[str, str]

    def __post_init__(self) -> None:
        for attribute in ("by_id", "unset", "us_spelling"):
            object.__setattr__(self, attribute, MappingProxyType(dict(getattr(self, attribute))))

    def __getitem__(self, topic: str) -> Answer:
        """Raises UnknownWordsError for an id outside FAQ-01 to FAQ-84."""
        try:
            return self.by_id[topic]
        except KeyError:
            raise UnknownWordsError(f"no answer has the id '{topic}'; expected FAQ-01 to FAQ-84.") from None

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.by_id.values())

    def __len__(self) -> int:
        return len(self.by_id)

    def render(
        self, topic: str, *, region: str = "uk", contacts: Mapping[str, str] | None = None, long: bool = False
    ) -> RenderedAnswer:
        """
        The text for a patient.

        Args:
            topic: "FAQ-01" to "FAQ-84".
            region: "uk", "us" or "eu"; where nothing differs the wording is shared.
            contacts: Facts of region and clinic by name; an unset one becomes a plain sentence.
            long: True adds the rest, which otherwise is offered.
        """
        answer = self[topic]
        text = answer.text_for(region)
        return self._rendered(answer, [text.short, text.more] if long else [text.short], region, contacts or {})

    def render_more(
        self, topic: str, *, region: str = "uk", contacts: Mapping[str, str] | None = None
    ) -> RenderedAnswer:
        """Only the rest, for a patient who has read the short answer and wants more."""
        answer = self[topic]
        return self._rendered(answer, [answer.text_for(region).more], region, contacts or {})

    def question(self, topic: str, *, region: str = "uk") -> str:
        """The question as shown in "did you mean"."""
        question = self[topic].question
        return respell(question, self.us_spelling) if region == "us" else question

    def _rendered(self, answer: Answer, parts: list[str], region: str, contacts: Mapping[str, str]) -> RenderedAnswer:
        written = "\n\n".join(part for part in (*parts, answer.closing) if part)
        if region == "us":
            written = respell(written, self.us_spelling)
        return RenderedAnswer(text=fill(written, contacts, unset=self.unset), sources=answer.sources)


def phrases_missing(answer: Answer, text: str) -> tuple[tuple[str, ...], ...]:
    """The must-say alternatives of which `text` holds none."""
    lower = text.lower()
    return tuple(options for options in answer.must_say if not any(option in lower for option in options))


def phrases_forbidden(answer: Answer, text: str) -> tuple[str, ...]:
    """The never-say phrases that `text` holds."""
    lower = text.lower()
    return tuple(phrase for phrase in answer.never_say if phrase in lower)
