"""Say what clinicians look at in a case like this; say it again when something is added."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType, SlotSet

from actions.ask import conflict_buttons
from actions.talk import ClinicAction, Talk
from bot.clinical.wording import QuickReply
from bot.conversation import telling
from bot.conversation.explaining import explain_assessment
from bot.conversation.questions import ADULT_FROM, CONFLICT
from bot.language.wishes import asks


class Assess(ClinicAction):
    """The assessment after the interview."""

    action_name = "action_assess"

    async def act(self, talk: Talk) -> list[EventType]:
        _acknowledge(talk)
        _explain(talk)
        picture = replace(talk.picture, assessed=True, verdict=_verdict(talk), explained="assessment")
        offer = None if _too_young(talk) else "summary"
        heard = replace(talk.heard, told=True)
        return [*talk.heard_events(picture, heard), SlotSet("assessed", True), SlotSet("offer", offer)]


class Reassess(ClinicAction):
    """Something was added afterwards: the whole picture again where it changes, one sentence where it does not."""

    action_name = "action_reassess"

    async def act(self, talk: Talk) -> list[EventType]:
        if _too_young(talk):
            talk.say("under_16_again", nth=talk.picture.turns, buttons=("button_human",))
            return []
        _acknowledge(talk)
        if talk.picture.doubtful is not None:
            shown = telling.lab_phrase(talk.words, talk.picture.doubtful)
            talk.say("value_unlikely", nth=talk.picture.turns, value=shown)
        now = _verdict(talk)
        picture = replace(talk.picture, verdict=now)
        if picture.conflict is not None and not picture.asked(CONFLICT).times:
            talk.utter(telling.conflict_question(talk.words, picture.conflict), quick=conflict_buttons(talk))
            picture = picture.with_question(CONFLICT, times=1)
            return [*talk.heard_events(picture, replace(talk.heard, told=True)), SlotSet("offer", None)]
        if not talk.heard.anything and asks(talk.parts.wishes, talk.text):
            talk.say("no_diagnosis", buttons=("button_questions", "button_human"))
        elif talk.picture.verdict == now or not talk.heard.anything:
            talk.say("reasons_same", nth=talk.picture.turns, buttons=("button_summary", "button_human"))
        else:
            talk.say("reasons_changed", nth=talk.picture.turns)
            _explain(talk)
            picture = replace(picture, explained="assessment")
        return [*talk.heard_events(picture, replace(talk.heard, told=True)), SlotSet("offer", "summary")]


class GiveSummary(ClinicAction):
    """What is known so far, in the chat; the page to print is the door's."""

    action_name = "action_give_summary"

    async def act(self, talk: Talk) -> list[EventType]:
        sections = talk.parts.summary_sections(talk.picture, today=talk.today)
        if not sections and talk.danger:
            talk.say(f"{talk.danger_words}_noted", nth=talk.picture.turns)
            return [SlotSet("offer", None)]
        if not sections:
            empty = "what_we_know_nothing" if talk.intent == "ask_what_is_known" else "summary_empty"
            talk.say(empty, buttons=("button_start",))
            return [SlotSet("offer", None)]
        talk.say("what_we_know" if talk.intent == "ask_what_is_known" else "summary_intro")
        titles = {talk.words.name(heading) for heading in _NOT_IN_THE_CHAT}
        sections = [section for section in sections if section["title"] not in titles]
        blocks = [
            "\n".join([f"**{section['title']}**", *(f"- {item}" for item in section["items"])]) for section in sections
        ]
        talk.utter("\n\n".join(blocks), custom={"kind": "summary"})
        if talk.intent == "ask_what_is_known":
            talk.say("privacy_short", buttons=("button_delete",))
            return [SlotSet("offer", None)]
        if talk.question is None and not talk.danger and not talk.picture.shared:
            talk.say("share_offer", buttons=("button_share", "button_questions"))
            return [SlotSet("offer", "share")]
        talk.keep_advice_in_view()
        return [SlotSet("offer", None)]


class GiveQuestions(ClinicAction):
    """The list of questions to take to the clinician."""

    action_name = "action_give_questions"

    async def act(self, talk: Talk) -> list[EventType]:
        listed = [f"- {talk.words.name(code)}" for code in talk.words.group("clinician_questions")]
        talk.utter("\n".join([talk.sentence("questions_intro"), *listed]), custom={"kind": "questions"})
        talk.keep_advice_in_view()
        return [SlotSet("offer", None)]


#: The printed page has these; in the chat they would bury the rest.
_NOT_IN_THE_CHAT = ("heading_questions", "heading_not_asked")


def _too_young(talk: Talk) -> bool:
    age = talk.picture.patient.person.age
    return age is not None and age < ADULT_FROM


def _acknowledge(talk: Talk) -> None:
    if talk.heard.told:
        return
    text = telling.acknowledge(talk.words, talk.picture, talk.heard, nth=talk.picture.turns, facts=talk.parts.facts)
    if text:
        talk.utter(text)


def _verdict(talk: Talk) -> tuple[str, ...]:
    """What a patient would notice if it changed."""
    assessment = talk.parts.assess(talk.picture.patient, today=talk.today)
    return (*assessment.indications, assessment.route or "", *assessment.flags)


def _explain(talk: Talk) -> None:
    parts = talk.parts
    assessment = parts.assess(talk.picture.patient, today=talk.today)
    replies = explain_assessment(
        assessment,
        talk.picture,
        words=parts.words,
        facts=parts.facts,
        region=parts.region,
        sources=parts.source_names,
    )
    for reply in replies:
        talk.utter(reply.text, quick=[QuickReply(b.title, b.say) for b in reply.buttons], custom=reply.custom)
