"""
The interview's questions: what a bare yes or no to each of them means, and which comes next.

The order and the need for each question are decided by `bot.clinical`; its words are
content (`bot/knowledge/interview.yml`).  Here stands only what an answer does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.clinical.codes import HISTORY, SYMPTOMS
from bot.conversation.picture import Picture

#: The assistant is for people from this age on.
ADULT_FROM = 16

ANSWERED, UNKNOWN, DECLINED = "answered", "unknown", "declined"

#: After so many replies that said something else, a question is put down as not known.
MISSES_UNTIL_UNKNOWN = 2


@dataclass(frozen=True)
class AnswerMeaning:
    """
    What "no" and "yes" say when they are the whole answer.

    `no` and `yes` name the codes they deny or affirm; an outcome of None means that the
    word alone does not answer the question ("Injections or tablets?" "Yes").
    """

    no: tuple[str, ...] = ()
    no_outcome: str | None = ANSWERED
    yes: tuple[str, ...] = ()
    yes_outcome: str | None = None


#: What the question about symptoms names; "none" denies them.
NERVE_SYMPTOMS = ("numbness_tingling", "balance_problems", "gait_change", "memory_problems", "vision_change")

#: A doubtful result is asked about before it is used.
VALUE_CHECK = "value_check"

#: Two statements that do not go together are asked about, once.
CONFLICT = "conflict"

MEANINGS: dict[str, AnswerMeaning] = {
    "age": AnswerMeaning(no_outcome=DECLINED),
    "pregnant": AnswerMeaning(no=("pregnancy", "breastfeeding"), yes=("pregnancy",), yes_outcome=ANSWERED),
    "current_b12": AnswerMeaning(no=("current_b12_injections", "current_oral_b12")),
    "b12": AnswerMeaning(no_outcome=UNKNOWN),
    "b12_unit": AnswerMeaning(no_outcome=UNKNOWN),
    "main_symptoms": AnswerMeaning(no=NERVE_SYMPTOMS),
    "cause": AnswerMeaning(),
    VALUE_CHECK: AnswerMeaning(),
    CONFLICT: AnswerMeaning(),
}

#: The order in which the interview asks; the clinical core says which are still open.
INTERVIEW: tuple[str, ...] = tuple(MEANINGS)


def next_question(picture: Picture, still_open: Iterable[str]) -> str | None:
    """
    The question to put now, or None when nothing that the interview asks is open.

    A doubtful result comes first, then what does not go together, what was not understood
    and the unit of a result; a question that was talked past comes after those not yet put,
    so that nobody is pressed.
    """
    if picture.doubtful is not None:
        return VALUE_CHECK
    if picture.conflict is not None:
        return CONFLICT
    candidates = [code for code in still_open if code in MEANINGS and picture.asked(code).outcome is None]
    if not candidates:
        return None
    if picture.pressing in candidates:
        return picture.pressing
    order = {code: place for place, code in enumerate(INTERVIEW)}
    return min(candidates, key=lambda code: (picture.asked(code).missed, code != "b12_unit", order[code]))


def close_worn_out(picture: Picture) -> Picture:
    """Questions that were talked past often enough are put down as not known; nobody is asked a third time."""
    for code, record in picture.questions.items():
        if record.outcome is None and record.missed >= MISSES_UNTIL_UNKNOWN:
            picture = picture.with_question(code, outcome=UNKNOWN)
    return picture


#: As a count of misses: the question comes before all others.
ASKED_NEXT = -1

#: Questions that the readers are told in their words: each asks for several things.
TOLD_IN_WORDS = ("current_b12", "main_symptoms", "cause")


def context_for(code: str | None) -> str | None:
    """What the readers are told about the open question: a code they know, or None."""
    if code in ("b12", "age"):
        return code
    if code == "b12_unit":
        return None  # a bare number is no second result; a unit by itself is looked for apart
    if code in SYMPTOMS or code in HISTORY:
        return code
    return "pregnancy" if code == "pregnant" else None


def asked_and_open(picture: Picture) -> Sequence[str]:
    """Questions that were put and have no answer yet, the latest missed last."""
    return [code for code, record in picture.questions.items() if record.times and record.outcome is None]
