"""
Say how a span of a message is meant: so or denied, now or over, whose, told or asked.

`ContextReader.read` gives a `MessageContext`; `assertion` answers for one span.  The
idea is ConText's (a cue, a direction, a scope that ends at certain words), extended by
what patients write: questions, plans, other people's news, writing for someone.  It
does not know any symptom.  Cues are data: `bot/knowledge/lexicon/context.yml`.

spaCy's rule components were tried on paper and left out: a message is read against a
few hundred short cues in a fraction of a millisecond by `bot.language.patterns`,
without a second's import.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bot.clinical.codes import When, Who
from bot.knowledge.phrases import LEXICON, Cue, Cues, load_cues
from bot.knowledge.strict import ContentError, Fault
from bot.language.patterns import Match, PatternError, Patterns
from bot.language.tokens import Kind, Token, tokenise

REACH = 9  # words a denial reaches without a list
WRITER, NOBODY, SOMEONE, PEOPLE, STAFF = "writer", "", "someone", "people", "staff"
_OBJECT_OF = frozenset(
    {"with", "to", "by", "told", "tell", "telling", "than", "from", "at", "and", "see", "ask", "asked", "for", "like"}
)
_NEGATORS = frozenset({"no", "not", "never", "nor", "without", "dont", "havent"})
_VERBS = frozenset(
    {
        "drink",
        "drinks",
        "smoke",
        "smokes",
        "eat",
        "use",
        "went",
        "is",
        "was",
        "are",
        "were",
        "has",
        "have",
        "feel",
        "feels",
        "felt",
        "makes",
        "made",
        "got",
        "takes",
        "take",
        "seems",
        "does",
        "did",
        "hurts",
        "keeps",
        "goes",
    }
)
_OF_PERSON = frozenset(
    {
        "has",
        "have",
        "had",
        "is",
        "was",
        "were",
        "are",
        "who",
        "whos",
        "with",
        "does",
        "did",
        "gets",
        "get",
        "takes",
        "take",
        "took",
        "suffers",
        "suffered",
        "died",
        "feels",
        "keeps",
        "cant",
        "got",
        "both",
        "and",
        "also",
        "been",
        "lost",
        "aged",
        "being",
        "needs",
        "will",
        "on",
    }
)
_FIRST = frozenset({"i", "im", "ive", "id", "iam", "iv", "my", "me", "myself", "mine", "mines"})
_THIRD = {
    "she": 1,
    "shes": 1,
    "he": 1,
    "hes": 1,
    "her": 1,
    "his": 1,
    "him": 1,
    "hers": 1,
    "they": 2,
    "theyre": 2,
    "theyve": 2,
    "their": 2,
    "them": 2,
}
_AFTER_ENDED = frozenset(
    {
        "and",
        "but",
        "so",
        "now",
        "since",
        "after",
        "when",
        "because",
        "in",
        "a",
        "about",
        "last",
        "until",
        "on",
        "ago",
        "years",
        "months",
        "weeks",
        "as",
        "for",
        "i",
        "im",
        "over",
        "around",
        "two",
        "three",
        "completely",
        "with",
        "thanks",
        "though",
        "then",
        "due",
        "once",
        "at",
        "by",
        "again",
        "before",
        "recently",
        "thankfully",
    }
)
_PRESENT = frozenset(
    {
        "am",
        "im",
        "is",
        "are",
        "have",
        "ive",
        "has",
        "get",
        "gets",
        "feel",
        "feels",
        "take",
        "takes",
        "cant",
        "keep",
        "suffer",
        "takes",
        "uses",
        "keeps",
        "currently",
        "he",
        "she",
        "they",
        "it",
    }
)
_JOINS = frozenset(
    {
        "and",
        "but",
        "so",
        "also",
        "then",
        "because",
        "or",
        "plus",
        "as",
        "although",
        "though",
        "hi",
        "hello",
        "hey",
        "please",
        "ok",
    }
)


@dataclass(frozen=True)
class Assertion:
    """
    How one span is meant.

    `denied` and `ended` are about the words themselves; `mood` is "stated", or why it is
    no statement: "question", "hypothetical", "plan", "booked", "general".  `past`: told as past.
    `relation` names another person ("mum"), None for the patient.
    """

    denied: bool = False
    ended: bool = False
    past: bool = False
    mood: str = "stated"
    who: Who = Who.PATIENT
    relation: str | None = None
    certain: bool = True
    also_family: bool = False  # said of the patient, and that it runs in the family too
    now: bool = False  # told as of now ("today", "still", "since")
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


@dataclass(frozen=True)
class _Scope:
    cue: Cue
    first: int
    last: int
    tokens: frozenset[int]
    begin: int = 0
    end: int = 0

    def covers(self, last: int) -> bool:
        """Whether the scope reaches the last word of a span."""
        return self.begin <= last <= self.end


class ContextReader:
    """
    Reads the context of messages; build it once.

    Raises:
        ContentError: `context.yml` is missing or a phrase in it cannot be read.
    """

    def __init__(self, folder: Path = LEXICON) -> None:
        faults: list[Fault] = []
        self.cues: Cues = load_cues(folder, faults)
        self.states = frozenset(self.cues.classes.get("state", ()))
        self.alone = frozenset(self.cues.classes.get("alone", ()))
        self.resume = frozenset(self.cues.classes.get("resume", ()))
        self.reports = frozenset(self.cues.classes.get("reports", ()))
        self.staff = frozenset(self.cues.classes.get("staff", ()))
        classes = {"hypo": ("if", "unless", "suppose", "imagine"), "year": ("#y",), **self.cues.classes}
        entries = [(phrase, cue) for cue in self.cues.cues for phrase in cue.phrases]
        try:
            self._patterns: Patterns[Cue] = Patterns(entries, classes=classes)
        except PatternError as error:
            faults.append(Fault("context.yml", "cues", str(error)))
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
        return MessageContext(self, list(tokens), self._found(tokens), writes_for)

    def _found(self, tokens: Sequence[Token]) -> list[Match[Cue]]:
        """Cue matches without those that a longer `keep` (or a longer cue of the same kind) hides."""
        found = [
            match
            for match in self._patterns.match(tokens)
            if (not match.payload.start or self._begins(tokens, match.first))
            and (not match.payload.final or self._ends(tokens, match.last))
            and (not match.payload.marked or self._marked(tokens, match.last))
        ]
        keeps = [match for match in found if match.payload.kind == "keep"]
        result: dict[tuple[int, str], Match[Cue]] = {}
        for match in found:
            cue = match.payload
            if cue.kind == "keep":
                continue
            if any(_hides(keep, match) for keep in keeps):
                continue
            key = (match.first, cue.kind)
            if key not in result or result[key].last < match.last:
                result[key] = match
        kept = sorted(result.values(), key=lambda match: (match.first, match.last))
        return [match for match in kept if not (match.payload.marked and self._asked_later(tokens, match, kept))]

    @staticmethod
    def _asked_later(tokens: Sequence[Token], match: Match[Cue], others: Sequence[Match[Cue]]) -> bool:
        """Whether the question mark belongs to a later part of the sentence ("did nos on Saturday, is that bad?")."""
        return any(
            other.payload.kind == "question"
            and other.first > match.last
            and tokens[other.first].sentence == tokens[match.first].sentence
            for other in others
        )

    @staticmethod
    def _ends(tokens: Sequence[Token], last: int) -> bool:
        return last >= len(tokens) or tokens[last].kind in {Kind.STOP, Kind.MARK}

    @staticmethod
    def _marked(tokens: Sequence[Token], at: int) -> bool:
        while at < len(tokens) and tokens[at].kind is not Kind.STOP:
            at += 1
        return at < len(tokens) and tokens[at].word == "?"

    @staticmethod
    def _begins(tokens: Sequence[Token], at: int) -> bool:
        if at == 0:
            return True
        before = tokens[at - 1]
        return before.kind in {Kind.STOP, Kind.MARK} or before.word in _JOINS


def _hides(keep: Match[Cue], match: Match[Cue]) -> bool:
    """A keep hides the cues of its kinds that begin in it."""
    return match.payload.kind in keep.payload.hides and keep.first <= match.first < keep.last


@dataclass
class MessageContext:
    """One message with its cues; `assertion` is the question to ask it."""

    reader: ContextReader
    tokens: list[Token]
    matches: list[Match[Cue]]
    writes_for_before: str | None = None
    _scopes: list[_Scope] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._stops = {m.first for m in self.matches if m.payload.kind == "stop"}
        self._scopes = [self._scope(match) for match in self.matches if match.payload.kind != "stop"]

    # --- whom the message is about --------------------------------------------------

    @cached_property
    def writes_for(self) -> str | None:
        """Whom the writer writes for, from this message or from before; None: for themselves."""
        for scope in self._scopes:
            if scope.cue.kind == "writes_for":
                names = [self._person(at) for at in range(scope.first, scope.last)]
                named = [name for name in names if name]
                if named:
                    return named[-1]
                return self._last_person() or SOMEONE
        if self.writes_for_before:
            return self.writes_for_before
        if any(scope.cue.kind == "asks_for" for scope in self._scopes) and not self._speaks_of_self:
            return self._last_person()
        if not self._last_person() and not any(token.word in _FIRST for token in self.tokens):
            if any(_THIRD.get(token.word) == 1 for token in self.tokens[:3]):
                return SOMEONE  # "she gets headaches": whoever the talk is about
        return None

    @property
    def corrects(self) -> bool:
        return any(scope.cue.kind == "correction" for scope in self._scopes)

    @property
    def references(self) -> list[tuple[str, int, int]]:
        """Statements about something named before ("never had it", "my mum has it"): the kind and its tokens [first, last)."""
        kinds = {"deny_it", "affirm_it", "ended_it", "family_it"}
        return [(scope.cue.kind, scope.first, scope.last) for scope in self._scopes if scope.cue.kind in kinds]

    def _person(self, at: int) -> str | None:
        person = self.reader.cues.people.get(self.tokens[at].word)
        if person and [token.word for token in self.tokens[at + 1 : at + 3]] in (["in", "law"], ["in", "laws"]):
            return "in-law"
        return person

    def _last_person(self) -> str | None:
        people = [self._person(at) for at in range(len(self.tokens))]
        return next((person for person in people if person), None)

    @cached_property
    def _speaks_of_self(self) -> bool:
        return any(
            token.word in {"im", "ive", "iam"}
            or (
                token.word == "i"
                and self.tokens[at + 1 : at + 2]
                and self.tokens[at + 1].word
                in {"have", "am", "feel", "get", "take", "had", "was", "also", "smoke", "drink"}
            )
            for at, token in enumerate(self.tokens)
        )

    @cached_property
    def subjects(self) -> list[str]:
        """For each token the person it is about: WRITER, a relation, SOMEONE, STAFF or NOBODY (nobody named)."""
        result: list[str] = []
        current, third = NOBODY, NOBODY
        sentence = -1
        for at, token in enumerate(self.tokens):
            if token.sentence != sentence:
                sentence, current = token.sentence, NOBODY
            before = self.tokens[at - 1] if at and self.tokens[at - 1].sentence == sentence else None
            after = self.tokens[at + 1].word if at + 1 < len(self.tokens) else ""
            if token.word in _FIRST:
                if (not (token.word in {"my", "mine"} and self._person_ahead(at)) and token.word != "me") or (
                    token.word == "me"
                    and before
                    and before.word
                    in {"its", "is", "just", "only", "makes", "make", "gives", "left", "leaves", "given", "making"}
                ):
                    current = WRITER
            elif token.word in _THIRD:
                if third == STAFF or (_THIRD[token.word] == 2 and (not third or after in self.reader.reports)):
                    pass
                elif third == NOBODY and not self.writes_for_before and self._does_to_writer(at):
                    pass  # "where she injected me": staff, not named
                else:
                    current = third or self.writes_for_before or SOMEONE
            elif token.word in {"who", "whos"} and third not in {NOBODY, STAFF}:
                current = third
            elif token.word in self.reader.staff:
                third = STAFF if not third else third
            elif token.word == "old" and self._my_year_old(at):
                current = third = "child"
            else:
                person = self._person(at)
                if person and not self._is_object(at, before, after):
                    current = third = person
                elif person and third in {NOBODY, STAFF}:
                    third = person
                elif (
                    before is not None
                    and before.kind is Kind.MARK
                    and before.word in {",", "-", "–", "—", "("}
                    and token.word in self.reader.alone
                    and current not in {NOBODY, WRITER}
                ):
                    current = NOBODY
            result.append(current)
        return result

    def _my_year_old(self, at: int) -> bool:
        """ "my 10 year old"."""
        start = at - 3
        if start < 0 or self.tokens[start].word not in {"my", "our"} or self.tokens[at - 1].word not in {"year", "yr"}:
            return False
        return start == 0 or self.tokens[start - 1].word not in {"with", "for", "feeding", "nursing", "breastfeeding"}

    def _does_to_writer(self, at: int) -> bool:
        return any(token.word in {"me", "i", "im", "my"} for token in self.tokens[at + 1 : at + 4])

    def _person_ahead(self, at: int) -> bool:
        return any(
            self._person(ahead) for ahead in range(at + 1, min(at + 4, len(self.tokens))) if not self._cut(at, ahead)
        )

    def _cut(self, first: int, last: int) -> bool:
        return any(
            token.kind in {Kind.MARK, Kind.STOP} or token.word in {"and", "is", "are", "has"}
            for token in self.tokens[first:last]
        )

    def _is_object(self, at: int, before: Token | None, after: str) -> bool:
        """ "with my husband", "my wife says": mentioned, but the sentence is not about them."""
        if after in self.reader.reports or self._means_writer(at, after):
            return True
        words = [token.word for token in self.tokens[max(0, at - 3) : at] if token.sentence == self.tokens[at].sentence]
        while words and words[-1] in {
            "my",
            "our",
            "the",
            "a",
            "her",
            "his",
            "own",
            "dear",
            "poor",
            "elderly",
            "old",
        }:
            words.pop()
        if not words or before is None:
            return False
        if words[-1] == "and":
            return False
        return words[-1] in _OBJECT_OF or (self._acts_on(at) and after not in _OF_PERSON)

    def _means_writer(self, at: int, after: str) -> bool:
        """ "I'm a vegan mum", "mum of two here": the writer speaks of themselves."""
        words = [token.word for token in self.tokens[max(0, at - 4) : at]]
        if words and words[-1] in {"my", "our", "her", "his", "your"}:
            return False
        return bool({"im", "am"} & set(words) and {"a", "an"} & set(words)) or (
            after in {"of", "to"} and "the" not in words
        )

    def _acts_on(self, at: int) -> bool:
        """Whether the writer is the one who does something in this clause ("I bite my kids' heads off")."""
        while at > 0 and self.tokens[at - 1].sentence == self.tokens[at].sentence:
            at -= 1
            token = self.tokens[at]
            if token.word in {"i", "im", "ive"}:
                return self.tokens[at + 1].word not in {
                    "think",
                    "know",
                    "believe",
                    "hope",
                    "said",
                    "guess",
                    "heard",
                    "suspect",
                    "meant",
                    "mean",
                    "wish",
                }
            if token.kind is Kind.MARK or token.word in {
                "and",
                "but",
                "because",
                "that",
                "when",
                "as",
                "if",
                "since",
                "so",
            }:
                return False
        return False

    # --- how a span is meant --------------------------------------------------------

    def assertion(self, first: int, last: int, *, own: Collection[int] = (), taken: Collection[int] = ()) -> Assertion:
        """
        How the tokens [first, last) are meant.

        Args:
            own: Tokens that are part of the thing itself ("no" of "no energy"); cues in them do not count.
            taken: Tokens that belong to other things found in the message; cues in them do not count either.
        """
        inside = set(own) if own else set(range(first, last))
        closed = inside | set(taken)
        sentence = self.tokens[first].sentence
        active: dict[str, list[_Scope]] = {}
        for scope in self._scopes:
            if scope.first in closed and scope.cue.kind not in {"given", "was", "now", "past", "lately", "dated"}:
                continue
            if scope.covers(last - 1):
                active.setdefault(scope.cue.kind, []).append(scope)
        who, relation = self._who(first, last, active)
        also_family = who is Who.PATIENT and "family_back" in active and relation is None
        if "family_back" in active and not self._said_of_self(first):
            who, relation, also_family = Who.FAMILY, "relative", False
        denied = bool(active.get("deny")) and not self._excepted(first, active)
        if active.get("deny_back"):
            denied = True
        if active.get("affirm_back"):
            denied = False
        back = "returned" in active
        over = [
            scope for kind in ("ended", "ended_back") for scope in active.get(kind, ()) if not self._supposed(scope)
        ]
        ended = bool(over) and not back
        past = self._past(first, last, sentence, active) and not back
        return Assertion(
            denied=denied,
            ended=ended,
            past=past,
            gone=bool(active.get("gone") or active.get("gone_back")) and not back,
            long_past=bool(active.get("past") or active.get("dated")) and "now" not in active,
            lately=bool(active.get("lately")),
            now="now" in active,
            asked="question" in active,
            dated="dated" in active,
            was="was" in active,
            mood=self._mood(first, last, active),
            who=who,
            relation=relation,
            certain="uncertain" not in active,
            also_family=also_family,
        )

    @cached_property
    def _asked_sentences(self) -> frozenset[int]:
        """Sentences that only go on with a question: fragments with a question mark behind one that asks."""
        asking = {self.tokens[scope.first].sentence for scope in self._scopes if scope.cue.kind == "question"}
        stated = {self.tokens[scope.first].sentence for scope in self._scopes if scope.cue.kind == "given"}
        marked = {token.sentence for token in self.tokens if token.kind is Kind.STOP and token.word == "?"}
        own = {token.sentence for token in self.tokens if token.word in _FIRST}
        result: set[int] = set()
        for sentence in sorted(marked - stated - own):
            if sentence - 1 in asking | result and sentence not in asking:
                result.add(sentence)
        return frozenset(result)

    def _mood(self, first: int, last: int, active: dict[str, list[_Scope]]) -> str:
        given = active.get("given", [])
        for kind in ("hypothetical", "plan", "question", "general"):
            scopes = active.get(kind)
            if not scopes:
                continue
            nearest = max(scope.last for scope in scopes)
            if any(scope.last > nearest - (1 if kind == "question" else 0) for scope in given):
                continue
            if kind == "question" and any(scope.last >= min(s.first for s in scopes) for scope in given):
                continue
            return kind
        if self.tokens[first].sentence in self._asked_sentences:
            return "question"
        return "booked" if active.get("plan_back") else "stated"

    def _supposed(self, ending: _Scope) -> bool:
        """ "what if I stopped the jabs?", "should I stop my metformin?": nothing has ended."""
        return any(
            scope.cue.kind in {"hypothetical", "question", "plan"} and scope.covers(ending.first)
            for scope in self._scopes
        )

    def _past(self, first: int, last: int, sentence: int, active: dict[str, list[_Scope]]) -> bool:
        if "now" in active:
            return False
        if "was" in active:
            return True
        return bool(active.get("past") or active.get("dated")) and not self._present_verb(first, sentence)

    def _present_verb(self, first: int, sentence: int) -> bool:
        at = first - 1
        while at >= 0 and self.tokens[at].sentence == sentence and first - at < 8:
            if self.tokens[at].word in _PRESENT:
                return True
            at -= 1
        return False

    def _said_of_self(self, first: int) -> bool:
        return self.subjects[first] == WRITER

    def _who(self, first: int, last: int, active: dict[str, list[_Scope]]) -> tuple[Who, str | None]:
        if "family" in active:
            return Who.FAMILY, "relative"
        subject = self.subjects[last - 1]
        patient = self.writes_for
        if subject in {NOBODY, STAFF}:
            return Who.PATIENT, None
        if subject == WRITER:
            return (Who.OTHER, WRITER) if patient else (Who.PATIENT, None)
        if patient and (subject in {patient, SOMEONE} or patient == SOMEONE):
            return Who.PATIENT, None
        if subject in self.reader.cues.blood:
            return Who.FAMILY, subject
        return Who.OTHER, subject

    def _excepted(self, first: int, active: dict[str, list[_Scope]]) -> bool:
        """Two denials of the same thing in one breath say that it is so ("never without")."""
        scopes = active["deny"]
        return any(
            one.last == two.first
            and one.cue is not two.cue
            and {self.tokens[one.first].word} & {"not", "never"} == {"x"}
            for one in scopes
            for two in scopes
        )

    # --- scopes ---------------------------------------------------------------------

    def _scope(self, match: Match[Cue]) -> _Scope:
        cue = match.payload
        used = frozenset(range(match.first, match.last))
        begin, end = match.last, match.last - 1
        if cue.kind == "deny":
            begin, end = match.first + 1, self._denial_end(match)
        elif cue.kind in {"ended", "gone"}:
            begin, end = match.first + 1, self._list_end(match.last, reach=6)
        elif cue.kind in {"deny_back", "affirm_back"}:
            begin, end = self._answer_range(match)
        elif cue.kind in {"ended_back", "gone_back"}:
            begin, end = self._back_range(match)
        elif cue.kind == "plan_back":
            begin, end = self._clause_begin(match.first), match.first - 1
        elif cue.kind == "returned":
            begin, end = self._sentence_begin(match.first), match.last
        elif cue.kind == "dated":
            begin, end = self._between_commas(match.first)
        elif cue.kind in {"past", "now", "lately", "uncertain"}:
            begin, end = self._clause(match.first)
        elif cue.kind == "was":
            end = self._was_end(match.last)
        elif cue.kind in {"hypothetical", "plan"}:
            end = self._supposed_end(match.last)
        elif cue.kind in {"question"}:
            end = self._sentence_end(match.last)
        elif cue.kind == "general":
            begin, end = self._general_range(match)
        elif cue.kind == "given":
            begin, end = (
                match.first,
                self._clause_end(match.last, at_comma=self.tokens[match.first].word in {"my", "these", "this", "the"}),
            )
        elif cue.kind == "family":
            end = self._family_end(match.last)
        elif cue.kind == "family_back":
            begin, end = self._clause_begin(match.first), match.first - 1
        return _Scope(cue, match.first, match.last, used, begin, end)

    def _denial_end(self, match: Match[Cue]) -> int:
        """The last token a denial reaches."""
        tokens = self.tokens
        at, words = match.last, 0
        first_word = tokens[match.first].word
        if (
            first_word in {"no", "not", "nope"}
            and at < len(tokens)
            and at == match.first + 1
            and tokens[at].word in {",", "-", "–"}
        ):
            return match.last - 1  # "No, ...": an answer, not a denial of what follows
        while at < len(tokens):
            token = tokens[at]
            if token.kind is Kind.STOP or at in self._stops:
                break
            if token.kind is Kind.MARK:
                if token.word == "/":
                    words = 0
                elif token.word != "," or not self._list_goes_on(at, match):
                    break
                else:
                    words = 0
            elif token.word in {"or", "nor"}:
                words = 0
            elif token.word == "and":
                if not self._and_goes_on(at, match):
                    break
                words = 0
            elif (token.word in {"i", "im", "ive", "iam"} and at > match.last - 1) or (
                token.word in {"my", "he", "she", "its", "it", "shes", "hes"}
                and tokens[at - 1].word
                in {
                    "and",
                    ",",
                    "so",
                    "no",
                }
            ):
                break
            else:
                words += 1
                if words > REACH:
                    break
            at += 1
        return at - 1

    def _list_goes_on(self, comma: int, match: Match[Cue]) -> bool:
        tokens = self.tokens
        if comma + 1 >= len(tokens):
            return False
        following = tokens[comma + 1]
        if following.word in {"or", "nor"}:
            return True
        if following.word in _NEGATORS:
            return False  # its own denial begins here
        at, segment = comma + 1, 0
        ended = False
        while at < len(tokens) and tokens[at].kind is not Kind.STOP and at not in self._stops:
            if tokens[at].word in {"or", "nor"} and tokens[at - 1].kind is not Kind.NUMBER:
                return following.word not in self.reader.resume
            if tokens[at].word in _FIRST:
                break
            if tokens[at].word == ",":
                ended = True
            segment += not ended
            at += 1
        if following.word in self.reader.resume or following.word in _FIRST or following.kind is Kind.NUMBER:
            return False
        if any(token.word in _VERBS for token in tokens[comma + 1 : comma + 1 + segment]):
            return False
        if not match.payload.nouns:
            return False
        return following.word not in self.reader.states and segment <= 4

    def _and_goes_on(self, at: int, match: Match[Cue]) -> bool:
        following = self.tokens[at + 1].word if at + 1 < len(self.tokens) else ""
        if (
            following in self.reader.resume
            or following in _FIRST
            or following in {"he", "she", "they", "the", "no", "not"}
        ):
            return False
        return not (match.payload.nouns and following in self.reader.states)

    def _list_end(self, at: int, *, reach: int) -> int:
        words = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.kind is not Kind.WORD and token.kind is not Kind.NUMBER and token.word != "/":
                break
            if token.word in {"to", "onto"} and any(t.word == "from" for t in self.tokens[max(0, at - 4) : at]):
                break
            if at in self._stops or (token.word in {"i", "im", "ive", "and"} and self._restarts(at)):
                break
            words += 1
            if words > reach:
                break
            at += 1
        return at - 1

    def _restarts(self, at: int) -> bool:
        if self.tokens[at].word != "and":
            return True
        following = self.tokens[at + 1].word if at + 1 < len(self.tokens) else ""
        return following in _FIRST or following in self.reader.resume or following in self.reader.states

    def _answer_range(self, match: Match[Cue]) -> tuple[int, int]:
        """What an answer behind it ("numbness: none", "tingling? no") is about."""
        tokens = self.tokens
        nothing = (match.first, match.first - 1)
        after = tokens[match.last] if match.last < len(tokens) else None
        word = tokens[match.first].word
        if after is not None and after.kind not in {Kind.STOP, Kind.MARK} and not self._answers_each(match):
            return nothing
        if after is not None and after.word in {":", "?"}:
            return nothing
        before = match.first - 1
        if before < 0:
            return nothing
        if tokens[before].kind is Kind.STOP and tokens[before].word == "?":
            if word in {"i", "isnt", "arent"}:
                return nothing
            return self._sentence_begin(before), before
        if tokens[before].kind is Kind.STOP:
            return nothing
        if tokens[before].word == "," and (after is None or after.kind is Kind.STOP) and word in {"no", "yes", "yeah"}:
            pass
        begin = before
        while (
            begin > 0
            and tokens[begin - 1].kind is not Kind.STOP
            and tokens[begin - 1].word not in {",", "and", "but", "yes", "no", "none", ";"}
        ):
            begin -= 1
        return begin, before

    def _answers_each(self, match: Match[Cue]) -> bool:
        """ "numbness no tingling yes": each thing has its answer right behind it."""
        later = self.tokens[match.last : match.last + 4]
        answers = {"yes", "no", "yep", "nope", "yeah", "none"}
        return (
            match.last - match.first == 1
            and match.first > 0
            and any(
                token.word in answers
                and (at + 1 >= len(later) or later[at + 1].kind is not Kind.WORD or True)
                and match.last + at + 1 >= len(self.tokens)
                for at, token in enumerate(later)
            )
        )

    def _back_range(self, match: Match[Cue]) -> tuple[int, int]:
        """The clause before, over "but", or the sentence before when it stands alone."""
        after = self.tokens[match.last] if match.last < len(self.tokens) else None
        closed = self.tokens[match.last - 1].word in _AFTER_ENDED
        if after is not None and after.kind is Kind.WORD and after.word not in _AFTER_ENDED and not closed:
            return match.first, match.first - 1
        begin = self._sentence_begin(match.first)
        if begin == match.first and match.first > 0:
            return self._sentence_begin(match.first - 2) if match.first > 1 else 0, match.first - 1
        if self.tokens[match.first].word in {
            "it",
            "its",
            "they",
            "theyre",
            "theyve",
            "that",
            "thats",
            "all",
            "which",
            "this",
        }:
            return begin, match.first - 1
        return self._clause_begin(match.first, over_but=True), match.first - 1

    def _general_range(self, match: Match[Cue]) -> tuple[int, int]:
        return self._clause_begin(match.first), self._sentence_end(match.last)

    def _supposed_end(self, at: int) -> int:
        """A supposition ends at a comma, a contrast, or where a new subject starts its own clause."""
        start = at
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.kind is Kind.STOP or (
                token.kind is Kind.MARK and token.word in {",", "-", "–", "—", "(", ")", ":"}
            ):
                break
            if token.word in {"but", "because", "although", "however"}:
                break
            if token.word in {"i", "im", "ive", "my"} and at > start + 1:
                break
            at += 1
        return at - 1

    def _was_end(self, at: int) -> int:
        """ "had" reaches over a list, but not into what is told in the present behind a comma or "and"."""
        while at < len(self.tokens):
            token = self.tokens[at]
            following = self.tokens[at + 1].word if at + 1 < len(self.tokens) else ""
            if token.kind is Kind.STOP or token.word in {
                "but",
                "although",
                "though",
                "however",
                "whereas",
                ")",
                "still",
                "now",
            }:
                break
            if token.word in {"and", ",", "-", "–", "—", "(", "so", "then"} and (
                following in self.reader.states
                or following in self.reader.resume
                or following in _FIRST
                or following in _PRESENT
            ):
                break
            at += 1
        return at - 1

    def _family_end(self, at: int) -> int:
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.kind is Kind.STOP or token.word in {"but", "i", "im", "ive", "my"}:
                break
            at += 1
        return at - 1

    def _sentence_begin(self, at: int) -> int:
        sentence = self.tokens[at].sentence
        while at > 0 and self.tokens[at - 1].sentence == sentence:
            at -= 1
        return at

    def _sentence_end(self, at: int) -> int:
        while at < len(self.tokens) and self.tokens[at].kind is not Kind.STOP:
            at += 1
        return at - 1

    def _between_commas(self, at: int) -> tuple[int, int]:
        begin, end = at, at
        while (
            begin > 0
            and self.tokens[begin - 1].kind is Kind.WORD
            or (begin > 0 and self.tokens[begin - 1].kind is Kind.NUMBER)
        ):
            begin -= 1
        while end + 1 < len(self.tokens) and self.tokens[end + 1].kind in {Kind.WORD, Kind.NUMBER}:
            end += 1
        return begin, end

    def _clause(self, at: int) -> tuple[int, int]:
        return self._clause_begin(at), self._clause_end(at, at_comma=False)

    def _clause_begin(self, at: int, *, over_but: bool = False) -> int:
        contrast = set() if over_but else {"but", "although", "though", "however", "whereas"}
        while at > 0:
            before = self.tokens[at - 1]
            if before.kind is Kind.STOP or before.word in contrast or before.word in {"(", ":"}:
                break
            if before.word in {"and", ","} and at < len(self.tokens) and self._opens_clause(at):
                break
            at -= 1
        return at

    def _clause_end(self, at: int, *, at_comma: bool) -> int:
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.kind is Kind.STOP or token.word in {"but", "although", "though", "however", "whereas", ")"}:
                break
            if at_comma and token.word in {",", "and"}:
                break
            if token.word in {"and", ","} and at + 1 < len(self.tokens) and self._opens_clause(at + 1):
                break
            at += 1
        return at - 1

    def _opens_clause(self, at: int) -> bool:
        """Whether a new clause with its own subject begins here ("..., i have", "and my feet")."""
        word = self.tokens[at].word
        if word in {"i", "im", "ive", "iam", "she", "he", "shes", "hes", "my", "they", "it", "its", "now", "then"}:
            return True
        return False
