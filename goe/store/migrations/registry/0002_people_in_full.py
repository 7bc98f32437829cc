"""Data providers, cohorts, consent in full, quality, observations, questionnaires and the minimal data set."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "registry_0002"
down_revision = "registry_0001"

CONSENT = (
    "fact",
    "manner",
    "giver",
    "document",
    "language",
    "duo",
    "countries",
    "not_countries",
    "basis",
    "reviewer",
    "recorded_at",
    "details",
)


def _number() -> sa.Column[Any]:
    return sa.Column("number", sa.Integer, primary_key=True, autoincrement=True)


def _of(column: str, *, index: bool = True) -> sa.Column[Any]:
    table = column.removesuffix("_id")
    return sa.Column(column, sa.String, sa.ForeignKey(f"{table}.{column}"), nullable=False, index=index)


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.String, nullable=nullable) for name in names]


def upgrade() -> None:
    op.create_table("provider", sa.Column("provider_id", sa.String, primary_key=True), *_texts("name"))
    op.create_table(
        "provider_document",
        _number(),
        _of("provider_id"),
        *_texts("kind", "version", "language"),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        *_texts("digest"),
    )
    op.create_table(
        "cohort",
        sa.Column("cohort_id", sa.String, primary_key=True),
        *_texts("kind", "target"),
        *_texts("target_bed", nullable=True),
        *_texts("title"),
        sa.Column("provider_id", sa.String, sa.ForeignKey("provider.provider_id")),
    )
    op.create_table(
        "departure",
        sa.Column("pseudonym", sa.String, primary_key=True),
        *_texts("kind"),
        sa.Column("since", sa.Date, nullable=False),
    )
    for column in _texts("birth_date", "sex_at_birth", "subgroup", "died_on", nullable=True):
        op.add_column("participant", column)
    op.add_column("participant", sa.Column("guardian", sa.Boolean))
    for name in ("provider", "cohort"):  # in SQL that both databases take: Alembic would rebuild the table on SQLite
        op.execute(f"ALTER TABLE participant ADD COLUMN {name}_id VARCHAR REFERENCES {name} ({name}_id)")
    op.create_index("ix_participant_cohort_id", "participant", ["cohort_id"])
    op.add_column("consent", sa.Column("until", sa.Date))
    for column in _texts(*CONSENT, nullable=True):
        op.add_column("consent", column)
    op.create_index("ix_consent_scope", "consent", ["scope"])
    op.create_table(
        "quality",
        _number(),
        _of("sample_id"),
        *_texts("metric"),
        sa.Column("value", sa.Float),
        *_texts("text", nullable=True),
        *_texts("source", "pipeline"),
        *_texts("recorded_at", nullable=True),
        sa.UniqueConstraint("sample_id", "metric", "source"),
    )
    op.create_table(
        "observation",
        _number(),
        _of("participant_id"),
        *_texts("kind", "system", "code", "label"),
        sa.Column("excluded", sa.Boolean, nullable=False),
        sa.Column("value", sa.Float),
        *_texts("text", "unit", "day", nullable=True),
        *_texts("source"),
        *_texts("details", nullable=True),
    )
    op.create_table(
        "answer",
        _number(),
        _of("participant_id"),
        *_texts("questionnaire", "version", "question", "answer"),
        *_texts("day", nullable=True),
    )
    op.create_table(
        "minimal_value",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("about", "model", "part")),
        sa.Column("instance", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("item", sa.String, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        *_texts("value", "null_flavour", nullable=True),
    )
