"""
Read who the patient is: age, sex, pregnancy.

Ages of other people, of results and of the past ("when I was 12") are not the
patient's.  How people say it: `lexicon/person.yml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from bot.clinical.codes import Who
from bot.clinical.findings import Person
from bot.language.amounts import whole_number_at
from bot.language.context import MessageContext
from bot.language.cue_rows import CueRows
from bot.language.durations import Use, find_durations
from bot.language.patterns import Match
from bot.language.tokens import Kind, Token

KINDS = ("female", "male", "other", "answer-female", "answer-male", "trimester-1", "trimester-2", "trimester-3", "weeks", "age", "decade")  # fmt: skip
OLDEST = 115
_ADULT_BY_LETTER = 14  # "6m" and "3f" are months and something else
_DECADES = {"twenties": 25, "thirties": 35, "forties": 45, "fifties": 55, "sixties": 65, "seventies": 75, "eighties": 85, "nineties": 92}  # fmt: skip
_FEMALE = frozenset({"mum", "sister", "wife", "daughter", "grandmother", "aunt", "niece"})
_MALE = frozenset({"dad", "brother", "husband", "son", "grandfather", "uncle", "nephew"})
_BEFORE_AN_AGE = frozenset(
    "i im am is its it about around age aged my just only nearly almost now turned was been he hes she shes , . -".split()
) | {""}  # "fity six" is no six
_PRONOUNS = frozenset({"she", "her", "he", "him"})
_BETWEEN_FACTS = frozenset({",", ";", "/"})
_ANSWER_AT_MOST = 4  # words of a bare answer
_SECOND_TRIMESTER, _THIRD_TRIMESTER = 14, 28  # the week each begins with
_Found = Mapping[str, Sequence[Match[str]]]


class PersonReader:
    """Reads a `Person`; build it once."""

    def __init__(self) -> None:
        self._cues = CueRows("person.yml", kinds=KINDS)

    def read(
        self, tokens: Sequence[Token], said: MessageContext, *, asks: frozenset[str], pregnant: bool | None
    ) -> Person:
        """
        Args:
            asks: Kinds of question that were just put ("asks-age").
            pregnant: What the findings say about pregnancy.
        """
        found = self._cues.find(tokens)
        listed = _listed(tokens, said, found)
        trimester = None if pregnant is False else self._trimester(tokens, said, found)
        return Person(
            age=self._age(tokens, said, found, asks) if listed is None else listed[0],
            sex=self._sex(tokens, said, found, asks) if listed is None else listed[1],
            pregnant=True if pregnant is None and trimester is not None else pregnant,
            trimester=trimester,
            writes_for=said.writes_for,
        )

    def _age(self, tokens: Sequence[Token], said: MessageContext, found: _Found, asks: frozenset[str]) -> int | None:
        for match in found.get("age", ()):
            number = whole_number_at(tokens, match.start)
            if number is None or not 0 <= number[0] <= OLDEST or not _of_patient(said, match):
                continue
            by_letter = {token.word for token in tokens[match.first : match.last]} & {"f", "m"}
            if by_letter and (number[0] < _ADULT_BY_LETTER or not (_glued(tokens, match) or len(tokens) == 2)):
                continue
            return number[0]
        for match in found.get("decade", ()):
            if _of_patient(said, match):
                return _DECADES[tokens[match.last - 1].word]
        if "asks-age" in asks:
            for at in range(min(len(tokens), _ANSWER_AT_MOST)):
                number = whole_number_at(tokens, at)
                if number is not None and 0 <= number[0] <= OLDEST:
                    return number[0] if {token.word for token in tokens[:at]} <= _BEFORE_AN_AGE else None
        return None

    @staticmethod
    def _sex(tokens: Sequence[Token], said: MessageContext, found: _Found, asks: frozenset[str]) -> str | None:
        if "asks-sex" in asks and len(tokens) <= _ANSWER_AT_MOST:
            for sex in ("female", "male"):
                if found.get(f"answer-{sex}"):
                    return sex
        for sex in ("other", "female", "male"):
            for match in found.get(sex, ()):
                letters = {token.word for token in tokens[match.first : match.last]} & {"f", "m"}
                if _of_patient(said, match) and (not letters or _glued(tokens, match)):
                    return sex
        bare = {token.word for token in tokens if token.kind is Kind.WORD}
        if len(bare) == 1 and len(tokens) <= _ANSWER_AT_MOST:  # "male", "F", "44 f"
            for sex in ("female", "male"):
                if found.get(f"answer-{sex}") and not bare & (_PRONOUNS | {"lady", "girl", "boy"}):
                    return sex
        if said.writes_for in _FEMALE:
            return "female"
        return "male" if said.writes_for in _MALE else None

    @staticmethod
    def _trimester(tokens: Sequence[Token], said: MessageContext, found: _Found) -> int | None:
        for trimester in (1, 2, 3):
            if any(_of_patient(said, match) for match in found.get(f"trimester-{trimester}", ())):
                return trimester
        weeks: list[int] = []
        for match in found.get("weeks", ()):
            number = whole_number_at(tokens, match.start)
            if number is not None and _of_patient(said, match):
                weeks.append(number[0])
        for duration in find_durations(tokens):
            if duration.use is Use.PREGNANT and duration.days is not None:
                assertion = said.assertion(duration.first, duration.last)
                if assertion.who is Who.PATIENT and assertion.mood in {"stated", "question"}:
                    weeks.append(duration.days // 7)
        if not weeks:
            return None
        return 1 if weeks[0] < _SECOND_TRIMESTER else 2 if weeks[0] < _THIRD_TRIMESTER else 3


def _listed(tokens: Sequence[Token], said: MessageContext, found: _Found) -> tuple[int, str] | None:
    """Age and sex in a list of bare facts, "vegan, 40, male": each stands alone between signs, one after the other."""
    sexes = {
        match.first: sex
        for sex in ("female", "male")
        for match in found.get(f"answer-{sex}", ())
        if tokens[match.first].word not in _PRONOUNS
    }
    edges = [-1, *(at for at, token in enumerate(tokens) if token.word in _BETWEEN_FACTS), len(tokens)]
    alone = {before + 1 for before, after in pairwise(edges) if after - before == 2}
    for at in sorted(alone):
        number = whole_number_at(tokens, at)
        if number is None or at + 2 not in alone or at + 2 not in sexes or not 0 <= number[0] <= OLDEST:
            continue
        assertion = said.assertion(at, at + 3)
        if assertion.who is Who.PATIENT and not (assertion.denied or assertion.past) and assertion.mood == "stated":
            return number[0], sexes[at + 2]
    return None


def _of_patient(said: MessageContext, match: Match[str]) -> bool:
    """Told of the patient, as of now."""
    assertion = said.assertion(match.start, match.end)
    if assertion.who is not Who.PATIENT or assertion.denied or assertion.past:
        return False
    return assertion.mood in {"stated", "question"}


def _glued(tokens: Sequence[Token], match: Match[str]) -> bool:
    """ "42F", "M34": a letter that stands for the sex touches the number."""
    pair = [
        token for token in tokens[match.first : match.last] if token.kind is Kind.NUMBER or token.word in {"f", "m"}
    ]
    return len(pair) == 2 and pair[0].end == pair[1].start
