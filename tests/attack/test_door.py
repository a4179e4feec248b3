"""What a hostile or unlucky person sends to the front door."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from channels.conftest import HOME, Door
from channels.test_page import FORM, form_of, sent
from conversation.world import World

from bot.channels.pace import Pace
from bot.channels.parts import LARGEST_BODY, LARGEST_FORM
from bot.channels.tokens import Tokens

pytestmark = pytest.mark.anyio

ADVICE = "ADVICE emergency cardiac"


@pytest.mark.parametrize("after", ["²", "-1", "1.0", "9" * 12, "1'--", "\x00"])
async def test_a_strange_number_is_refused_and_breaks_nothing(door: Door, after: str) -> None:
    who = await door.open()
    answer = await door.http.get(f"/api/messages?after={quote(after)}", headers=who)
    assert answer.status_code == 400


async def test_danger_after_erasing_is_answered_with_advice_and_not_kept(door: Door) -> None:
    who = await door.open()
    await door.say(who, "hello")
    assert (await door.http.delete("/api/session", headers=who)).status_code == 204
    answer = await door.send(who, "I have chest pain")
    assert answer.status_code == 401
    assert answer.json()["messages"][0]["text"] == ADVICE
    assert b"I have chest pain" not in _all_bytes(door.world)
    assert "messages" not in (await door.send(who, "thank you")).json()


async def test_danger_in_a_session_that_is_too_old_is_answered_with_advice(world: World) -> None:
    door = Door(world)
    token, _ = Tokens(door.parts.secret, life=timedelta(hours=12)).make(origin=HOME, region="uk")
    who = {"Origin": HOME, "Authorization": f"Bearer {token}"}
    for route in door.app.routes:
        channel = getattr(getattr(route, "endpoint", None), "__self__", None)
        if hasattr(channel, "tokens"):
            channel.tokens = Tokens(door.parts.secret, life=timedelta(seconds=-1))
    answer = await door.send(who, "I have chest pain")
    assert answer.status_code == 401
    assert answer.json()["messages"][0]["text"] == ADVICE
    assert (await door.http.get("/api/messages", headers=who)).status_code == 401


async def test_danger_under_a_forged_token_is_not_even_looked_at(door: Door) -> None:
    who = await door.open()
    answer = await door.send({**who, "Authorization": "Bearer forged"}, "I have chest pain")
    assert (answer.status_code, "messages" in answer.json()) == (401, False)


async def test_only_a_few_huge_messages_a_minute_are_looked_at(door: Door) -> None:
    """One costs as much as many ordinary ones; the machine belongs to the other patients too."""
    who = await door.open()
    looked_at = []
    for _ in range(5):
        answer = await door.send(who, "I have chest pain " + "x" * LARGEST_BODY)
        assert answer.status_code == 413
        looked_at.append("messages" in answer.json())
    assert looked_at == [True, True, True, False, False]


async def test_danger_in_a_form_that_is_far_too_large_gets_advice(door: Door) -> None:
    answer = await sent(door, "I have chest pain " + "x" * LARGEST_FORM)
    assert answer.status_code == 413
    assert ADVICE in answer.text


async def test_a_long_text_in_any_script_fits_the_form(door: Door) -> None:
    answer = await sent(door, "痛" * 8_000)
    assert answer.status_code == 303


async def test_another_text_sent_with_the_same_form_is_not_lost(door: Door) -> None:
    """Stop, change the words, send again: the page's form is the old one."""
    form = form_of((await door.http.get("/chat")).text)
    await sent(door, "hello there", form=form)
    await sent(door, "I have chest pain", form=form)
    page = (await door.http.get("/chat")).text
    assert "hello there" in page
    assert ADVICE in page


async def test_a_form_with_too_many_fields_is_refused(door: Door) -> None:
    await door.http.get("/chat")
    body = "&".join(f"field{number}=1" for number in range(50))
    assert (await door.http.post("/chat", content=body, headers=FORM)).status_code == 400
    assert (await door.http.post("/chat/end", content=body, headers=FORM)).status_code == 400


async def test_a_flood_of_forms_is_not_even_looked_at(world: World) -> None:
    door = Door(world, pace=Pace(messages_a_minute=2))
    form = form_of((await door.http.get("/chat")).text)
    for number in range(7):
        answer = await sent(door, f"I have chest pain, number {number}", form=form)
    kept = _all_bytes(world)
    assert answer.status_code == 429
    assert b"number 5" in kept, "too fast, but screened, and kept because a rule fired"
    assert b"number 6" not in kept


def _all_bytes(world: World) -> bytes:
    return b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
