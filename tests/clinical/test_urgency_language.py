"""What a written condition becomes, which report of a fact counts first, and how a faulty one is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.clinical.codes import When
from bot.clinical.findings import LabResult, Words
from bot.clinical.urgency_conditions import (
    ConditionError,
    Either,
    Every,
    Fact,
    Known,
    Seen,
    Value,
    parse_condition,
)
from tests.clinical.urgency_world import NOW, lab, seen

CODES = frozenset({"fever", "chest_pain", "wheeze"})
LOW = (Value("haemoglobin", below=Decimal(70)),)


def parsed(text: str) -> object:
    return parse_condition(text, codes=CODES, results={"hb_low": LOW})


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("fever", Fact("fever")),
        ("(fever)", Fact("fever")),
        ("fever@14d", Fact("fever", window_days=14)),
        ("fever:new:severe", Fact("fever", frozenset({"new", "severe"}))),
        ("fever | wheeze", Either((Fact("fever"), Fact("wheeze")))),
        ("fever & wheeze | chest_pain", Either((Every((Fact("fever"), Fact("wheeze"))), Fact("chest_pain")))),
        ("fever & (wheeze | chest_pain)", Every((Fact("fever"), Either((Fact("wheeze"), Fact("chest_pain")))))),
        ("hb_low", Every(LOW)),
        ("hb_low@30d", Every((Value("haemoglobin", below=Decimal(70), window_days=30),))),
    ],
)
def test_a_condition_is_read_as_it_is_written(text: str, condition: object) -> None:
    assert parsed(text) == condition


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fevr & wheeze", r"^unknown fact 'fevr' in 'fevr & wheeze'\.$"),
        (
            "fever:slow",
            r"^unknown quality 'slow' in 'fever:slow'\. Known: sudden, notslow, worse, new, recent, any, severe\.$",
        ),
        ("hb_low:new", r"^a laboratory result has no quality, found 'hb_low:new' in 'hb_low:new'\.$"),
        ("fever & | wheeze", r"^a fact is missing in 'fever & \| wheeze'\.$"),
        ("& fever", r"^a fact is missing in '& fever'\.$"),
        (")", r"^a fact is missing in '\)'\.$"),
        ("(fever", r"^a closing bracket is missing in '\(fever'\.$"),
        ("(fever |", r"^a fact is missing"),
        ("fever wheeze", r"^unexpected 'wheeze' in 'fever wheeze'\.$"),
        ("fever ? wheeze", r"^cannot read ' \? wheeze' in 'fever \? wheeze'\.$"),
    ],
)
def test_a_faulty_condition_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ConditionError, match=told):
        parsed(text)


def test_the_latest_report_of_a_fact_comes_first() -> None:
    early, late = seen("fever", turn=0, words=Words(0, 1, "a")), seen("fever", turn=2, words=Words(0, 1, "b", turn=2))
    again = seen("fever", turn=2, days_before=1)
    known = Known((early, again, late), NOW)
    assert list(known.of("fever")) == [late, again, early]
    assert list(known.of("wheeze")) == []
    assert Fact("fever").met(known) == (late,)


def test_what_has_ended_counts_only_where_it_is_asked_for() -> None:
    gone = seen("fever", trend=None, when=When.PAST, days_ago=3)
    known = Known((gone, seen("wheeze")), NOW)
    assert known.holds_something_ended and not Known((seen("wheeze"),), NOW).holds_something_ended
    assert Fact("fever").met(known) is None
    assert Fact("fever").met(known.with_ended(3)) == (gone,)
    assert Fact("fever").met(known.with_ended(2)) is None
    assert Fact("wheeze").met(known.with_ended(2)) is not None


def test_a_result_that_cannot_be_used_does_not_hide_the_next() -> None:
    value = LOW[0]
    good = lab("haemoglobin", "60")
    for useless in (lab("haemoglobin", "60", turn=1, old=True), lab("haemoglobin", "60", turn=1, canonical_value=None)):
        assert value.met(Known((useless, good), NOW)) == (good,)


@pytest.mark.parametrize(
    ("comparator", "number", "holds"),
    [
        ("=", "69", False),
        ("=", "70", True),
        ("=", "80", False),
        ("<", "65", True),
        ("<", "81", False),
        (">", "75", False),
    ],
)
def test_a_row_with_two_ends_holds_what_may_be_worse_never_what_may_be_better(
    comparator: str, number: str, holds: bool
) -> None:
    """ "<65" may be far below a row from 70 to 80, so it must not fall through it."""
    row = Value("haemoglobin", at_least=Decimal(70), below=Decimal(80))
    result = lab("haemoglobin", number, comparator=comparator)
    assert (row.met(Known((result,), NOW)) is not None) is holds


def test_an_entry_without_finding_or_result_is_of_its_own_time_and_has_no_code() -> None:
    nothing = Seen(NOW, 0)
    assert (nothing.code, nothing.words, nothing.age_days(NOW), nothing.ended) == ("", None, 0, False)
    dated = Seen(NOW, 0, lab=LabResult("b12", Decimal(1), days_ago=4))
    assert dated.age_days(NOW) == 4
