"""The reader inside a spaCy pipeline says what it says outside."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from spacy.language import Language

from bot.language.reading import Reader
from bot.language.spacy_pipeline import CUES, FINDINGS, reading_pipeline

TODAY = date(2025, 6, 4)
DEV = Path(__file__).parent.parent / "vignettes" / "findings_dev.jsonl"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="module")
def nlp(reader) -> Language:
    return reading_pipeline(reader, today=TODAY)


def test_findings_and_cues_are_spans_of_the_message(nlp):
    doc = nlp("My mum's anaemic. I've numb feet for 3 weeks, no dizziness")
    assert [
        (span.text, span.label_, span._.finding.present, span._.finding.duration_days) for span in doc.spans[FINDINGS]
    ] == [
        ("numb", "numbness_tingling", True, 21),
        ("dizziness", "dizziness", False, None),
    ]
    assert ("no", "deny") in {(span.text, span.label_) for span in doc.spans[CUES]}


def test_the_question_just_asked_is_taken_from_the_document(nlp):
    doc = nlp.make_doc("yes, 2 months")
    doc._.question = "dizziness"
    [span] = nlp(doc).spans[FINDINGS]
    assert (span.label_, span._.finding.present, span._.finding.duration_days) == ("dizziness", True, 60)


@pytest.mark.parametrize("text", ["", "  ", "a  b\n\nc", "“I’m” — *numb*", "👩🏽‍⚕️ ok", "b 12 vit. b12"])
def test_no_character_of_the_message_is_lost(nlp, text):
    assert nlp(text).text == text


def test_the_pipeline_reads_as_the_reader_does(nlp, reader):
    for line in DEV.read_text(encoding="utf-8").splitlines()[:200]:
        text = json.loads(line)["text"]
        told = [(f.code, f.present, f.words.start) for f in reader.read(text, today=TODAY).own if f.words]
        doc = nlp(text)
        spans = [(span.label_, span._.finding.present, span.start_char) for span in doc.spans[FINDINGS]]
        assert spans == told
