"""The words of the interview: complete, plain, and never with a hole."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.clinical import codes
from bot.clinical.wording import InterviewWords, MissingFactError, UnknownWordsError, fill, respell
from bot.knowledge.interview import GROUPS, QUESTIONS, TALK_FACTS, load_interview
from bot.knowledge.strict import Fault
from tests.knowledge.reading_grade import grade
from tests.knowledge.test_answers import CONTACTS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "bot" / "knowledge"
FACTS = {**dict.fromkeys(TALK_FACTS, "that"), **CONTACTS}


def _load(folder: Path) -> tuple[InterviewWords, list[str]]:
    faults: list[Fault] = []
    words = load_interview(folder, faults)
    return words, [str(fault) for fault in faults]


WORDS, FAULTS = _load(FOLDER)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(FOLDER, tmp_path / "knowledge", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return tmp_path / "knowledge"


def _edit(folder: Path, name: str, old: str, new: str) -> list[str]:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return _load(folder)[1]


def test_the_words_load_without_a_fault() -> None:
    assert FAULTS == []


@pytest.mark.parametrize("code", QUESTIONS)
def test_a_question_is_never_asked_twice_in_the_same_words(code: str) -> None:
    asked = [WORDS.ask(code, attempt=attempt) for attempt in range(3)]
    assert len(set(asked)) == 3
    assert WORDS.ask(code, attempt=9) == asked[2]


@pytest.mark.parametrize("code", QUESTIONS)
def test_a_question_says_why_what_it_means_and_offers_buttons(code: str) -> None:
    assert WORDS.why(code) and WORDS.means(code)
    assert all(not reply.say.startswith("/") for reply in WORDS.quick_replies(code))
    assert WORDS.quick_replies(code)


@pytest.mark.parametrize("group", [group for group, wanted in GROUPS.items() if wanted])
def test_every_code_of_a_group_has_a_name(group: str) -> None:
    assert set(WORDS.group(group)) == set(GROUPS[group] or ())
    assert all(WORDS.name(code) for code in WORDS.group(group))


def test_every_code_that_can_be_missing_says_why_it_matters() -> None:
    for code in (*codes.SYMPTOMS, *codes.HISTORY, *codes.ANALYTES, "age", "pregnant", "b12_unit", "last_b12"):
        assert WORDS.why(code), code


def _texts() -> list[tuple[str, str]]:
    texts = [(key, text) for key, choices in WORDS.sentences.items() for text in choices]
    for question in WORDS.questions.values():
        texts += [(question.code, text) for text in (*question.ask, question.why, question.means)]
    for name in WORDS.names.values():
        texts += [(name.code, text) for text in (name.why, name.explain, name.explain_us) if text]
    return texts


@pytest.mark.parametrize(("key", "text"), [(k, t) for k, t in _texts() if len(t.split()) >= 14])
def test_what_is_said_reads_at_grade_six_and_a_half_or_below(key: str, text: str) -> None:
    """Sentences of a few words are left out: the formula means nothing there."""
    assert grade(fill(text, FACTS, unset=WORDS.unset)) <= 6.5


@pytest.mark.parametrize("key", sorted(WORDS.sentences))
def test_no_sentence_has_a_hole_when_the_clinic_has_filled_in_nothing(key: str) -> None:
    for nth in range(len(WORDS.sentences[key])):
        said = WORDS.say(key, nth=nth, **dict.fromkeys(TALK_FACTS, "that"))
        assert "{" not in said and "}" not in said


def test_the_opening_says_what_this_is_and_what_it_is_not() -> None:
    opening = WORDS.say("opening", **CONTACTS).lower()
    assert "automated" in opening
    assert "not a clinician" in opening
    assert "nobody watches this chat for emergencies" in opening
    assert "999" in opening


def test_the_consent_question_says_what_is_kept_who_reads_it_and_how_to_delete() -> None:
    consent = WORDS.say("consent_question").lower()
    assert "i keep what you write" in consent
    assert "clinic team can read" in consent
    assert "delete my data" in consent
    assert consent.rstrip().endswith("?")


@pytest.mark.parametrize("key", ["trouble", "deadline", "service_down"])
def test_when_we_fail_the_patient_gets_the_clinic_and_the_emergency_number(key: str) -> None:
    said = WORDS.say(key, **CONTACTS)
    assert CONTACTS["clinic_phone"] in said and CONTACTS["emergency_number"] in said


def test_wordings_take_turns() -> None:
    assert WORDS.say("ack", nth=0) != WORDS.say("ack", nth=1)
    assert WORDS.say("ack", nth=0) == WORDS.say("ack", nth=len(WORDS.sentences["ack"]))


def test_names_are_joined_as_in_speech() -> None:
    assert WORDS.listed([]) == ""
    assert WORDS.listed(["fatigue"]) == "tiredness"
    assert WORDS.listed(["fatigue", "headache", "rash"]) == "tiredness, headache and a rash"


def test_an_unknown_key_names_the_nearest() -> None:
    with pytest.raises(UnknownWordsError, match="thanks"):
        WORDS.say("thank")


def test_a_fact_that_was_not_given_is_named() -> None:
    with pytest.raises(MissingFactError, match="question"):
        WORDS.say("bridge_back")


def test_a_brace_in_what_a_patient_wrote_is_left_alone() -> None:
    assert WORDS.say("because_you_said", words="{clinic_phone} {x}") == 'You said: "{clinic_phone} {x}".'


def test_region_changes_what_differs_and_nothing_else() -> None:
    assert WORDS.explain("cause_lifelong", region="us") != WORDS.explain("cause_lifelong", region="uk")
    assert WORDS.explain("cause_dietary", region="us") == WORDS.explain("cause_dietary", region="uk")


def test_respelling_keeps_capitals_and_parts_of_words() -> None:
    assert respell("Anaemia, anaemia, subanaemiac", {"anaemia": "anemia"}) == "Anemia, anemia, subanaemiac"


def test_route_names_for_patients_are_education_and_not_the_label() -> None:
    """The label is for staff; patients hear what clinicians look at and what to ask."""
    for code in codes.ROUTES:
        said = f"{WORDS.name(code)} {WORDS.explain(code)}".lower()
        assert code not in said and code.replace("_", " ") not in said
        assert "you should have" not in said and "you need injections" not in said


def test_every_sentence_that_the_program_says_is_written() -> None:
    """A key typed wrongly in an action would otherwise show only when a patient gets there."""
    called = re.compile(r"""\b(?:say|sentence)\(\s*["']([a-z0-9_]+)["']""")
    for folder in ("actions", "bot/conversation", "bot/engine"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for key in called.findall(path.read_text(encoding="utf-8")):
                assert key in WORDS.sentences, f"{path.relative_to(ROOT)} says '{key}', which is not in talk.yml"


def test_a_question_that_is_missing_is_named(copied: Path) -> None:
    faults = _edit(copied, "interview.yml", "- id: mma", "- id: mmma")
    assert any("mmma" in fault and "did you mean 'mma'" in fault for fault in faults)


def test_two_equal_wordings_are_refused(copied: Path) -> None:
    faults = _edit(copied, "interview.yml", '- "How old are you?"', '- "Which group are you in?"')
    assert any("age" in fault and "all different" in fault for fault in faults)


def test_a_code_without_a_name_is_named(copied: Path) -> None:
    faults = _edit(copied, "names.yml", "- id: tinnitus", "- id: tinitus")
    assert any("'tinnitus' has no name" in fault for fault in faults)
    assert any("'tinitus' is no code" in fault for fault in faults)


def test_a_placeholder_nobody_fills_is_named(copied: Path) -> None:
    assert any("{questions}" in fault for fault in _edit(copied, "talk.yml", "{question}", "{questions}"))


def test_a_button_that_forges_an_intent_is_refused(copied: Path) -> None:
    faults = _edit(copied, "interview.yml", 'say: "I am under 16"', 'say: "/inform"')
    assert any("begins with '/'" in fault for fault in faults)


def test_an_unset_fact_without_a_stand_in_is_named(copied: Path) -> None:
    assert any(
        "clinic_hours" in fault for fault in _edit(copied, "unset_facts.yml", "- id: clinic_hours", "- id: hours")
    )
