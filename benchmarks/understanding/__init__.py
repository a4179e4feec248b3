"""How well patients are understood: danger, findings, results, intents, topics; beside simpler readers."""
