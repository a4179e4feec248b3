"""What staff see and do, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from conversation.world import World

from bot.clinical.codes import Level
from bot.conversation.desk import DeskConflict
from bot.conversation.desk_people import Role
from bot.conversation.inbox import InboxFilter
from bot.conversation.ports import Contact, EngineAnswer, Reply, UnknownConversation
from bot.records import desk_inbox, inbox_conditions

pytestmark = pytest.mark.anyio

DANGER = "I have chest pain"


def inbox(world: World, **filters: Any) -> list[str]:
    page = world.desk.inbox(InboxFilter(**filters), now=world.clock.now())
    return [row.conversation_id for row in page.rows]


# --- inbox


async def test_the_inbox_puts_the_most_urgent_first_and_then_who_waits_longest(world: World) -> None:
    await world.say("hello", talk="calm")
    await world.say("my leg is swollen", talk="urgent-early")
    world.clock.pass_by(minutes=1)
    await world.say(DANGER, talk="emergency-early")
    world.clock.pass_by(minutes=1)
    await world.say("my leg is swollen", talk="urgent-late")
    await world.say(DANGER, talk="emergency-late")
    world.clock.pass_by(minutes=1)
    await world.say("hello", talk="calm-late")
    assert inbox(world) == [
        "emergency-early",
        "emergency-late",
        "urgent-early",
        "urgent-late",
        "calm-late",
        "calm",
    ]


async def test_what_was_acknowledged_no_longer_waits(world: World) -> None:
    await world.say(DANGER, talk="seen")
    world.clock.pass_by(minutes=1)
    await world.say("my leg is swollen", talk="unseen")
    nurse = world.nurse()
    page = world.desk.open("seen", by=nurse, now=world.clock.now())
    world.desk.acknowledge(page.escalations[0].id, by=nurse, now=world.clock.now())
    assert inbox(world) == ["unseen", "seen"]
    assert inbox(world, attention=True) == ["unseen"]


async def test_the_clock_of_an_emergency_runs_five_minutes_and_of_an_urgent_thirty(world: World) -> None:
    await world.say(DANGER, talk="emergency")
    await world.say("my leg is swollen", talk="urgent")
    world.clock.pass_by(minutes=6)
    rows = {row.conversation_id: row.overdue for row in world.desk.inbox(InboxFilter(), now=world.clock.now()).rows}
    assert rows == {"emergency": True, "urgent": False}
    world.clock.pass_by(minutes=25)
    rows = {row.conversation_id: row.overdue for row in world.desk.inbox(InboxFilter(), now=world.clock.now()).rows}
    assert rows == {"emergency": True, "urgent": True}


async def test_a_safety_question_without_an_answer_is_listed_after_ten_minutes(world: World) -> None:
    await world.say("I feel weird")
    assert inbox(world, attention=True) == []
    world.clock.pass_by(minutes=11)
    assert inbox(world, attention=True) == ["talk-1"]
    await world.say("no")
    assert inbox(world, attention=True) == []


async def test_filters_narrow(world: World) -> None:
    await world.say(DANGER, talk="danger")
    await world.consenting(talk="calm")
    await world.say("zebra??", talk="calm")
    nurse = world.nurse()
    world.desk.assign("calm", to=nurse, by=nurse, now=world.clock.now())
    world.desk.mark_reviewed("danger", by=nurse, now=world.clock.now())
    assert inbox(world, levels=frozenset({Level.EMERGENCY})) == ["danger"]
    assert inbox(world, category="cardiac") == ["danger"]
    assert inbox(world, category="stroke") == []
    assert inbox(world, channel="sms") == []
    assert inbox(world, assigned_to=nurse) == ["calm"]
    assert inbox(world, assigned_to="nobody") == ["danger"]
    assert inbox(world, acknowledged=False) == ["danger"]
    assert inbox(world, acknowledged=True) == []
    assert inbox(world, reviewed=True) == ["danger"]
    assert inbox(world, not_understood=True) == ["calm"]
    assert inbox(world, not_understood=False) == ["danger"]
    assert inbox(world, text="zebra") == ["calm"]
    assert inbox(world, mode="staff") == []
    assert inbox(world, since=world.clock.now()) == ["danger", "calm"]
    assert inbox(world, until=world.clock.now()) == []


async def test_the_inbox_is_paged(world: World) -> None:
    """On to the end and back again; what waits and what does not may share a page."""
    for number in range(7):
        await world.say(DANGER if number % 3 == 0 else "hello", talk=f"talk-{number}")
        world.clock.pass_by(seconds=1)
    order = inbox(world)
    assert order == [f"talk-{number}" for number in (0, 3, 6, 5, 4, 2, 1)]
    now, size = world.clock.now(), 2
    page = world.desk.inbox(InboxFilter(), now=now, size=size)
    assert (page.earlier, page.total, page.cut) == (None, 7, False)
    onwards, backwards = [page], []
    while page.later:
        page = world.desk.inbox(InboxFilter(), now=now, size=size, after=page.later)
        onwards.append(page)
    while page.earlier:
        page = world.desk.inbox(InboxFilter(), now=now, size=size, before=page.earlier)
        backwards.append(page)
    assert [row.conversation_id for one in onwards for row in one.rows] == order
    assert [[row.conversation_id for row in one.rows] for one in backwards] == [
        [row.conversation_id for row in one.rows] for one in onwards[-2::-1]
    ]


async def test_what_comes_in_while_somebody_pages_moves_no_row_onto_two_pages(world: World) -> None:
    for number in range(4):
        await world.say("hello", talk=f"talk-{number}")
        world.clock.pass_by(seconds=1)
    first = world.desk.inbox(InboxFilter(), now=world.clock.now(), size=2)
    await world.say("hello", talk="new")
    second = world.desk.inbox(InboxFilter(), now=world.clock.now(), size=2, after=first.later or "")
    assert [row.conversation_id for row in (*first.rows, *second.rows)] == ["talk-3", "talk-2", "talk-1", "talk-0"]


async def test_a_page_after_the_last_row_is_the_first_page(world: World) -> None:
    await world.say("hello")
    assert [
        row.conversation_id for row in world.desk.inbox(InboxFilter(), now=world.clock.now(), after="0~~0~a").rows
    ] == ["talk-1"]


async def test_numbers_are_counted_so_far_and_no_further(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        await world.say(DANGER if number else "hello", talk=f"talk-{number}")
    monkeypatch.setattr(desk_inbox, "MOST_COUNTED", 2)
    wanted = {"all": InboxFilter(), "waiting": InboxFilter(attention=True), "calm": InboxFilter(attention=False)}
    assert world.desk.inbox_counts(wanted, now=world.clock.now()) == {"all": 3, "waiting": 3, "calm": 1}
    assert world.desk.inbox(InboxFilter(), now=world.clock.now()).total == 3
    listing = world.desk.inbox_listing(InboxFilter(), now=world.clock.now(), most=1)
    assert (listing.total, len(listing.ids)) == (4, 1)


async def test_a_list_keeps_its_order_and_leaves_out_what_was_erased_meanwhile(world: World) -> None:
    nurse = world.nurse()
    for name in ("one", "two", "three"):
        await world.consenting(talk=name)
        world.clock.pass_by(seconds=1)
    ids = world.desk.inbox_listing(InboxFilter(), now=world.clock.now(), most=10).ids
    assert ids == ("three", "two", "one")
    world.desk.erase("two", reason="asked by post", by=nurse, now=world.clock.now())
    rows = world.desk.inbox_rows(ids, now=world.clock.now())
    assert [(row.conversation_id, row.excerpt) for row in rows] == [("three", ""), ("one", "")]


async def test_an_inbox_narrowed_by_a_very_common_word_says_that_old_messages_were_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        await world.consenting(talk=f"talk-{number}")
        await world.say("my feet tingle", talk=f"talk-{number}")
    monkeypatch.setattr(inbox_conditions, "MOST_FOUND", 2)
    page = world.desk.inbox(InboxFilter(text="tingle"), now=world.clock.now())
    assert page.cut
    assert "talk-0" not in [row.conversation_id for row in page.rows]
    assert not world.desk.inbox(InboxFilter(text="nowhere"), now=world.clock.now()).cut


async def test_the_inbox_shows_the_last_words_that_staff_may_see(world: World) -> None:
    await world.say("my secret")
    row = world.desk.inbox(InboxFilter(), now=world.clock.now()).rows[0]
    assert (row.excerpt, row.unread) == ("", 1)
    await world.say(DANGER)
    assert world.desk.inbox(InboxFilter(), now=world.clock.now()).rows[0].excerpt == DANGER
    world.desk.open("talk-1", by="system", now=world.clock.now())
    assert world.desk.inbox(InboxFilter(), now=world.clock.now()).rows[0].unread == 0


# --- one conversation


async def test_a_conversation_shows_why_it_was_escalated(world: World) -> None:
    await world.say(f"since this morning {DANGER}")
    page = world.desk.open("talk-1", by="system", now=world.clock.now())
    (escalation,) = page.escalations
    assert (escalation.level, escalation.category, escalation.state) == (Level.EMERGENCY, "cardiac", "open")
    assert (escalation.content_version, escalation.advice) == ("content-1", "ADVICE emergency cardiac")
    (match,) = escalation.matches
    assert (match.rule, match.words, match.start, match.end) == ("chest-pain", "chest pain", 26, 36)
    assert page.messages[0].matches == (match,)


async def test_intent_and_confidence_stand_beside_the_message_they_belong_to(world: World) -> None:
    await world.consenting()
    await world.say("my feet tingle")
    page = world.desk.open("talk-1", by="system", now=world.clock.now())
    said = next(one for one in page.messages if one.reply.text == "my feet tingle")
    assert (said.intent, said.confidence, said.understood) == ("report_symptoms", 0.9, True)
    assert page.snapshot["findings"] == ["my feet tingle"]


async def test_notes_outcome_and_contact_are_kept(world: World) -> None:
    async def with_contact(text: str, turn: object) -> EngineAnswer:
        return EngineAnswer(replies=(Reply("ok"),), consent=True, contact=Contact(name="Jo", phone="0123"))

    world.engine.behave = with_contact
    await world.say("call me")
    nurse = world.nurse()
    world.desk.note("talk-1", "rang, no answer", by=nurse, now=world.clock.now())
    world.desk.set_outcome("talk-1", "called back", by=nurse, now=world.clock.now())
    page = world.desk.open("talk-1", by=nurse, now=world.clock.now())
    assert [(one.by, one.text) for one in page.notes] == [("Nurse Kim", "rang, no answer")]
    assert (page.outcome, page.contact, page.reachable_by) == ("called back", None, ("name", "phone"))
    assert world.desk.contact("talk-1", by=nurse, now=world.clock.now()) == Contact(name="Jo", phone="0123")
    newest = world.desk.audit(by="system", now=world.clock.now(), target="talk-1").entries[1]
    assert (newest.action, newest.by_name) == ("contact.shown", "Nurse Kim")


async def test_an_unknown_conversation_is_named(world: World) -> None:
    with pytest.raises(UnknownConversation):
        world.desk.open("nowhere", by="system", now=world.clock.now())


# --- escalations


async def test_only_one_person_acknowledges(world: World) -> None:
    await world.say(DANGER)
    kim, lee = world.nurse("Nurse Kim"), world.nurse("Nurse Lee")
    escalation = world.desk.open("talk-1", by=kim, now=world.clock.now()).escalations[0].id
    world.desk.acknowledge(escalation, by=kim, now=world.clock.now())
    world.desk.acknowledge(escalation, by=kim, now=world.clock.now())
    with pytest.raises(DeskConflict, match="Nurse Kim"):
        world.desk.acknowledge(escalation, by=lee, now=world.clock.now())


async def test_acknowledging_cancels_the_second_alert(world: World) -> None:
    await world.say(DANGER)
    nurse = world.nurse()
    escalation = world.desk.open("talk-1", by=nurse, now=world.clock.now()).escalations[0].id
    world.clock.pass_by(minutes=11)
    assert world.calls_due() == ["first", "second"]
    world.desk.acknowledge(escalation, by=nurse, now=world.clock.now())
    assert world.calls_due() == []


async def test_releasing_one_danger_leaves_the_level_of_the_other(world: World) -> None:
    await world.say("my leg is swollen")
    await world.say("my throat is closing")
    nurse = world.nurse()
    page = world.desk.open("talk-1", by=nurse, now=world.clock.now())
    throat = next(one for one in page.escalations if one.category == "anaphylaxis")
    world.desk.release(throat.id, reason="a cold", by=nurse, now=world.clock.now())
    state = world.ledger.state("talk-1")
    assert state.level is Level.URGENT
    leg = next(one for one in page.escalations if one.category == "dvt")
    world.desk.release(leg.id, reason="old sprain", by=nurse, now=world.clock.now())
    assert world.ledger.state("talk-1").level is Level.NONE


async def test_confirming_keeps_the_level(world: World) -> None:
    await world.say(DANGER)
    nurse = world.nurse()
    escalation = world.desk.open("talk-1", by=nurse, now=world.clock.now()).escalations[0].id
    world.desk.confirm(escalation, reason="in hospital", by=nurse, now=world.clock.now())
    assert world.ledger.state("talk-1").level is Level.EMERGENCY
    with pytest.raises(DeskConflict, match="confirmed by Nurse Kim"):
        world.desk.release(escalation, reason="x", by=nurse, now=world.clock.now())


async def test_the_same_danger_again_while_nobody_has_looked_is_one_escalation(world: World) -> None:
    await world.say(DANGER)
    nurse = world.nurse()
    world.screen.broken = True
    for _ in range(3):
        await world.say("hello?")
    page = world.desk.open("talk-1", by=nurse, now=world.clock.now())
    assert [one.kind for one in page.escalations] == ["danger", "screen_failed"]


async def test_an_open_danger_cannot_be_closed_away(world: World) -> None:
    await world.say(DANGER)
    nurse = world.nurse()
    with pytest.raises(DeskConflict, match="escalation"):
        world.desk.close("talk-1", by=nurse, now=world.clock.now())
    escalation = world.desk.open("talk-1", by=nurse, now=world.clock.now()).escalations[0].id
    world.desk.release(escalation, reason="x", by=nurse, now=world.clock.now())
    world.desk.close("talk-1", by=nurse, now=world.clock.now())
    with pytest.raises(DeskConflict):
        world.desk.hand_back("talk-1", by=nurse, now=world.clock.now())
    await world.say("hello again")
    assert world.ledger.state("talk-1").mode == "assistant"


# --- taking over


async def test_the_assistant_is_silent_while_staff_answer_and_screening_goes_on(world: World) -> None:
    await world.consenting()
    nurse = world.nurse()
    world.desk.take_over("talk-1", by=nurse, now=world.clock.now())
    said = await world.say("my feet tingle")
    assert said == ["[human_waiting] call 01632 960 123 or 999"]
    assert world.engine.heard == []
    assert (await world.say(DANGER)) == ["ADVICE emergency cardiac"]
    assert inbox(world, attention=True) == ["talk-1"]
    world.desk.hand_back("talk-1", by=nurse, now=world.clock.now())
    assert await world.say("my feet tingle") == ["You said: my feet tingle"]


async def test_a_staff_reply_takes_over_and_the_same_one_twice_is_one(world: World) -> None:
    await world.consenting()
    nurse = world.nurse()
    seqs = [
        world.desk.reply("talk-1", "This is Kim.", message_id="staff-0001", by=nurse, now=world.clock.now())
        for _ in range(2)
    ]
    assert seqs[0] == seqs[1]
    page = world.desk.open("talk-1", by=nurse, now=world.clock.now())
    assert (page.mode, page.assigned_name) == ("staff", "Nurse Kim")
    assert [one.author_name for one in page.messages if one.author == "staff"] == ["Nurse Kim"]


async def test_a_patient_whom_staff_have_not_answered_waits(world: World) -> None:
    await world.consenting()
    nurse = world.nurse()
    world.desk.reply("talk-1", "This is Kim.", message_id="staff-0001", by=nurse, now=world.clock.now())
    assert inbox(world, attention=True) == []
    world.clock.pass_by(seconds=5)
    await world.say("are you there?")
    assert inbox(world, attention=True) == ["talk-1"]
    world.desk.reply("talk-1", "Yes.", message_id="staff-0002", by=nurse, now=world.clock.now())
    assert inbox(world, attention=True) == []


async def test_staff_who_fall_silent_hand_back_with_a_word(world: World) -> None:
    await world.consenting()
    nurse = world.nurse()
    world.desk.reply("talk-1", "This is Kim.", message_id="staff-0001", by=nurse, now=world.clock.now())
    world.clock.pass_by(minutes=29)
    assert await world.aftercare.hand_back_silent() == ()
    world.clock.pass_by(minutes=2)
    assert await world.aftercare.hand_back_silent() == ("talk-1",)
    assert (await world.texts())[-1] == "[human_back] call 01632 960 123 or 999"
    assert await world.say("my feet tingle") == ["You said: my feet tingle"]


# --- search


async def test_search_finds_all_words_in_any_form_of_letters_and_the_beginning_of_the_last(world: World) -> None:
    await world.consenting()
    await world.say("My café visit made my feet TINGLE")
    for words in ("tingle", "feet ting", "FEET my", "visit"):
        assert [hit.author for hit in world.desk.search(words, by="system", now=world.clock.now())] != [], words
    for words in ("tinglers", "feet arms", "", "'\"()* --", "x' OR '1'='1"):
        assert world.desk.search(words, by="system", now=world.clock.now()) == (), words


# --- people


async def test_a_user_name_is_taken_once_whatever_its_case(world: World) -> None:
    world.nurse("Kim")
    with pytest.raises(DeskConflict, match="kim"):
        world.desk.add_staff(
            username="KIM ", name="x", role=Role.VIEWER, password_hash="-", by="system", now=world.clock.now()
        )


async def test_a_session_ends_with_time_password_role_and_account(world: World) -> None:
    from datetime import timedelta

    nurse, now = world.nurse(), world.clock.now()

    def opened(name: str) -> str:
        world.desk.open_session(
            nurse, token_hash=name, now=now, expires_at=now + timedelta(hours=8), data={"csrf": "x"}
        )
        return name

    session = world.desk.session(opened("one"), now=now)
    assert session is not None and (session.staff.id, session.data) == (nurse, {"csrf": "x"})
    assert world.desk.session("one", now=now + timedelta(hours=8)) is None
    assert world.desk.session("never", now=now) is None
    world.desk.close_session("one", now=now)
    assert world.desk.session("one", now=now) is None
    for change in ({"password_hash": "new"}, {"role": Role.ADMIN}, {"active": False}):
        opened(f"before {change}")
        world.desk.change_staff(nurse, by="system", now=now, **change)
        assert world.desk.session(f"before {change}", now=now) is None
    opened("name only")
    world.desk.change_staff(nurse, by="system", now=now, active=True)
    world.desk.change_staff(nurse, by="system", now=now, name="Kim B.")
    assert world.desk.session("name only", now=now) is not None


async def test_failed_sign_ins_are_counted_and_forgotten_after_a_good_one(world: World) -> None:
    nurse, now = world.nurse(), world.clock.now()
    for _ in range(3):
        world.desk.note_sign_in(nurse, succeeded=False, now=now, tries=3, lock_until=now)
    assert (world.desk.staff(nurse).failed_attempts, world.desk.staff(nurse).locked_until) == (3, now)
    assert world.desk.note_sign_in(nurse, succeeded=True, now=now, tries=3, lock_until=now)
    assert (world.desk.staff(nurse).failed_attempts, world.desk.staff(nurse).last_sign_in) == (0, now)


async def test_tries_at_the_same_moment_lock_an_account_too(world: World) -> None:
    """Each has read the account before any of them failed; the right password comes too late."""
    nurse, now = world.nurse(), world.clock.now()
    later = now + timedelta(minutes=15)
    with ThreadPoolExecutor(4) as threads:
        came_in = list(
            threads.map(
                lambda _: world.desk.note_sign_in(nurse, succeeded=False, now=now, tries=5, lock_until=later), range(8)
            )
        )
    assert came_in == [False] * 8
    assert world.desk.staff(nurse).locked_until == later
    assert not world.desk.note_sign_in(nurse, succeeded=True, now=now, tries=5, lock_until=later)


def test_secrets_do_not_show_in_a_printed_account() -> None:
    from datetime import datetime, timezone

    from bot.conversation.desk_people import Staff

    account = Staff(
        id="s",
        username="u",
        name="n",
        role=Role.VIEWER,
        active=True,
        created_at=datetime.now(timezone.utc),
        password_hash="HASH",
        totp_secret="SECRET",
    )
    assert "HASH" not in repr(account) and "SECRET" not in repr(account)


# --- audit


async def test_reading_a_conversation_leaves_a_trail(world: World) -> None:
    await world.say(DANGER)
    nurse = world.nurse()
    world.desk.open("talk-1", by=nurse, now=world.clock.now())
    page = world.desk.audit(by=nurse, now=world.clock.now(), target="talk-1")
    assert [(entry.by_name, entry.action) for entry in page.entries] == [
        ("Nurse Kim", "audit.read"),
        ("Nurse Kim", "conversation.opened"),
    ]


async def test_the_trail_holds_no_word_of_the_patient(world: World) -> None:
    await world.consenting()
    await world.say("xylophone chest pain")
    nurse = world.nurse()
    page = world.desk.open("talk-1", by=nurse, now=world.clock.now())
    world.desk.search("xylophone", by=nurse, now=world.clock.now())
    world.desk.note("talk-1", "xylophone noted", by=nurse, now=world.clock.now())
    world.desk.release(page.escalations[0].id, reason="xylophone", by=nurse, now=world.clock.now())
    world.desk.erase("talk-1", reason="asked by post", by=nurse, now=world.clock.now())
    entries = world.desk.audit(by=nurse, now=world.clock.now(), size=100).entries
    assert "xylophone" not in str([(entry.action, entry.target, entry.details) for entry in entries])


async def test_the_figures_count(world: World) -> None:
    from datetime import timedelta

    await world.say(DANGER, talk="one")
    await world.consenting(talk="two")
    await world.say("what??", talk="two")
    nurse = world.nurse()
    escalation = world.desk.open("one", by=nurse, now=world.clock.now()).escalations[0].id
    world.clock.pass_by(seconds=90)
    world.desk.acknowledge(escalation, by=nurse, now=world.clock.now())
    now = world.clock.now()
    figures = world.desk.figures((now - timedelta(days=1), now + timedelta(days=1)), now=now)
    assert (figures.total("conversations"), figures.by_level["emergency"]) == (2, 1)
    assert (figures.by_category, figures.waits[0].in_time, figures.waits[0].open) == ({"cardiac": 1}, (90.0,), 0)
    assert figures.total("not_understood") == 1
