"""What a patient writes before they agree waits, and what they do not agree to goes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clinical.codes import Level
from bot.conversation.ports import EngineAnswer, Reply, UnknownConversation
from conversation.world import World

pytestmark = pytest.mark.anyio

DANGER = "I have chest pain"


def rows(world: World, columns: str = "text, held, blanked_at IS NOT NULL, answered_at IS NOT NULL") -> list[tuple]:
    with world.database.read() as connection:
        found = connection.exec_driver_sql(f"SELECT {columns} FROM message WHERE author = 'patient' ORDER BY seq")
        return [tuple(row) for row in found]


async def test_a_message_before_consent_is_held(world: World) -> None:
    await world.say("my b12 is low")
    assert rows(world) == [("my b12 is low", 1, 0, 1)]


async def test_the_engine_is_told_that_there_is_no_consent_yet(world: World) -> None:
    await world.say("my b12 is low")
    assert world.engine.heard[0][1].consent is None


async def test_a_yes_processes_the_held_texts_as_if_just_sent(world: World) -> None:
    await world.say("my feet tingle")
    await world.say("my b12 is low")
    said = await world.say("yes")
    assert said == ["Thank you.", "You said: my feet tingle", "You said: my b12 is low"]
    assert [(text, facts.consent, facts.replayed) for text, facts in world.engine.heard[3:]] == [
        ("my feet tingle", True, True),
        ("my b12 is low", True, True),
    ]
    assert rows(world, "held, answered_at IS NOT NULL") == [(0, 1), (0, 1), (0, 1)]


async def test_the_engine_knows_how_many_held_texts_follow(world: World) -> None:
    await world.say("my feet tingle")
    await world.say("my b12 is low")
    await world.say("yes")
    assert world.engine.heard[2][1].held_waiting == 2


async def test_a_message_after_consent_is_not_held(world: World) -> None:
    await world.consenting()
    await world.say("my feet tingle")
    assert rows(world, "held") == [(0,), (0,), (0,)]


async def test_a_no_blanks_the_held_texts_and_keeps_that_they_were(world: World) -> None:
    await world.say(DANGER)
    await world.say("no")
    assert rows(world) == [("", 1, 1, 1), ("", 1, 1, 1)]
    with world.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT rule, words, level FROM match").fetchall()
    assert [tuple(row) for row in kept] == [("chest-pain", "", int(Level.EMERGENCY))]
    assert world.ledger.state("talk-1").level is Level.EMERGENCY


async def test_a_no_leaves_no_word_of_the_patient_anywhere(world: World) -> None:
    await world.say("I have chest pain since the xylophone concert")
    await world.say("no")
    world.close()
    left = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    world.open()
    assert b"xylophone" not in left


async def test_what_is_written_after_a_no_is_screened_and_not_kept(world: World) -> None:
    await world.say("hello")
    await world.say("no")
    said = await world.say(DANGER)
    assert said[0] == "ADVICE emergency cardiac"
    assert rows(world)[-1] == ("", 1, 1, 1)


async def test_after_a_no_a_yes_is_still_possible(world: World) -> None:
    await world.say("hello")
    await world.say("no")

    async def agrees(text: str, turn: object) -> EngineAnswer:
        return EngineAnswer(replies=(Reply("Thank you."),), consent=True)

    world.engine.behave = agrees
    await world.say("yes after all")
    assert world.ledger.state("talk-1").consent is True


async def test_the_engine_forgets_what_was_refused(world: World) -> None:
    await world.say("my feet tingle")
    await world.say("no")
    await world.say("are you sure?")
    assert world.engine.forgotten == ["talk-1", "talk-1"]


async def test_the_engine_forgets_what_nobody_agreed_to_in_a_day(world: World) -> None:
    await world.say("my feet tingle")
    world.clock.pass_by(hours=25)
    await world.aftercare.forget()
    assert world.engine.forgotten == ["talk-1"]


async def test_a_text_without_an_answer_to_the_consent_question_is_blanked_after_a_day(world: World) -> None:
    await world.say("my b12 is low")
    world.clock.pass_by(hours=23)
    await world.aftercare.forget()
    assert rows(world)[0][0] == "my b12 is low"
    world.clock.pass_by(hours=1, minutes=1)
    await world.aftercare.forget()
    assert rows(world) == [("", 1, 1, 1)]


async def test_a_yes_after_a_day_has_nothing_left_to_process(world: World) -> None:
    await world.say("my b12 is low")
    world.clock.pass_by(hours=25)
    await world.aftercare.forget()
    assert await world.say("yes") == ["Thank you."]


async def test_a_text_that_was_blanked_is_not_shown_to_the_patient_again(world: World) -> None:
    await world.say("my b12 is low")
    world.clock.pass_by(hours=25)
    await world.aftercare.forget()
    assert "my b12 is low" not in await world.texts() and "" not in await world.texts()


async def test_staff_see_a_held_text_only_if_it_fired_a_rule(world: World) -> None:
    await world.say("my secret")
    await world.say(DANGER)
    page = world.desk.open("talk-1", by="system", now=world.clock.now())
    patient = [(one.reply.text, one.hidden) for one in page.messages if one.author == "patient"]
    assert patient == [("", "held"), (DANGER, None)]


async def test_a_held_text_is_found_by_search_only_after_consent(world: World) -> None:
    await world.say("my feet tingle")
    assert world.desk.search("tingle", by="system", now=world.clock.now()) == ()
    await world.say("yes")
    hits = world.desk.search("tingle", by="system", now=world.clock.now())
    assert {hit.author for hit in hits} == {"patient", "assistant"}


async def test_held_texts_are_processed_after_a_crash_that_followed_the_yes(world: World) -> None:
    """The yes is stored and the texts are free; the process dies before the engine gets them."""
    await world.say("my feet tingle")

    async def no_ledger(*_: object, **__: object) -> None:
        return None

    world.conversations.answering._process_held = no_ledger  # type: ignore[method-assign]
    await world.say("yes")
    world.restart()
    world.clock.pass_by(minutes=1)
    await world.aftercare.take_up_unanswered()
    assert "You said: my feet tingle" in await world.texts()
    assert await world.aftercare.take_up_unanswered() == 0


async def test_erasing_removes_every_word_and_ends_the_conversation(world: World) -> None:
    await world.consenting()
    await world.say("my feet tingle on the xylophone")
    await world.conversations.erase("talk-1", by="patient")
    with pytest.raises(UnknownConversation):
        await world.send("more")
    world.close()
    left = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    world.open()
    assert b"xylophone" not in left
    assert world.engine.forgotten == ["talk-1"]


async def test_erasing_waits_until_staff_have_dealt_with_an_open_danger(world: World) -> None:
    await world.say(DANGER)
    await world.conversations.erase("talk-1", by="patient")
    world.restart()
    with pytest.raises(UnknownConversation):
        await world.send("more")
    page = world.desk.open("talk-1", by="system", now=world.clock.now())
    assert page.messages[0].reply.text == DANGER
    world.desk.confirm(page.escalations[0].id, reason="called back", by=world.nurse(), now=world.clock.now())
    with pytest.raises(UnknownConversation):
        world.desk.open("talk-1", by="system", now=world.clock.now())


async def test_retention_removes_old_conversations_and_keeps_escalated_ones_longer(world: World) -> None:
    await world.say("hello", talk="plain")
    await world.say(DANGER, talk="escalated")
    world.clock.pass_by(days=91)
    await world.aftercare.forget()
    assert world.ledger.state("plain") is None
    assert world.ledger.state("escalated") is not None
    world.clock.time += timedelta(days=8 * 366)
    await world.aftercare.forget()
    assert world.ledger.state("escalated") is not None  # nobody has dealt with the danger yet
    found = world.desk.open("escalated", by="system", now=world.clock.now()).escalations[0]
    world.desk.confirm(found.id, reason="was real", by=world.nurse(), now=world.clock.now())
    await world.aftercare.forget()
    assert world.ledger.state("escalated") is None
