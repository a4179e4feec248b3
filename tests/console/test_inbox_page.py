"""The inbox: the most urgent first, nothing hidden, nothing of it for strangers."""

from __future__ import annotations

import html
import re

import pytest

from bot.clinical.codes import Level

from .seeding import Clinic


def ids(page: str) -> list[str]:
    return re.findall(r'data-id="([^"]+)"', page)


def urgent(clinic: Clinic, talk: str) -> str:
    clinic.consented(talk)
    clinic.says(
        talk, "my calf is swollen", level=Level.URGENT, words="calf is swollen", rule="dvt-one-leg", category="dvt"
    )
    return talk


def test_emergencies_come_first_then_urgent_then_who_waits_longest(clinic: Clinic, signed_in):
    message = clinic.says(clinic.consented("person"), "can I talk to somebody")
    clinic.answers("person", message, "Somebody will come.", wants_staff=True)
    clinic.clock.forward(minutes=1)
    urgent(clinic, "urgent-1")
    clinic.clock.forward(minutes=1)
    urgent(clinic, "urgent-2")
    clinic.clock.forward(minutes=1)
    clinic.emergency("emergency-1")
    clinic.consented("quiet")
    visitor = signed_in("viewer")
    assert ids(visitor.get("/").text) == ["emergency-1", "urgent-1", "urgent-2", "person", "quiet"]
    assert ids(visitor.get("/?view=attention").text) == ["emergency-1", "urgent-1", "urgent-2", "person"]


def test_what_waits_stands_under_a_heading_of_its_own(clinic: Clinic, signed_in):
    clinic.emergency()
    clinic.consented("quiet")
    page = signed_in("viewer").get("/").text
    waiting, rest = page.split(">Everything else</h2>")
    assert ids(waiting.split(">Waiting for us</h2>")[1]) == ["talk-emergency"]
    assert ids(rest) == ["quiet"]


def test_the_clock_runs_until_somebody_acknowledges(clinic: Clinic, signed_in):
    clinic.emergency()
    visitor = signed_in("clinician")
    assert "due in 5 min" in visitor.get("/").text
    clinic.clock.forward(minutes=9)
    assert "overdue by 4 min" in visitor.get("/").text
    visitor.submit(
        "/talk/talk-emergency", f"/talk/talk-emergency/escalations/{clinic.escalation_of('talk-emergency')}/acknowledge"
    )
    assert "Acknowledged by Clinician Person" in visitor.get("/?view=all").text


def test_an_empty_inbox_is_designed_and_not_a_blank(signed_in):
    visitor = signed_in("viewer")
    assert "There is no conversation yet." in visitor.get("/").text
    assert "Nobody is waiting for you." in visitor.get("/?view=attention").text


@pytest.mark.parametrize("view", ["mine", "unclear", "unreviewed", "all"])
def test_each_empty_view_says_what_its_emptiness_means(signed_in, view: str):
    page = signed_in("viewer").get(f"/?view={view}").text
    assert 'class="empty"' in page


def test_filters_that_fit_nothing_offer_to_be_taken_away(clinic: Clinic, signed_in):
    clinic.emergency()
    page = signed_in("viewer").get("/?view=all&level=urgent").text
    assert "No conversation fits these filters." in page
    assert '<a href="/?view=all">Take the filters away</a>' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level=emergency", ["talk-emergency"]),
        ("level=urgent", ["leg"]),
        ("category=dvt", ["leg"]),
        ("channel=sms", ["text"]),
        ("mode=waiting", ["person"]),
        ("who=nobody", ["leg", "person", "talk-emergency", "text", "unclear"]),
        ("who=me", ["assigned"]),
        ("seen=no", ["leg", "talk-emergency"]),
        ("q=fandango", ["unclear"]),
        ("since=2026-03-03", []),
        ("until=2026-03-01", []),
        ("since=2026-03-02&until=2026-03-02", ["assigned", "leg", "person", "talk-emergency", "text", "unclear"]),
        (
            "level=nonsense&since=gestern&channel=<script>",
            ["assigned", "leg", "person", "talk-emergency", "text", "unclear"],
        ),
    ],
)
def test_each_filter_narrows(clinic: Clinic, signed_in, query: str, found: list[str]):
    clinic.emergency()
    urgent(clinic, "leg")
    clinic.consented("text", channel="sms")
    clinic.answers("person", clinic.says(clinic.consented("person"), "a person please"), "Yes.", wants_staff=True)
    unclear = clinic.says(clinic.consented("unclear"), "wibble the fandango")
    clinic.answers("unclear", unclear, "Sorry?", snapshot={"understood": False})
    me = clinic.desk.staff_named("clinician")
    clinic.desk.assign(clinic.consented("assigned"), to=me.id, by=me.id, now=clinic.clock.now)
    assert sorted(ids(signed_in("clinician").get(f"/?view=all&{query}").text)) == found


