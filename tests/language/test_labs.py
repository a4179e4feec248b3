"""What counts as a laboratory result in a message, whose it is, when it was, and what only looks like one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bot.knowledge
from bot.clinical.codes import Who
from bot.clinical.findings import LabResult
from bot.knowledge.lab_words import load_lab_words
from bot.knowledge.strict import Fault
from bot.knowledge.thresholds import load_lab_scale
from bot.language.labs import LabReader, to_json

FOLDER = Path(bot.knowledge.__file__).parent
TODAY = date(2025, 6, 1)


def reader(*, month_first: bool = False) -> LabReader:
    faults: list[Fault] = []
    built = LabReader(load_lab_words(FOLDER, faults), load_lab_scale(FOLDER, faults), month_first=month_first)
    assert faults == []
    return built


READER = reader()


def read(text: str, *, context: str | None = None, about_other: bool | None = None) -> tuple[LabResult, ...]:
    return READER.read(text, context=context, today=TODAY, about_other=about_other)


def short(text: str, *, context: str | None = None) -> list[str]:
    """ "b12 <150 ng/L" for each result: enough to compare at a glance."""
    return [_in_short(to_json(lab)) for lab in read(text, context=context)]


def _in_short(lab: dict[str, Any]) -> str:
    unit = f" {lab['unit']}" if lab["unit"] else ""
    return f"{lab['analyte']} {lab['comparator'].strip('=')}{lab['value']}{unit}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b12 145 pg/ml", ["b12 145 pg/mL"]),
        ("my b12 was one hundred and eighty", ["b12 180"]),
        ("b12 one eighty", ["b12 180"]),
        ("b12 two ten", ["b12 210"]),
        ("b12 one oh five", ["b12 105"]),
        ("haemoglobin nine point eight", ["haemoglobin 9.8"]),
        ("hb 9,8 g/dl", ["haemoglobin 9.8 g/dL"]),
        ("b12 1,250 ng/L", ["b12 1250 ng/L"]),
        ("platelets 2,50,000", ["platelets 250000"]),
        ("platelets 250.000 /mm3", ["platelets 250000 /uL"]),
        ("platelets 1.250.000", ["platelets 1250000"]),
        ("plt 250 000", ["platelets 250000"]),
        ("platelets 2.5 lakh", ["platelets 2.5 lakh/uL"]),
        ("b12 1.2k pg/ml", ["b12 1200 pg/mL"]),
        ("B12 <150", ["b12 <150"]),
        ("b12 >2000 pg/mL", ["b12 >2000 pg/mL"]),
        ("b12 2000+", ["b12 >2000"]),
        ("b12 less than 50 ng/l", ["b12 <50 ng/L"]),
        ("b12 about 110", ["b12 110"]),
        ("b12 110-ish", ["b12 110"]),
        ("platelets 150 x 10⁹/L", ["platelets 150 10^9/L"]),
        ("ＨＢ １２．１ g/dL", ["haemoglobin 12.1 g/dL"]),
    ],
)
def test_numbers_are_read_as_they_are_written_and_spoken(text: str, expected: list[str]) -> None:
    assert short(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I take 1000 mcg b12 every day",
        "b12 1mg tablets",
        "im on b12 5000",
        "folic acid 5mg",
        "potassium 600mg twice a day",
        "I'm 62 and my b12 is low",
        "my b12 was between 180 and 200",
        "b12 180 to 200",
        "b12 150 or 160",
        "b12 in the 200s",
        "b12 2xx",
        "doctor said my b12 is normal",
        "b12 normal range 180-914",
        "should my b12 be above 300?",
        "what if my b12 was 100?",
        "does b12 under 150 always mean injections?",
        "the website says b12 under 200 is low",
        "hba1c 48 mmol/mol",
        "Hb A1c 42",
        "MCH 33 pg, MCHC 320 g/L",
        "urine MMA 3.2",
        "red cell folate 450",
        "neutrophils 55%",
        "bp 120/80 pulse 72",
        "call me on 07700 900123 about my b12",
        "my b12 jab is at 10:30 on 14/05/2025",
        "b12 injections since 2015",
        "b12 was tested in 2019 and 2021",
        "DOB 14/03/1960, b12 low",
        "I live in B12 9QR",
        "6 b12 injections so far",
        "the b12 test cost £45",
        "I do MMA 3 nights a week",
    ],
)
def test_doses_limits_ranges_dates_and_other_tests_are_no_results(text: str) -> None:
    assert read(text) == ()


def test_record_number_with_leading_zeros_is_no_result() -> None:
    found = read("MRN 004412 | VITAMIN B12 | 138 pg/mL | L | 232-1245 | MMA 0.72 umol/L H (0.00-0.40)")
    assert [(lab.analyte, str(lab.value)) for lab in found] == [("b12", "138"), ("mma", "0.72")]


@pytest.mark.parametrize("text", ["oh and my last B12 injection was in January", "oh, I forgot", "oh right"])
def test_oh_by_itself_is_no_zero(text: str) -> None:
    assert read(text, context="b12") == ()


def test_unit_said_once_serves_the_other_values_of_the_test() -> None:
    assert short("b12 150 then 210 now ng/l") == ["b12 150 ng/L", "b12 210 ng/L"]


def test_unit_of_a_reference_range_is_not_the_unit_of_the_result() -> None:
    assert short("b12 145 (180-914 ng/L)") == ["b12 145"]
    assert short("the cut off is 500 pg/mL, my b12 was 340") == ["b12 340"]


def test_unit_that_the_writer_doubts_was_not_said() -> None:
    assert short("b12 145 not sure if its ng or pmol") == ["b12 145"]


def test_unit_that_would_make_the_value_impossible_is_not_shared() -> None:
    """An older report in g/dL and a newer one in g/L, only one with its unit."""
    first, second = read("hb 9.8 g/dl last year and 110 now")
    assert (first.canonical_value, second.canonical_value) == (Decimal(98), Decimal(110))


def test_impossible_value_is_kept_to_be_asked_again() -> None:
    (lab,) = read("Hb 980 g/L")
    assert (lab.value, lab.canonical_value, lab.implausible) == (Decimal(980), None, True)


def test_two_units_of_one_result_are_one_result() -> None:
    assert short("b12 180 ng/L (133 pmol/L)") == ["b12 180 ng/L"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("b12 and folate were 145 and 3.2", ["b12 145", "folate 3.2"]),
        ("b12/folate 145/3.2", ["b12 145", "folate 3.2"]),
        ("145 b12, 9.8 hb, 112 mcv", ["b12 145", "haemoglobin 9.8", "mcv 112"]),
        ("got 145 for my b12 and 3.1 for folate", ["b12 145", "folate 3.1"]),
        ("b12 145, 9.8 hb", ["b12 145", "haemoglobin 9.8"]),
        ("B12 31 pmol/L (active)", ["active_b12 31 pmol/L"]),
        ("b12 of 145 and my iron was 9", ["b12 145"]),
        ("K 2.8, vitamin k2 100", ["potassium 2.8"]),
        ("haemaglobine 98 and feritin 8", ["haemoglobin 98", "ferritin 8"]),
    ],
)
def test_each_number_goes_to_its_own_test(text: str, expected: list[str]) -> None:
    assert short(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15 not 150", ["b12 15"]),
        ("not 15, 150", ["b12 150"]),
        ("sorry 1.5 not 15", ["b12 1.5"]),
        ("it was 410, sorry I mean 140", ["b12 140"]),
        ("oops that should be 115 not 151", ["b12 115"]),
        ("150", ["b12 150"]),
        ("it was 150 pg/mL", ["b12 150 pg/mL"]),
        ("<150", ["b12 <150"]),
        ("the nurse said 199 I think", ["b12 199"]),
        ("no but ferritin was 15", ["ferritin 15"]),
        ("pg/ml", []),
        ("I don't know", []),
        ("took 2 tablets", []),
        ("2019", []),
    ],
)
@pytest.mark.parametrize("context", ["b12", "b12_unit", "What was your last B12 result?"])
def test_answer_to_a_question_about_a_test_is_its_value(text: str, expected: list[str], context: str) -> None:
    assert short(text, context=context) == expected


@pytest.mark.parametrize("context", ["How often do you have your B12 injections?", "age", "last_b12", None])
def test_number_in_answer_to_another_question_is_no_result(context: str | None) -> None:
    assert short("150", context=context) == []


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("pg/ml", "pg/mL"),
        ("ng/L I think", "ng/L"),
        ("picomoles per litre", "pmol/L"),
        ("pmol", "pmol/L"),
        ("150 ng/l", "ng/L"),
    ],
)
def test_unit_in_an_answer_is_found(text: str, unit: str) -> None:
    assert READER.unit_said(text, analyte="b12", today=TODAY) == unit


@pytest.mark.parametrize("text", ["no idea", "ng or pmol", "not sure if its ng/L", "g/dL", "yes"])
def test_no_unit_is_guessed_from_an_unsure_answer(text: str) -> None:
    assert READER.unit_said(text, analyte="b12", today=TODAY) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("was 65 in 2020, 131 now", ["2020", None]),
        ("b12 144 on 14/03/2019", ["2019-03-14"]),
        ("b12 144 on 14th of March 2019", ["2019-03-14"]),
        ("in March 2019 my b12 was 144", ["2019-03"]),
        ("2019: b12 120, 2021: b12 180", ["2019", "2021"]),
        ("Collected: 02/05/2023\nHb 98 g/L\nB12 101 ng/L", ["2023-05-02", "2023-05-02"]),
        ("Test 12/01/2020 14/03/2021\nB12 145 210", ["2020-01-12", "2021-03-14"]),
        ("born in 1960, b12 144", [None]),
        ("b12 144 on 14/03/2030", [None]),
        ("b12 144 last March", [None]),
    ],
)
def test_dates_belong_to_their_result(text: str, expected: list[str | None]) -> None:
    assert [lab.date for lab in read(text, context="b12")] == expected


def test_american_order_of_day_and_month_is_a_setting() -> None:
    text = "b12 144 on 03/04/2019"
    assert read(text)[0].date == "2019-04-03"
    assert reader(month_first=True).read(text, today=TODAY)[0].date == "2019-03-04"


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("hb 69 last week", 7),
        ("potassium was 2.8 yesterday", 1),
        ("b12 120 two weeks ago", 14),
        ("b12 99 6/12 ago", 180),
        ("b12 99", None),
    ],
)
def test_distance_in_time_is_in_days(text: str, days: int | None) -> None:
    assert read(text)[0].days_ago == days


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("my haemoglobin used to be 62 before treatment, now 131", [True, False]),
        ("hb 62 in 2019, all fixed since", [True]),
        ("hb 131, previous 62", [False, True]),
        ("hb went from 62 to 110", [True, False]),
        ("hb 62, feeling awful", [False]),
        ("hb 62 now", [False]),
        ("hb was 121 last year now 62", [True, False]),
    ],
)
def test_a_value_of_an_earlier_time_is_marked_old_and_one_of_now_is_not(text: str, old: list[bool]) -> None:
    """A low haemoglobin that was put right must not raise an alarm; one of today must."""
    assert [lab.old for lab in read(text)] == old


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IFAB neg", ["intrinsic_factor_antibody negative"]),
        ("anti-parietal cell abs detected", ["parietal_cell_antibody positive"]),
        ("intrinsic factor came back positive", ["intrinsic_factor_antibody positive"]),
        ("gastric parietal cell antibody: equivocal", ["parietal_cell_antibody equivocal"]),
        ("they said no intrinsic factor antibodies were found", ["intrinsic_factor_antibody negative"]),
        ("parietal antibodies weren't detected", ["parietal_cell_antibody negative"]),
        ("I have intrinsic factor antibodies", ["intrinsic_factor_antibody positive"]),
        (
            "negative for intrinsic factor and positive for parietal cell antibodies",
            ["intrinsic_factor_antibody negative", "parietal_cell_antibody positive"],
        ),
        (
            "intrinsic factor and parietal cell antibodies both negative",
            ["intrinsic_factor_antibody negative", "parietal_cell_antibody negative"],
        ),
        ("Intrinsic factor Ab 1.02 AU/mL (<1.20) Negative", ["intrinsic_factor_antibody negative"]),
        ("waiting for my intrinsic factor antibody test", []),
        ("do I need a parietal cell antibody test?", []),
        ("a negative intrinsic factor test doesn't rule out PA", []),
        ("my antibodies were negative", []),
    ],
)
def test_antibody_results_are_words(text: str, expected: list[str]) -> None:
    assert short(text) == expected


def test_yes_answers_only_a_question_that_asks_for_positive() -> None:
    assert short("yes", context="Was your intrinsic factor antibody test positive?") == [
        "intrinsic_factor_antibody positive"
    ]
    assert short("yes", context="intrinsic_factor_antibody") == []


@pytest.mark.parametrize(
    "text", ["my sister's b12 was 90", "my husband's haemoglobin is 79", "my mum has PA, her b12 is 90"]
)
def test_result_of_another_person_is_kept_apart(text: str) -> None:
    assert read(text) == ()
    (owned,) = READER.read_all(text, today=TODAY)
    assert owned.who is Who.OTHER


@pytest.mark.parametrize("text", ["for my mum: her b12 was 90", "I'm writing for my son, his b12 is 90 pmol/l"])
def test_result_of_the_person_one_writes_for_is_the_patients(text: str) -> None:
    assert [lab.value for lab in read(text)] == [Decimal(90)]


def test_writers_own_result_is_not_the_patients_once_they_write_for_somebody() -> None:
    assert read("my b12 was 90", about_other=True) == ()
    assert len(read("his b12 was 90", about_other=True)) == 1


def test_my_own_result_beside_a_relatives_is_read() -> None:
    assert [lab.value for lab in read("my dad had a b12 of 90 and mine is 110")] == [Decimal(110)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hi, b12 145 pg/ml thanks", "b12 145 pg/ml"),
        ("é😀 my b12 was <150 ng/L", "b12 was <150 ng/L"),
        ("145 for my b12", "145 for my b12"),
        ("my Hb (g/L): 98 L", "Hb (g/L): 98"),
        ("they said no IFAB were found", "no IFAB were found"),
    ],
)
def test_words_are_the_shortest_that_name_the_result(text: str, words: str) -> None:
    (lab,) = read(text)
    assert lab.words is not None
    if lab.analyte == "intrinsic_factor_antibody":
        assert "IFAB" in lab.words.text
    else:
        assert lab.words.text == words
    assert text[lab.words.start : lab.words.end] == lab.words.text


def test_json_has_the_keys_of_the_batch_format_and_plain_numbers() -> None:
    (lab,) = read("my b12 was 145.5 pg/ml in March 2019")
    assert to_json(lab) == {
        "analyte": "b12",
        "value": 145.5,
        "comparator": "=",
        "unit": "pg/mL",
        "canonical_value": 107.379,
        "canonical_unit": "pmol/L",
        "unit_inferred": False,
        "date": "2019-03",
        "implausible": False,
        "start": 3,
        "end": 22,
    }
    assert to_json(read("mcv 112")[0])["value"] == 112


ALPHABET = st.sampled_from(
    ["b12", "hb", "ifab", "145", "9,8", "one", "hundred", "and", " ", "\n", ".", "-", "to", "<", "(", ")", "2019", "14/03/2019",
     "pg/ml", "not", "sorry", "my", "mum's", "then", "now", "positive", "no", "½", "é", "\ud800", "٣", "if", "?", "x10^9/L", "0", "'"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(
        st.text(st.characters(), max_size=200),
        st.lists(ALPHABET, max_size=40).map(" ".join),
        st.lists(ALPHABET, max_size=40).map("".join),
    )
)
@pytest.mark.parametrize("context", [None, "b12", "parietal_cell_antibody", "what was it?"])
def test_any_text_is_read_without_error_and_its_words_lie_in_the_text(text: str, context: str | None) -> None:
    for lab in read(text, context=context):
        assert lab.words is not None
        assert 0 <= lab.words.start < lab.words.end <= len(text)
        assert text[lab.words.start : lab.words.end] == lab.words.text
        to_json(lab)


@pytest.mark.parametrize(
    "piece",
    ["b12, ", "((", "b12 145, hb 9 in 2019 ", "ifab pos ", "pg/", "not 3 "],
)
def test_a_hostile_message_of_100_000_characters_is_read(piece: str) -> None:
    """Every step looks at a few marks around it only; a quadratic one would run into the time limit of the tests."""
    labs = read((piece * 100_000)[:100_000], context="b12")
    assert all(lab.words is not None and lab.words.end <= 100_000 for lab in labs)
