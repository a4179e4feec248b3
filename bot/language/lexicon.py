"""
Find what a message names: every symptom and item of history, with its words.

`Lexicon.find` says only that the words are there.  Whether they are denied, asked,
past or somebody else's is `bot.language.context`'s to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.clinical.codes import SYMPTOMS
from bot.knowledge.phrases import LEXICON
from bot.knowledge.sayings import Saying, load_sayings
from bot.knowledge.strict import ContentError, Fault
from bot.language.patterns import Match, PatternError, Patterns
from bot.language.spelling import Spelling
from bot.language.tokens import Token

_SYMPTOMS = frozenset(SYMPTOMS)
_RECENT = frozenset({"recent", "recently", "just", "post"})
_TAKES = frozenset({"taking", "take", "takes", "on", "using"})
_TAKEN_BEFORE = 5  # words
_PLAIN_NEGATORS = frozenset({"no", "not", "never", "without", "havent"})
_NEGATORS = frozenset({"no", "not", "never", "without", "dont", "cant", "zero", "havent", "doesnt"})


@dataclass(frozen=True)
class Hit:
    """
    A code named by the tokens [start, end); `own` are all tokens that make up the wording.

    `absent`: the words say that all is well ("my balance is fine").
    """

    code: str
    start: int
    end: int
    first: int
    last: int
    own: frozenset[int]
    absent: bool = False
    detail: str | None = None
    weak: bool = False  # named in part only ("memory")
    alone: bool = False  # only "all is well" was said, without the name of the thing ("all clear")
    recent: bool = False  # the words themselves say that it was lately ("recent surgery")

    @property
    def is_symptom(self) -> bool:
        return self.code in _SYMPTOMS


@dataclass(frozen=True)
class _Role:
    code: str
    role: str  # phrase | absent | never | detail | topic
    detail: str | None = None


class Lexicon:
    """
    All sayings compiled; build it once and share it.

    Raises:
        ContentError: A file is missing, has a fault, or a pattern cannot be read.
    """

    def __init__(self, folder: Path = LEXICON) -> None:
        faults: list[Fault] = []
        sayings = load_sayings(folder, faults)
        self.rows: dict[str, Saying] = {row.code: row for row in sayings.rows}
        entries: list[tuple[str, _Role]] = []
        for row in sayings.rows:
            entries += [(pattern, _Role(row.code, "phrase")) for pattern in row.phrases]
            entries += [(pattern, _Role(row.code, "phrase", "weak")) for pattern in row.weak]
            entries += [(pattern, _Role(row.code, "absent")) for pattern in row.absent]
            entries += [(pattern, _Role(row.code, "never")) for pattern in row.never]
            entries += [(pattern, _Role(row.code, "topic")) for pattern in row.topics]
            for detail, patterns in row.details.items():
                entries += [(pattern, _Role(row.code, "detail", detail)) for pattern in patterns]
        self._patterns: Patterns[_Role] = Patterns([], classes=sayings.classes)
        for pattern, role in entries:
            try:
                self._patterns.add(pattern, role)
            except PatternError as error:
                faults.append(Fault("lexicon", f"{role.code}, {role.role}", str(error)))
        if faults:
            raise ContentError(faults)
        self.spelling = Spelling(self._patterns.vocabulary)

    def find(self, tokens: Sequence[Token]) -> list[Hit]:
        """The things named, in the order of the message; at most one hit a code for the same words."""
        return self.scan(tokens)[0]

    def topics(self, tokens: Sequence[Token]) -> list[Hit]:
        """What a question, or an answer to it, names by its subject alone ("mood", "eyesight", "walking")."""
        return self.scan(tokens)[1]

    def scan(self, tokens: Sequence[Token]) -> tuple[list[Hit], list[Hit]]:
        """`find` and `topics` in one reading."""
        roles: dict[str, dict[str, list[Match[_Role]]]] = {}
        topics: list[Hit] = []
        for match in self._patterns.match(tokens, also=self.spelling.readings):
            code = match.payload.code
            if match.payload.role == "topic":
                topics.append(Hit(code, match.start, match.end, match.first, match.last, frozenset(match.own)))
            else:
                roles.setdefault(code, {}).setdefault(match.payload.role, []).append(match)
        return self._hits(roles, tokens), topics

    def _hits(self, roles: Mapping[str, Mapping[str, list[Match[_Role]]]], tokens: Sequence[Token]) -> list[Hit]:
        hits: list[Hit] = []
        for code, found in roles.items():
            never = found.get("never", [])
            spans = [
                (match, False) for match in found.get("phrase", []) if not any(_denies(no, match) for no in never)
            ] + [(match, True) for match in found.get("absent", [])]
            for group in _overlapping(spans):
                hits.append(self._hit(code, group, found.get("detail", []), tokens))
        shown = [hit for hit in hits if not any(self._hidden(tokens, hit, other) for other in hits)]
        return sorted(shown, key=lambda hit: (hit.start, hit.end))

    def _hidden(self, tokens: Sequence[Token], hit: Hit, other: Hit) -> bool:
        """Whether these words belong to another code ("the tablets make me sick" is no nausea of its own)."""
        if other.absent or hit.code not in self.rows[other.code].hides:
            return False
        taken = any(token.word in _TAKES for token in tokens[max(0, hit.start - _TAKEN_BEFORE) : hit.start])
        return other.first <= hit.start and hit.end <= other.last and not taken

    def _hit(
        self, code: str, group: list[tuple[Match[_Role], bool]], details: list[Match[_Role]], tokens: Sequence[Token]
    ) -> Hit:
        absent = [match for match, fine in group if fine]
        named = [match for match, fine in group if not fine]
        named = [match for match in named if not _denies_another(tokens, match, named)]
        if any(set(fine.own) < set(match.own) for fine in absent for match in named):
            absent = []  # "the tablets didn't work" says more than "tablets work"
        matches = absent or named
        shown = min(matches, key=lambda match: (match.payload.detail == "weak", match.end - match.start, match.start))
        own = frozenset(at for match in matches for at in match.own)
        if tokens[shown.start].word in _NEGATORS:  # "no dairy no meat": all its words say one thing
            own |= frozenset(range(shown.start, shown.end))
        first = min(match.first for match, _ in group)
        last = max(match.last for match, _ in group)
        weak = all(match.payload.detail == "weak" for match in matches)
        detail = self._detail(shown, details, tokens)
        recent = any(tokens[at].word in _RECENT for at in range(max(0, first - 3), last))
        return Hit(code, shown.start, shown.end, first, last, own, bool(absent), detail, weak, not named, recent)

    @staticmethod
    def _detail(shown: Match[_Role], details: list[Match[_Role]], tokens: Sequence[Token]) -> str | None:
        sentence = tokens[shown.start].sentence
        near = [match for match in details if tokens[match.first].sentence == sentence]
        if not near:
            return None
        return min(near, key=lambda match: abs(match.first - shown.start)).payload.detail


def _denies_another(tokens: Sequence[Token], match: Match[_Role], named: Sequence[Match[_Role]]) -> bool:
    """Whether "no ... sensation" only looks like a loss: "no tingling sensation" denies what stands in between."""
    if tokens[match.start].word not in _PLAIN_NEGATORS:
        return False
    gap = set(range(match.start, match.end)) - set(match.own)
    return any(
        other is not match and set(other.own) & gap and tokens[other.start].word not in _PLAIN_NEGATORS
        for other in named
    )


def _denies(never: Match[_Role], match: Match[_Role]) -> bool:
    """Whether words that only look like the thing reach into the words that named it, and are not all of them part of it."""
    if set(range(never.first, never.last)) < set(match.own):
        return False
    return any(match.start <= at < match.end and never.first <= at < never.last for at in match.own)


def _overlapping(spans: list[tuple[Match[_Role], bool]]) -> list[list[tuple[Match[_Role], bool]]]:
    """Matches that share words, together."""
    groups: list[list[tuple[Match[_Role], bool]]] = []
    end = -1
    for span in sorted(spans, key=lambda item: (item[0].start, item[0].end)):
        if groups and span[0].start < end:
            groups[-1].append(span)
            end = max(end, span[0].end)
        else:
            groups.append([span])
            end = span[0].end
    return groups
