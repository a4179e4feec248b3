"""Rows of phrases by kind ("worse", "asks-how-long"), compiled; see `lexicon/course.yml`, `replies.yml`, `person.yml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.knowledge.phrases import LEXICON, load_phrase_rows, word_classes
from bot.knowledge.strict import ContentError, Fault, read_yaml
from bot.language.patterns import Match, PatternError, Patterns
from bot.language.tokens import Token


class CueRows:
    """
    Finds kinds of phrases in a message.

    Raises:
        ContentError: The file has a fault, a phrase cannot be read, or a kind that code asks for is missing.
    """

    def __init__(self, name: str, *, kinds: Sequence[str] = (), folder: Path = LEXICON) -> None:
        faults: list[Fault] = []
        path = folder / name
        self._patterns: Patterns[str] = Patterns(
            [], classes=word_classes(read_yaml(folder / "words.yml"), name, faults)
        )
        rows = load_phrase_rows(path, faults)
        for kind, phrases in rows.items():
            for phrase in phrases:
                try:
                    self._patterns.add(phrase, kind)
                except PatternError as error:
                    faults.append(Fault(name, kind, str(error)))
        faults += [Fault(name, "", f"no row '{kind}'.") for kind in kinds if kind not in rows]
        if faults:
            raise ContentError(faults)

    def find(self, tokens: Sequence[Token]) -> Mapping[str, list[Match[str]]]:
        """The matches of each kind, the longest at each place, in order."""
        best: dict[tuple[str, int], Match[str]] = {}
        for match in self._patterns.match(tokens):
            key = (match.payload, match.first)
            if key not in best or best[key].last < match.last:
                best[key] = match
        found: dict[str, list[Match[str]]] = {}
        for match in sorted(best.values(), key=lambda match: match.first):
            kept = found.setdefault(match.payload, [])
            if not kept or match.first >= kept[-1].last:
                kept.append(match)
        return found
