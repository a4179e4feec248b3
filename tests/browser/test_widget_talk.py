"""A talk in the chat box, in a real browser: what is said arrives once, in order, and is never lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from .chat import ADVICE, CARD, Chat

# --- sending and receiving ---


def test_nothing_is_asked_of_the_server_before_the_patient_opens_the_chat(chat: Chat):
    chat.visit()
    chat.page.wait_for_timeout(300)
    assert chat.door.opened == 0


def test_a_message_is_shown_sent_and_answered(chat: Chat):
    chat.door.answer = lambda door, text: door.say(f"You said {text}.")
    chat.start().say("good morning")
    expect(chat.rows).to_have_count(2)
    expect(chat.rows.nth(0)).to_contain_text("Sent")
    expect(chat.rows.nth(1)).to_contain_text("You said good morning.")
    expect(chat.box).to_have_value("")


def test_shift_and_enter_makes_a_new_line_and_enter_sends_both(chat: Chat):
    chat.start()
    chat.box.press_sequentially("first")
    chat.box.press("Shift+Enter")
    chat.box.press_sequentially("second")
    chat.box.press("Enter")
    chat.wait_until(lambda: chat.door.posted)
    assert chat.door.posted[0][1] == "first\nsecond"


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\u200b"])
def test_a_message_with_a_line_end_of_another_kind_is_shown(chat: Chat, sign: str):
    """Word processors write such signs; some of them end a line for a program, and the message was lost."""
    chat.door.answer = lambda door, text: door.say(f"before{sign}after")
    chat.start().say("hello")
    expect(chat.rows).to_have_count(2)
    expect(chat.rows.nth(1)).to_contain_text(re.compile("before.?after", re.S))


def test_words_said_while_the_chat_is_still_opening_go_out_by_themselves(chat: Chat):
    held: list[Route] = []
    chat.page.route("**/api/sessions", lambda route: held.append(route))
    chat.visit().open().say("my throat is closing")
    expect(chat.rows.first).to_contain_text("my throat is closing")
    expect(chat.box).to_have_value("")
    chat.wait_until(lambda: held)
    held[0].continue_()
    expect(chat.rows.first).to_contain_text("Sent")
    assert [text for _, text in chat.door.posted] == ["my throat is closing"]


def test_words_said_while_the_chat_cannot_be_opened_come_back_for_the_next_try(chat: Chat):
    held: list[Route] = []
    chat.page.route("**/api/sessions", lambda route: held.append(route))
    chat.visit().open().say("can anyone hear me")
    chat.wait_until(lambda: held)
    held[0].abort()
    expect(chat.notice).to_be_visible()
    expect(chat.rows.first).to_contain_text("Not sent")
    chat.page.unroute("**/api/sessions")
    chat.notice.get_by_role("button", name="Try again").click()
    expect(chat.box).to_have_value("can anyone hear me")


def test_blank_words_are_not_sent(chat: Chat):
    chat.start().say("   ")
    chat.page.wait_for_timeout(200)
    assert chat.door.posted == []


def test_a_quick_reply_sends_its_words_and_the_buttons_go(chat: Chat):
    chat.door.welcome = [chat.door.message("May I?", buttons=[{"title": "Yes, fine", "say": "yes"}])]
    chat.start()
    chat.page.get_by_role("button", name="Yes, fine").click()
    chat.wait_until(lambda: chat.door.posted)
    assert chat.door.posted[0][1] == "yes"
    expect(chat.page.get_by_role("group", name="Suggested answers")).to_be_hidden()
    assert chat.focused in {"text", ""}


def test_buttons_belong_to_the_newest_message_only(chat: Chat):
    chat.start()
    chat.door.say("One?", buttons=[{"title": "Old", "say": "old"}])
    expect(chat.page.get_by_role("button", name="Old")).to_be_visible()
    chat.door.say("Two?", buttons=[{"title": "New", "say": "new"}])
    expect(chat.page.get_by_role("button", name="New")).to_be_visible()
    expect(chat.page.get_by_role("button", name="Old")).to_have_count(0)


def test_typing_is_shown_and_goes_when_the_answer_comes(chat: Chat):
    chat.start()
    chat.door.emit("typing", {"on": True})
    expect(chat.page.get_by_text("Assistant is writing")).to_be_visible()
    chat.door.say("Here it is.")
    expect(chat.page.get_by_text("Assistant is writing")).to_be_hidden()


def test_a_member_of_staff_is_shown_as_writing_by_name_and_not_for_ever(chat: Chat, picture):
    chat.page.clock.install()
    chat.start()
    chat.door.emit("mode", {"mode": "staff"})
    chat.door.emit("typing", {"on": True, "by": "Kim <b>Okoye</b>"})
    expect(chat.page.get_by_text("Kim <b>Okoye</b> is writing")).to_be_visible()
    picture(chat.page, "widget-staff-writing")
    chat.door.emit("typing", {"on": False})
    expect(chat.page.get_by_text("is writing")).to_be_hidden()
    chat.door.emit("typing", {"on": True, "by": "Kim"})
    expect(chat.page.get_by_text("Kim is writing")).to_be_visible()
    chat.page.clock.run_for(9_000)
    expect(chat.page.get_by_text("is writing")).to_be_hidden()


def test_a_message_that_is_too_long_keeps_its_words_and_says_by_how_much(chat: Chat):
    chat.door.settings["max_characters"] = 20
    chat.start().say("a" * 23)
    expect(chat.page.get_by_text("3 characters too long")).to_be_visible()
    expect(chat.box).to_have_value("a" * 23)
    assert chat.door.posted == []


def test_markup_from_a_patient_or_a_server_is_only_text(chat: Chat):
    """Stored script must not run in the patient's page, whoever wrote it."""
    attack = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'
    chat.door.answer = lambda door, text: door.say(f"**Bold** {text} [x](javascript:alert(1))", author_name=attack)
    chat.start().say(attack)
    expect(chat.rows).to_have_count(2)
    expect(chat.rows.nth(1)).to_contain_text("<script>")
    assert chat.page.title() == "Riverside B12 Clinic"
    assert chat.log.locator("img, script, a[href^=javascript]").count() == 0
    expect(chat.rows.nth(1).locator("strong")).to_have_text("Bold")


