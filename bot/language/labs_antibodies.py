"""
Read antibody results: "IFAB neg", "positive for parietal cell antibodies", "not detected".

The result word stands after the test or before it, in the same line or sentence; a
number beside it ("1.02 AU/mL") is not the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.clinical.lab_scale import LabScale
from bot.language.labs_marks import Is, Mark

_AFTER, _BEFORE = 14, 6  # marks


@dataclass(frozen=True)
class Antibody:
    """One antibody result and where it was said."""

    analyte: str
    result: str
    mark: int
    start: int
    end: int


def read_antibodies(
    marks: Sequence[Mark], scale: LabScale, *, context: str | None, context_says: str
) -> list[Antibody]:
    """
    The antibody results of a message in order.

    Args:
        context: The antibody that was just asked about.
        context_says: The question in its words; "yes" answers it only where it asks for "positive".
    """
    places = [at for at, mark in enumerate(marks) if _antibody(mark, scale)]
    if not places:
        answer = _answered(marks, context, context_says, scale)
        return [answer] if answer else []
    results: list[Antibody] = []
    for group in _groups(marks, places):
        denied = group[0] > 0 and "negation" in marks[group[0] - 1].cues
        found = _after(marks, group[-1], denied=denied) or _before(marks, group[0])
        if found is None:
            continue
        word, at = found
        if _asked_or_awaited(marks, group[0], at):
            continue
        for place in group:
            mark = marks[place]
            near = len(group) == 1
            start, end = min(mark.start, marks[at].start), max(mark.end, marks[at].end)
            results.append(
                Antibody(
                    analyte=str(mark.name.analyte) if mark.name else "",
                    result=word,
                    mark=place,
                    start=start if near else mark.start,
                    end=end if near else mark.end,
                )
            )
    return results


def _antibody(mark: Mark, scale: LabScale) -> bool:
    if mark.what is not Is.NAME or mark.name is None or mark.name.analyte is None:
        return False
    return scale.analytes[mark.name.analyte].canonical_unit is None


def _groups(marks: Sequence[Mark], places: list[int]) -> list[list[int]]:
    """Antibodies named together share one result word: "intrinsic factor and parietal cell antibodies negative"."""
    groups: list[list[int]] = []
    for place in places:
        last = groups[-1][-1] if groups else None
        if last is not None and all(mark.cues & {"joins", "before-name", "flag"} for mark in marks[last + 1 : place]):
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def _after(marks: Sequence[Mark], name: int, *, denied: bool) -> tuple[str, int] | None:
    """The first result word after the test, before anything else is named; `denied`: "no" stands before the test."""
    strangers, bare = 0, _is_bare(marks[name])
    for at in range(name + 1, min(name + 1 + _AFTER, len(marks))):
        mark = marks[at]
        if mark.what is Is.NAME or (mark.what is Is.STOP and at > name + 1):
            return None
        if mark.what is Is.LINE and at > name + 1:
            return None
        if mark.text in ("and", "but") and at > name + 1:
            return None
        if mark.result is not None and _counts(marks, at, name) and not (bare and "loose-result" in mark.cues):
            return ("negative" if denied and mark.result == "positive" else mark.result), at
        denied = denied or "negation" in mark.cues or mark.text.endswith("n't")
        strangers += mark.what is Is.WORD and not mark.cues
        if strangers > 3:
            return None
    return None


def _is_bare(mark: Mark) -> bool:
    """Named without the word antibody: "no intrinsic factor" is a lack of it."""
    return mark.name is not None and mark.name.strength == "doubtful"


def _counts(marks: Sequence[Mark], at: int, name: int) -> bool:
    mark = marks[at]
    if mark.text in ("+", "-"):
        following = marks[at + 1] if at + 1 < len(marks) else None
        return following is None or following.what in (Is.LINE, Is.STOP) or following.text in ",;)"
    if mark.text in ("yes", "no"):
        return at == name + 1 or marks[at - 1].text in (":", "-", "=")
    return "loose-result" not in mark.cues or at - name <= 6


def _before(marks: Sequence[Mark], name: int) -> tuple[str, int] | None:
    """ "positive for …", "no … antibodies", "I have … antibodies"."""
    for at in range(name - 1, max(-1, name - 1 - _BEFORE), -1):
        mark = marks[at]
        if mark.what in (Is.LINE, Is.STOP, Is.NUMBER) or (mark.what is Is.NAME and marks[at + 1].text != "for"):
            return None
        loose = mark.cues & {"have", "negation", "loose-result"} and not mark.text.endswith("for")
        if loose and _is_bare(marks[name]):
            return None
        if mark.result is not None and mark.text not in ("yes", "+", "-", "normal", "high"):
            if at > 0 and marks[at - 1].text in (":", "="):
                return None  # "intrinsic factor: negative, parietal cell ...": the result of the line before
            if (
                mark.text == "no"
                and at != name - 1
                and marks[at + 1].text not in ("signs of", "sign of", "evidence of")
            ):
                return None
            denied = at > 0 and "negation" in marks[at - 1].cues
            return (_opposite(mark.result) if denied else mark.result), at
        if "have" in mark.cues:
            denied = at > 0 and "negation" in marks[at - 1].cues
            result = "negative" if denied else "positive"
            return (result, at) if not _asks(marks, name) else None
        if "negation" in mark.cues:
            return ("negative", at)
        if mark.what is Is.WORD and not mark.cues:
            return None
    return None


def _asks(marks: Sequence[Mark], name: int) -> bool:
    """Whether the sentence goes on to a test that is planned, or ends in a question."""
    for mark in marks[name + 1 : name + 8]:
        if mark.text == "?":
            return True
        if mark.what in (Is.STOP, Is.LINE):
            return False
        if mark.text in ("test", "tests", "tested", "checked", "done", "result", "results", "back"):
            return True
    return False


def _asked_or_awaited(marks: Sequence[Mark], name: int, at: int) -> bool:
    """ "waiting for my intrinsic factor test", "should I be tested …": no result."""
    begin = name
    while begin > 0 and marks[begin - 1].what not in (Is.STOP, Is.LINE) and name - begin < 10:
        begin -= 1
    if any("in-general" in mark.cues for mark in marks[name : name + _AFTER]):
        return True
    return any("untested" in mark.cues for mark in marks[begin:name]) and at < name


def _answered(marks: Sequence[Mark], context: str | None, context_says: str, scale: LabScale) -> Antibody | None:
    """ "positive", "they were negative", or "yes" to a question that asks for positive."""
    if context is None or scale.analytes[context].canonical_unit is not None:
        return None
    denied = False
    for at, mark in enumerate(marks[:12]):
        if mark.what in (Is.NAME, Is.NUMBER):
            return None
        yes_or_no = mark.text in ("yes", "no")
        if mark.result is not None and ("loose-result" not in mark.cues or at <= 3):
            if yes_or_no and ("positive" not in context_says or " or " in context_says):
                denied = denied or mark.text == "no"
                continue
            if (
                yes_or_no
                and len(marks) > 1
                and any(m.result and m.text not in ("yes", "no") for m in marks[at + 1 : 12])
            ):
                continue
            result = _opposite(mark.result) if denied and not yes_or_no else mark.result
            return Antibody(analyte=context, result=result, mark=at, start=mark.start, end=mark.end)
        denied = ("negation" in mark.cues and mark.text != "no") or (denied and mark.what is Is.WORD)
    return None


def _opposite(result: str) -> str:
    return {"positive": "negative", "negative": "positive"}.get(result, result)
