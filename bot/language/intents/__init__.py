"""What the writer of a message wants: intents and question topics."""

from bot.language.intents.lines import RASA_NAMES, IntentLine, read_lines, split_name
from bot.language.intents.reader import ASKING, IntentReader, IntentReading, IntentsNotTrained
from bot.language.intents.settings import IntentSettings, load_settings

__all__ = [
    "ASKING",
    "RASA_NAMES",
    "IntentLine",
    "IntentReader",
    "IntentReading",
    "IntentSettings",
    "IntentsNotTrained",
    "load_settings",
    "read_lines",
    "split_name",
]
