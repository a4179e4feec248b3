"""
What reads, decides and speaks, joined for one region and one clinic.

`shared_parts()` is made once in a process and used by the front door, the actions, the
Rasa components and the batch commands.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.clinical.answers import Answers
from bot.clinical.assess import Assessment, assess, next_questions
from bot.clinical.codes import Level
from bot.clinical.findings import LabResult, Patient
from bot.clinical.wording import InterviewWords
from bot.conversation import summarising
from bot.conversation.advising import ContentAdvisor
from bot.conversation.picture import Picture
from bot.conversation.ports import Reply
from bot.conversation.supposing import clear_value
from bot.knowledge.content import FOLDER, Content, load_content
from bot.knowledge.push_keywords import load_push_keywords
from bot.knowledge.strict import ContentError, Fault
from bot.knowledge.tongues import Tongue, load_tongues
from bot.language.clarify import ClarifyReader, load_clarify
from bot.language.foreign_danger import question_id
from bot.language.tongues import Tongues
from bot.language.wishes import WishReader, load_wishes
from bot.language.yes_no import YesNoReader, load_yes_no
from bot.settings import Settings, read_settings

if TYPE_CHECKING:
    from bot.conversation.ports import Advisor
    from bot.language.labs import LabReader
    from bot.language.reading import Reader
    from bot.language.screen import Screen

log = logging.getLogger(__name__)

_MOST_WORDS = 30  # of a message in which a test is looked for


class CannotStart(Exception):
    """Something that must be right is not; the text says what and what to do."""


@dataclass(frozen=True)
class Parts:
    """Everything that reads, decides and speaks, for one region and one clinic.  Safe to share between threads."""

    content: Content
    reader: Reader
    labs: LabReader
    screen: Screen
    yes_no: YesNoReader
    clarify: ClarifyReader
    wishes: WishReader
    tongues: Tongues
    tongue_words: tuple[Tongue, ...]
    push_keywords: Mapping[str, Mapping[str, str]]
    advisor: Advisor

    @property
    def words(self) -> InterviewWords:
        return self.content.words

    @property
    def answers(self) -> Answers:
        return self.content.answers

    @property
    def facts(self) -> Mapping[str, str]:
        """Clinic and region facts by name, for the holes of sentences."""
        return self.content.facts

    @property
    def region(self) -> str:
        return self.content.region

    @property
    def canary(self) -> str:
        """A message every model must let win over everything else."""
        return self.words.say("canary")

    def say(self, key: str) -> str:
        return self.words.say(key, nth=0, **self.facts)

    def open_questions(self, patient: Patient, *, today: date | None = None) -> tuple[str, ...]:
        """Codes of the interview's questions that are still open before an assessment, in their order."""
        return next_questions(patient, self.content, today=today or date.today()).required

    def assess(self, patient: Patient, *, today: date) -> Assessment:
        return assess(patient, self.content, today=today)

    def source_names(self, ids: Sequence[str]) -> list[str]:
        """Published sources as a patient reads them, each once."""
        found = (self.content.sources[name].for_patients for name in ids if name in self.content.sources)
        return list(dict.fromkeys(name for name in found if name))

    def read_unit(self, text: str, *, today: date) -> str | None:
        """The unit of a B12 result that stands in the message, with or without its number."""
        return self.labs.unit_said(text, analyte="b12", today=today)

    def analyte_named(self, text: str) -> str | None:
        """The one test that a message speaks of, None when it names none or several."""
        words = text.lower().split()[:_MOST_WORDS]
        windows = {" ".join(words[at : at + size]).strip("?!.,") for size in (1, 2, 3) for at in range(len(words))}
        named = {self.labs.asked_analyte(window, today=date.today()) for window in windows if window} - {None}
        if "active_b12" in named:
            named.discard("b12")
        return named.pop() if len(named) == 1 else ("b12" if not named and "b12" in words else None)

    def clear_value(self, analyte: str, *, high: bool) -> Decimal | str | None:
        """A value of this test that is high (or low) beyond doubt, for "what if"."""
        return clear_value(analyte, high=high, limits=self.content.assessment.thresholds.limits)

    def complete_lab(self, lab: LabResult, unit: str) -> LabResult:
        """The result with a unit that was given later; as it was when the unit does not fit the number."""
        try:
            return self.content.assessment.thresholds.scale.normalise(
                lab.analyte,
                lab.value,
                unit,
                comparator=lab.comparator,
                date=lab.date,
                days_ago=lab.days_ago,
                old=lab.old,
                words=lab.words,
            )
        except ValueError:
            return lab

    def advise_again(self, text: str) -> tuple[Reply, ...]:
        """Advice for a message that no front door has screened."""
        from bot.language.screen import ScreenState

        result = self.screen.screen(text, ScreenState(), at=datetime.now(timezone.utc))
        return tuple(self.advisor.advise(result))

    def summary_sections(self, picture: Picture, *, today: date) -> list[dict[str, Any]]:
        """The patient's summary as titles and lines; empty when nothing is known."""
        return summarising.sections(picture, self.content, today=today)

    def describe(self, picture: Mapping[str, Any] | None, *, today: date, level: Level = Level.NONE) -> dict[str, Any]:
        """What staff see of a conversation, from the dialogue's picture slot; no route while a red flag is open."""
        return summarising.describe(Picture.from_json(picture), self.content, today=today, level=level)


