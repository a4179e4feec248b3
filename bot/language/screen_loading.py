"""
The screen as patients meet it: the reviewed rules, beside them the trained classifier and the words of danger in
other languages.

The classifier may be missing (a file lost or damaged): then the screen works by rules
alone, which is said as an error in the log and by `Screen.reads_by_rules_alone`.
"""

from __future__ import annotations

import logging
from pathlib import Path

from bot.clinical.urgency import UrgencyRules
from bot.knowledge.content import FOLDER
from bot.knowledge.danger_classifier import load_classifier_policy
from bot.knowledge.danger_language import DangerLanguage
from bot.knowledge.strict import ContentError, Fault
from bot.knowledge.tongues import load_tongues
from bot.language.danger_classifier import DangerClassifier
from bot.language.danger_model import FOLDER as MODEL_FOLDER
from bot.language.danger_model import DangerModelError
from bot.language.danger_suspicion import Suspector
from bot.language.encoder import Encoder, EncoderError
from bot.language.foreign_danger import ForeignDangers
from bot.language.screen import LabReader, Screen

log = logging.getLogger(__name__)


def build_screen(
    language: DangerLanguage,
    rules: UrgencyRules,
    *,
    labs: LabReader | None = None,
    folder: Path = FOLDER,
    model: Path = MODEL_FOLDER,
    encoder_path: Path | None = None,
) -> Screen:
    """
    The screen with its classifier, or by rules alone when the classifier cannot be used.

    Args:
        folder: The reviewed content, with the classifier's thresholds and questions.
        model: Where the classifier's file lies.
        encoder_path: The sentence encoder, when it is not the installed package.

    Raises:
        ContentError: The thresholds or questions are faulty.
    """
    faults: list[Fault] = []
    policy = load_classifier_policy(folder, faults, questions=rules.questions)
    tongues = load_tongues(FOLDER, faults)
    if faults:
        raise ContentError(faults)
    foreign = ForeignDangers(tongues, rules.questions)
    try:
        classifier = DangerClassifier.load(folder=model, encoder=Encoder.load(encoder_path))
    except (DangerModelError, EncoderError) as error:
        log.error("screen.no_classifier: danger is read by rules alone. %s", error)
        return Screen(language, rules, labs=labs, foreign=foreign)
    return Screen(language, rules, labs=labs, classifier=Suspector(classifier, policy), foreign=foreign)
