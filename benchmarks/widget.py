"""
How much a page loads for the chat box: `python -m benchmarks.widget`.

Each file is compressed by itself, as a web server sends it; comments and all, for there
is no build step.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path

WIDGET = Path(__file__).resolve().parents[1] / "bot" / "widget"


def first_files(name: str = "b12-chat.js") -> list[str]:
    """What a page fetches for the script tag: the file and everything it imports at once."""
    found: list[str] = []
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.append(current)
            text = (WIDGET / current).read_text(encoding="utf-8")
            waiting += re.findall(r'^(?:import|\}).* from "\./([^"]+)"', text, re.MULTILINE)
    return sorted(found)


def size(name: str) -> int:
    return len(gzip.compress((WIDGET / name).read_bytes(), 9, mtime=0))


def main() -> None:
    first = first_files()
    later = sorted({path.name for path in WIDGET.glob("*.js")} - set(first))
    print(f"first load: {sum(map(size, first))} bytes in {len(first)} files ({', '.join(first)})")
    print(f"once the chat is open: {sum(map(size, later))} bytes ({', '.join(later)})")


if __name__ == "__main__":
    main()
