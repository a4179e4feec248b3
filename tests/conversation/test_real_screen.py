"""The co-ordinator with the reviewed rules and advice: what crosses between them survives the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.clinical.codes import Level
from bot.conversation.advising import ContentAdvisor
from bot.conversation.safety import Safety
from bot.conversation.sentences import Sentences
from bot.knowledge.content import Content, load_content
from bot.language.screen import Screen, ScreenState
from conversation.world import World

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


@pytest.fixture(scope="module")
def screen(content: Content) -> Screen:
    return Screen(content.danger_language, content.red_flags.rules)


@pytest.fixture
async def world(
    tmp_path: Path, content: Content, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    def safety(**_: Any) -> Safety:
        return Safety(
            screener=screen,
            advisor=ContentAdvisor(content.advice, content.facts, yes="Yes", no="No", unsure="Not sure"),
            sentences=Sentences.from_words(lambda name: content.words.say(name, **content.facts)),
            fresh=ScreenState,
            restore=lambda plain: ScreenState.from_json(dict(plain)),
        )

    monkeypatch.setattr("conversation.world.Safety", safety)
    made = World(tmp_path)
    yield made
    made.close()


def kept(world: World) -> tuple[Level, int]:
    state = world.ledger.state("talk-1")
    page = world.desk.open("talk-1", by="system", now=world.clock.now())
    return state.level, len(page.escalations)


async def test_an_emergency_is_advised_with_the_number_and_explained_with_its_words(world: World) -> None:
    said = await world.say("I have crushing chest pain and I am sweating")
    assert "999" in said[0]
    page = world.desk.open("talk-1", by="system", now=world.clock.now())
    assert page.level is Level.EMERGENCY
    assert page.escalations[0].matches[0].words
    card = page.messages[1].reply.custom["card"]
    assert (card["level"], card["number"]) == ("emergency", "999")


async def test_a_harmless_message_is_left_alone(world: World) -> None:
    await world.say("what time do you open on Mondays?")
    assert kept(world) == (Level.NONE, 0)


async def test_facts_of_different_turns_combine_across_a_restart(world: World) -> None:
    await world.say("my left calf is swollen and sore since yesterday")
    world.restart()
    world.clock.pass_by(minutes=3)
    await world.say("now I am suddenly short of breath")
    assert kept(world)[0] is Level.EMERGENCY


async def test_after_a_release_the_same_words_count_again(world: World) -> None:
    await world.say("I have crushing chest pain")
    nurse = world.nurse()
    page = world.desk.open("talk-1", by=nurse, now=world.clock.now())
    for escalation in page.escalations:
        world.desk.release(escalation.id, reason="seen", by=nurse, now=world.clock.now())
    await world.say("thank you")
    assert world.ledger.state("talk-1").level is Level.NONE
    said = await world.say("I have crushing chest pain")
    assert "999" in said[0]
    assert world.ledger.state("talk-1").level is Level.EMERGENCY


async def test_a_refusal_leaves_no_quotation_in_what_the_screen_remembers(world: World) -> None:
    await world.say("I have crushing chest pain")
    await world.say("no")
    state = world.ledger.state("talk-1")
    assert state.level is Level.EMERGENCY
    assert state.screen_state["matches"], "rule ids stay"
    assert all(match["words"][2] == "" for match in state.screen_state["matches"])
    await world.say("and my left arm hurts")
    assert "crushing" not in str(world.ledger.state("talk-1").screen_state)
    world.close()
    left = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
    world.open()
    assert b"crushing" not in left


async def test_the_same_danger_said_again_is_advised_again(world: World) -> None:
    """A rule counts once in a conversation; the advice does not."""
    await world.say("I have crushing chest pain")
    said = await world.say("my chest pain is crushing")
    assert "999" in said[0]
    assert world.engine.heard[-1][1].advice_sent
    assert kept(world) == (Level.EMERGENCY, 1), "one call to staff is enough while nobody has seen it"


async def test_staff_who_have_seen_a_danger_hear_when_it_is_said_again(world: World) -> None:
    await world.say("I have crushing chest pain")
    nurse = world.nurse()
    page = world.desk.open("talk-1", by=nurse, now=world.clock.now())
    world.desk.acknowledge(page.escalations[0].id, by=nurse, now=world.clock.now())
    await world.say("my chest pain is crushing and I am sweating")
    escalations = world.desk.open("talk-1", by=nurse, now=world.clock.now()).escalations
    assert [one.state for one in escalations] == ["acknowledged", "open"]
    assert escalations[1].matches[0].words


async def test_a_harmless_message_after_a_danger_gets_no_second_advice(world: World) -> None:
    await world.say("I have crushing chest pain")
    said = await world.say("I have no chest pain on Mondays, what time do you open?")
    assert not any("Please call 999 now" in text for text in said)
    assert kept(world) == (Level.EMERGENCY, 1)
