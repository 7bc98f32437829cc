"""The ledger, with its final columns."""

import sqlalchemy as sa
from alembic import op

revision = "ledger_0001"
down_revision = None


def upgrade() -> None:
    names = ("time", "actor", "verb", "object", "decision", "reason", "details_hash", "previous_hash", "hash")
    columns = [sa.Column(name, sa.String, nullable=False) for name in names]
    op.create_table("ledger", sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False), *columns)
