"""Content: reviewed YAML, and the strict loader that refuses a doubtful row."""
