"""All content together: it loads, has a version, takes a clinic's profile, and live mode refuses drafts."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bot.clinical.codes import Level
from bot.clinical.findings import LabResult, Patient
from bot.clinical.urgency import judge_facts
from bot.clinical.wording import InterviewWords
from bot.knowledge import check as checking
from bot.knowledge.assessment import load_assessment
from bot.knowledge.clinic import CLINIC_FACTS, REGION_FACTS, load_profile, load_region_facts, with_own_wording
from bot.knowledge.content import (
    DEMO_PROFILE,
    FOLDER,
    Content,
    collect,
    content_files,
    content_version,
    load_assessment_content,
    load_content,
)
from bot.knowledge.governance import governed_rows, unresolved_sources
from bot.knowledge.report import report
from bot.knowledge.strict import ContentError, Fault

TODAY = date(2025, 11, 20)

PROFILE = """
id: own
clinic_name: "Harbour Clinic"
clinic_phone: "+44 1632 960 456"
region: uk
source: design
status: draft
"""


@pytest.fixture(scope="module")
def shipped() -> Content:
    """The content as it is; that it has no fault is a test of its own."""
    content = collect(FOLDER, DEMO_PROFILE, "uk", [])
    assert content is not None
    return content


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "knowledge"
    shutil.copytree(FOLDER, target, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return target


def profile(tmp_path: Path, more: str = "", *, base: str = PROFILE) -> Path:
    path = tmp_path / "clinic.yml"
    path.write_text(base + more, encoding="utf-8")
    return path


def faults_of(path: Path, words: InterviewWords) -> str:
    """What is wrong with a profile, with only those parts loaded that it can change."""
    faults: list[Fault] = []
    clinic = load_profile(path, faults)
    load_assessment(FOLDER, faults, switches=clinic.switches, overrides=clinic.overrides)
    with_own_wording(words, clinic, faults)
    return "\n".join(map(str, faults))


# --- the shipped content


def test_the_shipped_content_has_no_fault_in_any_region() -> None:
    outcome = checking.check(today=TODAY)
    assert outcome.faults == ()
    assert outcome.lines[-1] == "No faults."


def test_the_demo_clinic_fills_every_fact_of_clinic_and_region(shipped: Content) -> None:
    assert set(shipped.facts) >= {*CLINIC_FACTS, *REGION_FACTS}
    assert shipped.facts["emergency_number"] == "999"
    assert shipped.facts["clinic_phone"].startswith("01632 960"), "a number that is kept for drama"
    assert shipped.urgency is shipped.red_flags.rules


@pytest.mark.parametrize(("region", "number"), [("uk", "999"), ("us", "911"), ("eu", "112")])
def test_each_region_calls_its_own_emergency_number(region: str, number: str) -> None:
    faults: list[Fault] = []
    assert load_region_facts(FOLDER, faults)[region]["emergency_number"] == number
    assert faults == []


def test_every_row_names_sources_that_exist_and_nothing_is_signed() -> None:
    rows = list(governed_rows([*content_files(FOLDER), DEMO_PROFILE]))
    assert len(rows) > 500
    assert {row.status for row in rows} == {"draft"}, "only a clinic signs"
    assert unresolved_sources(FOLDER, DEMO_PROFILE) == []


def test_an_unknown_source_is_named(copy: Path) -> None:
    path = copy / "causes.yml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("mhra-metformin-report", "mhra-metformine"), encoding="utf-8"
    )
    with pytest.raises(ContentError, match=r"causes\.yml, metformin: the source 'mhra-metformine' is no row"):
        load_content(folder=copy)


def test_a_file_that_cannot_be_read_stops_the_start_with_all_other_faults(copy: Path) -> None:
    (copy / "names.yml").write_text("- [", encoding="utf-8")
    (copy / "sources.yml").unlink()
    with pytest.raises(ContentError) as error:
        load_content(folder=copy)
    files = {fault.file for fault in error.value.faults}
    assert {"names.yml", "sources.yml"} <= files


def test_codes_of_the_core_need_words(copy: Path) -> None:
    path = copy / "names.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("id: cause_dietary", "id: cause_diet"), encoding="utf-8")
    with pytest.raises(ContentError, match="cause_dietary: has no row"):
        load_content(folder=copy)


# --- version


def test_the_version_changes_with_any_file_profile_or_region(copy: Path, tmp_path: Path) -> None:
    own = profile(tmp_path)
    first = content_version(copy, own, "uk")
    assert len(first) == 12 and first == content_version(copy, own, "uk")
    assert content_version(copy, own, "us") != first
    own.write_text(PROFILE + "# changed\n", encoding="utf-8")
    second = content_version(copy, own, "uk")
    assert second != first
    (copy / "causes.yml").write_text((copy / "causes.yml").read_text(encoding="utf-8") + "\n# x\n", encoding="utf-8")
    assert content_version(copy, own, "uk") not in (first, second)


def test_another_clinics_profile_does_not_change_the_version(copy: Path, tmp_path: Path) -> None:
    own = profile(tmp_path)
    before = content_version(copy, own, "uk")
    (copy / "profiles" / "other.yml").write_text("id: other\n", encoding="utf-8")
    assert content_version(copy, own, "uk") == before


def test_the_quick_part_has_the_version_of_all_content(copy: Path) -> None:
    part = load_assessment_content(region="uk", folder=copy)
    assert part.version == content_version(copy, DEMO_PROFILE, "uk")
    assert part.assessment == load_assessment(copy, [])
    assert part.urgency.rules


def test_the_quick_part_refuses_faults_too(copy: Path) -> None:
    (copy / "causes.yml").write_text("[]", encoding="utf-8")
    (copy / "routes.yml").unlink()
    with pytest.raises(ContentError, match=r"routes\.yml: cannot be read"):
        load_assessment_content(folder=copy)


# --- profile


def test_a_clinic_changes_limits_switches_contacts_and_wording(tmp_path: Path, shipped: Content) -> None:
    key = next(key for key, texts in shipped.words.sentences.items() if "{" not in "".join(texts))
    more = (
        'limits: {b12_deficient_below: "147.6"}\n'
        "windows: {oral_trial_days: 120}\n"
        "switches: {strong_cause_without_labs: true}\n"
        'contacts: {urgent_line: "our own night line"}\n'
        f'wording: {{{key}: "In our own words."}}\n'
    )
    content = load_content(profile=profile(tmp_path, more))
    assert content.assessment.thresholds.limits.b12_deficient_below == Decimal("147.6")
    assert content.assessment.thresholds.windows.oral_trial_days == 120
    assert content.assessment.switches.strong_cause_without_labs
    assert content.facts["urgent_line"] == "our own night line"
    assert content.facts["emergency_number"] == "999"
    assert content.words.say(key) == "In our own words."
    assert content.clinic.name == "Harbour Clinic"
    assert content.version != shipped.version


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("colour: red\n", "unknown key 'colour'"),
        ('limits: {b12_low: "100"}\n', "unknown key 'b12_low'"),
        ("limits: {b12_deficient_below: 147.6}\n", "must be a number in quotes"),
        ('limits: {b12_deficient_below: "-3"}\n', "must be more than 0"),
        ('limits: {b12_deficient_below: "400"}\n', "bands would overlap"),
        ("windows: {oral_trial_days: soon}\n", "must be a whole number"),
        ("switches: {fly: true}\n", "unknown key 'fly'"),
        ("switches: {strong_cause_without_labs: maybe}\n", "must be true or false"),
        ('contacts: {emergency_number: "123"}\n', "may not change the emergency number"),
        ('contacts: {urgnt_line: "x"}\n', "did you mean 'urgent_line'"),
        ('contacts: {urgent_line: ""}\n', "expected a text"),
        ("contacts: [x]\n", "'contacts' must be a mapping"),
        ('wording: {no_such_sentence: "x"}\n', "names the sentence 'no_such_sentence'"),
        ("wording: {greeting: []}\n", "expected a text or a list of texts"),
    ],
)
def test_a_bad_override_is_refused_and_explained(tmp_path: Path, shipped: Content, more: str, sentence: str) -> None:
    assert sentence in faults_of(profile(tmp_path, more), shipped.words)


def test_a_bad_override_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="unknown key 'colour'"):
        load_content(profile=profile(tmp_path, "colour: red\n"))


def test_own_wording_may_not_have_a_hole_that_nothing_fills(tmp_path: Path, shipped: Content) -> None:
    key = next(iter(shipped.words.sentences))
    own = profile(tmp_path, f'wording: {{{key}: "Ask {{doctor}}."}}\n')
    assert "nothing fills {doctor}" in faults_of(own, shipped.words)


def test_a_phone_number_needs_digits(tmp_path: Path) -> None:
    path = profile(tmp_path, base=PROFILE.replace("+44 1632 960 456", "ask at the desk"))
    faults: list[Fault] = []
    load_profile(path, faults)
    assert "'clinic_phone' is 'ask at the desk'" in str(faults[0])


def test_a_clinic_in_another_region_than_the_one_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="the clinic is in 'uk', but the region set is 'us'"):
        load_content(region="us", profile=profile(tmp_path))
    assert load_content(region="us").region == "us", "the demo clinic may be anywhere"


def test_a_profile_that_is_missing_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"nowhere\.yml: cannot be read"):
        load_content(profile=tmp_path / "nowhere.yml")


def test_what_a_clinic_leaves_out_is_said_in_general_words(tmp_path: Path) -> None:
    content = load_content(profile=profile(tmp_path))
    assert "booking_link" not in content.facts
    assert content.words.unset["booking_link"]


def test_a_region_without_numbers_is_a_fault(copy: Path) -> None:
    text = (copy / "regions.yml").read_text(encoding="utf-8")
    (copy / "regions.yml").write_text(text.split("- id: eu")[0], encoding="utf-8")
    faults: list[Fault] = []
    load_region_facts(copy, faults)
    assert [fault.row for fault in faults] == ["eu"]


# --- demo and live


def test_live_mode_refuses_drafts_and_a_demo_clinic_and_lists_them() -> None:
    with pytest.raises(ContentError) as error:
        load_content(mode="live")
    text = str(error.value)
    assert "demo.yml, demo: a demo clinic is not accepted in live mode" in text
    assert "thresholds.yml, b12_deficient_below: is a draft; live mode needs 'status: signed'" in text


def test_live_mode_accepts_what_a_clinic_has_signed(copy: Path, tmp_path: Path) -> None:
    signed = "status: signed\n{indent}signed_by: clinical lead\n{indent}signed_on: 2025-11-01"
    for path in content_files(copy):
        lines = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip() == "status: draft":
                indent = line[: len(line) - len(line.lstrip())]
                lines.append(indent + signed.format(indent=indent))
            else:
                lines.append(
                    line.replace("status: draft", "status: signed, signed_by: clinical lead, signed_on: 2025-11-01")
                )
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    own = profile(
        tmp_path,
        base=PROFILE.replace("status: draft", "status: signed\nsigned_by: clinical lead\nsigned_on: 2025-11-01"),
    )
    outcome = checking.check(folder=copy, profile=own, mode="live", today=TODAY)
    assert outcome.faults == () and outcome.lines[-2].endswith(" 0 drafts.")
    late = checking.check(folder=copy, profile=own, mode="live", today=date(2026, 11, 3))
    assert any("its review after 12 months is due" in str(fault) for fault in late.faults)
    notes = checking.check(folder=copy, profile=own, today=date(2026, 11, 3))
    assert notes.faults == () and any(line.startswith("Note: ") for line in notes.lines)


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="mode 'test' is not one of demo, live"):
        load_content(mode="test")


# --- check and report


def test_each_rule_indication_and_flag_needs_an_example() -> None:
    examples = checking.load_examples(FOLDER, [])
    assert checking.example_faults(examples) == []
    fewer = [example for example in examples if "R7e" not in example.rules]
    assert [fault.row for fault in checking.example_faults(fewer)] == ["R7e"]


def test_an_example_must_state_the_whole_answer(copy: Path) -> None:
    path = copy / "worked_examples.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("rule: R7e, ", "", 1), encoding="utf-8")
    faults: list[Fault] = []
    checking.load_examples(copy, faults)
    assert "must have exactly" in str(faults[0])


def test_a_signature_without_a_date_is_a_fault(copy: Path) -> None:
    path = copy / "causes.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("status: draft", "status: signed\n  signed_by: lead\n  signed_on: spring", 1), encoding="utf-8"
    )
    outcome = checking.check(folder=copy, today=TODAY)
    assert any("write it like 2026-03-14" in line for line in outcome.lines)


def test_the_report_shows_each_rule_with_meaning_proof_source_and_status(shipped: Content) -> None:
    text = report()
    assert "- Content version: " in text
    assert "| b12_deficient_below | 132.5 |  | ng239-report, aafp2025, design |" in text
    assert "- E4: B12 220 pg/mL with tingling, MMA not done. Gives confirm_first; expedite." in text
    for rule in shipped.urgency.rules:
        assert rule.id in text or rule.id.startswith("result-"), "results are printed with the thresholds"
    assert text.count("- status: draft") > 500
    assert "signed by" not in text.replace("Rows not signed", "")


def test_the_report_marks_what_the_clinic_changed(tmp_path: Path) -> None:
    text = report(profile=profile(tmp_path, 'limits: {b12_deficient_below: "147.6"}\n'))
    assert "| b12_deficient_below | 147.6 | yes |" in text


def test_there_is_no_report_on_faulty_content(tmp_path: Path) -> None:
    with pytest.raises(ContentError):
        report(profile=profile(tmp_path, "colour: red\n"))


def test_a_profile_that_is_no_mapping_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "list.yml"
    path.write_text("- a\n", encoding="utf-8")
    faults: list[Fault] = []
    load_profile(path, faults)
    assert faults


# --- one truth


@pytest.mark.parametrize(
    ("analyte", "values"),
    [
        ("haemoglobin", ("69.9", "70", "79.9", "80")),
        ("platelets", ("19.9", "20", "49.9", "50")),
        ("neutrophils", ("0.9", "1.0")),
        ("potassium", ("2.4", "2.5", "2.9", "3.0", "5.9", "6.0", "6.4", "6.5")),
    ],
)
def test_red_flags_and_critical_results_agree_on_every_edge(
    shipped: Content, analyte: str, values: tuple[str, ...]
) -> None:
    """The screen reads results in messages, the assessment in fields; both must act on the same numbers."""
    scale = shipped.assessment.thresholds.scale
    unit = scale.analytes[analyte].canonical_unit
    for value in values:
        result: LabResult = scale.normalise(analyte, Decimal(value), unit)
        screened = judge_facts((), Patient(labs=(result,)), shipped.urgency, today=TODAY).level
        edges = [rule for rule in shipped.assessment.thresholds.critical if _meets(rule.tests, analyte, Decimal(value))]
        assessed = max((rule.level for rule in edges), default=Level.NONE)
        assert screened == assessed, f"{analyte} {value}"


def _meets(tests: tuple[object, ...], analyte: str, value: Decimal) -> bool:
    return all(
        test.analyte == analyte  # type: ignore[attr-defined]
        and not test.anaemia  # type: ignore[attr-defined]
        and (test.below is None or value < test.below)  # type: ignore[attr-defined]
        and (test.above is None or value > test.above)  # type: ignore[attr-defined]
        and (test.from_ is None or value >= test.from_)  # type: ignore[attr-defined]
        for test in tests
    )