def test_lists_and_the_clinics_own_numbers_are_recognised_and_no_others(chat: Chat):
    chat.start()
    chat.door.say("Ring 01632 960 123:\n- first 999\n- second\n1. one\nB12 was 1999 or 999.5, call 020 7946 0000")
    expect(chat.log.locator("ul li")).to_have_count(2)
    expect(chat.log.locator("ol li")).to_have_count(1)
    expect(chat.log.locator("a")).to_have_text(["01632 960 123", "999"])


# --- danger ---


def test_an_emergency_is_a_card_with_the_level_in_words_and_a_link_that_dials(chat: Chat):
    chat.start()
    chat.door.say(ADVICE, card=CARD)
    card = chat.page.get_by_role("region", name=re.compile("Immediate action required: Call 999 now"))
    expect(card).to_be_in_viewport()
    expect(card.get_by_role("link", name="Call 999")).to_have_attribute("href", "tel:999")
    expect(chat.help.get_by_role("link", name="Call 999")).to_have_attribute("href", "tel:999")


@pytest.mark.parametrize(
    ("level", "words"),
    [("emergency", "Immediate action required:"), ("urgent", "Urgent advice:"), ("check", "Safety question:")],
)
def test_every_level_is_said_in_words(chat: Chat, level: str, words: str):
    chat.start()
    chat.door.say("Advice.", card={**CARD, "level": level})
    expect(chat.log.get_by_role("heading")).to_contain_text(words)


def test_an_emergency_is_announced_once_although_it_comes_twice(chat: Chat):
    """Advice goes out before the database has it, without a number, and again with one after a reconnect."""
    chat.start()
    chat.page.evaluate(
        """() => { window.heard = [];
        for (const region of document.querySelector("b12-chat").shadowRoot.querySelectorAll('[role="alert"]'))
          new MutationObserver(() => region.textContent && window.heard.push(region.textContent)).observe(region, {childList: true}); }"""
    )
    advice = chat.door.say(ADVICE, card=CARD, numbered=False)
    expect(chat.rows).to_have_count(1)
    chat.door.number(advice)
    chat.door.drop()
    chat.wait_until(lambda: chat.door.streams == 0)
    chat.wait_until(lambda: chat.door.streams == 1)
    chat.door.say("Are you with someone?")
    expect(chat.rows).to_have_count(2)
    heard = chat.page.evaluate("() => window.heard")
    assert len(heard) == 1
    assert heard[0].startswith("Immediate action required: Call 999 now")
    assert ADVICE in heard[0]


