"""The simplest danger reader anybody would write: an alarm where one of these words stands.  A baseline, not ours."""

from __future__ import annotations

import re

TERMS = (
    "chest pain|chest tight|can't breathe|cant breathe|cannot breathe|short of breath|breathless|throat closing|throat swell"
    "|tongue swell|lips swell|face swell|anaphyla|allergic reaction|hives|wheez|collapsed|passed out|fainted|unconscious"
    "|seizure|stroke|face droop|slurred|one side|heart attack|palpitations|swollen leg|swollen calf|leg is swollen|clot"
    "|coughing blood|vomiting blood|black stool|bleeding|overdose|too many tablets|suicid|kill myself|end it all|want to die"
    "|lost vision|can't see|cant see|blind|wet myself|numb between|can't walk|cant walk|fever|rigors|confused|emergency|999"
    "|911|ambulance|dying"
)
_ANY = re.compile(TERMS)


def alarmed(text: str) -> bool:
    return _ANY.search(text.casefold()) is not None
