"""
Single keys that move about in the console: one list for the help, the script and the documents.

None of them changes anything: a key pressed by accident must not stop the clock of an
emergency.  So "a" only goes to Acknowledge, and Enter presses it.  They are off while
somebody types, and whoever does not want them switches them off (WCAG 2.1.4).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shortcut:
    """`keys` are pressed one after the other; `does` is a step of `static/shortcuts.js` or an address that starts with "/"."""

    keys: str
    words: str
    does: str


SHORTCUTS: dict[str, tuple[Shortcut, ...]] = {
    "Everywhere": (
        Shortcut("?", "Show these keys", "help"),
        Shortcut("/", "Look for words: in the inbox's filters, else on the search page", "search"),
        Shortcut("g i", "Go to the inbox", "/"),
        Shortcut("g w", "Go to what waits for us", "/?view=attention"),
        Shortcut("g m", "Go to what is mine", "/?view=mine"),
        Shortcut("g s", "Go to Search", "/search"),
        Shortcut("g c", "Go to Call-backs", "/call-backs"),
        Shortcut("g a", "Go to Alerts", "/alerts"),
        Shortcut("g f", "Go to Figures", "/figures"),
        Shortcut("g e", "Go to Examples", "/examples"),
    ),
    "In a list": (
        Shortcut("j", "Next conversation", "next"),
        Shortcut("k", "Conversation before", "before"),
    ),
    "On a conversation's page": (
        Shortcut("j", "Next message", "next"),
        Shortcut("k", "Message before", "before"),
        Shortcut("d", "Next words that fired a rule", "danger"),
        Shortcut("u", "Next message that was not understood", "unclear"),
        Shortcut("a", "To Acknowledge; Enter then presses it", "acknowledge"),
        Shortcut("t", "To Take over, or Hand back; Enter then presses it", "take"),
        Shortcut("r", "Write a reply", "reply"),
        Shortcut("n", "Write a note", "note"),
    ),
}
