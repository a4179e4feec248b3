"""Reads: patients' own words to findings, laboratory results, danger and intents."""
