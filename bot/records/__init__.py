"""Keeps: the only SQLAlchemy; ledger, escalations, reviews, audit, migrations."""
