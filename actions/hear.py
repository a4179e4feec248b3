"""Take up every message before anything is decided: facts into the picture, consent, danger."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from rasa_sdk.events import EventType, SlotSet

from actions.contact import read_contact
from actions.talk import ClinicAction, Talk
from bot.clinical.findings import B12Course, LabResult
from bot.conversation.answers_to_questions import missed
from bot.conversation.corrections import find_correction
from bot.conversation.hearing import Heard, take_up
from bot.conversation.picture import Picture
from bot.conversation.questions import CONFLICT, INTERVIEW, TOLD_IN_WORDS, VALUE_CHECK, context_for
from bot.conversation.spoken import Correction, Spoken
from bot.language.wishes import asks

#: These ask for something other than the open question; the form gives way to them.
DIGRESSIONS = frozenset(
    {
        "ask_faq",
        "ask_clot_worry",
        "request_human",
        "complaint",
        "stop",
        "start_over",
        "repeat_clarify",
        "bot_challenge",
        "book_appointment",
        "delete_my_data",
        "request_summary",
        "report_urgent",
        "thanks",
        "goodbye",
        "out_of_scope",
        "provide_contact",
        "greet",
        "tampering",
        "abuse",
        "testing",
        "share_summary",
        "ask_questions_list",
        "ask_what_is_known",
        "what_if",
        "simplify",
        "clot_worry",
        "ask_progress",
        "ask_what_it_does",
        "how_are_you",
        "not_english",
        "no_words",
        "ask_confidential",
        "wants_reassurance",
        "carer_asks",
        "shared_device",
        "about_myself",
    }
)

#: Courtesy and doubt give way to an answer that was understood.
_WEAK = frozenset({"thanks", "goodbye", "out_of_scope", "greet", "provide_contact", "repeat_clarify", "report_urgent"})


#: After these an offer ("Would you like a summary?") is still what a yes or no answers.
_ABOUT_AN_OFFER = frozenset(
    {"affirm", "deny", "unsure", "refuse_to_answer", "report_symptoms", "report_history", "report_labs"}
)


#: A safety question is put so often; a second "I'm not sure" counts as a yes.
_SAFETY_ASKED_AT_MOST = 2


class HearPatient(ClinicAction):
    """Runs once for each message, also at a form's start; a second run for the same message changes nothing."""

    action_name = "action_validate_slot_mappings"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.heard.message_id or not talk.text:
            return []
        events = self._state(talk)
        if talk.slot("requested_slot") == "safe_now":
            events += self._small_forms(talk)  # a yes to it is no consent
        consent = talk.metadata.get("consent", talk.slot("consent") == "yes")
        if not consent:
            events += self._consent(talk)
            agreed_and_told = SlotSet("consent", "yes") in events and not _alone(talk)
            if not agreed_and_told:
                return events
        if talk.in_form == "safety_form":
            return events + self._facts(talk)
        if talk.in_form == "delete_form":
            return events + self._deletion(talk)
        if talk.slot("offer") is not None and talk.intent not in _ABOUT_AN_OFFER:
            events.append(SlotSet("offer", None))
        events += self._facts(talk)
        return events + self._small_forms(talk)

    @staticmethod
    def _state(talk: Talk) -> list[EventType]:
        """What the front door knows better than the dialogue: consent kept in the ledger, danger released by staff."""
        events: list[EventType] = []
        if "consent" in talk.metadata:
            value = {True: "yes", False: "no"}.get(talk.metadata["consent"])
            if value != talk.slot("consent"):
                events.append(SlotSet("consent", value))
        if "level" in talk.metadata:
            level = talk.metadata["level"]
            danger = level if level in ("urgent", "emergency") else None
            if danger != talk.danger:
                events.append(SlotSet("danger", danger))
        events.append(SlotSet("just_agreed", False))
        if talk.slot("assessed") is None:
            events.append(SlotSet("assessed", False))
        return events

    @staticmethod
    def _consent(talk: Talk) -> list[EventType]:
        """No finding is drawn before the patient agrees; only the answer to the consent question is read."""
        # A door may have shown the opening with the consent question before the first message.
        asked = talk.slot("requested_slot") == "consent" or bool(talk.metadata.get("welcomed"))
        refused_before = talk.metadata.get("consent") is False or talk.slot("consent") == "no"
        if not (asked or refused_before) or talk.metadata.get("safety_answer") or talk.in_form == "safety_form":
            return []
        answer = talk.parts.yes_no.read(talk.text)
        said = answer.answer if answer else {"affirm": "yes", "deny": "no"}.get(talk.intent)
        if said == "yes" and talk.intent not in ("ask_faq", "ask_clot_worry"):
            return [SlotSet("consent", "yes"), SlotSet("just_agreed", _alone(talk))]
        if said in ("no", "declined"):
            return [SlotSet("consent", "no")]
        return []

    @staticmethod
    def _small_forms(talk: Talk) -> list[EventType]:
        """The answer to a safety question, about sharing, or for a number to call."""
        asked = talk.slot("requested_slot")
        if talk.intent in DIGRESSIONS - _WEAK or asked not in ("clot_signs", "safe_now", "share", "contact_given"):
            return []
        answer = talk.parts.yes_no.read(talk.text)
        said = answer.answer if answer else {"affirm": "yes", "deny": "no", "unsure": "unsure"}.get(talk.intent)
        if asked in ("clot_signs", "safe_now"):
            if said in ("yes", "no"):
                return [SlotSet(asked, said)]
            if talk.asked(asked) < _SAFETY_ASKED_AT_MOST:
                # once more, in other words; the note makes the form take the message and go on
                return [SlotSet("interview_note", talk.message_id or None)]
            return [SlotSet(asked, "unsure" if said == "unsure" else "unclear")]
        if asked == "share":
            tired_of_it = talk.asked("share") > 1
            settled = "yes" if said == "yes" else "no" if said is not None or tired_of_it else None
            return [SlotSet(asked, settled)] if settled else []
        contact = read_contact(talk.text)
        if contact:
            return [SlotSet(asked, "yes")]
        refused = said in ("no", "declined", "unsure") or talk.asked("contact") > 1
        return [SlotSet(asked, "no")] if refused else []

    @staticmethod
    def _deletion(talk: Talk) -> list[EventType]:
        if talk.slot("requested_slot") != "delete_confirmed":
            return []  # the message that asked for it
        answer = talk.parts.yes_no.read(talk.text)
        confirmed = talk.intent in ("delete_my_data", "affirm") or (answer is not None and answer.answer == "yes")
        return [SlotSet("delete_confirmed", "yes" if confirmed else "no")]

    @staticmethod
    def _facts(talk: Talk) -> list[EventType]:
        parts, text = talk.parts, talk.text
        question = None if talk.metadata.get("safety_answer") else _open_question(talk)
        writes_for = talk.picture.patient.person.writes_for
        reading = parts.reader.read(text, context=_context(talk, question), today=talk.today, writes_for=writes_for)
        by_itself = parts.reader.read(text, today=talk.today, writes_for=writes_for)
        if talk.intent == "what_if":
            reading = replace(reading, labs=(), findings=())
        spoken = Spoken(
            text=text,
            message_id=talk.message_id,
            reading=reading,
            yes_no=parts.yes_no.read(text) if question and talk.intent != "repeat_clarify" else None,
            lab_unit=parts.read_unit(text, today=talk.today),
            question=question,
            polite=parts.wishes.is_put(text, "politely"),
            age_group=next((g for g in ("under_16", "over_60", "grown_up") if parts.wishes.is_put(text, g)), None),
            has_it=parts.wishes.is_put(text, "has_it"),
            said_level=parts.wishes.is_put(text, "said_level"),
            little_b12=parts.wishes.is_put(text, "little_b12"),
            correction=_correction(talk, question, reading),
            two_numbers=question in ("b12", "b12_unit") and bool(_TWO_NUMBERS.search(text)),
            takes_back=reading.corrects or parts.wishes.is_put(text, "meant") or parts.wishes.is_put(text, "ended"),
            own_words=frozenset(finding.code for finding in by_itself.own),
            today=talk.today,
        )
        if spoken.correction is not None:
            moved = spoken.correction.before.analyte if spoken.correction.before else None
            kept = tuple(lab for lab in reading.labs if moved is not None and lab.analyte != moved)
            spoken = replace(spoken, reading=replace(reading, labs=kept))
        picture, heard = take_up(talk.picture, spoken)
        known_labs = picture.patient.labs
        picture = _fill_units(talk, picture, spoken)
        if not heard.labs:
            completed = tuple(lab for lab in picture.patient.labs if lab not in known_labs)
            heard = replace(heard, labs=completed)
        digression = talk.intent in DIGRESSIONS and not (heard.anything and talk.intent in _WEAK)
        picture = replace(picture, pressing=question if _not_understood(heard, digression, picture, question) else None)
        if talk.metadata.get("safety_answer") or _gives_number(talk):
            digression = False
        elif talk.in_form == "safety_form":
            pass
        elif talk.intent == "report_urgent" and digression:
            picture = missed(picture, question)  # the safety check must not come back for ever
        elif not digression and question and heard.answered != question and not _still_to_come(spoken, picture):
            picture = missed(picture, question)
        heard = replace(heard, digression=digression)
        events = talk.heard_events(picture, heard)
        for code in INTERVIEW:
            outcome = picture.asked(code).outcome
            if outcome is not None and talk.slot(f"q_{code}") != outcome:
                events.append(SlotSet(f"q_{code}", outcome))
        if heard.anything or talk.metadata.get("replayed"):
            # Setting this slot makes an open form accept the message and go on, whatever it asked.
            events.append(SlotSet("interview_note", heard.message_id))
        told = bool(heard.noted or heard.absent or heard.corrected or heard.labs)
        if told != bool(talk.slot("told")):
            events.append(SlotSet("told", told))
        return events


