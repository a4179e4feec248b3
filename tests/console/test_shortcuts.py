"""Single keys: the help, the script and the documents name the same ones, and none changes anything."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.console.shortcuts import SHORTCUTS

from .seeding import Clinic

ROOT = Path(__file__).resolve().parents[2]
ALL = [shortcut for rows in SHORTCUTS.values() for shortcut in rows]


def test_every_key_stands_in_the_documents_and_no_other():
    table = (ROOT / "docs" / "console.md").read_text(encoding="utf-8").split("## Keys")[1].split("## Signing in")[0]
    written = {keys for row in re.findall(r"^\| (`.*?) \|", table, re.M) for keys in re.findall(r"`(.*?)`", row)}
    assert written == {shortcut.keys for shortcut in ALL}


def test_what_a_key_does_is_a_step_of_the_script_or_a_page(signed_in):
    script = (ROOT / "bot" / "console" / "static" / "shortcuts.js").read_text(encoding="utf-8")
    visitor = signed_in("viewer")
    for shortcut in ALL:
        if shortcut.does.startswith("/"):
            assert visitor.get(shortcut.does).status_code == 200
        else:
            assert re.search(rf"^  {shortcut.does}: ", script, re.M), shortcut.does


@pytest.mark.parametrize("heading", SHORTCUTS)
def test_no_key_means_two_things_on_one_page(heading: str):
    keys = [shortcut.keys for shortcut in (*SHORTCUTS["Everywhere"], *SHORTCUTS[heading])]
    twice = {one for one in keys if keys.count(one) > 1}
    assert heading == "Everywhere" or not twice
    assert not any(other != one and other.startswith(f"{one} ") for one in keys for other in keys)


def test_the_help_is_on_every_page_of_somebody_signed_in_and_on_no_other(clinic: Clinic, signed_in, visitor):
    clinic.emergency()
    me = signed_in("clinician")
    for path in ("/", "/talk/talk-emergency", "/figures", "/talk/none"):
        page = me.get(path).text
        assert page.count('<dialog class="keys"') == 1
        assert ("<section data-off><h3>On a conversation" in page) == (not path.startswith("/talk/"))
    assert "<dialog" not in visitor.get("/sign-in").text
