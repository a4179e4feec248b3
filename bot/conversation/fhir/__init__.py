"""A conversation for other record systems: a Bundle of FHIR R4 (docs/fhir.md)."""

from bot.conversation.fhir.bundle import Shared, make_bundle

__all__ = ["Shared", "make_bundle"]
