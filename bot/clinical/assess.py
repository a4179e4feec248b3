"""
Assess one patient: level, indications, route label, flags, what is missing, and why.

Takes what is known and never waits for more: the rest counts as unknown, which is
never normal.  It reads no text, speaks to nobody and stores nothing.  An open red flag
comes before everything (R0): then there is no route and no indication.

Rules and sources: `knowledge/thresholds.yml`, `causes.yml`, `indications.yml`, `routes.yml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bot.clinical.assessment_rules import AssessmentRules
from bot.clinical.codes import CATEGORIES, Level, Trend
from bot.clinical.critical_values import CriticalFinding, judge_results
from bot.clinical.findings import Finding, Patient
from bot.clinical.flags import Flag, judge_flags
from bot.clinical.indications import Basis, Indication, judge_possible
from bot.clinical.lab_facts import Band, LabFacts, band_of, derive
from bot.clinical.lab_values import LabValues, Unusable
from bot.clinical.open_questions import OpenQuestions, key_missing, open_questions
from bot.clinical.patient_facts import ANTIBODY_CAUSES, PatientFacts
from bot.clinical.patient_view import PatientView
from bot.clinical.route import RouteChoice, choose_route
from bot.clinical.urgency import UrgencyRules, judge_facts
from bot.clinical.wording_of_causes import cause_wordings, treated_wordings


class ClinicalContent(Protocol):
    """What the core needs of the loaded content."""

    @property
    def assessment(self) -> AssessmentRules: ...

    @property
    def urgency(self) -> UrgencyRules: ...

    @property
    def version(self) -> str: ...


@dataclass(frozen=True)
class Reason:
    """Why a code stands in the assessment: a sentence for staff, the codes it rests on, and its sources."""

    code: str
    because: str
    source: tuple[str, ...]
    found: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """
    The answer for staff; patients get education and questions from it, never the route itself.

    `possible` holds indications that are mentioned, not listed.  `provisional` marks a
    `not_supported` that rests on questions nobody has answered yet.  `causes` and
    `treated` are rows of names.yml.
    """

    level: Level
    category: str | None
    route: str | None
    rule: str
    indications: tuple[str, ...]
    possible: tuple[str, ...]
    likely: tuple[str, ...]
    flags: tuple[str, ...]
    key_missing: tuple[str, ...]
    reasons: tuple[Reason, ...]
    content_version: str
    causes: tuple[str, ...] = ()
    treated: tuple[str, ...] = ()
    provisional: bool = False
    anaemia_other_cause: bool = False


@dataclass(frozen=True)
class Grounds:
    """Everything derived from one patient, made once."""

    facts: PatientFacts
    values: LabValues
    labs: LabFacts
    basis: Basis


def assess(patient: Patient, content: ClinicalContent, *, today: date, level: Level = Level.NONE) -> Assessment:
    """
    Assess what is known of a patient.

    Args:
        patient: Any part of it may be unknown.
        content: The loaded rules.
        today: The day from which ages of results are counted.
        level: The urgency of the conversation so far; the more urgent of it and our own counts.
    """
    rules = content.assessment
    grounds = grounds_of(patient, content, today=today)
    critical = judge_results(grounds.facts, grounds.values, rules)
    urgency = _urgency(grounds, critical, content, level, today=today)
    if urgency.level >= Level.URGENT:
        choice = RouteChoice("", "R0", (), grounds.basis)
        flags = judge_flags(grounds.facts, grounds.values, critical, route=None, rule="R0")
        return _answer(grounds, content, urgency, choice, flags, possible=(), missing=())
    choice = choose_route(grounds.basis)
    out_of_scope = choice.rule == "R1"
    flags = judge_flags(grounds.facts, grounds.values, critical, route=choice.route, rule=choice.rule)
    possible = () if out_of_scope else judge_possible(choice.basis, choice.indications)
    missing = key_missing(choice, grounds.values)
    return _answer(grounds, content, urgency, choice, flags, possible=possible, missing=missing)


def next_questions(patient: Patient, content: ClinicalContent, *, today: date) -> OpenQuestions:
    """Which questions of the interview are still open, in their order, and which of them the assessment waits for."""
    grounds = grounds_of(patient, content, today=today)
    return open_questions(grounds.facts, grounds.labs, grounds.values, content.assessment)


def grounds_of(patient: Patient, content: ClinicalContent, *, today: date) -> Grounds:
    """What is derived from a patient before anything is decided; the assessment and the summary share it."""
    rules = content.assessment
    values = LabValues(patient.labs, thresholds=rules.thresholds, today=today)
    antibodies = {code: values.word(code) for code in ANTIBODY_CAUSES}
    facts = PatientFacts(PatientView(patient), rules, antibodies=antibodies)
    labs = derive(facts, values, rules)
    basis = Basis(
        facts=facts,
        labs=labs,
        deficient=labs.deficient,
        indeterminate=labs.indeterminate,
        earlier_deficiency=_deficient_before(facts, values, rules),
    )
    return Grounds(facts, values, labs, basis)


def _deficient_before(facts: PatientFacts, values: LabValues, rules: AssessmentRules) -> bool:
    """A deficiency from before: named by the patient, said by a doctor, or shown by an older result."""
    named = facts.view.finding("previous_b12_deficiency")
    if named is not None and named.confirmed_by_doctor is not False:
        return True
    if facts.view.patient.deficiency_confirmed_by_doctor:
        return True
    limits = rules.thresholds.limits
    edges = {
        "b12": (limits.b12_deficient_below, limits.b12_indeterminate_below),
        "active_b12": (limits.active_b12_deficient_below, limits.active_b12_indeterminate_below),
    }
    for analyte, (deficient_below, indeterminate_below) in edges.items():
        for lab in values.all(analyte):
            reading = values.reading_of(lab, however_old=True)
            if isinstance(reading, Unusable):
                continue
            if band_of(reading, deficient_below, indeterminate_below) is Band.DEFICIENT:
                return True
    return False


# --- urgency


@dataclass(frozen=True)
class _Raised:
    level: Level
    category: str | None
    reasons: tuple[Reason, ...]


def _urgency(
    grounds: Grounds, critical: tuple[CriticalFinding, ...], content: ClinicalContent, level: Level, *, today: date
) -> _Raised:
    """The most urgent of: the conversation so far, critical results, danger facts, and nerves that got worse fast."""
    found: list[tuple[Level, str | None, Reason]] = []
    for finding in critical:
        rule = finding.rule
        reason = Reason(finding.category or rule.id, rule.because, rule.source, finding.analytes)
        found.append((finding.level, finding.category, reason))
    if grounds.facts.dangers:
        patient = grounds.facts.view.patient
        urgency = judge_facts(_circumstances(grounds.facts), patient, content.urgency, today=today)
        note = content.assessment.notes["danger_facts"]
        for match in urgency.matches:
            found.append(
                (
                    match.level,
                    match.category,
                    Reason(match.category, note.because, note.source, (match.rule, *match.codes)),
                )
            )
        if urgency.level is Level.CHECK:
            found.append((Level.CHECK, None, Reason("check", note.because, note.source)))
    worse = _worse_fast(grounds.facts)
    if worse:
        note = content.assessment.notes["neuro_rapid"]
        found.append((Level.URGENT, "neuro_rapid", Reason("neuro_rapid", note.because, note.source, worse)))
    highest = max((item[0] for item in found), default=Level.NONE)
    if level > highest:
        note = content.assessment.notes["conversation_level"]
        found.append((level, None, Reason(level.code, note.because, note.source)))
        highest = level
    categories = [category for own, category, _ in found if own is highest and category is not None]
    category = min(categories, key=CATEGORIES.index, default=None) if highest >= Level.URGENT else None
    reasons = tuple(reason for own, _, reason in found if own >= Level.CHECK)
    return _Raised(highest, category, reasons)


def _circumstances(facts: PatientFacts) -> tuple[Finding, ...]:
    """What the fields of person and treatment say in the vocabulary of the red flags."""
    found = []
    age, injected = facts.view.patient.person.age, facts.treatment.days_since_last_injection
    if facts.view.pregnant:
        found.append(Finding("pregnancy"))
    if age is not None and age >= facts.rules.thresholds.windows.older_from_age:
        found.append(Finding("aged_75_or_more"))
    if injected is not None:
        found.append(Finding("injection_today", days_ago=injected))
    return tuple(found)


def _worse_fast(facts: PatientFacts) -> tuple[str, ...]:
    """Nerve symptoms or weakness that got worse within the last weeks, explained by a doctor or not."""
    found = []
    for code in (*facts.rules.group("neuro_core"), "weakness"):
        finding = facts.view.finding(code)
        if finding is None or finding.trend is not Trend.WORSE:
            continue
        days = finding.worse_days if finding.worse_days is not None else finding.duration_days
        if days is not None and days <= facts.rules.thresholds.windows.worse_within_days:
            found.append(code)
    return tuple(found)


# --- the answer


def _answer(
    grounds: Grounds,
    content: ClinicalContent,
    urgency: _Raised,
    choice: RouteChoice,
    flags: tuple[Flag, ...],
    *,
    possible: tuple[Indication, ...],
    missing: tuple[str, ...],
) -> Assessment:
    rules = content.assessment
    route = choice.route or None
    iron = grounds.labs.iron_anaemia and bool(route) and choice.rule != "R1"
    provisional = route == "not_supported" and not set(missing).isdisjoint(rules.group("provisional"))
    return Assessment(
        level=urgency.level,
        category=urgency.category,
        route=route,
        rule=choice.rule,
        indications=tuple(indication.code for indication in choice.indications),
        possible=tuple(indication.code for indication in possible),
        likely=tuple(indication.code for indication in choice.indications if indication.likely),
        flags=tuple(flag.code for flag in flags),
        key_missing=missing,
        reasons=(
            *urgency.reasons,
            *_route_reasons(choice, rules),
            *_indication_reasons(choice.indications, possible, rules),
            *_flag_reasons(flags, rules),
            *_note_reasons(grounds, rules, provisional=provisional, iron=iron, silent=not route),
        ),
        content_version=content.version,
        causes=cause_wordings(grounds.facts, choice),
        treated=treated_wordings(grounds.facts) if choice.rule == "R2" else (),
        provisional=provisional,
        anaemia_other_cause=iron,
    )


def _route_reasons(choice: RouteChoice, rules: AssessmentRules) -> Iterable[Reason]:
    """One reason for each rule that took part: "R3c/R5" gives two."""
    code = choice.route or "R0"
    for rule_id in choice.rule.split("/"):
        rule = rules.routes[rule_id]
        because = rule.because[choice.route or "none"]
        yield Reason(code, because, rule.source, (choice.problem.value,) if choice.problem else ())


def _indication_reasons(
    listed: tuple[Indication, ...], possible: tuple[Indication, ...], rules: AssessmentRules
) -> Iterable[Reason]:
    for indication in listed:
        words = rules.possible[indication.code] if indication.likely else rules.indications[indication.code]
        yield Reason(indication.code, words.because, words.source, indication.found)
    for indication in possible:
        words = rules.possible[indication.code]
        yield Reason(f"possible:{indication.code}", words.because, words.source, indication.found)


def _flag_reasons(flags: tuple[Flag, ...], rules: AssessmentRules) -> Iterable[Reason]:
    for flag in flags:
        rule = rules.flags[flag.code]
        yield Reason(flag.code, rule.because, rule.source, flag.found)


def _note_reasons(
    grounds: Grounds, rules: AssessmentRules, *, provisional: bool, iron: bool, silent: bool
) -> Iterable[Reason]:
    """Points that change no route but that staff should read."""
    labs, values = grounds.labs, grounds.values
    notes = []
    if provisional:
        notes.append("provisional")
    if iron:
        notes.append("anaemia_other_cause")
    if not silent:
        if labs.lowered:
            notes.append("level_lowered")
        lab = values.newest("b12")
        if labs.total.band is not None and lab is not None and lab.canonical_value is None:
            notes.append("both_readings_agree")
        if _high_twice(grounds, rules):
            notes.append("b12_high")
        if labs.metabolite_uncertain:
            notes.append("metabolite_uncertain")
    for code in notes:
        yield Reason(code, rules.notes[code].because, rules.notes[code].source)


def _high_twice(grounds: Grounds, rules: AssessmentRules) -> bool:
    """Two high results in someone not on B12: a routine question for the doctor, no alarm."""
    facts = grounds.facts
    if facts.on_tablets or facts.on_injections or facts.treatment.days_since_last_injection is not None:
        return False
    high = 0
    for lab in grounds.values.all("b12"):
        reading = grounds.values.reading_of(lab)
        high += not isinstance(reading, Unusable) and reading.above(rules.thresholds.limits.b12_high_above) is True
    return high >= 2
