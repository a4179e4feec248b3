"""Ready-made replies of staff: plain, filled, and without advice that nobody may give in a chat."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.knowledge.content import load_content
from bot.knowledge.staff_replies import StaffReply, load_staff_replies
from bot.knowledge.strict import Fault
from tests.knowledge.reading_grade import grade

CONTENT = load_content()
FILLED = [reply.filled(CONTENT.facts, unset=CONTENT.words.unset) for reply in CONTENT.staff_replies]


@pytest.mark.parametrize("reply", FILLED, ids=lambda reply: reply.id)
def test_a_ready_made_reply_reads_easily_and_has_no_hole_left(reply: StaffReply) -> None:
    assert "{" not in reply.text
    assert grade(reply.text) <= 6.5, reply.text
    assert len(reply.text) <= 300


@pytest.mark.parametrize("reply", FILLED, ids=lambda reply: reply.id)
def test_a_ready_made_reply_gives_no_dose_and_no_diagnosis(reply: StaffReply) -> None:
    forbidden = (
        r"\b(mg|microgram|dose|injection every|you have|you do not have|nothing to worry|stop taking|start taking)\b"
    )
    assert not re.search(forbidden, reply.text, re.IGNORECASE)


def test_in_every_region_the_right_emergency_number_is_said() -> None:
    for region, number in (("uk", "999"), ("us", "911"), ("eu", "112")):
        content = load_content(region=region)
        texts = {r.id: r.filled(content.facts, unset=content.words.unset).text for r in content.staff_replies}
        assert f"call {number} now" in texts["danger"]


def test_a_hole_that_nobody_fills_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "staff_replies.yml").write_text(
        '- {id: odd, title: "Odd", text: "Ring {clinic_fax}.", source: design, status: draft}\n', encoding="utf-8"
    )
    faults: list[Fault] = []
    load_staff_replies(tmp_path, faults)
    assert "clinic_fax" in str(faults[0])
