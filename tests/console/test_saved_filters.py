"""Filters kept under a name are one person's own; the inbox can be narrowed by indication."""

from __future__ import annotations

from bot.conversation.inbox import InboxFilter

from .seeding import Clinic


def test_a_saved_filter_is_a_link_of_its_owner_only(clinic: Clinic, signed_in):
    mine, other = signed_in("viewer"), signed_in("clinician")
    saved = mine.submit("/", "/filters", name="Legs <b>", query="view=all&category=dvt&level=urgent")
    assert (saved.status_code, "category=dvt" in saved.headers["location"]) == (303, True)
    page = mine.get("/").text
    assert 'href="/?view=all&amp;category=dvt&amp;level=urgent">Legs &lt;b&gt;</a>' in page
    assert "Legs" not in other.get("/").text
    assert mine.submit("/", "/filters/drop", name="Legs <b>").status_code == 303
    assert "Legs" not in mine.get("/").text


def test_only_fields_of_the_inbox_are_saved(clinic: Clinic, signed_in):
    signed_in("viewer").submit("/", "/filters", name="odd", query="next=//evil.example&page=9&channel=sms&view=nope")
    viewer = clinic.desk.staff_named("viewer")
    assert viewer is not None
    assert clinic.desk.saved_filters(viewer.id) == (("odd", "channel=sms"),)


def test_there_are_twenty_at_most(clinic: Clinic):
    viewer = clinic.desk.staff_named("viewer")
    assert viewer is not None
    for number in range(20):
        clinic.desk.save_filter(viewer.id, name=f"f{number}", query="", now=clinic.clock.now)
    clinic.desk.save_filter(viewer.id, name="f3", query="view=all", now=clinic.clock.now)
    assert len(clinic.desk.saved_filters(viewer.id)) == 20


def test_the_inbox_is_narrowed_by_the_newest_indications(clinic: Clinic, signed_in):
    for talk, codes in (("neuro", ["neurologic"]), ("both", ["neurologic", "malabsorption"]), ("none", [])):
        message = clinic.says(clinic.consented(talk), "my feet tingle")
        found = [{"code": code} for code in codes]
        clinic.answers(talk, message, "Thank you.", snapshot={"assessment": {"indications": found}})

    def ids(code: str) -> set[str]:
        page = clinic.desk.inbox(InboxFilter(indication=code), now=clinic.clock.now)
        return {row.conversation_id for row in page.rows}

    assert ids("neurologic") == {"neuro", "both"}
    assert ids("malabsorption") == {"both"}
    message = clinic.says("both", "that was wrong")
    clinic.answers("both", message, "Noted.", snapshot={"assessment": {"indications": []}})
    assert ids("malabsorption") == set()
