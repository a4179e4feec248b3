"""
Read a clinic's own profile: who it is, how to reach it, and what it decides differently.

A profile may change contacts, switches, limits, windows and sentences; a name that does
not exist, or a value that makes no sense, stops the start with a sentence that says so.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from bot.clinical.wording import CONTACT_FACTS, InterviewWords, holes
from bot.knowledge.assessment import SWITCH_IDS
from bot.knowledge.strict import ContentError, Fault, Row, read_yaml, rows
from bot.knowledge.thresholds import LIMIT_IDS, WINDOW_IDS, Overrides
from bot.knowledge.values import REGIONS, amount, checked, mapped, sources_of, whole

#: Facts that belong to the clinic itself; the other contact facts come from the region.
CLINIC_FACTS = ("clinic_name", "clinic_phone", "clinic_hours", "booking_link", "price_list")
REGION_FACTS: tuple[str, ...] = tuple(name for name in CONTACT_FACTS if name not in CLINIC_FACTS)

_PHONE = re.compile(r"\+?[0-9][0-9 ()\-]{5,20}")


@dataclass(frozen=True)
class ClinicProfile:
    """What a clinic has said of itself.  `facts` holds only what is set."""

    id: str
    demo: bool
    region: str | None
    facts: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, bool] = field(default_factory=dict)
    overrides: Overrides = field(default_factory=Overrides)
    wording: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    status: str = "draft"

    @property
    def name(self) -> str:
        return self.facts.get("clinic_name", "")


def load_profile(path: Path, faults: list[Fault]) -> ClinicProfile:
    """The profile in `path`; after a fault the shipped values stand where it was wrong."""
    try:
        data = read_yaml(path)
    except ContentError as error:
        faults.extend(error.faults)
        return ClinicProfile("", demo=True, region=None)
    row = Row(data, file=path.name, row="", faults=faults)
    profile = ClinicProfile(
        id=row.text("id"),
        demo=row.flag("demo"),
        region=row.choice("region", REGIONS) if row.raw("region") is not None else None,
        facts={**_clinic_facts(row), **_contacts(row)},
        switches=_switches(row),
        overrides=Overrides(limits=_limits(row), windows=_windows(row), file=path.name),
        wording=_wording(row),
        status=row.status(),
    )
    sources_of(row)
    checked(row)
    return profile


def load_region_facts(folder: Path, faults: list[Fault]) -> dict[str, dict[str, str]]:
    """Whom to call, by region and fact; every region and every fact must be there."""
    found = {}
    for row in rows(folder / "regions.yml", faults):
        region = row.choice("id", REGIONS)
        found[region] = {name: row.text(name) for name in (*REGION_FACTS, "text_relay")}
        sources_of(row)
        checked(row)
    for region in REGIONS:
        if region not in found:
            faults.append(Fault("regions.yml", region, "this region is missing; patients there need numbers to call."))
    return found


def with_own_wording(words: InterviewWords, profile: ClinicProfile, faults: list[Fault]) -> InterviewWords:
    """The sentences with the clinic's own in place; the holes of a sentence must stay the same."""
    sentences = dict(words.sentences)
    for key, texts in profile.wording.items():
        if key not in sentences:
            _fault(profile, faults, f"'wording' names the sentence '{key}'{_near(key, sentences)}")
            continue
        allowed = {hole for text in sentences[key] for hole in holes(text)} | set(CONTACT_FACTS)
        for text in texts:
            for hole in holes(text):
                if hole not in allowed:
                    _fault(profile, faults, f"'wording', {key}: nothing fills {{{hole}}} in this sentence.")
        sentences[key] = texts
    return InterviewWords(questions=words.questions, sentences=sentences, names=words.names, unset=words.unset)


def _fault(profile: ClinicProfile, faults: list[Fault], sentence: str) -> None:
    faults.append(Fault(profile.overrides.file, "", sentence))


def _clinic_facts(row: Row) -> dict[str, str]:
    facts = {name: text for name in CLINIC_FACTS if (text := row.optional_text(name)) is not None}
    phone = facts.get("clinic_phone")
    if phone is not None and not _PHONE.fullmatch(phone):
        row.fault(f"'clinic_phone' is {phone!r}; write digits, for example \"01632 960123\".")
    return facts


def _contacts(row: Row) -> dict[str, str]:
    contacts = {}
    for name, text in mapped(row, "contacts").items():
        if name == "emergency_number":
            row.fault("'contacts' may not change the emergency number; set the region instead.")
        elif name not in REGION_FACTS:
            row.fault(f"'contacts' names '{name}'{_near(name, REGION_FACTS)} Allowed: {', '.join(REGION_FACTS[1:])}.")
        elif not isinstance(text, str) or not text.strip():
            row.fault(f"'contacts', {name}: expected a text, found {text!r}.")
        else:
            contacts[str(name)] = text.strip()
    return contacts


def _switches(row: Row) -> dict[str, bool]:
    part = _part(row, "switches", SWITCH_IDS)
    return {name: part.flag(name) for name in SWITCH_IDS if part.raw(name) is not None}


def _limits(row: Row) -> dict[str, Decimal]:
    part = _part(row, "limits", LIMIT_IDS)
    limits = {name: amount(part, name) for name in LIMIT_IDS if part.raw(name) is not None}
    for name, value in limits.items():
        if value <= 0:
            part.fault(f"'{name}' must be more than 0, found {value}.")
    return limits


def _windows(row: Row) -> dict[str, int]:
    part = _part(row, "windows", WINDOW_IDS)
    return {name: whole(part, name) for name in WINDOW_IDS if part.raw(name) is not None}


def _wording(row: Row) -> dict[str, tuple[str, ...]]:
    wording = {}
    for key, texts in mapped(row, "wording").items():
        listed = [texts] if isinstance(texts, str) else texts
        if not isinstance(listed, list) or not listed or not all(isinstance(t, str) and t.strip() for t in listed):
            row.fault(f"'wording', {key}: expected a text or a list of texts, found {texts!r}.")
            continue
        wording[str(key)] = tuple(listed)
    return wording


def _part(row: Row, key: str, allowed: Iterable[str]) -> Row:
    """The mapping under `key`, with a fault for every name that does not exist."""
    part = Row(mapped(row, key), file=row.file, row=key, faults=row.faults)
    for name in allowed:
        part.raw(name)
    part.done()
    return part


def _near(value: object, allowed: Iterable[str]) -> str:
    matches = difflib.get_close_matches(str(value), list(allowed), n=1)
    return f", which does not exist (did you mean '{matches[0]}'?)." if matches else ", which does not exist."
