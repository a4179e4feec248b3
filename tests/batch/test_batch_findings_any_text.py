"""Whatever is typed, `b12bot batch findings` answers in the promised form, with words that stand in the message."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.batch.findings import handler
from bot.clinical.codes import HISTORY, SYMPTOMS

LONGEST = 8_000  # characters a patient may send
PIECES = st.sampled_from(
    "no|not|never had|any|more|my mum|she's|stopped|the|tingling|numb feet|B12|injections|tablets|metformin|fine|for|"
    "3 weeks|6/12|ago|?|. |, |; |/|(|)|yes|but|except|used to|might be|pregnant|b12 150 pg/mL|Hb 9,8|[x]|☐|👍|İ|ﬁne|"
    "can’t feel|ﬀ|½|٣|ñ|\u200b|\ufeff|\n|𝐧𝐮𝐦𝐛|é|ß|if|what|due|gone now|sorry, I meant|it's not that I'm not".split("|")
)
TEXTS = st.one_of(
    st.text(st.characters(), max_size=300),  # every code point, lone surrogates included
    st.lists(PIECES, max_size=60).map(" ".join),
    st.lists(PIECES, max_size=60).map("".join),
)


@pytest.fixture(scope="module")
def handle() -> Callable[[dict[str, Any]], dict[str, Any]]:
    return handler(region="uk", today=date(2025, 6, 4))


def check(answer: dict[str, Any], text: str) -> None:
    assert set(answer) == {"id", "symptoms", "history", "labs"}
    for part, codes in (("symptoms", SYMPTOMS), ("history", HISTORY)):
        names = [entry["name"] for entry in answer[part]]
        assert len(names) == len(set(names)), "one entry a code"
        assert set(names) <= set(codes)
        for entry in answer[part]:
            assert isinstance(entry["present"], bool)
            _stands_in(entry, text)
    for entry in answer["symptoms"]:
        days = entry["duration_days"]
        assert days is None or (isinstance(days, int) and days >= 0)
        assert entry["present"] or days is None
    for lab in answer["labs"]:
        assert {"analyte", "value", "comparator", "unit", "canonical_value", "unit_inferred", "date"} <= set(lab)
        _stands_in(lab, text)
    json.dumps(answer)


def _stands_in(entry: dict[str, Any], text: str) -> None:
    assert 0 <= entry["start"] < entry["end"] <= len(text)
    words = text[entry["start"] : entry["end"]]
    assert words == words.strip()


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=TEXTS, context=st.none() | st.sampled_from(["dizziness", "Any numbness or tingling?"]) | st.text(max_size=30)
)
def test_any_text_gives_a_well_formed_answer(handle, text, context):
    check(handle({"id": 1, "text": text, "context": context}), text)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(PIECES, min_size=3, max_size=40))
def test_the_longest_message_gives_a_well_formed_answer(handle, pieces):
    text = (" ".join(pieces) + " ") * LONGEST
    check(handle({"id": 1, "text": text[:LONGEST], "context": None}), text[:LONGEST])


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("no tingling in my feet or hands", "numbness_tingling", "tingling"),
        ("I don't have any headaches", "headache", "headaches"),
        ("I haven't lost any weight", "weight_loss", "lost any weight"),
        ("never had a DVT", "vte_history", "DVT"),
        ("stopped taking omeprazole in May", "ppi", "omeprazole"),
        ("not on metformin", "metformin", "metformin"),
        ("pins and needles in both hands for 3 weeks", "numbness_tingling", "pins and needles"),
        ("my last jab was 6 weeks ago", "current_b12_injections", "jab"),
        ("my mum has pernicious anaemia", "family_history_pernicious_anaemia", "pernicious anaemia"),
        ("I'm 12 weeks pregnant", "pregnancy", "pregnant"),
        ("👩🏽‍⚕️ I’m so dizzy", "dizziness", "dizzy"),
        ("no energy at all", "fatigue", "no energy"),
    ],
)
def test_the_words_are_the_shortest_that_name_the_thing(handle, text, code, words):
    """The negation is left out, unless it is what names the thing ("no energy")."""
    answer = handle({"id": 1, "text": text, "context": None})
    [entry] = [entry for entry in answer["symptoms"] + answer["history"] if entry["name"] == code]
    assert text[entry["start"] : entry["end"]] == words
