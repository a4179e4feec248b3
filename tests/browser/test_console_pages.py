"""The staff console in a real browser: live, by keyboard, accessible in every look, and printable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import Browser, Page, expect

from .desk import LOOKS, Desk, busy, does_not_scroll_sideways, looked_back

#: Walks through neighbouring pages, so that a clinic is made and signed in to once for several of them.
WALKS = {
    "inbox": {
        "inbox": "/",
        "inbox-waiting": "/?view=attention",
        "inbox-filtered": "/?view=all&level=urgent",
        "inbox-empty": "/?view=mine",
        "call-backs": "/call-backs",
        "alerts": "/alerts",
        "alerts-unsent": "/alerts?show=unsent",
    },
    "conversation": {
        "talk": "/talk/talk-emergency",
        "talk-summary": "/talk/talk-old",
        "rule": "/rules/throat-closing",
        "not-found": "/talk/none",
        "search": "/search?q=tired",
        "search-empty": "/search?q=nothing-like-it",
    },
    "looking-back": {
        "figures": "/figures?days=1",
        "figures-own-days": "/figures?since=2020-01-02&until=2020-01-01",
        "examples": "/examples",
        "retention": "/retention",
        "people": "/people",
        "audit": "/audit",
        "account": "/account",
    },
}


@pytest.mark.parametrize("walk", WALKS)
def test_axe_finds_nothing_on_any_page(
    desk: Desk, walk: str, accessible: Callable[[Page], None], picture: Callable[[Page, str], None]
):
    """Light, dark, forced colours and 320 px; and no page scrolls sideways."""
    busy(desk.clinic)
    looked_back(desk.clinic)
    desk.sign_in("admin")
    for name, path in WALKS[walk].items():
        desk.go(path)
        for look in LOOKS:
            desk.put_on(look)
            picture(desk.page, f"console-{name}-{look}", full_page=True)
            accessible(desk.page, f"{name}, {look}")
            does_not_scroll_sideways(desk.page, f"{name}, {look}")


EMPTY = {
    "/": "There is no conversation yet.",
    "/call-backs": "Nobody is waiting for a call.",
    "/alerts": "No call has been made yet.",
    "/figures": "Nothing happened in this time.",
    "/examples": "Nothing waits.",
    "/retention": "No conversation is under a legal hold.",
}


def test_a_clinic_on_its_first_day_is_told_what_will_appear_where(desk: Desk, accessible, picture):
    desk.sign_in("admin")
    for path, words in EMPTY.items():
        expect(desk.go(path).page.get_by_text(words)).to_be_visible()
        accessible(desk.page, path)
        picture(desk.page, f"console-empty{path.replace('/', '-')}", full_page=True)


def test_each_role_sees_its_pages_and_what_it_may_do_on_them(desk: Desk, picture):
    busy(desk.clinic)
    looked_back(desk.clinic)
    page = desk.page
    may = {
        "viewer": {"Approve": 0, "Reached": 0, "Acknowledge": 0, "/retention": 403},
        "clinician": {"Approve": 1, "Reached": 1, "Acknowledge": 1, "/retention": 403},
        "admin": {"Approve": 1, "Reached": 1, "Acknowledge": 1, "/retention": 200},
    }
    for role, expected in may.items():
        desk.sign_in(role)
        found = {}
        for path, button in (("/examples", "Approve"), ("/call-backs", "Reached"), ("/talk/talk-leg", "Acknowledge")):
            found[button] = min(1, desk.go(path).page.get_by_role("button", name=button).count())
        answer = page.goto(desk.address + "/retention")
        found["/retention"] = answer.status if answer else 0
        assert found == expected, role
        assert (page.get_by_role("link", name="Retention").count() == 1) == (role == "admin")
        if role == "viewer":
            expect(page.get_by_role("heading", level=1)).to_have_text("You may not do this")
            picture(page, "console-viewer-refused")
        page.context.clear_cookies()


def test_a_filter_is_kept_used_and_taken_away(desk: Desk, accessible, picture):
    busy(desk.clinic)
    page = desk.sign_in().page
    page.locator("details.filters > summary").click()
    page.get_by_label("Level").select_option("Urgent")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Keep these filters as").fill("Legs")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Filter saved.")
    desk.go("/")
    page.get_by_role("navigation", name="Saved filters").get_by_role("link", name="Legs").click()
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row")).to_contain_text("my left calf is swollen")
    picture(page, "console-saved-filter", full_page=True)
    accessible(page, "saved filter")
    page.get_by_role("button", name="Take “Legs” away").click()
    expect(page.get_by_role("navigation", name="Saved filters")).to_have_count(0)


def test_an_example_waits_for_a_second_person(desk: Desk):
    """Marked and proposed on the conversation's page; approved by a colleague; no telephone number left in it."""
    desk.clinic.says(desk.clinic.consented("talk-review"), "ring me on 01632 960777, is the clinic open on sunday")
    page = desk.sign_in("clinician").go("/talk/talk-review").page
    page.locator("#m-3 summary", has_text="Review").click()
    page.locator("#m-3").get_by_label("It was").select_option("Wrong")
    page.locator("#m-3").get_by_role("button", name="Save and propose as an example").click()
    expect(page.get_by_role("alert")).to_contain_text("Proposed.")
    desk.go("/examples")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("is the clinic open on sunday")
    expect(page.get_by_role("main")).not_to_contain_text("960777")
    page.context.clear_cookies()
    desk.sign_in("admin").go("/examples")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", name="Approved")).to_contain_text("1")


