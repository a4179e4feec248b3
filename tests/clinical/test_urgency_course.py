"""A conversation's urgency: what sticks, what is asked, and what each answer does."""

from __future__ import annotations

import pytest

from bot.clinical.codes import Level, Trend, Who
from bot.clinical.findings import Words
from bot.clinical.urgency import Asking, Match
from bot.clinical.urgency_conditions import Seen
from bot.clinical.urgency_course import Answer, Course, Step, advance
from tests.clinical.urgency_world import NOW, real_rules, seen


def step(course: Course, *facts: Seen, answer: str | None = None, **more) -> Step:
    reply = Answer(answer, Words(0, 3, "yes", course.turns)) if answer else None
    here = [Seen(item.at, course.turns, finding=item.finding, lab=item.lab, unnamed=item.unnamed) for item in facts]
    return advance(course, here, rules=real_rules(), now=NOW, answer=reply, **more)


def asked() -> Course:
    """A conversation in which one safety question is open."""
    course = step(Course(), seen("hopeless_words")).course
    assert course.question is not None
    return course


def test_danger_raises_and_remembers_where() -> None:
    first = step(Course())
    second = step(first.course, seen("chest_pain"))
    assert (first.raised, second.raised) == (False, True)
    assert (second.course.level, second.course.category, second.course.reached) == (Level.EMERGENCY, "cardiac", 1)
    assert second.course.categories == ("cardiac",)


def test_nothing_a_patient_says_takes_a_level_back() -> None:
    """K22: "it's fine now" after an emergency."""
    course = step(Course(), seen("chest_pain")).course
    course = step(course, seen("chest_pain", trend=Trend.GONE, days_ago=0)).course
    course = step(course).course
    assert (course.level, course.reached) == (Level.EMERGENCY, 0)


def test_an_urgent_talk_becomes_an_emergency_with_one_danger_sign_more() -> None:
    """K21: after an urgent advice any sign of danger raises."""
    course = step(Course(), seen("black_stool")).course
    assert course.level is Level.URGENT
    after = step(course, seen("getting_worse"), seen("dizziness"))
    assert (after.course.level, after.raised) == (Level.EMERGENCY, True)


def test_getting_worse_without_a_danger_sign_keeps_urgent() -> None:
    course = step(Course(), seen("black_stool")).course
    assert step(course, seen("getting_worse")).course.level is Level.URGENT


def test_a_rule_is_not_reported_twice() -> None:
    course = step(Course(), seen("chest_pain")).course
    again = step(course, seen("chest_pain"))
    assert (again.new, again.raised) == ((), False)


def test_a_doubtful_sign_opens_a_question_that_does_not_stick() -> None:
    course = asked()
    assert (course.level, course.level_now) == (Level.NONE, Level.CHECK)


def test_yes_gives_the_level_that_the_question_names() -> None:
    after = step(asked(), answer="yes")
    assert (after.course.level, after.course.category, after.answered) == (
        Level.EMERGENCY,
        "mental_health_crisis",
        "yes",
    )
    assert after.course.question is None
    assert after.new[0].words == Words(0, 3, "yes", 1)


def test_no_goes_back_and_the_question_is_not_put_again() -> None:
    after = step(asked(), answer="no").course
    assert (after.level_now, after.question) == (Level.NONE, None)
    assert step(after, seen("hopeless_words")).course.question is None


def test_gone_now_is_urgent_at_most() -> None:
    assert step(asked(), answer="ended").course.level is Level.URGENT


def test_one_unclear_answer_keeps_asking_and_a_second_counts_as_yes() -> None:
    once = step(asked(), answer="unclear")
    assert (once.course.level_now, once.answered) == (Level.CHECK, "unclear")
    assert once.course.question is not None and once.course.question.unclear == 1
    twice = step(once.course)  # a message that answers nothing
    assert (twice.course.level, twice.answered) == (Level.EMERGENCY, "unclear")
    assert twice.new[0].words == asked().question.words  # type: ignore[union-attr]


def test_no_after_an_unclear_answer_still_counts_as_no() -> None:
    once = step(asked(), answer="unclear").course
    assert step(once, answer="no").course.level_now is Level.NONE


def test_danger_in_the_answer_closes_the_question() -> None:
    after = step(asked(), seen("chest_pain"), answer="no").course
    assert (after.level, after.question) == (Level.EMERGENCY, None)


def test_words_that_may_not_mean_now_ask_whether_they_do() -> None:
    doubtful = (seen("chest_pain"),)
    after = step(Course(), doubtful=doubtful).course
    assert after.level_now is Level.CHECK
    assert after.question is not None
    assert (after.question.id, after.question.text) == ("is-it-now:cardiac-chest-pain", real_rules().doubt_text)


def test_a_yes_makes_the_doubtful_fact_certain_for_later_combinations() -> None:
    course = step(Course(), doubtful=(seen("limb_swollen_one_side"),)).course
    course = step(course, answer="yes").course
    assert course.level is Level.URGENT
    assert step(course, seen("breathlessness")).course.level is Level.EMERGENCY


def test_a_question_about_somebody_else_says_them() -> None:
    course = step(Course(), doubtful=(seen("chest_pain", who=Who.OTHER),)).course
    assert course.question is not None and course.question.text == real_rules().doubt_text_other


def test_no_question_is_put_while_a_level_stands() -> None:
    course = step(Course(), seen("chest_pain")).course
    assert step(course, seen("hopeless_words")).course.question is None


def suspicion(level: Level) -> Match | Asking:
    question = next(item for item in real_rules().questions if item.id == "hopeless")
    if level is Level.CHECK:
        return Asking(question, 0)
    return Match("classifier:stroke", level, "stroke", 0)


def test_a_suspicion_raises_where_no_rule_does() -> None:
    after = step(Course(), suspicion=suspicion(Level.EMERGENCY))
    assert (after.course.level, after.course.category) == (Level.EMERGENCY, "stroke")


def test_a_suspicion_adds_nothing_where_a_rule_says_as_much() -> None:
    after = step(Course(), seen("chest_pain"), suspicion=suspicion(Level.EMERGENCY))
    assert [match.category for match in after.new] == ["cardiac"]


def test_a_suspicion_may_ask_once_and_a_no_settles_it() -> None:
    course = step(Course(), suspicion=suspicion(Level.CHECK)).course
    assert course.level_now is Level.CHECK
    course = step(course, answer="no").course
    assert step(course, suspicion=suspicion(Level.CHECK)).course.level_now is Level.NONE


def test_a_suspicion_does_not_interrupt_an_open_question() -> None:
    course = asked()
    after = step(course, answer="no", suspicion=suspicion(Level.CHECK)).course
    assert after.question is None


def test_a_talk_of_any_length_keeps_a_bounded_memory() -> None:
    course = Course()
    for _ in range(30):
        course = step(course, *[seen("fatigue") for _ in range(20)]).course
    assert len(course.seen) == 400


@pytest.mark.parametrize("meaning", ["yes", "no", "ended", "unclear"])
def test_an_answer_without_a_question_changes_nothing(meaning: str) -> None:
    after = step(Course(), answer=meaning)
    assert (after.course.level_now, after.answered) == (Level.NONE, None)
