"""
The chat box for everyone: axe in every state, keyboard alone, small screens, large text, forced colours.

Each state leaves a picture in artefacts/ so that a person can look at what the checker cannot judge.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .chat import ADVICE, CARD, Chat
from .fake_door import FakeDoor

WELCOME = (
    "Hello. I am the **automated assistant** of Riverside B12 Clinic.\n\nI am not a person and I do not diagnose. "
    "In an emergency call 999.\n\nMay I store what you write and show it to the clinic team?"
)
BUTTONS = [{"title": "Yes, that is fine", "say": "yes"}, {"title": "No", "say": "no"}]
LOOKS = {
    "light": {"size": (1280, 860)},
    "dark": {"size": (1280, 860), "color_scheme": "dark"},
    "contrast": {"size": (1280, 860), "forced_colors": "active"},
    "phone": {"size": (320, 640)},
    "zoom400": {"size": (320, 256)},  # 1280 by 1024 at 400 %
}


def put_on(page: Page, look: str) -> None:
    media = {"color_scheme": "light", "forced_colors": "none", **LOOKS[look]}
    width, height = media.pop("size")
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(reduced_motion="reduce", **media)


def closed(chat: Chat) -> None:
    chat.visit()


def opened(chat: Chat) -> None:
    chat.door.welcome = [chat.door.message(WELCOME, buttons=BUTTONS)]
    chat.start()
    expect(chat.page.get_by_role("button", name="Yes, that is fine")).to_be_visible()


def talking(chat: Chat) -> None:
    opened(chat)
    chat.say("yes")
    chat.door.say("Thank you. You can\n- ask a question\n- tell us your symptoms\n- ring 01632 960 123")
    chat.say("What should I bring to my first visit?")
    expect(chat.rows).to_have_count(4)
    chat.door.emit("typing", {"on": True})
    expect(chat.page.get_by_text("Assistant is writing")).to_be_visible()


def emergency(chat: Chat) -> None:
    opened(chat)
    chat.door.say(f"{ADVICE}\n\nI have alerted the clinic team.", card=CARD)
    expect(chat.log.get_by_role("heading")).to_be_visible()


def urgent_and_question(chat: Chat) -> None:
    opened(chat)
    chat.door.say(
        "You need to be seen today.",
        card={"level": "urgent", "title": "Get help today", "number": "111", "number_label": "Call 111"},
    )
    chat.door.say("Is this happening now?", card={"level": "check", "title": "One safety question"}, buttons=BUTTONS)
    expect(chat.log.get_by_role("heading")).to_have_count(2)


def offline(chat: Chat) -> None:
    opened(chat)
    chat.page.context.set_offline(True)
    chat.say("Are you there?")
    expect(chat.notice).to_contain_text("Not connected")
    expect(chat.rows.last).to_contain_text("Not sent")


def refused(chat: Chat) -> None:
    chat.door.refuse("/api/sessions", 503, error="down", message="")
    chat.visit().open()
    expect(chat.notice).to_contain_text("cannot start")


def with_staff(chat: Chat) -> None:
    opened(chat)
    chat.door.emit("mode", {"mode": "staff"})
    chat.door.say("Sam from the clinic team has joined.", author="system")
    chat.door.say("Hello, I have read your messages. How is your arm today?", author="staff", author_name="Sam")
    expect(chat.rows).to_have_count(3)


def menu(chat: Chat) -> None:
    opened(chat)
    chat.page.get_by_role("button", name="Chat options").click()
    expect(chat.page.get_by_role("button", name="Clear this chat")).to_be_visible()


def summary(chat: Chat) -> None:
    chat.door.summary = (
        "<h1>Your summary</h1><h2>What you told us</h2><ul><li>Tired for 3 weeks</li></ul><p>2 March</p>"
    )
    opened(chat)
    chat.menu("Summary of this chat")
    expect(chat.page.locator("b12-chat .paper")).to_contain_text("Tired")


def remembered(chat: Chat) -> None:
    talking(chat)
    chat.menu("Remember this chat here")
    chat.wait_until(lambda: chat.door.remembered)
    chat.page.get_by_role("button", name="Chat options").click()
    expect(chat.page.get_by_role("button", name="Stop remembering this chat")).to_be_visible()


def clearing(chat: Chat) -> None:
    opened(chat)
    chat.menu("Clear this chat")
    expect(chat.page.get_by_role("button", name="Keep the chat")).to_be_visible()


STATES = [
    closed,
    opened,
    talking,
    emergency,
    urgent_and_question,
    offline,
    refused,
    with_staff,
    menu,
    summary,
    clearing,
    remembered,
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing_in_any_look(
    state: Callable[[Chat], None],
    page: Page,
    door: FakeDoor,
    accessible: Callable[[Page], None],
    picture: Callable[[Page, str], None],
):
    """Light, dark, forced colours, 320 px and 400 % zoom; and the page never scrolls sideways."""
    state(Chat(page, door))
    for look in LOOKS:
        put_on(page, look)
        picture(page, f"widget-{state.__name__}-{look}")
        accessible(page)
        wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{look}: the page scrolls sideways"


def test_escape_closes_and_gives_the_focus_back(chat: Chat):
    chat.visit()
    chat.launcher.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.box).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()
    expect(chat.launcher).to_be_focused()


def test_escape_closes_the_topmost_thing_first(chat: Chat):
    chat.start()
    chat.page.get_by_role("button", name="Chat options").click()
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_visible()
    expect(chat.page.get_by_role("button", name="Chat options")).to_be_focused()
    chat.menu("Clear this chat")
    sheet = chat.page.locator("b12-chat .sheet")
    expect(sheet).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(chat.panel).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.panel).to_be_hidden()


def test_escape_takes_back_a_page_that_is_still_on_its_way(chat: Chat):
    held: list[Route] = []
    chat.page.route("**/pages.js*", lambda route: held.append(route))
    chat.start().menu("Clear this chat")
    chat.wait_until(lambda: held)
    chat.page.keyboard.press("Escape")
    held[0].continue_()
    chat.menu("Summary")
    expect(chat.page.locator("b12-chat .sheet")).to_contain_text("Summary")
    expect(chat.panel).to_be_visible()


def test_an_answer_does_not_take_the_focus_from_the_message_box(chat: Chat):
    chat.start()
    chat.box.fill("I am still typ")
    chat.door.say(ADVICE, card=CARD)
    expect(chat.rows).to_have_count(1)
    expect(chat.box).to_be_focused()
    expect(chat.box).to_have_value("I am still typ")


def test_everything_is_reached_by_keyboard_in_the_order_it_is_read(chat: Chat):
    opened(chat)
    chat.page.get_by_role("button", name="Chat options").focus()
    order = []
    for _ in range(9):
        order.append(chat.focused)
        chat.page.keyboard.press("Tab")
    assert order == [
        "Chat options", "Close chat", "Emergency: 999", "Ring the clinic: 01632 960 123", "Messages", "999",
        "Yes, that is fine", "No", "text",
    ]  # fmt: skip


def test_on_a_phone_nothing_behind_the_panel_can_be_reached(chat: Chat):
    chat.page.set_viewport_size({"width": 360, "height": 700})
    chat.start()
    for _ in range(14):
        chat.page.keyboard.press("Tab")
        inside = chat.page.evaluate(
            "() => [null, document.body].includes(document.activeElement) || document.activeElement.localName"
        )
        assert inside in (True, "b12-chat")


@pytest.mark.parametrize("width", [320, 1280])
def test_targets_are_at_least_24_pixels(chat: Chat, width: int):
    chat.page.set_viewport_size({"width": width, "height": 800})
    talking(chat)
    chat.door.say("Which?", buttons=BUTTONS)
    expect(chat.page.get_by_role("button", name="Yes, that is fine")).to_be_visible()
    small = chat.page.evaluate(
        """() => [...document.querySelector("b12-chat").shadowRoot.querySelectorAll("button, textarea, .help a")]
        .filter((e) => e.checkVisibility()).map((e) => [e.textContent || e.id, e.getBoundingClientRect()])
        .filter(([, r]) => r.width < 24 || r.height < 24).map(([name]) => name)"""
    )
    assert small == []


def test_a_page_written_from_right_to_left_mirrors_the_box(chat: Chat, picture: Callable[[Page, str], None]):
    chat.visit()
    chat.page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    chat.open()
    chat.door.say("שלום")
    expect(chat.rows).to_have_count(1)
    picture(chat.page, "widget-rtl")
    box = chat.panel.bounding_box()
    assert box is not None
    assert box["x"] < 100


def test_a_page_with_a_tiny_root_font_does_not_shrink_the_box(chat: Chat):
    chat.visit()
    chat.page.evaluate("() => { document.documentElement.style.setProperty('font-size', '10px'); }")
    chat.open()
    assert chat.box.evaluate("(e) => getComputedStyle(e).fontSize") == "16px"


def test_a_clinic_colour_is_taken_and_an_unreadable_one_refused(chat: Chat):
    chat.visit()
    said: list[str] = []
    chat.page.on("console", lambda line: said.append(line.text))
    chat.page.evaluate("() => document.querySelector('b12-chat').setAttribute('accent', '#7a1f5c')")
    assert chat.launcher.evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgb(122, 31, 92)"
    chat.page.evaluate("() => document.querySelector('b12-chat').setAttribute('accent', '#ffee88')")
    assert chat.launcher.evaluate("(e) => getComputedStyle(e).backgroundColor") == "rgb(11, 92, 99)"
    assert any("contrast of 4.5:1" in line for line in said)


def test_the_first_new_message_is_in_view_from_its_beginning(chat: Chat):
    chat.start()
    chat.door.say("Top line.\n\n" + "\n\n".join(f"Paragraph {number}." for number in range(40)))
    expect(chat.page.get_by_text("Top line.")).to_be_in_viewport()


def test_a_reader_who_went_back_is_not_pulled_away_and_is_told(chat: Chat):
    chat.start()
    for number in range(20):
        chat.door.say(f"Message {number}.")
    expect(chat.rows).to_have_count(20)
    chat.page.locator("b12-chat .scroller").evaluate("(e) => { e.scrollTop = 0; }")
    chat.page.wait_for_timeout(100)
    chat.door.say("Newest.")
    button = chat.page.get_by_role("button", name="New messages")
    expect(button).to_be_visible()
    expect(chat.page.get_by_text("Message 0.")).to_be_in_viewport()
    button.click()
    expect(chat.page.get_by_text("Newest.")).to_be_in_viewport()


def test_without_script_the_page_leads_to_a_form_and_a_telephone(browser: Browser, door: FakeDoor):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(door.address)
    expect(page.get_by_role("link", name="Chat on a simple page")).to_have_attribute("href", "/chat")
    expect(page.locator("noscript").get_by_role("link", name="01632 960123")).to_be_visible()
    expect(page.get_by_role("button", name="Ask our assistant")).to_be_hidden()
    context.close()


def test_the_demo_page_itself_is_accessible(page: Page, door: FakeDoor, accessible, picture):
    page.goto(door.address)
    for look in ("light", "dark", "phone"):
        put_on(page, look)
        picture(page, f"demo-{look}", full_page=True)
        accessible(page)
