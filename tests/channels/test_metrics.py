"""Figures for operators: what waits, for whom and how long, which model and content, and never a word of a patient."""

from __future__ import annotations

import re

import pytest

from channels.conftest import Door

pytestmark = pytest.mark.anyio


async def figures(door: Door) -> dict[str, float]:
    """As Prometheus would read them now."""
    await door.world.aftercare.look_at_backlog()
    text = (await door.http.get("/metrics")).text
    return {name: float(value) for name, value in re.findall(r"^(b12_\S+) (\S+)$", text, re.M)}


async def test_an_unseen_danger_grows_older_until_somebody_acknowledges_it(door: Door) -> None:
    await door.say(await door.open(), "I have chest pain")
    door.world.clock.pass_by(minutes=7)
    await door.say(await door.open(), "my leg is swollen")
    door.world.clock.pass_by(minutes=2)
    seen = await figures(door)
    assert seen['b12_alert_oldest_seconds{level="emergency"}'] == 540
    assert seen['b12_alert_oldest_seconds{level="urgent"}'] == 120
    assert seen['b12_alerts_unacknowledged{level="emergency"}'] == 1

    desk, nurse, now = door.world.desk, door.world.nurse(), door.world.clock.now()
    with door.world.database.read() as connection:
        ids = connection.exec_driver_sql("SELECT id FROM escalation").scalars().all()
    for one in ids:
        desk.acknowledge(one, by=nurse, now=now)
    seen = await figures(door)
    assert seen['b12_alert_oldest_seconds{level="emergency"}'] == 0
    assert seen['b12_alerts_unacknowledged{level="urgent"}'] == 0


async def test_messages_that_wait_for_an_answer_are_counted_over_all_doors(door: Door) -> None:
    who = await door.open()
    await door.say(who, "hello")
    assert (await figures(door))["b12_messages_unanswered"] == 0
    with door.world.database.write() as connection:  # as a door leaves it that was killed in mid-turn
        connection.exec_driver_sql("UPDATE message SET answered_at = NULL WHERE author = 'patient'")
    assert (await figures(door))["b12_messages_unanswered"] == 1


async def test_how_old_the_figures_are_is_a_figure_itself(door: Door) -> None:
    await figures(door)
    door.world.clock.pass_by(seconds=90)
    text = (await door.http.get("/metrics")).text
    assert "b12_backlog_age_seconds 90.0" in text


async def test_before_the_database_was_asked_nothing_is_claimed(door: Door) -> None:
    assert "b12_alert_oldest_seconds" not in (await door.http.get("/metrics")).text


async def test_model_and_content_are_named(door: Door) -> None:
    seen = await figures(door)
    assert seen['b12_model_info{version="none"}'] == 1
    assert seen['b12_content_info{version="content-1"}'] == 1
