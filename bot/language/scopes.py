"""
How far each cue reaches: "no" over a list, "used to" over a phrase, "gone now" backwards.

A scope is a range of tokens.  Which cue has which kind is data (`lexicon/context.yml`);
here stands only where each kind begins and ends.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.knowledge.phrases import Cue
from bot.language.patterns import Match
from bot.language.tokens import Kind, Token
from bot.language.word_sets import WordSets

REACH = 9  # words a denial reaches without a list
MARKS_REACH = 100  # tokens to either side of a date; bounds the work for a message without any sign
ENDED_REACH = 6
LIST_ITEM = 4  # words of an item that may go on a denied list
DASHES = frozenset({"-", "–", "—"})
_BULLETS = DASHES | {"*", "•", "·"}
_PAUSES = frozenset({",", "-", "–", "—", "(", ")", ":"})
_OWN_SUBJECT = 2  # words before an ending that say themselves what has ended
_SPOKEN_ANSWERS = frozenset({"nah", "nope", "never", "yes", "yeah", "yep", "aye"})
_WHENEVER = frozenset({"once", "when", "since", "after", "because", "before"})
_ASIDE = 8  # tokens of a remark in brackets that a denied list may go on behind
_PLAIN_ANSWERS = frozenset({"yes", "no", "yep", "nope", "yeah", "none"})


@dataclass(frozen=True)
class Scope:
    """A cue on the tokens [first, last) that reaches over the tokens [begin, end]; an empty reach has end < begin."""

    cue: Cue
    first: int
    last: int
    begin: int
    end: int

    def covers(self, at: int) -> bool:
        return self.begin <= at <= self.end


class Scopes:
    """Finds the scopes of one message."""

    def __init__(self, tokens: Sequence[Token], words: WordSets, stops: Collection[int]) -> None:
        self._tokens, self._words, self._stops = tokens, words, stops

    def of(self, match: Match[Cue]) -> Scope:
        begin, end = self._reach(match)
        return Scope(match.payload, match.first, match.last, begin, end)

    def _reach(self, match: Match[Cue]) -> tuple[int, int]:
        kind, first, last = match.payload.kind, match.first, match.last
        if kind == "deny":
            return first + 1, self._denial_end(match)
        if kind in {"ended", "gone"}:
            return first + 1, self._ended_end(last, exchanged=self._word(first) in {"swapped", "replaced", "traded"})
        if kind in {"deny_back", "affirm_back"}:
            return self._answered(match)
        if kind in {"ended_back", "gone_back"}:
            return self._ended_before(match)
        if kind in {"plan_back", "family_back"}:
            return self._clause_begin(first), first - 1
        if kind == "returned":
            return self._sentence_begin(first), last
        if kind == "dated":
            return self._between_marks(first)
        if kind in {"past", "now", "lately", "uncertain"}:
            return self._clause_begin(first), self._clause_end(first)
        if kind == "was":
            return last, self._was_end(last)
        if kind in {"hypothetical", "plan"}:
            return (first if kind == "plan" else last), self._supposed_end(last)
        if kind == "question":
            return (first if match.payload.marked else last), self._sentence_end(last)
        if kind == "general":
            return self._clause_begin(first), self._sentence_end(last)
        if kind == "given":
            owned = any(token.word in self._words["determiner"] for token in self._tokens[first:last])
            return first, self._clause_end(last, at_comma=owned)
        if kind == "family":
            return last, self._family_end(last)
        if kind == "trouble":
            if self._word(last - 1) in self._words["trouble"]:
                return first, last - 1  # "no vision problems" names what it is about
            return last, self._trouble_end(last)
        return last, last - 1

    # --- forward ----------------------------------------------------------------------

    def _denial_end(self, match: Match[Cue]) -> int:
        tokens, at, words = self._tokens, match.last, 0
        if match.last == match.first + 1 and self._is_answer(match.first):
            return match.first  # "No, ...": an answer, not a denial of what follows
        if self._word(at) == ":" and at + 1 < len(tokens) and tokens[at + 1].kind is Kind.STOP:
            return self._points_end(at + 1)
        if self._word(at) == ":" and match.last > match.first + 1:
            at += 1  # "None of the following: dizziness, headache"
        while at < len(tokens):
            at = self._behind_aside(at)
            if self._ends_denial(at, match):
                break
            if tokens[at].word in {"or", "nor", "and", ",", "/"}:
                words = 0
            else:
                words += 1
            if words > REACH:
                break
            at += 1
        return at - 1

    def _points_end(self, at: int) -> int:
        """ "Not present:" over lines that begin with a dash or a dot each: up to the first line that does not."""
        while at + 1 < len(self._tokens) and self._tokens[at].kind is Kind.STOP and self._word(at + 1) in _BULLETS:
            at += 1
            while at < len(self._tokens) and self._tokens[at].kind is not Kind.STOP:
                at += 1
        return at - 1

    def _behind_aside(self, at: int) -> int:
        """ "not on PPIs (stopped 2022) or metformin": the list goes on behind the brackets."""
        if self._word(at) != "(":
            return at
        for end in range(at + 1, min(at + _ASIDE, len(self._tokens) - 1)):
            if self._word(end) == ")":
                return end + 1 if self._word(end + 1) in {"or", "nor"} else at
        return at

    def _is_answer(self, at: int) -> bool:
        """ "No, ..." and "dizziness - no / palpitations - yes": said of what stands before."""
        if self._word(at) not in {"no", "not", "nope"}:
            return False
        behind = self._word(at + 1)
        return behind in {",", *DASHES} or (behind == "/" and self._word(at - 1) in {":", *DASHES})

    def _ends_denial(self, at: int, match: Match[Cue]) -> bool:
        token = self._tokens[at]
        if token.kind is Kind.STOP or at in self._stops:
            return True
        if token.kind is Kind.MARK:
            return token.word != "/" and not (token.word == "," and self._list_goes_on(at, match))
        if token.word == "and":
            return not self._and_goes_on(at, match)
        if token.word in {"i", "im", "ive", "iam"}:
            return True
        return token.word in self._words["opener"] and self._word(at - 1) in {"and", ",", "so", "no"}

    def _list_goes_on(self, comma: int, match: Match[Cue]) -> bool:
        """Whether what stands behind a comma is one more thing denied ("no headaches, nausea, rash")."""
        following = self._word(comma + 1)
        if following in {"or", "nor"}:
            return True
        if not following or following in self._words["negator"]:
            return False  # its own denial begins there
        segment = 0
        counting = True
        for at in range(comma + 1, len(self._tokens)):
            token = self._tokens[at]
            if token.kind is Kind.STOP or at in self._stops or token.word in self._words["first"]:
                break
            if token.word in {"or", "nor"} and self._tokens[at - 1].kind is not Kind.NUMBER:
                return following not in self._words["resume"]
            counting = counting and token.word != ","
            segment += counting
        item = [token.word for token in self._tokens[comma + 1 : comma + 1 + segment]]
        if not match.payload.nouns or segment > LIST_ITEM or self._tokens[comma + 1].kind is Kind.NUMBER:
            return False
        begins_anew = following in self._words["resume"] | self._words["first"] | self._words["state"]
        return not begins_anew and not (self._words["verb"] | self._words["so"]).intersection(item)

    def _and_goes_on(self, at: int, match: Match[Cue]) -> bool:
        following = self._word(at + 1)
        if following in self._words["resume"] | self._words["first"] or following in {
            "he",
            "she",
            "they",
            "the",
            "no",
            "not",
        }:
            return False
        if following in self._words["determiner"] and self._clause_follows(at + 1):
            return False
        return not (match.payload.nouns and following in self._words["state"])

    def _clause_follows(self, at: int) -> bool:
        """ "her clothes are hanging off her": a subject with its own verb."""
        return any(self._word(ahead) in self._words["present"] for ahead in range(at + 2, at + 4))

    def _ended_end(self, at: int, *, exchanged: bool) -> int:
        """The last token that an ending reaches; "swapped my omeprazole for": not what came instead."""
        begin = at
        while at < len(self._tokens) and at - begin < ENDED_REACH:
            token = self._tokens[at]
            if (token.kind in {Kind.STOP, Kind.MARK} and token.word != "/") or token.word in _WHENEVER:
                break
            if exchanged and token.word in {"for", "with", "by", "to", "onto"}:
                break
            if token.word in {"to", "onto"} and "from" in {t.word for t in self._tokens[max(0, at - 4) : at]}:
                break
            if (
                at in self._stops
                or token.word in {"i", "im", "ive"}
                or (token.word == "and" and self._begins_anew(at + 1))
            ):
                break
            at += 1
        return at - 1

    def _begins_anew(self, at: int) -> bool:
        return self._word(at) in self._words["first"] | self._words["resume"] | self._words["state"]

    def _supposed_end(self, at: int) -> int:
        """A supposition ends at a pause, a contrast, or where a new subject starts its own clause."""
        start = at
        while at < len(self._tokens):
            token = self._tokens[at]
            if (
                token.kind is Kind.STOP
                or token.word in _PAUSES
                or token.word
                in {"but", "because", "although", "however", "came", "turned"}  # "tested for it, came back clear"
            ):
                break
            anew = token.word in {"i", "im", "ive"} or (token.word == "my" and self._clause_follows(at))
            if anew and at > start + 1:
                break
            at += 1
        return at - 1

    def _was_end(self, at: int) -> int:
        """ "had" reaches over a list, but not into what is told as of now behind a comma or "and"."""
        anew = (
            self._words["state"]
            | self._words["resume"]
            | self._words["first"]
            | self._words["present"]
            | self._words["verb"]
        )
        while at < len(self._tokens):
            token = self._tokens[at]
            if (
                token.kind is Kind.STOP
                or token.word in self._words["contrast"]
                or token.word in {")", ":", "still", "now"}
            ):
                break
            if token.word in {"and", ",", "(", "so", "then", *DASHES} and self._word(at + 1) in anew:
                break
            at += 1
        return at - 1

    def _family_end(self, at: int) -> int:
        while at < len(self._tokens):
            token = self._tokens[at]
            if token.kind is Kind.STOP or token.word in {"but", "i", "im", "ive", "my"}:
                break
            at += 1
        return at - 1

    def _trouble_end(self, at: int) -> int:
        """ "problems with my memory, eyes or walking": a list of short items."""
        since = 0
        while at < len(self._tokens) and self._tokens[at].kind is not Kind.STOP and at not in self._stops:
            since = 0 if self._word(at) in {",", "or", "and", "/"} else since + 1
            if since > 3 or (self._tokens[at].kind is Kind.MARK and self._word(at) not in {",", "/"}):
                break
            at += 1
        return at - 1

    # --- backward ---------------------------------------------------------------------

    def _answered(self, match: Match[Cue]) -> tuple[int, int]:
        """What an answer behind it ("numbness: none", "tingling? no") is about."""
        nothing = (match.first, match.first - 1)
        before = match.first - 1
        follows = self._tokens[match.last] if match.last < len(self._tokens) else None
        if follows is not None and follows.kind is Kind.NUMBER and self._word(match.last + 1) in {".", ")", ":"}:
            follows = None  # "3. Breathlessness: none 4. Palpitations: ..."
        if before < 0 or (follows is not None and follows.word in {":", "?"}):
            return nothing
        if self._word(before) in self._words["contrast"]:
            return nothing  # "my father had a clot but I have not had"
        answers = self._word(before) == "?" and self._word(match.first) in _SPOKEN_ANSWERS  # "Sad? nah just tired"
        if follows is not None and follows.kind not in {Kind.STOP, Kind.MARK} and not self._answers_each(match):
            if not answers:
                return nothing
        if self._tokens[before].kind is Kind.STOP:
            if self._tokens[before].word != "?" or self._word(match.first) in {"i", "isnt", "arent"}:
                return nothing
            return self._sentence_begin(before), before
        begin = before
        while (
            begin > 0
            and self._tokens[begin - 1].kind is not Kind.STOP
            and self._word(begin - 1) not in {",", "and", "but", "yes", "no", "none"}
        ):
            begin -= 1
        return begin, before

    def _answers_each(self, match: Match[Cue]) -> bool:
        """ "numbness no tingling yes": each thing has its answer right behind it."""
        rest = len(self._tokens) - match.last
        return match.last - match.first == 1 and 0 < rest <= 4 and self._tokens[-1].word in _PLAIN_ANSWERS

    def _ended_before(self, match: Match[Cue]) -> tuple[int, int]:
        """The clause before, over "but", or the sentence before when this one says nothing else."""
        after = self._tokens[match.last] if match.last < len(self._tokens) else None
        may_follow = self._words["after_ended"]
        if after is not None and after.kind is Kind.WORD and not {after.word, self._word(match.last - 1)} & may_follow:
            return match.first, match.first - 1
        begin = self._sentence_begin(match.first)
        if begin == match.first and self._word(match.first) in self._words["negator"] and match.last > begin + 2:
            return match.first, match.last - 1  # "no tingling any more" speaks of what it names
        if begin == match.first and match.first > 0:
            return self._sentence_begin(match.first - 2) if match.first > 1 else 0, match.first - 1
        if self._word(match.first) in self._words["refers_back"]:
            return begin, match.first - 1
        begin = self._clause_begin(match.first)
        if begin == match.first and self._word(begin - 1) in {",", "and"}:
            return self._clause_begin(begin - 1), match.first - 1  # "I was on it last year, then stopped"
        named = self._word(begin) in self._words["determiner"] and match.first - begin >= _OWN_SUBJECT
        if named and self._word(begin - 1) in self._words["contrast"]:
            return begin, match.first - 1  # "still dizzy, but the tiredness has gone"
        return self._clause_begin(match.first, over_contrast=True), match.first - 1

    # --- clauses and sentences --------------------------------------------------------

    def _word(self, at: int) -> str:
        return self._tokens[at].word if 0 <= at < len(self._tokens) else ""

    def _sentence_begin(self, at: int) -> int:
        sentence = self._tokens[at].sentence
        while at > 0 and self._tokens[at - 1].sentence == sentence:
            at -= 1
        return at

    def _sentence_end(self, at: int) -> int:
        while at < len(self._tokens) and self._tokens[at].kind is not Kind.STOP:
            at += 1
        return at - 1

    def _between_marks(self, at: int) -> tuple[int, int]:
        begin = end = at
        while begin > max(0, at - MARKS_REACH) and self._tokens[begin - 1].kind in {Kind.WORD, Kind.NUMBER}:
            if self._new_clause(begin - 1):
                break
            begin -= 1
        farthest = min(len(self._tokens), at + MARKS_REACH) - 1
        while end < farthest and self._tokens[end + 1].kind in {Kind.WORD, Kind.NUMBER}:
            if self._new_clause(end + 1):
                break
            end += 1
        return begin, end

    def _new_clause(self, at: int) -> bool:
        """ "... in 2021 and I'm due one now": a joining word with a subject of its own behind it."""
        return self._word(at) in {"and", "but", "so"} and self._word(at + 1) in self._words["opener"]

    def _clause_begin(self, at: int, *, over_contrast: bool = False) -> int:
        while at > 0:
            before = self._tokens[at - 1]
            if before.kind is Kind.STOP or before.word in {"(", ":"}:
                break
            if before.word in self._words["contrast"] and not over_contrast:
                break
            if before.word in {"and", ","} and self._word(at) in self._words["opener"]:
                break
            at -= 1
        return at

    def _clause_end(self, at: int, *, at_comma: bool = False) -> int:
        while at < len(self._tokens):
            token = self._tokens[at]
            if token.kind is Kind.STOP or token.word == ")" or token.word in self._words["contrast"]:
                break
            if token.word in {"and", ","} and (at_comma or self._word(at + 1) in self._words["opener"]):
                break
            at += 1
        return at - 1
