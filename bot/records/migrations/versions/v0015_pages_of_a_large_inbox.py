"""
Indexes that keep every page of the console quick with a hundred thousand conversations.

The inbox is read from one index that holds its order and what it is narrowed by.  No row
changes.  Going back gives the indexes of before: pages are slower, nothing else.

Revision ID: 0015
Revises: 0014
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_Index = tuple[str, str, list[str], str]

_NEWEST = ["last_at", "id", "level", "channel", "route", "mode", "assigned_to", "reviewed_at", "understood"]
_NEW: tuple[_Index, ...] = (
    ("ix_conversation_newest", "conversation", [*_NEWEST, "waiting_since", "question_since", "erased_at"], ""),
    ("ix_conversation_waiting_since", "conversation", ["waiting_since", "id"], "waiting_since IS NOT NULL"),
    ("ix_conversation_question_since", "conversation", ["question_since", "id"], "question_since IS NOT NULL"),
    ("ix_conversation_assigned_to", "conversation", ["assigned_to", "last_at", "id"], "assigned_to IS NOT NULL"),
    ("ix_conversation_hold_at", "conversation", ["hold_at"], "hold_at IS NOT NULL"),
    ("ix_conversation_opened_at", "conversation", ["opened_at"], ""),
    ("ix_conversation_label_label", "conversation_label", ["label", "conversation_id"], ""),
    ("ix_conversation_label_at", "conversation_label", ["at", "label"], ""),
    ("ix_conversation_indication_code", "conversation_indication", ["code", "conversation_id"], ""),
    ("ix_escalation_open", "escalation", ["conversation_id"], "state = 'open'"),
    ("ix_contact_at", "contact", ["at"], "done_at IS NULL"),
    ("ix_outbox_created_at", "outbox", ["created_at", "due_at", "id"], ""),
)
_OLD: tuple[_Index, ...] = (
    ("ix_conversation_inbox", "conversation", ["waiting_since", "level", "last_at"], ""),
    ("ix_conversation_last_at", "conversation", ["last_at"], ""),
    ("ix_conversation_erased_at_understood", "conversation", ["erased_at", "understood"], ""),
    ("ix_conversation_reviewed_at", "conversation", ["reviewed_at", "erased_at", "last_at"], ""),
    ("ix_conversation_question_since", "conversation", ["question_since"], ""),
    ("ix_conversation_assigned_to", "conversation", ["assigned_to"], ""),
    ("ix_conversation_label_label", "conversation_label", ["label"], ""),
    ("ix_conversation_indication_code", "conversation_indication", ["code"], ""),
)


def upgrade() -> None:
    _replace(_OLD, _NEW)


def downgrade() -> None:
    _replace(_NEW, _OLD)


def _replace(old: tuple[_Index, ...], new: tuple[_Index, ...]) -> None:
    for name, table, _, _ in old:
        op.drop_index(name, table_name=table)
    for name, table, columns, where in new:
        some: dict[str, Any] = {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)} if where else {}
        op.create_index(name, table, columns, unique=False, **some)
