"""Alembic runs this; the connection and the name of the version table are handed in by `goe.store.database`."""

from alembic import context

handed = context.config.attributes
context.configure(connection=handed["connection"], version_table=handed["version_table"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
