"""Search, alerts, audit, people, rules: allowed, refused, empty, hostile."""

from __future__ import annotations

import pytest

from bot.console import overview
from bot.conversation.audit_check import AuditCheck, AuditFault
from bot.conversation.desk_people import Role

from .conftest import Visitor
from .seeding import PASSWORD, Clinic

ADMIN_PAGES = ["/people", "/audit"]


@pytest.mark.parametrize("path", ADMIN_PAGES)
@pytest.mark.parametrize("role", ["viewer", "clinician"])
def test_only_an_admin_sees_accounts_and_audit_and_others_learn_why(signed_in, path: str, role: str):
    visitor = signed_in(role)
    answer = visitor.get(path)
    assert answer.status_code == 403
    assert f"needs the role Admin. Your role is {role.capitalize()}." in answer.text
    assert f'href="{path}"' not in visitor.get("/").text


@pytest.mark.parametrize("path", ADMIN_PAGES)
def test_an_admin_sees_them(signed_in, path: str):
    assert signed_in("admin").get(path).status_code == 200


# --- search ---


def test_search_finds_messages_and_leads_to_the_line(clinic: Clinic, signed_in):
    clinic.consented("t1")
    clinic.says("t1", "pins and needles in both feet")
    page = signed_in("viewer").get("/search?q=needles+feet").text
    assert 'href="/talk/t1#m-' in page
    assert "1 message<" in page


def test_search_never_finds_what_was_held_before_consent(clinic: Clinic, signed_in):
    clinic.says("t1", "my secret before any consent")
    assert "No message holds all of these words." in signed_in("admin").get("/search?q=secret").text


def test_what_was_searched_for_is_not_written_down(clinic: Clinic, signed_in):
    visitor = signed_in("admin")
    visitor.get("/search?q=Dorothea")
    page = visitor.get("/audit").text
    assert "Searched messages" in page
    assert "Dorothea" not in page


@pytest.mark.parametrize("words", ['"', "AND OR NOT", "a*", "'; drop table message; --", "(", "%", "x" * 5000])
def test_odd_searches_are_answered_and_break_nothing(clinic: Clinic, signed_in, words: str):
    clinic.consented("t1")
    visitor = signed_in("viewer")
    assert visitor.get("/search", params={"q": words}).status_code == 200
    assert visitor.get("/", params={"view": "all", "q": words}).status_code == 200


