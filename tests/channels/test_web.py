"""The patient API keeps docs/api.md."""

from __future__ import annotations

import sqlite3
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from conversation.small_screen import QUESTION
from conversation.world import SENTENCES, World

from bot.channels.pace import Pace
from bot.conversation.ports import Reply
from channels.conftest import CLINIC, EVIL, HOME, Door

pytestmark = pytest.mark.anyio

DANGER = "I have chest pain"
ADVICE = "ADVICE emergency cardiac"


# --- sessions


async def test_a_session_names_what_the_widget_shows(door: Door) -> None:
    answer = await door.http.post("/api/sessions", headers={"Origin": HOME})
    body = answer.json()
    assert answer.status_code == 201
    assert {key: body[key] for key in ("after", "emergency_number", "clinic_phone", "max_characters", "banner")} == {
        "after": 0,
        "emergency_number": "999",
        "clinic_phone": "01632 960 123",
        "max_characters": 8000,
        "banner": "Demonstration",
    }


async def test_two_sessions_are_two_conversations(door: Door) -> None:
    one, two = await door.open(), await door.open()
    await door.say(one, "hello from one")
    assert await door.texts(two) == []


async def test_a_caller_cannot_choose_the_conversation(door: Door) -> None:
    victim = await door.open()
    await door.say(victim, "my secret")
    answer = await door.http.post(
        "/api/sessions",
        json={"conversation_id": "talk-1", "id": "talk-1", "token": victim["Authorization"]},
        headers={"Origin": HOME},
    )
    attacker = {"Origin": HOME, "Authorization": f"Bearer {answer.json()['token']}"}
    assert await door.texts(attacker) == []


