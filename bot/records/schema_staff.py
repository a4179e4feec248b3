"""The tables of staff accounts, and the names that all tables share; part of `bot.records.schema`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table

from bot.records.columns import Json, UtcTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


staff = Table(
    "staff",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("username", String(80), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("role", String(20), nullable=False),
    Column("identity", String(600)),  # issuer and subject of the clinic's sign-in provider
    Column("active", Boolean, nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("totp_secret", String(80)),
    Column("totp_step", BigInteger),  # the half minute of the last code that was used
    Column("failed_attempts", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcTime),
    Column("created_at", UtcTime, nullable=False),
    Column("last_sign_in", UtcTime),
    Index("ix_staff_identity", "identity", unique=True),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("token_hash", String(80), primary_key=True),
    Column("staff_id", String(40), ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("opened_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False, index=True),
    Column("ended_at", UtcTime),
    Column("data", Json),
)
