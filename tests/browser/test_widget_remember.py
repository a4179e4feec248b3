"""A device that remembers the chat: only when asked, only a token, never on a shared device."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from .chat import Chat


def stored(chat: Chat) -> list[str]:
    return chat.page.evaluate("() => Object.values(localStorage)")  # type: ignore[no-any-return]


def remembering(chat: Chat) -> Chat:
    chat.start()
    chat.door.say("A secret answer")
    expect(chat.rows).to_have_count(1)
    chat.menu("Remember this chat here")
    chat.wait_until(lambda: stored(chat))
    return chat


def comes_back(chat: Chat, context: BrowserContext) -> Chat:
    """Every tab was closed, which ends sessionStorage; then the patient opens the page again."""
    again = Chat(context.new_page(), chat.door)
    chat.page.goto("about:blank")
    again.visit().open()
    return again


def test_the_chat_is_there_again_when_the_patient_comes_back(chat: Chat, context: BrowserContext) -> None:
    remembering(chat)
    first = stored(chat)
    assert "secret" not in "".join(first)
    again = comes_back(chat, context)
    expect(again.log).to_contain_text("A secret answer")
    assert chat.door.opened == 1
    expect(again.rows.first).not_to_have_class("said--new")
    assert stored(again) == [chat.door.remembered] != first


def test_it_is_taken_back_with_one_press(chat: Chat, context: BrowserContext) -> None:
    remembering(chat)
    chat.menu("Stop remembering this chat")
    chat.wait_until(lambda: not stored(chat))
    chat.wait_until(lambda: chat.door.remembered is None)
    again = comes_back(chat, context)
    chat.wait_until(lambda: chat.door.opened == 2)
    expect(again.rows).to_have_count(1)


def test_a_shared_device_never_remembers(chat: Chat) -> None:
    remembering(chat)
    chat.menu("I am on a shared device")
    chat.wait_until(lambda: not stored(chat))
    chat.wait_until(lambda: chat.door.remembered is None)
    chat.page.get_by_role("button", name="Chat options").click()
    expect(chat.page.get_by_role("button", name="Remember this chat here")).to_have_count(0)


def test_clearing_the_chat_forgets_the_token_too(chat: Chat) -> None:
    remembering(chat)
    chat.menu("Clear this chat")
    chat.page.get_by_role("button", name="Clear from this device").click()
    chat.wait_until(lambda: not stored(chat))


def test_a_token_that_is_no_longer_good_opens_a_new_chat(chat: Chat, context: BrowserContext) -> None:
    remembering(chat)
    chat.door.remembered = "another"
    again = comes_back(chat, context)
    chat.wait_until(lambda: chat.door.opened == 2)
    chat.wait_until(lambda: not stored(again))


def test_a_refusal_is_said_and_nothing_is_stored(chat: Chat) -> None:
    chat.start()
    chat.door.refuse("/api/remember", 404, error="nothing", message="")
    chat.menu("Remember this chat here")
    expect(chat.page.locator("b12-chat dialog [role=status]").first).to_contain_text("could not remember")
    assert stored(chat) == []


def test_without_its_file_the_chat_still_opens(chat: Chat) -> None:
    chat.page.route("**/remember.js", lambda route: route.abort())
    chat.start()
    chat.door.say("Hello.")
    expect(chat.rows).to_have_count(1)
