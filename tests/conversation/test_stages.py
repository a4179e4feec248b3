"""Times of the stages are counted as Prometheus wants them."""

from __future__ import annotations

import pytest

from bot.conversation.stages import STEPS, Spent, Stages


def test_a_time_counts_in_its_step_and_in_every_higher_one() -> None:
    spent = Spent()
    for seconds in (STEPS[0], 0.03, 100.0):
        spent.add(seconds)
    rows = dict(spent.cumulative())
    assert rows[str(STEPS[0])] == 1 and rows["0.025"] == 1 and rows["0.05"] == 2
    assert rows[str(STEPS[-1])] == 2 and rows["+Inf"] == 3
    assert spent.seconds == pytest.approx(100.035)


def test_a_stage_that_fails_is_counted_too() -> None:
    stages = Stages()
    with pytest.raises(RuntimeError), stages.timed("engine"):
        raise RuntimeError
    assert stages.spent["engine"].cumulative()[-1] == ("+Inf", 1)


def test_a_clock_that_was_put_back_counts_as_nothing() -> None:
    stages = Stages()
    stages.add("turn", -5.0)
    assert stages.spent["turn"].seconds == 0.0
