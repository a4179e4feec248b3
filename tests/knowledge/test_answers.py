"""The reviewed answers: complete, honest in every region, plain to read, and refused when they have a slip."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.clinical.answers import REGIONS, TOPICS, Answers, phrases_forbidden, phrases_missing
from bot.clinical.wording import CONTACT_FACTS, UnknownWordsError
from bot.knowledge.answers import load_answers
from bot.knowledge.clinic import load_region_facts
from bot.knowledge.strict import Fault
from tests.knowledge.reading_grade import grade

FOLDER = Path(__file__).parents[2] / "bot" / "knowledge"

CONTACTS = {
    "emergency_number": "999",
    "urgent_line": "NHS 111",
    "mental_health_line": "Samaritans on 116 123",
    "poison_line": "NHS 111",
    "maternity_line": "your maternity unit",
    "report_side_effects": "the Yellow Card scheme",
    "clinic_name": "Elm Street Clinic",
    "clinic_phone": "020 7946 0000",
    "clinic_hours": "9 to 5",
    "booking_link": "the front desk",
    "price_list": "on the wall",
}


def _load(folder: Path) -> tuple[Answers, list[Fault]]:
    faults: list[Fault] = []
    return load_answers(folder, faults), faults


@pytest.fixture(scope="module")
def answers() -> Answers:
    loaded, faults = _load(FOLDER)
    assert faults == []
    return loaded


@pytest.fixture(scope="module")
def region_facts() -> dict[str, dict[str, str]]:
    """Whom to call, as patients of each region read it."""
    return load_region_facts(FOLDER, [])


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The content folder, to break."""
    shutil.copytree(FOLDER, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path / "knowledge"


def _edit(folder: Path, name: str, old: str, new: str) -> list[str]:
    path = folder / "answers" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [str(fault) for fault in _load(folder)[1]]


def test_every_topic_has_one_answer(answers: Answers) -> None:
    assert [answer.id for answer in answers] == list(TOPICS)
    assert len(answers) == 84


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("topic", TOPICS)
def test_the_whole_answer_says_what_it_must_and_nothing_it_must_not(answers: Answers, topic: str, region: str) -> None:
    text = answers.render(topic, region="uk" if region == "eu" else region, contacts=CONTACTS, long=True).text
    shared = answers[topic].text_for(region)
    spoken = f"{shared.short}\n{shared.more}"
    assert phrases_missing(answers[topic], spoken) == ()
    assert phrases_forbidden(answers[topic], text) == ()


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("topic", TOPICS)
def test_an_answer_reads_at_grade_six_and_a_half_or_below(
    answers: Answers, region_facts: dict[str, dict[str, str]], topic: str, region: str, long: bool
) -> None:
    contacts = {**CONTACTS, **region_facts[region]}
    assert grade(answers.render(topic, region=region, contacts=contacts, long=long).text) <= 6.5


@pytest.mark.parametrize("topic", TOPICS)
def test_the_short_answer_is_short(answers: Answers, topic: str) -> None:
    """Two to six short sentences before the closing; the rest is offered."""
    for text in (answers[topic].text, *answers[topic].regions.values()):
        sentences = re.findall(r"[.?!](?:\s|$)", text.short)
        assert 2 <= len(sentences) <= 6
        assert len(text.short.split()) <= 70


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("region", REGIONS)
def test_no_brace_is_left_when_a_clinic_has_filled_in_nothing(answers: Answers, topic: str, region: str) -> None:
    text = answers.render(topic, region=region, contacts=dict.fromkeys(CONTACT_FACTS, ""), long=True).text
    assert "{" not in text and "}" not in text
    assert "  " not in text


def test_an_unset_price_list_becomes_a_plain_sentence(answers: Answers) -> None:
    assert "Prices here: please ask the clinic, as I do not have a list." in answers.render("FAQ-81").text


def test_a_clinic_fact_is_filled_in_as_given(answers: Answers) -> None:
    text = answers.render("FAQ-81", contacts={"price_list": "see {this} page"}).text
    assert "Prices here: see {this} page." in text


def test_facts_differ_by_region_where_they_must(answers: Answers) -> None:
    assert "pg/mL" in answers.render("FAQ-44", region="us").text
    assert "ng/L" in answers.render("FAQ-44", region="uk").text
    assert "NHS" not in answers.render("FAQ-81", region="us", long=True).text


def test_us_readers_get_us_spelling(answers: Answers) -> None:
    text = answers.render("FAQ-48", region="us", long=True).text
    assert "anaemia" not in text.lower()
    assert answers.question("FAQ-48", region="us") == "What is pernicious anemia?"
    assert answers.question("FAQ-48", region="uk") == "What is pernicious anaemia?"


def test_an_answer_about_treatment_ends_with_who_decides(answers: Answers) -> None:
    for topic in ("FAQ-01", "FAQ-09", "FAQ-20", "FAQ-54", "FAQ-60"):
        assert answers.render(topic).text.endswith("Your own plan is up to the clinician who prescribes for you.")


def test_more_gives_the_rest_without_repeating_the_short_answer(answers: Answers) -> None:
    more = answers.render_more("FAQ-05").text
    assert "myelin" in more
    assert answers["FAQ-05"].text.short not in more


def test_an_unknown_topic_is_refused_by_name(answers: Answers) -> None:
    with pytest.raises(UnknownWordsError, match="FAQ-99"):
        answers.render("FAQ-99")


def test_every_answer_is_reviewed_within_a_year(answers: Answers) -> None:
    assert {answer.next_review for answer in answers} == {date(2027, 11, 20)}
    assert {answer.status for answer in answers} <= {"draft", "signed"}


def test_no_answer_claims_experience_of_patients(answers: Answers) -> None:
    """The assistant is a program; it has met nobody."""
    claim = re.compile(r"\b(in my experience|my patients|i have seen|i've seen|my practice|we often see)\b", re.I)
    for answer in answers:
        assert not claim.search(answers.render(answer.id, long=True).text)


def test_no_answer_tells_anyone_to_stop_a_medicine(answers: Answers) -> None:
    """Laughing gas is no medicine; everything else is kept until the prescriber says otherwise."""
    order = re.compile(r"(?<!not )\bstop (?:taking )?(?:your|the|them|metformin|it)\b", re.I)
    for answer in answers:
        if answer.id != "FAQ-63":
            assert not order.search(answers.render(answer.id, long=True).text), answer.id


@pytest.mark.parametrize("region", ["uk", "us"])
def test_the_bands_in_the_results_answer_are_those_of_the_thresholds(answers: Answers, region: str) -> None:
    """A band holds its lower edge and not its upper; the patient sees rounded ends."""
    from bot.knowledge.strict import read_yaml

    rows = {row["id"]: row["value"] for row in read_yaml(FOLDER / "thresholds.yml")["limits"]}
    text = answers.render("FAQ-44", region=region, long=True).text
    for limit, shown in (("b12_deficient_below", "133"), ("b12_indeterminate_below", "258")):
        assert abs(float(rows[limit]) - float(shown)) <= 0.5
        assert f"{shown} pmol/L" in text or f"to {shown}" in text
    if region == "uk":
        assert f"below {rows['active_b12_deficient_below']} pmol/L" in text
        assert rows["active_b12_indeterminate_below"] == "70.5" and "70 is borderline" in text


def test_a_missing_topic_is_named(copied: Path) -> None:
    faults = _edit(copied, "tablets.yml", "- id: FAQ-19", "- id: FAQ-03")
    assert any("FAQ-19" in fault and "has no answer" in fault for fault in faults)
    assert any("used twice" in fault for fault in faults)


def test_a_must_say_that_is_gone_is_named(copied: Path) -> None:
    faults = _edit(copied, "clots.yml", "A Swiss text on", "Some text on")
    assert any("FAQ-20" in fault and "swiss" in fault for fault in faults)


def test_a_never_say_that_slipped_in_is_named(copied: Path) -> None:
    faults = _edit(copied, "using_injections.yml", "Most people feel a brief sting.", "It is painless. A brief sting.")
    assert any("FAQ-30" in fault and "'painless'" in fault for fault in faults)


def test_an_unknown_placeholder_is_named(copied: Path) -> None:
    faults = _edit(copied, "using_injections.yml", "{clinic_phone}", "{clinic_fone}")
    assert any("{clinic_fone}" in fault and "clinic_phone" in fault for fault in faults)


def test_an_unknown_source_is_named(copied: Path) -> None:
    faults = _edit(copied, "clots.yml", "hope-2]", "hope-3]")
    assert any("hope-3" in fault and "sources.yml" in fault for fault in faults)


def test_an_unknown_key_or_coverage_id_is_named(copied: Path) -> None:
    assert any(
        "unknown key 'shorter'" in f for f in _edit(copied, "causes.yml", "  closing:", "  shorter: x\n  closing:")
    )
    assert any("S009-01" in f for f in _edit(copied, "clots.yml", "S003-26", "S009-01"))


def test_a_signed_row_needs_a_name_and_a_date(copied: Path) -> None:
    faults = _edit(copied, "clots.yml", "status: draft", "status: signed")
    assert any("signed_by" in fault for fault in faults)
