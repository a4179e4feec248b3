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
from typing import Protocol

from bot.clinical.codes import Who
from bot.clinical.findings import B12Course, Finding, LabResult, Person
from bot.language.answers import answer_findings
from bot.language.context import Assertion, ContextReader, MessageContext
from bot.language.course import CourseReader
from bot.language.durations import Duration, Use, find_durations
from bot.language.lexicon import Hit, Lexicon
from bot.language.patterns import Match
from bot.language.person import PersonReader
from bot.language.questions import Question
from bot.language.replies import Reply, ReplyReader
from bot.language.statements import (
    Told,
    antecedents,
    finding_of,
    inside,
    is_present,
    last_said,
    recent_use,
    without_contrast,
    words_of,
)
from bot.language.timing import Timing, attach
from bot.language.tokens import Kind, Token, tokenise
from bot.language.treatment import read_treatment

_UNSURE_AT_MOST = 8  # words
_NOW = frozenset("now anymore currently nowadays today".split())
_TESTED = frozenset("tested checked screened scoped scanned bloods results result test tests biopsy".split())
_NEAR = 3  # words between "I have it" and how long
_INJECTIONS = "current_b12_injections"
_NEGATED = frozenset("no not never isnt arent wasnt werent hasnt havent hadnt doesnt dont didnt".split())
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
        hits, topics = self.lexicon.scan(tokens)
        said = self.contexts.read_tokens(tokens, writes_for=writes_for)
        hits = without_contrast(tokens, _with_troubles(hits, topics, said))
        question = self._replies.question(context)
        durations = find_durations(tokens)
        timings = {hit: Timing() for hit in hits}
        cues = self._course.read(tokens, hits, durations, timings)
        unused = attach(tokens, hits, durations, timings)
        told = self._findings(text, tokens, hits, said, timings)
        told += self._referred(text, tokens, hits, topics, said, timings, durations)
        told += self._taken_back(told, said)
        if len(tokens) <= _UNSURE_AT_MOST:  # "can't remember" is an answer and no memory problem
            unsure = self._replies.unsure(tokens)
            told = [each for each in told if not inside(each.finding.words, unsure)]
        own = {each.finding.code: each.finding.present for each in told if each.finding.who is Who.PATIENT}
        reply = self._replies.read(tokens, question, own, over=said.tells_end)
        answers = answer_findings(text, tokens, question, reply, own, unused, cues)
        told += [Told(self._still_counts(finding, unused), firm=True, at=len(tokens)) for finding in answers]
        findings = last_said(told, corrects=said.corrects)
        about_other = True if writes_for else None  # this message alone may not tell
        labs = self.labs.read(text, context=context, today=today, about_other=about_other) if self.labs else ()
        pregnant = next((f.present for f in findings if f.code == "pregnancy" and f.who is Who.PATIENT), None)
        return Reading(
            findings=tuple(findings),
            labs=labs,
            person=self._person.read(tokens, said, asks=question.asks, pregnant=pregnant),
            treatment=read_treatment(tokens, hits, said, asks=question.asks, asked=question.codes, today=today),
            deficiency_confirmed_by_doctor=self._confirmed(said, cues, question, reply),
            corrects=said.corrects,
        )

    def _still_counts(self, finding: Finding, unused: Sequence[Duration]) -> Finding:
        """ "stopped 6 weeks ago" to "do you use nitrous oxide?": a use that ended lately still counts."""
        ago = [duration.days for duration in unused if duration.use is Use.AGO and duration.days is not None]
        if finding.present or not ago or not recent_use(self.lexicon.rows[finding.code], Timing(days_ago=ago[0])):
            return finding
        return replace(finding, present=True, days_ago=ago[0])

    @staticmethod
    def _confirmed(
        said: MessageContext, cues: Mapping[str, Sequence[Match[str]]], question: Question, reply: Reply
    ) -> bool | None:
        """Whether a doctor has said that B12 is deficient; None when the message does not tell."""
        for match in cues.get("deficiency-confirmed", []):
            assertion = said.assertion(match.first, match.last)
            if assertion.who is not Who.PATIENT or not assertion.stated:
                continue
            if assertion.denied:
                return False
            if assertion.certain:
                return True
        if "asks-confirmed" in question.asks and reply.answered in {"yes", "no"}:
            return reply.answered == "yes"
        return None

    def _findings(
        self,
        text: str,
        tokens: Sequence[Token],
        hits: Sequence[Hit],
        said: MessageContext,
        timings: dict[Hit, Timing],
    ) -> list[Told]:
        result: list[Told] = []
        named = {hit.code for hit in hits if not hit.alone}
        taken = frozenset(at for hit in hits for at in hit.own)
        ends = {hit.code: taken - hit.own for hit in hits if hit.absent}  # "stopped smoking weed and fags"
        for hit in hits:
            row = self.lexicon.rows[hit.code]
            if hit.absent and (row.absent_of_parts if hit.code in named else not row.absent_alone):
                continue
            assertion = said.assertion(hit.start, hit.end, own=hit.own, taken=ends.get(hit.code, taken))
            if _denied_within(tokens, hit):
                assertion = replace(assertion, denied=True)
            elif hit.absent and assertion.denied and _comma_since_denial(tokens, hit):
                assertion = replace(assertion, denied=False)
            result += self._of_hit(text, tokens, hit, assertion, timings[hit])
        return result

    def _of_hit(self, text: str, tokens: Sequence[Token], hit: Hit, assertion: Assertion, timing: Timing) -> list[Told]:
        row = self.lexicon.rows[hit.code]
        words = words_of(text, tokens, hit.start, hit.end)
        if not assertion.stated and not (assertion.mood == "booked" and row.lately):
            return []
        if hit.weak and hit.is_symptom and assertion.asked:
            return []  # "will it sharpen my memory?" says nothing of it
        found: list[Told] = []
        if assertion.relation in _CHILDREN and row.of_child:
            assertion = replace(assertion, who=Who.PATIENT)
        if row.code.startswith("family_history") and assertion.who is Who.FAMILY:
            assertion = replace(assertion, who=Who.PATIENT)
        family = row.family_as and (assertion.who is Who.FAMILY or assertion.also_family)
        if family and row.family_as:
            found.append(
                Told(Finding(row.family_as, not assertion.denied and not hit.absent, words=words), at=hit.start)
            )
        if assertion.who is Who.PATIENT:
            so = is_present(row, hit, assertion, timing)
            if so is not None:
                found.append(
                    Told(
                        finding_of(hit, words, timing, assertion, so),
                        firm=assertion.ended or hit.absent or (assertion.denied and _as_of_now(tokens, hit)),
                        at=hit.start,
                    )
                )
        elif assertion.who is Who.OTHER or (assertion.who is Who.FAMILY and not family):
            found.append(Told(Finding(hit.code, not assertion.denied, who=assertion.who, words=words), at=hit.start))
        return found

    def _referred(
        self,
        text: str,
        tokens: Sequence[Token],
        hits: Sequence[Hit],
        topics: Sequence[Hit],
        said: MessageContext,
        timings: dict[Hit, Timing],
        durations: Sequence[Duration],
    ) -> list[Told]:
        """Statements about what was named before: "never had it", "I stopped it", "my aunt has it"."""
        result = []
        for kind, at, last in said.references:
            since = any(token.word == "since" for token in tokens[at:last])  # "a rash, none since": only the last named
            each = not since and any(
                t.word in {"neither", "none", "nothing", "both", "all", "such"} for t in tokens[at : at + 4]
            )
            named = antecedents(tokens, hits, at, each=each) or antecedents(tokens, topics, at, each=each)[:1]
            if not named and kind == "deny_it" and tokens[last - 1].word == "me":
                named = _told_next(tokens, hits, last)
            if kind == "deny_it" and each:
                named = [hit for hit in named if not _excepted(tokens, hit)]
            for hit in named:
                timing = timings.get(hit, Timing())
                row = self.lexicon.rows[hit.code]
                words = words_of(text, tokens, hit.start, hit.end)
                who = said.assertion(last - 1, last).who
                if kind == "family_it":
                    if row.family_as:
                        result.append(Told(Finding(row.family_as, words=words), at=at))
                elif kind == "deny_it" and hit.is_symptom and _TESTED & {t.word for t in tokens[at:last]}:
                    continue  # "I'm tired, bloods were checked and are clear"
                elif self._of_no_one(tokens, kind, at, who) or (
                    kind in {"affirm_it", "deny_it"}
                    and (hit.is_symptom or row.lasting)
                    and self._of_medicine(tokens, at, last)
                ):
                    continue
                elif kind == "affirm_it":
                    timing = _own_timing(tokens, hit, last, timing, durations)
                    result.append(Told(finding_of(hit, words, timing, Assertion(), True), firm=True, at=at))
                elif row.event:
                    continue  # "a clot after the operation, none since": the operation stays what it was
                elif kind == "deny_it" or not (row.lasting or (hit.is_symptom and not since)):
                    ended = Assertion(ended=kind == "ended_it")
                    recent = recent_use(row, timing)
                    result.append(Told(finding_of(hit, words, timing, ended, recent), firm=True, at=at))
        return result

    def _taken_back(self, told: Sequence[Told], said: MessageContext) -> list[Told]:
        """ "omeprazole. Actually no it's ranitidine": what the correction names instead takes back the other."""
        own = sorted((each for each in told if each.finding.who is Who.PATIENT), key=lambda each: each.at)
        result = []
        for at in said.corrections:
            before = [each for each in own if each.at < at]
            after = [each for each in own if each.at > at]
            if before and after and before[-1].finding.present and after[0].finding.present:
                wrong, right = before[-1].finding, after[0].finding
                if wrong.code in self.lexicon.rows[right.code].confused_with:
                    result.append(Told(replace(wrong, present=False), firm=True, at=at))
        return result

    @staticmethod
    def _of_medicine(tokens: Sequence[Token], first: int, last: int) -> bool:
        """ "I'm on it", "I take them": of what can be taken."""
        return any(token.word in {"on", "taking", "take", "use", "using", "taken"} for token in tokens[first:last])

    @staticmethod
    def _of_no_one(tokens: Sequence[Token], kind: str, at: int, who: Who) -> bool:
        """Said of somebody else; but "my husband takes it, not me" is about the writer after all."""
        not_me = kind == "deny_it" and any(token.word in {"me", "i", "myself"} for token in tokens[at : at + 3])
        return who is not Who.PATIENT and not not_me