def test_the_log_does_not_repeat_what_the_alert_says(chat: Chat):
    chat.start()
    chat.door.say(ADVICE, card=CARD)
    expect(chat.rows.first).to_have_attribute("aria-live", "off")
    assert chat.log.get_attribute("aria-live") == "polite"


def test_the_emergency_number_stays_on_top_for_the_rest_of_the_talk(chat: Chat):
    chat.start()
    chat.door.say(ADVICE, card=CARD)
    for number in range(12):
        chat.door.say(f"More {number}")
    expect(chat.rows).to_have_count(13)
    expect(chat.help.get_by_role("link", name="Call 999")).to_be_in_viewport()


def test_advice_that_comes_with_a_refusal_is_shown(chat: Chat):
    advice = chat.door.message(ADVICE, card=CARD, numbered=False)
    chat.start()
    chat.door.refuse("/api/messages", 413, error="too_long", message="Please write less. Call 999.", messages=[advice])
    chat.say("a very long story")
    expect(chat.page.get_by_role("heading", name=re.compile("Call 999 now"))).to_be_visible()
    expect(chat.rows.filter(has_text="Please write less")).to_be_visible()


# --- when things fail ---


def test_without_a_server_it_shows_whom_to_ring_and_keeps_trying_on_request(chat: Chat):
    chat.door.refuse("/api/sessions", 503, error="down", message="")
    chat.visit().open()
    expect(chat.notice.get_by_role("link", name="Call 999")).to_be_visible()
    expect(chat.notice.get_by_role("link", name="Call 01632 960123")).to_be_visible()
    chat.notice.get_by_role("button", name="Try again").click()
    chat.wait_until(lambda: chat.door.streams == 1)
    expect(chat.notice).to_be_hidden()


def test_a_message_that_could_not_be_sent_is_kept_and_goes_out_once(chat: Chat, context: BrowserContext):
    chat.start()
    context.set_offline(True)
    chat.say("are you open today?")
    expect(chat.notice).to_contain_text("Not connected")
    expect(chat.notice.get_by_role("link", name="Call 999")).to_be_visible()
    expect(chat.launcher).to_be_hidden()
    expect(chat.panel).to_be_visible()
    context.set_offline(False)
    chat.wait_until(lambda: chat.door.posted)
    expect(chat.rows).to_have_count(1)
    expect(chat.rows.first).to_contain_text("Sent")
    assert len({identity for identity, _ in chat.door.posted}) == 1


def test_try_again_sends_the_same_id(chat: Chat):
    chat.start()
    chat.door.refuse("/api/messages", 503, error="not_kept", message="We could not keep your message.")
    chat.say("hello")
    expect(chat.rows.first).to_contain_text("We could not keep your message.")
    chat.page.get_by_role("button", name="Try again").click()
    expect(chat.rows.first).to_contain_text("Sent")
    ids = [identity for identity, _ in chat.door.posted]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_too_many_messages_are_held_back_and_sent_later_by_themselves(chat: Chat):
    chat.start()
    chat.door.refuse("/api/messages", 429, retry_after=1, error="too_fast", message="Please wait.")
    chat.say("quick")
    expect(chat.rows.first).to_contain_text("sending messages very quickly")
    expect(chat.rows.first).to_contain_text("Sent")
    assert len(chat.door.posted) == 2


def test_what_was_said_while_the_line_was_down_comes_once_and_in_order(chat: Chat):
    chat.start()
    chat.door.say("one")
    expect(chat.rows).to_have_count(1)
    chat.door.refuse("/api/stream", 502, times=1)
    chat.door.drop()
    chat.wait_until(lambda: chat.door.streams == 0)
    chat.door.say("two")
    chat.door.say("three")
    expect(chat.rows).to_have_count(3)
    chat.door.drop()
    chat.wait_until(lambda: chat.door.streams == 1)
    chat.door.say("four")
    expect(chat.rows).to_have_count(4)
    texts = [text.split(":")[-1] for text in chat.page.locator("b12-chat .bubble").all_inner_texts()]
    assert [text.split()[-1] for text in texts] == ["one", "two", "three", "four"]


