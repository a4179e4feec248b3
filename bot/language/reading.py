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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Protocol

from bot.clinical.codes import Trend, When, Who
from bot.clinical.findings import B12Course, Finding, LabResult, Person, Words
from bot.knowledge.sayings import Saying
from bot.language.context import Assertion, ContextReader, MessageContext
from bot.language.course import CourseReader, side_of, trend_of
from bot.language.durations import Duration, Use, find_durations
from bot.language.lexicon import Hit, Lexicon
from bot.language.patterns import Match
from bot.language.person import PersonReader
from bot.language.replies import Question, ReplyReader
from bot.language.timing import Timing, attach, joined
from bot.language.tokens import Token, tokenise
from bot.language.treatment import read_treatment

if TYPE_CHECKING:
    from bot.knowledge.content import Content


_UNSURE_AT_MOST = 8  # words
_CHILDREN = frozenset({"child", "son", "daughter"})


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
        self._course = CourseReader()
        self._person = PersonReader()
        self._replies = ReplyReader(self.lexicon)

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
        question = self._replies.question(context)
        durations = find_durations(tokens)
        timings = {hit: Timing() for hit in hits}
        cues = self._course.read(tokens, hits, durations, timings)
        unused = attach(tokens, hits, durations, timings)
        told = self._findings(text, tokens, hits, said, timings)
        told += self._referred(text, tokens, hits, said, timings)
        if len(tokens) <= _UNSURE_AT_MOST:  # "can't remember" is an answer and no memory problem
            unsure = self._replies.unsure(tokens)
            told = [each for each in told if not _inside(each.finding.words, unsure)]
        answers = self._answers(text, tokens, question, [each.finding for each in told], unused, cues)
        told += [_Told(finding, firm=True) for finding in answers]
        findings = _last_said(told, corrects=said.corrects)
        labs = self.labs.read(text, context=context, today=today) if self.labs else ()
        pregnant = next((f.present for f in findings if f.code == "pregnancy" and f.who is Who.PATIENT), None)
        return Reading(
            findings=tuple(findings),
            labs=labs,
            person=self._person.read(tokens, said, asks=question.asks, pregnant=pregnant),
            treatment=read_treatment(tokens, hits, said, asks=question.asks, asked=question.codes, today=today),
            deficiency_confirmed_by_doctor=self._confirmed(tokens, said, cues, question),
            corrects=said.corrects,
        )

    def _answers(
        self,
        text: str,
        tokens: Sequence[Token],
        question: Question,
        findings: Sequence[Finding],
        unused: Sequence[Duration],
        cues: Mapping[str, list[Match[str]]],
    ) -> list[Finding]:
        """Findings that the question gives its meaning."""
        own = {f.code: f.present for f in findings if f.who is Who.PATIENT}
        reply = self._replies.read(tokens, question, own)
        lengths = [d for d in unused if d.use in {Use.FOR, Use.AGO}]
        days = lengths[0].days if lengths else None
        answers = []
        for verdict in reply.verdicts:
            answers.append(
                Finding(
                    code=verdict.code,
                    present=verdict.present,
                    duration_days=days if verdict.present else None,
                    trend=trend_of(cues) if verdict.present else None,
                    side=side_of(cues) if verdict.present else None,
                    words=_words(text, tokens, verdict.first, verdict.last),
                )
            )
        if answers or not question.codes or own.keys() & set(question.codes):
            return answers
        asked = question.codes[0]
        if (
            lengths
            and len(question.codes) == 1
            and ("asks-how-long" in question.asks or question.of_presence)
            and "asks-interval" not in question.asks
        ):
            words = _words(text, tokens, lengths[0].first, lengths[0].last)
            ago = days if lengths[0].use is Use.AGO else None
            return [
                Finding(asked, duration_days=days, days_ago=ago, side=side_of(cues), trend=trend_of(cues), words=words)
            ]
        if "asks-trend" in question.asks and len(question.codes) == 1:
            trend = trend_of(cues)
            if trend is None and reply.answered == "yes":
                trend = Trend.WORSE
            elif trend is None and reply.answered == "no":
                trend = Trend.STABLE
            if trend is not None:
                return [
                    Finding(
                        asked,
                        trend=trend,
                        worse_days=days if trend is Trend.WORSE else None,
                        words=_words(text, tokens, 0, 1),
                    )
                ]
        if "asks-side" in question.asks and len(question.codes) == 1 and side_of(cues) is not None:
            return [Finding(asked, side=side_of(cues), words=_words(text, tokens, 0, 1))]
        return []

    @staticmethod
    def _confirmed(
        tokens: Sequence[Token], said: MessageContext, cues: Mapping[str, list[Match[str]]], question: Question
    ) -> bool | None:
        """Whether a doctor has said that B12 is deficient; None when the message does not tell."""
        for match in cues.get("deficiency-confirmed", []):
            assertion = said.assertion(match.first, match.last)
            if assertion.who is not Who.PATIENT or not assertion.stated:
                continue
            if assertion.denied:
                return False
            if not assertion.certain:
                continue
            return True
        return None

    def _findings(
        self,
        text: str,
        tokens: Sequence[Token],
        hits: Sequence[Hit],
        said: MessageContext,
        timings: dict[Hit, Timing],
    ) -> list[_Told]:
        result: list[_Told] = []
        for hit in hits:
            taken = {at for other in hits if other is not hit for at in other.own}
            assertion = said.assertion(hit.start, hit.end, own=hit.own, taken=taken)
            result += self._of_hit(text, tokens, hit, assertion, timings[hit])
        return result

    def _of_hit(
        self, text: str, tokens: Sequence[Token], hit: Hit, assertion: Assertion, timing: Timing
    ) -> list[_Told]:
        row = self.lexicon.rows[hit.code]
        words = _words(text, tokens, hit.start, hit.end)
        if not assertion.stated and not (assertion.mood == "booked" and row.lately):
            return []
        if hit.weak and hit.is_symptom and assertion.asked:
            return []  # "will it sharpen my memory?" says nothing of it
        found: list[_Told] = []
        if assertion.relation in _CHILDREN and row.of_child:
            assertion = replace(assertion, who=Who.PATIENT)
        if row.code.startswith("family_history") and assertion.who is Who.FAMILY:
            assertion = replace(assertion, who=Who.PATIENT)
        family = row.family_as and (assertion.who is Who.FAMILY or assertion.also_family)
        if family and row.family_as:
            found.append(_Told(Finding(row.family_as, not assertion.denied and not hit.absent, words=words)))
        if assertion.who is Who.PATIENT:
            present = _present(row, hit, assertion, timing)
            if present is not None:
                found.append(
                    _Told(_finding(hit, words, timing, assertion, present), firm=assertion.ended or hit.absent)
                )
        elif assertion.who is Who.OTHER or (assertion.who is Who.FAMILY and not family):
            found.append(_Told(Finding(hit.code, not assertion.denied, who=assertion.who, words=words)))
        return found

    def _referred(
        self,
        text: str,
        tokens: Sequence[Token],
        hits: Sequence[Hit],
        said: MessageContext,
        timings: dict[Hit, Timing],
    ) -> list[_Told]:
        """Statements about what was named before: "never had it", "I stopped it", "my aunt has it"."""
        result = []
        topics = self.lexicon.topics(tokens) if said.references else []
        for kind, at, last in said.references:
            each = any(t.word in {"neither", "none", "nothing", "both", "all"} for t in tokens[at : at + 4])
            named = _antecedents(tokens, hits, at, each=each) or _antecedents(tokens, topics, at, each=each)[:1]
            for hit in named:
                timing = timings.get(hit, Timing())
                row = self.lexicon.rows[hit.code]
                words = _words(text, tokens, hit.start, hit.end)
                who = said.assertion(last - 1, last).who
                if kind == "family_it":
                    if row.family_as:
                        result.append(_Told(Finding(row.family_as, words=words)))
                elif who is not Who.PATIENT and not self._not_me(tokens, kind, at):
                    continue
                elif kind == "affirm_it":
                    result.append(_Told(_finding(hit, words, timing, Assertion(), True), firm=True))
                elif kind == "deny_it" or not (row.lasting or hit.is_symptom):
                    ended = Assertion(ended=kind == "ended_it")
                    recent = _recent_use(row, timing)
                    result.append(_Told(_finding(hit, words, timing, ended, recent), firm=True))
        return result

    @staticmethod
    def _not_me(tokens: Sequence[Token], kind: str, at: int) -> bool:
        """ "my husband takes it, not me": a statement about the writer after all."""
        return kind == "deny_it" and any(token.word in {"me", "i", "myself"} for token in tokens[at : at + 3])


