"""A served console for the browser tests: the clinic behind it, a page that is signed in, and a busy morning."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from console.seeding import PASSWORD, SNAPSHOT, Clinic, Clock
from playwright.sync_api import Page, expect

from bot.clinical.codes import Level
from bot.console import create_console
from bot.console.passwords import hash_password
from bot.conversation.desk_people import Role
from bot.conversation.ports import Contact
from bot.knowledge.content import FOLDER
from bot.knowledge.pseudonyms import load_pseudonyms
from bot.knowledge.staff_replies import StaffReply
from bot.records import migrate

from .served import serve

LOOKS = {
    "light": {"size": (1360, 900)},
    "dark": {"size": (1360, 900), "color_scheme": "dark"},
    "contrast": {"size": (1360, 900), "forced_colors": "active"},
    "phone": {"size": (320, 640)},
}
CANNED = (StaffReply("ring", "May I ring you?", "I would like to ring you."),)


@dataclass
class Desk:
    """A served console, the clinic behind it, and a page that is signed in."""

    clinic: Clinic
    address: str
    page: Page

    def sign_in(self, username: str = "clinician") -> Desk:
        self.page.goto(f"{self.address}/sign-in")
        self.page.get_by_label("User name").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Inbox")
        return self

    def go(self, path: str) -> Desk:
        self.page.goto(self.address + path)
        return self

    def put_on(self, look: str) -> None:
        media = {"color_scheme": "light", "forced_colors": "none", **LOOKS[look]}
        width, height = media.pop("size")
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(reduced_motion="reduce", **media)


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "empty.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def password_hash() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def desk(empty_ledger: Path, password_hash: str, tmp_path: Path, page: Page) -> Iterator[Desk]:
    """Times are real: the clocks on the page run in the browser."""
    shutil.copy(empty_ledger, tmp_path / "clinic.db")
    clinic = Clinic(tmp_path / "clinic.db", Clock(datetime.now(timezone.utc)))
    for role in Role:
        clinic.person(role.value, role, name=f"{role.value.capitalize()} Person", password_hash=password_hash)
    parts = replace(
        clinic.parts,
        poll_seconds=1,
        canned=CANNED,
        pseudonyms=load_pseudonyms(FOLDER, []),
        now=lambda: datetime.now(timezone.utc),
    )
    address, stop = serve(create_console(parts))
    yield Desk(clinic, address, page)
    stop()
    clinic.database.close()


def busy(clinic: Clinic) -> None:
    """A morning: two emergencies, a leg, a wish for a person, an odd message, an old talk."""
    now = clinic.clock.now
    clinic.clock.now = now - timedelta(hours=20)
    old = clinic.says(clinic.consented("talk-old"), "I have been so tired for 3 weeks. My B12 was 150 ng/L.")
    clinic.answers("talk-old", old, "Thank you.", snapshot=SNAPSHOT, contact=Contact(phone="01632 960555"))
    clinic.clock.now = now - timedelta(minutes=40)
    clinic.consented("talk-leg")
    clinic.says(
        "talk-leg",
        "my left calf is swollen",
        level=Level.URGENT,
        words="left calf is swollen",
        rule="dvt-one-leg",
        category="dvt",
    )
    person = clinic.says(clinic.consented("talk-person"), "can I talk to somebody please")
    clinic.answers("talk-person", person, "Somebody will come.", wants_staff=True, snapshot=SNAPSHOT)
    clinic.clock.now = now - timedelta(minutes=2)
    clinic.emergency()
    message = clinic.says("talk-emergency", "wibble the fandango")
    clinic.answers(
        "talk-emergency", message, "Sorry?", snapshot={**SNAPSHOT, "understood": False, "intent": "out_of_scope"}
    )
    clinic.desk.label("talk-emergency", "first jab", by=clinic.desk.staff_named("clinician").id, now=now)
    clinic.desk.note("talk-emergency", "Rang back, no answer.", by=clinic.desk.staff_named("clinician").id, now=now)
    clinic.clock.now = now


def looked_back(clinic: Clinic) -> None:
    """What staff leave behind: a verdict, an example that waits and one that was approved, a legal hold."""
    clinician, admin = (clinic.desk.staff_named(name).id for name in ("clinician", "admin"))
    viewer, now = clinic.desk.staff_named("viewer").id, clinic.clock.now
    said = {
        talk: clinic.desk.open(talk, by=clinician, now=now).messages for talk in ("talk-old", "talk-leg", "talk-person")
    }
    examples = []
    for talk, lines in said.items():
        seq = [line.seq for line in lines if line.author == "patient"][-1]
        clinic.desk.mark_turn(talk, seq, verdict="right", intent="report_symptoms", by=viewer, now=now)
        examples.append(clinic.desk.propose_message(talk, seq, rules=(), by=viewer, now=now))
    clinic.desk.decide_example(examples[0], approve=True, by=clinician, now=now)
    clinic.desk.hold("talk-leg", reason="A solicitor has asked for it.", by=admin, now=now)


def does_not_scroll_sideways(page: Page, where: str) -> None:
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{where}: the page scrolls sideways"
