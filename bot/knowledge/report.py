"""
Print what a clinical safety officer signs: every row with its meaning, proof, source and status.

Markdown, made from the files themselves, so that nothing can be signed that is not in
use.  Values that a region or the clinic's profile changes are listed first, as they
act.  No name and no signature is filled in here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from bot.clinical.route import RULES
from bot.knowledge.check import Example, load_examples, readable
from bot.knowledge.content import DEMO_PROFILE, FOLDER, Content, collect, content_files
from bot.knowledge.governance import unsigned_rows
from bot.knowledge.strict import ContentError, Fault

_GOVERNANCE = ("id", "source", "status", "signed_by", "signed_on")


def report(*, region: str = "uk", profile: Path | None = None, folder: Path | None = None) -> str:
    """
    The whole report for one region and clinic.

    Raises:
        ContentError: The content has faults; `content check` explains them.
    """
    folder, profile = folder or FOLDER, profile or DEMO_PROFILE
    faults: list[Fault] = []
    content = collect(folder, profile, region, faults)
    examples = load_examples(folder, faults)
    if content is None or faults:
        raise ContentError(dict.fromkeys(faults))
    drafts = len(unsigned_rows([*content_files(folder), profile]))
    parts = [
        "# Reviewed content, for signature",
        _head(content, drafts),
        _effective(content),
        _proofs(examples),
        *(_file(path, folder, content) for path in content_files(folder) if path.name != "sources.yml"),
        _sources(content),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(content: Content, drafts: int) -> str:
    return "\n".join(
        [
            f"- Clinic: {content.clinic.name or 'not named'}{' (demo)' if content.clinic.demo else ''}",
            f"- Region: {content.region}",
            f"- Content version: {content.version}",
            f"- Rows not signed yet: {drafts}",
            "- To sign a row, the clinic sets `status: signed`, `signed_by` (a role) and `signed_on` (a date) in its file.",
        ]
    )


def _effective(content: Content) -> str:
    """Limits, windows and switches as they act here, a changed one marked."""
    thresholds, clinic = content.assessment.thresholds, content.clinic
    lines = ["## Values in use", "", "| Value | In use | Changed by the clinic | Source |", "| --- | --- | --- | --- |"]
    for values, own in ((thresholds.limits, clinic.overrides.limits), (thresholds.windows, clinic.overrides.windows)):
        for item in fields(values):
            sources = ", ".join(thresholds.sources[item.name])
            changed = "yes" if item.name in own else ""
            lines.append(f"| {item.name} | {getattr(values, item.name)} | {changed} | {sources} |")
    for item in fields(content.assessment.switches):
        value = "on" if getattr(content.assessment.switches, item.name) else "off"
        lines.append(f"| {item.name} | {value} | {'yes' if item.name in clinic.switches else ''} | routes.yml |")
    return "\n".join(lines)


def _proofs(examples: Iterable[Example]) -> str:
    """Each rule with the examples that it answers."""
    examples = tuple(examples)
    lines = ["## Route rules and their examples"]
    for rule in RULES:
        lines.append(f"\n### {rule}")
        for example in examples:
            if rule in example.rules:
                expect = example.expect
                found = ", ".join((*expect["indications"], *expect["flags"])) or "nothing listed"
                lines.append(f"- {example.id}: {example.says}. Gives {expect['route'] or 'no route'}; {found}.")
    return "\n".join(lines)


def _file(path: Path, folder: Path, content: Content) -> str:
    body = list(_entries(readable(path), content))
    return "\n".join([f"## {path.relative_to(folder).as_posix()}", *body]) if body else ""


def _entries(data: Any, content: Content, section: str = "") -> Iterable[str]:
    """Every row in full: what it says, what proves it, where it comes from, who signed it."""
    if isinstance(data, list):
        for item in data:
            yield from _entries(item, content, section)
    elif isinstance(data, Mapping):
        if "status" not in data:
            for key, value in data.items():
                yield from _entries(value, content, str(key))
            return
        yield f"\n### {section + ': ' if section else ''}{data.get('id', '')}"
        for key, value in data.items():
            if key not in _GOVERNANCE:
                yield f"- {key}: {_plain(value)}"
        yield f"- sources: {_named(data.get('source'), content)}"
        signed = f" by {data['signed_by']} on {data['signed_on']}" if data.get("status") == "signed" else ""
        yield f"- status: {data['status']}{signed}"


def _named(source: Any, content: Content) -> str:
    names = source if isinstance(source, list) else [source]
    found = (content.sources.get(str(name)) for name in names)
    return "; ".join(f"{item.publisher}: {item.title} ({item.how_read})" for item in found if item is not None)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return " / ".join(_plain(item) for item in value)
    return " ".join(str(value).split())


def _sources(content: Content) -> str:
    lines = ["## Sources", "", "| Id | Publisher, title, year | How read |", "| --- | --- | --- |"]
    for source in content.sources.values():
        year = f", {source.year}" if source.year else ""
        lines.append(f"| {source.id} | {source.publisher}: {source.title}{year} | {source.how_read} |")
    return "\n".join(lines)
