"""The two talks in a real browser against the whole running product, and staff who read them."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from .chat import Chat
from .running import PASSWORD, Running, start

pytestmark = pytest.mark.model

#: The first answer of a fresh process takes its time on a busy machine.
PATIENCE = 40_000


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("product"))
    yield running
    if running.process.poll() is None:
        assert running.stop() == 0


class Talk(Chat):
    """The chat box on the demo page of the running product."""

    def begin(self) -> Talk:
        self.visit().open()
        self.page.get_by_role("button", name="Yes, that is fine").click()
        self.hears("What brings you here?")
        return self

    def hears(self, words: str) -> None:
        expect(self.log).to_contain_text(words, timeout=PATIENCE)

    def tells(self, words: str, *, hears: str) -> None:
        self.say(words)
        self.hears(hears)


def test_a_patient_completes_an_assessment_in_the_browser(
    product: Running, page: Page, picture: Callable[..., None]
) -> None:
    talk = Talk(page, product).begin()  # type: ignore[arg-type]
    talk.tells(
        "ive been shattered for months and my feet tingle, had a gastric bypass in 2019", hears="How old are you?"
    )
    picture(page, "talk-1-three-facts")
    talk.tells("can these injections give me a blood clot?", hears="not seen as a usual cause")
    talk.hears("your age in years")
    talk.tells("b12 was 150", hears="Which unit")
    talk.tells("42", hears="Are you pregnant")
    talk.tells("no", hears="any vitamin B12 at the moment")
    talk.tells("none", hears="just after the")
    talk.tells("pg/ml, hb 9.8", hears="You could ask your clinician")
    talk.hears("signs from the nerves")
    talk.hears("the gut does not take in B12 well")
    picture(page, "talk-2-assessment")
    talk.tells("show my summary", hears="Test results")
    picture(page, "talk-3-summary")


def test_an_emergency_in_the_middle_stops_everything_else(
    product: Running, page: Page, picture: Callable[..., None]
) -> None:
    talk = Talk(page, product).begin()  # type: ignore[arg-type]
    talk.tells("im so tired all the time", hears="How old are you?")
    talk.tells("actually my throat feels like its closing up", hears="Please call 999 now")
    expect(talk.log.get_by_role("link", name="Call 999").first).to_have_attribute("href", "tel:999")
    picture(page, "talk-4-emergency")


def test_staff_sign_in_and_read_both_talks_the_emergency_first(
    product: Running, page: Page, picture: Callable[..., None], accessible: Callable[[Page], None]
) -> None:
    page.goto(product.console + "/")
    page.get_by_label("User name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    rows = page.locator("main").get_by_role("link")
    expect(page.locator("main")).to_contain_text("mergency", timeout=PATIENCE)
    accessible(page)
    picture(page, "console-1-inbox")
    page.locator("main a[href^='/talk/']").first.click()
    expect(page.locator("mark").first).to_contain_text("throat", timeout=PATIENCE)
    accessible(page)
    picture(page, "console-2-emergency", full_page=True)
    page.go_back()
    expect(rows.first).to_be_visible()
    page.locator("main a[href^='/talk/']").last.click()
    expect(page.locator("main")).to_contain_text("gastric bypass in 2019", timeout=PATIENCE)
    picture(page, "console-3-assessment", full_page=True)


def test_everything_ends_with_one_ctrl_c(product: Running) -> None:
    """Last in this file: afterwards nothing answers and no child is left."""
    assert product.stop() == 0
    with pytest.raises(OSError):
        urllib.request.urlopen(product.address + "/health", timeout=2)
    assert "Traceback" not in product.log.read_text(errors="replace")
