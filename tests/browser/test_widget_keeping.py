"""What the chat box keeps, what it shows in several tabs, and what it leaves behind on a shared device."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from .chat import ADVICE, CARD, Chat

# --- pages, tabs and shared devices ---


def test_the_talk_and_the_draft_survive_a_page_change(chat: Chat):
    chat.start()
    chat.door.say("Hello.")
    expect(chat.rows).to_have_count(1)
    chat.box.fill("half a thou")
    chat.visit().open()
    expect(chat.rows).to_have_count(1)
    expect(chat.box).to_have_value("half a thou")
    assert chat.door.opened == 1


def test_history_is_not_read_out_again_and_not_unread(chat: Chat):
    chat.start()
    chat.door.say("Hello.")
    expect(chat.rows).to_have_count(1)
    chat.visit()
    chat.wait_until(lambda: chat.door.streams >= 1)
    chat.page.wait_for_timeout(300)
    expect(chat.page.locator("b12-chat .badge")).to_be_hidden()
    assert chat.rows.first.get_attribute("class").find("said--new") == -1


def test_the_conversation_itself_is_never_kept_in_the_browser(chat: Chat):
    chat.start()
    chat.door.say("A secret answer")
    expect(chat.rows).to_have_count(1)
    kept = chat.page.evaluate("() => JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    assert "secret" not in kept
    assert chat.page.evaluate("() => localStorage.length") == 0


def test_a_closed_chat_counts_what_came_meanwhile(chat: Chat):
    chat.start()
    chat.box.press("Escape")
    chat.door.say("One.")
    chat.door.say("Two.")
    expect(chat.launcher).to_have_accessible_name("Ask the clinic, 2 new messages from the clinic chat")
    chat.open()
    expect(chat.rows).to_have_count(2)
    chat.box.press("Escape")
    expect(chat.launcher).to_have_accessible_name("Ask the clinic")


def test_two_tabs_show_one_conversation(chat: Chat, context: BrowserContext):
    chat.start()
    second = Chat(context.new_page(), chat.door)
    second.visit().open()
    chat.door.say("Hello both.")
    expect(second.rows).to_have_count(1)
    second.say("from the second tab")
    chat.page.bring_to_front()
    expect(chat.rows).to_have_count(2)
    assert chat.door.opened == 1


def test_clearing_empties_every_tab_and_offers_a_new_chat(chat: Chat, context: BrowserContext):
    chat.start()
    chat.door.say("Hello.")
    second = Chat(context.new_page(), chat.door)
    second.visit().open()
    expect(second.rows).to_have_count(1)
    second.menu("Clear this chat")
    second.page.get_by_role("button", name="Clear from this device").click()
    expect(second.rows).to_have_count(0)
    expect(second.notice).to_contain_text("cleared")
    expect(chat.rows).to_have_count(0)
    assert chat.page.evaluate("() => sessionStorage.length") == 0
    assert chat.door.messages  # the clinic's own record is another matter


def test_deleting_at_the_clinic_erases_it_there(chat: Chat):
    chat.start()
    chat.door.say("Hello.")
    expect(chat.rows).to_have_count(1)
    chat.menu("Clear this chat")
    chat.page.get_by_role("button", name="Delete at the clinic too").click()
    expect(chat.notice).to_contain_text("Your chat was deleted.")
    expect(chat.rows).to_have_count(0)
    assert chat.door.messages == []


def test_a_deletion_that_has_to_wait_for_staff_says_so_and_ends_the_chat(chat: Chat):
    chat.door.erase_waits = "A nurse has to look at your chat first. Then it is deleted."
    chat.start()
    chat.door.say(ADVICE, card=CARD)
    expect(chat.rows).to_have_count(1)
    chat.menu("Clear this chat")
    chat.page.get_by_role("button", name="Delete at the clinic too").click()
    expect(chat.notice).to_contain_text("A nurse has to look at your chat first.")
    expect(chat.rows).to_have_count(0)


def test_a_deletion_that_the_clinic_refuses_says_why(chat: Chat):
    chat.start()
    chat.door.say("Hello.")
    chat.door.refuse("/api/session", 409, error="open", message="A nurse has to look at this first.")
    chat.menu("Clear this chat")
    chat.page.get_by_role("button", name="Delete at the clinic too").click()
    expect(chat.page.get_by_text("A nurse has to look at this first.")).to_be_visible()
    chat.page.get_by_role("button", name="Keep the chat").click()
    expect(chat.rows).to_have_count(1)


def test_a_shared_device_keeps_nothing(chat: Chat):
    chat.start()
    chat.menu("I am on a shared device")
    chat.box.fill("private")
    expect(chat.page.get_by_text("Shared device is on.", exact=False).first).to_be_visible()
    assert chat.page.evaluate("() => sessionStorage.length") == 0
    chat.visit().open()
    expect(chat.box).to_have_value("")
    chat.wait_until(lambda: chat.door.opened == 2)


def test_the_summary_is_shown_without_its_markup_and_can_be_saved(chat: Chat):
    chat.door.summary = (
        "<!doctype html><title>S</title><style>p{color:red}</style><h1>Your summary</h1>"
        "<p class='x'>Tired for <strong>3 weeks</strong></p><ul><li>B12 180 ng/L</li></ul>"
        "<script>document.title='owned'</script><a href='https://elsewhere.example'>link</a>"
    )
    chat.start()
    chat.menu("Summary of this chat")
    paper = chat.page.locator("b12-chat .paper")
    expect(paper).to_contain_text("B12 180 ng/L")
    expect(paper.locator("script, style, a")).to_have_count(0)
    with chat.page.expect_download() as download:
        chat.page.get_by_role("button", name="Save as text").click()
    saved = download.value.path().read_text(encoding="utf-8")
    assert "Tired for 3 weeks" in saved
    assert "color" not in saved


def test_no_summary_yet_is_said_and_not_an_error(chat: Chat):
    chat.start()
    chat.menu("Summary of this chat")
    expect(chat.page.get_by_text("There is nothing to summarise yet.")).to_be_visible()


def test_printing_the_summary_prints_nothing_else(chat: Chat):
    chat.door.summary = "<h1>Your summary</h1><p>Tired</p>"
    chat.start()
    chat.page.evaluate("() => { window.print = () => {}; }")
    chat.menu("Summary of this chat")
    chat.page.get_by_role("button", name="Print").click()
    chat.page.emulate_media(media="print")
    expect(chat.page.locator(".b12-chat-print")).to_be_visible()
    expect(chat.page.get_by_role("main")).to_be_hidden()
    chat.page.emulate_media(media="screen")
    chat.page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    expect(chat.page.locator(".b12-chat-print")).to_have_count(0)
