"""Which sample is whose."""

import sqlalchemy as sa
from alembic import op

revision = "links_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "link",
        sa.Column("sample_id", sa.String, primary_key=True),
        sa.Column("participant_id", sa.String, nullable=False, index=True),
    )
