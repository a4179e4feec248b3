"""Slack, against a stand-in of its Web API."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.responses import JSONResponse

from channels.push_town import ADVICE, Town
from channels.vendors import slack_signature

pytestmark = pytest.mark.anyio


def direct(text: str, *, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "channel": "D1",
        "channel_type": "im",
        "user": "U1",
        "ts": f"{1600000000 + number}.000100",
        "text": text,
        **more,
    }


async def say(town: Town, text: str, **more: Any) -> list[str]:
    return await tell(town, direct(text, number=town.number, **more))


async def tell(town: Town, event: dict[str, Any], **how: Any) -> list[str]:
    before = len(town.slack.sent)
    assert (await town.event(event, **how)).status_code == 200
    await town.settle()
    return town.slack.texts[before:]


async def press(town: Town, which: int, place: int) -> list[str]:
    before, shown = len(town.slack.sent), town.slack.sent[which]
    button = shown["blocks"][-1]["elements"][place]
    payload = {
        "type": "block_actions",
        "team": {"id": "T1"},
        "user": {"id": "U1"},
        "channel": {"id": shown["channel"]},
        "message": {"ts": shown["ts"], **({"thread_ts": shown["thread_ts"]} if "thread_ts" in shown else {})},
        "actions": [{"action_id": button["action_id"], "value": button["value"], "action_ts": str(time.time())}],
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    answer = await town.slack_post("/hooks/slack/actions", body, kind="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    await town.settle()
    return town.slack.texts[before:]


async def consenting(town: Town) -> None:
    await say(town, "hello")
    await press(town, -1, 0)
    town.slack.sent.clear()


async def test_a_talk_with_buttons(town: Town) -> None:
    assert await say(town, "hello") == ["Hello, I am a program.", "May I keep it?"]
    assert [e["text"]["text"] for e in town.slack.sent[1]["blocks"][-1]["elements"]] == ["Yes, you may", "No"]
    assert (await press(town, 1, 0))[0] == "Thank you."
    assert await say(town, "my feet tingle") == ["You said: my feet tingle"]


async def test_slack_proves_the_address(town: Town) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    answer = await town.slack_post("/hooks/slack/events", body)
    assert (answer.status_code, answer.text) == (200, "abc")


@pytest.mark.parametrize("how", [{"secret": "another"}, {"at": 1}, {"at": int(time.time()) + 40_000}])
async def test_a_wrong_or_old_signature_is_refused_and_changes_nothing(town: Town, how: dict[str, Any]) -> None:
    assert (await town.event(direct("I have chest pain"), **how)).status_code == 403
    await town.settle()
    assert (town.conversations(), town.slack.sent) == ([], [])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "now", "X-Slack-Signature": "v0=00"},
        {"X-Slack-Request-Timestamp": "٣", "X-Slack-Signature": "v0=00"},
        {"X-Slack-Request-Timestamp": "9" * 40, "X-Slack-Signature": "v0=00"},
        {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "ü"},
    ],
)
async def test_headers_of_any_form_are_refused(town: Town, headers: dict[str, str]) -> None:
    raw = {name.encode(): value.encode() for name, value in headers.items()}
    assert (await town.http.post("/hooks/slack/events", content=b"{}", headers=raw)).status_code == 403


async def test_another_body_under_the_same_signature_is_refused(town: Town) -> None:
    headers = slack_signature(b"{}")
    assert (await town.http.post("/hooks/slack/events", content=b'{"a":1}', headers=headers)).status_code == 403


async def test_an_event_that_comes_again_is_taken_once(town: Town) -> None:
    await consenting(town)
    event = direct("my feet tingle", number=500)
    assert len(await tell(town, event, event_id="EvX")) == 1
    assert await tell(town, event, event_id="EvX") == []
    town.restart()
    assert await tell(town, event, event_id="EvX") == []


async def test_each_thread_is_a_conversation_and_is_answered_in_the_thread(town: Town) -> None:
    await consenting(town)
    await say(town, "another matter", thread_ts="1600000000.1")
    assert {m.get("thread_ts") for m in town.slack.sent} == {"1600000000.1"}
    assert len(town.conversations()) == 2
    assert (await press(town, -1, 0))[0] == "Thank you."


async def test_in_a_channel_others_read_along_so_only_danger_is_answered(town: Town) -> None:
    mention = {"type": "app_mention", "channel": "C1", "user": "U1", "ts": "1600000900.1"}
    said = await tell(town, {**mention, "text": "<@UBOT> I have chest pain"})
    assert said == [ADVICE, "[push_in_public]"]
    assert {m["thread_ts"] for m in town.slack.sent} == {"1600000900.1"}
    assert town.world.engine.heard == []


@pytest.mark.parametrize(
    "event",
    [
        direct("hello", bot_id="B1"),
        direct("hello", subtype="bot_message"),
        direct("hello", subtype="message_deleted"),
        direct("hello", channel_type="channel"),
        {"type": "reaction_added", "user": "U1"},
        {"type": "message"},
    ],
)
async def test_what_is_no_message_of_a_patient_is_let_pass(town: Town, event: dict[str, Any]) -> None:
    assert await tell(town, event) == []
    assert town.conversations() == []


async def test_an_edited_message_is_screened_again(town: Town) -> None:
    await consenting(town)
    await tell(town, direct("my feet tingle", number=700))
    changed = {
        "type": "message",
        "subtype": "message_changed",
        "channel": "D1",
        "channel_type": "im",
        "message": direct("I have chest pain", number=700),
    }
    assert (await tell(town, changed))[0] == ADVICE


async def test_a_file_gets_a_kind_sentence(town: Town) -> None:
    await consenting(town)
    assert await say(town, "", subtype="file_share", files=[{"id": "F1"}]) == ["[push_media]"]


async def test_signs_that_slack_escapes_reach_us_as_they_were_typed(town: Town) -> None:
    await consenting(town)
    await say(town, "B12 &lt; 100 &amp; tired, see <https://a.example|a.example>")
    assert town.world.engine.heard[-1][0] == "B12 < 100 & tired, see a.example"
    assert town.slack.sent[-1]["blocks"][0]["text"]["text"] == "You said: B12 < 100 & tired, see a.example"


@pytest.mark.parametrize("trouble", ["lost", "slow"])
async def test_a_message_whose_answer_was_lost_is_looked_for_before_it_is_sent_again(town: Town, trouble: str) -> None:
    await consenting(town)
    town.slack.faults.append(trouble)
    await say(town, "one")
    town.world.clock.pass_by(seconds=10)
    await town.settle()
    assert town.slack.texts == ["You said: one"]


async def test_a_rate_limit_is_obeyed_and_a_refusal_is_shown_to_staff(town: Town) -> None:
    await consenting(town)
    town.slack.faults.append(JSONResponse({"ok": False}, status_code=429, headers={"Retry-After": "30"}))
    await say(town, "one")
    town.world.clock.pass_by(seconds=31)
    await town.settle()
    assert town.slack.texts == ["You said: one"]
    town.slack.faults.append(JSONResponse({"ok": False, "error": "channel_not_found"}))
    await say(town, "two")
    assert town.posts()[-1] == ("failed", "Slack status 200, channel_not_found")
