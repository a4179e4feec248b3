"""What a benchmark takes from another module of the project is there: nobody runs them often enough to notice."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = sorted((ROOT / "benchmarks").rglob("*.py"))


def defined(module: str) -> set[str] | None:
    """Names that a module of this project defines, its own modules included; None for anybody else's."""
    place = ROOT.joinpath(*module.split("."))
    file = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
    if not file.is_file():
        return None
    names = {path.stem for path in place.glob("*.py")} | {path.name for path in place.glob("*") if path.is_dir()}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(name.asname or name.name).partition(".")[0] for name in node.names}
    return names


@pytest.mark.parametrize("file", BENCHMARKS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_name_a_benchmark_imports_is_there(file: Path) -> None:
    missing = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and (names := defined(node.module)) is not None:
            missing += [f"{node.module}.{name.name}" for name in node.names if name.name not in names]
    assert missing == []
