"""The keys that texts are sealed under at rest, and databases that know them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.settings import Settings, SettingsError

if TYPE_CHECKING:
    from bot.records.database import Database
    from bot.records.vault import Vault

log = logging.getLogger(__name__)


def vault(settings: Settings) -> Vault:
    """Raises SettingsError when a key is none."""
    from bot.records.vault import Vault

    try:
        return Vault(settings.text_keys)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def database(settings: Settings, *, patience: float, url: str | None = None) -> Database:
    """The clinic's database, or the one at `url`, with the keys."""
    from bot.records.database import Database

    return Database(url or settings.database_url, patience=patience, vault=vault(settings))


def check_keys(settings: Settings) -> None:
    """
    That every key is there under which texts may be sealed.

    A database that does not answer is no reason to refuse: the keys are looked at again
    before its first query, and the door is not ready until they fit.

    Raises:
        SettingsError: A key is missing or wrong.
    """
    from bot.conversation.ports import LedgerUnavailable
    from bot.records.vault import KeyMissing

    looked = database(settings, patience=2.0)
    try:
        looked.check_keys()
    except KeyMissing as error:
        raise SettingsError(f"{error}.") from error
    except LedgerUnavailable as error:
        log.warning("wiring.keys_not_checked reason=%s", error)
    finally:
        looked.close()
