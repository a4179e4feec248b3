"""A sign that was looked at, or that has its usual cause, and the twins that stay an alarm."""

from __future__ import annotations

import pytest

from bot.clinical.codes import Level
from tests.language.screens import talk


@pytest.mark.parametrize(
    "text",
    [
        "On Friday I had chest pain, the hospital did an ECG and it was only a pulled muscle.",
        "heart was going ten to the dozen before the jab, I hate needles, settled straight after",
        "black stools since the iron tablets, chemist said that's normal",
        "bruise on my arm is massive but i got tackled",
    ],
)
def test_what_was_looked_at_or_has_its_cause_raises_no_alarm(text: str) -> None:
    assert talk(text).level < Level.URGENT


@pytest.mark.parametrize(
    "text",
    [
        "the doctor said it was fine but now I have crushing chest pain",
        "chest pain since this morning, the nurse said it's fine",
        "wife says it's nothing but my face has dropped on one side",
        "I hate needles and my throat is closing up",
        "black sticky stools like tar although I am on iron",
        "the bruise is getting bigger every hour since i got tackled",
        "our Gethin's been saying goodbye to everyone on facebook and he's not picking up",
        "don't want to be a drama queen but my throat is swelling",
    ],
)
def test_the_twins_stay_an_alarm(text: str) -> None:
    assert talk(text).level >= Level.URGENT
