"""Lengths of time in whole days."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.language.durations import Use, find_durations
from bot.language.tokens import tokenise

UNITS = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}


def days(text: str) -> list[int | None]:
    return [duration.days for duration in find_durations(tokenise(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 weeks", 21),
        ("for a couple of months", 60),
        ("couple weeks", 14),
        ("6/12", 180),
        ("2/52", 14),
        ("3/7", 3),
        ("a year and a half", 547),
        ("half a year", 182),
        ("two and a half weeks", 17),
        ("1.5 years", 547),
        ("1 1/2 years", 547),
        ("½ year", 182),
        ("2-3 days", 3),
        ("3 to 4 months", 120),
        ("two or three weeks", 21),
        ("between 3 and 4 months", 120),
        ("6 weeks to 2 months", 60),
        ("a day or two", 2),
        ("1 year and 3 months", 455),
        ("twenty four months", 720),
        ("for the past year", 365),
        ("a fortnight", 14),
        ("20+ years", 7300),
        ("3yrs", 1095),
        ("6m", 180),
        ("3-month history", 90),
        ("six weeks ago", 42),
        ("about 4 months", 120),
        ("2 munths", 60),
        ("since yesterday", 1),
        ("48 hours", 2),
    ],
)
def test_a_length_of_time_is_read_in_days(text, expected):
    assert days(text) == [expected]


@pytest.mark.parametrize(
    "text",
    ["for a few weeks", "several months", "for ages", "for years", "since 2019", "since March", "since Monday",
     "since Christmas", "since last summer", "years ago", "a number of years"],
)  # fmt: skip
def test_a_length_without_a_number_is_told_but_not_known(text):
    assert days(text) == [None]


@pytest.mark.parametrize(
    "text",
    ["twice a week", "10 a day", "30 units a week", "once a month", "120/80", "12/7/2023", "a bottle of wine a night",
     "my weekly shop list", "I may go in march"],
)  # fmt: skip
def test_amounts_dates_and_names_are_no_lengths(text):
    assert [day for day in days(text) if day not in (None, 7)] == []


@pytest.mark.parametrize(
    ("text", "use", "expected"),
    [
        ("every 12 weeks", Use.EVERY, 84),
        ("3 monthly", Use.EVERY, 90),
        ("in 3 weeks", Use.AHEAD, 21),
        ("20 weeks pregnant", Use.PREGNANT, 140),
        ("42 years old", Use.AGE, 15330),
        ("5 days a week", Use.RATE, 5),
        ("3 weeks after my jab", Use.AHEAD, 21),
        ("3 weeks back", Use.AGO, 21),
        ("three weeks overdue", Use.RATE, 21),
        ("68m here", Use.AGE, 2040),
        ("tired for 18m", Use.FOR, 540),
    ],
)
def test_what_a_length_is_for(text, use, expected):
    [duration] = find_durations(tokenise(text))
    assert (duration.use, duration.days) == (use, expected)


@settings(deadline=None)
@given(st.integers(1, 400), st.sampled_from(sorted(UNITS)))
def test_any_number_of_any_unit(number, unit):
    assert days(f"for {number} {unit}s") == [number * UNITS[unit]]


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from(sorted(UNITS)))
def test_of_a_range_the_upper_end_counts(low, span, unit):
    assert days(f"{low} to {low + span} {unit}s") == [(low + span) * UNITS[unit]]


@settings(deadline=None)
@given(st.integers(1, 60), st.sampled_from(["week", "month", "year"]))
def test_a_half_is_rounded_down(number, unit):
    assert days(f"{number} and a half {unit}s") == [int((number + 0.5) * UNITS[unit])]


@settings(deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_read_without_an_error(text):
    tokens = tokenise(text)
    for duration in find_durations(tokens):
        assert 0 <= duration.first < duration.last <= len(tokens)
        assert duration.days is None or duration.days >= 0
