"""The dashboard: readable plots with their numbers behind them, periods, the empty state, and no word of a patient."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.console.periods import read_period
from bot.console.plots import Series, column_plot

from .conftest import Visitor
from .seeding import SNAPSHOT, Clinic

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 3, 30, 12, 0, tzinfo=timezone.utc)  # the day after the clocks went forward


def busy(clinic: Clinic) -> None:
    clinic.emergency()
    clinic.clock.forward(minutes=3)
    clinic.desk.acknowledge(
        clinic.escalation_of("talk-emergency"), by=clinic.desk.staff_named("clinician").id, now=clinic.clock.now
    )
    asked = clinic.says(clinic.consented("talk-asking"), "xylophone, is a clot likely from this?")
    open_question = {"questions": {"age": "answered", "b12": None}, "question": "b12", "assessed": False}
    clinic.answers(
        "talk-asking",
        asked,
        "It is not usual.",
        snapshot={**SNAPSHOT, **open_question, "topic": "FAQ-20", "understood": True},
    )
    clinic.clock.forward(hours=1)


def cells(page: str, table: str) -> list[list[str]]:
    """The rows of the table behind a plot."""
    section = page.split(f'id="{table}-title"')[1].split("</section>")[0]
    rows = re.findall(r"<tr>(<th scope=\"row\">.*?)</tr>", section)
    plain = [re.sub(r"<svg.*?</svg>", "", row) for row in rows]
    return [[re.sub("<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in plain]


def test_everything_that_happened_is_counted_and_named(clinic: Clinic, signed_in: Callable[[str], Visitor]) -> None:
    busy(clinic)
    page = signed_in("viewer").get("/figures").text
    assert cells(page, "conversations")[-1] == ["Mon 2 Mar 2026", "2"]
    assert cells(page, "escalations")[-1] == ["Mon 2 Mar 2026", "1", "0"]
    assert ["2 to 5 min", "1", "0"] in cells(page, "waits-emergency")
    assert cells(page, "by-danger") == [["Anaphylaxis", "", "1"]]
    assert cells(page, "topics") == [["Can B12 injections cause blood clots?", "", "1"]]
    assert cells(page, "questions") == [["Age", "", "1", "1", "0", "0"], ["B12 result", "", "1", "0", "0", "1 100%"]]
    assert cells(page, "interview")[0] == ["Began", "", "2 100%"]
    assert "1 of 1 in time, half within 3 min" in page


def test_no_word_of_a_patient_is_on_it(clinic: Clinic, signed_in: Callable[[str], Visitor]) -> None:
    busy(clinic)
    page = signed_in("admin").get("/figures?days=90").text
    assert "Time to acknowledge" in page
    assert "xylophone" not in page
    assert "throat is closing" not in page


def test_whoever_is_not_signed_in_is_asked_to(visitor: Visitor) -> None:
    answer = visitor.get("/figures")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Ffigures")


@pytest.mark.parametrize("address", ["", "?days=1", "?days=x", "?days=-5", "?days=99999999999", "?channel=pigeon"])
def test_a_period_without_anything_says_so(signed_in: Callable[[str], Visitor], address: str) -> None:
    answer = signed_in("viewer").get(f"/figures{address}")
    assert answer.status_code == 200
    assert "Nothing happened in this time." in answer.text
    assert '<svg class="plot"' not in answer.text


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("since=yesterday", "A day is written like 2026-03-14."),
        ("since=2026-03-02&until=2026-03-01", "The first day lies after the last one."),
        ("since=2001-01-01&until=2026-01-01", "At most two years can be shown at once."),
    ],
)
def test_days_that_cannot_be_shown_are_refused_with_the_reason(
    signed_in: Callable[[str], Visitor], address: str, fault: str
) -> None:
    page = signed_in("viewer").get(f"/figures?{address}").text
    assert fault in page
    assert "The last 7 days are shown instead." in page


# --- periods ---


@pytest.mark.parametrize(
    ("query", "each", "steps"),
    [
        ({"days": "1"}, "hour", 24),
        ({}, "day", 7),
        ({"days": "30"}, "day", 30),
        ({"days": "90"}, "week", 13),
        ({"days": "365"}, "month", 13),
        ({"since": "2026-03-01", "until": "2026-03-01"}, "day", 1),
        ({"until": "2026-03-01"}, "day", 1),
    ],
)
def test_a_period_is_cut_into_as_many_steps_as_can_be_read(query: dict[str, str], each: str, steps: int) -> None:
    period = read_period(query, now=NOON, zone=LONDON)
    assert (period.each, len(period.bounds) - 1) == (each, steps)


def test_a_day_is_the_clinics_own_also_where_the_clocks_change() -> None:
    period = read_period({"since": "2026-03-28", "until": "2026-03-30"}, now=NOON, zone=LONDON)
    hours = [
        (later - earlier) / timedelta(hours=1) for earlier, later in zip(period.bounds, period.bounds[1:], strict=False)
    ]
    assert hours == [24, 23, 24]
    assert [period.label(edge) for edge in period.bounds[:-1]] == ["28 Mar", "29 Mar", "30 Mar"]


@settings(deadline=None)
@given(st.dates(), st.dates())
def test_any_two_days_give_a_period_in_order(first, last) -> None:
    period = read_period({"since": first.isoformat(), "until": last.isoformat()}, now=NOON, zone=LONDON)
    assert list(period.bounds) == sorted(set(period.bounds))
    assert 2 <= len(period.bounds) <= 50


# --- plots ---


def drawn(values: list[float | None], *, share: bool = False) -> ElementTree.Element:
    svg = column_plot(
        [Series("plain", "Talks", tuple(values))], id="p", axis="talks", labels=["x"] * len(values), share=share
    )
    return ElementTree.fromstring(svg)


def test_columns_are_as_high_as_their_values_and_the_axis_is_labelled() -> None:
    svg = drawn([1, 2, 4, 0])
    heights = [float(bar.get("height")) for bar in svg.iter("rect") if "shade" in (bar.get("class") or "")]
    assert heights == [37.5, 75.0, 150.0]
    words = [text.text for text in svg.iter("text")]
    assert words[:6] == ["talks", "0", "1", "2", "3", "4"]


def test_no_messages_is_a_gap_and_not_a_nought() -> None:
    values = [text.text for text in drawn([None, 0.0], share=True).iter("text") if text.get("class") == "plot__value"]
    assert values == ["0%"]


def test_a_warning_has_stripes_beside_its_colour() -> None:
    svg = column_plot([Series("urgent", "Urgent", (1.0,))], id="p", axis="n", labels=["x"])
    assert 'fill="url(#p-stripes)"' in svg


@settings(deadline=None)
@given(st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=40))
def test_no_column_leaves_the_plot(values: list[float | None]) -> None:
    svg = drawn(values)
    for bar in svg.iter("rect"):
        if "shade" in (bar.get("class") or ""):
            assert float(bar.get("y")) > 25 and float(bar.get("y")) + float(bar.get("height")) <= 177.5
            assert 0 <= float(bar.get("x").rstrip("%")) <= 100
