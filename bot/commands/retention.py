"""`b12bot retention`: what goes by age, and the erasure of one person; nothing is removed without --apply."""

from __future__ import annotations

import argparse
import json
import os
from datetime import datetime, timezone

from bot.commands.terminal import CommandFailed, tell
from bot.conversation.desk import Desk
from bot.knowledge.retention import KeepRule
from bot.settings import read_settings

_LISTED = 50
_WHY_KEPT = {"hold": "kept: a legal hold", "danger": "kept: a danger that nobody has dealt with"}


def run(options: argparse.Namespace) -> int:
    from bot import wiring
    from bot.wiring.parts import checked_parts

    settings = read_settings()
    desk = wiring.desk(settings)
    if options.action == "erase-person":
        return _erase_person(desk, options)
    if options.action == "export-person":
        return _export_person(desk, options)
    return _run(desk, checked_parts(settings).content.keep_rules, apply=options.apply)


def _run(desk: Desk, rules: tuple[KeepRule, ...], *, apply: bool) -> int:
    now = datetime.now(timezone.utc)
    report = desk.retention_report(rules, now=now, listed=_LISTED)
    for rule in rules:
        tell(f"{report.by_rule.get(rule.id, 0):8} past {rule.keep.days} days ({rule.id})")
    tell(f"{report.on_hold:8} stay under a legal hold; {report.waiting_for_staff} with a danger not dealt with")
    for one in report.listed:
        tell(f"  {one.conversation_id}  last message {one.last_at:%Y-%m-%d}  {one.rule}  {one.outcome or '-'}")
    if report.total > len(report.listed):
        tell(f"  … and {report.total - len(report.listed)} more")
    if not apply:
        tell(f"Dry run: {report.total} conversations would go. Nothing was changed.")
        return 0
    gone = 0
    while removed := desk.purge(rules, at=now, by="system"):
        gone += removed
    tell(f"{gone} conversations were removed; the audit names each.")
    return 0


def _export_person(desk: Desk, options: argparse.Namespace) -> int:
    """A new file, for its owner only; one that is there is never overwritten."""
    if not options.reached_by or not options.file:
        raise CommandFailed("say whose and where to: --reached-by and the number or address they left, --file NAME.")
    try:
        descriptor = os.open(options.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CommandFailed(f"{options.file} cannot be made ({error.strerror}); name a new file.") from error
    copies = desk.export_person(options.reached_by, by="system", now=datetime.now(timezone.utc))
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump({"reached_by": options.reached_by, "conversations": copies}, stream, ensure_ascii=False, indent=2)
    tell(f"{len(copies)} conversations were written to {options.file}: read it before it goes out, it may name others.")
    return 0


def _erase_person(desk: Desk, options: argparse.Namespace) -> int:
    if not options.reached_by:
        raise CommandFailed("say whose: --reached-by and the telephone number or e-mail address they left.")
    if options.apply and not (options.reason or "").strip():
        raise CommandFailed("--reason is missing: the audit keeps why a person was erased.")
    if options.apply:
        now = datetime.now(timezone.utc)
        found = desk.erase_person(options.reached_by, reason=options.reason[:200], by="system", now=now)
    else:
        found = desk.find_person(options.reached_by)
    for one in found:
        fate = _WHY_KEPT.get(one.kept_because or "", "erased" if options.apply else "would be erased")
        tell(f"  {one.conversation_id}  last message {one.last_at:%Y-%m-%d}  {fate}")
    kept = sum(one.kept_because is not None for one in found)
    done = "were erased" if options.apply else "would be erased. Nothing was changed"
    tell(f"{len(found) - kept} conversations {done}; {kept} kept.")
    return 1 if options.apply and kept else 0
