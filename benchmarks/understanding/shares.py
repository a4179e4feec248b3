"""Shares with their Wilson intervals, and the files and machine that figures are about."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
VIGNETTES = ROOT / "tests" / "vignettes"
_Z = 1.96  # 95 %


def wilson(hits: int, count: int) -> tuple[float, float, float]:
    """Share, lower and upper end of its 95 % Wilson interval; each between 0 and 1."""
    share = hits / count
    middle = (share + _Z * _Z / (2 * count)) / (1 + _Z * _Z / count)
    half = _Z * math.sqrt(share * (1 - share) / count + _Z * _Z / (4 * count * count)) / (1 + _Z * _Z / count)
    return share, max(0.0, middle - half), min(1.0, middle + half)


def share(values: Iterable[bool]) -> str:
    """`90.8 (86.5 to 93.9)`: per cent of true values with the interval; a dash where there is nothing."""
    known = list(values)
    if not known:
        return "-"
    middle, low, high = wilson(sum(known), len(known))
    return f"{100 * middle:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
