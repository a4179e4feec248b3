"""B12 treatment in days and micrograms."""

from __future__ import annotations

from datetime import date

import pytest

from bot.language.reading import Reader

TODAY = date(2025, 6, 4)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def course(reader: Reader, text: str, context: str | None = None) -> dict[str, int]:
    found = vars(reader.read(text, context=context, today=TODAY).treatment)
    return {name: value for name, value in found.items() if value is not None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I have injections every 12 weeks, last one was 6 weeks ago",
         {"injection_interval_days": 84, "days_since_last_injection": 42}),
        ("3 monthly jabs, had one yesterday", {"injection_interval_days": 90, "days_since_last_injection": 1}),
        ("B12 injection every 2 months, last one in March", {"injection_interval_days": 60, "days_since_last_injection": 81}),
        ("taking 1000mcg B12 tablets for 4 months", {"oral_trial_days": 120, "oral_dose_ug": 1000}),
        ("b12 tablets 1mg twice a day since 6 weeks", {"oral_trial_days": 42, "oral_dose_ug": 2000}),
        ("stopped the b12 tablets 2 weeks ago", {"days_since_last_tablet": 14}),
        ("four injections a year", {"injection_interval_days": 91}),
        ("I'm tired for 6 weeks", {}),
        ("my mum has injections every 12 weeks", {}),
        ("metformin 500 mg", {}),
    ],
)  # fmt: skip
def test_the_course_is_read(reader, text, expected):
    assert course(reader, text) == expected


@pytest.mark.parametrize(
    ("text", "context", "expected"),
    [
        ("6 weeks ago", "When was your last injection?", {"days_since_last_injection": 42}),
        ("every 8 weeks", "How often do you have your injections?", {"injection_interval_days": 56}),
        ("last Tuesday", "When was your last B12 injection?", {"days_since_last_injection": 1}),
    ],
)
def test_the_question_tells_what_an_answer_is_about(reader, text, context, expected):
    assert course(reader, text, context) == expected
