"""
`b12bot check-dialogue`: what Rasa only warns about, or does not notice, fails here.

Runs `rasa data validate` and accepts none of its warnings but the ones named below;
then compares domain, actions and forms, which Rasa does not do.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bot.commands.terminal import CommandFailed, tell

ROOT = Path(__file__).resolve().parent.parent.parent

#: Warnings of Rasa that are known to be wrong here, each with its reason.
KNOWN_FALSE: tuple[tuple[str, str], ...] = (
    (r"The utterance 'utter_ask_\w+' is not used in any story or rule", "forms call it by its slot's name"),
    (
        r"The intent '(red_flag|safety_question|safety_cleared)' is (not used|listed in the domain file, but)",
        "set by the safety screen and carried out by SafetyPolicy, never trained and in no rule",
    ),
    (
        r"The intent '(about_myself|abuse|answer_to_advice|ask_confidential|ask_progress|ask_questions_list|ask_what_is_known|ask_what_it_does|carer_asks|clot_worry"
        r"|how_are_you|no_words|not_english|share_summary|shared_device|simplify|tampering|testing|wants_reassurance|what_if)' is listed in the domain file,"
        r" but is not found in the NLU training data",
        "set by the wish component from lexicon/wishes.yml and from the language of a message, never trained",
    ),
)

_WARNING = re.compile(r"(?:User)?Warning: (.+)")
_FROM_LIBRARIES = ("DeprecationWarning", "MovedIn20Warning", "pkg_resources", "SyntaxWarning", "FutureWarning")


def run(options: argparse.Namespace) -> int:
    problems = rasa_warnings() + contract_faults()
    for problem in problems:
        tell(problem)
    if problems:
        raise CommandFailed(f"{len(problems)} faults in the dialogue; see above.")
    tell("Dialogue: Rasa's validation is clean, and domain, actions and forms agree.")
    return 0


def rasa_warnings() -> list[str]:
    """Every warning and error of `rasa data validate` that is not known to be false."""
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment.pop("PYTHONWARNINGS", None)
    result = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "rasa", "data", "validate"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = (result.stdout + result.stderr).splitlines()
    found = []
    for line in lines:
        plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
        match = _WARNING.search(plain)
        text = match.group(1) if match else plain if re.search(r"\b(WARNING|ERROR)\b", plain) else ""
        if text and not _known(text) and not any(name in plain for name in _FROM_LIBRARIES):
            found.append(f"rasa data validate: {text}")
    if result.returncode != 0 and not found:
        found.append(f"rasa data validate ended with status {result.returncode}.")
    return found


def contract_faults() -> list[str]:
    """Domain and code have to name the same actions, and each form slot needs someone who asks."""
    domain = _yaml(ROOT / "domain.yml")
    listed = list(domain["actions"])
    faults = [f"domain.yml lists {name} twice." for name, count in Counter(listed).items() if count > 1]
    written = _written_actions()
    faults += [f"domain.yml lists {name}, which no class in actions/ implements." for name in set(listed) - written]
    faults += [f"actions/ implements {name}, which domain.yml does not list." for name in written - set(listed)]
    responses = set(domain.get("responses") or {})
    for form, settings in domain["forms"].items():
        if f"validate_{form}" not in listed:
            faults.append(f"domain.yml, {form}: has no validate_{form}.")
        for slot in settings["required_slots"]:
            asks = {f"action_ask_{slot}", f"utter_ask_{slot}", f"action_ask_{form}_{slot}", f"utter_ask_{form}_{slot}"}
            if slot not in _NEVER_ASKED and not asks & (set(listed) | responses):
                faults.append(f"domain.yml, {form}: nothing asks for {slot}.")
    for path in sorted((ROOT / "data").glob("*/*.yml")):
        if path.parent.name in ("stories", "rules"):
            for name in re.findall(r"action: (\w+)", path.read_text(encoding="utf-8")):
                if name not in listed and name not in domain["forms"] and name not in _RASAS_OWN:
                    faults.append(f"{path.name}: {name} is in no list of domain.yml.")
    return sorted(faults)


#: Set by the program when a message told something; never a question.
_NEVER_ASKED = frozenset({"interview_note"})

_RASAS_OWN = frozenset({"action_listen", "action_deactivate_loop"})


def _known(text: str) -> bool:
    return any(re.search(pattern, text) for pattern, _ in KNOWN_FALSE)


def _written_actions() -> set[str]:
    from rasa_sdk.executor import ActionExecutor

    executor = ActionExecutor()
    executor.register_package("actions")
    return set(executor.actions)


def _yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path)
