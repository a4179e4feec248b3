"""Whatever somebody writes is shown as text: the same attack in every field, looked for on every page and in every export."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from bot.clinical.codes import Level
from bot.console.sheets import as_csv
from bot.conversation.desk_people import Role
from bot.conversation.ports import Contact
from bot.knowledge.staff_replies import StaffReply

from .seeding import SNAPSHOT, Clinic

#: 40 characters at most, for a label holds no more; in small letters, for a label keeps no others.
ATTACK = "\"><img src=x onerror=alert(1)>{{7*7}}'"
#: As it stands in a page: escaped, and its braces no template.
READABLE = "&lt;img src=x onerror=alert(1)&gt;{{7*7}}"

FORMULA = '=HYPERLINK("http://evil")'


class Elements(HTMLParser):
    """What a browser would make of a page: each element that could do something, with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def harmful(self) -> Iterator[str]:
        for tag, attributes in self.found:
            ours = (attributes.get("src") or "").startswith("/static/")
            if any(name.startswith("on") for name in attributes) or tag in ("iframe", "object", "embed", "base"):
                yield f"<{tag} {attributes}>"
            if tag in ("img", "script") and not ours:
                yield f"<{tag} {attributes}>"
            target = attributes.get("href") or attributes.get("action") or attributes.get("src") or ""
            if ":" in target.split("/")[0].split("?")[0] and not target.startswith(("tel:", "mailto:")):
                yield f"<{tag}> leads to {target}"


@pytest.fixture
def talk(clinic: Clinic, password_hash: str) -> str:
    """A conversation in which everybody who could write something wrote the attack."""
    desk, now = clinic.desk, clinic.clock.now
    evil = clinic.person("evil", Role.CLINICIAN, name=ATTACK, password_hash=password_hash)
    talk = clinic.consented("hostile")
    said = clinic.says(
        talk, f"my throat is closing {ATTACK}", level=Level.EMERGENCY, words=f"closing {ATTACK}", rule=ATTACK
    )
    snapshot = json.loads(json.dumps(SNAPSHOT).replace("so tired", "HERE").replace("nerve signs", "HERE"))
    snapshot = json.loads(json.dumps(snapshot).replace('"HERE"', json.dumps(ATTACK)))
    snapshot["items"].append({"code": ATTACK, "name": ATTACK, "kind": ATTACK, "state": "present", "words": ATTACK})
    contact = Contact(name=ATTACK, phone=ATTACK, email=ATTACK, preferred_time=ATTACK)
    clinic.answers(talk, said, ATTACK, snapshot=snapshot, contact=contact, wants_staff=True)
    desk.assign(talk, to=evil.id, by=evil.id, now=now)
    desk.label(talk, ATTACK, by=evil.id, now=now)
    desk.note(talk, f"{ATTACK} @viewer", by=evil.id, now=now)
    desk.reply(talk, ATTACK, message_id="evil-1", by=evil.id, now=now)
    desk.hold(talk, reason=ATTACK, by=evil.id, now=now)
    seq = next(one.seq for one in desk.open(talk, by=evil.id, now=now).messages if ATTACK in one.reply.text)
    desk.mark_turn(talk, seq, verdict="wrong", intent=ATTACK, comment=ATTACK, by=evil.id, now=now)
    desk.propose_message(talk, seq, rules=(), by=evil.id, now=now)
    desk.release(clinic.escalation_of(talk), reason=ATTACK, by=evil.id, now=now)
    for role in Role:
        mine = desk.staff_named(role.value)
        assert mine is not None
        desk.save_filter(mine.id, name=ATTACK, query=f"view=all&label={ATTACK}", now=now)
    for alert in clinic.ledger.claim_alerts(now=now, until=now):
        clinic.ledger.alert_done(alert.id, at=now, error=ATTACK)
    object.__setattr__(clinic.parts, "canned", (StaffReply("canned", ATTACK, ATTACK),))
    object.__setattr__(clinic.parts, "clinic_name", ATTACK)
    return talk


