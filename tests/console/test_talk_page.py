"""One conversation: what staff see, what they may do, and what stays in the record."""

from __future__ import annotations

import re

import pytest

from bot.clinical.codes import Level
from bot.conversation.desk_people import Role
from bot.conversation.ports import Contact, LedgerUnavailable

from .seeding import SNAPSHOT, Clinic

ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><b>"


def audit_actions(clinic: Clinic) -> list[str]:
    return [entry.action for entry in clinic.desk.audit(by="system", now=clinic.clock.now, size=200).entries]


# --- what is shown ---


def test_the_words_that_fired_a_rule_are_marked_where_they_stand(clinic: Clinic, signed_in):
    page = signed_in("viewer").get(f"/talk/{clinic.emergency()}").text
    assert re.search(
        r"jab an hour ago and my <mark>throat is closing<span class=\"hidden\">.*?</mark>.* up, what", page
    )


def test_rule_source_and_content_version_are_one_step_away(clinic: Clinic, signed_in):
    talk = clinic.emergency()
    page = signed_in("viewer").get(f"/talk/{talk}").text
    target = re.search(r'class="why" href="#(why-[^"]+)"', page).group(1)
    evidence = page.split(f'id="{target}"')[1].split("</li>")[0]
    assert "Rule throat-closing" in evidence
    assert "Resuscitation Council UK" in evidence
    assert "Content version abc123def456" in evidence


def test_a_rule_that_is_gone_from_the_content_is_said_to_be_gone(clinic: Clinic, signed_in):
    clinic.consented("t1")
    clinic.says(
        "t1", "my calf is swollen", level=Level.URGENT, words="calf is swollen", rule="old-rule", category="dvt"
    )
    assert "has no such rule" in signed_in("viewer").get("/talk/t1").text


