"""
How long does one assessment take?

`.venv/bin/python -m benchmarks.assess` assesses every patient of the worked examples many
times, from parsed fields to the finished answer (so a little more than the decision
itself), and prints the median, the 95th percentile and the slowest patient's median and
fastest round; on a busy machine the fastest round is nearest to the cost itself.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from datetime import date

from bot.batch.assess import handler
from bot.batch.lines import Handler
from bot.knowledge.check import FOLDER, load_examples

TODAY = date(2025, 11, 20)
#: More than most patients ever say: it reaches nearly every rule.
FULL: dict[str, object] = {
    "age": 52,
    "sex": "female",
    "symptoms": ["fatigue", "numbness_tingling", "balance_problems", "breathlessness", "palpitations", "headache"],
    "history": ["pernicious_anaemia", "metformin", "ppi", "vegan_diet", "nitrous_oxide", "anticoagulant", "smoking"],
    "facts": ["muscle_cramps", "shivering", "legs_swollen_both", "sight_reduced", "bladder_or_bowel_change"],
    "labs": [
        {"analyte": "b12", "value": 180, "unit": "ng/L"},
        {"analyte": "b12", "value": 210, "unit": "ng/L", "date": "2025-03"},
        {"analyte": "mma", "value": 0.62, "unit": "umol/L"},
        {"analyte": "homocysteine", "value": 24, "unit": "umol/L"},
        {"analyte": "haemoglobin", "value": 9.4, "unit": "g/dL"},
        {"analyte": "mcv", "value": 112, "unit": "fL"},
        {"analyte": "folate", "value": 12, "unit": "ng/mL"},
        {"analyte": "potassium", "value": 3.2, "unit": "mmol/L"},
    ],
    "days_since_last_tablet": 20,
    "oral_trial_days": 120,
    "oral_dose_ug": 1000,
}


def main() -> int:
    """Prints the figures; returns 0."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=200, help="how often each patient is assessed")
    rounds = options.parse_args().rounds
    examples = load_examples(FOLDER, [])
    assess = handler(region="uk", today=TODAY)
    took = {example.id: _times(assess, {"id": example.id, "patient": example.patient}, rounds) for example in examples}
    took["a very full patient"] = _times(assess, {"id": 0, "patient": FULL}, rounds)
    everything = sorted(time for times in took.values() for time in times)
    slowest = max(took, key=lambda example: statistics.median(took[example]))
    print(f"{len(took)} patients, {rounds} times each; {platform.machine()}, Python {platform.python_version()}")
    print(f"median {statistics.median(everything):.3f} ms, 95th percentile {_at(everything, 0.95):.3f} ms")
    print(
        f"slowest, {slowest}: median {statistics.median(took[slowest]):.3f} ms, fastest round {min(took[slowest]):.3f} ms"
    )
    return 0


def _times(assess: Handler, record: dict[str, object], rounds: int) -> list[float]:
    """Milliseconds of each round."""
    assess(record)
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        assess(record)
        took.append((time.perf_counter() - begun) * 1000)
    return took


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


if __name__ == "__main__":
    raise SystemExit(main())
