"""What staff do with a conversation: allowed, refused with a reason, forged, repeated, incomplete."""

from __future__ import annotations

import re

import pytest

from bot.clinical.codes import Level

from .seeding import Clinic

#: Every step on a conversation that a clinician may take, with the fields that make it valid.
STEPS = {
    "acknowledge": ("/talk/{talk}/escalations/{escalation}/acknowledge", {}),
    "confirm": ("/talk/{talk}/escalations/{escalation}/confirm", {"reason": "seen in A&E"}),
    "release": ("/talk/{talk}/escalations/{escalation}/release", {"reason": "rang, all well"}),
    "assign": ("/talk/{talk}/assign", {"to": ""}),
    "note": ("/talk/{talk}/notes", {"text": "ring tomorrow"}),
    "outcome": ("/talk/{talk}/outcome", {"outcome": "Spoke by telephone"}),
    "review": ("/talk/{talk}/review", {}),
    "take over": ("/talk/{talk}/take-over", {}),
    "reply": ("/talk/{talk}/reply", {"text": "Hello", "message_id": "a" * 32}),
}


def filled(clinic: Clinic, step: str) -> tuple[str, dict[str, str]]:
    talk = clinic.emergency()
    path, fields = STEPS[step]
    return path.format(talk=talk, escalation=clinic.escalation_of(talk)), dict(fields)


# --- steps ---


@pytest.mark.parametrize("step", STEPS)
def test_a_clinician_may_take_each_step(clinic: Clinic, signed_in, step: str):
    path, fields = filled(clinic, step)
    answer = signed_in("clinician").submit("/talk/talk-emergency", path, **fields)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("/talk/talk-emergency?done=")


@pytest.mark.parametrize("step", STEPS)
def test_a_viewer_may_take_none_and_is_told_why(clinic: Clinic, signed_in, step: str):
    path, fields = filled(clinic, step)
    before = clinic.desk.stamp("talk-emergency")
    answer = signed_in("viewer").submit("/talk/talk-emergency", path, **fields)
    assert answer.status_code == 403
    assert "needs the role Clinician or Admin. Your role is Viewer." in answer.text
    assert clinic.desk.stamp("talk-emergency") == before


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("form", ["", "forged"])
def test_a_step_without_the_token_of_our_own_form_changes_nothing(clinic: Clinic, signed_in, step: str, form: str):
    path, fields = filled(clinic, step)
    before = clinic.desk.stamp("talk-emergency")
    answer = signed_in("clinician").post(path, data={**fields, "form": form})
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text
    assert clinic.desk.stamp("talk-emergency") == before


