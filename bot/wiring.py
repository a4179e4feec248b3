"""
The only place that chooses real parts and joins them.

`shared_parts()` is what readers, deciders and words amount to: made once in a process,
used by the front door, the actions, the Rasa components and the batch commands.
`front_door()` and `console()` make the two applications.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
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
from bot.conversation.ports import Button, Reply
from bot.conversation.safety import Safety
from bot.conversation.sentences import Sentences
from bot.conversation.supposing import clear_value
from bot.knowledge.content import FOLDER, Content, load_content
from bot.knowledge.strict import ContentError, Fault
from bot.knowledge.tongues import Tongue, load_tongues
from bot.language.clarify import ClarifyReader, load_clarify
from bot.language.tongues import Tongues
from bot.language.wishes import WishReader, load_wishes
from bot.language.yes_no import YesNoReader, load_yes_no
from bot.settings import Settings, read_settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from bot.conversation.desk import Desk
    from bot.conversation.limits import Limits
    from bot.conversation.ports import Advisor, AlertRoute, Clock, Engine
    from bot.conversation.turn import Conversations
    from bot.engine.rasa_engine import RasaEngine
    from bot.language.labs import LabReader
    from bot.language.reading import Reader
    from bot.language.screen import Screen
    from bot.records.database import Database
    from bot.records.dialogue_states import SqlStates

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
    if faults:
        raise ContentError(faults)
    labs = LabReader(content.lab_words, content.assessment.thresholds.scale, month_first=content.region == "us")

    def screen_labs(text: str) -> tuple[LabResult, ...]:
        return labs.read(text, today=date.today())

    return Parts(
        content=content,
        reader=Reader(labs=labs),
        labs=labs,
        screen=build_screen(
            content.danger_language,
            content.red_flags.rules,
            labs=screen_labs,
            encoder_path=read_settings().encoder_path,
        ),
        yes_no=yes_no,
        clarify=clarify,
        wishes=wishes,
        tongues=Tongues(tongue_words),
        tongue_words=tongue_words.tongues,
        advisor=make_advisor(content),
    )


def make_advisor(content: Content) -> ContentAdvisor:
    """Words for a danger, in this region and clinic."""
    say = content.words.say
    return ContentAdvisor(
        content.advice, content.facts, yes=say("button_yes"), no=say("button_no"), unsure=say("button_unknown")
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


def note_failure(action: str, error: BaseException) -> None:
    """Counts and logs a failed action by its kind; its message may quote the patient and is left out."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"
    log.error("action.failed action=%s error=%s at=%s", action, type(error).__name__, place)


# --- the joined applications -----------------------------------------------------------


@dataclass
class Backend:
    """A running conversation backend.  Made inside the event loop that will use it."""

    parts: Parts
    conversations: Conversations
    engine: Engine
    database: Database
    banner: str | None

    def close(self) -> None:
        """Lets go of the threads and the database."""
        self.conversations.close()
        close_engine = getattr(self.engine, "close", None)
        if close_engine is not None:
            close_engine()
        self.database.close()


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(timezone.utc)


def backend(settings: Settings) -> Backend:
    """
    The conversation backend over the clinic's database.

    Raises:
        CannotStart: Content or model cannot be used.
    """
    parts = _checked_parts(settings)
    return _backend(parts, settings, url=settings.database_url, journal=settings.data_dir / "journal")


def rehearsal(
    settings: Settings,
    *,
    region: str,
    folder: Path,
    clock: Clock,
    around_engine: Callable[[RasaEngine], Engine] | None = None,
    limits: Limits | None = None,
) -> Backend:
    """
    The same over a database in `folder` that nobody else uses, for batch runs and tests.

    No patient waits for it, so its limits are generous unless others are given.
    """
    from bot.conversation.limits import Limits
    from bot.records import migrate

    patient = Limits(answer=60, answer_after_danger=60, late_answer=5, ledger=20, ledger_read=20, journal=20)

    parts = use(parts_for(region, settings.clinic_profile))
    url = f"sqlite:///{folder / 'talks.db'}"
    migrate.upgrade(url)
    return _backend(
        parts,
        settings,
        url=url,
        journal=folder / "journal",
        clock=clock,
        around_engine=around_engine,
        limits=limits or patient,
    )


def desk(settings: Settings) -> Desk:
    """The staff side of the ledger."""
    from bot.records.database import Database
    from bot.records.desk import SqlDesk

    return SqlDesk(Database(settings.database_url, patience=2.0))


def _checked_parts(settings: Settings) -> Parts:
    try:
        return use(parts_for(settings.region, settings.clinic_profile, settings.mode))
    except ContentError as error:
        raise CannotStart(f"the reviewed content cannot be used:\n{error}") from error


