"""What belongs to which time, person and sentence: each harmless talk beside the danger that reads much like it."""

from __future__ import annotations

import pytest

from bot.clinical.codes import Level
from tests.language.screens import talk

PAIRS = [
    (["Chest pain? No"], ["Chest pain? No idea why but yes"]),
    (["Faint? Never in my life"], ["Faint? I fainted this morning"]),
    (["had a seizure when i was like 6 but nothing since"], ["had a seizure like 6 minutes ago"]),
    (["dad was talking rubbish two christmases ago"], ["dad is talking rubbish, two minutes ago he was fine"]),
    (
        ["I had a stroke in 2018", "left with a weak hand but it's no worse"],
        ["I had a stroke in 2018", "left with a weak hand but now the other arm won't lift"],
    ),
    (["Number five, tingling in feet yes, but it does not go up"], ["tingling in feet and it has gone past the knee"]),
    (["numb toes for a year, stayed put"], ["Numb toes for a year. In the past ten days it has risen to mid-thigh"]),
    (["I can't remember my own phone number lately"], ["he can't remember his own name since this morning"]),
    (["took two Tylenol for a headache and laid down"], ["took twenty Tylenol and laid down"]),
    (
        ["neighbour had a pain in her chest, they kept her in and it turned out to be her gall bladder"],
        ["neighbour has a pain in her chest and won't let me call anyone"],
    ),
    (["I nearly died when I seen the bill"], ["I nearly died when my throat closed up an hour ago"]),
    (["not joking i could kill my brother"], ["not joking im gonna kill myself"]),
    (
        ["can a B12 shot make your mouth slide down?"],
        ["can a B12 shot make one side of your mouth slide down, cause mine has"],
    ),
    (["is it usual to see floaters?"], ["is it usual to see a dark curtain over one eye since my dinner"]),
    (
        ["Football with son, he hit head with another man last year", "I take xarelto"],
        ["Yesterday football with son, hit head with another man", "I take xarelto"],
    ),
    (
        ["I was asked whether I have ever lost consciousness", "once, in 1978"],
        ["I was asked whether I have ever lost consciousness", "I lost consciousness this morning"],
    ),
    (
        ["my heart does this flutter thing before exams", "its the same as it was last year"],
        ["my heart does this flutter thing", "yes and my chest is tight now"],
    ),
    (["Week 1: numbness both feet up to ankles"], ["Week 4: numbness both feet up to my knees"]),
    (["a customer was telling me about his throat closing up"], ["I was telling him my throat is closing up now"]),
    (
        ["would a jab into a vein by accident stop your heart? A vein would stop it, she thinks"],
        ["the nurse hit a vein with the jab and it went straight in"],
    ),
    (
        ["I had the injections because of Crohn, after an infection in 2014 where I was in coma"],
        ["my wife had the injection this morning and she is in a coma"],
    ),
    (
        ["my lo is 8 months and looks at me and smiles"],
        ["im vegan n bf my lo", "he dont look at me no more, stopped smiling"],
    ),
    (
        ["My late wife had the same anaemia.", "She went very breathless at the end and her legs swelled dreadfully."],
        ["My wife has the same anaemia.", "She went very breathless and her legs swelled dreadfully."],
    ),
    (
        ["my mum passed away in March", "she collapsed in the kitchen"],
        ["my mum passed away in March", "she had a stroke, now my dad has collapsed in the kitchen"],
    ),
    (
        ["my dad died last year, heart attack", "he went grey and clammy, such a shock"],
        ["my dad died last year, heart attack", "she can't breathe"],
    ),
    (["itchy as hell where the jab went"], ["got my jab earlier", "itchy as hell all over", "feel like im gonna drop"]),
]


@pytest.mark.parametrize(("harmless", "danger"), PAIRS, ids=lambda turns: turns[-1][:50])
def test_the_harmless_stays_quiet_and_the_danger_is_seen(harmless: list[str], danger: list[str]) -> None:
    assert talk(*harmless).level is Level.NONE
    assert talk(*danger).level >= Level.URGENT


def test_shots_called_them_are_nobody_else() -> None:
    result = talk("my heart's racing since I started them shots Tuesday")
    assert {match.who.value for match in result.matches} == {"patient"}


def test_the_day_of_an_appointment_answers_no_question() -> None:
    asked = talk("i feel faint")
    assert asked.question is not None
    assert talk("i feel faint", "Also my appointment on Friday").level is Level.CHECK
    assert talk("i feel faint", "started Friday").level is Level.URGENT
