"""
Patients whose every request may meet another front door, and what the ledger must hold afterwards.

Each patient sends one message after the other, sometimes two at once, tries again with
the same id when cut off, and waits on a stream that reconnects wherever it is sent.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

WORDS = (
    "how long do injections take to work?",
    "i am tired",
    "why do you ask?",
    "my feet tingle",
    "do the injections hurt?",
    "thanks",
    "what should i eat",
    "my feet are numb as well",
)
DANGER = "i have crushing chest pain"
_A_TALK = 18  # messages: a conversation may send 20 a minute
_PATIENCE = 60.0  # seconds for one answer; the product promises 8, after a crash a little more


@dataclass
class Seen:
    """What the patients did and saw."""

    sent: dict[str, list[str]] = field(default_factory=dict)  # token to the ids of its messages, in order
    answered: list[float] = field(default_factory=list)  # seconds from sending to the first words after it
    receipts: list[float] = field(default_factory=list)
    advised: list[float] = field(default_factory=list)  # the same, for messages with a danger
    refused: int = 0
    cut_off: int = 0
    silent: int = 0  # messages without an answer in all the patience

    @property
    def messages(self) -> int:
        return sum(len(ids) for ids in self.sent.values())


class Patient:
    """One after the other holds talks until `enough` says so."""

    def __init__(self, http: aiohttp.ClientSession, address: str, seen: Seen, *, seed: int) -> None:
        self._http, self._address, self._seen = http, address, seen
        self._chance = random.Random(seed)
        self._host = f"10.{seed >> 16 & 255}.{seed >> 8 & 255}.{seed & 255}"
        self._rows: dict[str, tuple[str, float]] = {}  # id of what was said to us: author and when it came
        self._news = asyncio.Event()
        self._after = 0
        self._talks = 0

    async def live(self, enough: Callable[[], bool]) -> None:
        while not enough():
            await self._talk(enough)

    async def _talk(self, enough: Callable[[], bool]) -> None:
        self._talks += 1
        host = f"{self._host[: self._host.rfind('.')]}.{(self._talks * 7) % 250}.{self._talks}"
        opened = await self._ask("POST", "/api/sessions", headers={"X-Forwarded-For": host}, body={})
        token = opened["token"]
        who = {"Authorization": f"Bearer {token}"}
        ids = self._seen.sent.setdefault(token, [])
        self._rows, self._after = {}, 0
        listening = asyncio.ensure_future(self._listen(who))
        try:
            await self._say(who, ids, ["yes that's fine"])
            while len(ids) < _A_TALK and not enough():
                words = [self._chance.choice(WORDS) for _ in range(2 if self._chance.random() < 0.1 else 1)]
                await self._say(who, ids, [DANGER] if self._chance.random() < 0.03 else words)
        finally:
            listening.cancel()

    async def _say(self, who: dict[str, str], ids: list[str], words: Sequence[str]) -> None:
        began, before = time.monotonic(), len(self._said())
        for text in words:  # in order: the second leaves when the first has its receipt
            message_id = secrets.token_hex(12)
            ids.append(message_id)
            await self._ask("POST", "/api/messages", headers=who, body={"id": message_id, "text": text})
            self._seen.receipts.append(time.monotonic() - began)
        while len(self._said()) < before + len(words):
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), max(0.1, began + _PATIENCE - time.monotonic()))
            except asyncio.TimeoutError:
                self._seen.silent += 1
                return
        came = sorted(self._said())[before]
        (self._seen.advised if words == [DANGER] else self._seen.answered).append(came - began)

    def _said(self) -> list[float]:
        return [at for author, at in self._rows.values() if author != "patient"]

    async def _listen(self, who: dict[str, str]) -> None:
        while True:
            try:
                timeout = aiohttp.ClientTimeout(total=None, sock_read=40)
                address = f"{self._address}/api/stream?after={self._after}"
                async with self._http.get(address, headers=who, timeout=timeout) as answer:
                    async for line in answer.content:
                        if line.startswith(b"data: "):
                            self._take(json.loads(line[6:]))
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
                self._seen.cut_off += 1
            await asyncio.sleep(0.2)

    def _take(self, data: dict[str, object]) -> None:
        number = data.get("seq")
        if isinstance(number, int):
            self._after = max(self._after, number)
        if "author" in data:
            self._rows.setdefault(str(data["id"]), (str(data["author"]), time.monotonic()))
            self._news.set()

    async def _ask(self, method: str, path: str, *, headers: dict[str, str], body: object) -> dict[str, str]:
        for attempt in range(400):
            try:
                timeout = aiohttp.ClientTimeout(total=20)
                address = self._address + path
                async with self._http.request(method, address, headers=headers, json=body, timeout=timeout) as answer:
                    if answer.status < 300:
                        return dict(await answer.json())
                    if answer.status in (429, 503):
                        self._seen.refused += 1
                    else:
                        raise RuntimeError(f"{path} said {answer.status}: {await answer.text()}")
            except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
                self._seen.cut_off += 1
            await asyncio.sleep(min(0.05 * (attempt + 1), 1.0))
        raise RuntimeError(f"{path} was never taken")


async def hold(address: str, *, patients: int, enough: Callable[[], bool], seed: int = 1) -> Seen:
    """Runs so many patients side by side until there is enough, and lets each finish its message."""
    seen = Seen()
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector) as http:
        crowd = [Patient(http, address, seen, seed=seed * 1000 + number) for number in range(patients)]
        await asyncio.gather(*(patient.live(enough) for patient in crowd))
    return seen


@dataclass(frozen=True)
class Books:
    """The ledger against what was sent."""

    lost: int  # taken from a patient and not in the ledger, or without any reply
    doubled: int  # stored twice, answered twice, or worked on twice by the dialogue
    out_of_order: int  # conversations whose messages or answers stand in another order than they were sent
    safe_sentences: int  # answered by the safe sentence because the time was up
    unheard: int  # of the last messages of a conversation, not worked on by the dialogue (the safe sentence said so)
    told: tuple[str, ...] = field(default=(), repr=False)  # each conversation out of order: what stands where, no words


def check(url: str, seen: Seen, *, heard: Callable[[str], list[str]], secret: str, within: float = 20.0) -> Books:
    """
    Compare the ledger with what the patients sent, once journals are replayed and late answers are in.

    Args:
        heard: From the engine's stored state to the ids of the messages it has worked on, in order.
    """
    ends = time.monotonic() + within
    while True:
        books = _compare(url, seen, heard=heard, secret=secret)
        if not books.lost or time.monotonic() > ends:
            return books
        time.sleep(1)


def _compare(url: str, seen: Seen, *, heard: Callable[[str], list[str]], secret: str) -> Books:
    from sqlalchemy import create_engine, text

    from bot.channels.tokens import Tokens
    from bot.conversation.entries import engine_name, reply_id

    lost = doubled = safe = unheard = 0
    told: list[str] = []
    tokens = Tokens(secret)
    with create_engine(url).connect() as connection:
        for token, ids in seen.sent.items():
            talk = tokens.read(token).conversation_id
            rows = connection.execute(text(_ROWS), {"talk": talk}).all()
            own = [row for row in rows if row.author == "patient"]
            stored = [row.public_id for row in own]
            replies = {row.public_id: row.seq for row in rows if row.author != "patient"}
            replied = {row.answers for row in rows}
            lost += len(set(ids) - set(stored)) + sum(
                row.answered_at is None or row.public_id not in replied for row in own
            )
            doubled += len(stored) - len(set(stored))
            answers: dict[str, dict[str, int]] = {}  # message to the places of its answers, by part
            for message_id in ids:
                places = {part: replies.get(reply_id(talk, message_id, part, 1)) for part in _PARTS}
                answers[message_id] = {part: place for part, place in places.items() if place is not None}
                doubled += "answer" in answers[message_id] and len(answers[message_id]) > 1
                safe += "deadline" in answers[message_id]
            worked_on = heard(connection.execute(text(_STATE), {"name": engine_name(talk)}).scalar() or "")
            doubled += len(worked_on) - len(set(worked_on))
            unheard += len(set(ids[-len(worked_on) :]) - set(worked_on)) if worked_on else 0
            if broken := out_of_order(ids, stored=stored, answers=answers, worked_on=worked_on):
                told.append(
                    f"{engine_name(talk)[:8]} {', '.join(broken)}: {_as_it_stands(ids, own, answers, worked_on)}"
                )
    return Books(lost, doubled, len(told), safe, unheard, tuple(told))


def out_of_order(
    ids: Sequence[str], *, stored: Sequence[str], answers: Mapping[str, Mapping[str, int]], worked_on: Sequence[str]
) -> list[str]:
    """
    Which of the three orders differ from the one the patient sent in: "stored", "answered", "heard".

    Args:
        answers: Message id to the places of its answers in the ledger, by part.
        worked_on: What the dialogue heard, in its order; messages that it never heard are no disorder.
    """
    firsts = [answers[message_id]["answer"] for message_id in ids if "answer" in answers.get(message_id, {})]
    found = {
        "stored": list(stored) == list(ids),
        "answered": firsts == sorted(firsts),
        "heard": [message_id for message_id in ids if message_id in worked_on] == list(dict.fromkeys(worked_on)),
    }
    return [name for name, well in found.items() if not well]


def _as_it_stands(
    ids: Sequence[str], own: Sequence[Any], answers: Mapping[str, Mapping[str, int]], worked_on: Sequence[str]
) -> str:
    """For each message in the order sent: its place, the places of its answers, and when the dialogue heard it."""
    places = {row.public_id: row.seq for row in own}
    return "; ".join(
        f"#{number} at {places.get(message_id)} {dict(answers[message_id])} "
        f"heard {worked_on.index(message_id) + 1 if message_id in worked_on else 'never'}"
        for number, message_id in enumerate(ids, start=1)
    )


_PARTS = ("answer", "deadline", "late")
_ROWS = "SELECT seq, public_id, author, answered_at, answers FROM message WHERE conversation_id = :talk ORDER BY seq"
_STATE = "SELECT state FROM dialogue_state WHERE name = :name"
