"""Retention, legal holds and the erasure of a person in the console: admins only, in the audit, hostile words shown as text."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.conversation.ports import Contact
from bot.knowledge.retention import KeepRule

from .seeding import Clinic

RULES = (KeepRule("ordinary", timedelta(days=90)), KeepRule("escalated", timedelta(days=2922), escalated=True))


@pytest.fixture(autouse=True)
def rules(clinic: Clinic) -> None:
    object.__setattr__(clinic.parts, "keep_rules", RULES)


@pytest.mark.parametrize("role", ["viewer", "clinician"])
@pytest.mark.parametrize(
    "path", ["/retention/person", "/retention/person/erase", "/talk/quiet/hold", "/talk/quiet/hold/lift"]
)
def test_only_an_admin_changes_what_is_kept(clinic: Clinic, signed_in, role: str, path: str):
    clinic.consented("quiet")
    visitor = signed_in(role)
    answer = visitor.submit("/", path, reason="because of it", reached_by="07700 900123")
    assert answer.status_code == 403
    assert "needs the role Admin" in answer.text
    assert visitor.get("/retention").status_code == 403
    assert clinic.desk.held() == ()


def test_the_page_counts_what_is_past_its_time(clinic: Clinic, signed_in):
    clinic.consented("old")
    clinic.clock.forward(days=100)
    clinic.consented("new")
    page = signed_in("admin").get("/retention").text
    assert "<b>1</b> conversation is past" in page
    assert "/talk/old" in page
    assert "/talk/new" not in page


def test_a_hold_is_set_shown_as_text_and_lifted(clinic: Clinic, signed_in):
    clinic.consented("quiet")
    visitor = signed_in("admin")
    hostile = "<script>alert(1)</script> claim"
    assert visitor.submit("/talk/quiet", "/talk/quiet/hold", reason=hostile).status_code == 303
    for path in ("/talk/quiet", "/retention"):
        page = visitor.get(path).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; claim" in page
        assert "<script>alert" not in page
    refused = visitor.submit("/talk/quiet", "/talk/quiet/erase", reason="asked by post")
    assert (refused.status_code, "legal hold" in refused.text) == (409, True)
    assert visitor.submit("/talk/quiet", "/talk/quiet/hold/lift", reason="claim settled").status_code == 303
    assert clinic.desk.held() == ()


def test_a_hold_needs_a_reason(clinic: Clinic, signed_in):
    clinic.consented("quiet")
    assert signed_in("admin").submit("/talk/quiet", "/talk/quiet/hold", reason=" ").status_code == 422
    assert clinic.desk.held() == ()


def test_a_person_is_looked_for_and_erased_and_the_number_is_never_written_down(clinic: Clinic, signed_in):
    message = clinic.says(clinic.consented("mine"), "please ring me")
    clinic.answers("mine", message, "We will.", contact=Contact(phone="07700 900123"))
    visitor = signed_in("admin")
    found = visitor.submit("/retention", "/retention/person", reached_by="07700900123")
    assert "/talk/mine" in found.text
    assert (
        visitor.submit("/retention", "/retention/person/erase", reached_by="07700900123", reason="x").status_code == 422
    )
    done = visitor.submit("/retention", "/retention/person/erase", reached_by="07700900123", reason="asked by letter")
    assert done.status_code == 303
    assert visitor.get("/talk/mine").status_code == 404
    assert "900123" not in visitor.get("/audit").text