def test_a_step_from_another_site_changes_nothing_even_with_the_token(clinic: Clinic, signed_in):
    path, fields = filled(clinic, "release")
    visitor = signed_in("admin")
    form = re.search(r'name="form" value="([^"]+)"', visitor.get("/talk/talk-emergency").text).group(1)
    answer = visitor.post(path, data={**fields, "form": form}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403


@pytest.mark.parametrize("step", STEPS)
def test_no_step_can_be_taken_by_following_a_link(clinic: Clinic, signed_in, step: str):
    path, _ = filled(clinic, step)
    before = clinic.desk.stamp("talk-emergency")
    assert signed_in("admin").get(path).status_code in (404, 405)
    assert clinic.desk.stamp("talk-emergency") == before


def test_the_token_of_another_person_does_not_fit(clinic: Clinic, signed_in):
    path, fields = filled(clinic, "release")
    form = re.search(r'name="form" value="([^"]+)"', signed_in("admin").get("/talk/talk-emergency").text).group(1)
    assert signed_in("clinician").post(path, data={**fields, "form": form}).status_code == 403


@pytest.mark.parametrize("step", ["acknowledge", "confirm", "release"])
def test_an_escalation_is_acted_on_in_its_own_conversation_only(clinic: Clinic, signed_in, step: str):
    """Whoever reads one conversation must not release the danger of another."""
    talk, other = clinic.emergency(), clinic.consented("other")
    path, fields = STEPS[step]
    address = path.format(talk=other, escalation=clinic.escalation_of(talk))
    assert signed_in("admin").submit(f"/talk/{other}", address, **fields).status_code == 404
    assert clinic.desk.open(talk, by="system", now=clinic.clock.now).escalations[0].state == "open"


@pytest.mark.parametrize("step", ["confirm", "release"])
def test_a_decision_needs_a_reason(clinic: Clinic, signed_in, step: str):
    path, _ = filled(clinic, step)
    answer = signed_in("clinician").submit("/talk/talk-emergency", path, reason="  ok ")
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text
    assert "Write why, in a few words." in answer.text
    assert clinic.desk.open("talk-emergency", by="system", now=clinic.clock.now).escalations[0].state == "open"


def test_release_lowers_the_level_and_keeps_the_reason(clinic: Clinic, signed_in):
    path, fields = filled(clinic, "release")
    visitor = signed_in("clinician")
    visitor.submit("/talk/talk-emergency", path, **fields)
    talk = clinic.desk.open("talk-emergency", by="system", now=clinic.clock.now)
    assert talk.level is Level.NONE
    assert talk.escalations[0].reason == "rang, all well"
    assert "rang, all well" in visitor.get("/talk/talk-emergency").text


def test_confirm_keeps_the_level(clinic: Clinic, signed_in):
    path, fields = filled(clinic, "confirm")
    signed_in("clinician").submit("/talk/talk-emergency", path, **fields)
    assert clinic.desk.open("talk-emergency", by="system", now=clinic.clock.now).level is Level.EMERGENCY


def test_two_people_cannot_acknowledge_the_same_thing_and_the_second_learns_who_has_it(clinic: Clinic, signed_in):
    path, _ = filled(clinic, "acknowledge")
    signed_in("clinician").submit("/talk/talk-emergency", path)
    answer = signed_in("admin").submit("/talk/talk-emergency", path)
    assert answer.status_code == 409
    assert "Clinician Person has this one already." in answer.text
    assert 'href="/talk/talk-emergency"' in answer.text


def test_acknowledging_stops_the_clock(clinic: Clinic, signed_in):
    path, _ = filled(clinic, "acknowledge")
    visitor = signed_in("clinician")
    assert "due in 5 min" in visitor.get("/talk/talk-emergency").text
    clinic.clock.forward(minutes=7)
    assert "overdue by 2 min" in visitor.get("/talk/talk-emergency").text
    visitor.submit("/talk/talk-emergency", path)
    assert "overdue" not in visitor.get("/talk/talk-emergency").text


def test_a_reply_takes_over_and_reaches_the_patient_once(clinic: Clinic, signed_in):
    talk = clinic.consented("t1")
    visitor = signed_in("clinician")
    fields = {"text": "Hello, this is the clinic.", "message_id": "b" * 32}
    for _ in range(2):
        assert visitor.submit("/talk/t1", "/talk/t1/reply", **fields).status_code == 303
    seen = clinic.desk.open(talk, by="system", now=clinic.clock.now)
    assert seen.mode == "staff"
    staff = [message for message in seen.messages if message.author == "staff"]
    assert [message.author_name for message in staff] == ["Clinician Person"]
    assert staff[0].reply.text == "Hello, this is the clinic."


def test_handing_back_lets_the_assistant_answer_again(clinic: Clinic, signed_in):
    clinic.consented("t1")
    visitor = signed_in("clinician")
    visitor.submit("/talk/t1", "/talk/t1/take-over")
    assert "Hand back to the assistant" in visitor.get("/talk/t1").text
    visitor.submit("/talk/t1", "/talk/t1/hand-back")
    assert clinic.desk.open("t1", by="system", now=clinic.clock.now).mode == "assistant"


def test_a_conversation_with_an_open_escalation_cannot_be_closed(clinic: Clinic, signed_in):
    clinic.emergency()
    answer = signed_in("clinician").submit("/talk/talk-emergency", "/talk/talk-emergency/close")
    assert answer.status_code == 409
    assert "still open" in answer.text


def test_close_and_open_again(clinic: Clinic, signed_in):
    clinic.consented("t1")
    visitor = signed_in("clinician")
    visitor.submit("/talk/t1", "/talk/t1/close")
    assert clinic.desk.open("t1", by="system", now=clinic.clock.now).mode == "closed"
    visitor.submit("/talk/t1", "/talk/t1/reopen")
    assert clinic.desk.open("t1", by="system", now=clinic.clock.now).mode == "assistant"


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("reply", {"text": " ", "message_id": "a" * 32}, "Write the reply first."),
        ("reply", {"text": "x" * 4001, "message_id": "a" * 32}, "1 characters too long"),
        ("notes", {"text": ""}, "Write the note first."),
        ("outcome", {"outcome": "Invented"}, "Choose an outcome from the list."),
    ],
)
def test_a_form_that_is_not_right_says_what_is_missing(clinic: Clinic, signed_in, path, fields, words):
    clinic.consented("t1")
    answer = signed_in("clinician").submit("/talk/t1", f"/talk/t1/{path}", **fields)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_reply_that_is_too_long_keeps_what_was_typed(clinic: Clinic, signed_in):
    clinic.consented("t1")
    answer = signed_in("clinician").submit("/talk/t1", "/talk/t1/reply", text="y" * 4100, message_id="a" * 32)
    assert "y" * 4100 in answer.text


def test_assigning_to_somebody_who_does_not_exist_is_not_found(clinic: Clinic, signed_in):
    clinic.consented("t1")
    assert signed_in("clinician").submit("/talk/t1", "/talk/t1/assign", to="s-nobody").status_code == 404
