"""What can be said about the chat box without a browser: its size, and what it must never contain."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from bot.knowledge.content import load_content

WIDGET = Path(__file__).resolve().parents[2] / "bot" / "widget"
SCRIPTS = sorted(WIDGET.glob("*.js"))
LIMIT = 25_000  # bytes, all files of the chat box, each compressed as a web server sends it


def test_the_whole_chat_box_stays_within_25_kilobytes_compressed():
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in SCRIPTS}
    assert sum(sizes.values()) <= LIMIT, sizes


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize(
    "way", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "localStorage"]
)
def test_no_script_has_a_way_from_text_to_markup_or_to_disk(path: Path, way: str):
    assert way not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_names_another_host(path: Path):
    """The name of the SVG vocabulary is the only address."""
    hosts = re.findall(r"https?://[^\"'`\s]+", path.read_text(encoding="utf-8"))
    assert [host for host in hosts if host != "http://www.w3.org/2000/svg"] == []


def test_every_label_that_is_spoken_is_in_the_list_and_none_is_left_over():
    labels = set(re.findall(r"^    (\w+):", (WIDGET / "words.js").read_text(encoding="utf-8"), re.MULTILINE))
    code = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS if path.name != "words.js")
    called = set(re.findall(r"\bsay\(\"(\w+)\"", code))
    named = {label for label in labels if re.search(rf"\"{label}\"|\b{label}\b", code)}
    assert called <= labels
    assert labels == named


def test_imports_stay_inside_the_folder():
    """A page needs to serve one folder and nothing else."""
    for path in SCRIPTS:
        for target in re.findall(r'from "([^"]+)"', path.read_text(encoding="utf-8")):
            assert target.startswith("./"), (path.name, target)
            assert (WIDGET / target).is_file(), (path.name, target)


def test_the_demo_page_says_what_the_demo_clinics_profile_says():
    """One truth for the telephone number and the hours: the profile's."""
    page = (WIDGET / "demo" / "index.html").read_text(encoding="utf-8")
    clinic = load_content().clinic
    assert clinic.name in page
    assert set(re.findall(r"(?<!tel:)\b01632[ \d]{6,8}\d\b", page)) == {clinic.facts["clinic_phone"]}
    days, _, hours = clinic.facts["clinic_hours"].partition(", ")
    assert f'<th scope="row">{days}</th><td>{hours}</td>' in page
    assert load_content().facts["emergency_number"] in page
