"""What goes by age and outcome, what a legal hold keeps, and the erasure of one person, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from console.seeding import NOON, Clinic
from sqlalchemy import text

from bot.cli import main
from bot.conversation.desk import DeskConflict
from bot.conversation.desk_people import Role
from bot.conversation.ports import Contact, UnknownConversation
from bot.knowledge.retention import KeepRule, load_keep_rules
from bot.knowledge.strict import Fault
from bot.records import migrate
from bot.records.database import Database
from bot.records.desk import SqlDesk
from bot.records.ledger import SqlLedger

RULES = (
    KeepRule("ordinary", timedelta(days=90)),
    KeepRule("escalated", timedelta(days=2922), escalated=True),
    KeepRule("seen", timedelta(days=400), outcomes=frozenset({"Seen the same day"})),
    KeepRule("nothing", timedelta(days=30), escalated=False, outcomes=frozenset({"No action needed"})),
)


@pytest.fixture
def clinic(url: str, tmp_path: Path) -> Iterator[Clinic]:
    """A quiet talk, one with an outcome, an escalated one that was confirmed, one with an open danger."""
    migrate.upgrade(url)
    made = Clinic(tmp_path / "ledger.db") if url.startswith("sqlite") else _on(url, tmp_path)
    made.nurse = made.person("nurse", Role.CLINICIAN).id
    made.consented("quiet")
    made.consented("seen")
    made.desk.set_outcome("seen", "Seen the same day", by=made.nurse, now=NOON)
    made.emergency("confirmed")
    made.desk.confirm(made.escalation_of("confirmed"), reason="was real", by=made.nurse, now=NOON)
    made.emergency("danger")
    yield made
    made.database.close()


def _on(url: str, folder: Path) -> Clinic:
    made = Clinic(folder / "unused.db")
    made.database.close()
    made.database = Database(url, patience=5)
    made.ledger, made.desk = SqlLedger(made.database), SqlDesk(made.database)
    return made


def due(clinic: Clinic, **after: float) -> dict[str, str]:
    report = clinic.desk.retention_report(RULES, now=NOON + timedelta(**after))
    return {one.conversation_id: one.rule for one in report.listed}


def talks(clinic: Clinic) -> set[str]:
    with clinic.database.read() as connection:
        return set(connection.execute(text("SELECT id FROM conversation")).scalars())


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (89, {}),
        (91, {"quiet": "ordinary"}),
        (401, {"quiet": "ordinary", "seen": "seen"}),
        (3000, {"quiet": "ordinary", "seen": "seen", "confirmed": "escalated"}),
    ],
)
def test_the_longest_fitting_rule_decides_and_an_open_danger_stays(clinic: Clinic, days: int, expected: dict) -> None:
    assert due(clinic, days=days) == expected


def test_the_report_counts_by_rule_and_what_stays(clinic: Clinic) -> None:
    clinic.desk.hold("seen", reason="claim announced", by=clinic.nurse, now=NOON)
    report = clinic.desk.retention_report(RULES, now=NOON + timedelta(days=3000), listed=1)
    assert (report.total, report.by_rule) == (2, {"ordinary": 1, "escalated": 1})
    assert (report.on_hold, report.waiting_for_staff, len(report.listed)) == (1, 1, 1)


def test_purging_removes_what_the_report_lists_and_writes_the_rule_down(clinic: Clinic) -> None:
    later = NOON + timedelta(days=401)
    listed = set(due(clinic, days=401))
    before = talks(clinic)
    assert clinic.desk.purge(RULES, at=later) == 2
    assert before - talks(clinic) == listed
    assert clinic.desk.purge(RULES, at=later) == 0
    assert clinic.desk.audit(by=clinic.nurse, now=later, target="quiet").entries[1].details == {"rule": "ordinary"}


def test_a_hold_stands_against_age_patient_and_admin(clinic: Clinic) -> None:
    clinic.desk.hold("quiet", reason="claim announced", by=clinic.nurse, now=NOON)
    assert clinic.desk.purge(RULES, at=NOON + timedelta(days=5000)) == 2  # seen and confirmed
    with pytest.raises(DeskConflict, match="legal hold"):
        clinic.desk.erase("quiet", reason="asked by post", by=clinic.nurse, now=NOON)
    assert clinic.ledger.erase("quiet", at=NOON, by="patient") is False
    assert "quiet" in talks(clinic)
    assert clinic.desk.open("quiet", by=clinic.nurse, now=NOON).messages[0].reply.text == "yes"


def test_lifting_the_hold_does_what_the_patient_asked_for_meanwhile(clinic: Clinic) -> None:
    clinic.desk.hold("quiet", reason="claim announced", by=clinic.nurse, now=NOON)
    clinic.ledger.erase("quiet", at=NOON, by="patient")
    assert clinic.desk.lift_hold("quiet", reason="claim settled", by=clinic.nurse, now=NOON) is True
    with pytest.raises(UnknownConversation):
        clinic.desk.open("quiet", by=clinic.nurse, now=NOON)


def test_setting_and_lifting_a_hold_stand_in_the_audit_and_twice_is_refused(clinic: Clinic) -> None:
    clinic.desk.hold("quiet", reason="claim announced", by=clinic.nurse, now=NOON)
    with pytest.raises(DeskConflict):
        clinic.desk.hold("quiet", reason="again", by=clinic.nurse, now=NOON)
    assert [(hold.conversation_id, hold.reason, hold.by) for hold in clinic.desk.held()] == [
        ("quiet", "claim announced", "Nurse")
    ]
    assert clinic.desk.lift_hold("quiet", reason="claim settled", by=clinic.nurse, now=NOON) is False
    with pytest.raises(DeskConflict):
        clinic.desk.lift_hold("quiet", reason="again", by=clinic.nurse, now=NOON)
    actions = [entry.action for entry in clinic.desk.audit(by=clinic.nurse, now=NOON, target="quiet").entries]
    assert actions[1:3] == ["conversation.hold_lifted", "conversation.held"]


@pytest.mark.parametrize("written", ["07700 900123", "+44 7700 900 123", "0044-7700-900123"])
def test_a_person_is_found_and_erased_however_the_number_is_written(clinic: Clinic, written: str) -> None:
    for talk, phone in (("first", "07700 900123"), ("second", "+447700900123"), ("other", "07700 900999")):
        message = clinic.says(clinic.consented(talk), "please ring me")
        clinic.answers(talk, message, "We will.", contact=Contact(phone=phone))
    clinic.desk.hold("second", reason="claim announced", by=clinic.nurse, now=NOON)
    found = clinic.desk.erase_person(written, reason="asked by letter", by=clinic.nurse, now=NOON)
    assert [(one.conversation_id, one.kept_because) for one in found] == [("first", None), ("second", "hold")]
    with pytest.raises(UnknownConversation):
        clinic.desk.open("first", by=clinic.nurse, now=NOON)
    assert clinic.desk.open("other", by=clinic.nurse, now=NOON).reachable_by == ("phone",)


def test_the_command_changes_nothing_without_apply(clinic: Clinic, url: str, monkeypatch, capsys) -> None:
    monkeypatch.setenv("B12_DATABASE_URL", url)
    with clinic.database.write() as connection:
        connection.execute(text("UPDATE conversation SET last_at = '2020-01-01 00:00:00' WHERE id = 'quiet'"))
    assert main(["retention", "run", "--dry-run"]) == 0
    assert "quiet  last message 2020-01-01  ordinary" in capsys.readouterr().out
    assert "quiet" in talks(clinic)
    assert main(["retention", "run", "--apply"]) == 0
    assert "removed" in capsys.readouterr().out
    assert "quiet" not in talks(clinic)


def test_rules_without_one_that_fits_all_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "retention.yml").write_text(
        "- {id: a, escalated: true, keep_days: 90, source: design, status: draft}\n"
        "- {id: b, outcomes: [Seen], keep_days: 0, source: design, status: draft}\n"
    )
    faults: list[Fault] = []
    load_keep_rules(tmp_path, faults)
    assert ["1 or more" in str(faults[0]), "fit every conversation" in str(faults[1])] == [True, True]
