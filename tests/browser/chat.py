"""The chat box as a patient sees it: names for what is on the screen."""

from __future__ import annotations

from playwright.sync_api import Locator, Page

from .fake_door import FakeDoor

CARD = {"level": "emergency", "title": "Call 999 now", "number": "999", "number_label": "Call 999"}
ADVICE = "What you describe can be dangerous. Do not wait for a reply here."


class Chat:
    def __init__(self, page: Page, door: FakeDoor) -> None:
        self.page, self.door = page, door

    def visit(self, path: str = "/") -> Chat:
        self.page.goto(self.door.address + path)
        self.launcher.wait_for()
        return self

    def open(self) -> Chat:
        self.launcher.click()
        self.panel.wait_for()
        return self

    def start(self) -> Chat:
        """Open it and wait until the server knows us."""
        self.visit().open()
        self.wait_until(lambda: self.door.streams > 0)
        return self

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def wait_until(self, true: object, *, tries: int = 400) -> None:
        for _ in range(tries):
            if true():  # type: ignore[operator]
                return
            self.page.wait_for_timeout(25)
        raise AssertionError("waited in vain")

    @property
    def launcher(self) -> Locator:
        return self.page.locator("b12-chat .launcher")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("dialog", name="Riverside B12 Clinic")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def rows(self) -> Locator:
        return self.page.locator("b12-chat .said")

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Your message")

    @property
    def notice(self) -> Locator:
        return self.page.locator("b12-chat .notice")

    @property
    def help(self) -> Locator:
        return self.page.locator("b12-chat .help")

    @property
    def focused(self) -> str:
        """The accessible name, or failing that the tag, of what has the focus."""
        return str(
            self.page.evaluate(
                """() => { let e = document.activeElement; while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
                return (e?.getAttribute("aria-label") || e?.textContent || e?.id || e?.localName || "").trim(); }"""
            )
        )

    def menu(self, item: str) -> None:
        self.page.get_by_role("button", name="Chat options").click()
        self.page.get_by_role("button", name=item).click()
