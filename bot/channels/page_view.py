"""The plain page as HTML; every word of patient, staff and content is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bot.channels.parts import DoorParts
from bot.conversation.ports import MessageRow


class PageView:
    """Words of content around the messages of one conversation."""

    def __init__(self, parts: DoorParts) -> None:
        self._parts = parts
        self._words = parts.words

    def open(
        self,
        rows: Sequence[MessageRow],
        *,
        form: str,
        error: str | None = None,
        draft: str = "",
        also: Sequence[MessageRow] = (),
    ) -> str:
        """
        Args:
            form: The signed name of the next message.
            error: Why the last one was refused.
            draft: What was typed then.
            also: Advice that belongs to the refused message.
        """
        every = [*rows, *also]
        items = "".join(self._message(row, form, newest=number == len(every)) for number, row in enumerate(every, 1))
        complaint = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
        hidden = f'<input type="hidden" name="form" value="{escape(form)}">'
        return self._document(
            f"{complaint}<h2>{self._word('page_messages')}</h2><ol>{items}</ol>"
            f'<form method="post" action="/chat"><label for="text">{self._word("page_your_message")}</label>'
            f'<textarea id="text" name="text" required>{escape(draft)}</textarea>{hidden}'
            f"<p><button>{self._word('page_send')}</button></p></form>"
            f'<nav><a class="button quiet" href="/chat#newest">{self._word("page_look_again")}</a>'
            f'<a class="button quiet" href="/chat/summary">{self._word("page_summary")}</a>'
            f'<form method="post" action="/chat/end">{hidden}'
            f'<button class="danger">{self._word("page_end")}</button></form></nav>'
        )

    def closed(self, sentence: str, *, also: Sequence[MessageRow] = ()) -> str:
        """A page that only says something, advice first, with the way to a new chat."""
        items = "".join(self._message(row, "", newest=False) for row in also)
        advice = f"<ol>{items}</ol>" if items else ""
        return self._document(
            f'{advice}<p>{escape(sentence)}</p><p><a class="button" href="/chat">{self._word("page_new")}</a></p>'
        )

    def _document(self, main: str) -> str:
        title = self._word("page_title")
        banner = f'<p class="banner">{escape(self._parts.banner)}</p>' if self._parts.banner else ""
        return (
            '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<title>{title}</title><link rel="stylesheet" href="/chat/plain.css"></head><body>'
            f'<p class="strip"><strong>{self._word("page_emergency")}</strong></p>{banner}'
            f"<main><h1>{title}</h1>{main}</main></body></html>"
        )

    def _message(self, row: MessageRow, form: str, *, newest: bool) -> str:
        card = (row.reply.custom or {}).get("card") or {}
        level = card.get("level") if card.get("level") in ("emergency", "urgent", "check", "info") else None
        heading = ""
        if level:
            heading = f"<h3>{self._word(f'page_level_{level}')} {escape(str(card.get('title') or ''))}</h3>"
        call = ""
        if card.get("number"):
            label = escape(str(card.get("number_label") or card["number"]))
            call = f'<p><a class="button" href="tel:{escape(str(card["number"]))}">{label}</a></p>'
        quick = self._quick_replies(row, form) if newest else ""
        anchor = ' id="newest"' if newest else ""
        return (
            f'<li class="{escape(row.author)} {level or ""}"{anchor}><span class="who">{self._who(row)}:</span> '
            f"{heading}{escape(row.reply.text)}{call}{quick}</li>"
        )

    def _quick_replies(self, row: MessageRow, form: str) -> str:
        """Each a form of its own: a button that sends what it says."""
        if not row.reply.buttons:
            return ""
        hidden = f'<input type="hidden" name="form" value="{escape(form)}">'
        forms = "".join(
            f'<form method="post" action="/chat">{hidden}'
            f'<button class="quiet" name="text" value="{escape(button.say)}">{escape(button.title)}</button></form>'
            for button in row.reply.buttons
        )
        return f'<div class="quick">{forms}</div>'

    def _who(self, row: MessageRow) -> str:
        if row.author == "staff":
            return escape(row.author_name or self._words("page_staff"))
        return self._word("page_you" if row.author == "patient" else "page_assistant")

    def _word(self, name: str) -> str:
        return escape(self._words(name))
