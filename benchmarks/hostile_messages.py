"""
How long the danger screen's rules take on messages made to be slow.

    python -m benchmarks.hostile_messages

Prints the milliseconds for 4,000 and 8,000 characters of each kind and their ratio: about 2
is linear, about 4 would be quadratic.  Words are new to the reader in the first column.
"""

from __future__ import annotations

import random
import time
from datetime import datetime, timezone

from bot.knowledge.danger import load_danger
from bot.language.screen import Screen, ScreenState

_LONGEST, _AT = 8_000, datetime(2026, 11, 20, 12, tzinfo=timezone.utc)


def main() -> None:
    danger = load_danger()
    screen = Screen(danger.language, danger.flags.rules)
    print("| message | new, 8,000 | again, 8,000 | again, 4,000 | ratio |\n| --- | --- | --- | --- | --- |")
    for name, text in _messages().items():
        new, again, half = (_milliseconds(screen, part) for part in (text, text, text[: _LONGEST // 2]))
        print(f"| {name} | {new:.0f} | {again:.0f} | {half:.0f} | {again / half:.1f} |")


def _milliseconds(screen: Screen, text: str) -> float:
    start = time.process_time()
    screen.screen(text, ScreenState(), at=_AT)
    return 1000 * (time.process_time() - start)


def _messages() -> dict[str, str]:
    pick = random.Random(1)
    letters = "abcdefghinorst"
    kinds = {
        "numbers": " ".join(str(pick.randint(1, 400)) for _ in range(3_000)),
        "pasted report": "B12 178 ng/L (200-900) L; Hb 112 g/L (120-160); potassium 4.1 mmol/L 12/03/2024 " * 120,
        "one sign again and again": "chest pain " * 800,
        "many signs, no full stop": "my left leg is swollen and 120 over 80 pain in chest no not never 38.5 temp "
        * 120,
        "misspelt words": " ".join("".join(pick.choice(letters) for _ in range(8)) for _ in range(900)),
        "single letters": " ".join(pick.choice(letters) for _ in range(4_000)),
        "denials": "no " * 2_700,
        "pictures": "😂" * _LONGEST,
        "invisible signs": "ǝ\u034f\u3164" * 2_700,
        "stars": "a*b c** *****" * 620,
        "one word": "a" * _LONGEST,
        "apostrophes": "a'" * 4_000,
        "page codes": "&nbsp;&#39;%20<br>" * 450,
        "run-together words": "chestpainandicantbreathe" * 330,
    }
    return {name: text[:_LONGEST] for name, text in kinds.items()}


if __name__ == "__main__":
    main()
