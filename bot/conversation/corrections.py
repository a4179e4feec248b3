"""A number said before that a message replaces: an age or a result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from bot.clinical.findings import LabResult
from bot.conversation.picture import Picture

NUMBER = r"\d{1,5}(?:[.,]\d{1,3})?"


def find_correction(
    picture: Picture, text: str, *, instead_of: Sequence[str], meant: bool, in_answer: bool
) -> tuple[str, LabResult | None] | None:
    """
    The number that replaces one said before, and the result it belongs to (None: the age).

    "15 not 150", "not 150, 15" and, after words such as "I meant", a number alone, which
    then belongs to what was told last.

    Args:
        instead_of: Words such as "not" and "rather than".
        meant: The message holds words such as "I meant".
        in_answer: A question that takes a number is open; a number alone answers it.
    """
    between = "|".join(map(re.escape, instead_of))
    plain = text.replace("’", "'")
    match = re.search(rf"({NUMBER})\D{{0,12}}?\b(?:{between})\s+({NUMBER})", plain, re.IGNORECASE)
    pair = (match.group(1), match.group(2)) if match else None
    if pair is None:
        match = re.search(rf"\b(?:{between})\s+({NUMBER})\D{{1,20}}?({NUMBER})", plain, re.IGNORECASE)
        pair = (match.group(2), match.group(1)) if match else None
    if pair is not None:
        wrong = decimal_of(pair[1])
        for lab in reversed(picture.patient.labs):
            if lab.value == wrong:
                return pair[0], lab
        return (pair[0], None) if picture.patient.person.age == wrong and pair[0].isdigit() else None
    numbers = re.findall(
        rf"(?<![\d/.])({NUMBER})(?![\d/]|\s*(?:day|week|month|year|hour|min|mg|mcg|ug)s?\b)", plain.lower()
    )
    if not meant or in_answer or len(numbers) != 1 or not picture.patient.labs:
        return None
    latest = max(picture.patient.labs, key=lambda lab: lab.words.turn if lab.words else -1)
    if isinstance(latest.value, str) or latest.value == decimal_of(numbers[0]):
        return None
    return numbers[0], latest


def decimal_of(number: str) -> Decimal:
    return Decimal(number.replace(",", "."))
