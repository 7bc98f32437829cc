"""Participants, consents, samples, data sets and counting epochs."""

import sqlalchemy as sa
from alembic import op

revision = "registry_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "participant",
        sa.Column("participant_id", sa.String, primary_key=True),
        sa.Column("sex", sa.String, nullable=False),
        sa.Column("birth_year", sa.Integer),
        sa.Column("country_of_origin", sa.String, nullable=False),
        sa.Column("region", sa.String, nullable=False),
    )
    op.create_table(
        "consent",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("participant_id", sa.String, sa.ForeignKey("participant.participant_id"), nullable=False, index=True),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("given", sa.Boolean, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
    )
    op.create_table(
        "sample",
        sa.Column("sample_id", sa.String, primary_key=True),
        sa.Column("genome", sa.String, nullable=False, unique=True),
        sa.Column("karyotype", sa.String, nullable=False),
    )
    op.create_table(
        "data_set",
        sa.Column("data_set_id", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("disclosure_class", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
    )
    op.create_table(
        "epoch",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("data_set_id", sa.String, sa.ForeignKey("data_set.data_set_id"), nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
    )
    op.create_table(
        "epoch_sample",
        sa.Column("number", sa.Integer, sa.ForeignKey("epoch.number"), primary_key=True),
        sa.Column("sample_id", sa.String, sa.ForeignKey("sample.sample_id"), primary_key=True),
        sa.Column("batch_id", sa.String, primary_key=True),
    )
