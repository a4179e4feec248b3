"""Measurements, one command each; results are kept in RESULTS.md."""

from bot.engine.quiet import silence_library_noise

silence_library_noise()