def test_own_words_stand_before_advice_that_overtook_their_receipt(chat: Chat):
    """The advice comes before the ledger has either: the order on the screen is the order it was said."""
    chat.door.sends_numbers = False
    chat.door.answer = lambda door, text: door.say(ADVICE, card=CARD, numbered=False)
    chat.start().say("my throat is closing")
    expect(chat.rows).to_have_count(2)
    expect(chat.rows.nth(0)).to_contain_text("my throat is closing")
    for message in chat.door.messages:
        chat.door.number(message)
    chat.door.say("later")
    expect(chat.rows).to_have_count(3)
    expect(chat.rows.nth(0)).to_contain_text("my throat is closing")


def test_where_streams_do_not_get_through_it_asks_instead(chat: Chat):
    chat.door.streams_work = False
    chat.visit().open()
    expect(chat.notice).to_contain_text("Not connected")


def test_silence_after_a_message_tells_the_patient_whom_to_ring(chat: Chat):
    chat.page.clock.install()
    chat.visit().open()
    chat.page.clock.run_for(500)
    chat.wait_until(lambda: chat.door.streams > 0)
    chat.say("hello?")
    expect(chat.rows.first).to_contain_text("Sent")
    chat.page.clock.run_for(21_000)
    expect(chat.notice).to_contain_text("There is no answer yet")
    chat.door.say("Sorry to keep you waiting.")
    expect(chat.notice).to_be_hidden()


def test_a_session_that_ended_offers_a_new_one_and_keeps_unsent_words(chat: Chat):
    chat.start()
    chat.door.tokens.clear()
    chat.say("is anyone there")
    expect(chat.notice).to_contain_text("This chat has ended.")
    chat.notice.get_by_role("button", name="Start a new chat").click()
    chat.wait_until(lambda: chat.door.opened == 2)
    expect(chat.box).to_have_value("is anyone there")


# --- people ---


def test_a_take_over_by_staff_is_shown_in_words_with_the_name(chat: Chat):
    chat.start()
    chat.door.emit("mode", {"mode": "staff"})
    expect(chat.panel).to_have_accessible_description("You are talking with the clinic team")
    chat.door.say("Hello, I have read your messages.", author="staff", author_name="Sam")
    expect(chat.rows.first).to_contain_text("Sam, Clinic team")
    chat.door.emit("mode", {"mode": "assistant"})
    expect(chat.panel).to_have_accessible_description("Automated assistant")


# --- where the reader looks ---


def test_an_answer_in_several_parts_is_read_from_its_first(chat: Chat):
    """Three bubbles in a row must not leave the reader at the end of the last."""
    chat.start().say("what now?")
    expect(chat.rows.first).to_contain_text("Sent")  # or the stand-in numbers the question after its answers
    for part in ("First part.", "\n\n".join(["Second part."] * 14), "Third part?"):
        chat.door.say(part)
    expect(chat.rows).to_have_count(4)
    expect(chat.page.get_by_text("First part.")).to_be_in_viewport()


def test_a_long_emergency_card_is_seen_from_its_heading(chat: Chat):
    chat.start().say("my throat is closing")
    chat.door.say("\n\n".join([ADVICE] * 9), card=CARD)
    expect(chat.log.get_by_role("heading", name="Call 999 now")).to_be_in_viewport(ratio=1)
    expect(chat.log.get_by_role("link", name="Call 999")).to_be_in_viewport(ratio=1)


def test_an_emergency_card_stays_in_sight_when_rows_above_it_change(chat: Chat):
    """The advice may be here before the receipt of the words that called for it, and rows move with the receipt."""
    held: list[Route] = []
    chat.start().page.route("**/api/messages", lambda route: held.append(route))
    chat.say("my throat is closing")
    chat.wait_until(lambda: bool(held))
    chat.door.say("\n\n".join([ADVICE] * 9), card=CARD)
    heading = chat.log.get_by_role("heading", name="Call 999 now")
    expect(heading).to_be_in_viewport(ratio=1)
    held[0].continue_()
    expect(chat.rows.last).to_contain_text("Sent")  # this door numbers it after the advice, so that it moves below
    chat.page.wait_for_timeout(300)  # the rise of a new row and a turn of scrolling
    expect(heading).to_be_in_viewport(ratio=1)
