"""Staff are called, again if nobody comes, and never with a patient's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.conversation.aftercare import Aftercare
from bot.conversation.ports import Alert, LedgerUnavailable
from conversation.world import World

pytestmark = pytest.mark.anyio

DANGER = "xylophone, I have chest pain"


class Route:
    """Takes alerts, or refuses so many of them first."""

    def __init__(self, name: str, *, refuses: int = 0) -> None:
        self.name, self.refuses, self.reaches = name, refuses, f"{name} of the night shift"
        self.got: list[Alert] = []

    async def send(self, alert: Alert) -> None:
        if self.refuses:
            self.refuses -= 1
            raise ConnectionError("no line")
        self.got.append(alert)


def care(world: World, *routes: Route) -> Aftercare:
    return Aftercare(world.conversations, routes=routes)


async def test_an_emergency_calls_staff_at_once_and_once(world: World) -> None:
    route = Route("mail")
    aftercare = care(world, route)
    await world.say(DANGER)
    await aftercare.send_alerts()
    await aftercare.send_alerts()
    assert [(alert.kind, alert.level.code, alert.category) for alert in route.got] == [
        ("first", "emergency", "cardiac")
    ]


async def test_an_alert_holds_no_word_of_the_patient(world: World) -> None:
    route = Route("mail")
    await world.say(DANGER)
    await care(world, route).send_alerts()
    assert "xylophone" not in repr(route.got) and "chest" not in repr(route.got)


@pytest.mark.parametrize(("text", "minutes"), [("I have chest pain", 10), ("my leg is swollen", 60)])
async def test_nobody_acknowledged_so_a_second_alert_follows(world: World, text: str, minutes: int) -> None:
    route = Route("mail")
    aftercare = care(world, route)
    await world.say(text)
    await aftercare.send_alerts()
    world.clock.pass_by(minutes=minutes - 1)
    await aftercare.send_alerts()
    assert [alert.kind for alert in route.got] == ["first"]
    world.clock.pass_by(minutes=1)
    await aftercare.send_alerts()
    assert [alert.kind for alert in route.got] == ["first", "second"]


async def test_the_second_contact_is_called_when_nobody_acknowledged(world: World) -> None:
    day, night = Route("webhook"), Route("pager")
    aftercare = Aftercare(world.conversations, routes=[day], second_routes=[night])
    await world.say(DANGER)
    await aftercare.send_alerts()
    world.clock.pass_by(minutes=10)
    await aftercare.send_alerts()
    assert [[alert.kind for alert in route.got] for route in (day, night)] == [["first"], ["second"]]


async def test_the_first_contact_is_called_again_when_the_second_cannot_be_reached(world: World) -> None:
    day, night = Route("webhook"), Route("pager", refuses=99)
    aftercare = Aftercare(world.conversations, routes=[day], second_routes=[night])
    await world.say(DANGER)
    world.clock.pass_by(minutes=10)
    await aftercare.send_alerts()
    assert sorted(alert.kind for alert in day.got) == ["first", "second"]


async def test_staff_see_what_was_sent_when_and_to_whom(world: World) -> None:
    aftercare = care(world, Route("pager", refuses=1))
    await world.say(DANGER)

    def states() -> list[tuple[str, str, str]]:
        now = world.clock.now()
        return [
            (alert.kind, alert.state(now), alert.sent_to)
            for alert in world.desk.open("talk-1", by="system", now=now).alerts
        ]

    assert states() == [("first", "late", ""), ("second", "planned", "")]
    await aftercare.send_alerts()
    assert states() == [("first", "failing", ""), ("second", "planned", "")]
    assert world.desk.alerts(now=world.clock.now(), unsent=True).total == 1
    world.clock.pass_by(seconds=16)
    await aftercare.send_alerts()
    assert states() == [("first", "sent", "pager: pager of the night shift"), ("second", "planned", "")]
    escalation = world.desk.open("talk-1", by="system", now=world.clock.now()).escalations[0]
    world.desk.acknowledge(escalation.id, by=world.nurse(), now=world.clock.now())
    assert [state for _, state, _ in states()] == ["sent", "cancelled"]
    assert world.desk.alerts(now=world.clock.now(), unsent=True).total == 0
    assert world.desk.alerts(now=world.clock.now()).total == 2


async def test_an_alert_that_failed_is_sent_again_later(world: World) -> None:
    route = Route("mail", refuses=2)
    aftercare = care(world, route)
    await world.say(DANGER)
    await aftercare.send_alerts()
    await aftercare.send_alerts()
    assert route.got == [] and aftercare.alerts_failed == 1
    world.clock.pass_by(seconds=16)
    await aftercare.send_alerts()
    world.clock.pass_by(seconds=31)
    await aftercare.send_alerts()
    assert [alert.attempts for alert in route.got] == [2]


async def test_the_next_route_is_tried_when_the_first_fails(world: World) -> None:
    broken, good = Route("mail", refuses=99), Route("pager")
    await world.say(DANGER)
    await care(world, broken, good).send_alerts()
    assert len(good.got) == 1


async def test_an_alert_survives_a_restart(world: World) -> None:
    await world.say(DANGER)
    world.restart()
    route = Route("mail")
    await care(world, route).send_alerts()
    assert len(route.got) == 1


async def test_a_failed_screen_calls_staff(world: World) -> None:
    world.screen.broken = True
    route = Route("mail")
    await world.say("hello")
    await care(world, route).send_alerts()
    assert [alert.level.code for alert in route.got] == ["check"]


async def test_staff_are_called_while_the_ledger_is_away(world: World) -> None:
    """The inbox cannot show it then, so the call matters most; it is not repeated when the ledger is back."""
    world.close()
    world.limits = replace(world.limits, ledger=0.5, ledger_read=0.5)
    world.open()
    route = Route("mail")
    aftercare = care(world, route)
    path = world.folder / "ledger.db"
    path.rename(world.folder / "away.db")
    await world.say(DANGER)
    with pytest.raises(LedgerUnavailable):
        await aftercare.send_alerts()
    assert [alert.kind for alert in route.got] == ["first"]
    (world.folder / "away.db").rename(path)
    await aftercare.replay()
    await aftercare.send_alerts()
    assert [alert.kind for alert in route.got] == ["first"]
    sent = [alert.sent_to for alert in world.desk.open("talk-1", by="system", now=world.clock.now()).alerts]
    assert sent == ["mail: mail of the night shift", ""]
