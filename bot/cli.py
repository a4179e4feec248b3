"""
`b12bot`: run, chat, train, batch, staff, demo, audit, retention, learning, model, content, migrate, keys, doctor.

Each command lives in `bot/commands` and is imported only when it is called, so that a
quick one does not wait for a heavy library.  A fault the operator can mend is one
sentence on standard error and a non-zero exit; a traceback is a defect.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bot.commands.terminal import CommandFailed
from bot.engine.quiet import silence_library_noise
from bot.settings import SettingsError

PARTS = ("triage", "findings", "assess", "intent", "converse")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    silence_library_noise()
    parser = build_parser()
    options = parser.parse_args(arguments)
    if not getattr(options, "module", None):
        parser.print_help()
        return 2
    try:
        command = importlib.import_module(f"bot.commands.{options.module}")
        return int(command.run(options) or 0)
    except (CommandFailed, SettingsError) as error:
        print(f"b12bot: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; `make` targets and the README name only what is here."""
    parser = argparse.ArgumentParser(prog="b12bot", description="The B12 clinic assistant.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, help_text: str, *, module: str | None = None) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_text, description=help_text)
        sub.set_defaults(module=module or name.replace("-", "_"))
        return sub

    add("run", "start the assistant, the demo page and the staff console")
    add("chat", "talk to the assistant in this terminal")
    train = add("train", "train the model from data/ if anything has changed")
    train.add_argument("--force", action="store_true", help="train even if nothing has changed")
    add("doctor", "say what is installed, loaded and configured, and what is wrong with it")
    migrate = add("migrate", "bring the database to the current form")
    migrate.add_argument("--to", default="head", help="a revision, or 'base' to undo everything")
    backup = add("backup", "copy the whole ledger into one file; nobody has to stop for it")
    backup.add_argument("file", nargs="?", help="where to; a name with today's time in B12_DATA_DIR when absent")
    restore = add("restore", "bring a ledger back from a backup; stop the assistant first")
    restore.add_argument("file", help="the backup")
    restore.add_argument("--replace", action="store_true", help="put an existing SQLite ledger aside")
    serve = add("serve", "serve one part alone: the front door or the console")
    serve.add_argument("part", choices=("door", "console"))
    serve.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    batch = add("batch", "run one part over JSON lines from a file or standard input")
    batch.add_argument("part", choices=PARTS, metavar="NAME", help=", ".join(PARTS))
    batch.add_argument("file", nargs="?", help="a file of JSON lines; standard input when absent")
    batch.add_argument("--region", choices=("uk", "us", "eu"), default="uk")
    batch.add_argument("--today", type=_date, default=None, help="the day to take as today, for example 2026-03-14")
    batch.add_argument("--profile", type=Path, default=None, help="assess: a clinic's own limits and switches")
    content = add("content", "check the reviewed content, or print what a clinical safety officer signs")
    content.add_argument("action", choices=("check", "report"))
    audit = add("audit", "check that who-did-what still stands as it was written")
    audit.add_argument("action", choices=("verify",))
    audit.add_argument(
        "--kept", metavar="NUMBER:DIGEST", help="what an earlier check printed; proves that the end stands"
    )
    retention = add("retention", "what goes by age, and the copy and erasure of one person")
    retention.add_argument("action", choices=("run", "export-person", "erase-person"))
    sure = retention.add_mutually_exclusive_group()
    sure.add_argument("--dry-run", action="store_true", help="say what would go and change nothing; the default")
    sure.add_argument("--apply", action="store_true", help="remove it")
    retention.add_argument("--reached-by", metavar="TEXT", help="of a person: the telephone number or e-mail address")
    retention.add_argument("--file", help="export-person: where to write the copy (JSON)")
    retention.add_argument("--reason", help="erase-person: why, for the audit")
    learning = add("learning", "write approved examples as training data and as regression rows")
    learning.add_argument("action", choices=("export",))
    learning.add_argument("folder", help="where to")
    model = add("model", "read messages with a model, compare two before one is promoted, or go back")
    model.add_argument("action", choices=("read", "compare", "back"), help="back: serve the model before this one")
    model.add_argument("old", nargs="?", help="a model (.tar.gz), or readings (.jsonl) that `model read` wrote")
    model.add_argument("new", nargs="?", help="compare: the other one")
    model.add_argument(
        "--data", action="append", default=[], metavar="FILE", help="JSON lines beside approved examples"
    )
    model.add_argument("--no-ledger", action="store_true", help="leave the approved examples out")
    model.add_argument("--out", default="readings.jsonl", help="read: where the readings go")
    keys = add("keys", "make a key that texts are sealed under at rest, bring all texts to the first one, or read")
    keys.add_argument(
        "action", choices=("new", "rotate", "open"), help="open: entries of the journal that were set aside"
    )
    keys.add_argument("file", nargs="?", help="open: which file; B12_DATA_DIR/journal/set-aside.jsonl when absent")
    demo = add("demo", "fill an empty database with a small invented clinic, for a first look at the console")
    demo.add_argument("action", choices=("seed",))
    staff = add("staff", "manage staff accounts")
    staff.add_argument("action", choices=("add", "list", "reset", "disable"))
    staff.add_argument("name", nargs="?", help="sign-in name")
    staff.add_argument("--role", choices=("viewer", "clinician", "admin"), default="admin")
    staff.add_argument("--shown-as", default=None, help="the name patients and colleagues see")
    staff.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    add("check-dialogue", "check Rasa's training data and domain as CI does")
    add("check-data", "check that training, development and test messages are kept apart")
    return parser


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it like 2026-03-14") from None


if __name__ == "__main__":
    sys.exit(main())
