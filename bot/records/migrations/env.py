"""Runs the steps on the connection that `bot.records.migrate` hands over, in its transaction."""

from alembic import context

from bot.records.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="b12_schema",
    transactional_ddl=False,  # the caller holds the transaction, also on SQLite
)
context.run_migrations()
