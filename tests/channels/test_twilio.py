"""WhatsApp and SMS, against a stand-in of Twilio's interface."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from conversation.world import World

from bot.channels.pace import Pace
from bot.clinical.codes import Level
from bot.knowledge.retention import KeepRule
from channels.push_town import ADVICE, ANN, BEN, OURS, Town
from channels.push_town import WELCOME as WELCOME_ROWS
from channels.vendors import PUBLIC, twilio_error, twilio_signature

pytestmark = pytest.mark.anyio
WELCOME = "Hello, I am a program."
CONSENT = "May I keep it?\n\n1 Yes, you may\n2 No\n[push_pick_number]"


async def consenting(town: Town, who: str = ANN) -> None:
    await town.say("hello", who=who)
    await town.say("1", who=who)
    town.twilio.sent.clear()
    town.world.engine.heard.clear()


async def test_a_text_message_is_answered_through_the_outbox(town: Town) -> None:
    assert await town.say("hello") == [WELCOME, CONSENT]
    assert await town.say("1") == ["Thank you.", "You said: hello"]
    assert await town.say("my feet tingle") == ["You said: my feet tingle"]
    assert {(m["From"], m["To"]) for m in town.twilio.sent} == {(OURS, ANN)}
    assert {state for state, _ in town.posts()} == {"sent"}


async def test_no_number_lies_open_in_the_database(town: Town, tmp_path: Path) -> None:
    await consenting(town)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"my feet" not in kept
    assert ANN.encode() not in kept and ANN[1:].encode() not in kept


@pytest.mark.parametrize(
    "signature",
    ["", "AAAA", "ü", twilio_signature(f"{PUBLIC}/hooks/twilio", {"MessageSid": "SM0001"}, token="another")],
)
async def test_a_wrong_signature_is_refused_and_changes_nothing(town: Town, signature: str) -> None:
    fields = {"MessageSid": "SM1", "From": ANN, "To": OURS, "Body": "I have chest pain"}
    headers = {b"X-Twilio-Signature": signature.encode("latin-1")}
    answer = await town.http.post("/hooks/twilio", data=fields, headers=headers)
    assert answer.status_code == 403
    await town.settle()
    assert (town.conversations(), town.twilio.sent) == ([], [])


async def test_a_signature_of_other_words_or_another_address_is_refused(town: Town) -> None:
    fields = {"MessageSid": "SM1", "From": ANN, "To": OURS, "Body": "hello"}
    for url, signed in (
        (f"{PUBLIC}/hooks/twilio", {**fields, "Body": "other"}),
        ("http://inside/hooks/twilio", fields),
    ):
        answer = await town.twilio_post("/hooks/twilio", fields, signature=twilio_signature(url, signed))
        assert answer.status_code == 403


async def test_a_replayed_event_is_taken_once_also_after_a_restart_and_after_deleting(town: Town) -> None:
    await consenting(town)
    await town.say("my feet tingle", sid="SMx")
    assert await town.say("my feet tingle", sid="SMx") == []
    town.restart()
    assert await town.say("my feet tingle", sid="SMx") == []
    conversation = town.conversations()[0]
    await town.world.conversations.erase(conversation, by="patient")
    await town.settle()
    assert await town.say("my feet tingle", sid="SMx") == []
    assert town.conversations() == [conversation]


async def test_each_sender_has_a_conversation_of_their_own(town: Town) -> None:
    await town.say("hello", who=ANN)
    await town.say("hello", who=BEN)
    await town.say("hello", who=f"whatsapp:{ANN}")
    assert len(town.conversations()) == 3


async def test_danger_in_the_first_message_is_answered_first(town: Town) -> None:
    assert await town.say("I have chest pain") == [ADVICE, WELCOME, CONSENT]
    assert town.world.ledger.state(town.conversations()[0]).level is Level.EMERGENCY


async def test_advice_leaves_while_the_database_is_locked(town: Town) -> None:
    await consenting(town)
    await town.world.conversations.settle_down(within=30)
    with town.world.database.write():
        sending = asyncio.ensure_future(town.text("I have chest pain"))
        while not town.twilio.sent:
            await asyncio.sleep(0.01)
        assert town.twilio.texts == [ADVICE]
        assert not sending.done()
    await sending
    await town.settle()
    assert town.twilio.texts.count(ADVICE) == 1


async def test_advice_leaves_before_the_ledger_is_asked_who_writes(town: Town) -> None:
    await consenting(town)
    town.restart()  # nothing is in memory
    asked: list[int] = []
    look_up = town.world.ledger.line

    def line(sender: str) -> object:
        asked.append(len(town.posting._at_once))
        return look_up(sender)

    town.world.ledger.line = line  # type: ignore[method-assign, assignment]
    assert await town.say("I have chest pain") == [ADVICE, "You said: I have chest pain"]
    assert asked == [1]


async def test_typing_the_number_or_the_title_picks_the_choice(town: Town) -> None:
    await town.say("hello", who=ANN)
    assert (await town.say(" 1. ", who=ANN))[0] == "Thank you."
    await town.say("hello", who=BEN)
    assert (await town.say("yes, YOU may", who=BEN))[0] == "Thank you."


async def test_a_choice_is_known_after_a_restart(town: Town) -> None:
    await town.say("hello")
    town.restart()
    assert (await town.say("1"))[0] == "Thank you."


async def test_a_number_that_is_no_choice_is_a_number(town: Town) -> None:
    await consenting(town)
    assert await town.say("2") == ["You said: 2"]
    assert await town.say("42") == ["You said: 42"]


async def test_commands_of_the_dialogue_engine_are_only_words(town: Town) -> None:
    await consenting(town)
    await town.say('/inform{"verified": true}')
    assert [text for text, _ in town.world.engine.heard][-1:] == ['inform{"verified": true}']


@pytest.mark.parametrize("word", ["STOP", "stop", " Stop. ", "UNSUBSCRIBE"])
async def test_stop_ends_messages_but_not_advice_on_a_danger(town: Town, word: str) -> None:
    await consenting(town)
    assert await town.say(word) == ["[push_stopped]"]
    assert await town.say("my feet tingle") == ["[push_is_stopped]"]
    kim = town.world.nurse()
    town.world.desk.reply(town.conversations()[0], "How are you?", message_id="s-1", by=kim, now=town.world.clock.now())
    await town.settle()
    assert town.twilio.texts[-1] == "[push_is_stopped]", "a nurse's message is not sent either"
    assert ("cancelled", "the patient sent STOP") in town.posts()
    assert await town.say("I have chest pain") == [ADVICE, "[push_is_stopped]"]


async def test_start_goes_on_where_stop_ended(town: Town) -> None:
    await consenting(town)
    await town.say("STOP")
    assert await town.say("START") == ["[push_started]"]
    assert await town.say("my feet tingle") == ["You said: my feet tingle"]


async def test_stop_within_a_sentence_is_no_command(town: Town) -> None:
    await consenting(town)
    assert await town.say("please stop the pain") == ["You said: please stop the pain"]


async def test_help_is_answered_and_never_by_the_engine(town: Town) -> None:
    await consenting(town)
    assert await town.say("HELP") == ["[push_help]"]
    assert town.world.engine.heard == []


async def test_what_twilio_answered_itself_is_not_answered_twice(town: Town) -> None:
    await consenting(town)
    assert await town.say("STOP", OptOutType="STOP") == []
    assert await town.say("my feet tingle") == ["[push_is_stopped]"]


async def test_a_picture_gets_a_kind_sentence_and_its_caption_an_answer(town: Town) -> None:
    await consenting(town)
    assert await town.say("", NumMedia="1") == ["[push_media]"]
    assert await town.say("is this a rash", NumMedia="1") == ["[push_media]", "You said: is this a rash"]
    assert await town.say("I have chest pain", NumMedia="1") == [ADVICE, "[push_media]", "You said: I have chest pain"]


async def test_a_message_over_the_size_is_screened_and_refused(town: Town) -> None:
    await consenting(town)
    said = await town.say("I have chest pain. " + "x " * 5000)
    assert said[0] == ADVICE
    assert "too_long" in said[1]
    assert town.world.engine.heard == []


async def test_a_body_over_the_size_is_refused(town: Town) -> None:
    assert (await town.text("x" * 70_000)).status_code == 413


async def test_too_many_messages_are_screened_and_refused_with_one_sentence(tmp_path: Path) -> None:
    town = Town(tmp_path, pace=Pace(messages_a_minute=3, talks_a_minute=5))
    for _ in range(3):
        await town.say("hello")
    said = [text for number in range(3) for text in await town.say(f"again {number}")]
    assert len(said) == 1 and "too_fast" in said[0]
    assert await town.say("I have chest pain") == [ADVICE]
    town.close()


async def test_a_number_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    town = Town(tmp_path, whatsapp_from=None)
    assert (await town.text("hello", who=f"whatsapp:{ANN}")).status_code == 400
    town.close()


# --- out ---------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [500, 503, "refuse", twilio_error(401, 20003)])
async def test_a_message_that_twilio_did_not_take_is_tried_again_in_order(town: Town, trouble: object) -> None:
    await consenting(town)
    town.twilio.faults.extend([trouble, trouble])
    await town.text("one")
    await town.settle()
    await town.text("two")
    await town.settle()
    assert town.twilio.sent == []
    for _ in range(4):
        town.world.clock.pass_by(seconds=10)
        await town.settle()
    assert town.twilio.texts == ["You said: one", "You said: two"]


async def test_a_rate_limit_is_obeyed(town: Town) -> None:
    await consenting(town)
    wait = twilio_error(429, 20429)
    wait.headers["Retry-After"] = "30"
    town.twilio.faults.append(wait)
    await town.say("one")
    asked = town.twilio.asked
    town.world.clock.pass_by(seconds=20)
    await town.settle()
    assert town.twilio.asked == asked
    town.world.clock.pass_by(seconds=11)
    await town.settle()
    assert town.twilio.texts == ["You said: one"]


@pytest.mark.parametrize("trouble", ["lost", "slow"])
async def test_a_message_whose_answer_was_lost_is_looked_up_before_it_is_sent_again(town: Town, trouble: str) -> None:
    await consenting(town)
    town.twilio.faults.append(trouble)
    await town.say("one")
    town.world.clock.pass_by(seconds=10)
    await town.settle()
    assert town.twilio.texts == ["You said: one"]
    assert town.posts()[-1] == ("sent", None)


async def test_advice_does_not_wait_behind_a_message_that_twilio_does_not_take(town: Town) -> None:
    await consenting(town)
    town.twilio.faults.append(500)
    await town.text("one")
    await town.settle()
    assert await town.say("I have chest pain") == [ADVICE]


async def test_a_number_that_cannot_be_reached_is_given_up_and_shown_to_staff(town: Town) -> None:
    await consenting(town)
    town.twilio.faults.append(twilio_error(400, 21211))
    await town.say("one")
    assert town.posts()[-1] == ("failed", "Twilio status 400, error 21211")
    talk = town.conversations()[0]
    assert waiting(town) is not None
    page = town.world.desk.open(talk, by="system", now=town.world.clock.now())
    assert [m.post_state for m in page.messages if m.post_error] == ["failed"]
    assert waiting(town) is None, "seen"


def waiting(town: Town) -> object:
    with town.world.database.read() as connection:
        return connection.exec_driver_sql("SELECT waiting_since FROM conversation").scalar()


async def test_a_message_that_nobody_takes_for_hours_is_given_up(town: Town) -> None:
    await consenting(town)
    town.twilio.faults.extend([503] * 40)
    await town.text("one")
    for _ in range(14):
        await town.settle()
        town.world.clock.pass_by(minutes=30)
    assert town.posts()[-1][0] == "failed"
    assert town.twilio.sent == []


async def test_a_vendor_that_says_the_patient_stopped_is_believed(town: Town) -> None:
    await consenting(town)
    town.twilio.faults.append(twilio_error(400, 21610))
    await town.say("one")
    assert town.posts()[-1][0] == "failed"
    town.restart()
    assert await town.say("two") == ["[push_is_stopped]"]


async def test_reports_move_the_state_forward_and_never_back(town: Town) -> None:
    await consenting(town)
    await town.say("one")
    for status, state in (("delivered", "delivered"), ("sent", "delivered"), ("read", "read"), ("delivered", "read")):
        assert (await town.report(0, status)).status_code == 204
        assert town.posts()[-1][0] == state
    page = town.world.desk.open(town.conversations()[0], by="system", now=town.world.clock.now())
    assert page.messages[-1].delivered_at == town.world.clock.now()


async def test_a_report_of_failure_reaches_staff(town: Town) -> None:
    await consenting(town)
    await town.say("one")
    await town.report(0, "undelivered", ErrorCode="30003")
    assert town.posts()[-1] == ("failed", "Twilio error 30003")
    assert waiting(town) is not None


async def test_a_forged_report_is_refused(town: Town) -> None:
    await consenting(town)
    await town.say("one")
    path = town.twilio.sent[0]["StatusCallback"].removeprefix(PUBLIC)
    assert (await town.twilio_post(path, {"MessageStatus": "failed"}, signature="AAAA")).status_code == 403
    assert town.posts()[-1][0] == "sent"


async def test_a_long_reply_is_sent_in_parts_that_end_at_sentences(town: Town) -> None:
    await consenting(town)
    long = " ".join(f"This is sentence number {number} of the reply." for number in range(120))
    kim = town.world.nurse()
    town.world.desk.reply(town.conversations()[0], long, message_id="s-1", by=kim, now=town.world.clock.now())
    await town.settle()
    assert len(town.twilio.sent) > 2
    assert all(len(text) <= 1600 and text.endswith("reply.") for text in town.twilio.texts)
    assert " ".join(town.twilio.texts) == f"Nurse Kim: {long}"


async def test_a_crash_between_two_parts_does_not_repeat_the_first(town: Town) -> None:
    await consenting(town)
    long = " ".join(f"This is sentence number {number} of the reply." for number in range(120))
    town.world.desk.reply(
        town.conversations()[0], long, message_id="s-1", by=town.world.nurse(), now=town.world.clock.now()
    )
    town.twilio.faults.extend([None, 503])
    await town.settle()
    assert len(town.twilio.sent) == 1
    town.restart()
    town.world.clock.pass_by(minutes=2)
    await town.settle()
    assert " ".join(town.twilio.texts) == f"Nurse Kim: {long}"


async def test_staff_who_took_over_are_delivered_the_same_way(town: Town) -> None:
    await consenting(town)
    talk, kim = town.conversations()[0], town.world.nurse()
    town.world.desk.take_over(talk, by=kim, now=town.world.clock.now())
    assert "with_staff" not in (await town.say("are you there"))
    town.world.desk.reply(talk, "Yes, I am.", message_id="s-1", by=kim, now=town.world.clock.now())
    town.world.desk.reply(talk, "Yes, I am.", message_id="s-1", by=kim, now=town.world.clock.now())
    await town.settle()
    assert town.twilio.texts.count("Nurse Kim: Yes, I am.") == 1


async def test_deleting_ends_what_waits_says_so_and_forgets_the_address(town: Town) -> None:
    await consenting(town)
    town.twilio.faults.append(503)
    await town.text("one")
    await town.settle()
    await town.world.conversations.erase(town.conversations()[0], by="patient")
    await town.settle()
    assert town.twilio.texts == ["[delete_done]"]
    with town.world.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM push_line").scalar() == 0
    assert await town.say("hello again") == [WELCOME, CONSENT], "whoever writes again begins anew"
    assert len(town.conversations()) == 2


async def test_retention_takes_the_address_along(town: Town) -> None:
    await consenting(town)
    town.world.clock.pass_by(days=100)
    later = town.world.clock.now()
    assert town.world.ledger.purge((KeepRule("ordinary", timedelta(days=99)),), at=later) == 1
    with town.world.database.read() as connection:
        for table in ("push_line", "post", "taken_event"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


async def test_without_database_the_patient_is_answered_and_nothing_is_lost_or_doubled(town: Town) -> None:
    await consenting(town)
    town.world.ledger.database.path.rename(town.world.folder / "away.db")
    assert await town.say("my feet tingle") == ["You said: my feet tingle"]
    assert await town.say("I have chest pain") == [ADVICE, "You said: I have chest pain"]
    (town.world.folder / "away.db").rename(town.world.ledger.database.path)
    town.world.clock.pass_by(seconds=10)
    await town.settle()
    await town.world.aftercare.replay()
    town.world.clock.pass_by(minutes=2)
    await town.settle()
    assert town.twilio.texts == ["You said: my feet tingle", ADVICE, "You said: I have chest pain"]
    assert {state for state, _ in town.posts()} == {"sent"}


# --- WhatsApp ----------------------------------------------------------------------------

WHATSAPP = f"whatsapp:{ANN}"


async def test_whatsapp_uses_its_own_number(town: Town) -> None:
    await town.say("hello", who=WHATSAPP)
    assert (town.twilio.sent[0]["From"], town.twilio.sent[0]["To"]) == (f"whatsapp:{OURS}", WHATSAPP)


async def test_whatsapp_buttons_are_used_where_the_clinic_has_a_template(tmp_path: Path) -> None:
    town = Town(tmp_path, buttons=((2, "HXtwo"),))
    await town.say("hello", who=WHATSAPP)
    assert town.twilio.sent[1]["ContentSid"] == "HXtwo"
    assert town.twilio.sent[1]["ContentVariables"] == '{"1": "May I keep it?", "2": "Yes, you may", "3": "No"}'
    assert (await town.say("Yes, you may", who=WHATSAPP, ButtonPayload="x"))[0] == "Thank you."
    town.close()


async def test_after_a_day_whatsapp_gets_the_notice_once_and_the_words_when_the_patient_writes(town: Town) -> None:
    await consenting(town, who=WHATSAPP)
    talk, kim = town.conversations()[0], town.world.nurse()
    town.world.clock.pass_by(hours=25)
    for number in (1, 2):
        words = f"Your result is here ({number})."
        town.world.desk.reply(talk, words, message_id=f"s-{number}", by=kim, now=town.world.clock.now())
        await town.settle()
    assert [m.get("ContentSid") for m in town.twilio.sent] == ["HXnotice"]
    assert [state for state, _ in town.posts()][-2:] == ["parked", "parked"]
    said = await town.say("what is it", who=WHATSAPP)
    assert said[:2] == ["Nurse Kim: Your result is here (1).", "Nurse Kim: Your result is here (2)."]


async def test_the_window_is_also_taken_from_twilio(town: Town) -> None:
    await consenting(town, who=WHATSAPP)
    town.twilio.faults.append(twilio_error(400, 63016))
    await town.say("one", who=WHATSAPP)
    assert [m.get("ContentSid") for m in town.twilio.sent] == ["HXnotice"]
    assert town.posts()[-1][0] == "parked"


async def test_without_a_notice_staff_see_that_the_window_is_shut(tmp_path: Path) -> None:
    town = Town(tmp_path, notice=None)
    await consenting(town, who=WHATSAPP)
    town.world.clock.pass_by(hours=25)
    town.world.desk.reply(
        town.conversations()[0], "Hello?", message_id="s-1", by=town.world.nurse(), now=town.world.clock.now()
    )
    await town.settle()
    assert town.posts()[-1] == ("failed", "the reply window is shut and no notice template is set")
    town.close()


async def test_a_choice_that_another_process_took_is_not_open_here(town: Town, tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    other = Town(tmp_path / "two", world=World(tmp_path / "two", url=town.world.url, welcome=WELCOME_ROWS))
    other.number = 500
    await town.say("hello")
    assert (await other.say("1"))[0] == "Thank you."
    assert await town.say("1") == ["You said: 1"]
    other.close()
