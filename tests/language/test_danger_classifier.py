"""The trained reader of danger: what it is made of, what it may do, and that the rules never depend on it."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import replace
from datetime import date, datetime, timezone
from pathlib import Path

import numpy as np
import pytest

from bot.batch.triage import load_results_reader
from bot.clinical.codes import CATEGORIES, Level
from bot.clinical.urgency import SafetyQuestion
from bot.clinical.urgency_conditions import Either
from bot.knowledge.content import FOLDER as KNOWLEDGE
from bot.knowledge.danger import Danger, load_danger
from bot.knowledge.danger_classifier import FILE, ClassifierPolicy, load_classifier_policy
from bot.knowledge.strict import ContentError, Fault
from bot.language.danger_classifier import MOST_TOKENS, DangerClassifier, DangerReading
from bot.language.danger_grams import GramScorer, letter_grams, word_grams
from bot.language.danger_lines import digest, read_danger_lines
from bot.language.danger_model import FOLDER, DangerModelError, load_model, save_model
from bot.language.danger_suspicion import Suspector, Suspicion
from bot.language.encoder import Encoder, EncoderError
from bot.language.screen import Screen, ScreenResult, ScreenState
from bot.language.screen_loading import build_screen
from tests.knowledge.reading_grade import grade

NOW = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
QUESTION = SafetyQuestion("ask-stroke", Either(()), "Is your face droopy?", Level.EMERGENCY, "stroke")
UNREADABLE_TO_RULES = "blorp snee wugs the dax"  # no rule can know these words


@pytest.fixture(scope="module")
def danger() -> Danger:
    return load_danger()


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


@pytest.fixture(scope="module")
def classifier(encoder: Encoder) -> DangerClassifier:
    return DangerClassifier.load(encoder=encoder)


@pytest.fixture(scope="module")
def screen(danger: Danger) -> Screen:
    return build_screen(danger.language, danger.flags.rules)


class Suspicious:
    """Suspects what it is told to of any words, and counts how often it was asked."""

    def __init__(self, suspicion: Suspicion | None) -> None:
        self.suspicion, self.asked = suspicion, 0

    def suspect(self, text: str) -> Suspicion | None:
        self.asked += 1
        return self.suspicion if text else None

    def doubts(self, text: str, category: str) -> bool:
        return False


class Broken:
    def suspect(self, text: str) -> Suspicion | None:
        raise RuntimeError(text)

    def doubts(self, text: str, category: str) -> bool:
        raise RuntimeError(text)


def suspicion(level: Level) -> Suspicion:
    return Suspicion(level, "stroke", QUESTION, 0, 5, 0.9)


def read(danger: Danger, classifier: object, *turns: str) -> ScreenResult:
    screen = Screen(danger.language, danger.flags.rules, classifier=classifier)  # type: ignore[arg-type]
    state = ScreenState()
    for text in turns:
        result = screen.screen(text, state, at=NOW)
        state = ScreenState.from_json(json.loads(json.dumps(result.state.to_json())))
    return result


# --- what a suspicion leads to ---------------------------------------------------------


@pytest.mark.parametrize("level", [Level.URGENT, Level.EMERGENCY])
def test_a_sure_classifier_raises_the_level_with_a_match_of_its_own(danger: Danger, level: Level) -> None:
    result = read(danger, Suspicious(suspicion(level)), UNREADABLE_TO_RULES)
    assert (result.level, result.category, result.raised) == (level, "stroke", True)
    (match,) = result.matches
    assert (match.rule, match.start, match.end, match.text) == ("classifier:stroke", 0, 5, UNREADABLE_TO_RULES[:5])


def test_a_doubtful_classifier_asks_and_yes_gives_the_level_of_the_question(danger: Danger) -> None:
    doubtful = Suspicious(suspicion(Level.CHECK))
    asked = read(danger, doubtful, UNREADABLE_TO_RULES)
    assert asked.level is Level.CHECK
    assert asked.question is not None
    assert asked.question.text == QUESTION.text
    assert read(danger, doubtful, UNREADABLE_TO_RULES, "yes").level is Level.EMERGENCY


def test_a_question_answered_with_no_is_not_asked_again(danger: Danger) -> None:
    doubtful = Suspicious(suspicion(Level.CHECK))
    assert read(danger, doubtful, UNREADABLE_TO_RULES, "no", UNREADABLE_TO_RULES).level is Level.NONE


def test_a_denied_danger_opens_no_question(danger: Danger) -> None:
    assert read(danger, Suspicious(suspicion(Level.CHECK)), "I have no chest pain at all").level is Level.NONE


def test_a_denied_danger_does_not_silence_another_in_the_same_message(danger: Danger) -> None:
    text = f"I have no chest pain at all but {UNREADABLE_TO_RULES}"
    assert read(danger, Suspicious(suspicion(Level.CHECK)), text).level is Level.CHECK


def test_the_classifier_is_not_asked_in_an_emergency(danger: Danger) -> None:
    idle = Suspicious(None)
    assert read(danger, idle, "I have crushing chest pain and I am sweating").level is Level.EMERGENCY
    assert idle.asked == 0


def test_the_classifier_lowers_nothing(danger: Danger) -> None:
    text = "my left calf is swollen, red and sore since yesterday"
    by_rules = read(danger, None, text)
    assert by_rules.level >= Level.URGENT
    assert read(danger, Suspicious(None), text) == by_rules
    assert read(danger, Suspicious(suspicion(Level.CHECK)), text) == by_rules


def test_a_classifier_that_breaks_leaves_the_rules_at_work(danger: Danger, caplog: pytest.LogCaptureFixture) -> None:
    text = "my left calf is swollen, red and sore since yesterday"
    assert read(danger, Broken(), text) == read(danger, None, text)
    assert "classifier_failed" in caplog.text
    assert "calf" not in caplog.text


class Sure:
    """Reads what it is told to, everywhere."""

    def __init__(self, danger: float, emergency: float) -> None:
        self._reading = DangerReading(danger, emergency, "stroke", 0, 4)

    def read(self, text: str) -> DangerReading:
        return self._reading

    def locate(self, text: str, reading: DangerReading) -> tuple[int, int]:
        return 1, 3


@pytest.mark.parametrize(
    ("danger_chance", "emergency_chance", "level"),
    [
        (0.39, 1.0, None),
        (0.40, 1.0, Level.CHECK),
        (0.79, 1.0, Level.CHECK),
        (0.80, 0.69, Level.URGENT),
        (0.80, 0.70, Level.EMERGENCY),
    ],
)
def test_thresholds_include_their_lower_edge(
    danger_chance: float, emergency_chance: float, level: Level | None
) -> None:
    policy = ClassifierPolicy(0.8, 0.7, 0.4, dict.fromkeys(CATEGORIES, QUESTION))
    found = Suspector(Sure(danger_chance, emergency_chance), policy).suspect("text")  # type: ignore[arg-type]
    assert (found.level if found else None) == level
    assert found is None or (found.start, found.end) == (1, 3)


# --- its content -----------------------------------------------------------------------


def test_every_category_has_a_question_that_patients_can_read(danger: Danger) -> None:
    faults: list[Fault] = []
    policy = load_classifier_policy(KNOWLEDGE, faults, questions=danger.flags.rules.questions)
    assert faults == []
    assert set(policy.questions) == set(CATEGORIES)
    written_for_rules = {question.id for question in danger.flags.rules.questions}
    for question in policy.questions.values():
        if question.id in written_for_rules:
            continue
        for text in filter(None, (question.text, question.text_other)):
            assert "?" in text
            assert grade(text) <= 6.5, text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ask: 0.", "ask: 1.", "'ask' must be"),
        ("asks: hopeless", "asks: hopless", "hopless"),
        ("category: stroke", "category: strike", "strike"),
        ("- id: thresholds", "- id: treshholds", "the row is missing"),
    ],
)
def test_a_faulty_policy_is_refused_with_the_reason(
    tmp_path: Path, danger: Danger, old: str, new: str, said: str
) -> None:
    text = (KNOWLEDGE / FILE).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / FILE).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=said):
        build_screen(danger.language, danger.flags.rules, folder=tmp_path)


# --- its file --------------------------------------------------------------------------


def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "models"))


def test_the_file_was_made_from_the_messages_that_are_here() -> None:
    label = load_model().label
    lines = read_danger_lines(FOLDER.parents[2] / "data" / "danger")
    assert label["written_sha256"] == digest([line for line in lines if line.author in label["authors"]])
    assert {line.author for line in lines} - set(label["authors"]) == set(label["held_out_to_measure"])
    assert (FOLDER / "danger.npz").stat().st_size < 8_000_000


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    data = bytearray((folder / "danger.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "danger.npz").write_bytes(bytes(data))
    with pytest.raises(DangerModelError, match="SHA-256"):
        load_model(folder)


@pytest.mark.parametrize("lost", ["danger.npz", "danger.json"])
def test_without_a_file_the_screen_works_by_rules_and_says_so(
    tmp_path: Path, danger: Danger, caplog: pytest.LogCaptureFixture, lost: str
) -> None:
    folder = copied(tmp_path)
    (folder / lost).unlink()
    with caplog.at_level(logging.ERROR):
        screen = build_screen(danger.language, danger.flags.rules, model=folder)
    assert screen.reads_by_rules_alone
    assert "rules alone" in caplog.text
    assert lost in caplog.text
    assert screen.screen("I cannot breathe", ScreenState(), at=NOW).level is Level.EMERGENCY


def test_a_file_for_another_encoder_is_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    label = json.loads((folder / "danger.json").read_text())
    (folder / "danger.json").write_text(json.dumps({**label, "encoder_sha256": "0" * 64}))
    with pytest.raises(DangerModelError, match="another sentence encoder"):
        load_model(folder)


def test_a_file_that_lacks_a_part_is_refused(tmp_path: Path, encoder: Encoder) -> None:
    model = load_model()
    save_model(replace(model, grams={}), tmp_path)
    with pytest.raises(DangerModelError, match="words"):
        DangerClassifier.load(folder=tmp_path, encoder=encoder)


def test_what_is_saved_reads_the_same(tmp_path: Path, encoder: Encoder, classifier: DangerClassifier) -> None:
    save_model(load_model(), tmp_path)
    again = DangerClassifier.load(folder=tmp_path, encoder=encoder)
    text = "his words come out wrong and he keeps dropping his cup"
    assert again.read(text) == classifier.read(text)


# --- reading ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "   \n", "?!...", "😳", "\ud800 broken", "x" * 50_000, ("word " * 3) * 9_000])
def test_any_text_gives_a_reading_inside_the_message(classifier: DangerClassifier, text: str) -> None:
    reading = classifier.read(text)
    assert 0 <= reading.danger <= 1
    assert 0 <= reading.start <= reading.end <= len(text)
    start, end = classifier.locate(text, reading)
    assert reading.start <= start <= end <= reading.end


def test_the_work_is_bounded_however_long_the_message(
    encoder: Encoder, classifier: DangerClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    plain = Encoder.encode

    def counting(self: Encoder, texts: list[str]) -> object:
        seen.extend(texts)
        return plain(self, texts)

    monkeypatch.setattr(Encoder, "encode", counting)
    classifier.read("My gran had a stroke in 2010. I like tea and toast, and cake. " * 900)
    assert 0 < sum(encoder.count_tokens(seen)) <= MOST_TOKENS


def test_a_danger_at_the_end_of_a_long_message_is_read_and_located(classifier: DangerClassifier) -> None:
    talk = "The bus was late again and I sat by the window with my book. " * 40
    last = "Anyway his lips have gone blue and he can't get his breath."
    reading = classifier.read(talk + last)
    start, end = classifier.locate(talk + last, reading)
    assert reading.danger > classifier.read(talk).danger
    assert (talk + last)[start:end] == last


def test_the_same_text_reads_the_same_twice(classifier: DangerClassifier) -> None:
    text = "my speech has gone funny since lunch"
    assert classifier.read(text) == classifier.read(text)


def test_evidence_names_training_messages(classifier: DangerClassifier) -> None:
    nearest = classifier.nearest("I can't feel my legs and I have wet myself", count=3)
    assert len(nearest) == 3
    known = {line.id for line in read_danger_lines(FOLDER.parents[2] / "data" / "danger") if line.dangerous}
    assert {example.id for example in nearest} <= known
    assert nearest[0].likeness >= nearest[-1].likeness


#: Dangers without a textbook word, each beside a harmless twin.
PAIRS = [
    (
        "my dad's words are coming out as soup and he can't lift his cup",
        "my dad spilled soup on his cup, when are you open?",
    ),
    (
        "i took all of my mum's tablets this morning, the whole strip",
        "i took my tablet this morning, can i have my jab too?",
    ),
    (
        "since the needle her lips is growing big and she breathe like whistle",
        "since the needle her arm is little sore, is normal?",
    ),
    (
        "there's no point me being here any more, i've written the letters",
        "there's no point me coming in if you're shut",
    ),
]


@pytest.mark.parametrize(("dangerous", "harmless"), PAIRS)
def test_a_danger_in_plain_words_is_not_met_with_silence_and_its_twin_is(
    screen: Screen, dangerous: str, harmless: str
) -> None:
    assert screen.screen(dangerous, ScreenState(), at=NOW).level >= Level.CHECK
    assert screen.screen(harmless, ScreenState(), at=NOW).level is Level.NONE


# --- how it is made --------------------------------------------------------------------


def test_grams_are_weighed_as_they_were_in_training() -> None:
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = ["my chest hurts", "my arm hurts a lot", "sooooo tired at 10.30", "it's fine, it's fine", "chest chest"]
    arrays, expected = {}, np.zeros(2, np.float32)
    blocks = []
    for name, cut in (("words", word_grams), ("letters", letter_grams)):
        counter = TfidfVectorizer(analyzer=cut, sublinear_tf=True).fit(texts)
        terms = counter.get_feature_names_out()
        arrays[name], arrays[f"{name}_idf"] = terms.astype(np.str_), counter.idf_
        arrays[f"{name}_weight"] = np.linspace(-1, 1, len(terms))
        blocks.append((counter, arrays[f"{name}_weight"]))
    unseen = ["my chest, my arm: fine at 9", "zzz"]
    for counter, weight in blocks:
        expected = expected + sparse.csr_matrix(counter.transform(unseen)) @ weight
    assert GramScorer.from_arrays(arrays).score(unseen) == pytest.approx(expected, abs=1e-5)


def test_an_encoder_with_empty_factors_is_unchanged_and_with_full_ones_is_not(encoder: Encoder) -> None:
    chance = np.random.RandomState(0)
    a = chance.randn(6, 384, 2).astype(np.float32) * 0.1
    b = chance.randn(6, 2, 384).astype(np.float32) * 0.1
    texts = ["hello there", "my chest hurts"]
    before = encoder.encode(texts)
    same = encoder.adapted({"attention.self.query": (a, np.zeros_like(b))})
    other = encoder.adapted({"attention.self.value": (a, b)})
    assert same.encode(texts) == pytest.approx(before, abs=1e-6)
    assert np.abs(other.encode(texts) - before).max() > 1e-3
    assert encoder.encode(texts) == pytest.approx(before, abs=0)


def test_factors_that_do_not_fit_are_refused(encoder: Encoder) -> None:
    wrong = np.zeros((6, 3, 2), np.float32)
    with pytest.raises(EncoderError, match="does not fit"):
        encoder.adapted({"output.dense": (wrong, wrong)})
    with pytest.raises(EncoderError, match="does not fit"):
        encoder.adapted({"no.such.matrix": (np.zeros((6, 384, 1)), np.zeros((6, 1, 384)))})


def test_training_lines_with_a_fault_are_named(tmp_path: Path) -> None:
    good = {"text": "hi", "level": "none", "category": None, "style": "plain", "author": "ann"}
    bad = {**good, "level": "urgent", "category": "flu"}
    (tmp_path / "train_ann.jsonl").write_text(f"{json.dumps(good)}\n{json.dumps(bad)}\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"line 2.*flu"):
        read_danger_lines(tmp_path)


def test_the_digest_of_the_lines_changes_with_a_label(tmp_path: Path) -> None:
    good = {"text": "hi", "level": "none", "category": None, "style": "plain", "author": "ann"}
    (tmp_path / "train_ann.jsonl").write_text(json.dumps(good), encoding="utf-8")
    (line,) = read_danger_lines(tmp_path)
    assert line.id == "ann-1"
    assert digest([line]) != digest([replace(line, level=Level.CHECK)])


def test_no_training_line_stands_in_a_test_set() -> None:
    root = FOLDER.parents[2]
    lines = read_danger_lines(root / "data" / "danger")
    learnt = {line.text.strip().lower() for line in lines if len(line.text.split()) > 4}  # many people say "help me"
    for path in (root / "tests" / "vignettes").glob("danger_test_*.jsonl"):
        for raw in path.read_text(encoding="utf-8").splitlines():
            assert learnt.isdisjoint(turn.strip().lower() for turn in json.loads(raw)["turns"]), path.name


# --- laboratory results ------------------------------------------------------------------


REPORT = "FULL BLOOD COUNT\nHaemoglobin 104 g/L (115-165)\nMCV 112 fL (80-100)\nSerum vitamin B12 98 ng/L (200-900)"


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        (REPORT, Level.NONE, Level.NONE),
        ("platelets 150 x10^9/L", Level.NONE, Level.NONE),
        ("my hemoglobin is 8.8 g/dL and my MCV is 118 fL", Level.NONE, Level.NONE),
        (REPORT + "\nand now I can't get my breath even lying down", Level.URGENT, Level.EMERGENCY),
        ("potassium 3.2 and everything is going dark when I stand", Level.CHECK, Level.EMERGENCY),
    ],
)
def test_values_are_left_to_the_rules_and_the_rest_is_read(
    danger: Danger, text: str, least: Level, most: Level
) -> None:
    labs = load_results_reader(today=date(2026, 11, 20))
    screen = build_screen(danger.language, danger.flags.rules, labs=labs)
    assert least <= screen.screen(text, ScreenState(), at=datetime(2026, 11, 20, 12, tzinfo=timezone.utc)).level <= most
