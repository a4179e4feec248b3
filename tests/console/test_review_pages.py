"""Marks on messages and the examples made of them: a second person approves, nothing tells who the patient is."""

from __future__ import annotations

import pytest

from bot.conversation.desk_people import Role
from bot.conversation.learning import as_regression, as_training
from bot.conversation.ports import Contact
from bot.knowledge.content import FOLDER
from bot.knowledge.pseudonyms import load_pseudonyms

from .seeding import Clinic

MARK = {"verdict": "missed_danger", "intent": "report_urgent", "level": "emergency", "comment": "throat"}


@pytest.fixture
def talk(clinic: Clinic, password_hash: str) -> str:
    """One in which a danger was missed; the patient has given their name."""
    object.__setattr__(clinic.parts, "pseudonyms", load_pseudonyms(FOLDER, []))
    object.__setattr__(clinic.parts, "intents", ("report_urgent", "ask_faq"))
    object.__setattr__(clinic.parts, "topics", ("FAQ-20", "FAQ-30"))
    clinic.person("second", Role.CLINICIAN, name="Second Reader", password_hash=password_hash)
    message = clinic.says(clinic.consented("missed"), "Agnes here, 07700 900123, my throat feels <b>tight</b>")
    clinic.answers("missed", message, "Thank you.", contact=Contact(name="Agnes Okafor"))
    return "missed"


def seq_of(clinic: Clinic, words: str) -> int:
    found = clinic.desk.open("missed", by="system", now=clinic.clock.now)
    return next(message.seq for message in found.messages if words in message.reply.text)


@pytest.mark.parametrize("path", ["/talk/missed/messages/1/mark", "/talk/missed/propose", "/examples/x-1"])
def test_a_viewer_may_not_review_and_learns_why(clinic: Clinic, signed_in, talk: str, path: str):
    answer = signed_in("viewer").submit("/", path, **MARK)
    assert (answer.status_code, "Clinician or Admin" in answer.text) == (403, True)


def test_a_verdict_stands_beside_its_message(clinic: Clinic, signed_in, talk: str):
    seq = seq_of(clinic, "throat")
    visitor = signed_in("clinician")
    marked = visitor.submit(f"/talk/{talk}", f"/talk/{talk}/messages/{seq}/mark", **{**MARK, "comment": "<i>no</i>"})
    assert marked.status_code == 303
    page = visitor.get(f"/talk/{talk}").text
    assert "Missed danger</span> Clinician Person" in page
    assert "&lt;i&gt;no&lt;/i&gt;" in page
    assert "<i>no</i>" not in page


def test_the_right_question_is_shown_learnt_and_tested_on(clinic: Clinic, signed_in, talk: str):
    seq = seq_of(clinic, "throat")
    question = clinic.parts.words.topic("FAQ-20")
    asked = {"verdict": "wrong", "intent": "ask_faq", "topic": question, "level": "none"}
    visitor = signed_in("clinician")
    assert f'<option value="{question}">' in visitor.get(f"/talk/{talk}").text
    visitor.submit(f"/talk/{talk}", f"/talk/{talk}/messages/{seq}/mark", **asked, propose="yes")
    assert f"question: {question}" in visitor.get(f"/talk/{talk}").text
    second = signed_in("second")
    assert f"Question: {question}" in second.get("/examples").text
    second.submit("/examples", f"/examples/{clinic.desk.examples()[0].id}", step="approve")
    approved = clinic.desk.examples(state="approved")
    assert "- intent: ask_faq\n  metadata: {set: train, author: review, topic: FAQ-20}" in as_training(approved)
    assert [(row["intent"], row["topic"]) for row in as_regression(approved)] == [("ask_faq", "FAQ-20")]


@pytest.mark.parametrize(
    "fields",
    [
        {"verdict": "great"},
        {"verdict": "wrong", "intent": "rm -rf"},
        {"verdict": "wrong", "intent": "ask_faq", "topic": "Who are you?"},
        {"verdict": "wrong", "intent": "report_urgent", "topic": "Can B12 injections cause blood clots?"},
        {"verdict": "wrong", "topic": "Can B12 injections cause blood clots?"},
    ],
)
def test_what_is_not_offered_is_refused(clinic: Clinic, signed_in, talk: str, fields: dict[str, str]):
    seq = seq_of(clinic, "throat")
    answer = signed_in("clinician").submit(f"/talk/{talk}", f"/talk/{talk}/messages/{seq}/mark", **fields)
    assert answer.status_code == 409
    assert clinic.desk.marks(talk) == {}


def test_an_example_counts_only_after_another_person_has_approved_it(clinic: Clinic, signed_in, talk: str):
    seq = seq_of(clinic, "throat")
    first, second = signed_in("clinician"), signed_in("second")
    first.submit(f"/talk/{talk}", f"/talk/{talk}/messages/{seq}/mark", **MARK, propose="yes")
    example = clinic.desk.examples()[0]
    refused = first.submit("/examples", f"/examples/{example.id}", step="approve")
    assert (refused.status_code, "A second person" in refused.text) == (409, True)
    assert as_training(clinic.desk.examples()).endswith("nlu: []\n")
    page = second.get("/examples").text
    for word in ("Agnes", "900123", "<b>tight"):
        assert word not in page
    assert second.submit("/examples", f"/examples/{example.id}", step="approve").status_code == 303
    approved = clinic.desk.examples(state="approved")
    assert "    - (name) here, (phone), my throat feels <b>tight</b>" in as_training(approved)
    assert [(row["level"], row["intent"]) for row in as_regression(approved)] == [("emergency", "report_urgent")]
    assert second.submit("/examples", f"/examples/{example.id}", step="refuse").status_code == 409


def test_a_conversation_becomes_a_regression_test_with_its_right_levels(clinic: Clinic, signed_in, talk: str):
    seq = seq_of(clinic, "throat")
    first, second = signed_in("clinician"), signed_in("second")
    first.submit(f"/talk/{talk}", f"/talk/{talk}/messages/{seq}/mark", **MARK)
    assert first.submit(f"/talk/{talk}", f"/talk/{talk}/propose").status_code == 303
    second.submit("/examples", f"/examples/{clinic.desk.examples()[0].id}", step="approve")
    rows = as_regression(clinic.desk.examples())
    assert [(row["turn"], row["level"]) for row in rows] == [(0, "none"), (1, "emergency")]
    assert "Agnes" not in str(rows)


def test_erasing_a_conversation_takes_its_examples_along(clinic: Clinic, signed_in, talk: str):
    seq = seq_of(clinic, "throat")
    signed_in("clinician").submit(f"/talk/{talk}", f"/talk/{talk}/messages/{seq}/mark", **MARK, propose="yes")
    clinic.desk.erase(talk, reason="asked by post", by="system", now=clinic.clock.now)
    assert clinic.desk.examples() == ()
    assert clinic.desk.marks(talk) == {}
