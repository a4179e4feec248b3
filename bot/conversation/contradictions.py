"""Two statements of the patient that do not go together: noticed, asked about once, and settled by the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.clinical.findings import Finding, LabResult, Patient
from bot.conversation.corrections import NUMBER, decimal_of
from bot.conversation.picture import Conflict, Picture
from bot.conversation.questions import CONFLICT
from bot.conversation.spoken import Spoken

#: "No" to the question about causes says nothing about operations elsewhere.
NOT_ASKED_WITH_CAUSE = ("recent_surgery",)


def contradictions(
    before: Patient,
    picture: Picture,
    spoken: Spoken,
    quotes: Mapping[str, str],
    *,
    findings: Sequence[Finding],
    labs: Sequence[LabResult],
) -> list[Conflict]:
    """What this message says against an earlier one without taking it back; each thing is asked about once."""
    if spoken.takes_back or spoken.correction is not None or spoken.question == CONFLICT:
        return []
    asked = {conflict.code for conflict in picture.conflicts}
    known = {f.code: f for f in before.history}
    found = []
    for finding in findings:
        earlier = known.get(finding.code)
        if earlier is None or earlier.present == finding.present or finding.code in (*asked, *NOT_ASKED_WITH_CAUSE):
            continue
        if earlier.words is None or finding.words is None or not spoken.names(finding.code):
            continue
        asked.add(finding.code)
        first = _first_or_only(picture.quotes, finding.code, earlier)
        then = _first_or_only(quotes, finding.code, finding)
        found.append(Conflict(finding.code, first, then, present=finding.present))
    for lab in labs:
        for earlier_lab in before.labs:
            same = earlier_lab.analyte == lab.analyte and earlier_lab.date == lab.date and lab.date is not None
            if same and earlier_lab.value != lab.value and lab.analyte not in asked:
                asked.add(lab.analyte)
                found.append(
                    Conflict(lab.analyte, str(earlier_lab.value), str(lab.value), before=earlier_lab, after=lab)
                )
    return found


def _first_or_only(quotes: Mapping[str, str], code: str, finding: Finding) -> str:
    return quotes.get(code) or (finding.words.text if finding.words else "")


#: "No, I mean I take it now": the no belongs to the other statement.
_STILL_SO = re.compile(r"\bi(?:'m| am|m)? (?:do |still |now )?(?:take|have|use|eat|drink|smoke|on)\b (?!not|no\b)")


def settled(picture: Picture, spoken: Spoken) -> Picture | None:
    """Which of two statements holds; when the patient cannot say, the thing is kept as unsure."""
    conflict, yes_no = picture.conflict, spoken.yes_no
    if conflict is None:
        return None
    if conflict.before is not None and conflict.after is not None:
        numbers = re.findall(NUMBER, spoken.text)
        for right, wrong in ((conflict.before, conflict.after), (conflict.after, conflict.before)):
            if any(decimal_of(number) == right.value for number in numbers):
                return _without_labs_like(picture, wrong).settle(conflict)
        return picture.settle(conflict) if yes_no is not None else None
    said = next((f.present for f in spoken.reading.findings if f.code == conflict.code), None)
    if said is None and yes_no is not None and yes_no.answer in ("yes", "no"):
        said = yes_no.answer == "yes" or (not yes_no.alone and bool(_STILL_SO.search(spoken.text.lower())))
    if said is not None:
        return picture.learn(findings=(Finding(conflict.code, present=said),)).settle(conflict)
    if yes_no is None:
        return None
    return picture.learn(findings=(Finding(conflict.code, certain=False),)).settle(conflict)


def _without_labs_like(picture: Picture, wrong: LabResult) -> Picture:
    for lab in picture.patient.labs:
        if (lab.analyte, lab.value, lab.date) == (wrong.analyte, wrong.value, wrong.date):
            picture = picture.without_lab(lab)
    return picture
