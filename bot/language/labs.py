"""
Read laboratory results from what a patient typed or pasted.

`LabReader.read` gives the patient's own results in order of appearance.  Ranges of
values, limits, doses, ages, dates, telephone numbers and "normal" give none.  What a
value means is decided elsewhere (`bot.clinical.lab_scale` puts it on its scale).

How tests and the words around them are written: `knowledge/lexicon/labs.yml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from bot.clinical.codes import ANALYTES, Who
from bot.clinical.findings import LabResult, Words
from bot.clinical.lab_scale import ImpossibleValueError, LabError, LabScale, UnknownUnitError
from bot.knowledge.lab_words import LabWords
from bot.language.labs_antibodies import Antibody, read_antibodies
from bot.language.labs_link import Linker
from bot.language.labs_marks import Is, Mark, Marker
from bot.language.labs_times import give_times, sentence_around
from bot.language.labs_values import Value

_UNIT_CONTEXT = "_unit"  # "b12_unit" asks for the unit of "b12"
_SAME_RESULT = Decimal("0.03")  # two units of one result ("180 ng/L (133 pmol/L)") differ by rounding only


@dataclass(frozen=True)
class OwnedLab:
    """A result and whose it is: `Who.PATIENT`, or `Who.OTHER` for anybody else."""

    lab: LabResult
    who: Who


class LabReader:
    """
    Reads results.  Holds nothing of any message, so that one reader may serve all threads.

    Args:
        month_first: 03/04/2019 is 4 March, as written in the United States.
    """

    def __init__(self, words: LabWords, scale: LabScale, *, month_first: bool = False) -> None:
        self._words, self._scale = words, scale
        self._marker = Marker(words, scale, month_first=month_first)

    def read(
        self, text: str, *, context: str | None = None, today: date, about_other: bool | None = None
    ) -> tuple[LabResult, ...]:
        """
        The patient's results in order of appearance; never raises for any text.

        Args:
            context: The question just asked, in its words or as a code ("b12", "b12_unit").
            about_other: The conversation is about somebody the writer cares for; None
                looks for it in this message ("for my mum: her b12 was 88").
        """
        found = self.read_all(text, context=context, today=today, about_other=about_other)
        return tuple(owned.lab for owned in found if owned.who is Who.PATIENT)

    def read_all(
        self, text: str, *, context: str | None = None, today: date, about_other: bool | None = None
    ) -> tuple[OwnedLab, ...]:
        """As `read`, with the results of other people too."""
        marks = self._marker.marks(text, today=today)
        asked = self._asked(context, today=today)
        other = _on_behalf(marks) if about_other is None else about_other
        linked = Linker(marks, self._words, self._scale, context=asked, about_other=other).link()
        give_times(marks, linked.values)
        values = _without_repeats(self._with_shared_units(linked.values, linked.units))
        labs = [(value.mark, OwnedLab(lab, _who(value))) for value in values for lab in self._lab(value, text)]
        antibodies = read_antibodies(marks, self._scale, context=asked, context_says=(context or "").lower())
        labs += [(antibody.mark, self._antibody(antibody, marks, text)) for antibody in antibodies]
        return tuple(self._said_once([lab for _, lab in sorted(labs, key=lambda pair: pair[0])]))

    def unit_said(self, text: str, *, analyte: str, today: date) -> str | None:
        """
        The unit in an answer to "which unit was it in?", in its stored spelling.

        None when no unit of this test was said, when two different ones were, or when
        the writer is not sure which.
        """
        marks = self._marker.marks(text, today=today)
        linked = Linker(marks, self._words, self._scale, context=analyte, about_other=False).link()
        raw = [*linked.units, *(value.unit for value in linked.values if value.unit)]
        units = {self._unit(unit, analyte) for unit in raw} - {None}
        return units.pop() if len(units) == 1 else None

    def asked_analyte(self, context: str | None, *, today: date) -> str | None:
        """The test that a question asks for, None when it asks for none or for several."""
        return self._asked(context, today=today)

    def _asked(self, context: str | None, *, today: date) -> str | None:
        if not context:
            return None
        code = context.removesuffix(_UNIT_CONTEXT)
        if code in ANALYTES:
            return code
        if "_" in context and " " not in context:
            return None  # the code of something that is no test
        marks = self._marker.marks(context, today=today)
        names = {mark.name.analyte for mark in marks if mark.name is not None and mark.name.analyte}
        if len(names) != 1 or any("treatment" in mark.cues for mark in marks):
            return None
        analyte = names.pop()
        # "Are you on B12?" asks for a medicine; "Do you know your haemoglobin?" can only ask for a result.
        asks_result = any("result-question" in mark.cues for mark in marks) or len(marks) <= 3
        return analyte if asks_result or analyte not in self._words.medicines else None

    def _with_shared_units(self, values: list[Value], floating: list[str]) -> list[Value]:
        """A unit said for one value of a test serves its other values in the message."""
        for analyte in {value.analyte for value in values}:
            own = [value for value in values if value.analyte == analyte]
            said = {self._unit(value.unit, analyte) for value in own} - {None}
            if not said:
                said = {self._unit(unit, analyte) for unit in floating} - {None}
            if len(said) != 1:
                continue
            unit = said.pop()
            for value in own:
                if value.unit is None and (len(own) == 1 or self._storable(value, unit)):
                    value.unit = unit
        return values

    def _storable(self, value: Value, unit: str | None) -> bool:
        """Whether the value can be a result in that unit ("9.8 g/dL, now 110": 110 g/dL cannot)."""
        try:
            self._scale.normalise(value.analyte, value.number, unit, comparator=value.comparator)
        except LabError:
            return False
        return True

    def _unit(self, unit: str | None, analyte: str) -> str | None:
        spelled = self._scale.canonical_unit(unit, analyte) if unit else None
        return spelled if spelled in self._scale.analytes[analyte].conversions else None

    def _lab(self, value: Value, text: str) -> Iterable[LabResult]:
        words = Words(value.start, value.end, text[value.start : value.end])
        unit = self._unit(value.unit, value.analyte)
        try:
            yield self._scale.normalise(
                value.analyte,
                value.number,
                unit,
                comparator=value.comparator,
                date=value.iso,
                days_ago=value.days,
                old=value.old,
                words=words,
            )
        except (ImpossibleValueError, UnknownUnitError):
            # Said, but not what a laboratory reports: kept without a canonical value, so that it is asked again.
            yield LabResult(
                analyte=value.analyte,
                value=value.number,
                comparator=value.comparator,
                unit=unit,
                canonical_unit=ANALYTES[value.analyte],
                implausible=True,
                words=words,
                date=value.iso,
                days_ago=value.days,
                old=value.old,
            )

    def _antibody(self, antibody: Antibody, marks: list[Mark], text: str) -> OwnedLab:
        begin, end = sentence_around(marks, antibody.mark)
        dates = [mark.iso for mark in marks[begin:end] if mark.what is Is.DATE and mark.iso]
        lab = LabResult(
            analyte=antibody.analyte,
            value=antibody.result,
            date=dates[0] if len(dates) == 1 else None,
            words=Words(antibody.start, antibody.end, text[antibody.start : antibody.end]),
        )
        return OwnedLab(lab, Who.PATIENT)

    def _said_once(self, labs: list[OwnedLab]) -> list[OwnedLab]:
        """Without the second unit of one result: "180 ng/L (133 pmol/L)"."""
        kept: list[OwnedLab] = []
        for owned in labs:
            last = kept[-1].lab if kept else None
            if last is not None and _same_in_another_unit(last, owned.lab):
                continue
            kept.append(owned)
        return kept


def to_json(lab: LabResult) -> dict[str, Any]:
    """One result with the keys of the batch format; `value` is the number as said."""
    return {
        "analyte": lab.analyte,
        "value": _json_number(lab.value) if isinstance(lab.value, Decimal) else lab.value,
        "comparator": lab.comparator,
        "unit": lab.unit,
        "canonical_value": _json_number(lab.canonical_value) if lab.canonical_value is not None else None,
        "canonical_unit": lab.canonical_unit,
        "unit_inferred": lab.unit_inferred,
        "date": lab.date,
        "implausible": lab.implausible,
        "start": lab.words.start if lab.words else None,
        "end": lab.words.end if lab.words else None,
    }


def _json_number(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def _who(value: Value) -> Who:
    return Who.OTHER if value.others else Who.PATIENT


def _on_behalf(marks: list[Mark]) -> bool:
    """Whether the message says that it is written for somebody else."""
    if any("for-my" in mark.cues and "people" in following.cues for mark, following in pairwise(marks)):
        return True
    somebody = any(mark.cues & {"people", "their"} for mark in marks)
    return somebody and any("on-behalf" in mark.cues for mark in marks)


def _without_repeats(values: list[Value]) -> list[Value]:
    """A number repeated about the same test is one result, unless two dates were said."""
    kept: list[Value] = []
    seen: dict[tuple[object, ...], list[Value]] = {}
    for value in values:
        earlier = seen.setdefault((value.analyte, value.number, value.comparator, value.others), [])
        same = next((v for v in earlier[-3:] if v.iso is None or value.iso is None or v.iso == value.iso), None)
        if same is None:
            kept.append(value)
            earlier.append(value)
        else:
            same.iso = same.iso or value.iso
            same.unit = same.unit or value.unit
    return kept


def _same_in_another_unit(first: LabResult, second: LabResult) -> bool:
    if first.analyte != second.analyte or first.unit == second.unit or None in (first.unit, second.unit):
        return False
    one, other = first.canonical_value, second.canonical_value
    return one is not None and other is not None and abs(one - other) <= _SAME_RESULT * one
