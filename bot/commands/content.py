"""`b12bot content check|report`: every fault explained, or what a clinical safety officer signs."""

from __future__ import annotations

import argparse

from bot.commands.terminal import CommandFailed, tell
from bot.settings import read_settings


def run(options: argparse.Namespace) -> int:
    settings = read_settings()
    if options.action == "check":
        from bot.knowledge.check import check

        outcome = check(profile=settings.clinic_profile, mode=settings.mode)
        for line in outcome.lines:
            tell(line)
        if outcome.faults:
            raise CommandFailed(f"{len(outcome.faults)} faults in the reviewed content; see above.")
        return 0
    from bot.knowledge.report import report

    tell(report(region=settings.region, profile=settings.clinic_profile))
    return 0
