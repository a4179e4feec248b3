"""
Does a turn, or the inbox, cost more once 1,000,000 messages are stored?

`.venv/bin/python -m benchmarks.million` starts PostgreSQL, fills one database with a
million messages and leaves another empty, and then asks both in turn, so that other
work on the machine meets both alike: turns through the trained model in new
conversations and in one of 1,000 messages, and pages of the console.  `--write` puts
the table into `benchmarks/RESULTS.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import statistics
import tempfile
import time
from collections import defaultdict
from datetime import datetime, timezone
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.engine import Connection

from benchmarks.cluster import database, postgres
from benchmarks.console import signed_in, timed
from benchmarks.console_bulk import finish
from benchmarks.console_seed import RARE, seed
from benchmarks.growth import ROUND
from bot import wiring
from bot.conversation.inbound import Inbound
from bot.conversation.turn import Conversations
from bot.records.database import Database
from bot.records.schema import conversation, message
from bot.settings import read_settings

_RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
_MARKS = ("<!-- million -->", "<!-- /million -->")
_DRAWN = 4_000  # conversations drawn one by one, with labels, dangers and an audit; the others are their copies
_LONG = 1_000  # messages of the long conversation
_SIDES = ("empty", "full")
_PAGES = {
    "inbox": lambda: "/?view=all",
    "tab: waiting": lambda: "/?view=attention",
    "search, a rare word": lambda: f"/search?q={RARE[0]}",
}

Took = dict[tuple[str, str], list[float]]  # milliseconds, by what was measured and on which side


class _Now:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)


def main() -> int:
    """Prints the table; returns 0."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--messages", type=int, default=1_000_000)
    options.add_argument("--turns", type=int, default=30, help="of each kind, on each side")
    options.add_argument("--requests", type=int, default=20, help="of each page, on each side")
    options.add_argument("--write", action="store_true", help="put the table into benchmarks/RESULTS.md")
    chosen = options.parse_args()
    with postgres() as server, tempfile.TemporaryDirectory(prefix="b12-million-") as folder:
        urls = {side: database(server, f"side_{side}") for side in _SIDES}
        begun = time.perf_counter()
        stored = fill(urls["full"], chosen.messages)
        print(f"{stored:,} messages stored in {time.perf_counter() - begun:.0f} s", flush=True)
        took = asyncio.run(_turns(urls, Path(folder), chosen.turns))
        took.update(_pages(urls, chosen.requests))
    table = _table(took, stored, chosen.turns, chosen.requests)
    print(table)
    if chosen.write:
        written = _RESULTS.read_text(encoding="utf-8")
        first, last = (written.index(mark) for mark in _MARKS)
        _RESULTS.write_text(f"{written[:first]}{_MARKS[0]}\n{table}\n{written[last:]}", encoding="utf-8")
    return 0


