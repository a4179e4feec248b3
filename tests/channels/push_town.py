"""A front door with push channels over a real backend, the vendors' stand-ins, and a patient who writes to it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from conversation.world import PATIENT, SENTENCES, World

from bot.channels.application import create_app
from bot.channels.pace import Pace
from bot.channels.parts import DoorParts
from bot.channels.push import PushDoor, PushParts
from bot.channels.sealing import AddressBook
from bot.channels.slack import SlackApp, SlackCarrier, SlackHooks
from bot.channels.telegram import TelegramBot, TelegramCarrier, TelegramHooks
from bot.channels.twilio import TwilioAccount, TwilioCarrier, TwilioHooks
from bot.conversation.ports import Button, LedgerUnavailable, Reply
from bot.conversation.posting import Posting
from bot.knowledge.content import FOLDER
from bot.knowledge.push_keywords import load_push_keywords
from bot.knowledge.strict import Fault
from channels.vendors import (
    PUBLIC,
    SLACK_SECRET,
    SLACK_TOKEN,
    TELEGRAM_SECRET,
    TELEGRAM_TOKEN,
    TWILIO_SID,
    TWILIO_TOKEN,
    Slack,
    Telegram,
    Twilio,
    slack_signature,
    twilio_signature,
)

SECRET = "not-a-secret-at-all-0123456789"
OURS, ANN, BEN = "+441632960100", "+441632960001", "+441632960002"
WELCOME = (
    Reply("Hello, I am a program."),
    Reply("May I keep it?", (Button("Yes, you may", "yes"), Button("No", "no"))),
)

#: What a patient is sent who writes of chest pain.
ADVICE = "Call 999 now\n\nADVICE emergency cardiac"

_FAULTS: list[Fault] = []
KEYWORDS = load_push_keywords(FOLDER, _FAULTS)


class Town:
    """Twilio, Telegram and Slack, our front door, and the world behind it."""

    def __init__(self, folder: Path, *, pace: Pace | None = None, world: World | None = None, **twilio: Any) -> None:
        self.world = world or World(folder, welcome=WELCOME, limits=PATIENT)
        if isinstance(self.world, World):
            self.world.engine.consent_buttons = WELCOME[1].buttons
        self.twilio = Twilio(self.world.clock)
        self.telegram = Telegram(self.world.clock)
        self.slack = Slack(self.world.clock)
        self.pace = pace or Pace(messages_a_minute=1000, talks_a_minute=1000)
        self.account = TwilioAccount(
            **{
                "sid": TWILIO_SID,
                "token": TWILIO_TOKEN,
                "public_url": PUBLIC,
                "sms_from": OURS,
                "whatsapp_from": OURS,
                "notice": "HXnotice",
                "api": "http://twilio.example",
                **twilio,
            }
        )
        self.number = 0
        self.open()

    def open(self, *, wired: bool = True) -> None:
        """As a new process would; `wired` False for vendors behind real sockets."""
        conversations = self.world.conversations
        book = AddressBook(SECRET)
        bot = TelegramBot(token=TELEGRAM_TOKEN, secret=TELEGRAM_SECRET, api="http://telegram.example")
        slack = SlackApp(token=SLACK_TOKEN, secret=SLACK_SECRET, api="http://slack.example/api")
        wires: dict[str, Any] = {
            "twilio": self.twilio.client(auth=(TWILIO_SID, TWILIO_TOKEN)),
            "telegram": self.telegram.client(),
            "slack": self.slack.client(),
        }
        if not wired:
            wires["twilio"] = None
        telegram = TelegramCarrier(bot, client=wires["telegram"])
        carriers = {
            **{
                channel: TwilioCarrier(self.account, channel=channel, pick="[push_pick_number]", client=wires["twilio"])
                for channel in self.account.channels
            },
            "telegram": telegram,
            "slack": SlackCarrier(slack, client=wires["slack"]),
        }
        self.posting = Posting(conversations, carriers=carriers, open_address=book.open, erased=Reply("[delete_done]"))
        door = PushDoor(
            PushParts(
                conversations=conversations,
                posting=self.posting,
                book=book,
                pace=self.pace,
                words=lambda key: f"[{key}]",
                keywords=KEYWORDS,
                region="uk",
            )
        )
        routes = [
            *TwilioHooks(self.account, door, keeper=conversations.keeper, clock=conversations.clock).routes(),
            *TelegramHooks(bot, door, carrier=telegram).routes(),
            *SlackHooks(slack, door).routes(),
        ]
        self.app = create_app(
            DoorParts(
                conversations=conversations,
                aftercare=self.world.aftercare,
                sentences=SENTENCES,
                words=lambda name: f"[{name}]",
                secret=SECRET,
                allowed_origins=(),
                posting=self.posting,
                routes=routes,
            )
        )
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=PUBLIC)

    def restart(self) -> None:
        self.world.restart()
        self.open()

    def close(self) -> None:
        self.world.close()

    async def settle(self) -> None:
        """Until every turn is over and everything due was tried."""
        for _ in range(6):
            await self.world.conversations.settle_down(within=30)
            await self.posting.at_rest()
            with contextlib.suppress(LedgerUnavailable):
                if not await self.posting.round():
                    break

    # --- patients

    async def twilio_post(
        self, path: str, fields: Mapping[str, str], *, signature: str | None = None
    ) -> httpx.Response:
        signed = twilio_signature(f"{PUBLIC}{path}", fields) if signature is None else signature
        return await self.http.post(path, data=dict(fields), headers={"X-Twilio-Signature": signed})

    async def text(self, words: str, *, who: str = ANN, sid: str | None = None, **more: str) -> httpx.Response:
        """An SMS; `who` with "whatsapp:" before it is a WhatsApp message."""
        self.number += 1
        ours = f"whatsapp:{OURS}" if who.startswith("whatsapp:") else OURS
        sid = sid or f"SM{self.number:04d}"
        fields = {"MessageSid": sid, "From": who, "To": ours, "Body": words, "NumMedia": "0", **more}
        return await self.twilio_post("/hooks/twilio", fields)

    async def say(self, words: str, *, who: str = ANN, **more: str) -> list[str]:
        """Sends an SMS and returns what came back."""
        before = len(self.twilio.sent)
        answer = await self.text(words, who=who, **more)
        assert answer.status_code == 200, answer.text
        await self.settle()
        return self.twilio.texts[before:]

    async def report(self, number: int, status: str, **more: str) -> httpx.Response:
        """Twilio reports on the message it took as number `number`."""
        message = self.twilio.sent[number]
        path = message["StatusCallback"].removeprefix(PUBLIC)
        return await self.twilio_post(path, {"MessageSid": message["sid"], "MessageStatus": status, **more})

    async def update(self, update: dict[str, Any], *, secret: str | None = TELEGRAM_SECRET) -> httpx.Response:
        """A call of Telegram."""
        self.number += 1
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
        return await self.http.post("/hooks/telegram", json={"update_id": self.number, **update}, headers=headers)

    async def event(self, event: dict[str, Any], *, event_id: str | None = None, **how: Any) -> httpx.Response:
        """A call of Slack's Events API."""
        self.number += 1
        payload = {
            "type": "event_callback",
            "team_id": "T1",
            "event_id": event_id or f"Ev{self.number}",
            "event": event,
        }
        return await self.slack_post("/hooks/slack/events", json.dumps(payload).encode(), **how)

    async def slack_post(self, path: str, body: bytes, *, kind: str = "application/json", **how: Any) -> httpx.Response:
        headers = {"Content-Type": kind, **slack_signature(body, **how)}
        return await self.http.post(path, content=body, headers=headers)

    # --- looking behind

    def conversations(self) -> list[str]:
        with self.world.database.read() as connection:
            return [row[0] for row in connection.exec_driver_sql("SELECT id FROM conversation ORDER BY opened_at, id")]

    def posts(self) -> list[tuple[str, str | None]]:
        with self.world.database.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql("SELECT state, error FROM post ORDER BY place")]
