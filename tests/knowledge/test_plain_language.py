"""
Every text that a patient reads is plain: Flesch-Kincaid grade 6.5 or lower.

The answers, the sentences of the talk and the advice are graded where they are tested
(test_answers, test_interview, test_advice, test_clot_worry, test_push_keywords,
test_staff_replies).  Here stand the rest: safety questions, advice in every region,
short sentences, names in lists, buttons and cards, and the words of the chat box.
Other languages (tongues.yml) are left out: the formula is made for English.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from bot.clinical.advice import Situation
from bot.clinical.codes import CATEGORIES, Level
from bot.knowledge.content import load_content
from tests.knowledge.reading_grade import grade

PLAIN = 6.5
CONTENT = {region: load_content(region=region) for region in ("uk", "us", "eu")}
FACTS = {**CONTENT["uk"].facts, "clinic_hours": "nine to five"}  # a clinic writes its hours itself
KNOWLEDGE = Path(__file__).parents[2] / "bot" / "knowledge"
WIDGET_WORDS = KNOWLEDGE.parent / "widget" / "words.js"

#: Below so many words the formula says nothing about one sentence; those are graded together.
WORDS_ENOUGH = 8

#: Names of tests and illnesses are what the letters say; they are short lists, never sentences.
_NAMES_OF_ILLNESS = ("labs", "history")


def _rows(name: str) -> list[dict[str, Any]]:
    found = YAML(typ="safe").load((KNOWLEDGE / name).read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = found if isinstance(found, list) else [r for group in found.values() for r in group]
    return rows


def _questions(name: str) -> list[str]:
    return [row[key] for row in _rows(name) for key in ("question", "question_other") if key in row]


def _filled(text: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda hole: str(FACTS.get(hole.group(1)) or "that"), text)


def _together(texts: list[str]) -> str:
    return " ".join(text if text.endswith((".", "?", "!", ":")) else f"{text}." for text in map(_filled, texts))


SAFETY_QUESTIONS = [
    *_questions("safety_questions.yml"),
    *(row[key] for row in _rows("danger_classifier.yml") if isinstance(row, dict) for key in row if "question" in key),
]


def test_there_are_safety_questions_of_both_kinds() -> None:
    assert len(SAFETY_QUESTIONS) > 60


@pytest.mark.parametrize("question", SAFETY_QUESTIONS)
def test_a_safety_question_is_plain(question: str) -> None:
    assert grade(question) <= PLAIN, grade(question)


@pytest.mark.parametrize("region", CONTENT)
@pytest.mark.parametrize("category", CATEGORIES)
def test_advice_is_plain_in_every_region(category: str, region: str) -> None:
    words, facts = CONTENT[region].advice, CONTENT[region].facts
    for level, other, ended in itertools.product((Level.URGENT, Level.EMERGENCY), (False, True), (False, True)):
        text = "\n".join(words.advice(Situation(level, category, other=other, ended=ended), facts).lines)
        assert grade(text) <= PLAIN, (grade(text), text)


def _short_sentences() -> list[str]:
    return [text for row in _rows("talk.yml") for text in row["say"]]


@pytest.mark.parametrize("text", [t for t in _short_sentences() if WORDS_ENOUGH <= len(_filled(t).split()) < 14])
def test_a_short_sentence_is_plain(text: str) -> None:
    assert grade(_filled(text)) <= PLAIN, grade(_filled(text))


def test_sentences_of_a_few_words_are_plain_together() -> None:
    few = [text for text in _short_sentences() if len(text.split()) < WORDS_ENOUGH]
    assert len(few) > 40
    assert grade(_together(few)) <= PLAIN


@pytest.mark.parametrize(
    ("file", "key"), [("clot_risks.yml", "name"), ("clot_risks.yml", "ask"), ("clot_questions.yml", "ask")]
)
def test_a_list_about_clots_is_plain(file: str, key: str) -> None:
    assert grade(_together([row[key] for row in _rows(file)])) <= PLAIN


def test_the_questions_that_a_choice_offers_are_plain() -> None:
    for file in sorted((KNOWLEDGE / "answers").glob("*.yml")):
        questions = [row["question"] for row in _rows(f"answers/{file.name}")]
        assert grade(_together(questions)) <= PLAIN, file.name


def test_names_in_lists_are_plain() -> None:
    groups: dict[str, list[dict[str, Any]]] = YAML(typ="safe").load((KNOWLEDGE / "names.yml").read_text("utf-8"))
    for group, rows in groups.items():
        if group not in _NAMES_OF_ILLNESS:
            assert grade(_together([row["name"] for row in rows])) <= PLAIN, group


def test_quick_replies_are_plain() -> None:
    titles = [reply["title"] for row in _rows("interview.yml") for reply in row["quick_replies"]]
    assert grade(_together(titles)) <= PLAIN


def test_the_words_of_the_chat_box_are_plain() -> None:
    words = re.findall(r'^\s+\w+: "(.+)",?$', WIDGET_WORDS.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(words) > 60
    assert grade(_together([word for word in words if len(word.split()) < WORDS_ENOUGH])) <= PLAIN
    for word in words:
        if len(word.split()) >= WORDS_ENOUGH:
            assert grade(_filled(word)) <= PLAIN, (grade(_filled(word)), word)
