"""What the screen may remember of a text that was removed: that a rule fired, not the words that fired it."""

from __future__ import annotations

from typing import Any


def without_words(state: Any) -> Any:
    """
    A stored screen state with every quotation emptied; places, levels and rule ids stay.

    Quotations stand under `words`, as text or as a list that holds it.
    """
    if isinstance(state, dict):
        return {key: _emptied(item) if key == "words" else without_words(item) for key, item in state.items()}
    if isinstance(state, list):
        return [without_words(item) for item in state]
    return state


def _emptied(words: Any) -> Any:
    if isinstance(words, list):
        return ["" if isinstance(item, str) else item for item in words]
    return "" if isinstance(words, str) else words
