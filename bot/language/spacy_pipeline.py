"""
The reader as a spaCy pipeline, for people who work with spaCy.

    nlp = reading_pipeline()
    doc = nlp("numb feet for 3 weeks, no dizziness")
    [(span.text, span.label_, span._.finding.present) for span in doc.spans["findings"]]
    doc._.reading.labs  # all that the message told

The tokeniser keeps our words and every character between them, so `doc.text` is the
message as sent.  Two components follow: ``b12_cues`` marks the words that change a
meaning ("no", "used to", "my mum"), ``b12_findings`` what the message tells.  Each is
the code the service runs, so the results are the same; nothing is learnt or downloaded.

The service itself calls `bot.language.reading` directly: importing spaCy costs seconds
and hundreds of megabytes a process (docs/reading.md has the figures).
"""

from __future__ import annotations

from datetime import date

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from bot.clinical.findings import Finding
from bot.language.reading import Reader
from bot.language.tokens import Token, tokenise

FINDINGS, CUES = "findings", "cues"  # keys of `doc.spans`


class MessageTokenizer:
    """Cuts a message into our tokens; what stands between them (spaces, quotes) becomes tokens of its own."""

    def __init__(self, vocab: Vocab) -> None:
        self._vocab = vocab

    def __call__(self, text: str) -> Doc:
        pieces: list[str] = []
        at = 0
        for token in tokenise(text):
            if token.start > at:
                pieces.append(text[at : token.start])
            pieces.append(text[token.start : token.end])
            at = token.end
        if at < len(text):
            pieces.append(text[at:])
        return Doc(self._vocab, words=pieces, spaces=[False] * len(pieces))


def reading_pipeline(reader: Reader | None = None, *, today: date | None = None) -> Language:
    """
    A blank English pipeline with our tokeniser and components.

    Args:
        reader: Loaded already; a new one over the shipped lexicon when None.
        today: The day of the messages; the computer's when None.
    """
    reader = reader or Reader()
    Doc.set_extension("question", default=None, force=True)  # the question the message answers
    Doc.set_extension("reading", default=None, force=True)
    Span.set_extension("finding", getter=_finding, force=True)

    def cues(doc: Doc) -> Doc:
        tokens: list[Token] = tokenise(doc.text)
        marked = [
            _span(doc, tokens[first].start, tokens[last - 1].end, kind)
            for kind, first, last in reader.contexts.read_tokens(tokens).cues
        ]
        doc.spans[CUES] = [span for span in marked if span is not None]
        return doc

    def findings(doc: Doc) -> Doc:
        doc._.reading = reader.read(doc.text, context=doc._.question, today=today or date.today())
        told = [
            _span(doc, finding.words.start, finding.words.end, finding.code)
            for finding in doc._.reading.own
            if finding.words
        ]
        doc.spans[FINDINGS] = [span for span in told if span is not None]
        return doc

    Language.component("b12_cues")(cues)
    Language.component("b12_findings")(findings)
    nlp = spacy.blank("en")
    nlp.tokenizer = MessageTokenizer(nlp.vocab)
    nlp.add_pipe("b12_cues")
    nlp.add_pipe("b12_findings")
    return nlp


def _finding(span: Span) -> Finding | None:
    """What a span of `doc.spans["findings"]` told: there is one of the patient's own a code."""
    return next((finding for finding in span.doc._.reading.own if finding.code == span.label_), None)


def _span(doc: Doc, start: int, end: int, label: str) -> Span | None:
    return doc.char_span(start, end, label=label, alignment_mode="expand")
