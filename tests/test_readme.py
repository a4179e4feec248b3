"""The README cannot lie: its paths exist, its make targets and commands are real."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli import build_parser

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

PATHS = sorted(
    set(re.findall(r"`((?:bot|actions|data|tests|benchmarks|docs|deploy)/[\w./-]*)`", README))
    | set(re.findall(r"\]\(([\w./-]+)\)", README))
)
COMMANDS = sorted(set(re.findall(r"\.venv/bin/b12bot ([^\n`]+)", README)))
TARGETS = sorted(set(re.findall(r"make ([a-z][a-z-]+)", README)))


@pytest.mark.parametrize("path", PATHS)
def test_path_in_the_readme_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_command_in_the_readme_is_understood(command: str) -> None:
    arguments = re.findall(r'"[^"]*"|\S+', command)
    options = build_parser().parse_args([argument.strip('"') for argument in arguments])
    assert (ROOT / "bot" / "commands" / f"{options.module}.py").is_file()


@pytest.mark.parametrize("target", TARGETS)
def test_make_target_in_the_readme_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^[a-z -]*\b{target}\b[a-z -]*:", makefile, re.MULTILINE)