def _denied_within(tokens: Sequence[Token], hit: Hit) -> bool:
    """ "appetite hasn't gone": the denial stands between the words that name the thing."""
    return not hit.absent and any(
        tokens[at].word in _NEGATED and tokens[at + 1].word not in {"only", "just", "sure"}
        for at in range(hit.start + 1, hit.end - 1)
        if at not in hit.own
    )


def _comma_since_denial(tokens: Sequence[Token], hit: Hit) -> bool:
    """ "no sensory loss, gait steady": the denial is of the item before."""
    for at in range(hit.start - 1, -1, -1):
        if tokens[at].word in _NEGATED or tokens[at].kind is Kind.STOP:
            return False
        if tokens[at].word == ",":
            return True
    return False


def _as_of_now(tokens: Sequence[Token], hit: Hit) -> bool:
    """ "my depression is treated and I do not feel low now": how it is now, whatever was said before."""
    return any(token.word in _NOW for token in tokens[hit.end : hit.end + 2])


def _excepted(tokens: Sequence[Token], hit: Hit) -> bool:
    """ "apart from the tiredness I have none of those": the tiredness is what is left."""
    before = {token.word for token in tokens[max(0, hit.start - 4) : hit.start]}
    return bool(before & {"apart", "aside", "except", "besides", "excluding"}) or {"other", "than"} <= before


