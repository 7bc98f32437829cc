"""Erasing a person from the registry and the links. What an epoch counted stays as a pseudonym without a name."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, insert, update

from goe.store.models import (
    AnswerRow,
    ConsentRow,
    DepartureRow,
    LinkRow,
    MinimalValueRow,
    ObservationRow,
    ParticipantRow,
    QualityRow,
    SampleRow,
)
from goe.store.records import table_of
from goe.store.registry import Writing


def erase(writing: Writing, participant_id: str, sample_ids: list[str], day: date) -> None:
    """Remove everything that the registry and the links hold of a person, and remember that the pseudonyms are spent.

    A sample that was counted in an epoch keeps its row, for the epoch's digest stands; its genome's name and karyotype go.
    """
    registry, samples, values = writing.registry, table_of(SampleRow), table_of(MinimalValueRow)
    for row in (ConsentRow, ObservationRow, AnswerRow):
        registry.execute(delete(table_of(row)).where(table_of(row).c.participant_id == participant_id))
    registry.execute(delete(values).where(values.c.about.in_([participant_id, *sample_ids])))
    registry.execute(delete(table_of(QualityRow)).where(table_of(QualityRow).c.sample_id.in_(sample_ids)))
    for sample in sample_ids:
        nameless = {"genome": f"erased {sample}", "karyotype": "unknown"}
        registry.execute(update(samples).where(samples.c.sample_id == sample).values(nameless))
    registry.execute(delete(table_of(ParticipantRow)).where(table_of(ParticipantRow).c.participant_id == participant_id))
    writing.links.execute(delete(table_of(LinkRow)).where(table_of(LinkRow).c.sample_id.in_(sample_ids)))
    spent = [{"pseudonym": participant_id, "kind": "participant", "since": day}]
    spent += [{"pseudonym": sample, "kind": "sample", "since": day} for sample in sample_ids]
    registry.execute(insert(table_of(DepartureRow)), spent)
