"""The two applications: the patients' front door and the staff console."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.settings import ROOT, Settings
from bot.wiring.backend import backend
from bot.wiring.others import Others
from bot.wiring.parts import checked_parts
from bot.wiring.texts import check_keys, database

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from bot.console.provider import Provider
    from bot.conversation.desk import Desk
    from bot.conversation.ports import AlertRoute


def front_door(settings: Settings) -> Starlette:
    """
    The patients' application: web channel, demo page, widget, probes.

    Raises:
        CannotStart: Content or model cannot be used.
        SettingsError: A key of sealed texts is missing.
    """
    from bot.channels.application import create_app
    from bot.channels.parts import DoorParts
    from bot.conversation.aftercare import Aftercare
    from bot.wiring.push import push_channels

    running = backend(settings)
    parts = running.parts
    others = Others(running, settings)
    widget = ROOT / "bot" / "widget"
    push = push_channels(settings, running.conversations, say=parts.say, keywords=parts.push_keywords, pace=others.pace)
    return create_app(
        DoorParts(
            conversations=running.conversations,
            aftercare=Aftercare(
                running.conversations,
                routes=alert_routes(settings),
                second_routes=alert_routes(settings, second=True),
                also=others.duties,
            ),
            sentences=running.conversations.sentences,
            words=parts.say,
            secret=settings.session_secret,
            allowed_origins=settings.allowed_origins,
            region=settings.region,
            clinic_phone=parts.facts.get("clinic_phone"),
            banner=running.banner,
            secure_cookies=settings.behind_tls,
            trusted_proxies=settings.trusted_proxies,
            widget=widget,
            home=widget / "demo" / "index.html" if settings.mode == "demo" else None,
            routes=push.routes if push else (),
            posting=push.posting if push else None,
            model_version=getattr(running.engine, "version", "none"),
            pace=others.pace,
            opening=(others.begin,),
            closing=(*(push.closing if push else ()), others.end, running.close),
        )
    )


def alert_routes(settings: Settings, *, second: bool = False) -> list[AlertRoute]:
    """Ways to reach staff beside the console, or the second contact; the first that answers is used."""
    from bot.channels.alert_mail import MailRoute, MailServer, describe
    from bot.channels.alert_slack import SlackAlertRoute
    from bot.channels.alert_webhook import WebhookRoute

    routes: list[AlertRoute] = []
    webhook, mail = settings.alert_second_webhook if second else settings.alert_webhook, settings.alert_mail
    slack = settings.alert_second_slack if second else settings.alert_slack
    if webhook is not None:
        routes.append(WebhookRoute(webhook, secret=settings.alert_secret, console=settings.console_url))
    if slack is not None:
        routes.append(SlackAlertRoute(slack, console=settings.console_url))
    to = () if mail is None else mail.second_to if second else mail.to
    if mail is not None and to:
        server = MailServer(mail.host, mail.port, mail.user, mail.password, starttls=mail.tls)
        words = partial(describe, console=settings.console_url)
        routes.append(MailRoute(server, sender=mail.sender, to=to, describe=words))
    return routes


def desk(settings: Settings) -> Desk:
    """The staff side of the ledger.  Raises SettingsError when a key of sealed texts is missing."""
    from bot.records.desk import SqlDesk

    check_keys(settings)
    return SqlDesk(database(settings, patience=2.0))


def console(settings: Settings) -> Starlette:
    """
    The staff application.

    Raises:
        CannotStart: The content cannot be used.
        SettingsError: A key of sealed texts is missing.
    """
    from bot.console import ConsoleParts, ContentWords, create_console
    from bot.knowledge.strict import read_yaml

    parts = checked_parts(settings)
    return create_console(
        ConsoleParts(
            desk=desk(settings),
            words=ContentWords(parts.content),
            secret=settings.session_secret,
            clinic_name=parts.facts.get("clinic_name", "Clinic"),
            mode=settings.mode,
            zone=settings.time_zone,
            secure=settings.behind_tls,
            provider=_sign_in_provider(settings),
            codes=parts.content.record_codes,
            keep_rules=parts.content.keep_rules,
            pseudonyms=parts.content.pseudonyms,
            intents=tuple(read_yaml(ROOT / "domain.yml")["intents"]),
            topics=tuple(parts.content.answers.by_id),
            canned=tuple(reply.filled(parts.facts, unset=parts.words.unset) for reply in parts.content.staff_replies),
        )
    )


def _sign_in_provider(settings: Settings) -> Provider | None:
    """The clinic's own sign-in for staff; asked only when somebody uses it."""
    if settings.oidc is None:
        return None
    from bot.console.provider import Provider
    from bot.conversation.desk_people import Role

    return Provider(
        issuer=settings.oidc.issuer,
        client_id=settings.oidc.client_id,
        client_secret=settings.oidc.client_secret,
        redirect_uri=f"{settings.console_url.rstrip('/')}/sign-in/clinic/back",
        roles={value: Role(role) for value, role in settings.oidc.roles.items()},
        role_claim=settings.oidc.role_claim,
        name=settings.oidc.name,
    )
