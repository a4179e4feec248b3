"""What leaves the console: to whom, in which form, and what the audit says of it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from bot.clinical.codes import Level
from bot.console import exports
from bot.console.sheets import as_csv, harmless
from bot.console.typeset import CannotTypeset
from bot.conversation.desk_people import Role
from bot.conversation.ports import Contact
from bot.knowledge.content import load_content

from .seeding import SNAPSHOT, Clinic
from .test_talk_page import told

REACH = Contact(name="Ada Example", phone="01632 960 555")
PATHS = ["/talk/t1/export", "/talk/t1/fhir", "/talk/t1/summary.pdf", "/inbox/export", "/inbox/export?as=json"]


def last_export(clinic: Clinic) -> tuple[str, dict[str, Any]]:
    entries = clinic.desk.audit(by="system", now=clinic.clock.now).entries
    found = next(entry for entry in entries if entry.action.endswith("exported"))
    assert found.by_name == "Clinician Person"
    return found.target, found.details


# --- who ---


@pytest.mark.parametrize("path", PATHS)
def test_a_viewer_may_take_nothing_out_and_is_told_why(clinic: Clinic, signed_in, path: str):
    told(clinic)
    answer = signed_in("viewer").get(path)
    assert answer.status_code == 403
    assert "needs the role Clinician or Admin" in answer.text
    assert not [
        e for e in clinic.desk.audit(by="system", now=clinic.clock.now).entries if e.action.endswith("exported")
    ]


@pytest.mark.parametrize("path", PATHS)
def test_a_clinician_may_and_it_is_written_down(clinic: Clinic, signed_in, path: str):
    told(clinic)
    answer = signed_in("clinician").get(path)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    assert last_export(clinic)[0] == ("t1" if "talk" in path else "-")


@pytest.mark.parametrize("kind", ["export", "fhir", "summary.pdf"])
def test_an_unknown_conversation_is_not_found(signed_in, kind: str):
    assert signed_in("admin").get(f"/talk/none/{kind}").status_code == 404


def test_a_viewer_sees_no_export_to_click(clinic: Clinic, signed_in):
    told(clinic)
    assert "summary.pdf" not in signed_in("viewer").get("/talk/t1").text
    assert "summary.pdf" in signed_in("clinician").get("/talk/t1").text


# --- contact details ---


@pytest.mark.parametrize("kind", ["export", "fhir", "summary.pdf"])
def test_contact_details_go_out_only_when_asked_for_and_that_is_written_down(clinic: Clinic, signed_in, kind: str):
    told(clinic, contact=REACH)
    visitor = signed_in("clinician")

    def words(path: str) -> str:
        answer = visitor.get(path)
        return pdf_text(answer.content) if kind.endswith("pdf") else answer.text

    assert "01632 960 555" not in words(f"/talk/t1/{kind}")
    assert last_export(clinic)[1]["contact"] is False
    assert "01632 960 555" in words(f"/talk/t1/{kind}?contact=yes")
    assert last_export(clinic)[1]["contact"] is True
    assert "contact.shown" in [entry.action for entry in clinic.desk.audit(by="system", now=clinic.clock.now).entries]


# --- JSON and FHIR ---


def test_json_holds_the_conversation(clinic: Clinic, signed_in):
    talk = clinic.emergency()
    conversation = signed_in("clinician").get(f"/talk/{talk}/export").json()["conversation"]
    assert conversation["level"] == "emergency"
    assert conversation["escalations"][0]["matches"][0]["words"] == "throat is closing"


def test_fhir_is_a_bundle_that_a_library_reads(clinic: Clinic, signed_in):
    from dataclasses import replace

    clinic.parts = replace(clinic.parts, codes=load_content().record_codes)
    told(clinic)
    answer = signed_in("clinician").get("/talk/t1/fhir?messages=yes")
    assert answer.headers["content-type"] == "application/fhir+json"
    kinds = [entry.resource.resource_type for entry in Bundle.parse_raw(answer.text).entry]
    assert kinds.count("Observation") == 2
    assert kinds.count("Communication") == 4
    assert last_export(clinic)[1] == {"as": "fhir", "messages": True, "contact": False}


# --- PDF ---


def pdf_text(written: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(written)).pages).split())


def test_the_pdf_holds_the_summary(clinic: Clinic, signed_in):
    told(clinic, snapshot={"ask": ["What is the likely cause?"]})
    clinic.says("t1", "my throat is closing", level=Level.EMERGENCY, words="throat is closing")
    answer = signed_in("clinician").get("/talk/t1/summary.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    text = pdf_text(answer.content)
    for words in (
        "Riverside B12 Clinic",
        "Not a diagnosis",
        "Draft: demonstration content",
        "62 years",
        "Emergency: Anaphylaxis",
        "throat is closing",
        "Not acknowledged",
        "Injection favoured",
        "nerve signs",
        "tiredness for 3 weeks “so tired”",
        "losing weight",
        "this is not a",
        "a change in sight",
        "< 150 ng/L",
        "< 110.7 pmol/L",
        "2024-03",
        "low",
        "What is the likely cause?",
        "content v1",
        "Page 1 of",
    ):
        assert words in text, words


def test_the_pdf_is_a4_tagged_and_names_itself(clinic: Clinic, signed_in):
    told(clinic)
    reader = PdfReader(io.BytesIO(signed_in("clinician").get("/talk/t1/summary.pdf").content))
    box = reader.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)
    assert reader.metadata.title == "Summary of a conversation, Riverside B12 Clinic"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "en-GB"


def test_a_long_summary_runs_over_pages_that_each_carry_name_and_number(clinic: Clinic, signed_in):
    items = [{**SNAPSHOT["items"][0], "code": f"c{n}", "name": f"finding number {n}"} for n in range(80)]
    told(clinic, snapshot={"items": items})
    pages = PdfReader(io.BytesIO(signed_in("clinician").get("/talk/t1/summary.pdf").content)).pages
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert "Riverside B12 Clinic" in text
        assert f"Page {number} of {len(pages)}" in text
        assert "Draft" in text


def test_a_pdf_of_a_patient_who_said_nothing_is_designed(clinic: Clinic, signed_in):
    clinic.consented("t1")
    text = pdf_text(signed_in("clinician").get("/talk/t1/summary.pdf").content)
    assert "told nothing yet" in text
    assert "No danger rule has fired" in text


def test_a_patients_words_are_never_markup_in_the_pdf_and_fetch_nothing(clinic: Clinic, signed_in):
    attack = '<img src="file:///etc/passwd"><link rel=attachment href="http://127.0.0.1:9/x"><b>bold</b>'
    told(clinic, snapshot={"items": [{**SNAPSHOT["items"][0], "words": attack, "name": attack}]})
    answer = signed_in("clinician").get("/talk/t1/summary.pdf")
    assert "<b>bold</b>" in pdf_text(answer.content)
    assert b"/EmbeddedFile" not in answer.content


def test_where_the_libraries_are_missing_the_page_says_what_to_install(clinic: Clinic, signed_in, monkeypatch):
    def missing(html: str, *, css: str) -> bytes:
        raise CannotTypeset("libpango-1.0-0")

    monkeypatch.setattr(exports, "make_pdf", missing)
    told(clinic)
    answer = signed_in("clinician").get("/talk/t1/summary.pdf")
    assert answer.status_code == 503
    assert "libpango-1.0-0" in answer.text
    assert "use Print" in answer.text


# --- lists ---


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_a_list_holds_what_the_filters_keep_and_no_word_of_a_patient(clinic: Clinic, signed_in):
    clinic.emergency()
    told(clinic)
    visitor = signed_in("clinician")
    everything = visitor.get("/inbox/export").text
    assert sorted(row["conversation"] for row in rows_of(everything)) == ["t1", "talk-emergency"]
    assert "throat" not in everything
    assert "tired" not in everything
    (row,) = rows_of(visitor.get("/inbox/export?level=emergency").text)
    assert (row["conversation"], row["level"], row["category"]) == ("talk-emergency", "emergency", "anaphylaxis")
    assert last_export(clinic)[1] == {"as": "csv", "rows": 1, "filters": ["level"]}


def test_what_was_looked_for_is_not_written_down_with_a_list(clinic: Clinic, signed_in):
    told(clinic)
    signed_in("clinician").get("/inbox/export?q=Dorothea&as=json")
    assert last_export(clinic)[1] == {"as": "json", "rows": 0, "filters": ["q"]}


def test_the_same_list_as_json_says_whether_it_is_complete(clinic: Clinic, signed_in, monkeypatch):
    for number in range(7):
        clinic.consented(f"talk-{number}")
    visitor = signed_in("clinician")
    body = visitor.get("/inbox/export?as=json").json()
    assert (body["total"], body["complete"], len(body["conversations"])) == (7, True, 7)
    monkeypatch.setattr(exports, "MOST_ROWS", 3)
    body = visitor.get("/inbox/export?as=json").json()
    assert (body["total"], body["complete"], len(body["conversations"])) == (7, False, 3)
    assert "The first 3 of 7" in visitor.get("/inbox/export").text


def test_the_inbox_leads_to_the_list_of_what_it_shows(clinic: Clinic, signed_in):
    clinic.emergency()
    page = signed_in("clinician").get("/?view=all&level=emergency").text
    assert "/inbox/export?view=all&amp;level=emergency&amp;as=csv" in page
    assert "/inbox/export" not in signed_in("viewer").get("/").text


ATTACKS = ['=HYPERLINK("http://evil")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u00a0=1", "＝1", "\n=1"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_cell_never_becomes_a_formula(attack: str):
    assert harmless(attack) == f"'{attack}"


@pytest.mark.parametrize("plain", ["talk-1", "Kim O'Neill", "2026-03-02T12:00:00+00:00", "", "a=b", None, 5, False])
def test_an_ordinary_cell_stays_as_it_is(plain: object):
    assert harmless(plain) == ("" if plain is None else str(plain))


@given(st.lists(st.text(alphabet="=+-@\t\r\n\",;'ab ", max_size=8), min_size=1, max_size=4))
def test_whatever_is_in_a_cell_it_stays_in_its_cell(cells: list[str]):
    (read,) = csv.reader(io.StringIO(as_csv([cells]), newline=""))
    assert read == [harmless(cell) for cell in cells]
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@")) for cell in read)


def test_a_name_that_is_a_formula_is_harmless_in_the_list(clinic: Clinic, signed_in):
    """Names of staff come from an identity provider: somebody else writes them."""
    evil = clinic.person("evil", Role.CLINICIAN, name="=cmd|'/c calc'!A1")
    clinic.desk.assign(told(clinic), to=evil.id, by=evil.id, now=clinic.clock.now)
    (row,) = rows_of(signed_in("clinician").get("/inbox/export").text)
    assert row["assigned_to"] == "'=cmd|'/c calc'!A1"


def test_json_is_json(clinic: Clinic, signed_in):
    told(clinic)
    assert json.loads(signed_in("clinician").get("/inbox/export?as=json").text)["conversations"][0]["overdue"] is False
