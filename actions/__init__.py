"""
What the assistant does when a patient writes: thin rasa_sdk actions, one file for each thing.

An action reads slots, makes one call to `bot.conversation` or `bot.clinical`, and
speaks in words from `bot/knowledge`.  The same package runs inside the assistant's
process and over HTTP with `rasa run actions`.
"""
