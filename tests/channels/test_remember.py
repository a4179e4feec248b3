"""A device that remembers the chat: only when asked, once a token, from one website, and never by guessing."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conversation.world import World

from bot.channels.pace import Pace
from bot.knowledge.retention import KeepRule
from channels.conftest import CLINIC, EVIL, HOME, Door

pytestmark = pytest.mark.anyio


async def remember(door: Door, who: dict[str, str]) -> str:
    answer = await door.http.post("/api/remember", headers=who)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["resume"])


async def resume(door: Door, token: Any, *, origin: str = HOME) -> dict[str, Any]:
    answer = await door.http.post("/api/sessions", json={"resume": token}, headers={"Origin": origin})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def session(answer: dict[str, Any], *, origin: str = HOME) -> dict[str, str]:
    return {"Origin": origin, "Authorization": f"Bearer {answer['token']}"}


async def talking(door: Door, *, origin: str = HOME) -> dict[str, str]:
    who = await door.open(origin=origin)
    await door.say(who, "hello")
    return who


async def test_a_remembered_device_goes_on_with_the_chat_after_days(door: Door) -> None:
    who = await talking(door)
    token = await remember(door, who)
    said = await door.texts(who)
    door.world.clock.pass_by(days=13)
    answer = await resume(door, token)
    assert answer["resume"] not in (None, token)
    assert (answer["messages"], answer["after"]) == ([], len(said))
    assert await door.texts(session(answer)) == said


async def test_nothing_is_remembered_unless_asked_for(door: Door) -> None:
    who = await talking(door)
    with door.world.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM remembered_device").scalar() == 0
    opened = await door.http.post("/api/sessions", headers={"Origin": HOME})
    assert opened.json()["resume"] is None
    assert (await door.http.post("/api/remember", headers={"Origin": HOME})).status_code == 401
    assert await door.texts(who)


async def test_a_chat_without_a_message_cannot_be_remembered(door: Door) -> None:
    assert (await door.http.post("/api/remember", headers=await door.open())).status_code == 404


async def test_a_token_is_good_for_one_use_and_its_follower_for_the_next(door: Door) -> None:
    first = await remember(door, await talking(door))
    second = (await resume(door, first))["resume"]
    third = (await resume(door, second))["resume"]
    assert len({first, second, third}) == 3


async def test_a_used_token_that_comes_again_later_ends_them_all(door: Door) -> None:
    """Somebody copied it: neither the copy nor the device opens the chat any more."""
    first = await remember(door, await talking(door))
    second = (await resume(door, first))["resume"]
    door.world.clock.pass_by(minutes=1)
    assert (await resume(door, first))["resume"] is None
    assert (await resume(door, second))["resume"] is None


async def test_a_device_whose_answer_was_lost_may_ask_again_at_once(door: Door) -> None:
    who = await talking(door)
    first = await remember(door, who)
    await resume(door, first)
    assert (await door.texts(session(await resume(door, first)))) == await door.texts(who)


async def test_after_two_weeks_it_is_over(door: Door) -> None:
    token = await remember(door, await talking(door))
    door.world.clock.pass_by(days=14)
    assert (await resume(door, token))["resume"] is None


async def test_another_website_cannot_use_it(door: Door) -> None:
    token = await remember(door, await talking(door, origin=CLINIC))
    assert (await resume(door, token, origin=HOME))["resume"] is None
    refused = await door.http.post("/api/sessions", json={"resume": token}, headers={"Origin": EVIL})
    assert refused.status_code == 403
    assert (await resume(door, token, origin=CLINIC))["resume"] is not None, "trying does not spend it"


async def test_the_patient_ends_it(door: Door) -> None:
    who = await talking(door)
    tokens = [await remember(door, who), await remember(door, who)]
    assert (await door.http.delete("/api/remember", headers=who)).status_code == 204
    assert [(await resume(door, token))["resume"] for token in tokens] == [None, None]


async def test_deleting_the_chat_ends_it(door: Door) -> None:
    who = await talking(door)
    token = await remember(door, who)
    assert (await door.http.delete("/api/session", headers=who)).status_code == 204
    assert (await resume(door, token))["resume"] is None
    with door.world.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM remembered_device").scalar() == 0


async def test_only_a_one_way_name_of_it_is_kept(door: Door, tmp_path: Path) -> None:
    token = await remember(door, await talking(door))
    assert not any(token.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "token", ["", "x", "A" * 43, "\u00fc" * 43, "A" * 9000, None, 5, [], {"resume": 1}, "' OR 1=1 --" + "A" * 32]
)
async def test_what_is_no_token_opens_a_new_chat(door: Door, token: Any) -> None:
    mine = await talking(door)
    answer = await resume(door, token)
    assert (answer["resume"], answer["after"]) == (None, 0)
    assert await door.texts(session(answer)) != await door.texts(mine)


async def test_a_session_token_is_no_resume_token_and_the_other_way_round(door: Door) -> None:
    who = await talking(door)
    token = await remember(door, who)
    assert (await resume(door, who["Authorization"].removeprefix("Bearer ")))["resume"] is None
    stolen = {"Origin": HOME, "Authorization": f"Bearer {token}"}
    assert (await door.http.get("/api/messages", headers=stolen)).status_code == 401


async def test_nobody_can_choose_the_conversation_a_device_will_remember(door: Door) -> None:
    """Fixation: an id, a token or a hash sent along is not taken."""
    mine = await talking(door)
    chosen = secrets.token_urlsafe(32)
    answer = await door.http.post("/api/remember", json={"resume": chosen, "conversation": "x"}, headers=mine)
    assert answer.json()["resume"] != chosen
    assert (await resume(door, chosen))["resume"] is None


async def test_guessing_is_slowed_down(tmp_path: Path) -> None:
    world = World(tmp_path)
    door = Door(world, pace=Pace(talks_a_minute=5))
    codes = []
    for _ in range(8):
        answer = await door.http.post(
            "/api/sessions", json={"resume": secrets.token_urlsafe(32)}, headers={"Origin": HOME}
        )
        codes.append(answer.status_code)
    assert codes.count(201) <= 5 and codes[-1] == 429
    world.close()


async def test_old_tokens_are_swept(door: Door) -> None:
    await remember(door, await talking(door))
    now = door.world.clock.now()
    door.world.ledger.purge((KeepRule("ordinary", timedelta(days=105)),), at=now + timedelta(days=15))
    with door.world.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM remembered_device").scalar() == 0


async def test_without_a_database_a_new_chat_opens_and_the_token_stays_good(door: Door) -> None:
    token = await remember(door, await talking(door))
    door.world.ledger.database.path.rename(door.world.folder / "away.db")
    answer = await resume(door, token)
    assert (answer["resume"], answer["after"]) == (token, 0)
    (door.world.folder / "away.db").rename(door.world.ledger.database.path)
    assert (await resume(door, token))["after"] > 0
