"""
Whom a message is about, word by word: the writer, somebody they name, or nobody named.

"my mum has pernicious anaemia and I'm tired": hers up to "and", then the writer's.
`writes_for` tells when the writer speaks for somebody else, who then is the patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from bot.knowledge.phrases import Cues
from bot.language.scopes import DASHES, Scope
from bot.language.tokens import Kind, Token
from bot.language.word_sets import WordSets

WRITER, NOBODY, SOMEONE, STAFF = "writer", "", "someone", "staff"
_PRONOUN_AMONG_FIRST = 3  # words


class Subjects:
    """The persons of one message."""

    def __init__(
        self, tokens: Sequence[Token], cues: Cues, words: WordSets, scopes: Sequence[Scope], *, writes_for: str | None
    ) -> None:
        self._tokens, self._cues, self._words, self._scopes = tokens, cues, words, scopes
        self._before = writes_for

    @cached_property
    def writes_for(self) -> str | None:
        """Whom the writer writes for, from this message or from before; None: for themselves."""
        for scope in self._scopes:
            if scope.cue.kind == "writes_for" and not self._only_reason(scope):
                places = [at for at in range(scope.first, scope.last) if self._person(at)]
                named = [self._person(at) for at in places if self._word(at - 1) not in {"her", "his", "their"}]
                return named[-1] if named else self._first_named or SOMEONE
        if self._before:
            return self._before
        if any(scope.cue.kind == "asks_for" for scope in self._scopes) and not self._speaks_of_self:
            return self._first_named
        if self._tokens and self._word(0) in {"her", "his"} and not self._speaks_of_self and self._person_ahead(0):
            return SOMEONE  # "her dad has it": whoever the talk is about
        if self._first_named or any(token.word in self._words["first"] for token in self._tokens):
            return None
        begins_with = {token.word for token in self._tokens[:_PRONOUN_AMONG_FIRST]}
        return SOMEONE if begins_with & self._words["she"] else None  # "she gets headaches": whoever the talk is about

    def _only_reason(self, scope: Scope) -> bool:
        """ "I'm asking because my brother has it and I still have ...": the writer goes on about themselves."""
        words = {token.word for token in self._tokens[scope.first : scope.last]}
        own = {"im", "ive", "iam"}
        return bool(words & {"because", "as", "since", "cos", "that"}) and any(
            token.word in own or (token.word == "i" and self._word(at + 1) in self._words["self_verb"])
            for at, token in enumerate(self._tokens)
            if at >= scope.last
        )

    @cached_property
    def their_own(self) -> frozenset[str]:
        """Persons named as relatives of the one the talk is about ("her dad")."""
        return frozenset(
            person
            for at in range(1, len(self._tokens))
            if (person := self._person(at)) and self._word(at - 1) in {"her", "his", "their"}
        )

    @cached_property
    def of_tokens(self) -> list[str]:
        """For each token WRITER, a relation ("mum"), SOMEONE, STAFF or NOBODY (nobody named)."""
        result: list[str] = []
        current = third = NOBODY
        sentence = -1
        for at, token in enumerate(self._tokens):
            if token.sentence != sentence:
                sentence, current = token.sentence, NOBODY
            current, third = self._step(at, token, current, third)
            result.append(current)
        return result

    def _step(self, at: int, token: Token, current: str, third: str) -> tuple[str, str]:
        """The person spoken of from this token on, and the last other person named."""
        word = token.word
        if word in self._words["first"]:
            return (WRITER if self._writer_is_subject(at) else current), third
        if word in self._words["she"] or word in self._words["they"]:
            if self._cannot_mean(word, third):
                third = self._before or SOMEONE
            return (current if self._is_no_one_new(at, third) else third or self._before or SOMEONE), third
        if word in {"who", "whos"} and third not in {NOBODY, STAFF}:
            return third, third
        if word in self._words["staff"]:
            return current, third or STAFF
        if word == "old" and self._my_year_old(at):
            return "child", "child"
        person = self._person(at)
        if person and (self._means_writer(at) or self._is_called(at)):
            return current, third
        if person and self._with_writer(at):
            return WRITER, person
        if person and not self._is_object(at):
            return person, person
        if person and third in {NOBODY, STAFF}:
            return current, person
        pause = at > 0 and self._tokens[at - 1].word in {",", "(", *DASHES}
        if pause and word in self._words["alone"] and current not in {NOBODY, WRITER}:
            return NOBODY, third
        return current, third

    # --- the writer -------------------------------------------------------------------

    def _writer_is_subject(self, at: int) -> bool:
        word = self._word(at)
        if word == "mine" and self._word(at - 1) == "of":
            return False  # "a friend of mine"
        if word == "me":
            return self._same_sentence(at, at - 1) and self._word(at - 1) in self._words["me_after"]
        if word == "my" and self._word(at + 1) in {"side", "fathers", "mothers"}:
            return False  # "her gran on my side"
        return not (word in {"my", "mine"} and self._person_ahead(at))

    def _person_ahead(self, at: int) -> bool:
        """ "my mum", "my dear old mum": "my" belongs to a person."""
        for ahead in range(at + 1, min(at + 4, len(self._tokens))):
            if self._person(ahead):
                return True
            if self._tokens[ahead].kind is not Kind.WORD or self._word(ahead) in {"and", "is", "are", "has"}:
                return False
        return False

    @cached_property
    def _speaks_of_self(self) -> bool:
        return any(
            token.word in {"im", "ive", "iam"} or (token.word == "i" and self._word(at + 1) in self._words["self_verb"])
            for at, token in enumerate(self._tokens)
        )

    def _means_writer(self, at: int) -> bool:
        """ "I'm a vegan mum", "mum of two here": the writer speaks of themselves."""
        words = {token.word for token in self._tokens[max(0, at - 4) : at]}
        if self._word(at - 1) in {"my", "our", "her", "his", "your"}:
            return False
        called = bool(words & {"im", "am"} and words & {"a", "an"})
        parent = self._person(at) in {"mum", "dad"} and "the" not in words
        return called or (parent and self._word(at + 1) in {"of", "to"})

    def _is_called(self, at: int) -> bool:
        """ "nah mate, no tingling", "cheers pal": a word for the reader of the message."""
        if self._word(at) not in self._words["called"] or self._word(at - 1) in self._words["determiner"]:
            return False
        behind = self._tokens[at + 1] if at + 1 < len(self._tokens) else None
        greeted = self._word(at - 1) in self._words["greeting"]
        return greeted or behind is None or behind.kind in {Kind.STOP, Kind.MARK}

    def _with_writer(self, at: int) -> bool:
        """ "me and my sister", "my wife and I"."""
        before = at - 1
        while self._word(before) in self._words["determiner"]:
            before -= 1
        joined = self._word(before) in {"and", "nor", "or"} and self._word(before - 1) in {"me", "i", "myself"}
        return joined or (self._word(at + 1) in {"and", "nor"} and self._word(at + 2) in {"i", "me", "myself"})

    # --- others -----------------------------------------------------------------------

    def _person(self, at: int) -> str | None:
        person = self._cues.people.get(self._word(at))
        if person == "pet" and self._word(at - 1) not in self._words["determiner"]:
            return None  # "dog tired"
        if person and self._word(at + 1) == "in" and self._word(at + 2) in {"law", "laws"}:
            return "in-law"
        return person

    @cached_property
    def _first_named(self) -> str | None:
        return next((person for at in range(len(self._tokens)) if (person := self._person(at))), None)

    def _cannot_mean(self, word: str, third: str) -> bool:
        """ "her dad has it, she doesn't": "she" is not the dad."""
        return (word in self._words["she_only"] and third in self._words["men"]) or (
            word in self._words["he_only"] and third in self._words["women"]
        )

    def _is_no_one_new(self, at: int, third: str) -> bool:
        """Pronouns that mean staff or things: "they said", "where she injected me"."""
        if third == STAFF:
            return True
        if self._word(at) in self._words["they"]:
            return not third or self._word(at + 1) in self._words["reports"]
        if third == NOBODY and not self._before:
            return any(token.word in {"me", "i", "im", "my"} for token in self._tokens[at + 1 : at + 4])
        return False

    def _my_year_old(self, at: int) -> bool:
        """ "my 10 year old"."""
        start = at - 3
        if start < 0 or self._word(start) not in {"my", "our"} or self._word(at - 1) not in {"year", "yr"}:
            return False
        return self._word(start - 1) not in {"with", "for", "feeding", "nursing", "breastfeeding"}

    def _is_object(self, at: int) -> bool:
        """ "with my husband", "my wife says": mentioned, but the sentence is not about them."""
        if self._word(at + 1) in self._words["reports"]:
            return True
        before = at - 1
        while (
            before >= max(0, at - 3)
            and self._same_sentence(at, before)
            and self._word(before) in self._words["determiner"]
        ):
            before -= 1
        if before < max(0, at - 3) or not self._same_sentence(at, before):
            return False
        if self._word(before) in self._words["object_of"]:
            return True
        return (
            self._word(before) != "and" and self._writer_acts(at) and self._word(at + 1) not in self._words["of_person"]
        )

    def _writer_acts(self, at: int) -> bool:
        """Whether the writer is the one who does something in this clause ("I bite my kids' heads off")."""
        for before in range(at - 1, -1, -1):
            token = self._tokens[before]
            if (
                not self._same_sentence(at, before)
                or token.kind is Kind.MARK
                or token.word in self._words["clause_mark"]
            ):
                return False
            if token.word in {"i", "im", "ive"}:
                return self._word(before + 1) not in self._words["thinks"]
        return False

    def _word(self, at: int) -> str:
        return self._tokens[at].word if 0 <= at < len(self._tokens) else ""

    def _same_sentence(self, one: int, other: int) -> bool:
        return other >= 0 and self._tokens[one].sentence == self._tokens[other].sentence