_TWO_NUMBERS = re.compile(
    r"\d{2,4}\s*(?:or|to|-|–|and maybe|something like)[^\d]{0,12}\d{2,4}(?!\s*(?:weeks|months|years))", re.IGNORECASE
)


def _not_understood(heard: Heard, digression: bool, picture: Picture, question: str | None) -> bool:
    """Nothing could be made of the answer, and the question has not been worn out by it."""
    return question is not None and not heard.anything and not digression and picture.asked(question).missed < 1


def _open_question(talk: Talk) -> str | None:
    """The interview's open question, or one about two statements that was put after the assessment."""
    if talk.question is None and talk.picture.conflict is not None and talk.picture.asked(CONFLICT).times:
        return CONFLICT
    return talk.question


def _gives_number(talk: Talk) -> bool:
    """The form asks for a number to call, and here it is."""
    return talk.slot("requested_slot") == "contact_given" and bool(read_contact(talk.text))


def _context(talk: Talk, question: str | None) -> str | None:
    """What the reader is told about the open question, in its words where it asks for several things."""
    if talk.intent in ("ask_faq", "ask_clot_worry", "clot_worry") and asks(talk.parts.wishes, talk.text):
        return None  # a question of the patient's own answers nothing
    if talk.parts.wishes.wish(talk.text) == "repeat_clarify":
        return None  # "I don't understand": no denial of what was asked
    number_alone = re.search(r"\b(?:it|that|mine) (?:was|is|came)\b[^\d]{0,14}\d{2,4}\b", talk.text.lower())
    with_unit = re.search(r"\d", talk.text) and talk.parts.read_unit(talk.text, today=talk.today)
    if question in TOLD_IN_WORDS and (with_unit or (number_alone and _b12_is_open(talk))):
        return "b12"
    if question in TOLD_IN_WORDS:
        return talk.words.ask(question, attempt=0, **talk.parts.facts)
    if talk.parts.wishes.is_put(talk.text, "last_dose"):
        return talk.words.ask("current_b12", attempt=0, **talk.parts.facts)
    if question == CONFLICT:
        return None
    if question == VALUE_CHECK:
        return talk.picture.doubtful.analyte if talk.picture.doubtful else None
    return context_for(question)


