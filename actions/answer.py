"""Answer questions from reviewed content, explain, and ask "did you mean" rather than guess."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType, SlotSet

from actions.talk import ClinicAction, Talk
from bot.clinical.wording import QuickReply
from bot.conversation import telling
from bot.conversation.picture import Picture
from bot.conversation.questions import ADULT_FROM, CONFLICT, VALUE_CHECK


class AnswerQuestion(ClinicAction):
    """The short answer with its sources; the rest on request; the advice kept in view while a red flag is open."""

    action_name = "action_answer_question"

    async def act(self, talk: Talk) -> list[EventType]:
        return answer_or_offer(talk)


class NoneOfThese(ClinicAction):
    """None of the offered questions was meant."""

    action_name = "action_none_of_these"

    async def act(self, talk: Talk) -> list[EventType]:
        talk.say("none_of_these", buttons=("button_human",))
        return [*talk.heard_events(replace(talk.picture, offered_topics=())), SlotSet("offer", None)]


def answer_or_offer(talk: Talk) -> list[EventType]:
    """The answer to the question in this message, a choice of questions, or an honest "I do not know"."""
    if talk.metadata.get("replayed"):
        return []  # it was answered when it came
    topic, fact, offered = talk.topic, talk.clinic_fact, talk.offered_topics
    picture = replace(talk.picture, offered_topics=())
    events: list[EventType] = []
    medicine = talk.parts.wishes.is_put(talk.text, "change_medicine")
    said_of_it = picture.explained if topic == picture.last_topic else None
    if medicine and topic not in _MEDICINES:
        talk.say("not_my_decision")
    elif topic and said_of_it == ANSWERED_MORE:
        talk.say("all_of_it", nth=picture.turns, buttons=("button_human",))
    elif topic and said_of_it == ANSWERED:
        give_answer(talk, topic, more=True, opening=talk.sentence("more_of_it", nth=picture.turns))
        picture = replace(picture, explained=ANSWERED_MORE)
    elif topic:
        give_answer(talk, topic, more=False, opening=talk.sentence("not_my_decision") if medicine else "")
        picture = replace(picture, last_topic=topic, explained=ANSWERED)
        if talk.also_topic:
            give_answer(talk, talk.also_topic, more=False)
            picture = replace(picture, last_topic=talk.also_topic)
    elif explain_test(talk):
        pass
    elif talk.parts.wishes.is_put(talk.text, "wants_diagnosis"):
        talk.say("no_diagnosis", buttons=("button_questions", "button_human"))
    elif talk.parts.wishes.is_put(talk.text, "wants_verdict"):
        talk.say("no_verdict", buttons=("button_questions", "button_human"))
    elif fact:
        talk.say(_CLINIC_FACTS.get(fact, "clinic_reach"))
    elif offered and talk.heard.told_much and "?" not in talk.text:
        return []  # a statement: what it told is read back, and nothing was asked
    elif offered:
        _offer(talk, offered)
        picture = replace(picture, offered_topics=offered)
        events.append(SlotSet("offer", "topics"))
    else:
        talk.say("no_answer", buttons=("button_human",))
    talk.keep_advice_in_view()
    return [*talk.heard_events(picture), *events]


#: How far a topic was told: the short answer, or all there is.
ANSWERED, ANSWERED_MORE = "answer", "more"


def explain_test(talk: Talk) -> bool:
    """ "What is haemoglobin?": says what the test is; False where nothing of the kind is asked."""
    short = len(talk.text.split()) <= _SHORT_QUESTION or talk.text.rstrip().endswith("?")
    if not short or not talk.parts.wishes.is_put(talk.text, "what_is"):
        return False
    lab = talk.parts.analyte_named(talk.text)
    if lab is None:
        return False
    name = talk.words.name(lab)
    talk.say("what_is", items=f"{name[0].upper()}{name[1:]}", text=talk.words.explain(lab))
    return True


#: So many words at most ask what a thing is, without a question mark.
_SHORT_QUESTION = 8

#: What these answer about a medicine is safe to say to "should I stop it?" as well.
_MEDICINES = ("FAQ-03", "FAQ-23", "FAQ-26", "FAQ-60", "FAQ-61", "FAQ-62", "FAQ-63", "FAQ-65", "FAQ-66")

#: Questions about this clinic that its own facts answer.
_CLINIC_FACTS = {"clinic_hours": "human_hours"}


#: Slot of a small form -> the question of interview.yml that says why it is asked and what it means.
_SMALL_QUESTIONS = {
    "share": "share_consent",
    "contact_given": "contact",
    "safe_now": "concerns_now",
    "clot_signs": "concerns_now",
}


class Explain(ClinicAction):
    """Why a question is asked, what it means, more of an answer, or the last words again."""

    action_name = "action_explain"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.metadata.get("replayed"):
            return []
        kind = talk.parts.clarify.read(talk.text)
        if talk.danger and kind != "more":
            talk.say(f"{talk.danger_words}_simple")
            return []
        if talk.slot("consent") is None and not (kind == "more" and talk.picture.last_topic):
            talk.say("consent_why")
            return []
        picture = talk.picture
        if kind == "more" and picture.last_topic:
            picture = _more(talk, picture)
        elif talk.question in (VALUE_CHECK, CONFLICT):
            talk.say("unsure_offer")
        elif str(talk.slot("requested_slot")) in _SMALL_QUESTIONS:
            code = _SMALL_QUESTIONS[str(talk.slot("requested_slot"))]
            if kind == "why":
                talk.say("because", why=talk.words.why(code))
            else:
                talk.say("meaning", means=talk.words.means(code))
        elif talk.question and kind == "why":
            talk.say("because", why=talk.words.why(talk.question))
        elif talk.question and kind in ("meaning", "more"):
            talk.say("meaning", means=talk.words.means(talk.question))
        elif picture.explained == "assessment" and kind in ("meaning", "more", "why"):
            explain_simply(talk)
        elif picture.last_topic and kind in ("meaning", "more"):
            picture = _more(talk, picture)
        elif talk.question is None:
            self._again(talk)
        talk.keep_advice_in_view()
        return talk.heard_events(picture) if picture != talk.picture else []

    @staticmethod
    def _again(talk: Talk) -> None:
        if talk.said:
            talk.say("repeat", text=talk.said[-1])
        else:
            talk.say("repeat_nothing")


def _more(talk: Talk, picture: Picture) -> Picture:
    """What there is beyond the short answer, once; then only who can tell more."""
    if picture.explained == ANSWERED_MORE or picture.last_topic is None:
        talk.say("all_of_it", nth=picture.turns, buttons=("button_human",))
        return picture
    give_answer(talk, picture.last_topic, more=True)
    return replace(picture, explained=ANSWERED_MORE)


class Simplify(ClinicAction):
    """The last explanation in fewer and easier words; the open question's meaning while one is open."""

    action_name = "action_simplify"

    async def act(self, talk: Talk) -> list[EventType]:
        if talk.danger:
            talk.say(f"{talk.danger_words}_simple")
        elif talk.picture.explained == "assessment" and talk.question is None:
            explain_simply(talk)
        elif talk.question and talk.question not in (VALUE_CHECK, CONFLICT):
            talk.say("meaning", means=talk.words.means(talk.question))
        elif talk.picture.explained in (ANSWERED, ANSWERED_MORE):
            talk.say("simple_nothing")
        else:
            talk.say("nothing_open", buttons=("button_start",))
        return []