def test_a_search_is_shown_as_text(signed_in):
    page = signed_in("viewer").get("/search", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in page


# --- alerts ---


def test_alerts_say_what_went_out_when_and_to_whom_and_what_did_not(clinic: Clinic, signed_in):
    talk = clinic.emergency()
    visitor = signed_in("viewer")
    assert "and not sent yet" in visitor.get("/alerts?show=unsent").text
    first, second = (alert.id for alert in clinic.desk.open(talk, by="system", now=clinic.clock.now).alerts)
    clinic.clock.forward(seconds=20)
    clinic.ledger.alert_done(first, at=clinic.clock.now, sent_to="pager: night.example")
    clinic.clock.forward(minutes=10)
    retry = clinic.clock.now
    clinic.ledger.alert_done(second, at=clinic.clock.now, error="pager: ConnectError", retry_at=retry)
    for path in ("/alerts", f"/talk/{talk}"):
        page = " ".join(visitor.get(path).text.split())
        assert "by pager: night.example" in page, path
        assert "Not sent after 1 try (pager: ConnectError)" in page, path
        assert "Second contact: nobody acknowledged in time" in page, path
    unsent = visitor.get("/alerts?show=unsent").text
    assert "night.example" not in unsent
    assert "Due and not sent <b>1</b>" in unsent


def test_alerts_hold_no_word_of_a_patient(clinic: Clinic, signed_in):
    clinic.emergency()
    assert "throat" not in signed_in("admin").get("/alerts").text


def test_an_acknowledged_emergency_cancels_the_second_call_and_says_so(clinic: Clinic, signed_in):
    talk = clinic.emergency()
    visitor = signed_in("clinician")
    visitor.submit(f"/talk/{talk}", f"/talk/{talk}/escalations/{clinic.escalation_of(talk)}/acknowledge")
    assert "Not needed: acknowledged" in visitor.get("/alerts").text


def test_the_alerts_page_without_any_is_designed(signed_in):
    visitor = signed_in("viewer")
    assert "No call has been made yet." in visitor.get("/alerts").text
    assert "Nothing is overdue" in visitor.get("/alerts?show=unsent").text


# --- audit ---


def test_the_audit_names_who_did_what_and_says_that_its_chain_holds(clinic: Clinic, signed_in):
    talk = clinic.emergency()
    signed_in("viewer").get(f"/talk/{talk}")
    page = signed_in("admin").get("/audit").text
    assert "Viewer Person" in page
    assert "Read the conversation" in page
    assert "unbroken" in page


def test_a_broken_chain_is_an_alarm(clinic: Clinic, signed_in):
    visitor = signed_in("admin")

    class Tampered:
        def __getattr__(self, name):
            return getattr(clinic.desk, name)

        def check_audit(self, **asked: object) -> AuditCheck:
            return AuditCheck(entries=9, last_number=9, last_digest="0" * 64, faults=(AuditFault(7, "changed"),))

    object.__setattr__(visitor.app.state.parts, "desk", Tampered())
    assert "Entry 7 was changed" in visitor.get("/audit").text


def test_a_long_chain_is_checked_at_its_end_and_wholly_when_asked_for(clinic: Clinic, signed_in, monkeypatch):
    monkeypatch.setattr(overview, "_CHECKED", 2)
    clinic.emergency()
    visitor = signed_in("admin")
    page = visitor.get("/audit").text
    assert "The chain of the newest 2 entries is unbroken." in page
    assert 'href="/audit?check=all"' in page
    assert "The chain of entries is unbroken." in visitor.get("/audit?check=all").text


def test_the_audit_of_one_conversation_leaves_the_others_out(clinic: Clinic, signed_in):
    clinic.emergency()
    clinic.consented("other")
    visitor = signed_in("admin")
    visitor.get("/talk/talk-emergency")
    visitor.get("/talk/other")
    page = visitor.get("/audit?target=other").text
    assert "/talk/other" in page
    assert "/talk/talk-emergency" not in page


# --- people ---


def test_an_admin_makes_an_account_that_can_sign_in(clinic: Clinic, signed_in):
    answer = signed_in("admin").submit(
        "/people", "/people", username="Priya", name="Priya N.", role="clinician", password="four words to keep"
    )
    assert answer.headers["location"] == "/people?done=added"
    assert Visitor(clinic).sign_in("priya", "four words to keep").status_code == 303


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"username": "a b"}, "small letters"),
        ({"name": ""}, "Write the name"),
        ({"role": "owner"}, "Choose a role"),
        ({"password": "tiny-pw"}, "12 characters or more"),
    ],
)
def test_an_account_that_is_not_right_is_refused_and_keeps_what_was_typed(signed_in, fields, words):
    typed = {"username": "priya", "name": "Priya N.", "role": "viewer", "password": "four words to keep", **fields}
    answer = signed_in("admin").submit("/people", "/people", **typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert typed["password"] not in answer.text
    if "name" not in fields:
        assert 'value="Priya N."' in answer.text


def test_a_name_that_is_taken_is_said_so(signed_in):
    answer = signed_in("admin").submit(
        "/people", "/people", username="viewer", name="V", role="viewer", password="four words to keep"
    )
    assert answer.status_code == 409
    assert "There is an account" in answer.text


def test_disabling_ends_sittings_and_enabling_lets_in_again(clinic: Clinic, signed_in):
    viewer, admin = signed_in("viewer"), signed_in("admin")
    person = clinic.desk.staff_named("viewer")
    admin.submit("/people", f"/people/{person.id}", step="disable")
    assert viewer.get("/").status_code == 303
    assert Visitor(clinic).sign_in("viewer").status_code == 401
    admin.submit("/people", f"/people/{person.id}", step="enable")
    assert Visitor(clinic).sign_in("viewer").status_code == 303


@pytest.mark.parametrize("fields", [{"step": "disable"}, {"step": "role", "role": "viewer"}])
def test_the_only_admin_cannot_lock_the_clinic_out(clinic: Clinic, signed_in, fields):
    person = clinic.desk.staff_named("admin")
    answer = signed_in("admin").submit("/people", f"/people/{person.id}", **fields)
    assert answer.status_code == 409
    assert "only active admin" in answer.text
    assert clinic.desk.staff_named("admin").role is Role.ADMIN


def test_a_second_admin_may_step_down(clinic: Clinic, signed_in):
    clinic.person("second", Role.ADMIN)
    person = clinic.desk.staff_named("second")
    assert signed_in("admin").submit("/people", f"/people/{person.id}", step="role", role="viewer").status_code == 303
    assert clinic.desk.staff_named("second").role is Role.VIEWER


def test_an_admin_sets_a_new_password_and_unlocks(clinic: Clinic, signed_in):
    visitor = Visitor(clinic)
    for _ in range(5):
        visitor.sign_in("viewer", "wrong password")
    person = clinic.desk.staff_named("viewer")
    admin = signed_in("admin")
    assert "Locked until 12:15" in admin.get("/people").text
    assert admin.submit("/people", f"/people/{person.id}", step="password", password="short").status_code == 422
    admin.submit("/people", f"/people/{person.id}", step="password", password="four words to keep")
    assert Visitor(clinic).sign_in("viewer", "four words to keep").status_code == 303
    assert Visitor(clinic).sign_in("viewer", PASSWORD).status_code == 401


@pytest.mark.parametrize("role", ["viewer", "clinician"])
def test_nobody_else_changes_accounts(clinic: Clinic, signed_in, role: str):
    person = clinic.desk.staff_named("viewer")
    visitor = signed_in(role)
    assert visitor.submit("/account", f"/people/{person.id}", step="role", role="admin").status_code == 403
    assert (
        visitor.submit("/account", "/people", username="x1", name="X", role="admin", password=PASSWORD).status_code
        == 403
    )
    assert clinic.desk.staff_named("viewer").role is Role.VIEWER


def test_a_name_is_never_markup(clinic: Clinic, signed_in):
    clinic.person("evil", Role.VIEWER, name="<script>alert(1)</script>")
    visitor = signed_in("admin")
    assert "<script>alert" not in visitor.get("/people").text + visitor.get("/").text


# --- rules ---


def test_a_rule_page_says_what_stands_behind_it(signed_in):
    page = signed_in("viewer").get("/rules/throat-closing").text
    assert "Throat or tongue swollen" in page
    assert "abc123def456" in page


def test_a_rule_that_does_not_exist_is_not_found(signed_in):
    assert signed_in("viewer").get("/rules/none-such").status_code == 404
