"""One message, one answer, whatever goes wrong inside."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.clinical.codes import Level
from bot.conversation.ports import EngineAnswer, Reply
from conversation.small_screen import QUESTION
from conversation.world import PATIENT, SENTENCES, World, hangs, shown, until

pytestmark = pytest.mark.anyio

DANGER = "I have chest pain"
ADVICE = "ADVICE emergency cardiac"


async def test_an_ordinary_message_gets_the_answer_of_the_engine(world: World) -> None:
    await world.consenting()
    assert await world.say("my feet tingle") == ["You said: my feet tingle"]


async def test_danger_advice_comes_before_the_answer(world: World) -> None:
    await world.consenting()
    assert await world.say(DANGER) == [ADVICE, f"You said: {DANGER}"]


async def test_danger_advice_does_not_wait_for_consent(world: World) -> None:
    assert (await world.say(DANGER))[0] == ADVICE


async def _raises(text: str, turn: Any) -> EngineAnswer:
    raise RuntimeError("no model")


async def _will_not_stop(text: str, turn: Any) -> EngineAnswer:
    for _ in range(30):
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            continue
    return EngineAnswer()


async def _says_nothing(text: str, turn: Any) -> EngineAnswer:
    return EngineAnswer()


async def _says_blanks(text: str, turn: Any) -> EngineAnswer:
    return EngineAnswer(replies=(Reply("  \n"),))


async def _gives_up_itself(text: str, turn: Any) -> EngineAnswer:
    raise asyncio.CancelledError


async def _returns_rubbish(text: str, turn: Any) -> Any:
    return None


BROKEN = {
    "raises": (_raises, SENTENCES.trouble),
    "hangs": (hangs, SENTENCES.deadline),
    "will not stop": (_will_not_stop, SENTENCES.deadline),
    "says nothing": (_says_nothing, SENTENCES.trouble),
    "says blanks": (_says_blanks, SENTENCES.trouble),
    "cancels itself": (_gives_up_itself, SENTENCES.trouble),
    "returns rubbish": (_returns_rubbish, SENTENCES.trouble),
}


@pytest.fixture
async def hurried(tmp_path: Path) -> Any:
    made = World(tmp_path, limits=replace(PATIENT, answer=0.3, answer_after_danger=0.3, late_answer=0.3))
    yield made
    made.close()


@pytest.mark.parametrize("way", BROKEN)
async def test_a_broken_engine_ends_in_the_safe_sentence(hurried: World, way: str) -> None:
    hurried.engine.behave, sentence = BROKEN[way]
    assert await hurried.say("my feet tingle") == [sentence]
    assert await hurried.texts() == ["my feet tingle", sentence]


@pytest.mark.parametrize("way", BROKEN)
async def test_a_broken_engine_does_not_cost_the_advice(hurried: World, way: str) -> None:
    hurried.engine.behave, _ = BROKEN[way]
    assert await hurried.say(DANGER) == [ADVICE]
    assert hurried.ledger.state("talk-1").level is Level.EMERGENCY


async def test_the_conversation_goes_on_after_an_engine_that_hung(hurried: World) -> None:
    hurried.engine.behave = hangs
    await hurried.say("first")
    hurried.engine.behave = None
    assert await hurried.say("hello") == ["May I keep what you write?"]


async def test_an_answer_that_comes_late_is_still_shown(tmp_path: Path) -> None:
    """The engine asked something: the patient has to see the question that the next message will answer."""
    world = World(tmp_path, limits=replace(PATIENT, answer=0.2, late_answer=10))

    async def slow(text: str, turn: Any) -> EngineAnswer:
        await asyncio.sleep(0.6)
        return EngineAnswer(replies=(Reply("How old are you?"),))

    world.engine.behave = slow
    assert await world.say("hello") == [SENTENCES.deadline, "How old are you?"]
    assert await world.texts() == ["hello", SENTENCES.deadline, "How old are you?"]
    world.close()


async def test_a_screen_that_breaks_gives_the_general_emergency_advice(world: World) -> None:
    await world.consenting()
    world.screen.broken = True
    assert await world.say(DANGER) == [SENTENCES.unscreened, f"You said: {DANGER}"]
    page = world.desk.open("talk-1", by="system", now=world.clock.now())
    assert [(one.kind, one.state, one.advice) for one in page.escalations] == [
        ("screen_failed", "open", SENTENCES.unscreened)
    ]


async def test_a_screen_that_breaks_does_not_lower_the_level(world: World) -> None:
    await world.say(DANGER)
    world.screen.broken = True
    await world.say("and now?")
    assert world.ledger.state("talk-1").level is Level.EMERGENCY


async def test_an_adviser_without_words_is_replaced_by_the_general_advice(world: World) -> None:
    world.advisor.broken = True
    assert (await world.say(DANGER))[0] == SENTENCES.unscreened
    assert world.ledger.state("talk-1").level is Level.EMERGENCY


async def test_a_screen_state_that_cannot_be_read_starts_afresh_and_keeps_the_level(world: World) -> None:
    await world.say(DANGER)
    with world.database.write() as connection:
        connection.exec_driver_sql(
            'UPDATE conversation SET screen_state = \'{"level": "purple"}\', version = version + 1'
        )
    world.restart()
    assert (await world.say("my throat is closing"))[0] == "ADVICE emergency anaphylaxis"
    assert world.ledger.state("talk-1").level is Level.EMERGENCY


async def test_advice_goes_out_while_another_message_holds_the_engine(world: World) -> None:
    await world.consenting()
    go_on = asyncio.Event()

    async def waits(text: str, turn: Any) -> EngineAnswer:
        await go_on.wait()
        return EngineAnswer(replies=(Reply("done"),))

    world.engine.behave = waits
    with world.conversations.delivery.listening("talk-1") as listener:
        await world.send("first")
        await world.send(DANGER)
        assert shown(listener) == [ADVICE]
        go_on.set()
        await world.conversations.settle_down(within=30)
        assert shown(listener).count("done") == 2


async def test_two_messages_at_once_are_answered_in_their_order(world: World) -> None:
    await world.consenting()
    with world.conversations.delivery.listening("talk-1") as listener:
        await asyncio.gather(world.send("one"), world.send("two"), world.send("three"))
        await world.conversations.settle_down(within=60)
        assert shown(listener) == ["You said: one", "You said: two", "You said: three"]
    seqs = [row.seq for row in await world.screen_of()]
    assert seqs == sorted(seqs) and len(set(seqs)) == len(seqs)


async def test_two_halves_of_a_danger_sent_at_once_are_put_together(world: World) -> None:
    """Facts of different messages combine, also when both are on their way at the same time."""
    await asyncio.gather(world.send("my leg is swollen"), world.send("and I am breathless"))
    await world.conversations.settle_down(within=60)
    assert "ADVICE emergency pulmonary_embolism" in await world.texts()
    state = world.ledger.state("talk-1")
    assert (state.level, set(state.screen_state["facts"])) == (Level.EMERGENCY, {"leg", "clot"})


async def test_conversations_do_not_wait_for_each_other(world: World) -> None:
    held_up = asyncio.Event()

    async def waits(text: str, turn: Any) -> EngineAnswer:
        if text == "slow":
            await held_up.wait()
        return EngineAnswer(replies=(Reply(f"re {text}"),))

    world.engine.behave = waits
    await world.send("slow", talk="talk-1")
    with world.conversations.delivery.listening("talk-2") as listener:
        await world.send("quick", talk="talk-2")
        await until(lambda: not listener.events.empty() and world.engine.heard[-1][0] == "quick")
        await until(lambda: "re quick" in [e.row.reply.text for e in listener.events._queue if e.row])
    held_up.set()
    await world.conversations.settle_down(within=30)


async def test_the_safety_question_is_asked_at_once_and_the_engine_keeps_quiet(world: World) -> None:
    await world.consenting()
    assert await world.say("I feel weird since the jab") == [QUESTION]
    text, facts = world.engine.heard[-1]
    assert (text, facts.safety_question) == ("I feel weird since the jab", QUESTION)


async def test_a_yes_to_the_safety_question_raises_and_is_no_consent(world: World) -> None:
    await world.say("I feel weird")
    said = await world.say("yes")
    assert said[0] == "ADVICE emergency anaphylaxis"
    assert world.ledger.state("talk-1").consent is None
    assert world.engine.heard[-1][1].safety_answer == "yes"


async def test_a_no_to_the_safety_question_goes_back_to_the_level_before(world: World) -> None:
    await world.consenting()
    await world.say("I feel weird")
    assert world.ledger.state("talk-1").level is Level.CHECK
    await world.say("no")
    assert world.ledger.state("talk-1").level is Level.NONE


async def test_the_safety_question_is_asked_although_the_engine_is_broken(hurried: World) -> None:
    hurried.engine.behave = _raises
    assert await hurried.say("I feel weird") == [QUESTION]


async def test_the_level_stays_when_the_next_messages_are_harmless(world: World) -> None:
    await world.consenting()
    await world.say(DANGER)
    for text in ("thanks", "it is gone", "no chest trouble now"):
        await world.say(text)
        assert world.ledger.state("talk-1").level is Level.EMERGENCY
    assert world.engine.heard[-1][1].level is Level.EMERGENCY


async def test_a_level_survives_a_restart(world: World) -> None:
    await world.say("my leg is swollen")
    world.restart()
    assert (await world.say("I am breathless"))[0] == "ADVICE emergency pulmonary_embolism"


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("/restart", "restart"),
        ('/greet{"age": "1"} my throat hurts', 'greet{"age": "1"} my throat hurts'),
        ("  // /session_start", "session_start"),
        ("\u200b/back", "back"),
        ("yes/no", "yes/no"),
    ],
)
async def test_a_typed_command_reaches_the_engine_as_words(world: World, typed: str, heard: str) -> None:
    await world.consenting()
    await world.say(typed)
    assert world.engine.heard[-1][0] == heard


async def test_danger_behind_a_typed_command_is_seen(world: World) -> None:
    assert (await world.say('/greet{"age": "1"} my throat is closing'))[0] == "ADVICE emergency anaphylaxis"


async def test_a_message_of_slashes_only_gets_a_sentence(world: World) -> None:
    await world.consenting()
    assert await world.say("///") == [SENTENCES.unreadable]
    assert world.engine.heard == []


async def test_text_that_no_database_takes_is_made_storable(world: World) -> None:
    await world.consenting()
    assert await world.say("a\x00b \ud800 c") == ["You said: a\ufffdb \ufffd c"]


async def test_the_wish_for_a_person_is_listed_and_the_assistant_goes_on(world: World) -> None:
    await world.consenting()

    async def hands_over(text: str, turn: Any) -> EngineAnswer:
        return EngineAnswer(replies=(Reply("I have told the team."),), wants_staff=True)

    world.engine.behave = hands_over
    await world.say("a person please")
    world.engine.behave = None
    assert await world.say("hello?") == ["You said: hello?"]
    state = world.ledger.state("talk-1")
    assert state.mode == "waiting"
    assert world.calls_due() == ["waiting"]