def test_the_dashboard_can_be_read_in_numbers_and_prints(desk: Desk, picture):
    busy(desk.clinic)
    page = desk.sign_in("viewer").go("/figures?days=1").page
    plot = page.get_by_role("region", name="Escalations by hour", exact=True)
    expect(plot.get_by_role("img", name="Escalations by hour")).to_be_visible()
    plot.get_by_text("Numbers").click()
    expect(plot.get_by_role("columnheader")).to_have_text(["Hour", "Emergency", "Urgent"])
    expect(plot.get_by_role("row")).to_have_count(25)
    page.get_by_role("navigation", name="Period").get_by_role("link", name="30 days").click()
    expect(page.get_by_role("heading", name="Escalations by day")).to_be_visible()
    page.emulate_media(media="print")
    picture(page, "console-figures-print", full_page=True)
    assert page.locator("button:visible, nav:visible, .filters:visible").count() == 0
    expect(page.get_by_role("img", name="Conversations by day")).to_be_visible()


def test_signing_in_refused_and_forbidden_pages_are_accessible(desk: Desk, accessible, picture):
    desk.go("/sign-in")
    accessible(desk.page)
    desk.page.get_by_label("User name").fill("viewer")
    desk.page.get_by_label("Password").fill("wrong password")
    desk.page.get_by_role("button", name="Sign in").click()
    expect(desk.page.get_by_role("alert")).to_contain_text("is not right")
    picture(desk.page, "console-sign-in-refused")
    accessible(desk.page)
    desk.sign_in("viewer").go("/audit")
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("You may not do this")
    picture(desk.page, "console-forbidden")
    accessible(desk.page)


def test_a_new_emergency_appears_and_is_announced_without_a_reload(desk: Desk):
    desk.sign_in()
    expect(desk.page.get_by_text("There is no conversation yet.")).to_be_visible()
    desk.page.evaluate("() => { window.notReloaded = true; }")
    desk.clinic.emergency()
    expect(desk.page.get_by_role("list", name="Waiting for us").get_by_role("listitem")).to_have_count(1)
    expect(desk.page.locator("#news")).to_have_text("New: 1 emergency.")
    expect(desk.page).to_have_title("(1) Inbox – Riverside B12 Clinic")
    assert desk.page.evaluate("() => window.notReloaded")


