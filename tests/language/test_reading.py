"""What a whole message tells."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clinical.codes import Side, Trend, Who
from bot.language.reading import Reader

TODAY = date(2025, 6, 4)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def own(reader: Reader, text: str, context: str | None = None) -> dict[str, bool]:
    return {f.code: f.present for f in reader.read(text, context=context, today=TODAY).own}


def one(reader: Reader, text: str, code: str):
    return next(f for f in reader.read(text, today=TODAY).own if f.code == code)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I take metformin", {"metformin": True}),
        ("I've pernicious anaemia, no diabetes", {"pernicious_anaemia": True}),
        ("I used to be vegan", {"vegan_diet": False}),
        ("had a DVT in 2015", {"vte_history": True}),
        ("I had headaches last year", {"headache": False}),
        ("I take omeprazole, not metformin", {"ppi": True, "metformin": False}),
        ("blurry for weeks, no double vision", {"vision_change": True}),
        ("I take metformin. I stopped it in May", {"metformin": False}),
        ("omeprazole made me ill so I came off it", {"ppi": False}),
        ("coeliac ruled out", {"coeliac_disease": False}),
        ("gave up smoking", {"smoking": False}),
        ("had my jab last week", {"current_b12_injections": True}),
        ("I had my appendix out as a child", {}),
        ("hip replacement 3 weeks ago", {"recent_surgery": True}),
        ("hip replacement 3 years ago", {}),
        ("my surgery rang me", {}),
        ("I might be pregnant", {}),
    ],
)
def test_what_past_ended_and_denied_come_to(reader, text, expected):
    assert own(reader, text) == expected


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("I did balloons last weekend", True),
        ("quit nos three weeks ago", True),
        ("used laughing gas until 5 weeks ago", True),
        ("I used to do nos", False),
        ("tried a balloon once in 2018", False),
        ("did nos once about five years ago", False),
    ],
)
def test_nitrous_oxide_counts_for_three_months_after_the_last_use(reader, text, present):
    assert own(reader, text) == {"nitrous_oxide": present}


def test_days_since_the_last_use_are_kept(reader):
    assert one(reader, "quit nos three weeks ago", "nitrous_oxide").days_ago == 21


@pytest.mark.parametrize(
    "text",
    [
        "is numbness a sign of B12 deficiency?",
        "could I have coeliac disease?",
        "can metformin cause low b12",
        "what if I get a rash from the jab?",
        "I'm thinking of going vegan",
        "my doctor wants me to start metformin",
        "I read that laughing gas is illegal now",
        "people with Crohn's need injections, right?",
        "my friend has tingling hands",
        "I'm worried I might get a clot",
        "tired of waiting",
        "numb to the news",
        "my weight loss app",
        "I take iron tablets",
        "covid jab yesterday",
        "birthday balloons for my party",
        "b12 and DVT risk",
        "reasons for taking a b12 jab",
    ],
)
def test_nothing_is_invented(reader, text):
    assert not {code for code, present in own(reader, text).items() if present}


def test_metformin_does_not_make_the_patient_diabetic(reader):
    assert own(reader, "I take metformin for sugar") == {"metformin": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my mum has pernicious anaemia", {"family_history_pernicious_anaemia": True}),
        ("my mother-in-law has pernicious anaemia", {}),
        ("no family history of clots", {"family_history_vte": False}),
        ("could I have pernicious anaemia? my aunt has it", {"family_history_pernicious_anaemia": True}),
        ("dad has vitiligo and so do I", {"vitiligo": True}),
        ("my sister has Crohn's. I don't", {"crohns_disease": False}),
    ],
)
def test_relatives_count_only_for_family_history(reader, text, expected):
    assert own(reader, text) == expected


def test_writing_for_somebody_makes_them_the_patient(reader):
    reading = reader.read("for my mum: she has numb feet. I'm dizzy myself", today=TODAY)
    assert reading.person.writes_for == "mum"
    assert [f.code for f in reading.own] == ["numbness_tingling"]
    assert [(f.code, f.who) for f in reading.findings if f.who is Who.OTHER] == [("dizziness", Who.OTHER)]


def test_the_person_written_for_is_remembered(reader):
    reading = reader.read("she is tired and I am dizzy", today=TODAY, writes_for="mum")
    assert [f.code for f in reading.own] == ["fatigue"]


def test_a_correction_is_told(reader):
    reading = reader.read("no metformin actually", today=TODAY)
    assert reading.corrects
    assert own(reader, "no metformin actually") == {"metformin": False}


def test_course_side_and_daily_life(reader):
    finding = one(
        reader, "numb in both feet for 6 months, worse over the last 2 weeks, I can't work", "numbness_tingling"
    )
    assert (finding.duration_days, finding.trend, finding.worse_days) == (180, Trend.WORSE, 14)
    assert (finding.side, finding.limits_daily_life) == (Side.BOTH, True)


@pytest.mark.parametrize(
    ("text", "trend"),
    [
        ("headaches are better", Trend.BETTER),
        ("tingling same as ever", Trend.STABLE),
        ("tingling, not getting any worse", Trend.STABLE),
        ("dizziness spreading and worse", Trend.WORSE),
        ("dizziness, no better with tablets", None),
    ],
)
def test_how_it_is_going(reader, text, trend):
    assert reader.read(text, today=TODAY).own[0].trend is trend


def test_sudden_and_gradual(reader):
    assert one(reader, "numbness came on suddenly", "numbness_tingling").sudden is True
    assert one(reader, "numbness came on gradually", "numbness_tingling").sudden is False


def test_doubt_is_kept(reader):
    assert not one(reader, "I think I have coeliac disease", "coeliac_disease").certain


@pytest.mark.parametrize(
    ("text", "code", "confirmed"),
    [
        ("I think I have pernicious anaemia", "pernicious_anaemia", False),
        ("coeliac disease, never been tested", "coeliac_disease", False),
        ("diagnosed with coeliac disease", "coeliac_disease", True),
        ("I have coeliac disease", "coeliac_disease", None),
    ],
)
def test_whether_a_doctor_named_it(reader, text, code, confirmed):
    """A named diagnosis counts as a doctor's unless said otherwise, so a doubt must not be lost."""
    assert one(reader, text, code).confirmed_by_doctor is confirmed


