"""
Small questions about the neighbourhood of a mark: its unit, what follows it, whether a test stands beside it.

Each looks at a few marks only, so that reading a message takes time in proportion to
its length.  The answers are used by `labs_link`, which decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.clinical.lab_scale import LabError, LabScale
from bot.knowledge.lab_words import LabWords
from bot.language.labs_marks import Is, Mark
from bot.language.labs_numbers import Number

#: A word with one of these cues may follow a result.
_FOLLOWS_WELL = frozenset(
    {"after", "link", "level", "now", "old", "put-right", "sequence", "correction", "reference", "active", "not",
     "either", "more", "fewer", "rise", "around", "report-if", "suppose", "untested", "self", "on-behalf",
     "for-name", "before-name", "clause"}
)  # fmt: skip
_OPENING = frozenset("([{")
_NEAR = 40  # marks


class Around:
    """The marks of one message and what can be asked about them.  Places count marks."""

    def __init__(self, marks: Sequence[Mark], words: LabWords, scale: LabScale) -> None:
        self.marks, self._words, self._scale = marks, words, scale
        self.value_first = _value_first(marks)

    def mark(self, at: int) -> Mark | None:
        return self.marks[at] if 0 <= at < len(self.marks) else None

    def place_of(self, mark: Mark) -> int:
        """Where a mark stands; marks are few around any one place, so this stays linear."""
        low, high = 0, len(self.marks)
        while low < high:
            middle = (low + high) // 2
            if self.marks[middle].start < mark.start:
                low = middle + 1
            else:
                high = middle
        return low

    def unit(self, mark: Mark, analyte: str) -> str | None:
        unit = self._scale.canonical_unit(mark.unit or "", analyte)
        return unit if unit in self._scale.analytes[analyte].conversions else None

    def unit_after(self, at: int, analyte: str) -> Mark | None:
        """The unit of the number at `at`: after it, with at most a flag, a bracket or a line break between."""
        for place in range(at + 1, min(at + 5, len(self.marks))):
            mark = self.marks[place]
            if mark.what is Is.UNIT:
                if self.unit(mark, analyte) is None:
                    return None
                following, other = self.mark(place + 1), self.mark(place + 2)
                if following is not None and "either" in following.cues and other is not None and other.what is Is.UNIT:
                    same = self._same_factor(mark, other, analyte)
                    return mark if same else None
                return mark
            if mark.what is Is.LINE:
                unit_line = self.mark(place + 1)
                if self.begins_line(at) and unit_line is not None and unit_line.what is Is.UNIT:
                    continue
                return None
            if "flag" not in mark.cues:
                return None
        return None

    def _same_factor(self, one: Mark, other: Mark, analyte: str) -> bool:
        first, second = self.unit(one, analyte), self.unit(other, analyte)
        conversions = self._scale.analytes[analyte].conversions
        if first is None or second is None:
            return False
        return conversions[first].to_canonical(Decimal(1)) == conversions[second].to_canonical(Decimal(1))

    def as_said(self, analyte: str, number: Number, unit: str | None) -> tuple[Decimal, str | None]:
        """
        The number and unit as meant; a unit that the test cannot have was not said.

        "250.000" is 250000 platelets, and "1.2k" is 1200 of a test that is not counted in thousands.
        """
        value, conversions = number.value, self._scale.analytes[analyte].conversions
        fits = unit is not None and self._scale.canonical_unit(unit, analyte) in conversions
        if unit is not None and not fits and self._words.numbers.get(unit) == 1000:
            value *= 1000
        unit = unit if fits else None
        if number.thousands is not None and (
            not self.possible(analyte, value, unit) or (unit is None and analyte in self._words.point_thousands)
        ):
            value = number.thousands
        return value, unit

    def possible(self, analyte: str, value: Decimal, unit: str | None) -> bool:
        try:
            self._scale.normalise(analyte, value, unit)
        except LabError:
            return False
        return True

    def doubts_unit(self, at: int) -> bool:
        """Whether the unit at `at` is of a range, one of two, or one that the writer is not sure of."""
        before, two_before = self.mark(at - 1), self.mark(at - 2)
        if before is not None and (before.what is Is.RANGE or before.cues & {"not-said", "either"}):
            return True
        if two_before is not None and "not-said" in two_before.cues:
            return True
        following, other = self.mark(at + 1), self.mark(at + 2)
        return following is not None and "either" in following.cues and other is not None and other.what is Is.UNIT

    def is_printed_limit(self, at: int, last_value: int | None) -> bool:
        """ "145 (>180)", "19 (normal <15)": a limit beside the value, not another value."""
        mark, before = self.marks[at], self.mark(at - 1)
        if before is None or is_break(before):
            return False
        if before.text == "normal" or self.in_brackets(at):
            return True
        return "worded" not in mark.cues and last_value is not None and self.only_signs_since(last_value, at)

    def counts_something(self, following: Mark, analyte: str | None) -> bool:
        """Whether a number followed by this mark is a dose, an age or a count rather than a result of `analyte`."""
        if following.glued and following.what is Is.WORD and "flag" not in following.cues:
            return following.text != "x" or "noun-after" in following.cues
        if "noun-after" not in following.cues:
            return False
        if len(following.text) == 1 and following.text.isalpha() and not following.glued:
            return False
        return not (following.what is Is.UNIT and analyte is not None and self.unit(following, analyte) is not None)

    def ends_well(self, at: int) -> bool:
        """Whether what follows a number could follow a result."""
        mark = self.mark(at)
        while mark is not None and "flag" in mark.cues and mark.glued:
            at += 1
            mark = self.mark(at)
        if mark is None or mark.what is not Is.WORD:
            return True
        return bool(mark.cues & _FOLLOWS_WELL) and not (mark.cues & {"noun-after"} and "after" not in mark.cues)

    def ends_plainly(self, at: int) -> bool:
        mark = self.mark(at)
        return (
            mark is None
            or mark.what in (Is.STOP, Is.LINE, Is.UNIT, Is.DATE, Is.AGO)
            or bool(mark.cues & {"clause", "now"})
            or mark.text == ")"
        )

    def begins_line(self, at: int) -> bool:
        for place in range(at - 1, max(-1, at - 5), -1):
            mark = self.marks[place]
            if is_break(mark):
                return True
            if mark.what not in (Is.SIGN, Is.DATE):
                return False
        return at - 1 < 0

    def in_brackets(self, at: int) -> bool:
        return any(mark.text in _OPENING for mark in self.marks[max(0, at - 2) : at])

    def only_signs_since(self, place: int, at: int) -> bool:
        return all(
            mark.what in (Is.SIGN, Is.UNIT, Is.RANGE, Is.LINE) or "flag" in mark.cues
            for mark in self.marks[place + 1 : at]
        )

    def stands_by(self, name: Mark, at: int) -> bool:
        """Whether no other number, test or line stands between a test and its number at `at`."""
        for place in range(at - 1, max(-1, at - _NEAR), -1):
            mark = self.marks[place]
            if mark.start <= name.start:
                return True
            if mark.what in (Is.NUMBER, Is.RANGE, Is.NAME):
                return False
        return at <= _NEAR and name.start == 0

    def number_follows(self, at: int) -> bool:
        for place in range(at, min(at + 3, len(self.marks))):
            mark = self.marks[place]
            if mark.what is Is.NUMBER:
                return True
            if "copula" not in mark.cues or mark.text == "at":
                return False
        return False

    def joined_to_last_name(self, at: int) -> bool:
        """Whether only "and" or a comma stands between this test and the one before."""
        for place in range(at - 1, max(-1, at - 4), -1):
            mark = self.marks[place]
            if mark.what is Is.NAME:
                return place < at - 1
            if not mark.cues & {"joins", "before-name"}:
                return False
        return False

    def name_right_after(self, at: int) -> bool:
        """Whether a test that has no number of its own stands right after this number: "9.8 hb", "145 for my b12"."""
        place = at + 1
        while place < min(at + 6, len(self.marks)):
            mark = self.marks[place]
            in_flags = "flag" in mark.cues and mark.text not in ",|:"
            if not (mark.what is Is.UNIT or in_flags or "for-name" in mark.cues):
                break
            place += 1
            if "for-name" in mark.cues:
                while place < len(self.marks) and "before-name" in self.marks[place].cues:
                    place += 1
                break
        mark_after = self.mark(place)
        if mark_after is None or mark_after.what is not Is.NAME or mark_after.name is None:
            return False
        if mark_after.name.analyte is None or mark_after.name.strength != "plain":
            return False
        return not self.number_follows(place + 1) or self.marks[at].start in self.value_first

    def best_name(self, at: int, names: Sequence[Mark]) -> Mark:
        """Of several tests named together, the only one that the unit after the number fits; otherwise the last."""
        following = self.mark(at + 1)
        if following is None or following.what is not Is.UNIT:
            return names[-1]
        fitting = [
            mark for mark in names if mark.name and mark.name.analyte and self.unit(following, mark.name.analyte)
        ]
        return fitting[0] if len(fitting) == 1 else names[-1]

    def owned_by_other(self, at: int, *, about_other: bool, somebody: bool) -> bool:
        """
        Whether the test named at `at` is not the patient's: "my sister's b12", "my dad had a b12 of".

        Args:
            about_other: The patient is somebody else than the writer, so "my b12" is not the patient's.
            somebody: Another person was mentioned before, so "her b12" may be theirs.
        """
        before = self.marks[max(0, at - 6) : at]
        if about_other:
            return bool(before) and before[-1].text == "my"
        for mark in reversed(before):
            if "people" in mark.cues:
                return True
            if "self" in mark.cues or not (mark.cues & {"possess", "old", "now"} or mark.text in "'s"):
                break
        close = before[-3:]
        return (
            somebody and any("their" in mark.cues for mark in close) and not any("self" in mark.cues for mark in close)
        )

    def is_announced(self, at: int) -> bool:
        """Whether "then", "now", "previously" or an arrow stands before a number, perhaps with "is" between."""
        for mark in reversed(self.marks[max(0, at - 3) : at]):
            if mark.cues & {"sequence", "now", "old"}:
                return True
            if "copula" not in mark.cues:
                return False
        return False

    def asks_about(self, at: int, name: int) -> bool:
        """ "is 180 a low b12?": a number that is asked about, unless it is said to be the writer's ("for my b12")."""
        first, verb = self.mark(at - 2), self.mark(at - 1)
        begins = first is None or is_break(first) or first.text == ","
        own = any("self" in mark.cues or "my" in mark.text.split() for mark in self.marks[at:name])
        return verb is not None and verb.text in ("is", "are", "would") and begins and not own

    def is_general(self, at: int) -> bool:
        """
        Whether "under 150" is spoken of rather than reported.

        "Does b12 under 150 always mean injections?" and "b12 under 200 is low": nobody says that it is theirs.
        """
        begin = end = at
        while begin > max(0, at - _NEAR) and not is_break(self.marks[begin - 1]):
            begin -= 1
        while end < min(len(self.marks), at + _NEAR) and not is_break(self.marks[end]):
            end += 1
        asks = end < len(self.marks) and self.marks[end].text == "?"
        judges = any("verdict" in mark.cues for mark in self.marks[at + 1 : at + 3])
        return (asks or judges) and not any("self" in mark.cues for mark in self.marks[begin:at])


def is_break(mark: Mark | None) -> bool:
    return mark is not None and mark.what in (Is.LINE, Is.STOP)


def _value_first(marks: Sequence[Mark]) -> frozenset[int]:
    """Starts of the numbers in lines that put each number before its test ("145 b12, 9.8 hb")."""
    starts: set[int] = set()
    line: list[Mark] = []
    for mark in (*marks, None):
        if mark is None or is_break(mark):
            kinds = [m.what for m in line]
            numbers = [m for m in line if m.what is Is.NUMBER]
            if len(numbers) > 1 and kinds == [Is.NUMBER, Is.NAME] * len(numbers):
                starts.update(m.start for m in numbers)
            line = []
        elif mark.what in (Is.NUMBER, Is.NAME):
            line.append(mark)
    return frozenset(starts)