def explain_simply(talk: Talk) -> None:
    """The assessment in four short sentences."""
    age = talk.picture.patient.person.age
    if age is not None and age < ADULT_FROM:
        talk.say("under_16_again", buttons=("button_human",))
        return
    assessment = talk.parts.assess(talk.picture.patient, today=talk.today)
    said = [talk.sentence("simple_intro")]
    if assessment.indications:
        said.append(talk.sentence("simple_reasons", items=talk.words.listed(assessment.indications)))
    elif assessment.route in (None, "insufficient_information", "confirm_first"):
        missing = talk.words.listed(assessment.key_missing[:2]) or talk.words.name("b12")
        said.append(talk.sentence("simple_unsure", items=missing))
    else:
        said.append(talk.sentence("simple_none"))
    said.append(talk.sentence("simple_next"))
    talk.utter(" ".join(said), quick=talk.buttons("button_summary", "button_questions"))


def give_answer(talk: Talk, topic: str, *, more: bool, opening: str = "") -> None:
    """The short answer, or what there is beyond it; `opening` stands before it in the same message."""
    answers, parts = talk.parts.answers, talk.parts
    render = answers.render_more if more else answers.render
    rendered = render(topic, region=parts.region, contacts=parts.facts)
    shown = telling.sources_line(talk.words, parts.source_names(rendered.sources))
    talk.utter(
        "\n\n".join(part for part in (opening, rendered.text, shown) if part),
        quick=() if more else talk.buttons("button_more"),
        custom={"kind": "answer", "topic": topic, "sources": list(rendered.sources)},
    )


def _offer(talk: Talk, topics: tuple[str, ...]) -> None:
    questions = [talk.parts.answers.question(topic, region=talk.parts.region) for topic in topics]
    quick = [QuickReply(title=question, say=question) for question in questions]
    none = talk.sentence("did_you_mean_none")
    talk.utter(talk.sentence("did_you_mean"), quick=[*quick, QuickReply(title=none, say=none)])