@pytest.mark.parametrize("path", ["/api/messages", "/api/stream", "/api/summary"])
@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer x.y.z", "Basic abc", "Bearer ", "bearer null"])
async def test_without_a_good_token_nothing_is_read(door: Door, path: str, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = await door.http.get(path, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "session")


async def test_a_changed_token_is_refused(door: Door) -> None:
    who = await door.open()
    for position in (10, 40, -2):  # the last character holds bits that mean nothing
        token = list(who["Authorization"])
        token[position] = "A" if token[position] != "A" else "B"
        answer = await door.http.get("/api/messages", headers={**who, "Authorization": "".join(token)})
        assert answer.status_code == 401


async def test_a_token_of_another_secret_is_refused(world: World) -> None:
    ours, theirs = Door(world), Door(world, secret="another-secret-0123456789-abc")
    assert (await ours.http.get("/api/messages", headers=await theirs.open())).status_code == 401


async def test_a_token_in_the_address_is_not_looked_at(door: Door) -> None:
    who = await door.open()
    token = who["Authorization"].split()[1]
    answer = await door.http.get(f"/api/messages?token={token}&access_token={token}", headers={"Origin": HOME})
    assert answer.status_code == 401


async def test_a_token_is_bound_to_the_website_that_opened_it(door: Door) -> None:
    who = await door.open(origin=CLINIC)
    assert (await door.http.get("/api/messages", headers=who)).status_code == 200
    assert (await door.http.get("/api/messages", headers={**who, "Origin": HOME})).status_code == 401
    del who["Origin"]
    assert (await door.http.get("/api/messages", headers=who)).status_code == 401


async def test_a_get_of_our_own_page_carries_no_origin_and_is_served(door: Door) -> None:
    who = await door.open(origin=HOME)
    del who["Origin"]
    assert (await door.http.get("/api/messages", headers=who)).status_code == 200


@pytest.mark.parametrize("origin", [EVIL, "null", "https://clinic.example.evil.example", "http://clinic.example"])
async def test_a_website_that_is_not_on_the_list_gets_nothing(door: Door, origin: str) -> None:
    answer = await door.http.post("/api/sessions", headers={"Origin": origin})
    assert (answer.status_code, answer.json()["error"]) == (403, "origin")
    assert "access-control-allow-origin" not in answer.headers


async def test_a_website_on_the_list_may_read_the_answers(door: Door) -> None:
    answer = await door.http.options(
        "/api/messages", headers={"Origin": CLINIC, "Access-Control-Request-Method": "POST"}
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == CLINIC
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers


async def test_more_than_five_new_talks_a_minute_from_one_address_are_refused(world: World) -> None:
    door = Door(world, pace=Pace())
    answers = [await door.http.post("/api/sessions", headers={"Origin": HOME}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    refusal = answers[-1]
    assert refusal.json() == {"error": "too_many_talks", "message": SENTENCES.too_many_talks}
    assert 1 <= int(refusal.headers["retry-after"]) <= 60


async def test_a_proxy_that_is_not_ours_cannot_name_another_address(world: World) -> None:
    door = Door(world, pace=Pace(talks_a_minute=1))
    statuses = [
        (
            await door.http.post("/api/sessions", headers={"Origin": HOME, "X-Forwarded-For": f"198.51.100.{n}"})
        ).status_code
        for n in range(2)
    ]
    assert statuses == [201, 429]


async def test_behind_our_own_proxy_each_address_counts_for_itself(world: World) -> None:
    door = Door(world, pace=Pace(talks_a_minute=1), trusted_proxies=frozenset({"127.0.0.1"}))
    statuses = [
        (
            await door.http.post(
                "/api/sessions", headers={"Origin": HOME, "X-Forwarded-For": f"1.1.1.1, 198.51.100.{n}"}
            )
        ).status_code
        for n in (1, 2, 1)
    ]
    assert statuses == [201, 201, 429]


async def test_a_line_that_the_caller_wrote_above_the_proxys_own_names_nobody(world: World) -> None:
    """Some proxies add a header of their own below the caller's instead of adding to it."""
    door = Door(world, pace=Pace(talks_a_minute=1), trusted_proxies=frozenset({"127.0.0.1"}))
    statuses = []
    for n in range(2):
        lines = [("Origin", HOME), ("X-Forwarded-For", f"198.51.100.{n}"), ("X-Forwarded-For", "203.0.113.7")]
        statuses.append((await door.http.post("/api/sessions", headers=lines)).status_code)
    assert statuses == [201, 429]


# --- sending


async def test_a_message_is_kept_and_answered(door: Door) -> None:
    who = await door.open()
    answer = await door.send(who, "hello", message_id="message-a")
    assert (answer.status_code, answer.json()) == (202, {"seq": 1, "id": "message-a"})
    await door.world.conversations.settle_down(within=30)
    assert await door.texts(who) == ["hello", "May I keep what you write?"]


async def test_the_same_message_again_gets_the_same_receipt(door: Door) -> None:
    who = await door.open()
    answers = [await door.send(who, "hello", message_id="message-a") for _ in range(3)]
    assert {answer.text for answer in answers} == {answers[0].text}
    await door.world.conversations.settle_down(within=30)
    assert (await door.texts(who)).count("hello") == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'"text"',
        b"{}",
        b'{"id": "message-a"}',
        b'{"id": "message-a", "text": null}',
        b'{"id": "message-a", "text": 7}',
        b'{"id": 7, "text": "hello"}',
        b'{"id": "short", "text": "hello"}',
        b'{"id": "has space", "text": "hello"}',
        b'{"id": "../../etc/passwd", "text": "hello"}',
        b"\xff\xfe",
        b"[" * 30000,
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_with_a_sentence(door: Door, body: bytes) -> None:
    who = await door.open()
    answer = await door.http.post("/api/messages", content=body, headers={**who, "Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["error"]) == (400, "unreadable")


async def test_another_content_type_is_refused(door: Door) -> None:
    """A form of another website can send text/plain without asking the browser first."""
    who = await door.open()
    answer = await door.http.post(
        "/api/messages", content=b'{"id": "message-a", "text": "x"}', headers={**who, "Content-Type": "text/plain"}
    )
    assert answer.status_code == 415


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u2060"])
async def test_a_message_without_words_is_refused(door: Door, text: str) -> None:
    answer = await door.send(await door.open(), text)
    assert (answer.status_code, answer.json()) == (400, {"error": "empty", "message": SENTENCES.empty})


async def test_eight_thousand_characters_are_taken_and_one_more_is_not(door: Door) -> None:
    who = await door.open()
    assert (await door.send(who, "ä" * 8000)).status_code == 202
    answer = await door.send(who, "ä" * 8001)
    assert (answer.status_code, answer.json()["error"]) == (413, "too_long")


async def test_danger_at_the_end_of_a_message_that_is_too_long_still_gets_advice(door: Door) -> None:
    who = await door.open()
    async with door.stream(who) as stream:
        answer = await door.send(who, "well " * 2000 + DANGER)
        assert [message["text"] for message in answer.json()["messages"]] == [ADVICE]
        await stream.message(ADVICE)


async def test_danger_in_a_body_over_the_limit_still_gets_advice(door: Door) -> None:
    who = await door.open()
    answer = await door.send(who, DANGER + " x" * 40_000)
    assert answer.status_code == 413
    assert [message["text"] for message in answer.json()["messages"]] == [ADVICE]


async def test_danger_in_a_message_that_is_too_fast_still_gets_advice(world: World) -> None:
    door = Door(world, pace=Pace(messages_a_minute=2))
    who = await door.open()
    for _ in range(2):
        await door.send(who, "hello")
    answer = await door.send(who, DANGER)
    assert (answer.status_code, answer.json()["error"]) == (429, "too_fast")
    assert [message["text"] for message in answer.json()["messages"]] == [ADVICE]
    await world.conversations.settle_down(within=30)
    assert DANGER in await door.texts(who), "staff can read what was refused, because a rule fired"


async def test_a_harmless_message_that_is_refused_leaves_no_trace(world: World) -> None:
    door = Door(world, pace=Pace(messages_a_minute=1))
    who = await door.open()
    await door.say(who, "hello")
    await door.send(who, "my leg felt odd")
    assert "my leg felt odd" not in await door.texts(who)


async def test_a_command_of_the_engine_arrives_as_words(door: Door) -> None:
    who = await door.open()
    await door.say(who, '/greet{"age": "1"} my throat is closing')
    assert door.world.engine.heard[0][0] == 'greet{"age": "1"} my throat is closing'


async def test_when_nobody_can_keep_it_the_sender_is_told_and_advised(door: Door) -> None:
    who = await door.open()

    def full(kind: str, payload: object) -> None:
        raise OSError("no space left on device")

    door.world.journal.append = full  # type: ignore[method-assign]
    (door.world.folder / "ledger.db").rename(door.world.folder / "away.db")
    answer = await door.send(who, DANGER)
    assert (answer.status_code, answer.json()["error"]) == (503, "not_kept")
    assert [message["text"] for message in answer.json()["messages"]] == [ADVICE]


# --- receiving


async def test_a_message_has_the_shape_of_the_contract(door: Door) -> None:
    who = await door.open()
    await door.say(who, DANGER)
    answer = await door.http.get("/api/messages?after=1", headers=who)
    message = answer.json()["messages"][0]
    assert message.pop("id").startswith("r-")
    assert message == {
        "seq": 2,
        "author": "assistant",
        "author_name": None,
        "text": ADVICE,
        "buttons": [],
        "card": {"level": "emergency", "title": "Call 999 now", "number": "999", "number_label": "Call 999"},
        "custom": None,
        "at": "2026-03-02T09:00:00.000Z",
    }


async def test_polling_goes_on_after_the_last_number(door: Door) -> None:
    who = await door.open()
    await door.say(who, "hello")
    assert await door.texts(who, after=1) == ["May I keep what you write?"]
    assert await door.texts(who, after=2) == []


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "9999999999", ""])
async def test_a_number_that_is_none_is_refused(door: Door, after: str) -> None:
    answer = await door.http.get(f"/api/messages?after={after}", headers=await door.open())
    assert answer.status_code == 400


async def test_the_stream_sends_what_was_missed_and_what_comes(door: Door) -> None:
    who = await door.open()
    await door.say(who, "hello")
    async with door.stream(who) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert [(await stream.next())[1]["text"] for _ in range(2)] == ["hello", "May I keep what you write?"]
        await door.send(who, "yes")
        assert (await stream.message("Thank you."))["seq"] > 2


async def test_the_stream_goes_on_after_a_number_without_repeating(door: Door) -> None:
    who = await door.open()
    await door.say(who, "hello")
    async with door.stream(who, after=2) as stream:
        await door.send(who, "yes")
        event = None
        while event is None or event[0] != "message":
            event = await stream.next()
        assert event[1]["text"] == "yes"


async def test_advice_is_on_the_stream_before_it_has_a_number_and_is_numbered_later(door: Door) -> None:
    who = await door.open()
    async with door.stream(who) as stream:
        await door.send(who, DANGER)
        advice = await stream.message(ADVICE)
        assert advice["seq"] is None
        while True:
            kind, data = await stream.next()
            assert not (kind == "message" and data["id"] == advice["id"]), "each id once on a stream"
            if kind == "stored":
                assert data == {"id": advice["id"], "seq": 2}
                break


async def test_advice_is_on_the_stream_while_the_database_is_locked(door: Door) -> None:
    who = await door.open()
    other = sqlite3.connect(door.world.folder / "ledger.db", isolation_level=None)
    async with door.stream(who) as stream:
        other.execute("BEGIN EXCLUSIVE")
        await door.send(who, DANGER)
        await stream.message(ADVICE)
        other.execute("ROLLBACK")
    other.close()


async def test_every_tab_gets_every_message(door: Door) -> None:
    who = await door.open()
    async with door.stream(who) as one, door.stream(who) as two:
        await door.send(who, "hello")
        for tab in (one, two):
            assert (await tab.message("hello"))["author"] == "patient"
            await tab.message("May I keep what you write?")


async def test_nobody_else_gets_it(door: Door) -> None:
    who, stranger = await door.open(), await door.open()
    async with door.stream(stranger) as stream:
        await door.say(who, "my secret")
        await door.send(stranger, "hello")
        while True:
            kind, data = await stream.next()
            assert "secret" not in str(data)
            if kind == "message" and data["author"] == "assistant":
                break


async def test_the_stream_says_that_the_assistant_is_working(door: Door) -> None:
    who = await door.open()
    async with door.stream(who) as stream:
        await door.send(who, "hello")
        seen = []
        while ("typing", {"on": False}) not in seen:
            seen.append(await stream.next())
        assert ("typing", {"on": True}) in seen


async def test_a_reply_of_staff_written_by_another_process_reaches_the_open_tab(door: Door) -> None:
    who = await door.open()
    await door.say(who, "hello")
    world = door.world
    talk = next(iter(world.conversations.talks.all())).conversation_id
    async with door.stream(who) as stream:
        await stream.message("May I keep what you write?")
        world.desk.reply(talk, "This is Kim.", message_id="staff-0001", by=world.nurse(), now=world.clock.now())
        await world.conversations.delivery.watch()
        message = await stream.message("This is Kim.")
        assert (message["author"], message["author_name"]) == ("staff", "Nurse Kim")
        seen = [await stream.next()]
        assert ("mode", {"mode": "staff"}) in seen


async def test_whoever_has_taken_over_is_shown_as_writing_until_they_stop(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.conversation.delivery.WRITING_LASTS", timedelta(seconds=0.2))
    who = await door.open()
    await door.say(who, "hello")
    world = door.world
    talk = next(iter(world.conversations.talks.all())).conversation_id
    nurse = world.nurse()
    world.desk.take_over(talk, by=nurse, now=world.clock.now())
    carried: list[str] = []
    world.conversations.delivery.carry = lambda talk, rows: carried.append(talk)
    async with door.stream(who) as stream:
        while await stream.next() != ("mode", {"mode": "staff"}):
            pass
        await world.conversations.delivery.watch()
        world.desk.typing(talk, by=nurse, now=world.clock.now())
        await world.conversations.delivery.watch()
        seen = [await stream.next()]
        while seen[-1][0] != "typing":
            seen.append(await stream.next())
        assert seen[-1] == ("typing", {"on": True, "by": "Nurse Kim"})
        polled = (await door.http.get("/api/messages?after=0", headers=who)).json()
        assert (polled["typing"], polled["typing_by"]) == (True, "Nurse Kim")
        async with door.stream(who) as second:
            while (event := await second.next())[0] != "typing":
                pass
            assert event[1]["by"] == "Nurse Kim", "a tab opened meanwhile is shown it too"
        assert await stream.next() == ("typing", {"on": False}), "nobody said so: it ends by itself"
    world.clock.pass_by(seconds=10)
    polled = (await door.http.get("/api/messages?after=0", headers=who)).json()
    assert not polled["typing"] and "typing_by" not in polled
    assert carried == [], "nothing of it goes to a push channel"


@pytest.mark.parametrize("step", ["reply", "hand_back", "taken_from"])
async def test_nobody_is_shown_as_writing_once_they_have_sent_or_handed_back(door: Door, step: str) -> None:
    who = await door.open()
    await door.say(who, "hello")
    world = door.world
    talk = next(iter(world.conversations.talks.all())).conversation_id
    nurse, now, delivery = world.nurse(), world.clock.now(), world.conversations.delivery
    world.desk.take_over(talk, by=nurse, now=now)
    world.desk.typing(talk, by=nurse, now=now)
    assert delivery.writing(await delivery.standing(talk)) == "Nurse Kim"
    with delivery.listening(talk) as listener:
        await delivery.watch()
        if step == "reply":
            world.desk.reply(talk, "Here I am.", message_id="staff-0001", by=nurse, now=now)
        elif step == "hand_back":
            world.desk.hand_back(talk, by=nurse, now=now)
        else:
            world.desk.take_over(talk, by=world.nurse("Nurse Bo"), now=now, from_=nurse)
        await delivery.watch()
        events = [listener.events.get_nowait() for _ in range(listener.events.qsize())]
    typing = [event.data for event in events if event is not None and event.kind == "typing"]
    assert typing == [{"on": True, "by": "Nurse Kim"}, {"on": False}]
    assert delivery.writing(await delivery.standing(talk)) is None


async def test_who_answers_is_told_as_it_is_now_when_staff_took_over_elsewhere(door: Door) -> None:
    """The console is another process: a page that polls, and a second tab, must not go on saying "assistant"."""
    who = await door.open()
    await door.say(who, "hello")
    world = door.world
    talk = next(iter(world.conversations.talks.all())).conversation_id

    async def polled() -> str:
        return (await door.http.get("/api/messages?after=0", headers=who)).json()["mode"]

    assert await polled() == "assistant"
    nurse = world.nurse()
    world.desk.take_over(talk, by=nurse, now=world.clock.now())
    assert await polled() == "staff"
    async with door.stream(who) as first:
        while await first.next() != ("mode", {"mode": "staff"}):
            pass
        world.desk.hand_back(talk, by=nurse, now=world.clock.now())
        await world.conversations.delivery.watch()
        async with door.stream(who) as second:
            while (event := await second.next())[0] != "mode":
                pass
            assert event == ("mode", {"mode": "assistant"})
    assert await polled() == "assistant"


async def test_what_was_delivered_is_noted_for_staff(door: Door) -> None:
    who = await door.open()
    await door.say(who, "hello")
    await door.texts(who, after=2)
    talk = next(iter(door.world.conversations.talks.all())).conversation_id
    page = door.world.desk.open(talk, by="system", now=door.world.clock.now())
    assert [one.delivered_at is not None for one in page.messages] == [False, True]


async def test_the_welcome_is_shown_first_and_stored_with_the_first_message(world: World) -> None:
    world.close()
    world.welcome = (Reply("Hello. May I keep what you write?"),)
    world.open()
    door = Door(world)
    answer = await door.http.post("/api/sessions", headers={"Origin": HOME})
    welcome = answer.json()["messages"]
    assert [(message["text"], message["seq"]) for message in welcome] == [("Hello. May I keep what you write?", None)]
    who = {"Origin": HOME, "Authorization": f"Bearer {answer.json()['token']}"}
    async with door.stream(who) as stream:
        await door.send(who, "yes")
        assert (await stream.message("Hello. May I keep what you write?"))["id"] == welcome[0]["id"]
        await stream.message("Thank you.")
    assert (await door.texts(who))[:2] == ["Hello. May I keep what you write?", "yes"]


async def test_the_safety_question_has_its_buttons(door: Door) -> None:
    who = await door.open()
    await door.say(who, "I feel weird")
    answer = await door.http.get("/api/messages", headers=who)
    question = next(message for message in answer.json()["messages"] if message["text"] == QUESTION)
    assert question["buttons"] == [{"title": "Yes", "say": "Yes"}, {"title": "No", "say": "No"}]


# --- summary, end


async def test_without_anything_to_sum_up_there_is_no_summary(door: Door) -> None:
    answer = await door.http.get("/api/summary", headers=await door.open())
    assert (answer.status_code, answer.json()["error"]) == (404, "nothing")


async def test_the_summary_is_a_page_with_every_word_escaped(door: Door) -> None:
    from bot.conversation.ports import EngineAnswer

    who = await door.open()

    async def sums_up(text: str, turn: object) -> EngineAnswer:
        section = {"title": "You said", "items": ["<script>alert(1)</script> & more"]}
        return EngineAnswer(
            replies=(Reply("ok"),), snapshot={"summary": {"title": "Summary", "made": "today", "sections": [section]}}
        )

    door.world.engine.behave = sums_up
    await door.say(who, "hello")
    answer = await door.http.get("/api/summary", headers=who)
    assert answer.status_code == 200
    assert "<script>" not in answer.text and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_ending_the_session_erases_it_and_ends_the_open_tab(door: Door) -> None:
    who = await door.open()
    await door.say(who, "hello")
    async with door.stream(who) as stream:
        assert (await door.http.delete("/api/session", headers=who)).status_code == 204
        event = await stream.next()
        while event is not None and event[0] != "erased":
            event = await stream.next()
        assert event == ("erased", {})
        assert await stream.next() is None
    for answer in (await door.http.get("/api/messages", headers=who), await door.send(who, "again")):
        assert answer.status_code == 401


async def test_ending_a_session_with_an_open_danger_says_that_deleting_waits(door: Door) -> None:
    who = await door.open()
    await door.say(who, DANGER)
    answer = await door.http.delete("/api/session", headers=who)
    assert (answer.status_code, answer.json()) == (202, {"message": SENTENCES.erase_waits})
    assert (await door.http.get("/api/messages", headers=who)).status_code == 401


async def test_a_wish_to_delete_that_nobody_could_keep_can_be_said_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await door.open()
    await door.say(who, "my secret")

    def refuses(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(door.world.ledger, "erase", refuses)
        broken.setattr(door.world.journal, "append", refuses)
        assert (await door.http.delete("/api/session", headers=who)).status_code == 503
    assert "my secret" in await door.texts(who)
    assert (await door.http.delete("/api/session", headers=who)).status_code == 204
    assert (await door.http.get("/api/messages", headers=who)).status_code == 401


async def test_a_conversation_has_a_limited_number_of_open_tabs(door: Door) -> None:
    who = await door.open()
    async with AsyncExitStack() as tabs:
        for _ in range(10):
            await tabs.enter_async_context(door.stream(who))
        assert (await door.http.get("/api/stream", headers=who)).status_code == 429


async def test_an_erased_conversation_stays_erased_for_a_new_process(door: Door) -> None:
    who = await door.open()
    await door.say(who, "hello")
    await door.http.delete("/api/session", headers=who)
    door.world.restart()
    fresh = Door(door.world)
    assert (await fresh.http.get("/api/messages", headers=who)).status_code == 401
    assert (await fresh.send(who, "again")).status_code == 401


# --- probes and headers


async def test_health_and_ready_tell_the_truth(door: Door) -> None:
    assert (await door.http.get("/health")).json() == {"alive": True}
    ready = await door.http.get("/ready")
    assert (ready.status_code, ready.json()) == (
        200,
        {"ready": True, "engine": "ok", "ledger": "ok", "journal": {"pending": 0}},
    )


async def test_ready_refuses_when_the_engine_is_broken(door: Door) -> None:
    async def broken(text: str, turn: object) -> None:
        raise RuntimeError("no model")

    door.world.engine.behave = broken  # type: ignore[assignment]
    ready = await door.http.get("/ready")
    assert (ready.status_code, ready.json()["engine"]) == (503, "RuntimeError")
    assert (await door.http.get("/health")).status_code == 200


async def test_ready_refuses_when_the_ledger_is_gone(door: Door) -> None:
    (door.world.folder / "ledger.db").rename(door.world.folder / "away.db")
    ready = await door.http.get("/ready")
    assert (ready.status_code, ready.json()["ledger"]) == (503, "LedgerUnavailable")


async def test_metrics_hold_counts_and_no_words(door: Door) -> None:
    await door.say(await door.open(), DANGER)
    text = (await door.http.get("/metrics")).text
    assert "b12_journal_pending 0.0" in text
    assert 'b12_dangers_total{level="emergency"} 1.0' in text
    assert 'b12_stage_seconds_bucket{le="+Inf",stage="screen"} 1.0' in text
    assert "b12_content_info{version=" in text
    assert "chest" not in text


@pytest.mark.parametrize("path", ["/health", "/chat", "/api/messages", "/nowhere"])
async def test_every_response_carries_the_security_headers(door: Door, path: str) -> None:
    headers = (await door.http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


async def test_a_fault_of_ours_is_a_sentence_and_its_words_are_not_logged(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    who = await door.open()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the patient wrote: my secret")

    door.world.conversations.receive = broken  # type: ignore[method-assign]
    answer = await door.send(who, "my secret")
    assert (answer.status_code, answer.json()["message"]) == (500, SENTENCES.trouble)
    assert "secret" not in caplog.text


async def test_no_word_of_a_patient_is_logged_in_a_whole_conversation(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    who = await door.open()
    for text in ("xylophone hello", "yes", "xylophone chest pain", "/xylophone", "xylophone " * 2000):
        await door.send(who, text)
    door.world.screen.broken = True
    await door.send(who, "xylophone again")
    await door.world.conversations.settle_down(within=30)
    assert "xylophone" not in caplog.text
