"""What is no danger by the way it is told, each beside the danger it must not hide."""

from __future__ import annotations

import pytest

from bot.clinical.codes import Level
from bot.language.screen_text import tokens_of
from tests.language.screens import rules_alone, talk

DANGER = "I have crushing chest pain"


@pytest.mark.parametrize(
    "text",
    [
        "crushing_chest_pain",
        "crushing&nbsp;chest&nbsp;pain",
        "crushing%20chest%20pain",
        "#CrushingChestPain",
        "ihavecrushingchestpain",
        "c r u s h i n g chest pain",
        "\u034f".join("crushing chest pain"),
        "crushing\u3164chest\u3164pain",
        "ᴄʀᴜꜱʜɪɴɢ ᴄʜᴇꜱᴛ ᴘᴀɪɴ",
        "🅲🆁🆄🆂🅷🅸🅽🅶 🅲🅷🅴🆂🆃 🅿🅰🅸🅽",
        "I have <b>crushing</b> chest<br>pain",
        "I can&#39;t breathe",
    ],
)
def test_disguised_words_are_read(text: str) -> None:
    result = talk(text)
    assert result.level is Level.EMERGENCY
    assert all(text[match.start : match.end] == match.text for match in result.matches)


def test_every_token_stands_inside_the_message() -> None:
    text = "a&nbsp;b %20 ﬁt <br> 36wks Ünï\u034fcode"
    tokens = tokens_of(text)
    assert tokens and all(0 <= token.start < token.end <= len(text) for token in tokens)


@pytest.mark.parametrize(
    ("harmless", "danger"),
    [
        ("could it hurt the baby?", "I think I could hurt the baby"),
        ("pins and needles for a year, it doesn't get any worse", "pins and needles for a year, it does get worse now"),
        ("tingling that never gets worse", "tingling that gets worse every day"),
        ("my daughter is 6 and looks so pale", "my daughter is 6 months and looks so pale"),
        ("I don't plan to end my injections", "some nights I plan how I'd end it"),
        ("my phone passed out in the heat", "I passed out in the heat an hour ago"),
        ("the washing machine has collapsed", "my husband has collapsed"),
        ("I nearly collapsed when I saw the bill", "I collapsed when I stood up this morning"),
        ("somebody had a seizure on telly", "my son is having a seizure"),
        ("I took an overdose at 15", "I took an overdose at lunch"),
        ("I passed out at scouts, that was 2017", "I passed out at scouts this morning"),
        ("I passed out once. That was in 1994.", "I passed out twice. That was this morning."),
        ("in '98 I coughed up blood", "since 8 I have coughed up blood"),
        ("shaking like a wet dog in this cold rain", "shaking so hard the bed moves and my temperature is 39"),
        ("are palpitations after the jab normal?", "why do I have palpitations that will not stop since last night?"),
        ("how would I know if the injection site was infected?", "the injection site is infected and leaking pus"),
        (
            "for my nursing course I must describe anaphylaxis with a swollen throat",
            "my throat is swollen after the jab",
        ),
        ("I'm not answering that", "he is on the floor and not answering"),
        ("I'm confused by your question", "my gran is confused since this morning"),
    ],
)
def test_a_way_of_telling_is_harmless_and_its_danger_is_not(harmless: str, danger: str) -> None:
    assert talk(harmless).level < Level.URGENT
    assert talk(danger).level >= Level.URGENT


@pytest.mark.parametrize(
    "text",
    [
        "I gave myself five ampoules in one go, feel fine now",
        "took 20 paracetamol this morning, all fine now",
        "banged my head an hour ago and I am on warfarin, feel fine now",
    ],
)
def test_feeling_well_does_not_undo_what_was_done(text: str) -> None:
    assert talk(text).level >= Level.URGENT


def test_one_leg_with_an_apostrophe_is_one_leg() -> None:
    assert talk("his left leg's swollen and red since the weekend").category == "dvt"


def test_a_wife_who_has_pernicious_anaemia_asks_no_question() -> None:
    readings = rules_alone().readings("my wife has pernicious anaemia and her face is drooping")
    assert any(fact == "face_droop" and meant.status.value == "now" for _, fact, _, meant in readings)