def test_the_clock_runs_on_the_page(desk: Desk):
    desk.clinic.emergency()
    desk.sign_in()
    first = desk.page.locator("[data-due]").first.inner_text()
    assert first.startswith("due in 4:")
    expect(desk.page.locator("[data-due]").first).not_to_have_text(first)


def test_news_do_not_take_the_focus_away(desk: Desk):
    desk.clinic.emergency()
    desk.sign_in()
    link = desk.page.get_by_role("link", name="Hello. I had my jab")
    link.focus()
    desk.clinic.emergency("talk-second")
    expect(desk.page.get_by_role("list", name="Waiting for us").get_by_role("listitem")).to_have_count(2)
    focused = desk.page.evaluate("() => document.activeElement.closest('.row')?.dataset.id")
    assert focused == "talk-emergency"


def test_rows_are_walked_with_the_arrow_keys(desk: Desk):
    busy(desk.clinic)
    desk.sign_in()
    links = desk.page.locator(".row__said a")
    links.first.focus()
    desk.page.keyboard.press("ArrowDown")
    expect(links.nth(1)).to_be_focused()
    desk.page.keyboard.press("End")
    expect(links.last).to_be_focused()
    desk.page.keyboard.press("Home")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Emergency")


def test_a_new_message_appears_in_an_open_conversation_and_typed_words_stay(desk: Desk):
    desk.clinic.emergency()
    desk.sign_in().go("/talk/talk-emergency")
    box = desk.page.get_by_label("Reply to the patient")
    box.fill("I am writing to y")
    desk.clinic.says("talk-emergency", "my lips are tingling too")
    expect(desk.page.locator("#live-transcript")).to_contain_text("my lips are tingling too")
    expect(desk.page.locator("#news")).to_contain_text("1 new message")
    expect(box).to_have_value("I am writing to y")


def test_a_reason_that_is_being_typed_is_not_replaced(desk: Desk):
    desk.clinic.emergency()
    desk.sign_in().go("/talk/talk-emergency")
    reason = desk.page.get_by_label("Reason, for the record")
    reason.fill("Spoke to the pat")
    desk.clinic.says("talk-emergency", "hello?")
    expect(desk.page.locator("#stale")).to_contain_text("Your words are kept.")
    expect(reason).to_have_value("Spoke to the pat")


