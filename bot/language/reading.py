"""
Read what a patient's message tells: findings, results, person, treatment.

`Reader.read` joins the parts of this package: words (`lexicon`), how they are meant
(`context`), how long (`durations`, `timing`), the answer to the question just asked
(`replies`), results (`labs`).  It decides nothing and stores nothing; a reader may
serve all threads.

Only what is said counts: a question, a plan, the news or another person's illness
gives no finding of the patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Protocol

from bot.clinical.codes import When, Who
from bot.clinical.findings import B12Course, Finding, LabResult, Person, Words
from bot.knowledge.sayings import Saying
from bot.language.context import Assertion, ContextReader, MessageContext
from bot.language.durations import find_durations
from bot.language.lexicon import Hit, Lexicon
from bot.language.timing import Timing, attach
from bot.language.tokens import Token, tokenise

if TYPE_CHECKING:
    from bot.knowledge.content import Content


class Labs(Protocol):
    """Reads laboratory results; see `bot.language.labs.LabReader`."""

    def read(
        self, text: str, *, context: str | None = None, today: date, about_other: bool | None = None
    ) -> tuple[LabResult, ...]: ...


@dataclass(frozen=True)
class Reading:
    """
    What one message told.

    `findings` hold the patient's statements and those about other people (`Finding.who`),
    in the order of the message; of the patient's own there is one a code, the last said.
    `corrects` is True when the writer takes something back.
    """

    findings: tuple[Finding, ...] = ()
    labs: tuple[LabResult, ...] = ()
    person: Person = Person()
    treatment: B12Course = B12Course()
    deficiency_confirmed_by_doctor: bool | None = None
    corrects: bool = False

    @property
    def own(self) -> tuple[Finding, ...]:
        """The patient's own findings."""
        return tuple(finding for finding in self.findings if finding.who is Who.PATIENT)


class Reader:
    """
    Args:
        lexicon, contexts: As loaded; defaults read the shipped files.
        labs: Reads results; without it none are read.

    Raises:
        ContentError: A shipped file is faulty.
    """

    def __init__(
        self, lexicon: Lexicon | None = None, contexts: ContextReader | None = None, *, labs: Labs | None = None
    ) -> None:
        self.lexicon = lexicon or Lexicon()
        self.contexts = contexts or ContextReader()
        self.labs = labs

    def read(self, text: str, *, context: str | None = None, today: date, writes_for: str | None = None) -> Reading:
        """
        Read one message; never raises for any text.

        Args:
            context: The question just asked, in its words or as a code, None when nothing was asked.
            writes_for: Whom the writer said earlier that they write for, None for themselves.
        """
        tokens = tokenise(text)
        hits = self.lexicon.find(tokens)
        said = self.contexts.read_tokens(tokens, writes_for=writes_for)
        timings = {hit: Timing() for hit in hits}
        attach(tokens, hits, find_durations(tokens), timings)
        findings = self._findings(text, tokens, hits, said, timings)
        labs = self.labs.read(text, context=context, today=today) if self.labs else ()
        return Reading(
            findings=tuple(_last_said(findings)),
            labs=labs,
            person=Person(writes_for=said.writes_for),
            corrects=said.corrects,
        )

    def _findings(
        self,
        text: str,
        tokens: Sequence[Token],
        hits: Sequence[Hit],
        said: MessageContext,
        timings: dict[Hit, Timing],
    ) -> list[Finding]:
        result: list[Finding] = []
        for hit in hits:
            taken = {at for other in hits if other is not hit for at in other.own}
            assertion = said.assertion(hit.start, hit.end, own=hit.own, taken=taken)
            result += self._of_hit(text, tokens, hit, assertion, timings[hit])
        return result

    def _of_hit(
        self, text: str, tokens: Sequence[Token], hit: Hit, assertion: Assertion, timing: Timing
    ) -> list[Finding]:
        row = self.lexicon.rows[hit.code]
        start, end = tokens[hit.start].start, tokens[hit.end - 1].end
        words = Words(start, end, text[start:end])
        if not assertion.stated:
            return []
        found: list[Finding] = []
        family = row.family_as and (assertion.who is Who.FAMILY or assertion.also_family)
        if family and row.family_as:
            found.append(Finding(row.family_as, not assertion.denied and not hit.absent, words=words))
        if assertion.who is Who.PATIENT:
            present = _present(row, hit, assertion, timing)
            if present is not None:
                found.append(
                    Finding(
                        code=hit.code,
                        present=present,
                        when=When.PAST if assertion.ended or assertion.past else When.NOW,
                        certain=assertion.certain,
                        duration_days=timing.duration_days if present else None,
                        days_ago=timing.days_ago,
                        trend=timing.trend,
                        worse_days=timing.worse_days,
                        sudden=timing.sudden,
                        side=timing.side,
                        detail=hit.detail,
                        words=words,
                    )
                )
        elif assertion.who is Who.OTHER or (assertion.who is Who.FAMILY and not family):
            found.append(Finding(hit.code, not assertion.denied, who=assertion.who, words=words))
        return found


def _present(row: Saying, hit: Hit, assertion: Assertion, timing: Timing) -> bool | None:
    """Present, not present, or None where the words settle neither."""
    if hit.absent:
        return False if not assertion.denied else True
    if assertion.denied:
        return False
    over = assertion.ended or assertion.past
    if row.lasting:
        return True
    if row.event:
        if timing.days_ago is not None and row.within_days is not None:
            return True if timing.days_ago <= row.within_days else None
        return True
    if row.recent_days is not None and timing.days_ago is not None:
        return timing.days_ago <= row.recent_days
    return not over


def _last_said(findings: Sequence[Finding]) -> list[Finding]:
    """One of the patient's own a code, the last statement; details said before are kept."""
    own: dict[str, Finding] = {}
    for finding in findings:
        if finding.who is not Who.PATIENT:
            continue
        before = own.get(finding.code)
        if before is not None and before.present == finding.present:
            finding = replace(
                finding,
                duration_days=finding.duration_days if finding.duration_days is not None else before.duration_days,
                detail=finding.detail or before.detail,
                days_ago=finding.days_ago if finding.days_ago is not None else before.days_ago,
                words=before.words,
            )
        own[finding.code] = finding
    others = [finding for finding in findings if finding.who is not Who.PATIENT]
    return [*own.values(), *others]


def make_reader(content: Content) -> Reader:
    """The reader over the shipped lexicon and this content's laboratory words."""
    from bot.language.labs import LabReader

    return Reader(labs=LabReader(content.lab_words, content.assessment.scale))