def test_what_a_patient_wrote_is_never_markup(clinic: Clinic, signed_in):
    talk = clinic.consented("t1")
    message = clinic.says(talk, f"my throat is closing {ATTACK}", level=Level.EMERGENCY, words="throat is closing")
    snapshot = {
        "summary": {"title": ATTACK, "made": ATTACK, "sections": [{"title": ATTACK, "items": [ATTACK]}]},
        "items": [{"code": ATTACK, "name": ATTACK, "state": "present", "words": ATTACK, "trend": ATTACK}],
        "assessment": {
            "route": "injection_favoured",
            "reasons": [{"code": "x", "because": ATTACK, "source": [ATTACK]}],
        },
        "labs": [
            {"name": ATTACK, "analyte": "b12", "value": ATTACK, "date": ATTACK, "band": ATTACK},
            *(
                {
                    "name": ATTACK,
                    "analyte": "b12",
                    "value": "1",
                    "date": day,
                    "canonical_value": "1",
                    "canonical_unit": ATTACK,
                }
                for day in ("2024", "2025-01-01")
            ),
        ],
        "findings": [{"name": ATTACK, "present": True, "words": {"text": ATTACK}}],
    }
    clinic.answers(talk, message, ATTACK, snapshot=snapshot, contact=Contact(name=ATTACK, phone=ATTACK))
    visitor = signed_in("admin")
    visitor.submit(f"/talk/{talk}", f"/talk/{talk}/notes", text=ATTACK)
    visitor.submit(f"/talk/{talk}", f"/talk/{talk}/escalations/{clinic.escalation_of(talk)}/confirm", reason=ATTACK)
    pages = [
        visitor.submit(f"/talk/{talk}", f"/talk/{talk}/contact").text,
        *(
            visitor.get(path).text
            for path in (f"/talk/{talk}", "/?view=all", "/inbox/rows?view=all", "/search?q=throat", "/audit")
        ),
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in pages[0]


def test_a_message_held_before_consent_is_not_shown(clinic: Clinic, signed_in):
    clinic.says("t1", "my secret before any consent")
    page = signed_in("clinician").get("/talk/t1").text
    assert "my secret" not in page
    assert "has not agreed yet" in page


def test_a_held_message_that_fired_a_rule_is_shown(clinic: Clinic, signed_in):
    clinic.says("t1", "my throat is closing", level=Level.EMERGENCY, words="throat is closing")
    assert "<mark>throat is closing" in signed_in("viewer").get("/talk/t1").text


def test_a_message_the_assistant_did_not_understand_is_marked(clinic: Clinic, signed_in):
    talk = clinic.consented("t1")
    snapshot = {"intent": "out_of_scope", "confidence": 0.31, "understood": False}
    clinic.answers(talk, clinic.says(talk, "wibble the fandango"), "Sorry?", snapshot=snapshot)
    page = signed_in("viewer").get("/talk/t1").text
    assert "Not understood" in page
    assert "31%" in page


def told(clinic: Clinic, **more) -> str:
    """A patient who has told a good deal."""
    talk = clinic.consented("t1")
    said = clinic.says(talk, "I am so tired, my tongue maybe, no weight loss")
    clinic.answers(talk, said, "Thanks", snapshot={**SNAPSHOT, **more.pop("snapshot", {})}, **more)
    return talk


def test_what_is_there_not_there_unsure_and_never_asked_stand_apart(clinic: Clinic, signed_in):
    page = signed_in("viewer").get(f"/talk/{told(clinic)}").text
    summary = page.split('id="summary-title"')[1].split("</section>")[0]
    order = [summary.index(words) for words in (">Present", ">Not sure", ">Absent", ">Not asked")]
    assert order == sorted(order)
    for words, heading in (("tiredness", 0), ("a sore tongue", 1), ("losing weight", 2), ("a change in sight", 3)):
        place = summary.index(words)
        assert order[heading] < place
        assert heading == 3 or place < order[heading + 1]
    for words in (
        "for 3 weeks",
        "62 years",
        "Injection favoured",
        "Expedite",
        "nerve signs",
        "NG239",
        "content version v1",
    ):
        assert words in summary, words


def test_several_results_of_one_test_are_plotted_and_stand_in_a_table(clinic: Clinic, signed_in):
    page = signed_in("viewer").get(f"/talk/{told(clinic)}").text
    plot = page.split('<svg class="trend"')[1].split("</svg>")[0]
    assert "B12 over time, pmol/L. 2024-03: &lt;110.7, 2025-03: 300" in plot
    assert plot.count("<circle") == 2
    assert "trend__point--open" in plot, "a value said as less than is drawn hollow"
    table = page.split('id="labs-title"')[1].split("</table>")[0]
    for words in ("&lt; 150 ng/L", "110.7 pmol/L", "2024-03", "low", "usual"):
        assert words in table, words


def test_contact_details_are_behind_a_click_that_is_written_down(clinic: Clinic, signed_in):
    talk = told(clinic, contact=Contact(phone="01632 960 555", preferred_time="mornings"))
    visitor = signed_in("viewer")
    page = visitor.get(f"/talk/{talk}").text
    assert "01632" not in page
    assert "The patient has left: a telephone number, a time." in page
    assert "contact.shown" not in audit_actions(clinic)
    shown = visitor.submit(f"/talk/{talk}", f"/talk/{talk}/contact")
    assert "01632 960 555" in shown.text
    assert "contact.shown" in audit_actions(clinic)
    assert "01632" not in visitor.get(f"/talk/{talk}").text
    assert visitor.get(f"/talk/{talk}/contact").status_code in (404, 405)


def test_how_a_message_was_understood_is_there_on_demand(clinic: Clinic, signed_in):
    talk = told(clinic, snapshot={"intent": "report_symptoms", "confidence": 0.87})
    page = signed_in("viewer").get(f"/talk/{talk}").text
    heard = page.split('<details class="heard">')[1].split("</details>")[0]
    for words in ("Report symptoms", "87%", "Yes: tiredness", "Not sure: a sore tongue", "No: losing weight"):
        assert words in heard, words


def test_the_timeline_tells_what_happened_in_order(clinic: Clinic, signed_in):
    talk = clinic.emergency()
    visitor = signed_in("clinician")
    for minutes, path, fields in (
        (2, f"escalations/{clinic.escalation_of(talk)}/acknowledge", {}),
        (1, "take-over", {}),
        (1, "notes", {"text": "rang"}),
        (1, f"escalations/{clinic.escalation_of(talk)}/release", {"reason": "all well"}),
    ):
        clinic.clock.forward(minutes=minutes)
        visitor.submit(f"/talk/{talk}", f"/talk/{talk}/{path}", **fields)
    page = visitor.get(f"/talk/{talk}").text
    told_in_order = re.findall(r"<b>(.*?)</b>(.*?)</li>", page.split('class="timeline"')[1].split("</ol>")[0], re.S)
    assert [words for words, _ in told_in_order] == [
        "Conversation began",
        "Patient agreed to storing",
        "Danger found:",
        "Acknowledged",
        "Taken over from the assistant",
        "Note added",
        "Released",
    ]
    assert "Anaphylaxis" in told_in_order[2][1]
    assert "Clinician Person" in told_in_order[3][1]


def test_what_was_not_understood_is_listed_on_top(clinic: Clinic, signed_in):
    talk = clinic.consented("t1")
    clinic.answers(talk, clinic.says(talk, "wibble"), "Sorry?", snapshot={"understood": False})
    page = signed_in("viewer").get(f"/talk/{talk}").text
    seq = re.search(r"1 message was not understood:</strong> <a href=\"#m-(\d+)\"", page).group(1)
    assert f'id="m-{seq}"' in page


def test_an_empty_conversation_page_is_designed(clinic: Clinic, signed_in):
    clinic.consented("t1")
    page = signed_in("viewer").get("/talk/t1").text
    for words in ("No rule has fired", "No notes yet", "can be summed up"):
        assert words in page


def test_reading_is_written_down(clinic: Clinic, signed_in):
    talk = clinic.emergency()
    signed_in("viewer").get(f"/talk/{talk}")
    entries = clinic.desk.audit(by="system", now=clinic.clock.now, target=talk).entries
    assert ("conversation.opened", "Viewer Person") in [(entry.action, entry.by_name) for entry in entries]


def test_asking_whether_something_is_new_writes_nothing_down(clinic: Clinic, signed_in):
    talk = clinic.emergency()
    visitor = signed_in("viewer")
    before = len(audit_actions(clinic))
    first = visitor.get(f"/talk/{talk}/stamp").text
    assert visitor.get(f"/talk/{talk}/stamp").text == first
    assert len(audit_actions(clinic)) == before + 1  # our own look at the audit
    clinic.says(talk, "hello?")
    assert visitor.get(f"/talk/{talk}/stamp").text != first


@pytest.mark.parametrize("path", ["/talk/unknown", "/talk/..%2Fetc", "/talk/unknown/export"])
def test_an_unknown_conversation_is_not_found(signed_in, path: str):
    answer = signed_in("admin").get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


# --- erasing ---


def test_only_an_admin_erases_and_only_with_a_reason(clinic: Clinic, signed_in):
    clinic.consented("t1")
    assert signed_in("clinician").submit("/talk/t1", "/talk/t1/erase", reason="patient asked").status_code == 403
    admin = signed_in("admin")
    assert admin.submit("/talk/t1", "/talk/t1/erase", reason="").status_code == 422
    assert admin.submit("/talk/t1", "/talk/t1/erase", reason="patient asked").headers["location"] == "/?done=erased"
    assert admin.get("/talk/t1").status_code == 404


# --- when the records fail ---


def test_records_that_do_not_answer_are_said_so_without_a_trace(clinic: Clinic, signed_in, caplog):
    class Away:
        def __getattr__(self, name):
            return getattr(clinic.desk, name)

        def open(self, *args, **more):
            raise LedgerUnavailable("secret words of a patient")

    visitor = signed_in("viewer")
    talk = clinic.emergency()
    object.__setattr__(visitor.app.state.parts, "desk", Away())
    answer = visitor.get(f"/talk/{talk}")
    assert answer.status_code == 503
    assert "Patients still get danger advice" in answer.text
    assert "secret words" not in answer.text + caplog.text


def test_our_own_fault_shows_a_page_and_logs_no_patient_words(clinic: Clinic, signed_in, caplog):
    visitor = signed_in("viewer")
    visitor.app.state.templates.filters["clock"] = lambda at: 1 / 0
    talk = clinic.emergency()
    object.__setattr__(visitor, "_transport", visitor._transport)
    visitor._transport.raise_server_exceptions = False
    answer = visitor.get(f"/talk/{talk}")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "throat" not in answer.text
    assert "console.failed error=ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json"}, "{}", 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "form=" + "x" * 70_000, 413),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "&".join(f"a{n}=1" for n in range(200)), 400),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"\xff\xfe=\xff", 400),
    ],
)
def test_a_body_of_the_wrong_kind_or_size_is_refused(clinic: Clinic, signed_in, headers, body, status):
    clinic.consented("t1")
    assert signed_in("clinician").post("/talk/t1/notes", content=body, headers=headers).status_code == status


def test_every_role_sees_only_the_steps_it_may_take(clinic: Clinic, signed_in):
    talk = clinic.emergency()
    shown = {role.value: signed_in(role.value).get(f"/talk/{talk}").text for role in Role}
    assert "Acknowledge</button>" not in shown["viewer"]
    assert "needs the role Clinician" in shown["viewer"].replace("need the role", "needs the role")
    assert "Acknowledge</button>" in shown["clinician"]
    assert "Erase for good" not in shown["clinician"]
    assert "Erase for good" in shown["admin"]
