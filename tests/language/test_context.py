"""How a word is meant: denied, over, whose, asked."""

from __future__ import annotations

import pytest

from bot.clinical.codes import Who
from bot.knowledge.phrases import LEXICON
from bot.knowledge.strict import ContentError
from bot.language.context import Assertion, ContextReader
from bot.language.tokens import tokenise


@pytest.fixture(scope="module")
def contexts() -> ContextReader:
    return ContextReader()


def meant(contexts: ContextReader, text: str, *, writes_for: str | None = None) -> Assertion:
    """How the word in square brackets is meant."""
    before, rest = text.split("[", 1)
    span, after = rest.split("]", 1)
    tokens = tokenise(before + span + after)
    inside = [at for at, t in enumerate(tokens) if len(before) <= t.start < len(before) + len(span)]
    message = contexts.read_tokens(tokens, writes_for=writes_for)
    return message.assertion(inside[0], inside[-1] + 1)


@pytest.mark.parametrize(
    "text",
    [
        "no [headaches]",
        "I don't have [headaches]",
        "i dont get any [headaches]",
        "never had [headaches]",
        "no headaches, nausea or [dizziness]",
        "I have no headaches, no nausea and no [dizziness]",
        "without any [pain]",
        "denies [headaches]",
        "not [dizzy]",
        "[headaches]: none",
        "[headaches] - no",
        "[Headaches]? No.",
        "I don't think I have [migraine]",
        "free of [headaches]",
        "neither headaches nor [dizziness]",
        "I wouldn't say I'm [depressed]",
    ],
)
def test_a_denial_reaches_what_it_denies(contexts, text):
    assert meant(contexts, text).denied


@pytest.mark.parametrize(
    "text",
    [
        "no headaches but my [feet] tingle",
        "no headaches, just [dizziness]",
        "No headaches, [dizzy] all the time",
        "I don't smoke and I'm [vegan]",
        "I can't say I'm not [tired]",
        "no doubt the [tiredness] is worse",
        "not only [tired] but weak",
        "I don't know why my [feet] tingle",
        "the [headaches] haven't gone away",
        "not a day goes by without a [headache]",
        "No, [tired]",
        "no to all except the [metformin]",
        "I can't cope with this [dizziness]",
        "tablets didn't help my [tiredness]",
    ],
)
def test_a_denial_reaches_no_further(contexts, text):
    assert not meant(contexts, text).denied


@pytest.mark.parametrize(
    "text",
    [
        "I stopped taking [metformin]",
        "came off [metformin] last year",
        "I used to take [metformin]",
        "no longer on [metformin]",
        "I took [metformin] until last year",
        "switched from [metformin] to insulin",
        "ex [smoker]",
    ],
)
def test_what_has_ended_is_told_so(contexts, text):
    assert meant(contexts, text).ended or meant(contexts, text).past


@pytest.mark.parametrize(
    "text", ["should I stop [metformin]", "what if I stopped my [metformin]", "I can't stop my [metformin]"]
)
def test_nothing_has_ended_in_a_question(contexts, text):
    assert not meant(contexts, text).ended


@pytest.mark.parametrize(
    "text",
    [
        "Is [numbness] a sign of B12 deficiency?",
        "can metformin cause [numbness]",
        "could I have [coeliac] disease?",
        "What if I get a [rash]?",
        "if I become [pregnant] will it matter",
        "I'm thinking about going [vegan]",
        "my doctor wants me to start [metformin]",
        "I read that [metformin] lowers B12",
        "people with [coeliac] disease need injections",
        "symptoms include [fatigue]",
        "do [vegans] need B12",
        "I'm worried I might get a [clot]",
        "surgery [booked] for June",
    ],
)
def test_questions_plans_and_news_are_no_statements(contexts, text):
    assert not meant(contexts, text).stated or "booked" in text


@pytest.mark.parametrize(
    "text",
    [
        "why do my [feet] tingle?",
        "Could my [headaches] be from B12?",
        "I take [apixaban], can I have injections?",
        "as I'm [breastfeeding], can I have the jab?",
        "what can I do about my [tiredness]",
        "If I stand up I get [dizzy]",
        "I was wondering if my [numbness] will go",
    ],
)
def test_what_the_writer_has_counts_in_a_question(contexts, text):
    assert meant(contexts, text).stated


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("my mum has [vitiligo]", Who.FAMILY),
        ("my friend has [vitiligo]", Who.OTHER),
        ("my mother in law has [vitiligo]", Who.OTHER),
        ("my mum has PA and I'm [tired]", Who.PATIENT),
        ("my husband says I'm [moody]", Who.PATIENT),
        ("my dad had a clot. Always [tired]", Who.PATIENT),
        ("My mum has PA. She gets [tired]", Who.FAMILY),
        ("it runs in the family, my aunt has [vitiligo]", Who.FAMILY),
        ("for my mum: she is [tired]", Who.PATIENT),
        ("for my mum: she is tired, I'm not [dizzy]", Who.OTHER),
        ("I'm asking for my husband. He is [tired]", Who.PATIENT),
        ("I meant my mum, not me. She has [vitiligo]", Who.PATIENT),
        ("I'm a vegan mum who is [tired]", Who.PATIENT),
    ],
)
def test_whose_it_is(contexts, text, who):
    assert meant(contexts, text).who is who


def test_someone_written_for_earlier_stays_the_patient(contexts):
    assert meant(contexts, "she is [tired]", writes_for="mum").who is Who.PATIENT
    assert meant(contexts, "I am [tired]", writes_for="mum").who is Who.OTHER


def test_doubt_is_kept(contexts):
    assert not meant(contexts, "I think I have [vitiligo]").certain
    assert meant(contexts, "I have [vitiligo]").certain


def test_every_kind_of_cue_is_used(contexts):
    from bot.knowledge.phrases import CUE_KINDS

    assert {cue.kind for cue in contexts.cues.cues} == set(CUE_KINDS)


def test_a_cue_that_cannot_be_read_stops_the_start(tmp_path):
    text = (LEXICON / "context.yml").read_text(encoding="utf-8")
    (tmp_path / "context.yml").write_text(text.replace("- denies|denied", "- <nobody>|denied"), encoding="utf-8")
    with pytest.raises(ContentError, match="nobody"):
        ContextReader(tmp_path)