def test_what_a_doctor_explained(reader):
    assert one(reader, "numb hands, gp says it's carpal tunnel", "numbness_tingling").explained_by_doctor


@pytest.mark.parametrize(
    ("text", "context", "confirmed"),
    [
        ("I've been diagnosed with B12 deficiency", None, True),
        ("I think I might be B12 deficient", None, None),
        ("I haven't been diagnosed with B12 deficiency", None, False),
        ("yes", "Has a doctor confirmed that you have B12 deficiency?", True),
        ("no", "Has a doctor confirmed that you have B12 deficiency?", False),
        ("my friend was diagnosed with B12 deficiency", None, None),
    ],
)
def test_whether_a_doctor_confirmed_it(reader, text, context, confirmed):
    assert reader.read(text, context=context, today=TODAY).deficiency_confirmed_by_doctor is confirmed


def test_words_are_where_they_stand(reader):
    text = "😀 I’ve got tingling"
    finding = one(reader, text, "numbness_tingling")
    assert text[finding.words.start : finding.words.end] == "tingling" == finding.words.text


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=120), context=st.none() | st.text(max_size=40))
def test_any_text_is_read_without_an_error(reader, text, context):
    reading = reader.read(text, context=context, today=TODAY)
    assert all(text[f.words.start : f.words.end] == f.words.text for f in reading.findings if f.words)


PHRASES = st.sampled_from(
    ["tired", "my mum", "no", "I have", "metformin", "stopped", "for 3 weeks", ",", ".", "?", "and", "but", "numb feet",
     "never", "my", "she", "if I get", "coeliac", "jab", "yesterday", "not", "the", "worse", "both", "6/12", "why"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PHRASES, max_size=14), st.sampled_from([None, "Are you vegan or vegetarian?", "metformin", "age"]))
def test_any_order_of_words_is_read_without_an_error(reader, parts, context):
    reading = reader.read(" ".join(parts), context=context, today=TODAY)
    codes = [finding.code for finding in reading.own]
    assert len(codes) == len(set(codes))
