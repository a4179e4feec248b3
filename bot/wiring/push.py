"""Join the push channels: which vendors are configured, their carriers, their hooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.conversation.ports import Reply

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from bot.channels.pace import Pace
    from bot.conversation.posting import Posting
    from bot.conversation.posting_port import Carrier
    from bot.conversation.turn import Conversations
    from bot.settings import Settings


@dataclass(frozen=True)
class PushChannels:
    """The hooks to serve, the worker to start, and what to close."""

    routes: tuple[BaseRoute, ...]
    posting: Posting
    closing: tuple[Callable[[], Awaitable[None]], ...]


def push_channels(
    settings: Settings,
    conversations: Conversations,
    *,
    say: Callable[[str], str],
    keywords: Mapping[str, Mapping[str, str]],
    pace: Pace,
) -> PushChannels | None:
    """None when no vendor is configured."""
    push = settings.push
    if not push.any:
        return None
    from bot.channels.push import PushDoor, PushParts
    from bot.channels.sealing import AddressBook
    from bot.channels.slack import SlackApp, SlackCarrier, SlackHooks
    from bot.channels.telegram import TelegramBot, TelegramCarrier, TelegramHooks
    from bot.channels.twilio import TwilioAccount, TwilioCarrier, TwilioHooks
    from bot.conversation.posting import Posting

    account = TwilioAccount(
        sid=push.twilio_sid,
        token=push.twilio_token,
        public_url=push.public_url,
        sms_from=push.twilio_sms_from or None,
        whatsapp_from=push.twilio_whatsapp_from or None,
        notice=push.twilio_notice or None,
        buttons=push.twilio_buttons,
        api=push.twilio_api,
    )
    bot = TelegramBot(token=push.telegram_token, secret=push.telegram_secret, api=push.telegram_api)
    slack = SlackApp(token=push.slack_token, secret=push.slack_secret, api=push.slack_api)
    carriers: dict[str, Carrier] = {}
    closing: list[Callable[[], Awaitable[None]]] = []
    for channel in account.channels if push.twilio else ():
        twilio = TwilioCarrier(account, channel=channel, pick=say("push_pick_number"))
        carriers[channel] = twilio
        closing.append(twilio.close)
    telegram_carrier = TelegramCarrier(bot) if push.telegram else None
    if telegram_carrier is not None:
        carriers["telegram"] = telegram_carrier
        closing.append(telegram_carrier.close)
    if push.slack:
        slack_carrier = SlackCarrier(slack)
        carriers["slack"] = slack_carrier
        closing.append(slack_carrier.close)
    book = AddressBook(settings.session_secret)
    posting = Posting(conversations, carriers=carriers, open_address=book.open, erased=Reply(say("delete_done")))
    door = PushDoor(
        PushParts(
            conversations=conversations,
            posting=posting,
            book=book,
            pace=pace,
            words=say,
            keywords=keywords,
            region=settings.region,
        )
    )
    routes: list[BaseRoute] = []
    if push.twilio:
        routes += TwilioHooks(account, door, keeper=conversations.keeper, clock=conversations.clock).routes()
    if telegram_carrier is not None:
        routes += TelegramHooks(bot, door, carrier=telegram_carrier).routes()
    if push.slack:
        routes += SlackHooks(slack, door).routes()
    return PushChannels(tuple(routes), posting, tuple(closing))
