"""Imports cross no arrow: adapters know the inside, never each other, and the core knows nobody."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

INNER = ("bot.clinical", "bot.knowledge", "bot.language", "bot.conversation")

#: Package -> what of ours it may import (itself always).
ARROWS: dict[str, tuple[str, ...]] = {
    "bot.clinical": (),
    "bot.knowledge": ("bot.clinical",),
    "bot.language": ("bot.clinical", "bot.knowledge"),
    "bot.conversation": ("bot.clinical", "bot.knowledge", "bot.language"),
    "bot.records": INNER,
    "bot.channels": INNER,
    "bot.console": INNER,
    # Rasa makes these by name, so they may ask the wiring for their parts.
    "bot.engine": (*INNER, "bot.wiring"),
    "actions": (*INNER, "bot.wiring"),
    "bot.batch": (*INNER, "bot.wiring", "bot.settings"),
    "bot.commands": ("bot",),
}

#: Only these may use SQLAlchemy, Rasa, or the environment.
EXCLUSIVE: dict[str, tuple[str, ...]] = {
    "sqlalchemy": ("bot/records/",),
    "rasa": ("bot/engine/",),
    "rasa_sdk": ("actions/", "bot/engine/", "bot/commands/check_dialogue.py"),
}


def _modules() -> list[Path]:
    return sorted(path for folder in ("bot", "actions") for path in (ROOT / folder).rglob("*.py"))


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("package", ARROWS)
def test_package_imports_only_inward(package: str) -> None:
    crossed = []
    for path in _modules():
        if not _within(_dotted(path), package):
            continue
        for name in _imports(path):
            ours = _within(name, "bot") or _within(name, "actions")
            allowed = (package, *ARROWS[package])
            if ours and name != "bot" and not any(_within(name, other) for other in allowed):
                crossed.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not crossed, "\n".join(crossed)


def test_the_clinical_core_uses_the_standard_library_only() -> None:
    foreign = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules()
        if _within(_dotted(path), "bot.clinical")
        for name in _imports(path)
        if not _within(name, "bot.clinical")
        and name != "bot"
        and name.split(".")[0] not in {*sys.stdlib_module_names, "__future__"}
    ]
    assert not foreign, "\n".join(foreign)


@pytest.mark.parametrize("library", EXCLUSIVE)
def test_library_is_known_to_its_own_package_only(library: str) -> None:
    crossed = [
        str(path.relative_to(ROOT))
        for path in _modules()
        if any(_within(name, library) for name in _imports(path))
        and not str(path.relative_to(ROOT)).startswith(EXCLUSIVE[library])
    ]
    assert not crossed, f"{library} is used in {crossed}"


def test_only_settings_reads_the_environment() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for path in _modules()
        if "os.environ.get" in (text := path.read_text(encoding="utf-8")) or "os.getenv" in text
    ]
    assert readers in ([], ["bot/settings.py"]), readers


def test_every_python_file_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in _modules()
        if path.name != "__main__.py" and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent, silent


def test_the_project_refers_to_nothing_outside_itself() -> None:
    """A newcomer has this repository and nothing else."""
    telling = ("../" + "shared", "/" + "work/main")
    found = []
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".txt", ".png", ".npz", ".jsonl"}:
            text = path.read_text(encoding="utf-8", errors="ignore")
            found += [f"{name}: {words}" for words in telling if words in text]
    assert not found, "\n".join(found)