def fill(url: str, messages: int) -> int:
    """Writes at least so many messages over two years before now; returns how many."""
    database = Database(url, patience=30)
    now, chance = datetime.now(timezone.utc), random.Random(12)
    seed(database, conversations=min(_DRAWN, max(messages // 5, 100)), now=now, chance=chance)
    with database.write() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL synchronous_commit = off"))
        drawn, highest = connection.execute(select(func.count(), func.max(message.c.id))).one()
        copies = max(0, -(-messages // drawn) - 1)
        for number in range(1, copies + 1):
            _copy_all(connection, number, highest)
        finish(connection)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("VACUUM ANALYZE"))  # as autovacuum would have, over the years
    database.close()
    return int(drawn * (copies + 1))


def _copy_all(connection: Connection, number: int, highest: int) -> None:
    """Every drawn conversation once more, a little earlier; nobody waits in the copies."""
    name, before = f"c{number:02d}-", f"interval '{37 * number} minutes'"
    other = {
        "conversation": {
            "id": f"'{name}' || id",
            "last_at": f"last_at - {before}",
            "waiting_since": "NULL",
            "due_at": "NULL",
        },
        "message": {
            "id": f"id + {number * highest}",
            "conversation_id": f"'{name}' || conversation_id",
            "key": f"'{name}' || key",
            "at": f"at - {before}",
        },
    }
    for table, drawn in ((conversation, "id LIKE 'seed-%'"), (message, f"id <= {highest}")):
        columns = ", ".join(f'"{column.name}"' for column in table.c)
        values = ", ".join(other[table.name].get(column.name, f'"{column.name}"') for column in table.c)
        connection.execute(
            text(f'INSERT INTO "{table.name}" ({columns}) SELECT {values} FROM "{table.name}" WHERE {drawn}')
        )
    connection.execute(
        text(
            "INSERT INTO message_search (message_id, words) "
            f"SELECT message_id + {number * highest}, words FROM message_search WHERE message_id <= {highest}"
        )
    )


# --- turns


async def _turns(urls: dict[str, str], folder: Path, turns: int) -> Took:
    """One turn on one side, the next on the other."""
    took: Took = defaultdict(list)
    sides = {}
    for side, url in urls.items():
        (folder / side).mkdir()
        backend = wiring.rehearsal(read_settings(), region="uk", folder=folder / side, clock=_Now(), url=url)
        sides[side] = backend
        await _say(backend.conversations, "long", 0, ROUND[0])
        await _say(backend.conversations, "long", 1, "yes that's fine")
        _lengthen(backend.database, "long")
    for number in range(turns):
        words, fresh = ROUND[number % len(ROUND)], f"fresh-{number}"
        for side, backend in sides.items():
            talks = backend.conversations
            await _say(talks, fresh, 0, "yes that's fine")
            for kind, talk in (("turn in a new conversation", fresh), ("turn after 1,000 messages", "long")):
                before = _stored(talks)
                whole = await _say(talks, talk, number + 2, words)
                took[kind, side].append(whole)
                took[f"{kind}: storing message and reply", side].append(_stored(talks) - before)
    for backend in sides.values():
        backend.close()
    return took


async def _say(talks: Conversations, talk: str, number: int, words: str) -> float:
    """Milliseconds from the message to its stored reply."""
    if talks.talks.get(talk) is None:
        talks.begin(talk, channel="batch", region="uk")
    at = talks.clock.now()
    inbound = Inbound(talk, f"message-{number:04d}", words, channel="batch", region="uk", at=at)
    begun = time.perf_counter()
    await talks.receive(inbound)
    await talks.settle_down(within=60)
    return (time.perf_counter() - begun) * 1000


def _stored(talks: Conversations) -> float:
    """Milliseconds that the ledger's two writes have taken so far."""
    return 1000 * sum(talks.stages.spent[stage].seconds for stage in ("storing", "settling"))


def _lengthen(database: Database, talk: str) -> None:
    """Stored words of an earlier time, after which the conversation goes on."""
    columns = "conversation_id, seq, key, public_id, author, text, at, held, level, answered_at, answered_as, tries"
    with database.write() as connection:
        last = connection.execute(select(conversation.c.last_seq).where(conversation.c.id == talk)).scalar_one()
        connection.execute(
            text(
                f"INSERT INTO message ({columns}) SELECT :talk, n, :talk || '-old-' || n, 'old-' || n, "
                "CASE n % 2 WHEN 0 THEN 'patient' ELSE 'assistant' END, 'my feet tingle again today', now(), false, 0, "
                "CASE n % 2 WHEN 0 THEN now() END, CASE n % 2 WHEN 0 THEN 'answer' END, 1 - n % 2 "
                "FROM generate_series(:first, :last) AS n"
            ),
            {"talk": talk, "first": last + 1, "last": last + _LONG},
        )
        connection.execute(
            text("UPDATE conversation SET last_seq = last_seq + :more WHERE id = :talk"), {"more": _LONG, "talk": talk}
        )


# --- pages


def _pages(urls: dict[str, str], requests: int) -> Took:
    took: Took = defaultdict(list)
    now, databases = datetime.now(timezone.utc), {side: Database(url, patience=30) for side, url in urls.items()}
    visitors = {side: signed_in(database, now) for side, database in databases.items()}
    for name, path in _PAGES.items():
        for visitor in visitors.values():
            visitor.get(path())  # the first one compiles its template and its queries
        for _ in range(requests):
            for side, visitor in visitors.items():
                took[name, side].append(timed(visitor, path)[0])
    for one in databases.values():
        one.close()
    return took


def _table(took: Took, stored: int, turns: int, requests: int) -> str:
    lines = [
        f"## A million messages, {datetime.now(timezone.utc):%Y-%m-%d}",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores (load {os.getloadavg()[1]:.0f}), Python {platform.python_version()}, "
        f"PostgreSQL. `python -m benchmarks.million --write`: {stored:,} stored messages against an empty database, "
        f"asked in turn; {turns} turns and {requests} requests of each kind. The ratio of the medians is what counts.",
        "",
        "| milliseconds | empty p50 / p95 | full p50 / p95 | ratio |",
        "| --- | --- | --- | --- |",
    ]
    for name in dict.fromkeys(name for name, _ in took):
        empty, full = (took[name, side] for side in _SIDES)
        ratio = statistics.median(full) / statistics.median(empty)
        lines.append(f"| {name} | {_spread(empty)} | {_spread(full)} | {ratio:.2f} |")
    return "\n".join(lines)


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} / {statistics.quantiles(values, n=20, method='inclusive')[18]:.0f}"


if __name__ == "__main__":
    raise SystemExit(main())