def _own_timing(tokens: Sequence[Token], hit: Hit, at: int, timing: Timing, durations: Sequence[Duration]) -> Timing:
    """ "my husband has had tingling for a year, I have it since two months": the length told behind "it"."""
    for duration in durations:
        near = at - 2 <= duration.first <= at + _NEAR and tokens[duration.first].sentence == tokens[at - 1].sentence
        if near and duration.first >= hit.end and duration.use in {Use.FOR, Use.AGO}:
            return replace(timing, duration_days=duration.days)
    return timing


def _told_next(tokens: Sequence[Token], hits: Sequence[Hit], at: int) -> list[Hit]:
    """ "not me, but my sister has Hashimoto's": what the same sentence goes on to tell of somebody else."""
    return [hit for hit in hits if hit.start >= at and tokens[hit.start].sentence == tokens[at - 1].sentence][:1]


def _with_troubles(hits: list[Hit], topics: Sequence[Hit], said: MessageContext) -> list[Hit]:
    """The hits, and what the message has or has no trouble with ("no issues with walking or eyesight")."""
    named = {(hit.code, at) for hit in hits for at in range(hit.first, hit.last)}
    more = [
        topic
        for topic in topics
        if topic.is_symptom and said.troubles(topic.start) and (topic.code, topic.start) not in named
    ]
    return sorted([*hits, *more], key=lambda hit: (hit.start, hit.end)) if more else hits
