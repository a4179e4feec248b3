"""Runs one part of the assistant over a file of JSON lines, for a clinic that checks it against its own messages."""
