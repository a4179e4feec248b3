"""`python -m bot` is `b12bot`."""

import sys

from bot.cli import main

sys.exit(main())
