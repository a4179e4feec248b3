"""Telegram, against a stand-in of its Bot API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from channels.push_town import ADVICE, Town
from channels.vendors import TELEGRAM_TOKEN, telegram_error

pytestmark = pytest.mark.anyio


def message(text: str | None, *, number: int = 0, chat: int = 77, **more: Any) -> dict[str, Any]:
    message.counter += 1  # type: ignore[attr-defined]
    body = {"message_id": number or message.counter, "from": {"id": chat}, "chat": {"id": chat, "type": "private"}}  # type: ignore[attr-defined]
    return {**body, **({"text": text} if text is not None else {}), **more}


message.counter = 1000  # type: ignore[attr-defined]


async def say(town: Town, text: str | None, **more: Any) -> list[str]:
    return await tell(town, {"message": message(text, **more)})


async def tell(town: Town, update: dict[str, Any]) -> list[str]:
    before = len(town.telegram.sent)
    assert (await town.update(update)).status_code == 200
    await town.settle()
    return town.telegram.texts[before:]


async def press(town: Town, which: int, place: int) -> list[str]:
    """Presses a button of the message that Telegram took as number `which`."""
    shown = town.telegram.sent[which]
    data = shown["reply_markup"]["inline_keyboard"][place][0]["callback_data"]
    query = {"id": "q1", "from": {"id": 77}, "message": message(shown["text"], number=9), "data": data}
    return await tell(town, {"callback_query": query})


async def consenting(town: Town) -> None:
    await say(town, "/start")
    await press(town, -1, 0)
    town.telegram.sent.clear()


async def test_a_talk_with_inline_buttons(town: Town) -> None:
    assert await say(town, "/start") == ["Hello, I am a program.", "May I keep it?"]
    keyboard = town.telegram.sent[1]["reply_markup"]["inline_keyboard"]
    assert [line[0]["text"] for line in keyboard] == ["Yes, you may", "No"]
    assert (await press(town, 1, 0))[0] == "Thank you."
    assert ("answerCallbackQuery", {"callback_query_id": "q1"}) in town.telegram.calls
    assert await say(town, "my feet tingle") == ["You said: my feet tingle"]
    assert {m["chat_id"] for m in town.telegram.sent} == {77}


@pytest.mark.parametrize("secret", [None, "", "wrong", "telegram-secret-for-test"])
async def test_a_wrong_secret_is_refused_and_changes_nothing(town: Town, secret: str | None) -> None:
    answer = await town.update({"message": message("I have chest pain")}, secret=secret)
    assert answer.status_code == 403
    await town.settle()
    assert (town.conversations(), town.telegram.sent) == ([], [])


async def test_an_update_that_comes_again_is_taken_once(town: Town) -> None:
    await consenting(town)
    update = {"update_id": 9000, "message": message("my feet tingle", number=55)}
    assert len(await tell(town, update)) == 1
    assert await tell(town, update) == []
    town.restart()
    assert await tell(town, update) == []


async def test_updates_out_of_order_are_all_taken(town: Town) -> None:
    await consenting(town)
    for number in (903, 901, 902):
        update = {"update_id": number, "message": message(f"number {number}", number=number)}
        assert await tell(town, update) == [f"You said: number {number}"]


async def test_an_edited_message_is_screened_and_read_again(town: Town) -> None:
    await consenting(town)
    await say(town, "my feet tingle", number=60)
    edited = {"edited_message": message("I have chest pain", number=60)}
    assert await tell(town, edited) == [ADVICE, "[push_edited]", "You said: I have chest pain"]


async def test_an_edit_that_changes_no_word_is_nothing_new(town: Town) -> None:
    """Telegram also reports an edit when a preview or a reaction changes."""
    await consenting(town)
    await say(town, "my feet tingle", number=60)
    assert await tell(town, {"edited_message": message("my feet tingle", number=60)}) == []


async def test_danger_in_the_first_message_is_answered_first(town: Town) -> None:
    assert (await say(town, "I have chest pain"))[0] == ADVICE


async def test_a_button_of_an_earlier_question_answers_nothing(town: Town) -> None:
    """An old yes to keeping messages must not become a yes to a later safety question."""
    await say(town, "/start")
    await say(town, "what is this")
    assert await press(town, 1, 0) == ["[push_choice_over]"]


async def test_a_button_somebody_made_up_answers_nothing(town: Town) -> None:
    await say(town, "/start")
    query = {"id": "q1", "from": {"id": 77}, "message": message("x"), "data": "/inform{}:0"}
    assert await tell(town, {"callback_query": query}) == ["[push_choice_over]"]


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "location", "document"])
async def test_what_is_no_text_gets_a_kind_sentence(town: Town, kind: str) -> None:
    await consenting(town)
    assert await say(town, None, **{kind: {}}) == ["[push_media]"]


@pytest.mark.parametrize(
    "update",
    [
        {"message": {**message("hello"), "chat": {"id": -5, "type": "group"}}},
        {"message": {**message("hello"), "from": {"id": 5, "is_bot": True}}},
        {"channel_post": message("hello")},
        {"my_chat_member": {}},
        {"message": "?"},
        {"update_id": "x"},
        {"callback_query": {"id": "q", "from": {"id": 77}, "data": "no"}},
    ],
)
async def test_what_is_no_message_of_a_patient_is_let_pass(town: Town, update: dict[str, Any]) -> None:
    assert await tell(town, update) == []
    assert town.conversations() == []


async def test_stop_and_start_are_commands(town: Town) -> None:
    await consenting(town)
    assert await say(town, "/stop") == ["[push_stopped]"]
    assert await say(town, "/start@clinic_bot") == ["[push_started]"]


async def test_a_long_reply_is_split_and_its_buttons_come_last(town: Town) -> None:
    await consenting(town)
    long = "\n\n".join(f"Paragraph {number}. " + "It goes on for a while. " * 20 for number in range(12))
    now, kim = town.world.clock.now(), town.world.nurse()
    town.world.desk.reply(town.conversations()[0], long, message_id="s-1", by=kim, now=now)
    await town.settle()
    assert len(town.telegram.sent) > 1
    assert all(len(text) <= 4096 for text in town.telegram.texts)


async def test_the_wait_that_telegram_asks_for_is_kept(town: Town) -> None:
    await consenting(town)
    town.telegram.faults.append(telegram_error(429, "Too Many Requests", retry_after=20))
    assert await say(town, "one") == []
    town.world.clock.pass_by(seconds=15)
    await town.settle()
    assert town.telegram.sent == []
    town.world.clock.pass_by(seconds=6)
    await town.settle()
    assert town.telegram.texts == ["You said: one"]


async def test_a_patient_who_blocked_the_bot_is_not_asked_again(town: Town) -> None:
    await consenting(town)
    town.telegram.faults.append(telegram_error(403, "Forbidden: bot was blocked by the user"))
    await say(town, "one")
    assert town.posts()[-1] == ("failed", "Telegram status 403")


async def test_the_token_never_gets_into_log_or_ledger(
    town: Town, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await consenting(town)
    town.telegram.faults.extend(["slow", "refuse", 500])
    await say(town, "one")
    for _ in range(4):
        town.world.clock.pass_by(minutes=1)
        await town.settle()
    assert town.telegram.texts == ["You said: one"]
    assert TELEGRAM_TOKEN not in caplog.text
    assert not any(TELEGRAM_TOKEN.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
