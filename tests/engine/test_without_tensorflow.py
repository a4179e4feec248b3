"""The front door serves the trained model without loading TensorFlow, and whatever does need it says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PLACE_HOLDER = """
from bot.engine.without_tensorflow import TensorFlowMissing, spare
assert spare() and spare()
import tensorflow as tf
import tensorflow.keras.layers
class Layer(tf.keras.layers.Layer):
    def read(self, x: tf.Tensor) -> "tf.Tensor": ...
@tf.function
def kept(): return 1
assert kept() == 1
try:
    tf.constant(1)
except TensorFlowMissing as error:
    print("said", error)
"""

SERVED = """
from bot.engine.without_tensorflow import spare
spare()
import asyncio
from bot import wiring
engine = wiring.load_engine(wiring.read_settings())
asyncio.run(engine.ready())
engine.close()
import tensorflow
assert type(tensorflow).__module__ == "bot.engine.without_tensorflow"
print("served")
"""


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_place_holder_can_be_named_and_derived_from_but_not_used() -> None:
    assert "said TensorFlow's constant was used" in run(PLACE_HOLDER)


@pytest.mark.model
def test_the_trained_model_reads_its_canary_messages_without_tensorflow() -> None:
    assert "served" in run(SERVED)