def _b12_is_open(talk: Talk) -> bool:
    record = talk.picture.asked("b12")
    return record.times > 0 and not any(lab.analyte == "b12" for lab in talk.picture.patient.labs)


def _still_to_come(spoken: Spoken, picture: Picture) -> bool:
    """ "I have the number": the answer follows, so the question is put once more and not as one talked past."""
    question = spoken.question
    return question is not None and spoken.has_it and picture.asked(question).times <= 1


def _correction(talk: Talk, question: str | None, reading: Any) -> Correction | None:
    """A number said before that this message replaces."""
    parts, picture = talk.parts, talk.picture
    meant = reading.corrects or parts.wishes.is_put(talk.text, "meant")
    doubtful = picture.doubtful
    if question == VALUE_CHECK and doubtful is not None:
        for lab in reading.labs:
            if lab.analyte == doubtful.analyte and lab.value != doubtful.value:
                return Correction(before=doubtful, after=_with_unit_of(talk, lab, doubtful))
    moved = _moved(talk, reading)
    if moved is not None:
        return moved
    takes_number = question in ("age", "b12", "b12_unit", VALUE_CHECK)
    found = find_correction(
        picture,
        talk.text,
        instead_of=parts.wishes.words_of("instead_of"),
        meant=meant and _says_nothing_else(talk.text, reading),
        in_answer=takes_number and not reading.corrects,
    )
    if found is not None:
        number, before = found
        if before is None:
            return Correction(age=int(number))
        after = _read_number(talk, number, before)
        if after is None:
            return None
        return Correction(before=before, after=replace(after, date=after.date or before.date))
    if reading.corrects and len(reading.labs) == 1:
        after = reading.labs[0]
        known = [lab for lab in picture.patient.labs if lab.analyte == after.analyte and lab.date == after.date]
        if known and known[-1].value != after.value:
            return Correction(before=known[-1], after=_with_unit_of(talk, after, known[-1]))
    return None


