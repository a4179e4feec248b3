"""
How fast are the console's pages when the ledger is large?

`.venv/bin/python -m benchmarks.console` fills a ledger with 100,000 invented conversations,
once on SQLite and once on PostgreSQL, and asks for each kind of page again and again as a
signed-in admin.  `--write` puts the table into `benchmarks/RESULTS.md`.  A ledger named by
`--sqlite` or `--postgresql` is kept, and used again when it is filled already.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import quantiles

from sqlalchemy import text
from starlette.testclient import TestClient

from benchmarks.cluster import postgres
from benchmarks.console_seed import RARE, STATES, conversations_in, seed
from bot import wiring
from bot.clinical.codes import INDICATIONS, Level
from bot.console import ConsoleParts, ContentWords, create_console
from bot.console.passwords import hash_password
from bot.conversation.desk_people import Role
from bot.records import migrate
from bot.records.database import Database
from bot.records.desk import SqlDesk
from bot.records.inbox_places import Place
from bot.settings import read_settings

_PASSWORD = "a long benchmark password"
_RESULTS = Path(__file__).resolve().parent / "RESULTS.md"
_MARKS = ("<!-- console -->", "<!-- /console -->")

Row = tuple[float, float, float, float]


def main() -> int:
    """Prints a row for each kind of page and database; returns 0."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--conversations", type=int, default=100_000)
    options.add_argument("--requests", type=int, default=40, help="of each kind")
    options.add_argument("--only", choices=("sqlite", "postgresql"), help="one database alone")
    options.add_argument("--sqlite", type=Path, help="a file to keep the ledger in")
    options.add_argument("--postgresql", help="the address of a database to keep it in")
    options.add_argument("--write", action="store_true", help="put the table into benchmarks/RESULTS.md")
    chosen = options.parse_args()
    measured: dict[str, dict[str, Row]] = {}
    for name, place in (("sqlite", _sqlite(chosen.sqlite)), ("postgresql", _postgres(chosen.postgresql))):
        if chosen.only in (None, name):
            with place as url:
                measured[name] = _measure(url, chosen.conversations, chosen.requests)
    table = _table(measured, chosen.conversations, chosen.requests)
    print(table)
    if chosen.write:
        _write(table)
    return 0


@contextmanager
def _sqlite(kept: Path | None) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="b12-console-") as folder:
        yield f"sqlite:///{(kept or Path(folder) / 'large.db').absolute()}"


@contextmanager
def _postgres(kept: str | None) -> Iterator[str]:
    if kept:
        yield kept
        return
    with postgres() as url:
        yield url


def _measure(url: str, conversations: int, requests: int) -> dict[str, Row]:
    migrate.upgrade(url)
    database = Database(url, patience=30)
    now, chance = datetime.now(timezone.utc), random.Random(12)
    if not conversations_in(database):
        begun = time.perf_counter()
        seed(database, conversations=conversations, now=now, chance=chance)
        print(f"{database.dialect}: {conversations:,} conversations in {time.perf_counter() - begun:.0f} s", flush=True)
    if database.is_postgres:  # as autovacuum would have, over the years
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))
    visitor = signed_in(database, now)
    rows: dict[str, Row] = {}
    for name, path in _pages(conversations, now, chance).items():
        visitor.get(path())  # the first one compiles its template and its queries
        wall, worked = zip(*(timed(visitor, path) for _ in range(requests)), strict=True)
        rows[name] = (*percentiles(wall), percentiles(worked)[1])
        print(f"{database.dialect}: {name}: " + " / ".join(f"{took:.0f}" for took in rows[name]), flush=True)
    database.close()
    return rows


