"""Figures for Prometheus, read when asked for; counts and times only, nothing about a patient."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.parts import DoorParts
from bot.clinical.codes import Level


class _Door:
    """What the door counts, as Prometheus wants it."""

    def __init__(self, parts: DoorParts) -> None:
        self._parts = parts

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        talks = self._parts.conversations
        care = self._parts.aftercare
        for name, help_text, value in (
            ("b12_open_tabs", "Browser tabs that listen", talks.delivery.open_tabs),
            ("b12_turns_in_progress", "Background tasks of turns", talks.busy),
            ("b12_journal_pending", "Entries that wait for the ledger", talks.keeper.journal.pending),
        ):
            yield GaugeMetricFamily(name, help_text, value=value)
        for name, help_text, value in (
            ("b12_screen_failures", "Messages that could not be screened", talks.safety.failures),
            ("b12_engine_failures", "Turns without an answer of the engine in time", talks.answering.failures),
            ("b12_journaled", "Entries that the ledger did not take in time", talks.keeper.journaled),
            ("b12_not_kept", "Entries that nobody took", talks.keeper.not_kept),
            ("b12_alerts_sent", "Alerts that a route took", care.alerts_sent),
            ("b12_alerts_failed", "Alerts that no route took", care.alerts_failed),
        ):
            yield CounterMetricFamily(name, help_text, value=value)
        yield from self._stages()
        yield from self._backlog()
        for name, help_text, version in (
            ("b12_content", "The reviewed content that is in force", talks.content_version),
            ("b12_model", "The trained model that answers", self._parts.model_version),
        ):
            yield InfoMetricFamily(name, help_text, value={"version": version})
        if (posting := self._parts.posting) is not None:
            for name, help_text, value in (
                ("b12_posts_sent", "Messages that a vendor took", posting.sent),
                ("b12_posts_failed", "Attempts that a vendor did not take", posting.failed),
                ("b12_posts_given_up", "Messages that could not be delivered", posting.given_up),
            ):
                yield CounterMetricFamily(name, help_text, value=value)

    def _backlog(self) -> Iterator[Metric]:
        """The same from every door, for all of them read one database; nothing until it was looked at."""
        care, now = self._parts.aftercare, self._parts.conversations.clock.now()
        found, looked_at = care.backlog, care.backlog_at
        if found is None or looked_at is None:
            return
        unseen = GaugeMetricFamily("b12_alerts_unacknowledged", "Dangers that no one has seen", labels=["level"])
        oldest = GaugeMetricFamily("b12_alert_oldest_seconds", "Age of the oldest of them", labels=["level"])
        for level in (Level.URGENT, Level.EMERGENCY):
            unseen.add_metric([level.code], found.unseen.get(level, 0))
            oldest.add_metric([level.code], (now - found.oldest[level]).total_seconds() if level in found.oldest else 0)
        yield unseen
        yield oldest
        for name, help_text, value in (
            ("b12_messages_unanswered", "Messages of patients that wait for an answer", found.unanswered),
            ("b12_backlog_age_seconds", "Since the database was last asked", (now - looked_at).total_seconds()),
        ):
            yield GaugeMetricFamily(name, help_text, value=value)

    def _stages(self) -> Iterator[Metric]:
        stages = self._parts.conversations.stages
        times = HistogramMetricFamily("b12_stage_seconds", "How long each stage of a turn took", labels=["stage"])
        for stage, spent in stages.spent.items():
            times.add_metric([stage], buckets=spent.cumulative(), sum_value=spent.seconds)
        yield times
        raised = CounterMetricFamily("b12_dangers", "Messages in which a danger was read, by level", labels=["level"])
        for level in ("urgent", "emergency"):
            raised.add_metric([level], stages.raised[level])
        yield raised


def metrics_endpoint(parts: DoorParts):  # type: ignore[no-untyped-def]
    """The route's handler."""
    registry = CollectorRegistry()
    registry.register(_Door(parts))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return metrics
