"""
Decide which number is the result of which test.

Reads the marks of a message once, from left to right.  The test named last is in
focus; a number is its result when only words that say nothing else stand between, or
when it stands right before a test ("145 for my b12").  Limits, aims, doses, ages,
counts, suppositions and ranges of values are passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from bot.clinical.lab_scale import LabScale
from bot.knowledge.lab_words import LabWords, TestName
from bot.language.labs_around import Around, is_break
from bot.language.labs_marks import Is, Mark
from bot.language.labs_numbers import Number
from bot.language.labs_values import Focus, Linked, Value

_STRANGERS = 2  # words of no known meaning that may stand between a test and its first number
_MOST_NAMES = 6  # tests listed together before their numbers


class Linker:
    """Reads one message.  `context` is the test that was just asked about."""

    def __init__(
        self, marks: Sequence[Mark], words: LabWords, scale: LabScale, *, context: str | None, about_other: bool
    ) -> None:
        self._marks, self._words, self._scale, self._about_other = marks, words, scale, about_other
        self._linked = Linked()
        self._focus: Focus | None = None
        self._pending: Mark | None = None  # a number that waits for a test after it
        self._pending_steps = 0
        self._supposing = self._limit = self._correcting = False
        self._self_said = False  # "I" or "my" was said since the last test
        self._somebody = False  # another person was mentioned
        self._used_names: set[int] = set()  # tests whose words a result carries already
        self._skip = 0  # marks before this place are used up
        self._around = Around(marks, words, scale)
        if context is not None:
            asked = Mark(Is.NAME, "", 0, 0, 0, 0, name=TestName(context))
            self._focus = Focus([asked], level=True)

    def link(self) -> Linked:
        for at, mark in enumerate(self._marks):
            if at < self._skip:
                continue
            if mark.what is Is.NAME:
                self._named(at, mark)
            elif mark.what is Is.NUMBER:
                self._numbered(at, mark)
            elif mark.what is Is.RANGE:
                self._ranged(at, mark)
            elif mark.what is Is.UNIT:
                self._united(at, mark)
            elif mark.what in (Is.LINE, Is.STOP):
                self._ended(mark)
            elif mark.what in (Is.WORD, Is.SIGN, Is.RESULT, Is.AGO):
                self._said(at, mark)
        return self._linked

    # ---- what each mark does ------------------------------------------------------------------------------------

    def _named(self, at: int, mark: Mark) -> None:
        name = mark.name or TestName(None)
        if name.strength == "direct" and not self._around.number_follows(at + 1):
            self._stranger()
            return
        if self._pending is not None and self._take_pending(at, mark):
            return
        self._pending = None
        focus = self._focus
        if focus is not None and self._is_listed_with_last(at, focus):
            focus.names.append(mark)
        else:
            corrected = self._correcting and bool(self._linked.values)
            self._focus = focus = Focus([mark], others=self._is_others(at), corrected=corrected)
            self._self_said = False
        before, following = self._around.mark(at - 1), self._around.mark(at + 1)
        medicine = (following is not None and "treatment" in following.cues) or (
            before is not None and "taking" in before.cues
        )
        focus.treatment = (medicine and name.analyte in self._words.medicines) or name.strength == "doubtful"
        focus.level = any("level" in m.cues for m in self._marks[max(0, at - 1) : at])
        self._correcting = False
        near = self._marks[max(0, at - 3) : at]
        self._limit = self._limit and any("reference" in m.cues for m in near)  # "the cut-off for b12 is 200"

    def _numbered(self, at: int, mark: Mark) -> None:
        if mark.number is None or self._is_no_result(at, mark):
            self._pending = None
            following = self._around.mark(at + 1)
            if following is not None and following.what is Is.UNIT:
                self._skip = at + 2  # the unit of a limit or a dose says nothing about the result
            return
        if self._pending is not None and self._around.in_brackets(at):
            return  # "180 ng/L (133 pmol/L) for b12": the same result once more
        focus = self._focus
        right = self._around.name_right_after(at)
        left = focus is not None and self._links_left(at, mark, focus)
        if right and (not left or (focus is not None and focus.valued) or mark.start in self._around.value_first):
            self._pending, self._pending_steps = mark, 0
            return
        if left and focus is not None:
            if len(focus.names) > 1 and not focus.valued and self._respectively(at, focus):
                return
            name = self._around.best_name(at, focus.names)
            self._accept(at, mark, mark.number, name, focus, comparator=mark.comparator)
            return
        if focus is None or focus.name.analyte is None or focus.broken:
            self._pending, self._pending_steps = mark, 0

    def _ranged(self, at: int, mark: Mark) -> None:
        self._pending = None
        focus = self._focus
        following = self._around.mark(at + 1)
        limit, self._limit = self._limit, False
        if following is not None and "noun-after" in following.cues and following.what is not Is.UNIT:
            return
        if focus is None or focus.name.analyte is None or self._supposing:
            return
        if mark.joint == "/":
            self._slashed(mark, focus)
        elif focus.rising and mark.joint in ("to", "-") and not limit:
            self._risen(at, mark, focus)
        elif not limit and not self._around.in_brackets(at):
            focus.valued = True  # a range of values gives none; it is asked

    def _risen(self, at: int, mark: Mark, focus: Focus) -> None:
        """ "went from 150 to 210": two results, an earlier and a later one; "fell by 50 to 145" has one."""
        if mark.number is None or mark.high is None:
            return
        before, name = self._around.mark(at - 1), focus.names[-1]
        if before is None or "counted" not in before.cues:
            low = replace(mark, end=mark.low_end)
            self._accept(at, low, mark.number, name, focus, comparator="=", unit=mark.unit)
            self._linked.values[-1].old = True
        high = replace(mark, start=mark.high_start)
        self._accept(at, high, Number(mark.high), name, focus, comparator="=", unit=mark.unit)

    def _united(self, at: int, mark: Mark) -> None:
        """A unit that does not stand right after its number."""
        if self._pending is not None:
            return
        if self._around.doubts_unit(at):
            return
        focus = self._focus
        if focus is None or focus.name.analyte is None:
            self._linked.units.append(mark.unit or "")
            return
        analyte = focus.name.analyte
        if self._around.unit(mark, analyte) is None:
            return
        if not focus.valued:
            focus.unit = mark.unit
            if focus.names[-1].end == 0:  # the test was named in the question, so this may be the whole answer
                self._linked.units.append(mark.unit or "")
            return
        for value in reversed(self._linked.values):
            if value.analyte == analyte and not value.others:
                if value.unit is None or self._correcting:
                    value.unit = mark.unit
                return

    def _said(self, at: int, mark: Mark) -> None:
        focus, cues = self._focus, mark.cues
        if self._pending is not None:
            self._pending_steps += 1
            if self._pending_steps > 4 or not ("before-name" in cues or "flag" in mark.cues):
                self._pending = None
        if "suppose" in cues:
            self._supposing = True
        if "reference" in cues:
            self._limit = not self._correcting  # "oops, that should be 115"
        elif mark.text in (",", "but", "mine", "and", ")", "]"):
            self._limit = False
        if "correction" in cues:
            self._correcting = True
        if "people" in cues:
            self._somebody = True
        self._self_said = self._self_said or "self" in cues
        if focus is None:
            return
        if mark.text.startswith(("mine", "my own")):
            focus.others = self._about_other
            focus.valued = False
        if "level" in cues:
            focus.level, focus.broken, focus.strangers = True, False, 0
        if "rise" in cues or "sequence" in cues:
            focus.rising = True
        if "active" in cues and focus.valued and focus.name.analyte == "b12" and self._around.number_follows(at + 1):
            self._focus = Focus(
                [replace(focus.names[-1], name=TestName("active_b12"))], others=focus.others, level=True
            )
            return  # "total b12 210, active 29"
        if "active" in cues:
            self._was_active(at)
        if "total" in cues and focus.valued and focus.name.analyte == "active_b12":
            self._focus = Focus([replace(focus.names[-1], name=TestName("b12"))], others=focus.others, level=True)
            return
        if mark.what is Is.WORD and not cues - {"people", "noun-after", "treatment", "counted", "their", "possess"}:
            self._stranger()
        if "counted" in cues and "link" not in cues:
            self._stranger()

    def _ended(self, mark: Mark) -> None:
        self._supposing = self._limit = False
        self._pending = None
        if self._focus is not None:
            self._focus.broken = True
            self._focus.rising = False
            self._focus.level = self._focus.level and mark.what is Is.LINE

    def _stranger(self) -> None:
        if self._focus is not None:
            self._focus.strangers += 1

    # ---- is this number a result, and whose --------------------------------------------------------------------

    def _is_no_result(self, at: int, mark: Mark) -> bool:
        """Limits, suppositions, doses, ages, counts, and numbers that were taken back."""
        limit, self._limit = self._limit, False
        if self._supposing or limit or ("worded" in mark.cues and self._around.is_general(at)):
            return True
        before, following = self._around.mark(at - 1), self._around.mark(at + 1)
        while before is not None and ("around" in before.cues and not before.cues & {"counted", "person"}):
            at -= 1
            before = self._around.mark(at - 1)
        if before is not None:
            if before.what is not Is.NAME and before.cues & {"person", "counted"}:
                return True
            if "not" in before.cues:
                self._take_back(mark)
                return True
            if mark.glued and before.what is Is.WORD and not before.cues & {"link", "level", "around", "now"}:
                return True
            if mark.glued and before.text in ("#", "_", "/", "@", "."):
                return True
        return following is not None and self._around.counts_something(
            following, self._focus.name.analyte if self._focus else None
        )

    def _links_left(self, at: int, mark: Mark, focus: Focus) -> bool:
        analyte = focus.name.analyte
        if analyte is None or self._scale.analytes[analyte].canonical_unit is None or mark.number is None:
            return False
        before, following = self._around.mark(at - 1), self._around.mark(at + 1)
        unit = self._around.unit_after(at, analyte)
        ends_well = unit is not None or self._around.ends_well(at + 1)
        foreign_unit = following is not None and following.what is Is.UNIT and unit is None
        close = focus.strangers == 0 and not focus.broken
        if focus.treatment and not (focus.level or unit is not None):
            return False
        if focus.valued:
            announced = self._around.is_announced(at)
            if (focus.strangers and not announced) or foreign_unit or not ends_well:
                return False
            last = self._linked.values[-1].mark if self._linked.values else None
            if mark.comparator != "=" and not focus.rising and self._around.is_printed_limit(at, last):
                return False
        if (
            (focus.strangers > _STRANGERS and not focus.valued)
            or (not close and not ends_well)
            or (focus.strangers and foreign_unit)
        ):
            return False
        if focus.broken and not (focus.level or unit is not None or self._around.begins_line(at)):
            return False
        if mark.number.slight:
            direct = before is None or before.what is Is.NAME or ("copula" in before.cues and before.text != "at")
            return close and direct and self._around.ends_plainly(at + 1)
        possible = self._around.possible(analyte, mark.number.value, unit.unit if unit else None)
        if before is not None and before.text == "at" and not possible:
            return False  # "my b12 is at 2 this afternoon"
        return ends_well or possible

    def _accept(
        self,
        at: int,
        mark: Mark,
        number: Number,
        name: Mark,
        focus: Focus,
        *,
        comparator: str,
        unit: str | None = None,
    ) -> None:
        analyte = (name.name or TestName(None)).analyte
        focus.valued, focus.strangers, focus.broken = True, 0, False
        if analyte is None or self._scale.analytes[analyte].canonical_unit is None:
            return
        end = mark.end
        if unit is None:
            found = self._around.unit_after(at, analyte)
            if found is not None:
                unit, self._skip = found.unit, max(self._skip, self._around.place_of(found) + 1)
                end = found.end
            elif focus.unit is not None:
                unit, focus.unit = focus.unit, None
        value, unit = self._around.as_said(analyte, number, unit)
        start = mark.start
        if name.start not in self._used_names and name.end and self._around.stands_by(name, at):
            start = name.start
        self._used_names.add(name.start)
        found_value = Value(
            analyte=analyte, number=value, comparator=comparator, mark=at, start=start, end=end, unit=unit,
            others=focus.others,
        )  # fmt: skip
        self._replace_taken_back(found_value, focus)
        if focus.rising and self._linked.values and self._linked.values[-1].analyte == analyte:
            text = [m.text for m in self._marks[self._linked.values[-1].mark + 1 : at]]
            if any(words.endswith("from") for words in text[-2:]):
                found_value.old = True
            else:
                self._linked.values[-1].old = True
        focus.rising = False
        self._linked.values.append(found_value)

    def _take_pending(self, at: int, mark: Mark) -> bool:
        """Give the number that stands before a test to it: "145 for my b12", "9.8 hb"."""
        pending, name = self._pending, mark.name or TestName(None)
        self._pending = None
        if pending is None or pending.number is None or pending.number.slight or name.analyte is None:
            return False
        following = self._around.mark(at + 1)
        if self._scale.analytes[name.analyte].canonical_unit is None:
            return False
        if following is not None and following.cues & {"noun-after", "treatment"}:
            return False
        if self._around.number_follows(at + 1) and pending.start not in self._around.value_first:
            return False
        place = self._around.place_of(pending)
        if self._around.asks_about(place, at):
            return False
        unit = self._around.unit_after(place, name.analyte)
        value, said_unit = self._around.as_said(name.analyte, pending.number, unit.unit if unit else None)
        if not self._around.possible(name.analyte, value, said_unit):
            return False
        self._focus = Focus([mark], others=self._is_others(at), valued=True)
        self._correcting = False
        self._linked.values.append(
            Value(
                analyte=name.analyte,
                number=value,
                comparator=pending.comparator,
                mark=place,
                start=pending.start,
                end=mark.end,
                unit=said_unit,
                others=self._focus.others,
            )
        )
        return True

    def _respectively(self, at: int, focus: Focus) -> bool:
        """ "b12 and folate were 145 and 3.2": as many numbers as tests, in the same order."""
        places = []
        place = at
        while place < len(self._marks):
            mark = self._marks[place]
            if mark.what is Is.NUMBER and mark.number is not None:
                places.append(place)
            elif mark.what is not Is.UNIT and not mark.cues & {"joins", "sequence"}:
                break
            place += 1
        if place < len(self._marks) and self._marks[place].what is Is.NAME and places:
            return False
        if len(places) != len(focus.names):
            return False
        for name, where in zip(focus.names, places, strict=True):
            mark = self._marks[where]
            if mark.number is not None:
                self._accept(where, mark, mark.number, name, focus, comparator=mark.comparator)
        self._skip = max(self._skip, place)
        return True

    def _slashed(self, mark: Mark, focus: Focus) -> None:
        """ "b12/folate 145/3.2"; any other fraction is a blood pressure or the like."""
        parts = mark.text.replace(" ", "").split("/")
        if len(focus.names) == 2 and not focus.valued and focus.strangers == 0:
            for name, part in zip(list(focus.names), parts, strict=True):
                self._accept(self._around.place_of(mark), mark, Number(Decimal(part)), name, focus, comparator="=")

    def _is_listed_with_last(self, at: int, focus: Focus) -> bool:
        together = not focus.valued and focus.strangers == 0 and len(focus.names) < _MOST_NAMES
        return together and self._around.joined_to_last_name(at)

    def _is_others(self, at: int) -> bool:
        """Also where the test goes on a list that is somebody else's: "mum's results: b12 102, hb 95"."""
        focus = self._focus
        listed = focus is not None and focus.others and not focus.broken and not self._self_said
        return listed or self._around.owned_by_other(at, about_other=self._about_other, somebody=self._somebody)

    def _was_active(self, at: int) -> None:
        last = self._linked.values[-1] if self._linked.values else None
        if last is None or last.analyte != "b12" or at - last.mark > 6:
            return
        if not any(is_break(mark) for mark in self._marks[last.mark : at]):
            last.analyte = "active_b12"

    def _take_back(self, mark: Mark) -> None:
        """ "150, not 15": whoever said 15 before did not mean it."""
        last = self._linked.values[-1] if self._linked.values else None
        if last is not None and mark.number is not None and last.number == mark.number.value:
            self._linked.values.pop()

    def _replace_taken_back(self, value: Value, focus: Focus) -> None:
        """Drop the value that this one corrects."""
        last = self._linked.values[-1] if self._linked.values else None
        if (last is not None and self._correcting and last.analyte == value.analyte) or (
            last is not None and focus.corrected and last.number == value.number
        ):
            self._linked.values.pop()
        self._correcting = False
        focus.corrected = False
