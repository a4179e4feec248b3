""" "What if my MMA is high?": look at the whole picture with that result, explain, and keep nothing of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from rasa_sdk.events import EventType

from actions.answer import answer_or_offer
from actions.talk import ClinicAction, Talk
from bot.clinical.codes import ANALYTES
from bot.clinical.findings import LabResult
from bot.conversation import telling
from bot.conversation.picture import Picture


class ExplainWhatIf(ClinicAction):
    """What would change; the answer bank where the message names no result to try."""

    action_name = "action_explain_what_if"

    async def act(self, talk: Talk) -> list[EventType]:
        supposed, shown = _supposed(talk)
        if supposed is None:
            return answer_or_offer(talk)
        picture = talk.picture
        now = talk.parts.assess(picture.patient, today=talk.today)
        then = talk.parts.assess(_with(picture, supposed).patient, today=talk.today)
        talk.say("what_if_intro", value=shown)
        new = [code for code in then.indications if code not in now.indications]
        gone = [code for code in now.indications if code not in then.indications]
        if new:
            explained = [_explained(talk, code) for code in new]
            talk.utter("\n".join([talk.sentence("what_if_adds"), *explained]))
        if gone:
            names = [f"- {talk.words.name(code)}" for code in gone]
            talk.utter("\n".join([talk.sentence("what_if_removes"), *names]))
        if not new and not gone:
            little = now.route in (None, "insufficient_information") and then.route == now.route
            talk.say("what_if_too_little" if little else "what_if_same")
        talk.say("what_if_tell")
        return []


def _supposed(talk: Talk) -> tuple[LabResult | None, str]:
    """The result to try: a number said with it, or one clearly above or below the usual range."""
    parts = talk.parts
    analyte = parts.analyte_named(talk.text)
    if analyte is None:
        return None, ""
    read = parts.reader.read(_number_part(talk.text), context=analyte, today=talk.today)
    lab = next((lab for lab in read.labs if lab.analyte == analyte and lab.canonical_value is not None), None)
    if lab is not None:
        return lab, telling.lab_phrase(talk.words, lab)
    high = parts.wishes.is_put(talk.text, "high")
    if not high and not parts.wishes.is_put(talk.text, "low"):
        return None, ""
    value = parts.clear_value(analyte, high=high)
    if value is None:
        return None, ""
    unit = ANALYTES[analyte] or None
    kind = f"what_if_{value}" if isinstance(value, str) else "what_if_high" if high else "what_if_low"
    words = talk.sentence(kind, text=talk.words.name(analyte))
    if isinstance(value, str):
        return LabResult(analyte, value, canonical_unit=unit), words
    return LabResult(analyte, value, unit=unit, canonical_value=Decimal(value), canonical_unit=unit), words


def _number_part(text: str) -> str:
    """From the first digit on: what stands before it supposes and would hide the number."""
    at = next(
        (index for index, character in enumerate(text) if character.isdigit() and text[index - 1 : index] != "b"), -1
    )
    if text[max(0, at - 1) : at + 2].lower().startswith("b12"):
        rest = text[at + 2 :]
        after = next((index for index, character in enumerate(rest) if character.isdigit()), -1)
        return rest[after:].strip(" ?.!") if after >= 0 else ""
    return text[at:].strip(" ?.!") if at >= 0 else ""


def _with(picture: Picture, lab: LabResult) -> Picture:
    """The picture with this result in the place of those known for the same test."""
    others = tuple(known for known in picture.patient.labs if known.analyte != lab.analyte)
    return replace(picture, patient=replace(picture.patient, labs=(*others, lab)))


def _explained(talk: Talk, code: str) -> str:
    explained = talk.words.explain(code, region=talk.parts.region, **talk.parts.facts)
    return f"- **{talk.words.name(code)}**: {explained}"
