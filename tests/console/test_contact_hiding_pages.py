"""No page, list or file of the console shows a typed telephone number or address before the details were opened."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.clinical.codes import Level
from bot.conversation.ports import Contact
from bot.knowledge.content import Content, load_content
from bot.records.contact_hiding import BULLET

from .seeding import Clinic
from .test_exports import pdf_text

PHONE, MAIL = "07700 900417", "zebulon.q@example.org"
WORDS = ("/?", "/inbox/rows", "/search")  # what begins like this shows words of the patient
OTHERS = ("+44 7700-900-417", "(07700) 900417", "07700900417", MAIL.upper())


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content()


@pytest.fixture
def talk(clinic: Clinic, content: Content) -> str:
    """A patient in danger who types how to be reached in many ways; the assistant repeats it, staff note it."""
    clinic.parts = replace(clinic.parts, codes=content.record_codes, pseudonyms=content.pseudonyms)
    talk = clinic.consented("t1")
    said = f"My throat is closing, quick, {PHONE}! Or {OTHERS[0]}."
    clinic.says(talk, said, level=Level.EMERGENCY, words=f"throat is closing, quick, {PHONE}")
    asked = clinic.says(talk, f"trampoline: {OTHERS[1]}, {OTHERS[2]}, {OTHERS[3]}")
    words = f"so tired, ring {PHONE}"
    item = {"code": "fatigue", "name": "tiredness", "kind": "symptom", "state": "present", "words": words}
    snapshot = {"items": [item], "ask": [f"Will you ring {PHONE}?"], "intent": "provide_contact", "understood": True}
    contact = Contact(phone=PHONE, email=MAIL)
    clinic.answers(talk, asked, f"Noted: {PHONE} / {MAIL}.", contact=contact, snapshot=snapshot, wants_staff=True)
    return talk


def read(page: str) -> list[str]:
    """Which of the ways of writing can be read in it."""
    return [written for written in (PHONE, MAIL, *OTHERS, "900417", "900-417") if written in page]


def test_the_whole_transcript_is_covered_until_the_details_are_opened(clinic: Clinic, talk: str, signed_in):
    visitor = signed_in("clinician")
    visitor.submit(f"/talk/{talk}", f"/talk/{talk}/notes", text=f"Rang {PHONE}, no answer")
    visitor.submit(f"/talk/{talk}", f"/talk/{talk}/messages/2/mark", verdict="right", comment=f"asked to ring {PHONE}")
    page = visitor.get(f"/talk/{talk}").text
    assert read(page) == []
    assert page.count(BULLET * len(PHONE)) >= 4
    assert f"throat is closing, quick, {BULLET * len(PHONE)}</mark>" in page.replace("</a>", ""), page
    shown = visitor.submit(f"/talk/{talk}", f"/talk/{talk}/contact").text
    before, card = shown.split('id="contact"')
    assert read(before) == []
    card, after = card.split("</section>", 1)
    assert read(card) == [PHONE, MAIL, "900417"]
    assert read(after) == []
    assert read(visitor.get(f"/talk/{talk}").text) == [], "a reload covers it again"


@pytest.mark.parametrize(
    "path",
    ["/?view=all", "/?view=attention", "/inbox/rows?view=all", "/search?q=trampoline", "/search?q=noted", "/call-backs", "/alerts",
     "/examples", "/figures", "/inbox/export", "/inbox/export?as=json"],
)  # fmt: skip
def test_no_list_shows_it(clinic: Clinic, talk: str, signed_in, path: str):
    answer = signed_in("clinician").get(path)
    assert answer.status_code == 200
    assert read(answer.text) == []
    assert (BULLET in answer.text) is path.startswith(WORDS), "where words are shown the rest of them stays"


def test_it_can_be_searched_for_and_is_found_covered(clinic: Clinic, talk: str, signed_in):
    page = signed_in("viewer").get(f"/search?q={PHONE}").text
    hits = page.split('<ol class="hits">')[1]
    assert read(hits) == []
    assert hits.count(f"/talk/{talk}#") >= 2
    searched = [
        entry for entry in clinic.desk.audit(by="system", now=clinic.clock.now).entries if "search" in entry.action
    ]
    assert searched and read(repr(searched)) == []


@pytest.mark.parametrize("kind", ["export", "fhir", "fhir?messages=yes", "summary.pdf"])
def test_no_file_holds_it_unless_it_was_chosen_and_then_once(clinic: Clinic, talk: str, signed_in, kind: str):
    visitor = signed_in("clinician")

    def words(path: str) -> str:
        answer = visitor.get(path)
        assert answer.status_code == 200
        return pdf_text(answer.content) if "pdf" in path else json.dumps(answer.json())

    assert read(words(f"/talk/{talk}/{kind}")) == []
    chosen = words(f"/talk/{talk}/{kind}{'&' if '?' in kind else '?'}contact=yes")
    assert chosen.count(PHONE) == chosen.count(MAIL) == 1
    assert read(chosen) == [PHONE, MAIL, "900417"]


def test_an_example_made_of_the_conversation_holds_neither(clinic: Clinic, talk: str, signed_in):
    visitor = signed_in("clinician")
    assert visitor.submit(f"/talk/{talk}", f"/talk/{talk}/propose").status_code == 303
    page = visitor.get("/examples").text
    assert read(page) == []
    assert "[phone]" in page and "[email]" in page
