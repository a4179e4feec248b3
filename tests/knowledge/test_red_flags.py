"""The danger content: it loads, every row proves itself, and a faulty row is refused in plain words."""

from __future__ import annotations

import re
import shutil
from datetime import datetime, timezone
from pathlib import Path

import pytest

from bot.clinical.codes import DANGER_FACTS
from bot.clinical.urgency_facts import CIRCUMSTANCES, FACTS, FURTHER_SIGNS
from bot.knowledge.danger import FOLDER, Danger, load_danger
from bot.knowledge.red_flags import Vignette
from bot.knowledge.strict import ContentError
from bot.language.screen import Screen, ScreenState
from tests.language.screens import rules_alone

AT = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
DANGER = load_danger()


@pytest.mark.parametrize(
    "vignette", DANGER.flags.vignettes, ids=lambda item: f"{item.row}: {' / '.join(item.turns)[:60]}"
)
def test_each_row_fires_on_its_own_words_and_keeps_quiet_on_their_twins(vignette: Vignette) -> None:
    screen, state, fired = rules_alone(), ScreenState(), set()
    for text in vignette.turns:
        result = screen.screen(text, state, at=AT)
        state = result.state
        fired |= {match.rule for match in result.matches}
        if result.question:
            fired.add(result.question.id.split(":")[0])
    assert (vignette.row in fired) is vignette.fires


def used_codes(danger: Danger) -> set[str]:
    rules = danger.flags.rules
    conditions = [rule.when for rule in rules.rules] + [rule.unless for rule in rules.rules if rule.unless]
    conditions += [question.when for question in rules.questions]
    return {code for condition in conditions for code in condition.codes()}


def test_every_danger_fact_is_read_and_used() -> None:
    read = {row.fact for row in DANGER.language.rows}
    assert set(DANGER_FACTS) <= read
    assert set(DANGER_FACTS) <= used_codes(DANGER)


def test_every_further_sign_and_circumstance_is_used_by_a_rule() -> None:
    assert set(FURTHER_SIGNS) | set(CIRCUMSTANCES) <= used_codes(DANGER)


def test_no_fact_is_named_twice() -> None:
    assert len(FACTS) == len(set(FACTS))


def copy_of_the_content(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    for name in ("danger", "red_flags"):
        shutil.copytree(FOLDER / name, folder / name)
    for name in ("combinations.yml", "safety_questions.yml", "thresholds.yml"):
        shutil.copy(FOLDER / name, folder / name)
    return folder


BREAKS = [
    ("red_flags/dvt.yml", "when: limb_swollen_one_side\n", "when: limb_swolen\n", "unknown fact 'limb_swolen'"),
    ("red_flags/dvt.yml", "level: urgent", "level: urgant", "did you mean 'urgent'"),
    ("red_flags/dvt.yml", "category: dvt", "category: clots", "'category' is 'clots'"),
    ("red_flags/dvt.yml", "ended: {7: urgent}", "ended: {seven: urgent}", "must map whole days"),
    ("red_flags/dvt.yml", "- id: dvt-painful", "- id: dvt-swollen", "used twice"),
    ("red_flags/dvt.yml", "- id: dvt-painful", "- id: stroke-face", "used in another file"),
    ("red_flags/dvt.yml", '  fires: ["one calf', '  frires: ["one calf', "unknown key 'frires'"),
    ("red_flags/dvt.yml", "quiet: [", "quiet: [7, ", "expected a message"),
    ("red_flags/pulmonary_embolism.yml", "unless: anaemia_known", "unless: chest_pain", "unknown fact 'chest_pain'"),
    ("combinations.yml", "  table: K1\n", "", "'table' must be a non-empty text"),
    ("safety_questions.yml", "  for_doubt: true\n", "", "one row must carry 'for_doubt: true'"),
    ("safety_questions.yml", "- id: calf-pain", "- id: dvt-swollen", "used in another file"),
    ("danger/words/body.yml", "{id: chest, ", "{id: lips, ", "used twice"),
    ("danger/words/body.yml", "{id: ribs, ", "{id: pain, ", "names must be unique"),
    ("danger/words/body.yml", "includes: [arm, leg]", "includes: [arm, tail]", "unknown word list 'tail'"),
    ("danger/words/body.yml", "words: [chest, ", "words: [gone a, chest, ", "without its little words"),
    (
        "danger/words/joined.yml",
        "{id: one_limb, source: design, status: draft, words: [",
        "{id: one_limb, source: design, status: draft, wrds: [",
        "expected 'words'",
    ),
    (
        "danger/said/chest_and_clots.yml",
        "[chest] + [pressure] /4",
        "[chst] + [pressure] /4",
        "unknown word list 'chst'",
    ),
    ("danger/said/chest_and_clots.yml", "[chest] + [pressure] /4", "[chest] +  + pain", "empty place"),
    ("danger/said/chest_and_clots.yml", "  trend: new\n", "  trend: newish\n", "'trend' is 'newish'"),
    ("danger/said/chest_and_clots.yml", "- id: coughing-blood", "- id: face-droop", "ids must be unique"),
    ("danger/said/chest_and_clots.yml", "  trend: new\n", "  side: middle\n", "'side' is 'middle'"),
    ("danger/spellings.yml", "status: draft}", "status: done}", "'status' is 'done'"),
]


@pytest.mark.parametrize(("file", "old", "new", "says"), BREAKS)
def test_a_fault_in_the_content_is_refused_and_named(tmp_path: Path, file: str, old: str, new: str, says: str) -> None:
    folder = copy_of_the_content(tmp_path)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=re.escape(says)):
        load_danger(folder)


def test_the_shipped_content_has_no_fault(tmp_path: Path) -> None:
    danger = load_danger(copy_of_the_content(tmp_path))
    assert isinstance(Screen(danger.language, danger.flags.rules), Screen)
