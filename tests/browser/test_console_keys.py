"""Single keys in the console: they move, they change nothing, they are off while typing and can be switched off."""

from __future__ import annotations

from playwright.sync_api import expect

from .desk import Desk, busy


def test_a_morning_by_single_keys(desk: Desk, accessible, picture) -> None:
    """Help, inbox, conversation, acknowledge, reply, note, and on to other pages."""
    busy(desk.clinic)
    desk.sign_in()
    page, press = desk.page, desk.page.keyboard.press
    press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    picture(page, "console-keys")
    accessible(page)
    press("j")  # behind an open help nothing moves
    press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    links = page.locator(".row__said a")
    press("j")
    expect(links.first).to_be_focused()
    press("j")
    expect(links.nth(1)).to_be_focused()
    press("k")
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Emergency")
    press("d")
    expect(page.locator(".line:focus mark")).to_have_text("throat is closing (fired throat-closing)")
    press("j")
    expect(page.locator(".line:focus")).to_contain_text("Call 999 now")
    press("u")
    expect(page.locator(".line:focus")).to_contain_text("wibble the fandango")
    press("a")
    acknowledge = page.get_by_role("button", name="Acknowledge")
    expect(acknowledge).to_be_focused()
    expect(acknowledge).to_have_attribute("aria-keyshortcuts", "a")
    press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Acknowledged.")
    press("a")
    expect(page.locator("#keys-said")).to_have_text("Nothing here waits to be acknowledged.")
    press("r")
    page.keyboard.type("gin a jar? /")  # ordinary letters while somebody writes
    expect(page.get_by_label("Reply to the patient")).to_have_value("gin a jar? /")
    page.get_by_label("Reply to the patient").blur()
    press("n")
    expect(page.get_by_label("New note")).to_be_focused()
    page.get_by_label("New note").blur()
    press("g")
    expect(page.locator("#keys-said")).to_contain_text("g, then one of i, w, m, s, c, a, f, e")
    press("f")
    expect(page.get_by_role("heading", level=1)).to_have_text("Figures")
    press("/")
    expect(page.get_by_label("Words")).to_be_focused()
    page.get_by_label("Words").blur()
    press("g")
    press("i")
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
    press("/")
    expect(page.get_by_label("Words")).to_be_focused()


def test_keys_can_be_switched_off_and_stay_off(desk: Desk) -> None:
    busy(desk.clinic)
    desk.sign_in()
    page = desk.page
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys work in this browser").uncheck()
    page.get_by_role("button", name="Close").click()
    for _ in range(2):  # now, and on the next page
        for key in ("?", "j", "g"):
            page.keyboard.press(key)
        expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
        expect(page.locator("#keys-said")).to_be_empty()
        assert page.evaluate("() => document.activeElement.closest('.row')") is None
        desk.go("/talk/talk-emergency")
    expect(page.get_by_role("button", name="Acknowledge")).not_to_have_attribute("aria-keyshortcuts", "a")
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys work in this browser").check()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Acknowledge")).to_be_focused()