def make_parts(content: Content) -> Parts:
    """
    The parts over this content.

    Raises:
        ContentError: A lexicon is faulty.
    """
    from bot.language.labs import LabReader
    from bot.language.reading import Reader
    from bot.language.screen_loading import build_screen

    faults: list[Fault] = []
    yes_no, clarify = load_yes_no(FOLDER, faults), load_clarify(FOLDER, faults)
    wishes, tongue_words = load_wishes(FOLDER, faults), load_tongues(FOLDER, faults)
    push_keywords = load_push_keywords(FOLDER, faults)
    if faults:
        raise ContentError(faults)
    labs = LabReader(content.lab_words, content.assessment.thresholds.scale, month_first=content.region == "us")

    settings = read_settings()

    def screen_labs(text: str) -> tuple[LabResult, ...]:
        return labs.read(text, today=datetime.now(settings.time_zone).date())

    return Parts(
        content=content,
        reader=Reader(labs=labs),
        labs=labs,
        screen=build_screen(
            content.danger_language,
            content.red_flags.rules,
            labs=screen_labs,
            encoder_path=settings.encoder_path,
        ),
        yes_no=yes_no,
        clarify=clarify,
        wishes=wishes,
        tongues=Tongues(tongue_words),
        tongue_words=tongue_words.tongues,
        push_keywords=push_keywords,
        advisor=make_advisor(content, tongue_words.tongues),
    )


def make_advisor(content: Content, tongues: Iterable[Tongue]) -> ContentAdvisor:
    """Words for a danger, in this region and clinic."""
    say, facts = content.words.say, content.facts
    numbers = {name: facts.get(name) or "" for name in ("emergency_number", "clinic_phone")}
    return ContentAdvisor(
        content.advice,
        facts,
        yes=say("button_yes"),
        no=say("button_no"),
        unsure=say("button_unknown"),
        before={question_id(tongue): tongue.reply(**numbers) for tongue in tongues},
    )


@lru_cache(maxsize=4)
def parts_for(region: str, profile: Path, mode: str = "demo") -> Parts:
    """As `make_parts`, made once for each region and clinic."""
    return make_parts(load_content(region=region, profile=profile, mode=mode))


_in_use: Parts | None = None


def use(parts: Parts) -> Parts:
    """Make these the parts of this process; a batch run chooses its own region."""
    global _in_use
    _in_use = parts
    return parts


def shared_parts() -> Parts:
    """The parts of this process; made from the settings when nobody has chosen others."""
    if _in_use is None:
        settings = read_settings()
        return use(parts_for(settings.region, settings.clinic_profile, settings.mode))
    return _in_use


def check_content(settings: Settings) -> Content:
    """Raises CannotStart with every fault found, and in live mode with every draft."""
    try:
        return load_content(region=settings.region, profile=settings.clinic_profile, mode=settings.mode)
    except ContentError as error:
        raise CannotStart(f"the reviewed content cannot be used:\n{error}") from error


def checked_parts(settings: Settings) -> Parts:
    """As `shared_parts`, with these settings.  Raises CannotStart with every fault found."""
    try:
        return use(parts_for(settings.region, settings.clinic_profile, settings.mode))
    except ContentError as error:
        raise CannotStart(f"the reviewed content cannot be used:\n{error}") from error


def note_failure(action: str, error: BaseException) -> None:
    """Counts and logs a failed action by its kind; its message may quote the patient and is left out."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    log.error("action.failed action=%s error=%s at=%s", action, type(error).__name__, place)
