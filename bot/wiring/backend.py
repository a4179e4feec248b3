"""The conversation backend: ledger, journal, dialogue engine and content, joined behind `Conversations`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from bot.conversation.ports import Button, Reply
from bot.conversation.safety import Safety
from bot.conversation.sentences import Sentences
from bot.settings import Settings
from bot.wiring.parts import CannotStart, Parts, checked_parts, parts_for, shared_parts, use
from bot.wiring.texts import check_keys
from bot.wiring.texts import database as open_database

if TYPE_CHECKING:
    from bot.conversation.limits import Limits
    from bot.conversation.ports import Clock, Engine
    from bot.conversation.turn import Conversations
    from bot.engine.rasa_engine import RasaEngine
    from bot.records.database import Database

log = logging.getLogger(__name__)

_PATIENCE = 0.15  # seconds
#: The first conversation of `bot/commands/demo_clinic.yml`.
INVENTED = "demo-01"
_ROW_PATIENCE = 1.0  # seconds on PostgreSQL, where a wait is for one row that another process has just in hand


@dataclass
class Backend:
    """A running conversation backend.  Made inside the event loop that will use it."""

    parts: Parts
    conversations: Conversations
    engine: Engine
    database: Database
    banner: str | None
    clock: Clock

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
        SettingsError: A key of sealed texts is missing.
    """
    parts = checked_parts(settings)
    check_keys(settings)
    running = _backend(parts, settings, url=settings.database_url, journal=settings.data_dir / "journal")
    if settings.mode == "live" and _holds_invented_patients(running):
        running.close()
        raise CannotStart(
            "this database holds the invented patients of b12bot demo seed, and B12_MODE is live; "
            "name an empty one in B12_DATABASE_URL or B12_DATA_DIR."
        )
    return running


def _holds_invented_patients(running: Backend) -> bool:
    """No answer counts as no: the ledger may be away, and patients are served without it."""
    from bot.conversation.ports import LedgerUnavailable

    try:
        return running.conversations.keeper.ledger.state(INVENTED) is not None
    except LedgerUnavailable:
        return False


def rehearsal(
    settings: Settings,
    *,
    region: str,
    folder: Path,
    clock: Clock,
    around_engine: Callable[[RasaEngine], Engine] | None = None,
    limits: Limits | None = None,
    url: str | None = None,
) -> Backend:
    """
    The same over a database in `folder` that nobody else uses, for batch runs and tests; or over the one at `url`.

    No patient waits for it, so its limits are generous unless others are given.
    """
    from bot.conversation.limits import Limits
    from bot.records import migrate

    patient = Limits(answer=60, answer_after_danger=60, late_answer=5, ledger=20, ledger_read=20, journal=20)

    parts = use(parts_for(region, settings.clinic_profile))
    url = url or f"sqlite:///{folder / 'talks.db'}"
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
    from bot.records.journal import FileJournal
    from bot.records.ledger import SqlLedger

    database = open_database(settings, url=url, patience=_ROW_PATIENCE if url.startswith("postgresql") else _PATIENCE)
    clock = clock or _clock(database)
    engine = _engine(settings, around_engine)
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
        journal=FileJournal(journal, vault=database.vault),
        safety=safety,
        sentences=sentences,
        clock=clock,
        limits=limits
        or Limits(
            answer=settings.turn_deadline,
            answer_after_danger=settings.danger_deadline,
            keep_rules=parts.content.keep_rules,
        ),
        content_version=parts.content.version,
        welcome=_welcome(parts),
    )
    banner = parts.say("demo_banner") if settings.mode == "demo" else None
    return Backend(parts, conversations, engine, database, banner, clock)


def _clock(database: Database) -> Clock:
    """Several machines may serve one PostgreSQL and then go by its time; a SQLite file has one machine."""
    from bot.conversation.ports import LedgerUnavailable
    from bot.records.clock import ServerClock

    if not database.is_postgres:
        return SystemClock()
    clock = ServerClock(database)
    try:
        clock.set()
    except LedgerUnavailable as error:
        log.warning("wiring.clock_of_this_machine reason=%s", error)
    return clock


def _welcome(parts: Parts) -> tuple[Reply, ...]:
    """The opening, and the consent question with its two quick replies."""
    buttons = tuple(Button(parts.say(key), parts.say(key)) for key in ("button_consent_yes", "button_consent_no"))
    return Reply(parts.say("opening")), Reply(parts.say("consent_question"), buttons)


def _engine(settings: Settings, around_engine: Callable[[RasaEngine], Engine] | None) -> Engine:
    rasa = load_engine(settings)
    if rasa is None:
        from bot.conversation.absent_engine import AbsentEngine

        log.error("wiring.no_model")
        return AbsentEngine("no model is trained yet; run make train.")
    return around_engine(rasa) if around_engine is not None else rasa


def load_engine(settings: Settings) -> RasaEngine | None:
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
        return RasaEngine(model=model, describe=shared_parts().describe, zone=settings.time_zone)
    except ModelBroken as error:
        raise CannotStart(str(error)) from error