def test_messages_that_were_not_understood_have_a_view_of_their_own(clinic: Clinic, signed_in):
    clinic.consented("clear")
    unclear = clinic.says(clinic.consented("unclear"), "wibble")
    clinic.answers("unclear", unclear, "Sorry?", snapshot={"understood": False})
    page = signed_in("viewer").get("/?view=unclear").text
    assert ids(page) == ["unclear"]
    assert "Not understood" in page


def test_a_safety_question_without_an_answer_is_listed_after_ten_minutes(clinic: Clinic, signed_in):
    clinic.consented("odd")
    clinic.says("odd", "I feel a bit weird since the jab", question="Is this happening now?")
    visitor = signed_in("viewer")
    assert ids(visitor.get("/?view=attention").text) == []
    clinic.clock.forward(minutes=11)
    page = visitor.get("/?view=attention").text
    assert ids(page) == ["odd"]
    assert "Safety question unanswered since 12:00" in page


def test_words_held_before_consent_do_not_show_in_the_list(clinic: Clinic, signed_in):
    clinic.says("held", "my secret before any consent")
    page = signed_in("admin").get("/?view=all").text
    assert "my secret" not in page
    assert "No words to show yet" in page


def test_more_than_a_page_is_paged(clinic: Clinic, signed_in):
    for number in range(27):
        clinic.consented(f"talk-{number:02d}")
    visitor = signed_in("viewer")
    first = visitor.get("/?view=all").text
    second = visitor.get("/" + link(first, "next")).text
    assert len(ids(first)) == 25
    assert len(ids(second)) == 2
    assert not set(ids(first)) & set(ids(second))
    assert ids(visitor.get("/" + link(second, "prev")).text) == ids(first)
    assert "27 conversations" in first
    assert 'rel="prev"' not in first
    assert 'rel="next"' not in second


def test_an_open_page_asks_for_its_own_rows_again(clinic: Clinic, signed_in):
    for number in range(27):
        clinic.consented(f"talk-{number:02d}")
    visitor = signed_in("viewer")
    second = visitor.get("/" + link(visitor.get("/?view=all").text, "next")).text
    live = html.unescape(re.search(r'data-live="([^"]*)"', second).group(1))
    assert ids(visitor.get(live).text) == ids(second)


def link(page: str, rel: str) -> str:
    return html.unescape(re.search(rf'rel="{rel}" href="([^"]*)"', page).group(1))


@pytest.mark.parametrize("place", ["0", "x", "~~~", "9~~1~a", "1~~" + "9" * 40 + "~a", "0~-1~1e9~", "%00", "é" * 300])
@pytest.mark.parametrize("side", ["after", "before"])
def test_an_odd_place_shows_a_page(clinic: Clinic, signed_in, side: str, place: str):
    clinic.consented("t1")
    answer = signed_in("viewer").get(f"/?view=all&{side}={place}")
    assert answer.status_code == 200
    assert ids(answer.text) == ["t1"]


def test_the_counts_are_in_the_title_so_that_a_tab_in_the_background_tells(clinic: Clinic, signed_in):
    clinic.emergency()
    assert "<title>(1) Inbox" in signed_in("viewer").get("/").text


def test_the_part_that_refreshes_itself_shows_the_same_as_the_page(clinic: Clinic, signed_in):
    clinic.emergency()
    visitor = signed_in("viewer")
    rows = visitor.get("/inbox/rows?view=attention").text
    assert ids(rows) == ids(visitor.get("/").text) == ["talk-emergency"]
    assert "<html" not in rows
