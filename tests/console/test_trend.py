"""The plot of one test over time: everything in it is said in words too, and nothing of it runs."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from bot.console.trend import HEIGHT, WIDTH, middle, trend_svg
from bot.conversation.record import RecordLab, read_record


def lab(value: str, date: str | None, **more) -> RecordLab:
    return RecordLab("b12", "B12", value, canonical=Decimal(value), canonical_unit="pmol/L", date=date, **more)


def test_every_value_and_date_stands_in_the_title_for_those_who_do_not_see_it():
    svg = trend_svg([lab("110.70", "2024"), lab("300", "2025-03"), lab("95", "2025-09-01")], title_id="t")
    title = ElementTree.fromstring(svg).find("title").text
    assert title == "B12 over time, pmol/L. 2024: 110.7, 2025-03: 300, 2025-09-01: 95"


def test_a_value_stands_on_the_side_from_which_no_line_comes():
    svg = trend_svg([lab("100", "2024-01-01"), lab("300", "2024-06-01"), lab("100", "2025-01-01")], title_id="t")
    points = [float(y) for y in re.findall(r'cy="([\d.]+)"', svg)]
    words = [float(y) for y in re.findall(r'trend__value"[^>]* y="([\d.]+)"', svg)]
    assert [word > point for word, point in zip(words, points, strict=True)] == [True, False, True]


def test_one_date_alone_is_no_trend():
    assert trend_svg([lab("100", "2024"), lab("200", None)], title_id="t") == ""
    snapshot = {
        "labs": [{"analyte": "b12", "value": "1", "canonical_value": "1", "date": day} for day in ("2024", "2024")]
    }
    assert read_record(snapshot).series() == ()


def test_a_doubtful_value_is_not_drawn_as_if_it_were_true():
    rows = [
        {"analyte": "b12", "value": value, "canonical_value": value, "date": date, "implausible": odd}
        for value, date, odd in (("100", "2024", False), ("9999", "2025", True))
    ]
    assert read_record({"labs": rows}).series() == ()


def test_dates_that_cannot_be_are_left_out():
    assert [str(middle(text)) for text in ("2024", "2024-02", "2024-02-29")] == [
        "2024-07-01",
        "2024-02-15",
        "2024-02-29",
    ]
    assert [middle(text) for text in ("2023-02-29", "2024-13", "x", "", None, "2024-1-1-1")] == [None] * 6


@given(
    st.lists(
        st.tuples(st.decimals(0, 10**6, places=3), st.dates().map(str), st.text(max_size=8), st.sampled_from("=<>")),
        min_size=2,
        max_size=8,
    )
)
def test_whatever_is_plotted_it_stays_in_its_frame_and_is_sound(rows):
    labs = [
        RecordLab("b12", name, str(value), canonical=value, canonical_unit=name, date=date, comparator=comparator)
        for value, date, name, comparator in sorted(rows, key=lambda row: row[1])
    ]
    svg = trend_svg(labs, title_id="t")
    svg = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", svg)
    root = ElementTree.fromstring(svg)
    assert {child.tag for child in root} <= {"title", "line", "polyline", "circle", "text"}
    for circle in root.iter("circle"):
        assert 0 <= float(circle.get("cx")) <= WIDTH
        assert 0 <= float(circle.get("cy")) <= HEIGHT
