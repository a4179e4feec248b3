"""
Ask a safety question where a message holds words of danger in a language that the assistant does not speak.

A phrase without its grammar says too little to raise a level, and too much to pass over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.clinical.codes import Who
from bot.clinical.findings import Words
from bot.clinical.urgency import Asking, SafetyQuestion
from bot.knowledge.strict import ContentError, Fault
from bot.knowledge.tongues import FILE, Tongue, TongueWords
from bot.language.tongues import Tongues

ASKED = "cry-for-help"  # row of safety_questions.yml: is someone in danger right now?
RULE = "foreign-danger:"  # question ids that come from here: "foreign-danger:french"


def question_id(tongue: Tongue) -> str:
    return RULE + tongue.code


class ForeignDangers:
    """
    Built once; may be shared by threads.

    Args:
        questions: The reviewed safety questions; the one named `ASKED` is put, after the same in the patient's language.

    Raises:
        ContentError: That question is missing.
    """

    def __init__(self, content: TongueWords, questions: Iterable[SafetyQuestion]) -> None:
        asked = next((question for question in questions if question.id == ASKED), None)
        if asked is None:
            raise ContentError(
                [Fault(FILE, "danger", f"words of danger need the safety question '{ASKED}'; it is missing.")]
            )
        self._tongues = Tongues(content)
        self._questions = {
            tongue.code: replace(asked, id=question_id(tongue), text=f"{tongue.asks}\n\n{asked.text}")
            for tongue in content.tongues
        }

    def ask(self, text: str, *, turn: int, who: Who) -> Asking | None:
        """The question that the first words of danger in another language call for."""
        found = next(iter(self._tongues.foreign_danger(text)), None)
        if found is None:
            return None
        words = Words(found.words.start, found.words.end, found.words.text, turn)
        return Asking(self._questions[found.tongue.code], turn, words, who)