def _moved(talk: Talk, reading: Any) -> Correction | None:
    """ "It's 120, 210 was my ferritin": a number that belongs to another test, and the right one where it is given."""
    for new in reading.labs:
        for known in talk.picture.patient.labs:
            if known.value != new.value or known.analyte == new.analyte or isinstance(known.value, str):
                continue
            others = [number for number in re.findall(r"\d+(?:\.\d+)?", talk.text) if number != str(known.value)]
            after = _read_number(talk, others[0], known) if len(others) == 1 else None
            return Correction(before=known, after=after)
    return None


#: A message longer than this tells something; a number in it need not be a correction.
_MOST_WORDS_OF_A_CORRECTION = 7


def _says_nothing_else(text: str, reading: Any) -> bool:
    told = reading.labs or reading.findings or reading.person.age is not None or reading.treatment != B12Course()
    return not told and len(text.split()) <= _MOST_WORDS_OF_A_CORRECTION


def _read_number(talk: Talk, number: str, before: LabResult) -> LabResult | None:
    """The number as a result of the same test in the same unit."""
    read = talk.parts.reader.read(f"{number} {before.unit or ''}".strip(), context=before.analyte, today=talk.today)
    return next((lab for lab in read.labs if lab.analyte == before.analyte), None)


def _with_unit_of(talk: Talk, lab: LabResult, before: LabResult) -> LabResult:
    """A corrected number keeps the unit of the one it replaces."""
    if lab.unit or not before.unit or isinstance(lab.value, str):
        return lab
    return _read_number(talk, str(lab.value), before) or lab


def _alone(talk: Talk) -> bool:
    """The message says nothing but its yes."""
    answer = talk.parts.yes_no.read(talk.text)
    return answer is None or answer.alone


def _fill_units(talk: Talk, picture: Picture, spoken: Spoken) -> Picture:
    """A unit given by itself makes the result that waited for it a result with a band."""
    if spoken.lab_unit is None:
        return picture
    completed = []
    for lab in picture.patient.labs:
        if lab.unit is None and lab.canonical_value is None and lab.analyte in ("b12", "folate"):
            lab = talk.parts.complete_lab(lab, spoken.lab_unit)
        completed.append(lab)
    return replace(picture, patient=replace(picture.patient, labs=tuple(completed)))
