"""Several people at work on one conversation: told apart, told of each other, never answering twice."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from at_once import at_once

from bot.console.together import sentence
from bot.conversation.desk import DeskConflict
from bot.conversation.desk_people import Role
from bot.conversation.desk_talk import Present
from bot.conversation.ports import Contact
from bot.knowledge.staff_replies import StaffReply
from bot.records.ledger import SqlLedger

from .conftest import Visitor
from .seeding import PASSWORD, Clinic
from .test_inbox_page import ids


@pytest.fixture
def kim(clinic: Clinic, password_hash: str) -> Visitor:
    """A second clinician."""
    clinic.person("kim", Role.CLINICIAN, name="Kim Second", password_hash=password_hash)
    visitor = Visitor(clinic)
    assert visitor.sign_in("kim", PASSWORD).status_code == 303
    return visitor


def field(page: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', page).group(1)


def staff_said(clinic: Clinic, talk: str) -> list[str]:
    messages = clinic.desk.open(talk, by="system", now=clinic.clock.now).messages
    return [message.reply.text for message in messages if message.author == "staff"]


# --- two at once ---


def test_two_who_answer_at_once_send_one_reply_and_the_second_reads_it_first(clinic: Clinic, signed_in, kim: Visitor):
    talk = clinic.emergency()
    first = signed_in("clinician")
    pages = {visitor: visitor.get(f"/talk/{talk}").text for visitor in (first, kim)}

    def send(visitor: Visitor, page: str, text: str):
        fields = {name: field(page, name) for name in ("form", "message_id", "seen")}
        return visitor.post(f"/talk/{talk}/reply", data={**fields, "text": text})

    assert send(first, pages[first], "I ring you now.").status_code == 303
    refused = send(kim, pages[kim], "Please wait for my call.")
    assert refused.status_code == 409
    assert "Clinician Person has answered the patient meanwhile." in refused.text
    assert "Please wait for my call.</textarea>" in refused.text, "what was typed is kept"
    assert staff_said(clinic, talk) == ["I ring you now."]
    assert send(kim, refused.text, "Please wait for my call.").status_code == 303, "having read it, Kim may"
    assert staff_said(clinic, talk) == ["I ring you now.", "Please wait for my call."]


def test_two_replies_at_the_same_moment_are_never_both_sent(clinic: Clinic):
    talk = clinic.emergency()
    one, two = (clinic.person(name, Role.CLINICIAN).id for name in ("one", "two"))
    seen = clinic.desk.open(talk, by=one, now=clinic.clock.now).messages[-1].seq

    def reply(who: str):
        return clinic.desk.reply(talk, f"from {who}", message_id=who[:32], by=who, now=clinic.clock.now, seen=seen)

    results = at_once(lambda: reply(one), lambda: reply(two))
    assert len([result for result in results if isinstance(result, DeskConflict)]) == 1
    assert len(staff_said(clinic, talk)) == 1


@pytest.mark.parametrize("step", ["acknowledge", "confirm", "release", "take_over"])
def test_of_two_who_act_at_the_same_moment_one_is_told_of_the_other(clinic: Clinic, step: str):
    talk = clinic.emergency()
    escalation = clinic.escalation_of(talk)
    people = [clinic.person(name, Role.CLINICIAN, name=f"Nurse {name}").id for name in ("one", "two")]

    def act(who: str):
        if step == "take_over":
            return clinic.desk.take_over(talk, by=who, now=clinic.clock.now)
        more = {} if step == "acknowledge" else {"reason": "because"}
        return getattr(clinic.desk, step)(escalation, by=who, now=clinic.clock.now, **more)

    results = at_once(*(lambda who=who: act(who) for who in people))
    (conflict,) = [result for result in results if isinstance(result, DeskConflict)]
    assert "Nurse " in str(conflict)


def test_a_label_and_a_call_at_the_same_moment_count_once(clinic: Clinic):
    talk = clinic.consented("t1")
    clinic.answers(talk, clinic.says(talk, "ring me"), "Yes.", contact=Contact(phone="01632 960555"))
    people = [clinic.person(name, Role.CLINICIAN).id for name in ("one", "two")]
    at_once(*(lambda who=who: clinic.desk.label(talk, "urgent bloods", by=who, now=clinic.clock.now) for who in people))
    assert clinic.desk.open(talk, by="system", now=clinic.clock.now).labels == ("urgent bloods",)
    results = at_once(
        *(lambda who=who: clinic.desk.called(talk, reached=True, by=who, now=clinic.clock.now) for who in people)
    )
    assert len([result for result in results if isinstance(result, DeskConflict)]) == 1


# --- taking over ---


def test_a_second_person_does_not_take_over_by_accident_but_may_on_purpose(clinic: Clinic, signed_in, kim: Visitor):
    talk = clinic.emergency()
    signed_in("clinician").submit(f"/talk/{talk}", f"/talk/{talk}/take-over")
    answer = kim.submit(f"/talk/{talk}", f"/talk/{talk}/take-over")
    assert answer.status_code == 409
    assert "Clinician Person has taken over this conversation." in answer.text
    page = kim.get(f"/talk/{talk}").text
    assert "With Clinician Person" in page
    assert "Take over from Clinician Person" in page
    answer = kim.submit(f"/talk/{talk}", f"/talk/{talk}/take-over", **{"from": field(page, "from")})
    assert answer.status_code == 303
    assert "With you" in kim.get(f"/talk/{talk}").text


def test_after_handing_back_anybody_may_take_over(clinic: Clinic, signed_in, kim: Visitor):
    talk = clinic.emergency()
    first = signed_in("clinician")
    first.submit(f"/talk/{talk}", f"/talk/{talk}/take-over")
    first.submit(f"/talk/{talk}", f"/talk/{talk}/hand-back")
    assert kim.submit(f"/talk/{talk}", f"/talk/{talk}/take-over").status_code == 303


def test_danger_is_still_found_while_a_person_answers(clinic: Clinic, signed_in):
    from bot.clinical.codes import Level

    talk = clinic.consented("t1")
    visitor = signed_in("clinician")
    visitor.submit(f"/talk/{talk}", f"/talk/{talk}/take-over")
    clinic.says(talk, "my throat is closing", level=Level.EMERGENCY, words="throat is closing")
    page = visitor.get(f"/talk/{talk}").text
    assert "not acknowledged:" in page
    assert ids(visitor.get("/?view=attention").text) == [talk]


# --- who is here ---


def test_whoever_opens_a_conversation_is_told_who_else_is_there(clinic: Clinic, signed_in, kim: Visitor):
    talk = clinic.emergency()
    first = signed_in("clinician")
    assert first.get(f"/talk/{talk}/here").text == ""
    assert kim.get(f"/talk/{talk}/here").text == "Clinician Person has this open too."
    assert first.get(f"/talk/{talk}/here?writing=yes").text == "Kim Second has this open too."
    assert kim.get(f"/talk/{talk}/here").text == "Clinician Person is writing a reply."
    clinic.clock.forward(seconds=21)
    assert kim.get(f"/talk/{talk}/here").text == "", "a page that says nothing any more is closed"


def test_being_there_is_told_in_words():
    people = [Present("Kim", True), Present("Bo", False), Present("Ada", False), Present("Cy", False)]
    assert sentence(tuple(people)) == "Kim is writing a reply. Bo, Ada and Cy have this open too."


def test_a_stranger_and_an_unknown_conversation_tell_nothing(clinic: Clinic, signed_in):
    clinic.emergency()
    assert Visitor(clinic).get("/talk/talk-emergency/here").status_code == 401
    assert signed_in("viewer").get("/talk/none/here").status_code == 404


# --- typing, as the patient is shown it ---


def typing(visitor: Visitor, talk: str) -> int:
    page = visitor.get(f"/talk/{talk}").text
    return visitor.post(f"/talk/{talk}/typing", data={"form": field(page, "form")}).status_code


def shown_as_writing(clinic: Clinic, talk: str) -> str | None:
    writer = SqlLedger(clinic.database).newest([talk])[talk].writer
    return writer and writer.name


def test_only_whoever_has_taken_over_is_shown_to_the_patient_as_writing(clinic: Clinic, signed_in, kim: Visitor):
    talk = clinic.emergency()
    first = signed_in("clinician")
    assert typing(first, talk) == 409, "nobody has taken over"
    assert "data-holds" not in first.get(f"/talk/{talk}").text
    first.submit(f"/talk/{talk}", f"/talk/{talk}/take-over")
    assert "data-holds" in first.get(f"/talk/{talk}").text
    assert "data-holds" not in kim.get(f"/talk/{talk}").text
    assert [typing(kim, talk), typing(signed_in("viewer"), talk)] == [409, 403]
    assert shown_as_writing(clinic, talk) is None
    assert typing(first, talk) == 204
    assert shown_as_writing(clinic, talk) == "Clinician Person"
    assert staff_said(clinic, talk) == []


def test_typing_needs_the_token_of_the_page_and_a_conversation_that_exists(clinic: Clinic, signed_in):
    talk = clinic.emergency()
    visitor = signed_in("clinician")
    visitor.submit(f"/talk/{talk}", f"/talk/{talk}/take-over")
    token = field(visitor.get(f"/talk/{talk}").text, "form")
    assert visitor.post(f"/talk/{talk}/typing", data={"form": "x"}).status_code == 403
    assert visitor.get(f"/talk/{talk}/typing").status_code == 404
    assert visitor.post("/talk/none/typing", data={"form": token}).status_code == 404
    assert Visitor(clinic).post(f"/talk/{talk}/typing", data={"form": token}).status_code == 401
    assert shown_as_writing(clinic, talk) is None


def test_that_somebody_typed_is_in_no_audit_and_is_gone_with_their_page(clinic: Clinic, signed_in):
    talk = clinic.emergency()
    visitor = signed_in("clinician")
    visitor.submit(f"/talk/{talk}", f"/talk/{talk}/take-over")
    before = clinic.desk.stamp(talk)
    typing(visitor, talk)
    assert clinic.desk.stamp(talk) == before, "open pages have nothing new to show"
    assert "typing" not in signed_in("admin").get("/audit").text
    clinic.clock.forward(seconds=21)
    signed_in("viewer").get(f"/talk/{talk}/here")
    assert shown_as_writing(clinic, talk) is None, "the row is deleted"


# --- labels ---


def test_labels_are_added_taken_away_and_narrow_the_inbox(clinic: Clinic, signed_in):
    clinic.consented("other")
    talk = clinic.consented("t1")
    visitor = signed_in("clinician")
    visitor.submit(f"/talk/{talk}", f"/talk/{talk}/labels", label="  Urgent   Bloods ")
    assert "urgent bloods" in visitor.get(f"/talk/{talk}").text
    assert ids(visitor.get("/?view=all&label=urgent+bloods").text) == [talk]
    visitor.submit(f"/talk/{talk}", f"/talk/{talk}/labels/drop", label="urgent bloods")
    assert ids(visitor.get("/?view=all&label=urgent+bloods").text) == []


def test_what_a_label_says_is_not_in_the_audit_and_goes_with_the_conversation(clinic: Clinic, signed_in):
    talk = clinic.consented("t1")
    admin = signed_in("admin")
    admin.submit(f"/talk/{talk}", f"/talk/{talk}/labels", label="sister of dorothea")
    assert "dorothea" not in admin.get("/audit").text
    admin.submit(f"/talk/{talk}", f"/talk/{talk}/erase", reason="patient asked")
    assert clinic.desk.labels_in_use() == ()


@pytest.mark.parametrize("label", ["", "   ", "\t\n"])
def test_an_empty_label_is_refused(clinic: Clinic, signed_in, label: str):
    clinic.consented("t1")
    assert signed_in("clinician").submit("/talk/t1", "/talk/t1/labels", label=label).status_code == 409


def test_a_label_is_never_markup_and_there_are_not_too_many(clinic: Clinic, signed_in):
    clinic.consented("t1")
    visitor = signed_in("clinician")
    for number in range(12):
        assert visitor.submit("/talk/t1", "/talk/t1/labels", label=f"<b>{number}</b>").status_code == 303
    assert visitor.submit("/talk/t1", "/talk/t1/labels", label="one more").status_code == 409
    assert "<b>0</b>" not in visitor.get("/talk/t1").text + visitor.get("/").text


# --- notes that name somebody ---


def test_whoever_is_named_in_a_note_finds_the_conversation_until_they_have_opened_it(clinic, signed_in, kim: Visitor):
    clinic.consented("other")
    talk = clinic.consented("t1")
    first = signed_in("clinician")
    first.submit(f"/talk/{talk}", f"/talk/{talk}/notes", text="@Kim can you ring her? (@nobody knows, a@kim.example)")
    page = kim.get("/?view=mentioned").text
    assert ids(page) == [talk]
    assert '<b data-count="mentioned">1</b>' in page
    assert ids(first.get("/?view=mentioned").text) == []
    kim.get(f"/talk/{talk}")
    assert ids(kim.get("/?view=mentioned").text) == []


@pytest.mark.parametrize("text", ["mail kim@kim", "x@kim", "kim", "@ kim", "@kimberley"])
def test_what_only_looks_like_a_name_tells_nobody(clinic: Clinic, signed_in, kim: Visitor, text: str):
    talk = clinic.consented("t1")
    signed_in("clinician").submit(f"/talk/{talk}", f"/talk/{talk}/notes", text=text)
    assert ids(kim.get("/?view=mentioned").text) == []


@pytest.mark.parametrize("text", ["@kim", "@KIM, please", "see this (@kim)", "for @kim.", "@kim @kim"])
def test_a_name_is_found_however_it_stands(clinic: Clinic, signed_in, kim: Visitor, text: str):
    talk = clinic.consented("t1")
    signed_in("clinician").submit(f"/talk/{talk}", f"/talk/{talk}/notes", text=text)
    assert ids(kim.get("/?view=mentioned").text) == [talk]


# --- ready-made replies ---


def test_a_ready_made_reply_stands_in_the_box_to_be_changed(clinic: Clinic, signed_in):
    clinic.parts = replace(clinic.parts, canned=(StaffReply("ring", "May I ring you?", "I would like to ring you."),))
    talk = clinic.consented("t1")
    visitor = signed_in("clinician")
    assert "I would like to ring you.</textarea>" in visitor.get(f"/talk/{talk}?canned=ring").text
    assert "I would like to ring you.</textarea>" not in visitor.get(f"/talk/{talk}?canned=none").text
    assert staff_said(clinic, talk) == [], "nothing was sent"
    assert "May I ring you?" not in signed_in("viewer").get(f"/talk/{talk}").text


# --- calls back ---


def asks(clinic: Clinic, talk: str, **contact: str) -> None:
    clinic.answers(talk, clinic.says(clinic.consented(talk), "ring me"), "We will.", contact=Contact(**contact))


def test_patients_who_left_a_number_are_listed_most_urgent_first_without_the_number(clinic: Clinic, signed_in):
    asks(clinic, "early", phone="01632 960111", preferred_time="after 5 pm")
    clinic.clock.forward(minutes=5)
    asks(clinic, "late", email="a@b.example")
    clinic.emergency("danger")
    clinic.answers("danger", clinic.says("danger", "ring me"), "Yes.", contact=Contact(phone="01632 960222"))
    page = signed_in("viewer").get("/call-backs").text
    assert re.findall(r'href="/talk/(\w+)#contact"', page) == ["danger", "early", "late"]
    assert "after 5 pm" in page
    assert "01632" not in page and "a@b.example" not in page


def test_a_call_that_reached_nobody_stays_and_one_that_did_leaves_the_list(clinic: Clinic, signed_in):
    asks(clinic, "t1", phone="01632 960111")
    visitor = signed_in("clinician")
    tried = visitor.submit("/call-backs", "/talk/t1/called", **{"reached": "no", "from": "list"})
    assert tried.headers["location"] == "/call-backs?done=not_reached"
    assert "tried 1 time, last Mon 2 Mar 2026, 12:00 by Clinician Person" in visitor.get("/call-backs").text
    visitor.submit("/call-backs", "/talk/t1/called", reached="yes")
    assert "Nobody is waiting for a call." in visitor.get("/call-backs").text
    again = visitor.submit("/talk/t1", "/talk/t1/called", reached="yes")
    assert "Clinician Person has reached this patient already." in again.text
    events = [event.what for event in clinic.desk.open("t1", by="system", now=clinic.clock.now).events]
    assert events[-2:] == ["callback.tried", "callback.done"]


def test_a_patient_who_asks_again_is_listed_again(clinic: Clinic, signed_in):
    asks(clinic, "t1", phone="01632 960111")
    visitor = signed_in("clinician")
    visitor.submit("/call-backs", "/talk/t1/called", reached="yes")
    clinic.answers("t1", clinic.says("t1", "please ring again"), "Yes.", contact=Contact(preferred_time="noon"))
    assert 'href="/talk/t1#contact"' in visitor.get("/call-backs").text


@pytest.mark.parametrize("fields", [{}, {"reached": "maybe"}])
def test_a_call_without_an_outcome_changes_nothing(clinic: Clinic, signed_in, fields: dict):
    asks(clinic, "t1", phone="01632 960111")
    assert signed_in("clinician").submit("/talk/t1", "/talk/t1/called", **fields).status_code == 400
    assert len(clinic.desk.call_backs()) == 1


def test_an_erased_conversation_is_on_no_list(clinic: Clinic, signed_in):
    asks(clinic, "t1", phone="01632 960111")
    signed_in("admin").submit("/talk/t1", "/talk/t1/erase", reason="patient asked")
    assert clinic.desk.call_backs() == ()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("labels", {"label": "x"}),
        ("labels/drop", {"label": "x"}),
        ("called", {"reached": "yes"}),
    ],
)
def test_a_viewer_may_take_none_of_these_steps(clinic: Clinic, signed_in, path: str, fields: dict):
    asks(clinic, "t1", phone="01632 960111")
    answer = signed_in("viewer").submit("/talk/t1", f"/talk/t1/{path}", **fields)
    assert answer.status_code == 403
    assert "needs the role Clinician" in answer.text