def test_from_the_inbox_to_a_reply_by_keyboard_alone(desk: Desk):
    desk.clinic.emergency()
    desk.sign_in()
    page = desk.page
    page.locator(".row__said a").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Acknowledge").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Acknowledged.")
    page.get_by_label("Reply to the patient").focus()
    page.keyboard.type("Help is coming.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".line--staff")).to_contain_text("Help is coming.")
    expect(page.get_by_role("button", name="Hand back to the assistant")).to_be_visible()


def test_the_word_why_leads_to_the_rule_behind_the_mark(desk: Desk):
    desk.clinic.emergency()
    desk.sign_in().go("/talk/talk-emergency")
    desk.page.get_by_role("link", name="Why rule throat-closing fired").click()
    expect(desk.page.get_by_text("Resuscitation Council UK")).to_be_visible()


def test_an_ended_sitting_is_said_on_an_open_page(desk: Desk):
    desk.sign_in()
    desk.page.context.clear_cookies()
    expect(desk.page.locator("#stale")).to_contain_text("Your sitting has ended.")
    desk.page.get_by_role("button", name="Sign in again").click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_printed_conversation_has_no_buttons(desk: Desk, picture):
    busy(desk.clinic)
    desk.sign_in().go("/talk/talk-emergency")
    desk.page.emulate_media(media="print")
    picture(desk.page, "console-print", full_page=True)
    assert desk.page.locator("button:visible, textarea:visible, nav:visible").count() == 0
    expect(desk.page.get_by_text("throat is closing").first).to_be_visible()


def test_every_target_is_at_least_24_pixels(desk: Desk):
    busy(desk.clinic)
    desk.sign_in("admin")
    for path in ("/", "/talk/talk-emergency", "/people", "/account"):
        desk.go(path)
        small = desk.page.evaluate(
            """() => [...document.querySelectorAll("button, select, input:not([type=hidden]), textarea, nav a, a.button, a.why, summary")]
            .filter((e) => e.checkVisibility()).map((e) => [e.textContent.trim() || e.name, e.getBoundingClientRect()])
            .filter(([, r]) => r.width < 24 || r.height < 24).map(([name, r]) => `${name} ${r.width}x${r.height}`)"""
        )
        assert small == [], path


def second_person(desk: Desk, browser: Browser, username: str) -> Page:
    """A colleague with a browser of their own."""
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    Desk(desk.clinic, desk.address, page).sign_in(username)
    return page


def test_two_who_write_at_once_are_told_of_each_other_and_none_answers_unread(desk: Desk, browser: Browser):
    talk = desk.clinic.emergency()
    desk.sign_in().go(f"/talk/{talk}")
    other = second_person(desk, browser, "admin")
    other.goto(f"{desk.address}/talk/{talk}")
    expect(desk.page.locator("#present")).to_have_text("Admin Person has this open too.")
    other.get_by_label("Reply to the patient").fill("I am on it.")
    expect(desk.page.locator("#present")).to_have_text("Admin Person is writing a reply.")
    desk.page.get_by_label("Reply to the patient").fill("Please wait.")
    other.get_by_role("button", name="Send as").click()
    expect(desk.page.locator(".line--staff")).to_contain_text("I am on it.")
    desk.page.get_by_role("button", name="Send as").click()
    expect(desk.page.get_by_role("alert")).to_contain_text("Admin Person has answered the patient meanwhile.")
    expect(desk.page.get_by_label("Reply to the patient")).to_have_value("Please wait.")
    desk.page.get_by_role("button", name="Send as").click()
    expect(desk.page.locator(".line--staff")).to_have_count(2)
    other.context.close()


def test_typing_a_reply_is_told_once_in_a_while_and_only_by_whoever_holds_the_conversation(desk: Desk):
    talk = desk.clinic.emergency()
    asked: list[str] = []
    desk.page.on("request", lambda request: request.url.endswith("/typing") and asked.append(request.post_data or ""))
    box = desk.sign_in().go(f"/talk/{talk}").page.get_by_label("Reply to the patient")
    box.fill("before")
    assert asked == []
    desk.page.get_by_role("button", name="Take over", exact=True).click()
    desk.page.clock.set_fixed_time(datetime.now(timezone.utc))
    with desk.page.expect_response("**/typing") as answer:
        box.press_sequentially("Hello")
    assert answer.value.status == 204
    assert len(asked) == 1 and "Hello" not in asked[0] and asked[0].startswith("form=")
    desk.page.clock.set_fixed_time(datetime.now(timezone.utc) + timedelta(minutes=1))
    with desk.page.expect_response("**/typing"):
        box.press("s")


def test_a_ready_made_reply_goes_into_the_box_beside_what_stands_there(desk: Desk):
    desk.clinic.emergency()
    desk.sign_in().go("/talk/talk-emergency")
    box = desk.page.get_by_label("Reply to the patient")
    box.fill("Hello Ada.")
    desk.page.get_by_role("button", name="Put into the box").click()
    expect(box).to_have_value("Hello Ada.\n\nI would like to ring you.")
    expect(box).to_be_focused()


def test_exports_are_downloads(desk: Desk):
    busy(desk.clinic)
    desk.sign_in().go("/talk/talk-old")
    desk.page.locator("details.menu summary").click()
    for words, ending in (("FHIR R4, with messages", ".fhir.json"), ("Summary as PDF", ".pdf")):
        with desk.page.expect_download(timeout=60_000) as got:  # the typesetter is loaded at its first use
            desk.page.get_by_role("link", name=words, exact=True).click(no_wait_after=True)
        assert got.value.suggested_filename == f"conversation-talk-old{ending}"
