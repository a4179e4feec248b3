"""Telephone numbers and e-mail addresses that a patient has left are covered wherever staff read words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from console.seeding import NOON, Clinic
from sqlalchemy import event, select, text

from bot.clinical.codes import Level
from bot.conversation.desk_people import Role
from bot.conversation.inbox import InboxFilter
from bot.conversation.ports import Button, Contact, Reply
from bot.knowledge.content import FOLDER
from bot.knowledge.pseudonyms import load_pseudonyms
from bot.records import migrate
from bot.records.contact_hiding import BULLET, Cover
from bot.records.database import Database
from bot.records.desk import SqlDesk
from bot.records.inbox_rows import inbox_rows
from bot.records.ledger import SqlLedger
from bot.records.schema import turn_mark
from bot.records.vault import Vault, new_key

PHONE, MAIL = "07700 900417", "zebulon.q@example.org"
LEFT = Cover((PHONE, MAIL, None))


def dots(number: int) -> str:
    return BULLET * number


# --- what is covered ---


@pytest.mark.parametrize(
    "written",
    [
        "07700 900417",
        "07700900417",
        "07700-900-417",
        "07700.900.417",
        "(07700) 900417",
        "0 7 7 0 0 9 0 0 4 1 7",
        "07700\n900417",
        "07700\u00a0900\u2011417",
        "+44 7700 900417",
        "+447700900417",
        "+44 (0)7700 900417",
        "(+44) 7700 900417",
        "0044 7700 900 417",
        "447700900417",
        "7700 900417",
        "٠٧٧٠٠٩٠٠٤١٧",
        "zebulon.q@example.org",
        "Zebulon.Q@Example.ORG",
        "zebulon.q @ example . org",
    ],
)
@pytest.mark.parametrize("around", ["{}", "ring me on {}, please", "it's ({}).", "tel:{}\nafter 5 pm"])
def test_every_way_of_writing_is_covered_and_keeps_its_length(written: str, around: str) -> None:
    message = around.format(written)
    covered = LEFT.text(message)
    assert len(covered) == len(message)
    place = message.index(written)
    inside = covered[place : place + len(written)]
    assert not any(letter.isalnum() for letter in inside), covered
    before, after = message[:place], message[place + len(written) :]
    assert covered[:place].replace(BULLET, "(") == before  # an opening bracket goes with its number
    assert covered[place + len(written) :] == after


@pytest.mark.parametrize(
    ("taken", "typed"),
    [
        ("+44 7700 900417", "07700900417"),
        ("+44 (0)7700 900417", "+447700900417"),
        ("0044 7700 900417", "07700 900417"),
        ("+1 303-555-0155", "(303) 555-0155"),
        ("303-555-0155", "+1 303 555 0155"),
        ("+353 86 123 4567", "086 1234567"),
        ("+91 98765 43210", "098765 43210"),
        ("555 0155", "555-0155"),
    ],
)
def test_codes_come_and_go_whichever_way_it_was_taken(taken: str, typed: str) -> None:
    assert Cover((taken,)).text(f"on {typed} then") == f"on {dots(len(typed))} then"


@pytest.mark.parametrize(
    "message",
    [
        "077009004171",  # inside a longer number, at each end and in the middle
        "12345077009004170",
        "9999907700900417",
        "07700 900418",  # somebody else's
        "07711 900417",
        "900417",  # a part alone
        "B12 150, ferritin 7.7, folate 9.00, 417 platelets",
        "born 07/07/1990, patient number 0041 7077",
        "0 7 7 0 0 and then much later 900417",
        "xzebulon.q@example.org",
        "zebulon.q@example.orgs",
        "zebulon at example.org",
        "",
    ],
)
def test_what_is_another_number_or_address_stays(message: str) -> None:
    assert LEFT.text(message) == message


def test_numbers_beside_it_stay() -> None:
    assert LEFT.text("2 07700 900417 5pm") == f"2 {dots(12)} 5pm"
    assert LEFT.text("150 pmol/L, 07700 900417, 27 March") == f"150 pmol/L, {dots(12)}, 27 March"


def test_several_overlapping_and_touching_places() -> None:
    both = Cover(("07700 900417", "+44 7700 900417", "a@b.example", "c.a@b.example"))
    assert both.text("+44 7700 900417/07700900417") == f"{dots(15)}/{dots(11)}"
    assert both.text("c.a@b.example and a@b.example") == f"{dots(13)} and {dots(11)}"


@pytest.mark.parametrize(
    "left", [(), (None, None), ("", ""), ("0123", None), ("call me", None), ("----",), ("000 0000",)]
)
def test_nothing_that_could_reach_anybody_covers_nothing(left: tuple[str | None, ...]) -> None:
    assert Cover(left).text("0123, call me ---- 150 000 111") == "0123, call me ---- 150 000 111"


def test_everything_inside_a_value_is_covered_but_its_keys() -> None:
    value = {PHONE: [f"on {PHONE}", {"n": 7, "none": None}], "mail": (MAIL,)}
    assert LEFT.json(value) == {PHONE: [f"on {dots(12)}", {"n": 7, "none": None}], "mail": [dots(21)]}
    assert Cover().json(value) is value


def test_a_reply_is_covered_with_its_buttons_and_cards() -> None:
    said = Reply(f"Noted: {PHONE}", (Button(f"Not {PHONE}", f"not {PHONE}"),), {"card": {"items": [MAIL]}})
    assert LEFT.reply(said) == Reply(
        f"Noted: {dots(12)}", (Button(f"Not {dots(12)}", f"not {dots(12)}"),), {"card": {"items": [dots(21)]}}
    )


def test_words_of_a_rule_stay_a_part_of_their_covered_message() -> None:
    message = f"my throat closes {PHONE} quick"
    for start, end in ((3, 16), (10, 23), (17, 29), (20, 35)):
        words = message[start:end]
        assert LEFT.words(words, start=start, end=end, message=message) == LEFT.text(message)[start:end]
    assert LEFT.words(f"old {PHONE}", start=0, end=4, message=message) == f"old {dots(12)}"


# --- in the records, open and sealed, on both databases ---


class Ward(Clinic):
    """With two people who work in it."""

    nurse: str
    second: str


@pytest.fixture(params=[False, True], ids=["open", "sealed"])
def clinic(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ward]:
    migrate.upgrade(url)
    made = Ward(tmp_path / "unused.db")
    made.database.close()
    made.database = Database(url, patience=5.0, vault=Vault([new_key()]) if request.param else None)
    made.ledger, made.desk = SqlLedger(made.database), SqlDesk(made.database)
    made.nurse = made.person("nurse", Role.CLINICIAN).id
    made.second = made.person("second", Role.CLINICIAN).id
    yield made
    made.database.close()


def leaves(clinic: Ward, talk: str = "talk-1") -> str:
    """A patient who types contact details, in danger too, in more ways than one."""
    clinic.consented(talk)
    said = f"I'm dizzy, my throat is closing {PHONE} or +44 7700-900-417"
    clinic.says(talk, said, level=Level.EMERGENCY, words=f"throat is closing {PHONE}")
    snapshot = {"findings": [{"code": "dizziness", "present": True, "words": f"dizzy, ring {PHONE}"}]}
    message = clinic.says(talk, f"mail {MAIL.upper()} or ring (07700) 900417 about my tiredness")
    contact = Contact(phone=PHONE, email=MAIL)
    clinic.answers(talk, message, f"We have noted: {PHONE} / {MAIL}", contact=contact, snapshot=snapshot)
    clinic.desk.note(talk, f"Rang {PHONE}, no answer", by=clinic.nurse, now=NOON)
    return talk


def shown(value: object) -> bool:
    """Whether the number or the address can be read in it."""
    words = repr(value).lower()
    digits = "".join(letter for letter in words if letter.isdecimal())
    return "7700900417" in digits or "900417" in words or MAIL in words


def test_a_page_of_the_conversation_holds_neither(clinic: Ward) -> None:
    talk = leaves(clinic)
    page = clinic.desk.open(talk, by=clinic.nurse, now=NOON)
    assert not shown([page.messages, page.escalations, page.notes, page.snapshot])
    assert page.reachable_by == ("phone", "email")
    danger = next(message for message in page.messages if message.matches)
    (match,) = danger.matches
    assert danger.reply.text[match.start : match.end] == match.words == f"throat is closing {dots(12)}"
    assert page.escalations[0].matches == danger.matches
    assert clinic.desk.contact(talk, by=clinic.nurse, now=NOON) == Contact(phone=PHONE, email=MAIL)
    again = clinic.desk.open(talk, by=clinic.nurse, now=NOON)
    assert not shown(again.messages), "opened details stand in their own place only"


def test_the_patient_still_reads_what_was_typed(clinic: Ward) -> None:
    talk = leaves(clinic)
    assert shown(clinic.ledger.messages(talk))


def test_the_inbox_shows_the_last_words_covered(clinic: Ward) -> None:
    leaves(clinic)
    clinic.consented("plain")
    clinic.says("plain", f"the surgery is on {PHONE}, my B12 is 150")
    rows = {row.conversation_id: row for row in clinic.desk.inbox(InboxFilter(), now=NOON).rows}
    assert rows["talk-1"].excerpt == f"mail {dots(21)} or ring {dots(14)} about my tiredness"
    assert rows["plain"].excerpt == f"the surgery is on {PHONE}, my B12 is 150", "nobody left it as theirs"


def test_an_excerpt_that_is_cut_inside_the_number_shows_no_part_of_it(clinic: Ward) -> None:
    clinic.consented("long")
    message = clinic.says("long", "a" * 130 + f" {PHONE} and more words to come after it")
    clinic.answers("long", message, "Noted.", contact=Contact(phone=PHONE))
    (row,) = clinic.desk.inbox(InboxFilter(), now=NOON).rows
    assert row.excerpt == "a" * 130 + f" {dots(8)}…"


def test_a_search_finds_by_the_number_and_shows_it_covered(clinic: Ward) -> None:
    leaves(clinic)
    by = clinic.nurse
    hits = clinic.desk.search(PHONE, by=by, now=NOON)
    assert {hit.author for hit in hits} == {"patient", "assistant"}
    assert {hit.conversation_id for hit in hits} == {"talk-1"}
    assert not shown(hits)
    assert clinic.desk.search(MAIL, by=by, now=NOON)
    assert not shown(clinic.desk.search("tiredness", by=by, now=NOON))
    searched = [entry for entry in clinic.desk.audit(by=by, now=NOON).entries if entry.action == "messages.searched"]
    assert len(searched) == 3 and not shown([entry.details for entry in searched])


def test_a_number_that_was_replaced_is_covered_too_and_stays_known(clinic: Ward) -> None:
    talk = leaves(clinic)
    message = clinic.says(talk, "sorry, that one is old, use 01632 960555")
    clinic.answers(talk, message, "Noted: 01632 960555", contact=Contact(phone="01632 960555"))
    page = clinic.desk.open(talk, by=clinic.nurse, now=NOON)
    assert not shown(page.messages) and "960555" not in repr(page.messages)
    found = clinic.desk.contact(talk, by=clinic.nurse, now=NOON)
    assert found == Contact(phone="01632 960555", email=MAIL, earlier=(PHONE,))
    message = clinic.says(talk, f"no, {PHONE} after all")
    clinic.answers(talk, message, "Noted.", contact=Contact(phone=PHONE))
    found = clinic.desk.contact(talk, by=clinic.nurse, now=NOON)
    assert found == Contact(phone=PHONE, email=MAIL, earlier=("01632 960555",))
    assert [one.conversation_id for one in clinic.desk.find_person("01632 960 555")] == [talk]


def test_examples_and_marks_hold_neither_whenever_they_were_made(clinic: Ward) -> None:
    """A number without an area code is one that no rule of the pseudonyms knows."""
    by, second, rules = clinic.nurse, clinic.second, load_pseudonyms(FOLDER, [])
    clinic.consented("early")
    first = clinic.says("early", "my feet tingle, I'm on 555 0155 all day")
    seq = clinic.ledger.messages("early")[-1].seq
    clinic.desk.mark_turn("early", seq, verdict="right", by=by, now=NOON, comment="they are on 555-0155")
    clinic.desk.propose_message("early", seq, rules=rules, by=by, now=NOON)
    assert "555 0155" in repr(clinic.desk.examples()), "nobody knows yet that it is theirs"
    clinic.answers("early", first, "Noted.", contact=Contact(phone="555 0155"))
    clinic.desk.propose_conversation("early", rules=rules, by=second, now=NOON)
    kept = {one.kind: one.content for one in clinic.desk.examples()}
    assert kept["message"]["text"] == f"my feet tingle, I'm on {dots(8)} all day"
    assert kept["conversation"]["turns"][-1]["text"] == "my feet tingle, I'm on [phone] all day"
    assert clinic.desk.marks("early")[seq].comment == f"they are on {dots(8)}"


def test_a_comment_sent_back_with_its_dots_keeps_what_was_typed(clinic: Ward) -> None:
    talk, by = leaves(clinic), clinic.nurse
    for comment in (f"ring {PHONE}", f"ring {dots(12)}"):
        clinic.desk.mark_turn(talk, 1, verdict="right", by=by, now=NOON, comment=comment)
    assert clinic.desk.marks(talk)[1].comment == f"ring {dots(12)}"
    with clinic.database.read() as connection:
        assert connection.execute(select(turn_mark.c.comment)).scalar_one() == f"ring {PHONE}"


@pytest.mark.parametrize("excerpts", [True, False])
def test_the_details_are_reached_by_the_key_of_their_table(clinic: Ward, excerpts: bool) -> None:
    """A join that reads the table through would cost each page of a large inbox."""
    leaves(clinic)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        asked.append((statement, values))

    with clinic.database.read() as connection:
        event.listen(connection, "before_cursor_execute", note)
        inbox_rows(connection, ["talk-1"], now=NOON, excerpts=excerpts)
        event.remove(connection, "before_cursor_execute", note)
        ((statement, values),) = asked
        if clinic.database.is_postgres:  # which reads a table of one row through unless it may not
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN" if clinic.database.is_postgres else "EXPLAIN QUERY PLAN"
        plan = [str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", values)]
    steps = [step for step in plan if "contact" in step]
    assert bool(steps) is excerpts
    assert not any("SCAN contact" in step or "Seq Scan on contact" in step for step in steps), plan
