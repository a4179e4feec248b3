"""Whether a danger that is named is so: now, lately, doubtfully, long ago or not at all."""

from __future__ import annotations

from enum import Enum


class Status(Enum):
    NOW = "now"
    ENDED = "ended"  # was so lately, has gone
    DOUBT = "doubt"
    PAST = "past"
    NOT_SO = "not so"  # denied, a question, a what-if, a figure of speech, somebody's report
