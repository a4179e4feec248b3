"""
How fast are the console's pages when the ledger is large?

`.venv/bin/python -m benchmarks.console` fills a ledger of its own with 100,000 invented
conversations, asks for each kind of page again and again as a signed-in clinician, and
prints the 95th percentile.  `--url postgresql://…` measures an empty PostgreSQL database
instead of SQLite.  The ledger is deleted afterwards.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from statistics import median, quantiles

from starlette.testclient import TestClient

from benchmarks.console_seed import RARE, STATES, seed
from bot import wiring
from bot.console import ConsoleParts, ContentWords, create_console
from bot.console.passwords import hash_password
from bot.conversation.desk import Role
from bot.records import migrate
from bot.records.database import Database
from bot.records.desk import SqlDesk
from bot.settings import read_settings

_PASSWORD = "a long benchmark password"


def main() -> int:
    """Prints a row for each kind of page; returns 0."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--conversations", type=int, default=100_000)
    options.add_argument("--requests", type=int, default=30, help="of each kind")
    options.add_argument("--url", help="an empty PostgreSQL database; SQLite in a temporary folder when absent")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="b12-console-") as folder:
        url = chosen.url or f"sqlite:///{Path(folder) / 'large.db'}"
        migrate.upgrade(url)
        database = Database(url, patience=30)
        now, chance = datetime.now(timezone.utc), random.Random(12)
        begun = time.perf_counter()
        seed(database, conversations=chosen.conversations, now=now, chance=chance)
        print(
            f"{chosen.conversations:,} conversations written in {time.perf_counter() - begun:.0f} s ({database.dialect})"
        )
        visitor = _signed_in(database, now)
        print("| page | median ms | 95th percentile ms | 95th percentile, processor ms |\n| --- | --- | --- | --- |")
        for name, path in _pages(chosen.conversations, chance).items():
            wall, processor = zip(*(_timed(visitor, path) for _ in range(chosen.requests)), strict=True)
            last = [quantiles(took, n=20, method="inclusive")[-1] for took in (wall, processor)]
            print(f"| {name} | {median(wall):.0f} | {last[0]:.0f} | {last[1]:.0f} |", flush=True)
        database.close()
    return 0


def _pages(number: int, chance: random.Random) -> dict[str, Callable[[], str]]:
    def talk() -> str:
        return f"/talk/seed-{chance.randrange(number):07d}"

    return {
        "inbox": lambda: "/",
        "inbox, what an open page asks": lambda: "/inbox/rows?view=all",
        "inbox, waiting": lambda: "/?view=attention",
        "inbox, page 40": lambda: "/?view=all&page=40",
        "inbox, last page": lambda: f"/?view=all&page={number // 25}",
        "inbox, one danger": lambda: "/?view=all&category=dvt",
        "inbox, not reviewed, by SMS": lambda: "/?view=unreviewed&channel=sms",
        "search, a common word": lambda: f"/search?q={chance.choice(STATES).split()[0]}",
        "search, a rare word": lambda: f"/search?q={chance.choice(RARE)}",
        "conversation": talk,
        "figures, 7 days": lambda: "/figures?days=7",
    }


def _signed_in(database: Database, now: datetime) -> TestClient:
    settings = read_settings()
    parts = wiring.parts_for(settings.region, settings.clinic_profile, settings.mode)
    desk = SqlDesk(database)
    desk.add_staff(
        username="bench",
        name="Bench",
        role=Role.CLINICIAN,
        password_hash=hash_password(_PASSWORD),
        by="system",
        now=now,
    )
    console = create_console(ConsoleParts(desk=desk, words=ContentWords(parts.content), secret="s" * 32))
    visitor = TestClient(console, base_url="http://console.test", follow_redirects=False)
    token = re.search(r'name="form" value="([^"]*)"', visitor.get("/sign-in").text)
    fields = {"form": token.group(1) if token else "", "username": "bench", "password": _PASSWORD}
    if visitor.post("/sign-in", data=fields).status_code != 303:
        raise SystemExit("the benchmark could not sign in.")
    return visitor


def _timed(visitor: TestClient, path: Callable[[], str]) -> tuple[float, float]:
    """Milliseconds on the clock and on the processor; the second says what a busy machine hides."""
    address = path()
    begun, worked = time.perf_counter(), time.process_time()
    answer = visitor.get(address)
    took = (time.perf_counter() - begun) * 1000, (time.process_time() - worked) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{address} answered {answer.status_code}.")
    return took


if __name__ == "__main__":
    raise SystemExit(main())