def percentiles(took: tuple[float, ...]) -> tuple[float, float, float]:
    cuts = quantiles(took, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


def _pages(number: int, now: datetime, chance: random.Random) -> dict[str, Callable[[], str]]:
    def talk() -> str:
        return f"/talk/seed-{chance.randrange(number):07d}"

    def somewhere(side: str = "after") -> str:
        at = now - timedelta(minutes=chance.randint(60, 1_000_000))
        return f"{side}={Place(Level.NONE, None, at, 'seed')}"

    word = lambda: chance.choice(STATES).split()[0]  # noqa: E731
    return {
        "inbox": lambda: "/",
        "inbox, what an open page asks": lambda: "/inbox/rows?view=all",
        "tab: waiting": lambda: "/?view=attention",
        "tab: mine": lambda: "/?view=mine",
        "tab: mentioned": lambda: "/?view=mentioned",
        "tab: not understood": lambda: "/?view=unclear",
        "tab: not reviewed": lambda: "/?view=unreviewed",
        "any page, onwards": lambda: f"/?view=all&{somewhere()}",
        "any page, back": lambda: f"/?view=all&{somewhere('before')}",
        "last page": lambda: f"/?view=all&after={Place(Level.NONE, None, now - timedelta(days=729), 'seed')}",
        "filter: level": lambda: "/?view=all&level=emergency",
        "filter: danger": lambda: "/?view=all&category=dvt",
        "filter: acknowledged": lambda: f"/?view=all&seen={chance.choice(('yes', 'no'))}",
        "filter: label": lambda: "/?view=all&label=pharmacy",
        "filter: indication": lambda: f"/?view=all&indication={chance.choice(sorted(INDICATIONS))}",
        "filter: nobody, closed, SMS": lambda: "/?view=all&who=nobody&mode=closed&channel=sms",
        "filter: one day a year ago": lambda: f"/?view=all&since={_ago(now, 365)}&until={_ago(now, 365)}",
        "filter that nothing fits": lambda: "/?view=all&mode=waiting",
        "filter: a common word": lambda: f"/?view=all&q={word()}",
        "filter: a rare word": lambda: f"/?view=all&q={chance.choice(RARE)}",
        "search, a common word": lambda: f"/search?q={word()}",
        "search, a rare word": lambda: f"/search?q={chance.choice(RARE)}",
        "search, a word nobody wrote": lambda: "/search?q=zeppelin",
        "conversation": talk,
        "conversation, its stamp": lambda: f"{talk()}/stamp",
        "call-backs": lambda: "/call-backs",
        "alerts": lambda: "/alerts",
        "audit": lambda: "/audit",
        "figures, 7 days": lambda: "/figures?days=7",
        "figures, 30 days": lambda: "/figures?days=30",
    }


def _ago(now: datetime, days: int) -> str:
    return f"{now - timedelta(days=days):%Y-%m-%d}"


def signed_in(database: Database, now: datetime) -> TestClient:
    settings = read_settings()
    parts = wiring.parts_for(settings.region, settings.clinic_profile, settings.mode)
    desk, name = SqlDesk(database), f"bench{now:%H%M%S%f}"
    desk.add_staff(
        username=name, name="Bench", role=Role.ADMIN, password_hash=hash_password(_PASSWORD), by="system", now=now
    )
    console = create_console(ConsoleParts(desk=desk, words=ContentWords(parts.content), secret="s" * 32))
    visitor = TestClient(console, base_url="http://console.test", follow_redirects=False)
    token = re.search(r'name="form" value="([^"]*)"', visitor.get("/sign-in").text)
    fields = {"form": token.group(1) if token else "", "username": name, "password": _PASSWORD}
    if visitor.post("/sign-in", data=fields).status_code != 303:
        raise SystemExit("the benchmark could not sign in.")
    return visitor


def timed(visitor: TestClient, path: Callable[[], str]) -> tuple[float, float]:
    """Milliseconds on the clock and on the processor; the second says what a busy machine hides."""
    address = path()
    begun, worked = time.perf_counter(), time.process_time()
    answer = visitor.get(address)
    took = (time.perf_counter() - begun) * 1000, (time.process_time() - worked) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}.")
    return took


def _table(measured: dict[str, dict[str, Row]], conversations: int, requests: int) -> str:
    ahead = ", measured ahead of other work: chrt -f 1" if os.sched_getscheduler(0) == os.SCHED_FIFO else ""
    machine = f"{platform.machine()}, {os.cpu_count()} cores (load {os.getloadavg()[1]:.0f}{ahead})"
    lines = [
        f"## Console on a large ledger, {datetime.now(timezone.utc):%Y-%m-%d}",
        "",
        f"{machine}, Python {platform.python_version()}. `python -m benchmarks.console --write`: {conversations:,} "
        f"conversations, {requests} requests of each kind through the whole application, milliseconds. "
        "Processor time is the console's own: all of the work on SQLite, without the server's on PostgreSQL.",
        "",
    ]
    for name, rows in measured.items():
        lines += [f"| {name} | p50 | p95 | p99 | p95, processor |", "| --- | --- | --- | --- | --- |"]
        lines += [f"| {page} | " + " | ".join(f"{took:.0f}" for took in row) + " |" for page, row in rows.items()]
        lines.append("")
    return "\n".join(lines)


def _write(table: str) -> None:
    written = _RESULTS.read_text(encoding="utf-8")
    first, last = (written.index(mark) for mark in _MARKS)
    _RESULTS.write_text(f"{written[:first]}{_MARKS[0]}\n{table}{written[last:]}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