@dataclass(frozen=True)
class _Told:
    """A finding, and whether the writer says outright that it is not, or no longer, so."""

    finding: Finding
    firm: bool = False


def _antecedents(tokens: Sequence[Token], hits: Sequence[Hit], at: int, *, each: bool) -> list[Hit]:
    """What "it" or "them" at this place stands for: the things named last before it, as the phrase joins them."""
    sentence = tokens[at].sentence
    earlier = [hit for hit in hits if hit.end <= at and tokens[hit.start].sentence >= sentence - 1]
    if not earlier:
        return []
    group = [earlier[-1]]
    for hit in reversed(earlier[:-1]):
        if tokens[hit.start].sentence != tokens[group[-1].start].sentence:
            break
        if not each and not joined(tokens, hit, group[-1]):
            break
        group.append(hit)
    return group


def _finding(hit: Hit, words: Words, timing: Timing, assertion: Assertion, present: bool) -> Finding:
    return Finding(
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
        limits_daily_life=timing.limits,
        explained_by_doctor=timing.explained,
        words=words,
    )


def _inside(words: Words | None, ranges: Sequence[tuple[int, int]]) -> bool:
    return words is not None and any(start <= words.start and words.end <= end for start, end in ranges)


def _words(text: str, tokens: Sequence[Token], first: int, last: int) -> Words:
    start, end = tokens[first].start, tokens[last - 1].end
    return Words(start, end, text[start:end])


