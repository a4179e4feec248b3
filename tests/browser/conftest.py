"""
A real browser for the tests in this folder: `browser` for the session, `page` for one test.

Without Chromium these tests are skipped by name on a developer's machine and fail where CI is "true":
a check that silently does not run is worse than none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from needs import leave_out
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from .chat import Chat
from .desk import desk as desk
from .desk import empty_ledger as empty_ledger
from .desk import password_hash as password_hash
from .fake_door import FakeDoor

CHROMIUM = Path(os.environ.get("B12_TEST_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = Path(__file__).resolve().parents[2] / "artefacts"
HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        leave_out(f"{CHROMIUM} is missing; `make setup-system` installs it.")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB", reduced_motion="reduce")
    made.set_default_timeout(10_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """One tab.  A script error or a breach of the Content-Security-Policy fails the test."""
    made = context.new_page()
    wrong: list[str] = []
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda line: wrong.append(line.text) if "Content Security Policy" in line.text else None)
    yield made
    assert not wrong, wrong


@pytest.fixture
def door() -> Iterator[FakeDoor]:
    fake = FakeDoor()
    stop = fake.start()
    yield fake
    stop()


@pytest.fixture
def chat(page: Page, door: FakeDoor) -> Chat:
    return Chat(page, door)


@pytest.fixture
def accessible() -> Callable[..., None]:
    """Fails with axe's own words when the page breaks WCAG 2.2 A or AA or a best practice."""
    axe = Axe()

    def check(page: Page, where: str = "") -> None:
        results = axe.run(
            page,
            options={
                "runOnly": {
                    "type": "tag",
                    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
                }
            },
        )
        wrong = [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in results.response["violations"]]
        assert wrong == [], where

    return check


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keeps a screenshot in artefacts/ for people to look at."""

    def take(page: Page, name: str, *, full_page: bool = False) -> None:
        PICTURES.mkdir(exist_ok=True)
        page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=full_page)

    return take