def _backend(
    parts: Parts,
    settings: Settings,
    *,
    url: str,
    journal: Path,
    clock: Clock | None = None,
    around_engine: Callable[[RasaEngine], Engine] | None = None,
    limits: Limits | None = None,
) -> Backend:
    from bot.conversation.limits import Limits
    from bot.conversation.turn import Conversations
    from bot.language.screen import ScreenState
    from bot.records.database import Database
    from bot.records.dialogue_states import SqlStates
    from bot.records.journal import FileJournal
    from bot.records.ledger import SqlLedger

    database = Database(url)
    clock = clock or SystemClock()
    engine = _engine(settings, around_engine, SqlStates(database, clock=clock))
    sentences = Sentences.from_words(parts.say)
    safety = Safety(
        screener=parts.screen,
        advisor=parts.advisor,
        sentences=sentences,
        fresh=ScreenState,
        restore=lambda plain: ScreenState.from_json(dict(plain)),
    )
    conversations = Conversations(
        engine=engine,
        ledger=SqlLedger(database),
        journal=FileJournal(journal),
        safety=safety,
        sentences=sentences,
        clock=clock,
        limits=limits or Limits(answer=settings.turn_deadline, answer_after_danger=settings.danger_deadline),
        content_version=parts.content.version,
        welcome=_welcome(parts),
    )
    banner = parts.say("demo_banner") if settings.mode == "demo" else None
    return Backend(parts, conversations, engine, database, banner)


def _welcome(parts: Parts) -> tuple[Reply, ...]:
    """The opening, and the consent question with its two quick replies."""
    buttons = tuple(Button(parts.say(key), parts.say(key)) for key in ("button_consent_yes", "button_consent_no"))
    return Reply(parts.say("opening")), Reply(parts.say("consent_question"), buttons)


def _engine(settings: Settings, around_engine: Callable[[RasaEngine], Engine] | None, states: SqlStates) -> Engine:
    rasa = load_engine(settings, states=states)
    if rasa is None:
        from bot.conversation.absent_engine import AbsentEngine

        log.error("wiring.no_model")
        return AbsentEngine("no model is trained yet; run make train.")
    return around_engine(rasa) if around_engine is not None else rasa


def load_engine(settings: Settings, *, states: SqlStates | None = None) -> RasaEngine | None:
    """
    The dialogue over the current model, None when none was ever trained.

    Raises:
        CannotStart: The model is broken.
    """
    from bot.engine import training
    from bot.engine.quiet import quiet_rasa
    from bot.engine.rasa_engine import ModelBroken, RasaEngine

    quiet_rasa()
    try:
        model = training.trained_model(settings.model_dir)
    except training.TrainingFailed as error:
        raise CannotStart(str(error)) from error
    if model is None:
        return None
    try:
        return RasaEngine(model=model, describe=shared_parts().describe, states=states)
    except ModelBroken as error:
        raise CannotStart(str(error)) from error


def front_door(settings: Settings) -> Starlette:
    """
    The patients' application: web channel, demo page, widget, probes.

    Raises:
        CannotStart: Content or model cannot be used.
    """
    from bot.channels.application import create_app
    from bot.channels.parts import DoorParts
    from bot.conversation.aftercare import Aftercare

    running = backend(settings)
    parts = running.parts
    widget = Path(__file__).resolve().parent / "widget"
    return create_app(
        DoorParts(
            conversations=running.conversations,
            aftercare=Aftercare(running.conversations, routes=_alert_routes(settings)),
            sentences=running.conversations.sentences,
            words=parts.say,
            secret=settings.session_secret,
            allowed_origins=settings.allowed_origins,
            region=settings.region,
            clinic_phone=parts.facts.get("clinic_phone"),
            banner=running.banner,
            secure_cookies=settings.behind_tls,
            trusted_proxies=settings.trusted_proxies,
            widget=widget,
            home=widget / "demo" / "index.html" if settings.mode == "demo" else None,
            closing=(running.close,),
        )
    )


def _alert_routes(settings: Settings) -> list[AlertRoute]:
    """Ways to reach staff beside the console."""
    if settings.alert_webhook is None:
        return []
    from bot.channels.alert_webhook import WebhookRoute

    return [WebhookRoute(settings.alert_webhook, secret=settings.alert_secret, console=settings.console_url)]


def console(settings: Settings) -> Starlette:
    """
    The staff application.

    Raises:
        CannotStart: The content cannot be used.
    """
    from bot.console import ConsoleParts, ContentWords, create_console

    parts = _checked_parts(settings)
    return create_console(
        ConsoleParts(
            desk=desk(settings),
            words=ContentWords(parts.content),
            secret=settings.session_secret,
            clinic_name=parts.facts.get("clinic_name", "Clinic"),
            mode=settings.mode,
            zone=settings.time_zone,
            secure=settings.behind_tls,
        )
    )
