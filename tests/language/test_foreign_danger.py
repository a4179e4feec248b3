"""Words of danger in a language that is not spoken here open a safety question, on both sides."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from bot.clinical.codes import Level
from bot.knowledge.content import FOLDER, load_content
from bot.knowledge.danger import load_danger
from bot.knowledge.strict import ContentError, Fault
from bot.knowledge.tongues import load_tongues
from bot.language.foreign_danger import ForeignDangers
from bot.language.screen import Screen, ScreenResult, ScreenState
from bot.wiring.parts import make_advisor

NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
FAULTS: list[Fault] = []
DANGER, TONGUES = load_danger(FOLDER), load_tongues(FOLDER, FAULTS)
SCREEN = Screen(DANGER.language, DANGER.flags.rules, foreign=ForeignDangers(TONGUES, DANGER.flags.rules.questions))

DANGEROUS = [
    ("polish", "Nie mogę oddychać po tym zastrzyku"),
    ("romanian", "soțul meu are dureri în piept și nu poate respira"),
    ("spanish", "mi madre se desmayó y no respira bien"),
    ("portuguese", "não consigo respirar, a garganta está inchada"),
    ("french", "je ne peux pas respirer"),
    ("ukrainian", "мені важко дихати після уколу"),
    ("punjabi", "ਮੈਨੂੰ ਸਾਹ ਨਹੀਂ ਆ ਰਿਹਾ"),
    ("urdu", "مجھے سانس نہیں آ رہی"),
    ("bengali", "আমার শ্বাস নিতে কষ্ট হচ্ছে"),
    ("arabic", "لا أستطيع التنفس"),
]
HARMLESS = [
    "Dzień dobry, chciałbym umówić wizytę na zastrzyk",
    "Bună ziua, cât costă o injecție?",
    "Hola, quiero una cita para la vitamina",
    "Bom dia, quanto custa a injeção?",
    "Bonjour, je voudrais prendre rendez-vous pour une piqûre",
    "Добрий день, скільки коштує укол?",
    "ਸਤ ਸ੍ਰੀ ਅਕਾਲ, ਟੀਕਾ ਕਿੰਨੇ ਦਾ ਹੈ?",
    "السلام علیکم، انجکشن کتنے کا ہے؟",
    "নমস্কার, ইনজেকশনের দাম কত?",
    "مرحبا، كم سعر الحقنة؟",
    "We had a lovely croissant and my French is awful, sorry",
]


def screened(text: str, state: ScreenState | None = None, *, by_rules: bool = False) -> ScreenResult:
    return SCREEN.screen(text, state or ScreenState(), at=NOON, by_rules=by_rules)


@pytest.mark.parametrize("by_rules", [False, True])
@pytest.mark.parametrize(("code", "text"), DANGEROUS, ids=[code for code, _ in DANGEROUS])
def test_words_of_danger_are_never_passed_over(code: str, text: str, by_rules: bool) -> None:
    found = screened(text, by_rules=by_rules)
    assert found.level >= Level.CHECK
    if found.level is Level.CHECK:
        assert found.question is not None
        assert found.question.id == f"foreign-danger:{code}"
        own = next(tongue for tongue in TONGUES.tongues if tongue.code == code).asks
        assert found.question.text.startswith(own)
        assert found.question.words is not None
        assert found.question.words.text in text


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_message_of_another_language_opens_no_question(text: str) -> None:
    assert screened(text).level is Level.NONE


@pytest.mark.parametrize(("answer", "level"), [("yes", Level.EMERGENCY), ("no", Level.NONE), ("oui", Level.CHECK)])
def test_the_answer_decides(answer: str, level: Level) -> None:
    asked = screened("je ne peux pas respirer")
    assert screened(answer, asked.state).level is level


def test_a_second_answer_that_nobody_understands_counts_as_yes() -> None:
    state = screened("je ne peux pas respirer").state
    for _ in range(2):
        found = screened("aidez moi svp", state)
        state = found.state
    assert found.level is Level.EMERGENCY


def test_without_its_question_it_refuses_to_start() -> None:
    with pytest.raises(ContentError, match="cry-for-help"):
        ForeignDangers(TONGUES, [])


def test_the_patient_is_told_whom_to_call_before_the_question() -> None:
    content = load_content(region="uk")
    advisor = make_advisor(content, TONGUES.tongues)
    said = advisor.ask(screened("je ne peux pas respirer")).text
    french = next(tongue for tongue in TONGUES.tongues if tongue.code == "french")
    call, asks = said.index(content.facts["emergency_number"]), said.index(french.asks)
    assert call < asks
    assert said.startswith(french.cannot_help)
