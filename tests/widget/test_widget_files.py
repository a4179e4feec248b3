"""What can be said about the chat box without a browser: its size, and what it must never contain."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from bot.knowledge.content import load_content

WIDGET = Path(__file__).resolve().parents[2] / "bot" / "widget"
SCRIPTS = sorted(WIDGET.glob("*.js"))
LIMIT = 25_000  # bytes, each file compressed as a web server sends it
LATER = {"pages.js", "remember.js"}  # fetched once a patient opens the chat
LIMIT_OF_ALL = 27_500


def test_what_a_page_loads_stays_within_25_kilobytes_compressed():
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in SCRIPTS}
    assert sum(size for name, size in sizes.items() if name not in LATER) <= LIMIT, sizes
    assert sum(sizes.values()) <= LIMIT_OF_ALL, sizes


def test_what_is_fetched_later_is_not_imported_at_first():
    for path in SCRIPTS:
        imported = set(re.findall(r'from "\./([^"]+)"', path.read_text(encoding="utf-8")))
        assert path.name in LATER or not imported & LATER, path.name


def test_only_the_file_that_remembers_a_token_writes_to_the_disk():
    """And it writes a token when asked to, never what was said."""
    users = {path.name for path in SCRIPTS if "localStorage" in path.read_text(encoding="utf-8")}
    assert users == {"remember.js"}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize(
    "way", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
)
def test_no_script_has_a_way_from_text_to_markup(path: Path, way: str):
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
