"""
Texts drawn at random from what the readers look for: no error, findings inside the text, work that is bounded.

Random letters seldom reach the inner parts of a grammar; pieces of it do.  The same texts in every run.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from math import isfinite
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from language.test_hostile_lengths import calls_of

from bot.clinical.codes import Level
from bot.knowledge.content import load_content
from bot.language.durations import find_durations
from bot.language.intents.features import _EMAIL
from bot.language.labs import LabReader
from bot.language.screen import Screen, ScreenState
from bot.language.tokens import tokenise

TODAY, AT = date(2026, 3, 2), datetime(2026, 3, 2, tzinfo=timezone.utc)
EXAMPLES = settings(
    max_examples=120,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
ODD = st.text(st.characters(), max_size=6)
NUMBERS = st.sampled_from(
    "0 1 7 07 12 150 1,200 1.200 1 000 0.0 .5 5. 1e9 ١٢ ½ 1/2 12/03/2024 2024-03-12 31/31/31 99999999999999999999 -3 +4 "
    "<150 >=2 ~90 100-900 (200-900) 3x 1st IV".split()
)
LABS = st.sampled_from(
    "b12 B-12 vit.b12 cobalamin ferritin folate hb haemoglobin mcv mma homocysteine potassium k+ platelets anti-if "
    "pg/ml ng/l pmol/L µg/l g/dl mmol/L fl % units normal low high raised negative positive was is of on at to and , ; : "
    "( ) [ ] = < > - | * / . result ref range *L 2 weeks ago yesterday not tested".split()
)
TIMES = st.sampled_from(
    "for since about over nearly a an one two dozen couple of few several and half quarter to or more less than days "
    "weeks fortnight months years yrs mths wk d hours ago last next yesterday tuesday march 2019 easter i was child ever "
    "always now today , - . old".split()
)
DANGERS = st.sampled_from(
    "i he my mum have has had no not never dont if what in case chest pain crushing throat closing breathe cannot leg "
    "swollen left face dropped numb can't feel kill myself tonight fine better worse since yesterday but and , . ? ! "
    "\u200b \u202e ***** _ heart racing fainted bleeding blood black stools".split()
)


def pieces(of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.lists(of | NUMBERS | ODD, max_size=40).flatmap(
        lambda found: st.sampled_from([" ", " ", "", "\n"]).map(lambda between: between.join(found))
    )
    return joined


@pytest.fixture(scope="module")
def labs() -> LabReader:
    content = load_content()
    return LabReader(content.lab_words, content.assessment.thresholds.scale)


@pytest.fixture(scope="module")
def screen() -> Screen:
    content = load_content()
    return Screen(content.danger_language, content.red_flags.rules)


def bounded(work: Callable[[], Any], text: str, *, a_letter: int) -> Any:
    """The result, once it took no more calls than a fixed number and so many for each letter."""
    found: list[Any] = []
    calls = calls_of(lambda: found.append(work()))
    assert calls < 60_000 + a_letter * len(text), f"{calls} calls for {len(text)} letters: {text!r}"
    return found[0]


@EXAMPLES
@given(text=pieces(LABS))
def test_results(labs: LabReader, text: str) -> None:
    for lab in bounded(lambda: labs.read(text, today=TODAY), text, a_letter=600):
        if not isinstance(lab.value, str):
            assert isfinite(lab.value)
        assert lab.date is None or lab.date <= TODAY.isoformat()


@EXAMPLES
@given(text=pieces(TIMES))
def test_durations(text: str) -> None:
    tokens = tokenise(text)
    for duration in bounded(lambda: find_durations(tokens), text, a_letter=200):
        assert 0 <= duration.first < duration.last <= len(tokens)
        assert duration.days is None or duration.days >= 0


@EXAMPLES
@given(text=pieces(DANGERS), before=pieces(DANGERS))
def test_screening(screen: Screen, text: str, before: str) -> None:
    state = screen.screen(before, ScreenState(), at=AT).state
    result = bounded(lambda: screen.screen(text, state, at=AT), text, a_letter=2_000)
    assert result.level in Level
    for match in result.matches:
        said_in = [part[match.start : match.end] for part in (text, before)]  # two messages may make one danger
        assert match.text in said_in


@pytest.mark.parametrize("piece", ["a@", "@a", "a", "a@a.", "a at ", "a-", "x at x dot "])
def test_a_text_of_addresses_without_end_is_read(piece: str) -> None:
    """One such text of 8,000 letters kept the reader of intents, and with it the whole door, for two minutes."""
    text = piece * (8_000 // len(piece)) + " "
    assert _EMAIL.sub("", text).count(" ") <= text.count(" ")


@pytest.mark.parametrize("text", ["ann@clinic.example", "write to a.b+c@mail.co.uk please", "ann at clinic dot com"])
def test_an_address_is_still_an_address(text: str) -> None:
    assert _EMAIL.search(text)
