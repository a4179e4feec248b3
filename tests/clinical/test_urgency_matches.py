"""What a match tells: which rule, about whom, in which message, in which words; rules built for the test."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from bot.clinical.codes import Level, Trend, Who
from bot.clinical.findings import Finding, Patient, Words
from bot.clinical.urgency import Ended, Match, Rule, SafetyQuestion, UrgencyRules, judge, judge_facts, preference
from bot.clinical.urgency_conditions import Condition, Either, Every, Fact, Value
from tests.clinical.core_rules import TODAY, lab
from tests.clinical.urgency_world import NOW, real_rules, seen

LEG, BREATH = Fact("limb_swollen_one_side"), Fact("breathless_at_rest")


def rules() -> UrgencyRules:
    return UrgencyRules(
        rules=(
            Rule("leg", Level.URGENT, "dvt", LEG),
            Rule("leg-and-breath", Level.EMERGENCY, "pulmonary_embolism", Every((LEG, BREATH))),
            Rule("breath", Level.URGENT, "severe_anaemia", BREATH, unless=Fact("pernicious_anaemia")),
        ),
        questions=(SafetyQuestion("cramps", Fact("muscle_cramps"), "Is it now?", Level.URGENT, "hypokalaemia"),),
    )


def test_rules_and_questions_are_set_aside_when_a_fact_that_they_need_is_missing() -> None:
    built = rules()
    assert ids(built.rules_for(frozenset({"breathless_at_rest"}))) == ["breath"]
    assert ids(built.rules_for(frozenset({"breathless_at_rest", "limb_swollen_one_side"}))) == [
        "leg",
        "leg-and-breath",
        "breath",
    ]
    assert ids(built.rules_for(frozenset({"fever"}))) == []
    assert ids(built.questions_for(frozenset({"muscle_cramps", "fever"}))) == ["cramps"]
    assert ids(built.questions_for(frozenset({"fever"}))) == []


def test_rules_keep_their_order_whichever_fact_finds_them() -> None:
    """The order of the rules breaks ties, so it must not depend on the order in which codes are looked up."""
    both = Either((LEG, BREATH))
    many = tuple(Rule(f"rule-{place}", Level.URGENT, "dvt", (LEG, both, BREATH)[place % 3]) for place in range(9))
    assert ids(UrgencyRules(many).rules_for(frozenset({LEG.code, BREATH.code}))) == [rule.id for rule in many]


def test_no_rule_that_its_facts_can_meet_is_set_aside() -> None:
    """For every smallest set of facts that meets a rule: one code of each part, each branch in turn."""
    real = real_rules()
    lost = [
        (rule.id, sorted(codes))
        for rule in real.rules
        for codes in smallest_sets(rule.when)
        if rule not in tuple(real.rules_for(codes))
    ]
    assert not lost


def ids(rows: Iterable[Rule | SafetyQuestion]) -> list[str]:
    return [row.id for row in rows]


def smallest_sets(condition: Condition) -> set[frozenset[str]]:
    """The sets of codes of which one suffices to meet the condition."""
    if isinstance(condition, Every):
        return {
            frozenset().union(*choice)
            for choice in itertools.product(*(smallest_sets(part) for part in condition.parts))
        }
    if isinstance(condition, Either):
        return set().union(*(smallest_sets(part) for part in condition.parts))
    return {frozenset(condition.codes())}


def test_a_match_carries_the_newest_words_and_their_message() -> None:
    first, second = Words(0, 3, "leg", turn=1), Words(4, 9, "puffed", turn=3)
    told = [
        seen("limb_swollen_one_side", turn=1, words=first),
        seen("breathless_at_rest", turn=3, words=second),
    ]
    match = judge(told, rules=rules(), now=NOW).matches[0]
    assert (match.rule, match.turn, match.words, match.over_turns) == ("leg-and-breath", 3, second, True)
    assert match.codes == ("limb_swollen_one_side", "breathless_at_rest")


def test_a_sign_without_a_person_belongs_to_the_one_it_completes() -> None:
    told = [
        seen("limb_swollen_one_side", who=Who.OTHER),
        seen("breathless_at_rest", turn=1, unnamed=True, words=Words(0, 1, "x")),
    ]
    matches = {match.rule: match.who for match in judge(told, rules=rules(), now=NOW).matches}
    assert matches["leg-and-breath"] is Who.OTHER
    assert matches["breath"] is Who.PATIENT


def test_a_sign_that_only_somebody_else_cannot_explain_is_still_kept_with_the_patient() -> None:
    told = [
        seen("pernicious_anaemia"),
        seen("limb_swollen_one_side", who=Who.OTHER, days_before=30),
        seen("breathless_at_rest", unnamed=True),
    ]
    assert [(match.rule, match.who) for match in judge(told, rules=rules(), now=NOW).matches] == [
        ("breath", Who.PATIENT)
    ]


def test_fields_count_as_one_message() -> None:
    patient = Patient(symptoms=(Finding("fatigue"),), facts=(Finding("limb_swollen_one_side"),))
    urgency = judge_facts((Finding("breathless_at_rest"), Finding("muscle_cramps")), patient, rules(), today=TODAY)
    assert {(match.rule, match.turn, match.over_turns) for match in urgency.matches} == {
        ("leg-and-breath", 0, False),
        ("leg", 0, False),
        ("breath", 0, False),
    }
    assert [(asking.question.id, asking.turn, asking.who) for asking in urgency.asking] == [("cramps", 0, Who.PATIENT)]


def test_a_result_among_the_fields_is_of_the_same_message() -> None:
    rule = Rule("low-and-faint", Level.EMERGENCY, "severe_anaemia", Every((Fact("fainted"), Value("haemoglobin"))))
    patient = Patient(facts=(Finding("fainted"),), labs=(lab("haemoglobin", 60),))
    (match,) = judge_facts((), patient, UrgencyRules((rule,)), today=TODAY).matches
    assert (match.turn, match.over_turns) == (0, False)


def test_ties_fall_to_the_combination_then_the_overdose_then_the_order() -> None:
    def match(category: str, *, level: Level = Level.EMERGENCY, over_turns: bool = False, codes: tuple = ()) -> Match:
        return Match(category, level, category, 0, over_turns=over_turns, codes=codes)

    combined = match("other_emergency", over_turns=True)
    overdose = match("overdose", codes=("overdose_taken",))
    first, last = match("anaphylaxis"), match("overdose")
    urgent = match("anaphylaxis", level=Level.URGENT, over_turns=True)
    order = sorted([urgent, last, first, overdose, combined], key=preference)
    assert order == [combined, overdose, first, last, urgent]


def test_a_danger_of_now_is_not_told_as_one_that_has_passed() -> None:
    """On this rests whether the patient reads "even though it has eased"."""
    match = judge([seen("limb_swollen_one_side")], rules=rules(), now=NOW).matches[0]
    assert match.ended is False


def test_a_danger_of_somebody_else_stays_theirs_when_it_has_passed() -> None:
    chest = Rule("chest", Level.EMERGENCY, "cardiac", Fact("chest_pain"), ended=(Ended(7, Level.URGENT),))
    gone = seen("chest_pain", who=Who.OTHER, trend=Trend.GONE)
    match = judge([gone], rules=UrgencyRules((chest,)), now=NOW).matches[0]
    assert (match.level, match.who, match.ended) == (Level.URGENT, Who.OTHER, True)


def test_a_sign_with_nobody_named_is_asked_about_once_and_of_the_patient() -> None:
    asking = judge([seen("muscle_cramps", unnamed=True)], rules=rules(), now=NOW).asking
    assert [(asks.question.id, asks.who) for asks in asking] == [("cramps", Who.PATIENT)]
