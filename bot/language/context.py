"""
Say how a span of a message is meant: so or denied, now or over, whose, told or asked.

`ContextReader.read` gives a `MessageContext`; `assertion` answers for one span.  The
idea is ConText's (a cue, a direction, a scope that ends at certain words), extended by
what patients write: questions, plans, other people's news, writing for someone.  It
does not know any symptom.  Cues are data: `bot/knowledge/lexicon/context.yml`; how far
they reach is `bot.language.scopes`, whom words are about `bot.language.subjects`.

spaCy's rule components were left out: a message is read against a few hundred short
cues in a fraction of a millisecond by `bot.language.patterns`, without a second's import.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bot.clinical.codes import When, Who
from bot.knowledge.phrases import LEXICON, Cue, Cues, load_cues
from bot.knowledge.strict import ContentError, Fault
from bot.language.patterns import Match, PatternError, Patterns
from bot.language.scopes import Scope, Scopes
from bot.language.subjects import NOBODY, SOMEONE, STAFF, WRITER, Subjects
from bot.language.tokens import Kind, Token, tokenise
from bot.language.word_sets import WordSets

_REFERENCES = frozenset({"deny_it", "affirm_it", "ended_it", "family_it"})
_ABOUT_TIME = frozenset({"given", "was", "now", "past", "lately", "dated"})
_VERB_BEFORE = 8  # words
_BESIDE = 1  # words: "clots in the family" is of the family, whoever speaks


@dataclass(frozen=True)
class Assertion:
    """
    How one span is meant.

    `denied` and `ended` are about the words themselves; `mood` is "stated", or why it is
    no statement: "question", "hypothetical", "plan", "booked", "general".  `past`: told
    as past.  `relation` names another person ("mum"), None for the patient.
    """

    denied: bool = False
    ended: bool = False
    past: bool = False
    mood: str = "stated"
    who: Who = Who.PATIENT
    relation: str | None = None
    certain: bool = True
    also_family: bool = False  # said of the patient, and that it runs in the family too
    asked: bool = False  # inside a question, whether or not the writer states it there
    gone: bool = False  # a complaint that has passed ("gone now"); says nothing of a medicine
    lately: bool = False  # told as some days or weeks ago
    dated: bool = False  # told with a year
    was: bool = False  # told with a verb in the past tense
    long_past: bool = False  # told as years ago, or as a closed part of life

    @property
    def stated(self) -> bool:
        return self.mood == "stated"

    @property
    def present(self) -> bool:
        """Told as so and as still so."""
        return self.stated and not (self.denied or self.ended or self.past)

    @property
    def when(self) -> When:
        if not self.stated:
            return When.HYPOTHETICAL
        return When.PAST if self.ended or self.past else When.NOW


class ContextReader:
    """
    Reads the context of messages; build it once.

    Raises:
        ContentError: `context.yml` is missing, has a fault, or a phrase in it cannot be read.
    """

    def __init__(self, folder: Path = LEXICON) -> None:
        faults: list[Fault] = []
        self.cues: Cues = load_cues(folder, faults)
        self.words = WordSets(self.cues.classes, faults)
        self._patterns: Patterns[Cue] = Patterns([], classes={"year": ("#y",), **self.cues.classes})
        for cue in self.cues.cues:
            for phrase in cue.phrases:
                try:
                    self._patterns.add(phrase, cue)
                except PatternError as error:
                    faults.append(Fault("context.yml", cue.id, str(error)))
        if faults:
            raise ContentError(faults)

    def read(self, text: str, *, writes_for: str | None = None) -> MessageContext:
        """
        Read one message.

        Args:
            text: The message as sent.
            writes_for: Whom the writer said earlier that they write for ("mum"), None for themselves.
        """
        return self.read_tokens(tokenise(text), writes_for=writes_for)

    def read_tokens(self, tokens: Sequence[Token], *, writes_for: str | None = None) -> MessageContext:
        """The same for a message that is already cut into tokens."""
        matches = self._found(tokens)
        stops = {match.start for match in matches if match.payload.kind == "stop"}
        finder = Scopes(tokens, self.words, stops)
        scopes = [finder.of(match) for match in matches if match.payload.kind != "stop"]
        return MessageContext(
            tokens, scopes, Subjects(tokens, self.cues, self.words, scopes, writes_for=writes_for), self
        )

    def _found(self, tokens: Sequence[Token]) -> list[Match[Cue]]:
        """Cue matches without those that a `keep`, or a longer cue of the same kind, takes out."""
        found = [match for match in self._patterns.match(tokens) if self._in_place(match, tokens)]
        keeps = [match for match in found if match.payload.kind == "keep"]
        longest: dict[tuple[int, str], Match[Cue]] = {}
        for match in found:
            if match.payload.kind == "keep" or any(_hides(keep, match) for keep in keeps):
                continue
            key = (match.first, match.payload.kind)
            if key not in longest or longest[key].last < match.last:
                longest[key] = match
        kept = sorted(longest.values(), key=lambda match: (match.first, match.last))
        return [match for match in kept if not (match.payload.marked and _asked_later(tokens, match, kept))]

    def _in_place(self, match: Match[Cue], tokens: Sequence[Token]) -> bool:
        """Whether a cue stands where it must: at a beginning, at an end, before a question mark."""
        cue = match.payload
        if cue.start and match.first > 0:
            before = tokens[match.first - 1]
            if before.kind not in {Kind.STOP, Kind.MARK} and before.word not in self.words["joins"]:
                return False
        if cue.final and match.last < len(tokens) and tokens[match.last].kind not in {Kind.STOP, Kind.MARK}:
            return False
        return not cue.marked or _question_mark_follows(tokens, match.last)


def _hides(keep: Match[Cue], match: Match[Cue]) -> bool:
    """A keep hides the cues of its kinds that share words with it; a longer one at the same place stands."""
    if match.payload.kind not in keep.payload.hides or (match.first == keep.first and match.last > keep.last):
        return False
    return match.first < keep.last and keep.first < match.last


def _question_mark_follows(tokens: Sequence[Token], at: int) -> bool:
    stop = next((token for token in tokens[at:] if token.kind is Kind.STOP), None)
    return stop is not None and stop.word == "?"


def _asked_later(tokens: Sequence[Token], match: Match[Cue], others: Sequence[Match[Cue]]) -> bool:
    """Whether the question mark belongs to a later part of the sentence ("did nos on Saturday, is that bad?")."""
    return any(
        other.payload.kind == "question"
        and other.first > match.last
        and tokens[other.first].sentence == tokens[match.first].sentence
        for other in others
    )


class MessageContext:
    """One message with its cues; `assertion` is the question to ask it."""

    def __init__(
        self, tokens: Sequence[Token], scopes: Sequence[Scope], subjects: Subjects, reader: ContextReader
    ) -> None:
        self.tokens, self._scopes, self._subjects, self._reader = tokens, scopes, subjects, reader

    @property
    def writes_for(self) -> str | None:
        """Whom the writer writes for, from this message or from before; None: for themselves."""
        return self._subjects.writes_for

    @property
    def corrects(self) -> bool:
        return bool(self.corrections)

    @property
    def cues(self) -> list[tuple[str, int, int]]:
        """Every cue of the message: its kind, and its tokens [first, last)."""
        return [(scope.cue.kind, scope.first, scope.last) for scope in self._scopes]

    @property
    def corrections(self) -> list[int]:
        """The tokens where the writer takes something back ("sorry, I meant")."""
        return [scope.first for scope in self._scopes if scope.cue.kind == "correction"]

    @property
    def references(self) -> list[tuple[str, int, int]]:
        """Statements about what was named before ("never had it", "my mum has it"): kind, and tokens [first, last)."""
        return [
            (scope.cue.kind, scope.first, scope.last)
            for scope in self._scopes
            if scope.cue.kind in _REFERENCES and not (scope.cue.kind == "ended_it" and self._supposed(scope))
        ]

    def assertion(self, first: int, last: int, *, own: Collection[int] = (), taken: Collection[int] = ()) -> Assertion:
        """
        How the tokens [first, last) are meant.

        Args:
            own: Tokens that are part of the thing itself ("no" of "no energy"); cues in them do not count.
            taken: Tokens that belong to other things found in the message; cues in them do not count either.
        """
        inside = own or range(first, last)
        active = self._active(last - 1, first, closed=lambda at: at in inside or at in taken)
        back = "returned" in active
        who, relation = self._who(last - 1, active)
        in_family = "family_back" in active
        beside = any(0 <= scope.first - last <= _BESIDE for scope in active.get("family_back", ()))
        if in_family and (beside or self._subjects.of_tokens[first] != WRITER):
            who, relation = Who.FAMILY, "relative"
        if self._relative_behind(last):
            who, relation = Who.FAMILY, "relative"
        denied = "deny" in active or "deny_back" in active
        return Assertion(
            denied=denied and "affirm_back" not in active,
            ended=self._told(active, "ended", "ended_back") and not back,
            past=self._past(first, active) and not back,
            mood=self._mood(first, active),
            who=who,
            relation=relation,
            certain="uncertain" not in active,
            also_family=in_family and who is Who.PATIENT and relation is None,
            asked="question" in active,
            gone=self._told(active, "gone", "gone_back") and not back,
            lately="lately" in active,
            dated="dated" in active,
            was="was" in active,
            long_past=("past" in active or "dated" in active) and "now" not in active,
        )

    def troubles(self, at: int) -> bool:
        """Whether a token stands in a list of what there is trouble with ("no issues with memory, eyes or balance")."""
        return any(scope.cue.kind == "trouble" and scope.covers(at) for scope in self._scopes)

    @property
    def tells_end(self) -> bool:
        """Whether the message says of something, named or not, that it is over ("yes but it's gone now")."""
        return any(scope.cue.kind in {"gone_back", "ended_back", "ended_it"} for scope in self._scopes)

    def _relative_behind(self, last: int) -> bool:
        """ "PA: mother, aunt", "clots (my dad)"."""
        if last + 1 >= len(self.tokens) or self.tokens[last].word not in {":", "(", "-", "–", "—"}:
            return False
        at = last + 1 + (self.tokens[last + 1].word in {"my", "both", "our"})
        people, blood = self._reader.cues.people, self._reader.cues.blood
        behind = self.tokens[at + 1].word if at + 1 < len(self.tokens) else ","
        person = people.get(self.tokens[at].word) if at < len(self.tokens) else None
        return person in blood and behind in {",", ")", "and", ".", "\n", "&", "/", ";"}

    def _active(self, at: int, first: int, *, closed: Callable[[int], bool]) -> dict[str, list[Scope]]:
        """
        The scopes by kind that reach this token and do not begin in words that are named things themselves.

        A denial of the first word is one of the whole ("no pain where the injection was").
        """
        active: dict[str, list[Scope]] = {}
        for scope in self._scopes:
            about = scope.cue.kind in _ABOUT_TIME or scope.cue.marked
            ends_in_not = scope.cue.kind == "deny" and self.tokens[scope.last - 1].word == "not"
            begun = scope.last - 1 if ends_in_not else scope.first  # "is not" of "concentration is not"
            into = scope.cue.kind == "deny" and scope.last <= first <= scope.end < at and self._goes_on(scope.end)
            if (scope.covers(at) or into) and (about or not (closed(scope.first) or closed(begun))):
                active.setdefault(scope.cue.kind, []).append(scope)
        return active

    def _goes_on(self, at: int) -> bool:
        """Whether a thing is only described further behind this token ("pain where the injection was")."""
        return self.tokens[at + 1].word == "where"

    def _mood(self, first: int, active: Mapping[str, Sequence[Scope]]) -> str:
        given = active.get("given", ())
        for kind in ("hypothetical", "plan", "question", "general"):
            scopes = [scope for scope in active.get(kind, ()) if not (kind == "general" and self._within_denial(scope))]
            if not scopes:
                continue
            begun = min(scope.first for scope in scopes)
            nearest = max(scope.last for scope in scopes)
            if kind == "question" and any(each.last >= min(begun, nearest) for each in given):
                continue
            if any(each.last > nearest for each in given):
                continue
            if kind == "plan" and "deny_back" in active:
                continue  # "tested for coeliac, negative"
            return kind
        if self.tokens[first].sentence in self._asked_sentences:
            return "question"
        return "booked" if "plan_back" in active else "stated"

    def _within_denial(self, general: Scope) -> bool:
        """ "There was no sign of coeliac": "sign of" is part of a denial and says nothing about people at large."""
        return any(scope.cue.kind == "deny" and scope.first < general.first < scope.last for scope in self._scopes)

    @cached_property
    def _asked_sentences(self) -> frozenset[int]:
        """Sentences that only go on with a question: fragments with a question mark behind one that asks."""
        asking = {self.tokens[scope.first].sentence for scope in self._scopes if scope.cue.kind == "question"}
        stated = {self.tokens[scope.first].sentence for scope in self._scopes if scope.cue.kind == "given"}
        marked = {token.sentence for token in self.tokens if token.kind is Kind.STOP and token.word == "?"}
        own = {token.sentence for token in self.tokens if token.word in self._reader.words["first"]}
        result: set[int] = set()
        for sentence in sorted(marked - stated - own - asking):
            if sentence - 1 in asking | result:
                result.add(sentence)
        return frozenset(result)

    def _told(self, active: Mapping[str, Sequence[Scope]], *kinds: str) -> bool:
        """Whether one of these endings is told as a fact."""
        return any(not self._supposed(ending) for kind in kinds for ending in active.get(kind, ()))

    def _supposed(self, ending: Scope) -> bool:
        """ "what if I stopped the jabs?", "will the tingling go away?": nothing has ended."""
        return any(
            scope.cue.kind in {"hypothetical", "question", "plan"} and scope.covers(ending.first)
            for scope in self._scopes
        )

    def _past(self, first: int, active: Mapping[str, Sequence[Scope]]) -> bool:
        if "now" in active:
            return False
        if "was" in active:
            return True
        if "question" in active:
            return False  # "should I stop my metformin before the test?"
        return ("past" in active or "dated" in active) and not self._present_verb(first)

    def _present_verb(self, first: int) -> bool:
        before = self.tokens[max(0, first - _VERB_BEFORE + 1) : first]
        sentence = self.tokens[first].sentence
        return any(token.sentence == sentence and token.word in self._reader.words["present"] for token in before)

    def _who(self, at: int, active: Mapping[str, Sequence[Scope]]) -> tuple[Who, str | None]:
        if "family" in active:
            return Who.FAMILY, "relative"
        subject, patient = self._subjects.of_tokens[at], self.writes_for
        if subject in {NOBODY, STAFF}:
            return Who.PATIENT, None
        if subject == WRITER:
            return (Who.OTHER, WRITER) if patient else (Who.PATIENT, None)
        theirs = patient == SOMEONE and subject in self._subjects.their_own
        if patient and not theirs and (subject in {patient, SOMEONE} or patient == SOMEONE):
            return Who.PATIENT, None
        return (Who.FAMILY if subject in self._reader.cues.blood else Who.OTHER), subject
