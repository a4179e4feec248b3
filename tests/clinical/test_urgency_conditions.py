"""The small language of the rules: what it reads, what it refuses, and when a fact counts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.clinical.codes import Trend, When
from bot.clinical.urgency_conditions import ConditionError, Known, Seen, Value, parse_condition
from tests.clinical.urgency_world import NOW, lab, seen

CODES = frozenset(("chest_pain", "fever", "confusion", "pregnancy", "breathlessness", "limb_swollen_one_side"))
RESULTS = {
    "hb_below_70": (Value("haemoglobin", below=Decimal(70)),),
    "hb_70_to_79": (Value("haemoglobin", at_least=Decimal(70), below=Decimal(80)),),
    "potassium_from_6_5": (Value("potassium", at_least=Decimal("6.5")),),
    "platelets_above_1000": (Value("platelets", above=Decimal(1000)),),
}


def holds(text: str, *facts: Seen, ended_within: int | None = None) -> bool:
    condition = parse_condition(text, codes=CODES, results=RESULTS)
    return condition.met(Known(facts, NOW, ended_within_days=ended_within)) is not None


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("chest_pain", ["chest_pain"], True),
        ("chest_pain", ["fever"], False),
        ("chest_pain & fever", ["chest_pain"], False),
        ("chest_pain & fever", ["chest_pain", "fever"], True),
        ("chest_pain | fever", ["fever"], True),
        ("chest_pain | fever & confusion", ["fever"], False),
        ("(chest_pain | fever) & confusion", ["fever", "confusion"], True),
    ],
)
def test_and_binds_tighter_than_or(text: str, facts: list[str], expected: bool) -> None:
    assert holds(text, *map(seen, facts)) is expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "missing"),
        ("chest_pain &", "missing"),
        ("(chest_pain", "closing bracket"),
        ("chest_pain fever", "unexpected"),
        ("chest_pain)", "unexpected"),
        ("toothache", "unknown fact 'toothache'"),
        ("fever:terrible", "unknown quality 'terrible'"),
        ("hb_below_70:new", "no quality"),
        ("chest_pain ? fever", "cannot read"),
    ],
)
def test_a_condition_that_cannot_be_read_says_where(text: str, says: str) -> None:
    with pytest.raises(ConditionError, match=says.replace("(", r"\(")):
        parse_condition(text, codes=CODES, results=RESULTS)


@pytest.mark.parametrize(
    ("quality", "with_it", "without_it"),
    [
        ("sudden", {"sudden": True}, {"sudden": None}),
        ("notslow", {}, {"sudden": False}),
        ("notslow", {"duration_days": 2}, {"duration_days": 3}),
        ("worse", {"trend": Trend.WORSE}, {"trend": Trend.BETTER}),
        ("new", {"trend": Trend.NEW}, {}),
        ("new", {"duration_days": 28}, {"duration_days": 29}),
        ("new", {"sudden": True}, {"sudden": False}),
        ("recent", {"duration_days": 7}, {"duration_days": 8}),
        ("severe", {"detail": "severe"}, {"detail": None}),
        ("any", {"trend": Trend.STABLE}, {"present": False}),
    ],
)
def test_a_quality_separates(quality: str, with_it: dict, without_it: dict) -> None:
    assert holds(f"fever:{quality}", seen("fever", **with_it))
    assert not holds(f"fever:{quality}", seen("fever", **without_it))


def test_a_stable_sign_counts_only_with_any() -> None:
    assert not holds("fever", seen("fever", trend=Trend.STABLE))
    assert holds("fever:any", seen("fever", trend=Trend.STABLE))


def test_history_counts_however_long_it_stands() -> None:
    assert holds("pregnancy", seen("pregnancy", trend=Trend.STABLE))


@pytest.mark.parametrize(
    "facts", [{"present": False}, {"when": When.HYPOTHETICAL}, {"trend": Trend.GONE}, {"when": When.PAST}]
)
def test_what_is_not_so_now_does_not_count(facts: dict) -> None:
    assert not holds("fever", seen("fever", **facts))


@pytest.mark.parametrize(("days", "counts"), [(7, True), (8, False)])
def test_a_fact_counts_for_seven_days_unless_its_window_says_more(days: int, counts: bool) -> None:
    assert holds("fever", seen("fever", days_before=days)) is counts
    assert holds("fever@14d", seen("fever", days_before=days))


def test_what_the_patient_said_about_the_time_adds_to_the_age() -> None:
    assert not holds("fever", seen("fever", days_before=4, days_ago=4))


@pytest.mark.parametrize(("days_ago", "counts"), [(1, True), (2, False)])
def test_an_ended_fact_counts_only_within_the_days_asked_for(days_ago: int, counts: bool) -> None:
    assert holds("fever", seen("fever", trend=Trend.GONE, days_ago=days_ago), ended_within=1) is counts


@pytest.mark.parametrize(
    ("name", "value", "comparator", "expected"),
    [
        ("hb_below_70", "69", "=", True),
        ("hb_below_70", "70", "=", False),
        ("hb_below_70", "70", "<", True),
        ("hb_below_70", "75", "<", False),
        ("hb_below_70", "60", ">", False),
        ("hb_70_to_79", "70", "=", True),
        ("hb_70_to_79", "69", "=", False),
        ("hb_70_to_79", "80", "=", False),
        ("hb_70_to_79", "75", "<", True),
        ("potassium_from_6_5", "6.5", "=", True),
        ("potassium_from_6_5", "6.4", "=", False),
        ("potassium_from_6_5", "7", ">", True),
        ("potassium_from_6_5", "7", "<", False),
        ("platelets_above_1000", "1000", "=", False),
        ("platelets_above_1000", "1001", "=", True),
        ("platelets_above_1000", "1000", ">", True),
        ("platelets_above_1000", "1200", "<", False),
    ],
)
def test_a_result_keeps_its_edges_and_its_comparator(name: str, value: str, comparator: str, expected: bool) -> None:
    analyte = RESULTS[name][0].analyte
    assert holds(name, lab(analyte, value, comparator=comparator)) is expected


@pytest.mark.parametrize(
    "facts",
    [{"old": True}, {"canonical_value": None}, {"days_ago": 8}, {"date": "2026-02-01"}, {"date": "2019"}],
)
def test_an_old_or_undecided_result_does_not_count(facts: dict) -> None:
    assert not holds("hb_below_70", lab("haemoglobin", "62", **facts))


@pytest.mark.parametrize(
    "facts", [{}, {"implausible": True}, {"days_ago": 7}, {"date": "2026-03-01"}, {"date": "2026"}]
)
def test_a_recent_result_counts_even_before_it_is_confirmed(facts: dict) -> None:
    assert holds("hb_below_70", lab("haemoglobin", "62", **facts))


def test_a_finding_and_a_result_of_other_names_do_not_answer_for_each_other() -> None:
    assert not holds("hb_below_70", lab("ferritin", "3"), seen("fever"))
    assert not holds("fever", lab("haemoglobin", "62"))


def test_a_condition_names_every_fact_it_may_use() -> None:
    condition = parse_condition("(chest_pain | fever) & hb_below_70", codes=CODES, results=RESULTS)
    assert set(condition.codes()) == {"chest_pain", "fever", "haemoglobin"}


def test_a_condition_needs_one_fact_of_each_part() -> None:
    condition = parse_condition("((chest_pain & breathlessness) | fever) & hb_below_70", codes=CODES, results=RESULTS)
    assert condition.needs() == (frozenset({"chest_pain", "breathlessness", "fever"}), frozenset({"haemoglobin"}))


def test_the_evidence_is_that_of_the_latest_turn() -> None:
    condition = parse_condition("chest_pain | fever", codes=CODES)
    evidence = condition.met(Known((seen("chest_pain", turn=1), seen("fever", turn=4)), NOW))
    assert evidence is not None and evidence[0].code == "fever"


def test_an_empty_record_has_no_code_and_no_words() -> None:
    nothing = Seen(NOW, 0)
    assert (nothing.code, nothing.words, nothing.ended) == ("", None, False)
    assert not holds("fever", nothing)


def test_a_result_grows_older_from_its_date_or_else_from_when_it_was_said() -> None:
    today = NOW.date().isoformat()
    assert lab("haemoglobin", "62", date=today).age_days(NOW) == 0
    assert lab("haemoglobin", "62", days_before=4, days_ago=5).age_days(NOW) == 9
    assert lab("haemoglobin", "62", days_before=4, date=today).age_days(NOW) == 0
