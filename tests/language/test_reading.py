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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don't not drink", {"alcohol": True}),
        ("there's never a day I don't have a headache", {"headache": True}),
        ("it's not that I'm not hungry", {"appetite_loss": False}),
        ("my memory is not what it was", {"memory_problems": True}),
        ("no tingling any more. I'm exhausted", {"numbness_tingling": False, "fatigue": True}),
        ("nil palpitations, dizziness occasionally", {"palpitations": False, "dizziness": True}),
        (
            "fatigue - yes / dizziness - no / headaches - sometimes",
            {"fatigue": True, "dizziness": False, "headache": True},
        ),
        ("still dizzy, but the tiredness has gone", {"dizziness": True, "fatigue": False}),
        ("tingling? nah just tired", {"numbness_tingling": False, "fatigue": True}),
        ("Fatigue [x] Headache [ ]", {"fatigue": True, "headache": False}),
        ("she hasn't been eating and her clothes are hanging off her", {"appetite_loss": True, "weight_loss": True}),
    ],
)
def test_a_denial_reaches_what_it_denies_and_no_further(reader, text, expected):
    assert own(reader, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("should I stop my metformin before the test?", {"metformin": True}),
        ("already get injections, can i stop them?", {"current_b12_injections": True}),
        ("when will the tingling go away?", {"numbness_tingling": True}),
        ("could the omeprazole I take be the reason?", {"ppi": True}),
        ("injections hurt?", {}),
        ("no way I'm getting injections", {}),
        ("I'm supposed to get my B12 every 3 months", {"current_b12_injections": True}),
    ],
)
def test_a_question_gives_what_the_writer_has_and_not_what_they_ask(reader, text, expected):
    assert own(reader, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I take omeprazole. Actually no it's ranitidine", {"ppi": False, "h2_blocker": True}),
        ("it's lansoprazole, not omeprazole", {"ppi": True}),
        ("was on the omeprazole but they swapped it to famotidine", {"ppi": False, "h2_blocker": True}),
        (
            "Crohn's since 98, not on any B12",
            {"crohns_disease": True, "current_b12_injections": False, "current_oral_b12": False},
        ),
        (
            "after my first injection I had a rash for two days, none since",
            {"current_b12_injections": True, "rash": False},
        ),
        ("a clot after my knee replacement in 2011, none since", {"vte_history": True}),
        ("Not me, but my sister has Hashimoto's", {"autoimmune_thyroid": False}),
        ("off the pill since summer", {"hormonal_contraception": False}),
        ("weaning off the omeprazole", {"ppi": True}),
        ("I was having B12 injections last year, then stopped", {"current_b12_injections": False}),
    ],
)
def test_what_was_stopped_swapped_or_taken_back(reader, text, expected):
    assert own(reader, text) == expected


def test_he_and_she_are_not_the_same_person(reader):
    assert own(reader, "Her dad has coeliac, she doesn't") == {"coeliac_disease": False}


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Any headaches, dizziness or ringing in the ears?", "1. No 2. No 3. Yes", {"headache": False, "dizziness": False, "tinnitus": True}),
        ("Any headaches, dizziness or ringing in the ears?", "no, no and yes", {"headache": False, "dizziness": False, "tinnitus": True}),
        ("Any headaches, dizziness or ringing in the ears?", "the middle one", {"dizziness": True}),
        ("Do you take B12 tablets or have injections?", "yes, the tablets", {"current_oral_b12": True}),
        ("Are you vegan or vegetarian?", "used to be, not now", {"vegan_diet": False, "vegetarian_diet": False}),
        ("Have you or anyone in your family had pernicious anaemia?", "no just my gran",
         {"pernicious_anaemia": False, "family_history_pernicious_anaemia": True}),
        ("Does anyone in your family have pernicious anaemia?", "no", {"family_history_pernicious_anaemia": False}),
        ("Have you been told you have pernicious anaemia?", "nope never been told that", {"pernicious_anaemia": False}),
        ("Have you been told you have pernicious anaemia?", "haven't been tested", {}),
        ("Do you get dizzy?", "only when I stand up quickly in the morning", {"dizziness": True}),
        ("Have you ever had low B12?", "Not now. Years ago when I was at school.", {"previous_b12_deficiency": True}),
        ("Have you had an operation on your stomach?", "yes, a gastric sleeve", {"bariatric_surgery": True}),
        ("How long have you been tired?", "ages", {"fatigue": True}),
        ("Do you use nitrous oxide?", "stopped 6 weeks ago", {"nitrous_oxide": True}),
        ("Do you use nitrous oxide?", "stopped 2 years ago", {"nitrous_oxide": False}),
    ],
)  # fmt: skip
def test_an_answer_is_read_with_its_question(reader, question, answer, expected):
    assert own(reader, answer, question) == expected


def test_of_two_lengths_in_an_answer_the_longer_counts(reader):
    [finding] = reader.read(
        "hands 4 weeks, feet 2 months", context="How long have your hands and feet been numb?", today=TODAY
    ).own
    assert finding.duration_days == 60
