"""Where the classifier is sure that there is no danger, what the rules read is asked about first; nothing is passed over."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone

import pytest

from bot.batch.triage import load_results_reader
from bot.clinical.codes import Level
from bot.knowledge.content import FOLDER
from bot.knowledge.danger import Danger, load_danger
from bot.language.danger_suspicion import Suspicion
from bot.language.screen import Screen, ScreenResult, ScreenState
from bot.language.screen_loading import build_screen

NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
PLAIN = "I have crushing chest pain"


class SureOfNothing:
    """Sees no danger anywhere, and may say so of every category but one."""

    def __init__(self, never: str = "") -> None:
        self.never = never

    def suspect(self, text: str) -> Suspicion | None:
        return None

    def doubts(self, text: str, category: str) -> bool:
        return category != self.never


class Broken(SureOfNothing):
    def doubts(self, text: str, category: str) -> bool:
        raise RuntimeError(text)


@pytest.fixture(scope="module")
def danger() -> Danger:
    return load_danger(FOLDER)


@pytest.fixture(scope="module")
def shipped(danger: Danger) -> Screen:
    return build_screen(danger.language, danger.flags.rules, labs=load_results_reader(today=date(2026, 11, 20)))


def told(screen: Screen, *turns: str, by_rules: bool = False) -> ScreenResult:
    state = ScreenState()
    for text in turns:
        result = screen.screen(text, state, at=NOON, by_rules=by_rules)
        state = ScreenState.from_json(json.loads(json.dumps(result.state.to_json())))
    return result


def screen_with(danger: Danger, classifier: SureOfNothing) -> Screen:
    return Screen(danger.language, danger.flags.rules, classifier=classifier)


@pytest.mark.parametrize("by_rules", [False, True])
def test_it_is_asked_about_on_both_paths(danger: Danger, by_rules: bool) -> None:
    found = told(screen_with(danger, SureOfNothing()), PLAIN, by_rules=by_rules)
    assert found.level is Level.CHECK
    assert found.question is not None
    assert found.question.words is not None
    assert found.question.words.text in PLAIN


@pytest.mark.parametrize(
    ("answers", "level"),
    [
        (("yes",), Level.EMERGENCY),
        (("no",), Level.NONE),
        (("what?",), Level.CHECK),
        (("what?", "hm?"), Level.EMERGENCY),
        (("my throat is closing and I cannot breathe",), Level.EMERGENCY),
    ],
)
def test_the_answer_decides(danger: Danger, answers: tuple[str, ...], level: Level) -> None:
    screen = screen_with(danger, SureOfNothing())
    assert told(screen, PLAIN, *answers).level >= level
    if level < Level.URGENT:
        assert told(screen, PLAIN, *answers).level is level


@pytest.mark.parametrize(
    ("why", "turns"),
    [
        ("disguised", ("i c a n t b r e a t h e",)),
        ("letters that only look the same", ("ＭＹ ＬＥＦＴ ＡＲＭ ＩＳ ＰＡＲＡＬＹＳＥＤ",)),
        ("very long", ("We talked about the garden. " * 60 + PLAIN,)),
        ("several messages together", ("my left calf is swollen since yesterday", "and now I am short of breath")),
        ("an answer", ("I feel a bit weird since the jab", "yes")),
    ],
)
def test_what_the_classifier_reads_badly_is_not_doubted(danger: Danger, why: str, turns: tuple[str, ...]) -> None:
    by_rules = told(Screen(danger.language, danger.flags.rules), *turns)
    assert by_rules.level >= Level.URGENT, why
    if why == "several messages together":
        answered = (turns[0], "yes", *turns[1:])  # the first is plain by itself, so it is asked about
        assert told(screen_with(danger, SureOfNothing()), *answered).level >= Level.URGENT
    else:
        assert told(screen_with(danger, SureOfNothing()), *turns).level is by_rules.level


def test_a_category_that_is_never_doubted_and_a_broken_classifier_leave_the_rules_alone(danger: Danger) -> None:
    assert told(screen_with(danger, SureOfNothing("cardiac")), PLAIN).level is Level.EMERGENCY
    assert told(screen_with(danger, Broken()), PLAIN).level is Level.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "I want to end my life tonight",
        "took forty paracetamol an hour ago",
        "no puedo respirar",
        "my throat is closing up",
        "crushing chest pain down my left arm",
        "half my face has dropped",
        "been sick and it is all blood",
        "cannot feel between my legs and cannot wee",
        "haemoglobin 58",
        "mum is on the floor and will not wake",
    ],
)
def test_the_shipped_classifier_keeps_plain_dangers_at_their_level(danger: Danger, shipped: Screen, text: str) -> None:
    rules = Screen(danger.language, danger.flags.rules, labs=load_results_reader(today=date(2026, 11, 20)))
    assert told(shipped, text).level >= max(told(rules, text).level, Level.URGENT)


def test_the_shipped_classifier_has_harmless_words_asked_about(danger: Danger, shipped: Screen) -> None:
    text = "puffed out after 3 flights of stairs ever since sixth form"
    assert told(Screen(danger.language, danger.flags.rules), text).level >= Level.URGENT
    assert told(shipped, text).level is Level.CHECK
