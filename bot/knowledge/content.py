"""
Load all reviewed content at once, or say everything that is wrong with it.

`load_content` reads every file, collects every fault and raises one `ContentError`; so
an editor sees all faults in one go and a doubtful row never reaches a patient.  In live
mode rows that no clinic has signed count as faults too.

The version is a short SHA-256 over all files and the clinic's profile: an old answer can
be traced to the content that gave it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.clinical.advice import AdviceWords
from bot.clinical.assessment_rules import AssessmentRules
from bot.clinical.clot_worry import ClotWorry
from bot.clinical.summary import CLINICIAN_QUESTIONS
from bot.clinical.urgency import UrgencyRules
from bot.clinical.wording import InterviewWords
from bot.clinical.wording_of_causes import CAUSE_WORDINGS, TREATED_WORDINGS
from bot.knowledge.advice import load_advice
from bot.knowledge.answers import Answers, load_answers
from bot.knowledge.assessment import load_assessment
from bot.knowledge.clinic import ClinicProfile, load_profile, load_region_facts, with_own_wording
from bot.knowledge.clot_worry import load_clot_worry
from bot.knowledge.coverage import Item, load_coverage
from bot.knowledge.danger_language import DangerLanguage, load_danger_language
from bot.knowledge.governance import unresolved_sources, unsigned_rows
from bot.knowledge.interview import load_interview
from bot.knowledge.lab_words import LabWords, load_lab_words
from bot.knowledge.phrases import Cues, load_cues
from bot.knowledge.pseudonyms import Pseudonym, load_pseudonyms
from bot.knowledge.record_codes import RecordCodes, load_record_codes
from bot.knowledge.red_flags import RedFlags, load_red_flags
from bot.knowledge.retention import KeepRule, load_keep_rules
from bot.knowledge.sources import Source, load_sources
from bot.knowledge.staff_replies import StaffReply, load_staff_replies
from bot.knowledge.strict import ContentError, Fault

FOLDER = Path(__file__).parent
DEMO_PROFILE = FOLDER / "profiles" / "demo.yml"
MODES = ("demo", "live")


@dataclass(frozen=True)
class Content:
    """
    Everything that content decides, for one region and one clinic.

    `facts` fills the holes of sentences ({clinic_phone}); what is not set is left out and
    said in general words (`words.unset`).
    """

    region: str
    version: str
    clinic: ClinicProfile
    facts: Mapping[str, str]
    sources: Mapping[str, Source]
    assessment: AssessmentRules
    red_flags: RedFlags
    danger_language: DangerLanguage
    words: InterviewWords
    answers: Answers
    clot_worry: ClotWorry
    advice: AdviceWords
    coverage: tuple[Item, ...]
    lab_words: LabWords
    cues: Cues
    record_codes: RecordCodes
    staff_replies: tuple[StaffReply, ...]
    keep_rules: tuple[KeepRule, ...]
    pseudonyms: tuple[Pseudonym, ...]

    @property
    def urgency(self) -> UrgencyRules:
        return self.red_flags.rules


def load_content(
    *, region: str = "uk", profile: Path | None = None, folder: Path | None = None, mode: str = "demo"
) -> Content:
    """
    Read everything.

    Args:
        region: "uk", "us" or "eu".
        profile: The clinic's own file; the shipped demo clinic when absent.
        folder: `bot/knowledge` or a copy of it.
        mode: "demo" accepts drafts; "live" refuses them, and a demo clinic.

    Raises:
        ContentError: With every fault found.
        ValueError: The mode does not exist.
    """
    if mode not in MODES:
        raise ValueError(f"mode {mode!r} is not one of {', '.join(MODES)}.")
    folder, profile = folder or FOLDER, profile or DEMO_PROFILE
    faults: list[Fault] = []
    content = collect(folder, profile, region, faults)
    faults.extend(unresolved_sources(folder, profile))
    if mode == "live":
        faults.extend(live_faults(folder, profile))
    if content is None or faults:
        raise ContentError(dict.fromkeys(faults))
    return content


def collect(folder: Path, profile: Path, region: str, faults: list[Fault]) -> Content | None:
    """The content, or None when a file cannot be read at all; everything wrong is added to `faults`."""
    try:
        return _collect(folder, profile, region, faults)
    except ContentError as error:
        faults.extend(error.faults)
        return None


def _collect(folder: Path, profile: Path, region: str, faults: list[Fault]) -> Content:
    clinic = load_profile(profile, faults)
    if clinic.region not in (None, region) and not clinic.demo:
        faults.append(
            Fault(profile.name, "region", f"the clinic is in '{clinic.region}', but the region set is '{region}'.")
        )
    region_facts = load_region_facts(folder, faults).get(region, {})
    words = load_interview(folder, faults)
    faults.extend(_unworded(words))
    return Content(
        region=region,
        version=content_version(folder, profile, region),
        clinic=clinic,
        facts={**region_facts, **clinic.facts},
        sources=load_sources(folder, faults),
        assessment=load_assessment(folder, faults, region=region, switches=clinic.switches, overrides=clinic.overrides),
        red_flags=load_red_flags(folder, faults),
        danger_language=load_danger_language(folder, faults),
        words=with_own_wording(words, clinic, faults),
        answers=load_answers(folder, faults),
        clot_worry=load_clot_worry(folder, faults),
        advice=load_advice(folder, faults),
        coverage=load_coverage(folder, faults),
        lab_words=load_lab_words(folder, faults),
        cues=load_cues(folder / "lexicon", faults),
        record_codes=load_record_codes(folder, faults),
        staff_replies=load_staff_replies(folder, faults),
        keep_rules=load_keep_rules(folder, faults),
        pseudonyms=load_pseudonyms(folder, faults),
    )


def _unworded(words: InterviewWords) -> list[Fault]:
    """Codes that the core hands to the talk must have words there."""
    needed = (*CAUSE_WORDINGS, *TREATED_WORDINGS, *CLINICIAN_QUESTIONS)
    return [
        Fault("names.yml", code, "has no row; the assessment names it, so write its words.")
        for code in needed
        if code not in words.names
    ]


@dataclass(frozen=True)
class AssessmentContent:
    """The part of the content that an assessment needs; see `load_assessment_content`."""

    assessment: AssessmentRules
    urgency: UrgencyRules
    version: str


def load_assessment_content(
    *, region: str = "uk", profile: Path | None = None, folder: Path | None = None
) -> AssessmentContent:
    """
    Only what `bot.clinical.assess` needs, with the version of all content; quick to load.

    Raises:
        ContentError: With every fault of these files.
    """
    folder, profile = folder or FOLDER, profile or DEMO_PROFILE
    faults: list[Fault] = []
    clinic = load_profile(profile, faults)
    content = AssessmentContent(
        assessment=load_assessment(folder, faults, region=region, switches=clinic.switches, overrides=clinic.overrides),
        urgency=load_red_flags(folder, faults).rules,
        version=content_version(folder, profile, region),
    )
    if faults:
        raise ContentError(faults)
    return content


def content_version(folder: Path, profile: Path, region: str) -> str:
    """Twelve hexadecimal digits that change with any file, the profile or the region."""
    digest = hashlib.sha256(region.encode())
    for path in content_files(folder):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    if profile.is_file():
        digest.update(b"profile\0" + profile.read_bytes())
    return digest.hexdigest()[:12]


def content_files(folder: Path) -> list[Path]:
    """All content files in a fixed order; clinics' profiles are not among them."""
    return [path for path in sorted(folder.rglob("*.yml")) if path.parent.name != "profiles"]


def live_faults(folder: Path, profile: Path) -> list[Fault]:
    """What keeps this content from being used with patients."""
    faults: list[Fault] = []
    ignored: list[Fault] = []
    if load_profile(profile, ignored).demo:
        faults.append(Fault(profile.name, "demo", "a demo clinic is not accepted in live mode; name your own profile."))
    faults.extend(
        Fault(row.file, row.id, "is a draft; live mode needs 'status: signed' by the clinic.")
        for row in unsigned_rows([*content_files(folder), profile])
    )
    return faults
