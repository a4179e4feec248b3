"""The chat works without script: a page, a form, a cookie."""

from __future__ import annotations

import re
import time

import pytest
from conversation.world import SENTENCES, World

from bot.channels.pace import Pace
from bot.conversation.ports import Button, EngineAnswer, Reply
from channels.conftest import EVIL, HOME, Door

pytestmark = pytest.mark.anyio

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Origin": HOME}


def form_of(page: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found is not None
    return found[1]


async def sent(door: Door, text: str, *, form: str | None = None, **headers: str):
    form = form or form_of((await door.http.get("/chat")).text)
    return await door.http.post("/chat", data={"text": text, "form": form}, headers={**FORM, **headers})


async def test_a_message_is_sent_and_its_answer_shown(door: Door) -> None:
    answer = await sent(door, "hello")
    assert (answer.status_code, answer.headers["location"]) == (303, "/chat#newest")
    page = (await door.http.get("/chat")).text
    assert "hello" in page and "May I keep what you write?" in page


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_websites(world: World) -> None:
    door = Door(world, secure_cookies=True)
    cookie = (await door.http.get("/chat")).headers["set-cookie"].lower()
    for part in ("httponly", "samesite=strict", "secure", "path=/chat"):
        assert part in cookie


async def test_danger_advice_is_on_the_page_with_its_level_in_words(door: Door) -> None:
    await sent(door, "I have chest pain")
    page = (await door.http.get("/chat")).text
    assert "[page_level_emergency] Call 999 now" in page
    assert 'href="tel:999"' in page


async def test_pressing_send_twice_sends_once(door: Door) -> None:
    form = form_of((await door.http.get("/chat")).text)
    for _ in range(2):
        await sent(door, "hello there", form=form)
    assert (await door.http.get("/chat")).text.count("hello there") == 1


async def test_a_form_that_this_server_did_not_write_is_refused(door: Door) -> None:
    await door.http.get("/chat")
    for form in ("", "page-1", "page-1.AAAA", "x" * 200):
        answer = await sent(door, "forged", form=form or "none")
        assert answer.status_code == 400
    assert (
        "forged" not in (await door.http.get("/chat")).text.replace("<textarea", "").split("<ol>")[1].split("</ol>")[0]
    )


async def test_a_form_of_another_conversation_is_refused(world: World) -> None:
    mine, theirs = Door(world), Door(world)
    form = form_of((await theirs.http.get("/chat")).text)
    await mine.http.get("/chat")
    assert (await sent(mine, "forged", form=form)).status_code == 400


async def test_a_post_of_another_website_is_refused(door: Door) -> None:
    form = form_of((await door.http.get("/chat")).text)
    assert (await sent(door, "forged", form=form, Origin=EVIL)).status_code == 403


async def test_a_refused_text_is_given_back(door: Door) -> None:
    answer = await sent(door, "long " * 2000)
    assert answer.status_code == 413
    assert SENTENCES.too_long in answer.text and "long long" in answer.text.split("<textarea")[1]


async def test_danger_in_a_refused_text_still_gets_advice(door: Door) -> None:
    answer = await sent(door, "well " * 2000 + "I have chest pain")
    assert "ADVICE emergency cardiac" in answer.text


async def test_words_are_shown_as_words(door: Door) -> None:
    await sent(door, "<script>alert(1)</script>")
    page = (await door.http.get("/chat")).text
    assert "<script>" not in page and "&lt;script&gt;" in page


async def test_quick_replies_are_buttons_that_send_what_they_say(door: Door) -> None:
    async def asks(text: str, turn: object) -> EngineAnswer:
        return EngineAnswer(replies=(Reply(f"re {text}", buttons=(Button("Sure", "yes please"),)),))

    door.world.engine.behave = asks
    await sent(door, "hello")
    page = (await door.http.get("/chat")).text
    assert '<button class="quiet" name="text" value="yes please">Sure</button>' in page


async def test_the_chat_can_be_deleted(door: Door) -> None:
    await sent(door, "my secret")
    form = form_of((await door.http.get("/chat")).text)
    answer = await door.http.post("/chat/end", data={"form": form}, headers=FORM)
    assert SENTENCES.erased in answer.text
    assert "my secret" not in (await door.http.get("/chat")).text


async def test_without_a_session_a_post_goes_nowhere(world: World) -> None:
    door = Door(world)
    answer = await door.http.post("/chat", data={"text": "hello", "form": "x.y"}, headers=FORM)
    assert (answer.status_code, SENTENCES.session_over in answer.text) == (401, True)


async def test_danger_in_a_chat_that_is_over_still_gets_advice(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    form = form_of((await door.http.get("/chat")).text)
    later = time.time() + 13 * 3600
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    answer = await sent(door, "I have chest pain", form=form)
    assert (answer.status_code, SENTENCES.session_over in answer.text) == (401, True)
    assert "ADVICE emergency cardiac" in answer.text and 'href="tel:999"' in answer.text


async def test_danger_from_a_browser_that_keeps_no_cookie_still_gets_advice(door: Door) -> None:
    form = form_of((await door.http.get("/chat")).text)
    door.http.cookies.clear()
    answer = await sent(door, "I have chest pain", form=form)
    assert (answer.status_code, "ADVICE emergency cardiac" in answer.text) == (401, True)


async def test_a_flood_without_a_cookie_is_not_screened(world: World) -> None:
    door = Door(world, pace=Pace(messages_a_minute=1))
    pages = [(await sent(door, "I have chest pain", form="x.y")).text for _ in range(4)]
    assert ["ADVICE" in page for page in pages] == [True, True, True, False]


async def test_the_summary_page_says_when_there_is_none(door: Door) -> None:
    await door.http.get("/chat")
    assert (await door.http.get("/chat/summary")).status_code == 404


async def test_the_page_needs_nothing_that_its_policy_forbids(door: Door) -> None:
    page = await door.http.get("/chat")
    assert "style=" not in page.text and "<style" not in page.text and "<script" not in page.text
    style = await door.http.get("/chat/plain.css")
    assert style.headers["content-type"].startswith("text/css")