SHOWN = (
    "/?view=all",
    "/?view=mine",
    "/?view=all&label={q}&q={q}&who={q}&since={q}&after={q}",
    "/inbox/rows?view=all",
    "/search?q=img",
    "/search?q={q}",
    "/talk/hostile",
    "/talk/hostile?canned=canned&done={q}",
    "/call-backs",
    "/alerts",
    "/audit",
    "/audit?target={q}",
    "/retention",
    "/examples",
    "/people",
    "/account",
    "/figures?since={q}&until={q}&channel={q}&days={q}",
    "/rules/{q}",
    "/nowhere/{q}",
)


#: Pages on which the attack must be there to be read.
READ = ("/?view=all", "/inbox/rows?view=all", "/search?q=img", "/talk/hostile", "/people", "/examples", "/retention")


def test_it_is_text_on_every_page(clinic: Clinic, signed_in, talk: str):
    visitor = signed_in("admin")
    harm, unread = {}, []
    for path in SHOWN:
        answer = visitor.get(path.replace("{q}", quote(ATTACK, safe="")))
        assert answer.headers["content-type"].startswith("text/html"), path
        if found := list(Elements(answer.text).harmful()):
            harm[path] = found
        if path in READ and READABLE not in answer.text:
            unread.append(path)
    assert harm == {}
    assert unread == []


@pytest.mark.parametrize(
    ("step", "fields"), [("contact", {}), ("notes", {"text": ""}), ("reply", {"text": "", "seen": "1"})]
)
def test_it_is_text_where_a_step_is_refused_or_shows_more(
    clinic: Clinic, signed_in, talk: str, step: str, fields: dict
):
    answer = signed_in("admin").submit(f"/talk/{talk}", f"/talk/{talk}/{step}", **fields)
    assert list(Elements(answer.text).harmful()) == []
    assert READABLE in answer.text


def test_whoever_is_there_is_told_as_plain_text(clinic: Clinic, signed_in, talk: str):
    evil = clinic.desk.staff_named("evil")
    assert evil is not None
    clinic.desk.here(talk, by=evil.id, now=clinic.clock.now, writing=True)
    answer = signed_in("viewer").get(f"/talk/{talk}/here")
    assert ATTACK in answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("kind", ["export", "fhir"])
def test_exports_are_files_and_never_pages(clinic: Clinic, signed_in, talk: str, kind: str):
    answer = signed_in("clinician").get(f"/talk/{talk}/{kind}?messages=yes&contact=yes")
    assert "json" in answer.headers["content-type"]
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ATTACK in json.dumps(answer.json(), ensure_ascii=False).replace('\\"', '"')


def test_no_cell_of_a_list_is_a_formula_whoever_wrote_it(clinic: Clinic, signed_in, password_hash: str):
    """Of what others write a list holds names of staff; ids and codes are ours."""
    evil = clinic.person("evil", Role.CLINICIAN, name=FORMULA, password_hash=password_hash)
    talk = clinic.emergency()
    clinic.desk.label(talk, "=1+1", by=evil.id, now=clinic.clock.now)
    clinic.desk.assign(talk, to=evil.id, by=evil.id, now=clinic.clock.now)
    clinic.desk.acknowledge(clinic.escalation_of(talk), by=evil.id, now=clinic.clock.now)
    text = signed_in("clinician").get("/inbox/export?view=all&label=%3D1%2B1").text
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert (row["assigned_to"], row["acknowledged_by"]) == (f"'{FORMULA}", f"'{FORMULA}")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_a_cell_cannot_leave_its_cell_by_quotes_or_separators():
    cells = ['";=1+1;"', 'a","=1+1', "a\r\n=1+1", "'=1+1"]
    (read,) = csv.reader(io.StringIO(as_csv([cells]), newline=""))
    assert read == cells
