"""
Read a short answer in the light of the question that was just put.

"yes, both feet, about 3 months" to "any tingling?", "no to all except the metformin",
"only the second one", "neither", "6 weeks ago": the question gives the things, the
answer says which of them are so.  What the answer names in its own words is read
like any other message; this adds only what the words alone do not say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.language.cue_rows import CueRows
from bot.language.lexicon import Lexicon
from bot.language.patterns import Match
from bot.language.questions import Question, read_question
from bot.language.tokens import Kind, Token

KINDS = (
    "yes",
    "no",
    "unsure",
    "all-no",
    "all-yes",
    "except",
    "only",
    "first",
    "second",
    "third",
    "fourth",
    "last",
    "where",
    "often",
    "rest",
    "family-answer",
    "untested",
    "plain-no",
    "long-time",
)
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_SHORT = 9  # longer messages are read by their own words
_AT_MOST = 14  # words of an answer that begins with when or where it is so
_LEADS = 2  # words before what an answer begins with
_ALONE = 4  # words of an answer in which a bare "second" means the second thing
_FILLERS = frozenset(
    "lol haha ha nah umm tbf oh um er well hmm erm ok and so hi sorry god actually honestly tbh basically rather like i think thankfully".split()
)
_DONE_WITH_EVERYTHING = frozenset(
    "eat eats eating ate tried try trying enjoy like love doubt cost not no without lost lose dropping forget".split()
)
_WHEN = frozenset("when whenever while whilst after during if ants".split())  # "breathless when I walk uphill"
_YES = frozenset({"yes", "yeah", "yep"})
_COUNTED = {"two": 2, "2": 2, "couple": 2, "three": 3, "3": 3}
_PLAIN = {"yes": True, "yeah": True, "yep": True, "yh": True, "no": False, "nope": False, "nah": False, "none": False}
_LETTERS = {"y": True, "n": False}


@dataclass(frozen=True)
class Verdict:
    """One thing the question named: so or not so, read from the tokens [first, last)."""

    code: str
    present: bool
    first: int
    last: int
    certain: bool = True


@dataclass
class Reply:
    """What an answer says beside its own words."""

    verdicts: list[Verdict] = field(default_factory=list)
    answered: str | None = None  # yes | no | over | unsure
    long_time: Match[str] | None = None  # "ages", "since Monday": long, in words that give no days


class ReplyReader:
    """Reads questions and answers to them; build it once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._cues = CueRows("replies.yml", kinds=KINDS)

    def question(self, context: str | None) -> Question:
        """The question in its words or as a code; an empty one for None."""
        return read_question(context, self._lexicon, self._cues)

    def unsure(self, tokens: Sequence[Token]) -> list[tuple[int, int]]:
        """Where a message says that the writer does not know or remember, as offsets of the text."""
        matches = self._cues.find(tokens).get("unsure", [])
        return [
            (tokens[match.first].start, tokens[match.last - 1].end)
            for match in matches
            if match.last >= len(tokens) or tokens[match.last].kind in {Kind.MARK, Kind.STOP}
        ]

    def read(
        self, tokens: Sequence[Token], question: Question, named: Mapping[str, bool], *, over: bool = False
    ) -> Reply:
        """
        Args:
            named: Codes that the answer itself names, and whether as present.
            over: The answer says of something that it has ended.
        """
        reply = Reply()
        if not tokens or not (question.codes or question.asks):
            return reply
        found = self._cues.find(tokens)
        reply.answered, at = self._yes_or_no(tokens, found)
        reply.long_time = next(iter(found.get("long-time", [])), None)
        codes = question.codes
        if not codes:
            return reply
        named = dict(named)
        if question.of_presence and self._one_by_one(reply, tokens, codes):
            return reply
        chosen = self._ordinals(tokens, found, codes)
        self._topics(reply, tokens, found, question, named, besides=[codes[place] for place in chosen])
        if self._of_family(reply, tokens, found, codes, named):
            return reply
        only = bool(found.get("only")) or bool(found.get("except"))
        only = only or (len(chosen) > 1 and len(set(chosen.values())) == 1)  # "the first two"
        if chosen and len(codes) > 1 and question.of_presence:
            self._choose(reply, chosen, codes, named, tokens, only=only)
            return reply
        if found.get("all-no") and question.of_presence and self._leads(tokens, found["all-no"][0], found):
            match = found["all-no"][0]
            self._all(reply, codes, named, match, present=False)
            return reply
        if found.get("all-yes") and question.of_presence and self._means_all(tokens, found["all-yes"][0]):
            self._but_for(reply, tokens, found, codes, named)
            self._all(reply, codes, named, found["all-yes"][0], present=True)
            return reply
        if reply.answered == "no" and at is not None and _not_now(tokens, at) and found.get("over"):
            reply.answered, at = "over", found["over"][0]  # "Not now. Years ago, when I was expecting."
        if reply.answered == "over" and at is not None and question.of_presence:
            over_codes = [code for code in codes if len(codes) == 1 or not self._lexicon.rows[code].lasting]
            for code in over_codes:
                self._all(reply, [code], named, at, present=self._lexicon.rows[code].lasting)
        elif reply.answered == "no" and at is not None and question.of_presence:
            self._all(reply, codes, named, at, present=False)
        elif (
            reply.answered == "yes"
            and len(codes) == 1
            and any(named.get(code) for code in self._lexicon.rows[codes[0]].confused_with)
        ):
            return reply  # "yes, a gastric sleeve": the operation named, and not the one asked about
        elif reply.answered == "yes" and at is not None and len(codes) == 1 and question.of_presence:
            row = self._lexicon.rows[codes[0]]
            over = over or (row.recent_days is not None and bool(found.get("over")))  # "just the once, years ago"
            self._all(reply, codes, named, at, present=row.lasting or not over)
        elif reply.answered == "unsure":
            return reply
        elif len(codes) > 1 and only and named and question.of_presence and len(tokens) <= _SHORT:
            match = (found.get("only") or found["except"])[0]
            self._all(reply, codes, named, match, present=False)
        elif (
            len(codes) == 1
            and not named
            and reply.answered is None
            and found.get("often")
            and len(tokens) <= (_AT_MOST if found["often"][0].first <= 1 else _SHORT)
            and question.of_presence
        ):
            self._all(reply, codes, named, found["often"][0], present=True)
        elif (
            len(codes) == 1
            and not named
            and reply.answered is None
            and found.get("where")
            and len(tokens) <= _SHORT
            and question.of_presence
        ):
            self._all(reply, codes, named, found["where"][0], present=True)
        return reply

    def _topics(
        self,
        reply: Reply,
        tokens: Sequence[Token],
        found: Mapping[str, Sequence[Match[str]]],
        question: Question,
        named: dict[str, bool],
        *,
        besides: Sequence[str],
    ) -> None:
        """
        "yes to memory and mood, no to the others": subjects the answer takes up, and what it says of the rest.

        Args:
            besides: Codes that the answer chooses by their place ("yes to the first") and that are not the rest.
        """
        refusing = False
        codes = question.codes
        topics = {hit.start: (hit.code, hit.end) for hit in self._lexicon.topics(tokens) if hit.code in codes}
        for at, token in enumerate(tokens):
            if token.word in question.words and len(codes) > 1:
                topics.setdefault(at, (question.words[token.word], at + 1))
        for at, token in enumerate(tokens):
            if token.word in {"yes", "yeah", "yep", "only", "just", "mainly", "but"}:
                refusing = False
            elif token.word in {"no", "not", "nope", "never", "none"}:
                refusing = True
            code, end = topics.get(at, ("", at))
            if code and code not in named and not _tells_when(tokens, at):
                named[code] = not refusing
                reply.verdicts.append(Verdict(code, not refusing, at, end))
        for match in found.get("rest", []):
            before = {token.word for token in tokens[max(0, match.first - 2) : match.first]}
            behind = tokens[match.last].word if match.last < len(tokens) else ""
            refused = before & {"no", "not"} or behind in {"no", "not", "none", "never"}
            if behind in _YES or (before & _YES and not refused):  # "the second one no, the others yes"
                others = [code for code in codes if code not in named and code not in besides]
                self._all(reply, others, named, match, present=True)
                named.update(dict.fromkeys(others, True))
                continue
            if any(
                token.word in {"no", "not", "none", "never"}
                for token in tokens[max(0, match.first - 4) : match.last + 2]
            ):
                others = [code for code in codes if code not in named and code not in besides]
                self._all(reply, others, named, match, present=False)
                named.update(dict.fromkeys(others, False))

    @staticmethod
    def _one_by_one(reply: Reply, tokens: Sequence[Token], codes: Sequence[str]) -> bool:
        """ "1. No 2. No 3. Yes", "no no yes", "no / yes": as many plain answers as things asked, in their order."""
        words = [(at, token.word) for at, token in enumerate(tokens) if token.kind is Kind.WORD]
        if not all(word in _LETTERS for _, word in words):  # "Y N N"; otherwise a letter is the number of a question
            words = [(at, word) for at, word in words if len(word) > 1]
        plain = [(at, (_PLAIN | _LETTERS)[word]) for at, word in words if word in _PLAIN or word in _LETTERS]
        others = [word for _, word in words if word not in {"and", "then", "but"}]
        if len(codes) < 2 or len(plain) != len(codes) or len(others) != len(plain):
            return False
        reply.verdicts += [Verdict(code, so, at, at + 1) for code, (at, so) in zip(codes, plain, strict=True)]
        return True

    def _but_for(
        self,
        reply: Reply,
        tokens: Sequence[Token],
        found: Mapping[str, Sequence[Match[str]]],
        codes: Sequence[str],
        named: dict[str, bool],
    ) -> None:
        """ "everything apart from the headaches": what follows the exception is denied."""
        exceptions = [match for match in found.get("except", []) if match.first > found["all-yes"][0].first]
        if not exceptions:
            return
        for hit in [*self._lexicon.find(tokens), *self._lexicon.topics(tokens)]:
            if hit.code in codes and hit.start >= exceptions[0].last:
                named[hit.code] = False
                reply.verdicts.append(Verdict(hit.code, False, hit.start, hit.end))

    def _of_family(
        self,
        reply: Reply,
        tokens: Sequence[Token],
        found: Mapping[str, Sequence[Match[str]]],
        codes: Sequence[str],
        named: dict[str, bool],
    ) -> bool:
        """ "my mum" to "does anyone in your family have it?"."""
        answers = found.get("family-answer")
        if not answers or len(tokens) > _SHORT or (reply.answered == "no" and answers[0].first < 1):
            return False
        family = [code for code in codes if code.startswith("family_history")]
        family += [as_code for code in codes if (as_code := self._lexicon.rows[code].family_as)]
        chosen = [code for code in dict.fromkeys(family) if code not in named][:1]
        reply.verdicts += [Verdict(code, True, answers[0].first, answers[0].last) for code in chosen]
        named.update(dict.fromkeys(chosen, True))
        return bool(chosen) and reply.answered != "no"

    @staticmethod
    def _yes_or_no(
        tokens: Sequence[Token], found: Mapping[str, Sequence[Match[str]]]
    ) -> tuple[str | None, Match[str] | None]:
        """The answer that the message begins with; unsure outranks no, and no outranks yes."""
        start = 0
        while start < len(tokens) and (
            tokens[start].kind in {Kind.MARK, Kind.STOP}
            or (
                tokens[start].word in _FILLERS
                and not any(
                    match.first == start for kind in ("over", "unsure", "no", "yes") for match in found.get(kind, [])
                )
            )
        ):
            start += 1
        if not any(match.first == start for match in found.get("plain-no", [])):
            found = {**found, "unsure": [*found.get("unsure", []), *found.get("untested", [])]}
        for kind in ("over", "unsure", "no", "yes"):
            for match in found.get(kind, []):
                if match.first == start or (kind == "unsure" and match.first <= start + 2 and len(tokens) <= _SHORT):
                    if (
                        kind == "yes"
                        and match.first == start
                        and match.last - match.first == 1
                        and tokens[start].word in {"i", "we"}
                    ):
                        continue
                    return kind, match
        return None, None

    @staticmethod
    def _leads(
        tokens: Sequence[Token], match: Match[str], found: Mapping[str, Sequence[Match[str]]] | None = None
    ) -> bool:
        """Whether the answer begins with this, or with what it leaves out ("apart from the tiredness none of those")."""
        excepted = (found or {}).get("except", [])
        return match.first <= _LEADS or any(each.first <= _LEADS and each.last < match.first for each in excepted)

    @classmethod
    def _means_all(cls, tokens: Sequence[Token], match: Match[str]) -> bool:
        """ "Everything" as the answer, and not what somebody eats or has tried."""
        before = tokens[match.first - 1].word if match.first else ""
        return cls._leads(tokens, match) and before not in _DONE_WITH_EVERYTHING

    @staticmethod
    def _ordinals(
        tokens: Sequence[Token], found: Mapping[str, Sequence[Match[str]]], codes: Sequence[str]
    ) -> dict[int, Match[str]]:
        chosen: dict[int, Match[str]] = {}
        for kind, place in _ORDINALS.items():
            for match in found.get(kind, []):
                behind = tokens[match.last].word if match.last < len(tokens) else ""
                if place == 0 and behind in _COUNTED:  # "the first two"
                    chosen.update(dict.fromkeys(range(min(_COUNTED[behind], len(codes))), match))
                    continue
                if match.last - match.first == 1 and len(tokens) > _ALONE:
                    continue  # "can I have a cup of tea first"
                index = place if place >= 0 else len(codes) - 1
                if index < len(codes):
                    chosen.setdefault(index, match)
        return chosen

    @staticmethod
    def _choose(
        reply: Reply,
        chosen: Mapping[int, Match[str]],
        codes: Sequence[str],
        named: Mapping[str, bool],
        tokens: Sequence[Token],
        *,
        only: bool,
    ) -> None:
        """ "only the second one", "no to the first, yes to the second", "the first, not the other"."""
        for place, code in enumerate(codes):
            if code in named:
                continue
            match = chosen.get(place)
            if match is not None:
                reply.verdicts.append(Verdict(code, not _refused(tokens, match), match.first, match.last))
            elif only:
                first = next(iter(chosen.values()))
                reply.verdicts.append(Verdict(code, False, first.first, first.last))

    @staticmethod
    def _all(
        reply: Reply, codes: Sequence[str], named: Mapping[str, bool], match: Match[str], *, present: bool
    ) -> None:
        reply.verdicts += [Verdict(code, present, match.first, match.last) for code in codes if code not in named]


def _tells_when(tokens: Sequence[Token], at: int) -> bool:
    """ "Breathless when I walk": the word says when something else is so."""
    return any(token.word in _WHEN for token in tokens[max(0, at - 3) : at])


def _not_now(tokens: Sequence[Token], answer: Match[str]) -> bool:
    """Whether a refusal is only of the present: "not now", "not any more"."""
    return any(token.word in {"now", "currently", "anymore", "present", "moment"} for token in tokens[: answer.last])


def _refused(tokens: Sequence[Token], match: Match[str]) -> bool:
    """Whether a choice is refused: "not the first", "no to the first", "the first no"."""
    at = match.first - 1
    while at >= 0 and tokens[at].kind is Kind.WORD and match.first - at <= 3:
        if tokens[at].word in {"no", "not", "nope", "never"}:
            return True
        at -= 1
    after = tokens[match.last].word if match.last < len(tokens) else ""
    return after in {"no", "nope", "not"}
