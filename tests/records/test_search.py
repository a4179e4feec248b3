"""Search by words, the same on SQLite and PostgreSQL, whatever is typed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conversation.world import World

from bot.conversation.inbox import InboxFilter
from bot.records import fulltext

pytestmark = pytest.mark.anyio

SAID = {
    "cafe": "My café visit made my feet TINGLE",
    "follow-up": "the follow-up is on 2024-05-01 at 9.30, see https://clinic.example/b12?x=1",
    "mail": "write to jo.bloggs@example.org about B12 and folic_acid",
    "prefix": "trampoline",
    "turkish": "İSTANBUL naïve Ångström ﬁne",
    "other script": "витамин B12 низкий",
    "long": "a" * 5000,
    "quotes": "she said \"it's fine\" -- and 'no'; DROP TABLE message",
}


@pytest.fixture
async def world(tmp_path: Path, url: str) -> AsyncIterator[World]:
    made = World(tmp_path, url=url)
    for talk, words in SAID.items():
        await made.consenting(talk=talk)
        await made.say(words, talk=talk)
    yield made
    made.close()


def found(world: World, words: str) -> set[str]:
    """By the search and by the inbox, which have to agree, in patients' own messages."""
    now = world.clock.now()
    hits = {hit.conversation_id for hit in world.desk.search(words, by="system", now=now)}
    page = world.desk.inbox(InboxFilter(text=words), now=now)
    if fulltext.words_of(words):
        assert {row.conversation_id for row in page.rows} == hits
    return hits


FINDS = {
    "tingle": {"cafe"},
    "CAFE": {"cafe"},
    "café visit": {"cafe"},
    "ting": {"cafe"},  # the last word may be a beginning
    "ting feet": set(),  # an earlier one may not
    "feet ting": {"cafe"},
    "ingle": set(),
    "tr": {"prefix"},
    "t": set(),  # one letter is a word, not a beginning
    "follow up": {"follow-up"},
    "up follow": {"follow-up"},
    "follow-up": {"follow-up"},
    "2024 05 01": {"follow-up"},
    "9.30": {"follow-up"},
    "clinic.example": {"follow-up"},
    "bloggs": {"mail"},
    "jo.bloggs@example.org": {"mail"},
    "folic acid": {"mail"},
    "b12": {"follow-up", "mail", "other script"},
    "istanbul": {"turkish"},
    "naive angstrom": {"turkish"},
    "fine": {"turkish", "quotes"},
    "витамин": {"other script"},
    "ВИТ": {"other script"},
    "it's fine": {"quotes"},
    '"it s fine"': {"quotes"},
    "drop table": {"quotes"},
}

#: Commands of one engine or the other, and noise; each is no more than its words.
HOSTILE = {
    "": set(),
    "   ": set(),
    "'\"()* --": set(),
    "* : & | ! <-> ^ NEAR": set(),
    "tingle*": {"cafe"},
    "tingle:*": {"cafe"},
    "ting:*ABC": set(),
    "words:tingle": set(),
    "NOT tingle": set(),
    "tingle OR trampoline": set(),
    "tingle | trampoline": set(),
    "!tingle": {"cafe"},
    "^tingle": {"cafe"},
    "-tingle": {"cafe"},
    "NEAR(feet tingle, 2)": set(),
    "feet <2> tingle": set(),
    "x' OR '1'='1": set(),
    "'; DELETE FROM message; --": set(),
    "tingle\x00": {"cafe"},
    "tingle\\": {"cafe"},
    "%": set(),
    "t_ngle": set(),
    "\ufeff\u202etingle": {"cafe"},
    "😀 tingle": {"cafe"},
    "a" * 5000: {"long"},
    "b" * 5000: set(),
    "tingle " * 400: {"cafe"},
    "\ud800": set(),
}


async def test_words_are_found_as_people_write_them(world: World) -> None:
    assert {words: found(world, words) for words in FINDS} == FINDS


async def test_what_looks_like_a_command_is_only_words(world: World) -> None:
    assert {words: found(world, words) for words in HOSTILE} == HOSTILE
    assert found(world, "tingle") == {"cafe"}, "and nothing was harmed"


async def test_the_newest_are_listed_first_and_no_more_than_asked_for(world: World) -> None:
    for number in range(4):
        world.clock.pass_by(minutes=1)
        await world.say(f"zebra {number}", talk="cafe")
    now = world.clock.now()
    hits = world.desk.search("zebra", by="system", now=now, limit=3)
    assert [hit.at for hit in hits] == sorted((hit.at for hit in hits), reverse=True)
    assert len(hits) == 3
    assert hits[0].at == now


@pytest.mark.parametrize("newest", [0, 1, 10_000])
async def test_a_word_is_found_whether_common_or_rare(
    world: World, monkeypatch: pytest.MonkeyPatch, newest: int
) -> None:
    monkeypatch.setattr(fulltext, "_NEWEST", newest)
    assert found(world, "tingle") == {"cafe"}
    assert found(world, "zebra") == set()


async def test_an_erased_conversation_is_found_no_more(world: World) -> None:
    world.desk.erase("cafe", reason="asked by post", by=world.nurse(), now=world.clock.now())
    assert found(world, "tingle") == set()
