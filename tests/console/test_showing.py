"""How times are written, and that the names of real content can be shown."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clinical.codes import CATEGORIES, FLAGS, ROUTES
from bot.console import ContentWords, labels
from bot.console.showing import bold, clock_words, keeping, span
from bot.knowledge.content import load_content

from .seeding import NOON


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (50_000, "13 h"),
        (400_000, "4 days"),
    ],
)
def test_a_span_is_said_in_its_largest_useful_unit(seconds: float, words: str):
    assert span(seconds) == words


@pytest.mark.parametrize(("minutes", "words"), [(5, "due in 5 min"), (0, "due in 0 s"), (-12, "overdue by 12 min")])
def test_the_clock_says_which_side_of_the_limit_it_is_on(minutes: int, words: str):
    assert clock_words(due_at=NOON + timedelta(minutes=minutes), now=NOON) == words


def test_no_limit_is_no_clock():
    assert clock_words(due_at=None, now=NOON) == ""


@pytest.fixture(scope="module")
def words() -> ContentWords:
    return ContentWords(load_content())


def test_a_code_has_a_name_and_an_unknown_one_is_readable(words: ContentWords):
    assert words.name("fatigue") == "Tiredness"
    assert words.name("not_a_code_at_all") == "Not a code at all"


def test_every_rule_of_the_content_can_be_explained(words: ContentWords):
    for rule in load_content().red_flags.rules.rules:
        shown = words.rule(rule.id)
        assert shown is not None
        assert shown.looks_for
        assert shown.sources
        assert all(name.strip() for name in (*shown.looks_for, *shown.sources))


@pytest.mark.parametrize("codes", [CATEGORIES, ROUTES, FLAGS], ids=["categories", "routes", "flags"])
def test_every_code_that_staff_read_has_a_name_of_their_own(codes: tuple[str, ...]):
    """Content's names speak to patients: "reasons to talk about injections" is no route for a nurse."""
    assert set(codes) <= set(labels.CODES)


def test_an_unknown_rule_is_none(words: ContentWords):
    assert words.rule("none-such") is None


def test_strong_words_of_ours_are_shown_strong_and_everything_else_stays_text():
    assert bold("**Test results**\n- <b>you</b> ** said") == (
        "<strong>Test results</strong>\n- &lt;b&gt;you&lt;/b&gt; ** said"
    )
    assert bold("**<script>**") == "<strong>&lt;script&gt;</strong>"


@pytest.mark.parametrize(
    ("days", "words"), [(90, "90 days"), (365, "365 days"), (2922, "8 years"), (2920, "8 years"), (1000, "1000 days")]
)
def test_a_time_of_keeping_is_said_in_years_where_it_is_years(days: int, words: str):
    assert keeping(days) == words
