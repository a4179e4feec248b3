"""Build the assessment rules from `causes.yml`, `indications.yml` and `routes.yml`, or say what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from bot.clinical.assessment_rules import (
    CAUSE_KINDS,
    AssessmentRules,
    Cause,
    FlagRule,
    RouteRule,
    Switches,
    Weight,
    Wording,
)
from bot.clinical.codes import FLAGS, HISTORY, INDICATIONS, SYMPTOMS
from bot.clinical.patient_facts import ANTIBODY_CAUSES
from bot.clinical.route import RULES
from bot.clinical.wording_of_causes import CAUSE_WORDINGS
from bot.knowledge.strict import Fault, Row, rows
from bot.knowledge.thresholds import Overrides, load_thresholds
from bot.knowledge.values import by_region, checked, mapped, sources_of

SWITCH_IDS: tuple[str, ...] = tuple(item.name for item in fields(Switches))

#: Group of codes to the vocabulary it is taken from; None: any code that an assessment can miss.
GROUPS: Mapping[str, tuple[str, ...] | None] = {
    "neuro_core": SYMPTOMS,
    "neurologic": SYMPTOMS,
    "treatment_only": SYMPTOMS,
    "anaemia_felt": SYMPTOMS,
    "oral_not_feasible": HISTORY,
    "safety_questions": HISTORY,
    "provisional": None,
}

#: Indications that can be named before a deficiency is shown.
POSSIBLE = ("neurologic", "malabsorption", "high_risk_context", "oral_failure", "oral_not_feasible")

NOTES = (
    "danger_facts",
    "neuro_rapid",
    "conversation_level",
    "provisional",
    "anaemia_other_cause",
    "level_lowered",
    "both_readings_agree",
    "b12_high",
    "metabolite_uncertain",
    "impossible_value",
)

_WEIGHTS = tuple(weight.name.lower() for weight in Weight)


def load_assessment(
    folder: Path,
    faults: list[Fault],
    *,
    region: str = "uk",
    switches: Mapping[str, bool] | None = None,
    overrides: Overrides | None = None,
) -> AssessmentRules:
    """
    The rules of the assessment for one region and clinic.

    Args:
        folder: `bot/knowledge`, or a copy of it.
        faults: Everything found wrong is added here.
        switches: The clinic's own switches, by id.
        overrides: The clinic's own limits and windows.
    """
    decided = _switches(folder / "routes.yml", faults, region, switches or {})
    return AssessmentRules(
        thresholds=load_thresholds(
            folder, faults, region=region, haemoglobin_in_mmol=decided.haemoglobin_in_mmol, overrides=overrides
        ),
        switches=decided,
        groups=_groups(folder / "indications.yml", faults),
        causes=_causes(folder / "causes.yml", faults),
        indications=_wordings(folder / "indications.yml", "indications", INDICATIONS, faults),
        possible=_wordings(folder / "indications.yml", "possible", POSSIBLE, faults),
        routes=_routes(folder / "routes.yml", faults),
        flags=_flags(folder / "routes.yml", faults),
        notes=_wordings(folder / "routes.yml", "notes", NOTES, faults),
    )


def _switches(path: Path, faults: list[Fault], region: str, own: Mapping[str, bool]) -> Switches:
    values = {}
    for row in rows(path, faults, key="switches"):
        name = row.choice("id", SWITCH_IDS)
        regions = by_region(row, lambda part, key: part.flag(key))
        values[name] = own.get(name, regions.get(region, row.flag("default")))
        row.text("explain")
        sources_of(row)
        checked(row)
    _complete(path, "switches", set(SWITCH_IDS) - values.keys(), faults)
    return Switches(**values)


def _groups(path: Path, faults: list[Fault]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = dict.fromkeys(GROUPS, ())
    found = set()
    for row in rows(path, faults, key="groups"):
        name = row.choice("id", GROUPS)
        vocabulary = GROUPS[name]
        groups[name] = row.texts("codes", required=True) if vocabulary is None else row.choices("codes", vocabulary)
        found.add(name)
        sources_of(row)
        checked(row)
    _complete(path, "groups", GROUPS.keys() - found, faults)
    return groups


def _causes(path: Path, faults: list[Fault]) -> dict[str, Cause]:
    causes = {}
    for row in rows(path, faults):
        code = row.choice("id", (*HISTORY, *ANTIBODY_CAUSES))
        lasting = row.raw("lasting", False)
        details = tuple(lasting) if isinstance(lasting, list) else ()
        weights = {str(detail): _weight(row, weight) for detail, weight in mapped(row, "weights").items()}
        for detail in details:
            if detail not in weights:
                row.fault(f"'lasting' names {detail!r}, which has no weight under 'weights'.")
        if not isinstance(lasting, (bool, list)):
            row.fault(f"'lasting' must be true, false or a list of details, found {lasting!r}.")
        causes[code] = Cause(
            code=code,
            kind=row.choice("kind", CAUSE_KINDS),
            weight=_weight(row, row.raw("weight")),
            weights=weights,
            lasting=lasting is True,
            irreversible_details=frozenset(map(str, details)),
            wording=row.choice("wording", CAUSE_WORDINGS) if row.raw("wording") is not None else None,
            source=sources_of(row),
        )
        checked(row)
    return causes


def _weight(row: Row, value: object) -> Weight:
    if value not in _WEIGHTS:
        row.fault(f"weight {value!r} is not one of {', '.join(_WEIGHTS)}.")
        return Weight.NONE
    return Weight[str(value).upper()]


def _routes(path: Path, faults: list[Fault]) -> dict[str, RouteRule]:
    rules = {}
    for row in rows(path, faults, key="rules"):
        name = row.choice("id", RULES)
        because = {str(route): str(text) for route, text in mapped(row, "because").items()}
        wanted = set(RULES[name]) or {"none"}
        if because.keys() != wanted:
            row.fault(f"'because' must have a sentence for each of: {', '.join(sorted(wanted))}.")
            because = dict.fromkeys(wanted, "") | because
        rules[name] = RouteRule(name, because, sources_of(row))
        checked(row)
    _complete(path, "rules", RULES.keys() - rules.keys(), faults)
    return rules


def _flags(path: Path, faults: list[Fault]) -> dict[str, FlagRule]:
    rules = {}
    for row in rows(path, faults, key="flags"):
        flag = row.choice("id", FLAGS)
        but = {str(code): frozenset(map(str, details)) for code, details in mapped(row, "but").items()}
        any_of = row.choices("any_of", HISTORY)
        for code in but.keys() - set(any_of):
            row.fault(f"'but' names '{code}', which is not under 'any_of'.")
        rules[flag] = FlagRule(flag, any_of, but, row.text("because"), sources_of(row))
        checked(row)
    _complete(path, "flags", set(FLAGS) - rules.keys(), faults)
    return rules


def _wordings(path: Path, key: str, wanted: tuple[str, ...], faults: list[Fault]) -> dict[str, Wording]:
    words = {}
    for row in rows(path, faults, key=key):
        words[row.choice("id", wanted)] = Wording(row.text("because"), sources_of(row))
        checked(row)
    _complete(path, key, set(wanted) - words.keys(), faults)
    return words


def _complete(path: Path, key: str, missing: set[str], faults: list[Fault]) -> None:
    faults.extend(Fault(path.name, key, f"no row for '{name}'; write one.") for name in sorted(missing))
