"""The safety question of a conversation: which one is put, to whom, in which words, and what its answer leaves behind."""

from __future__ import annotations

from typing import Any

from bot.clinical.codes import Level, Who
from bot.clinical.findings import Words
from bot.clinical.urgency import Asking, Match, Rule, SafetyQuestion, UrgencyRules
from bot.clinical.urgency_conditions import Fact, Seen
from bot.clinical.urgency_course import Answer, Course, OpenQuestion, Step, advance
from tests.clinical.urgency_world import NOW, seen

CRAMPS = SafetyQuestion(
    "cramps", Fact("muscle_cramps"), "Are they bad?", Level.URGENT, "hypokalaemia", "Are theirs bad?"
)
THROAT = SafetyQuestion("throat", Fact("hoarse_voice"), "Is it closing?", Level.EMERGENCY, "anaphylaxis")
RULES = UrgencyRules(
    rules=(
        Rule("leg", Level.URGENT, "dvt", Fact("limb_swollen_one_side")),
        Rule("chest", Level.EMERGENCY, "cardiac", Fact("chest_pain")),
        Rule("sight", Level.URGENT, "vision_loss", Fact("sight_reduced")),
    ),
    questions=(CRAMPS, THROAT),
    doubt_text="Is it now?",
    doubt_text_other="Is it now, to them?",
)
HERE, THERE = Words(0, 5, "cramp"), Words(6, 9, "yes", turn=1)


def told(course: Course, *facts: Seen, **more: Any) -> Step:
    return advance(course, facts, rules=RULES, now=NOW, **more)


def test_a_question_carries_its_words_turn_and_person() -> None:
    question = told(Course(turns=4), seen("muscle_cramps", turn=4, words=HERE)).course.question
    assert question == OpenQuestion("cramps", "Are they bad?", Level.URGENT, "hypokalaemia", 4, HERE, Who.PATIENT)
    about_another = told(Course(turns=4), seen("muscle_cramps", turn=4, who=Who.OTHER)).course.question
    assert about_another is not None
    assert (about_another.text, about_another.who) == ("Are theirs bad?", Who.OTHER)
    without_other_words = told(Course(), seen("hoarse_voice", who=Who.OTHER)).course.question
    assert without_other_words is not None and without_other_words.text == "Is it closing?"


def test_the_most_urgent_question_is_put_and_stands_for_the_others_of_that_person() -> None:
    step = told(Course(), seen("muscle_cramps"), seen("hoarse_voice"))
    question = step.course.question
    assert question is not None and (question.id, question.instead_of) == ("throat", ("cramps",))
    assert told(step.course, answer=Answer("no")).course.settled == {"throat/patient", "cramps/patient"}
    of_two = told(Course(), seen("hoarse_voice"), seen("muscle_cramps", who=Who.OTHER)).course.question
    assert of_two is not None and (of_two.id, of_two.instead_of) == ("throat", ())


def test_a_yes_leaves_a_match_of_the_question() -> None:
    asked = told(Course(), seen("muscle_cramps", who=Who.OTHER, words=HERE)).course
    step = told(asked, answer=Answer("yes", THERE))
    assert step.new == (Match("cramps", Level.URGENT, "hypokalaemia", 1, THERE, Who.OTHER, ended=False),)
    assert (step.course.level, step.course.reached, step.raised) == (Level.URGENT, 1, True)
    assert told(asked, answer=Answer("yes")).new[0].words == HERE


def test_a_danger_that_has_gone_is_urgent_and_said_to_have_ended() -> None:
    asked = told(Course(), seen("hoarse_voice")).course
    match = told(asked, answer=Answer("ended")).new[0]
    assert (match.level, match.ended, match.turn) == (Level.URGENT, True, 1)


def test_doubtful_words_are_asked_about_in_words_for_their_person() -> None:
    def question(doubtful: Seen) -> OpenQuestion:
        put = told(Course(turns=2), doubtful=(doubtful,)).course.question
        assert put is not None
        return put

    own = seen("limb_swollen_one_side", turn=2, words=HERE)
    assert question(own) == OpenQuestion(
        "is-it-now:leg", "Is it now?", Level.URGENT, "dvt", 2, HERE, Who.PATIENT, facts=(own,)
    )
    theirs = question(seen("limb_swollen_one_side", turn=2, who=Who.OTHER))
    assert (theirs.text, theirs.who) == ("Is it now, to them?", Who.OTHER)


def test_every_match_is_of_the_message_that_brought_it() -> None:
    first = told(Course(), seen("limb_swollen_one_side"))
    assert [match.turn for match in first.new] == [0]
    later = told(first.course, seen("chest_pain", turn=0))
    assert [(match.rule, match.turn) for match in later.new] == [("chest", 1)]
    suspected = Match("reader", Level.EMERGENCY, "stroke", 7)
    assert [match.turn for match in told(first.course, suspicion=suspected).new] == [1]


def test_an_equal_level_keeps_the_category_and_turn_that_reached_it() -> None:
    first = told(Course(), seen("limb_swollen_one_side")).course
    second = told(first, seen("sight_reduced", turn=1))
    assert [match.rule for match in second.new] == ["sight"]
    assert (second.course.category, second.course.reached, second.raised) == ("dvt", 0, False)


def test_no_question_stands_beside_an_urgent_level() -> None:
    """Advice was given; a question now would only delay it."""
    asked = told(Course(), seen("muscle_cramps")).course
    assert asked.question is not None
    assert told(asked, seen("limb_swollen_one_side", turn=1)).course.question is None
    assert told(Course(), seen("limb_swollen_one_side"), seen("muscle_cramps")).course.question is None


def test_a_suspicion_may_put_a_question_of_its_own() -> None:
    put = told(Course(turns=3), suspicion=Asking(CRAMPS, 3, HERE, Who.OTHER)).course.question
    assert put == OpenQuestion("cramps", "Are theirs bad?", Level.URGENT, "hypokalaemia", 3, HERE, Who.OTHER)
