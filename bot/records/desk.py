"""The staff side of the ledger, put together from its subjects; implements `bot.conversation.desk.Desk`."""

from __future__ import annotations

from bot.records.alerts import AlertList
from bot.records.audit_check import AuditChain
from bot.records.database import Database
from bot.records.desk_escalations import Escalations
from bot.records.desk_figures import FigureList
from bot.records.desk_filters import SavedFilters
from bot.records.desk_identities import Identities
from bot.records.desk_inbox import Inbox
from bot.records.desk_keeping import Keeping
from bot.records.desk_learning import Learning
from bot.records.desk_people import People
from bot.records.desk_talk import TalkPage
from bot.records.desk_together import Together


class SqlDesk(
    Inbox,
    TalkPage,
    Escalations,
    People,
    Identities,
    AlertList,
    Together,
    AuditChain,
    Keeping,
    Learning,
    SavedFilters,
    FigureList,
):
    """
    Every method is one transaction; those that show or change patient data write the audit in it.

    Give it a `Database` with more patience than the front door's: a page may wait a second.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