def _present(row: Saying, hit: Hit, assertion: Assertion, timing: Timing) -> bool | None:
    """Present, not present, or None where the words settle neither."""
    if hit.absent:
        return assertion.denied
    if row.only_certain and not assertion.certain:
        return None
    if assertion.denied:
        return False
    if row.lasting:
        return True
    if row.event:
        if timing.days_ago is not None:
            return True if timing.days_ago <= (row.within_days or 0) else None
        if assertion.long_past:
            return None
        return True if not row.needs_date or assertion.lately or hit.recent else None
    if assertion.gone and hit.is_symptom:
        return False
    only_dated = assertion.dated and not assertion.was and not hit.is_symptom and row.recent_days is None
    over = assertion.ended or (assertion.past and not only_dated)
    if over and (
        _recent_use(row, timing)
        or (row.recent_days and assertion.lately and not assertion.long_past and timing.days_ago is None)
    ):
        return not assertion.denied
    if row.lately and not assertion.ended:
        return not assertion.long_past
    return not over


def _recent_use(row: Saying, timing: Timing) -> bool:
    """Whether a use that is over was recent enough to count still."""
    return row.recent_days is not None and timing.days_ago is not None and timing.days_ago <= row.recent_days


def _last_said(told: Sequence[_Told], *, corrects: bool) -> list[Finding]:
    """
    One of the patient's own a code, the last statement; details said before are kept.

    "Blurry for weeks, no double vision" stays present: a denial in other words of the
    same code takes nothing back, unless the writer corrects themselves.
    """
    own: dict[str, Finding] = {}
    for each in told:
        finding = each.finding
        if finding.who is not Who.PATIENT:
            continue
        before = own.get(finding.code)
        if before is not None and before.present and not finding.present and not (each.firm or corrects):
            if not _same_words(before, finding):
                continue
        if before is not None and before.present == finding.present:
            finding = replace(
                finding,
                duration_days=finding.duration_days if finding.duration_days is not None else before.duration_days,
                detail=finding.detail or before.detail,
                days_ago=finding.days_ago if finding.days_ago is not None else before.days_ago,
                trend=finding.trend or before.trend,
                worse_days=finding.worse_days if finding.worse_days is not None else before.worse_days,
                side=finding.side or before.side,
                words=before.words,
            )
        own[finding.code] = finding
    others = [each.finding for each in told if each.finding.who is not Who.PATIENT]
    return [*own.values(), *others]


def _same_words(first: Finding, second: Finding) -> bool:
    if first.words is None or second.words is None:
        return True
    return first.words.text.lower()[:5] == second.words.text.lower()[:5]


def make_reader(content: Content) -> Reader:
    """The reader over the shipped lexicon and this content's laboratory words."""
    from bot.language.labs import LabReader

    return Reader(labs=LabReader(content.lab_words, content.assessment.thresholds.scale))
