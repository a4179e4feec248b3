"""The patient's own summary as one printable page: no script, nothing fetched, every word escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:1.5rem}li{margin:.25rem 0}"
    "footer{margin-top:2rem;border-top:1px solid #767676;padding-top:.75rem}"
)


def summary_page(snapshot: Mapping[str, Any], *, footer: str) -> str | None:
    """
    Args:
        snapshot: Of the conversation; `summary` holds `title`, `made` and `sections`.
        footer: The sentence about emergencies.

    Returns:
        The page, None when the snapshot has no summary.
    """
    summary = snapshot.get("summary")
    if not isinstance(summary, Mapping) or not summary.get("sections"):
        return None
    title = escape(str(summary.get("title", "")))
    parts = [
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body><main><h1>{title}</h1>",
        f"<p>{escape(str(summary.get('made', '')))}</p>",
    ]
    for section in summary["sections"]:
        items = "".join(f"<li>{escape(str(item))}</li>" for item in section.get("items", ()))
        parts.append(f"<section><h2>{escape(str(section.get('title', '')))}</h2><ul>{items}</ul></section>")
    parts.append(f"</main><footer><p>{escape(footer)}</p></footer></body></html>")
    return "".join(parts)
