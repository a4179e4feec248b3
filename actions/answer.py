"""Answer questions from reviewed content, explain, and ask "did you mean" rather than guess."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.events import EventType

from actions.talk import ClinicAction, Talk
from bot.clinical.wording import QuickReply


class AnswerQuestion(ClinicAction):
    """The short answer with its sources; the rest on request; the advice kept in view while a red flag is open."""

    action_name = "action_answer_question"

    async def act(self, talk: Talk) -> list[EventType]:
        topic = talk.latest.get("topic")
        offered = tuple(talk.latest.get("did_you_mean") or ())
        picture = replace(talk.picture, offered_topics=())
        if topic:
            _give(talk, topic, more=False)
            picture = replace(picture, last_topic=topic)
        elif offered:
            _offer(talk, offered)
            picture = replace(picture, offered_topics=offered)
        else:
            talk.say("no_answer", buttons=("button_human",))
        if talk.danger:
            talk.say("escalation_open")
        return talk.heard_events(picture)


class Explain(ClinicAction):
    """Why a question is asked, what it means, more of an answer, or the last words again."""

    action_name = "action_explain"

    async def act(self, talk: Talk) -> list[EventType]:
        kind = talk.parts.clarify.read(talk.text)
        if kind == "more" and talk.picture.last_topic:
            _give(talk, talk.picture.last_topic, more=True)
        elif talk.question and kind == "why":
            talk.say("because", why=talk.words.why(talk.question))
        elif talk.question and kind == "meaning":
            talk.say("meaning", means=talk.words.means(talk.question))
        elif talk.picture.last_topic and kind in ("meaning", "more"):
            _give(talk, talk.picture.last_topic, more=True)
        elif talk.question is None:
            self._again(talk)
        else:
            talk.say("unsure_offer")
        return []

    @staticmethod
    def _again(talk: Talk) -> None:
        said = [e.get("text") for e in talk.tracker.events if e.get("event") == "bot" and e.get("text")]
        if said:
            talk.say("repeat", text=said[-1])
        else:
            talk.say("repeat_nothing")


def _give(talk: Talk, topic: str, *, more: bool) -> None:
    answers, parts = talk.parts.answers, talk.parts
    render = answers.render_more if more else answers.render
    rendered = render(topic, region=parts.region, contacts=parts.facts)
    sources = parts.source_names(rendered.sources)
    shown = talk.sentence("sources_intro", sources="; ".join(sources) or talk.sentence("source_unchecked"))
    talk.utter(
        f"{rendered.text}\n\n{shown}",
        quick=() if more else talk.buttons("button_more"),
        custom={"kind": "answer", "topic": topic, "sources": list(rendered.sources)},
    )


def _offer(talk: Talk, topics: tuple[str, ...]) -> None:
    questions = [talk.parts.answers.question(topic, region=talk.parts.region) for topic in topics]
    quick = [QuickReply(title=question, say=question) for question in questions]
    none = talk.sentence("did_you_mean_none")
    talk.utter(talk.sentence("did_you_mean"), quick=[*quick, QuickReply(title=none, say=none)])
