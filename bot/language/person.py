"""Read who the patient is: age, sex, pregnancy.  Ages of other people and of results are not the patient's."""

from __future__ import annotations

from collections.abc import Sequence

from bot.clinical.codes import Who
from bot.clinical.findings import Person
from bot.language.context import MessageContext
from bot.language.cue_rows import CueRows
from bot.language.amounts import whole_number_at
from bot.language.durations import Use, find_durations
from bot.language.tokens import Kind, Token

_OLDEST = 115
_DECADE = {
    "twenties": 25,
    "thirties": 35,
    "forties": 45,
    "fifties": 55,
    "sixties": 65,
    "seventies": 75,
    "eighties": 85,
    "nineties": 92,
    "teens": None,
}
_AFTER_AGE = frozenset({"year", "years", "yr", "yrs", "yo", "y", "yer", "yeras"})
_NOT_AGE = frozenset({"mg", "mcg", "ug", "ng", "pmol", "weeks", "week", "months", "month", "days", "day", "units", "kg", "stone", "lbs", "times", "injections", "tablets", "a", "percent", "%", "mmol", "nmol", "pg", "g", "minutes", "hours", "am", "pm", "cigarettes", "pints", "per", "/", ":", "th", "st", "nd", "rd"})  # fmt: skip


class PersonReader:
    """Reads a `Person`; build it once."""

    def __init__(self) -> None:
        self._cues = CueRows(
            "person.yml", kinds=("female", "male", "other", "trimester-1", "trimester-2", "trimester-3")
        )

    def read(
        self, tokens: Sequence[Token], said: MessageContext, *, asks: frozenset[str], pregnant: bool | None
    ) -> Person:
        """
        Args:
            asks: Kinds of question that were just put ("asks-age").
            pregnant: What the findings say about pregnancy.
        """
        found = self._cues.find(tokens)
        weeks = self._weeks(tokens, said)
        trimester = (
            next((at for at in (1, 2, 3) if f"trimester-{at}" in found), None) if pregnant is not False else None
        )
        if trimester is None and weeks is not None and pregnant is not False:
            trimester = 1 if weeks < 14 else 2 if weeks < 28 else 3
        return Person(
            age=self._age(tokens, said, asks),
            sex=self._sex(tokens, said, found, asks),
            pregnant=pregnant
            if pregnant is not None
            else (True if weeks is not None and trimester is not None else None),
            trimester=trimester if pregnant is not False else None,
            writes_for=said.writes_for,
        )

    def _age(self, tokens: Sequence[Token], said: MessageContext, asks: frozenset[str]) -> int | None:
        for at, token in enumerate(tokens):
            age = self._age_at(tokens, at, asks)
            if age is None or not 0 <= age <= _OLDEST:
                continue
            assertion = said.assertion(at, at + 1)
            if (
                assertion.who is Who.PATIENT
                and assertion.mood in {"stated", "question"}
                and not assertion.past
                and not self._when(tokens, at)
            ):
                return age
            if token.kind is Kind.STOP:
                continue
        return None

    @staticmethod
    def _when(tokens: Sequence[Token], at: int) -> bool:
        """ "when I was 42", "since I was 12", "diagnosed at 40", "died at 60": not the age now."""
        words = [token.word for token in tokens[max(0, at - 4) : at] if token.sentence == tokens[at].sentence]
        return "when" in words or "since" in words or "at" in words[-1:] or "until" in words

    @staticmethod
    def _age_at(tokens: Sequence[Token], at: int, asks: frozenset[str]) -> int | None:
        number = whole_number_at(tokens, at)
        word = tokens[at].word
        before = tokens[at - 1].word if at else ""
        if word in _DECADE and before in {"my", "her", "his", "late", "early", "mid"}:
            return _DECADE[word]
        if number is None:
            return None
        value, end = number
        if at and tokens[at - 1].kind is Kind.NUMBER:
            return None
        after = tokens[end].word if end < len(tokens) else ""
        later = tokens[end + 1].word if end + 1 < len(tokens) else ""
        glued = end < len(tokens) and tokens[end].start == tokens[end - 1].end
        if after in _AFTER_AGE and (
            later in {"old", "of", "o"} or after == "yo" or (glued and after in {"y", "yo"} and later not in {"ago"})
        ):
            return value if later != "of" or (end + 2 < len(tokens) and tokens[end + 2].word == "age") else None
        if after in {"f", "m"} and (glued or before in {"", ",", "("}) and value >= 14:
            return value
        if before in {"f", "m"} and at >= 1 and tokens[at - 1].end == tokens[at].start:
            return value
        if after in _NOT_AGE or after in _AFTER_AGE:
            return None
        if after in {"female", "male", "woman", "man", "yrold"} or before in {
            "female",
            "male",
            "woman",
            "man",
            "aged",
            "age",
        }:
            return value
        if before in {"im", "am", "shes", "hes", "turned", "turning"} or (
            before in {"is", "nearly", "almost", "just", "now", "about"}
            and at > 1
            and tokens[at - 2].word
            in {
                "im",
                "am",
                "she",
                "he",
                "shes",
                "hes",
                "age",
                "mum",
                "dad",
                "mother",
                "husband",
                "wife",
                "is",
                "just",
                "who",
                "father",
                "i",
            }
        ):
            return (
                value
                if value >= 5
                and after
                in {
                    "",
                    ",",
                    ".",
                    "!",
                    "and",
                    "now",
                    "next",
                    "this",
                    "\n",
                    "so",
                    "but",
                    "with",
                    "in",
                    "?",
                    ")",
                    "female",
                    "male",
                    "vegan",
                    "pregnant",
                    "i",
                    "on",
                    "my",
                    "-",
                    "have",
                    "has",
                    "today",
                    "years",
                    ";",
                    "or",
                }
                else None
            )
        if "asks-age" in asks and at <= 3:
            return value
        return None

    def _sex(self, tokens: Sequence[Token], said: MessageContext, found: object, asks: frozenset[str]) -> str | None:
        matches = self._cues.find(tokens)
        not_self = {at for match in matches.get("not-self", []) for at in range(match.first, match.last)}
        for sex in ("other", "female", "male"):
            for match in matches.get(sex, []):
                if match.last - match.first == 1 and "asks-sex" not in asks and len(tokens) > 4:
                    continue
                if not_self & set(range(match.first, match.last)) and "asks-sex" not in asks:
                    continue
                assertion = said.assertion(match.last - 1, match.last)
                if assertion.who is Who.PATIENT and not assertion.denied and assertion.mood in {"stated", "question"}:
                    return sex
        for at, token in enumerate(tokens[1:], start=1):
            if (
                token.word in {"f", "m"}
                and tokens[at - 1].kind is Kind.NUMBER
                and tokens[at - 1].end == token.start
                and (tokens[at - 1].value or 0) >= 14
            ):
                return "female" if token.word == "f" else "male"
            if (
                tokens[at - 1].word in {"f", "m"}
                and token.kind is Kind.NUMBER
                and tokens[at - 1].end == token.start
                and 14 <= (token.value or 0) <= _OLDEST
            ):
                return "female" if tokens[at - 1].word == "f" else "male"
        if said.writes_for in {"mum", "sister", "wife", "daughter", "grandmother", "aunt", "niece"}:
            return "female"
        if said.writes_for in {"dad", "brother", "husband", "son", "grandfather", "uncle", "nephew"}:
            return "male"
        return None

    @staticmethod
    def _weeks(tokens: Sequence[Token], said: MessageContext) -> int | None:
        for duration in find_durations(tokens):
            if duration.use is Use.PREGNANT and duration.days is not None:
                assertion = said.assertion(duration.first, duration.last)
                if assertion.who is Who.PATIENT and assertion.mood in {"stated", "question"}:
                    return duration.days // 7
        for at, token in enumerate(tokens[:-2]):
            if token.kind is Kind.NUMBER and tokens[at + 1].word == "/" and tokens[at + 2].text == "40":
                return int(token.value or 0)
        return None
