"""The registry of a node: participants, their samples and consents, the data set, and the people counted in each epoch.

Each method is one transaction. Records go in and come out; nothing of SQL leaves this file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from goe.rules.consent import ConsentEvent
from goe.rules.dataset import CountingEpoch, ReferenceDataSet
from goe.rules.participant import Participant, Sample
from goe.rules.words import DisclosureClass, Karyotype, Scope
from goe.store.database import open_database
from goe.store.models import ConsentRow, DataSetRow, EpochRow, EpochSampleRow, LinkRow, ParticipantRow, SampleRow


@dataclass(frozen=True)
class Enrolment:
    """A participant as intake hands it over: the person, the consents, and the samples given."""

    participant: Participant
    consents: tuple[ConsentEvent, ...]
    samples: tuple[Sample, ...]


class Registry:
    """Participants of one node, and the links of their samples."""

    def __init__(self, folder: Path) -> None:
        self._registry = open_database(folder / "registry.sqlite", "registry")
        self._links = open_database(folder / "links.sqlite", "links")

    @contextmanager
    def _writing(self):  # type: ignore[no-untyped-def]
        """A transaction over both databases. The links are committed first: a link to nobody is harmless, and is replaced."""
        with (
            Session(self._registry.execution_options(writing=True)) as registry,
            registry.begin(),
            Session(self._links.execution_options(writing=True)) as links,
            links.begin(),
        ):
            yield registry, links

    def add_data_set(self, data_set: ReferenceDataSet) -> None:
        """Register the reference data set of this node."""
        with self._writing() as (registry, _):
            registry.add(
                DataSetRow(
                    data_set_id=data_set.data_set_id,
                    version=data_set.version,
                    disclosure_class=data_set.disclosure_class.value,
                    kind="reference",
                )
            )

    def data_set(self) -> ReferenceDataSet:
        """The reference data set of this node."""
        with Session(self._registry) as session:
            row = session.scalars(select(DataSetRow).where(DataSetRow.kind == "reference")).one()
            return ReferenceDataSet(row.data_set_id, row.version, DisclosureClass(row.disclosure_class))

    def enrol(self, enrolments: Iterable[Enrolment]) -> None:
        """Add new participants with their consents, samples and links, all or none."""
        people = list(enrolments)
        samples = [(e.participant.participant_id, s) for e in people for s in e.samples]
        consents = [(e.participant.participant_id, c) for e in people for c in e.consents]
        with self._writing() as (registry, links):
            _insert(registry, ParticipantRow, [vars(e.participant) for e in people])
            _insert(registry, SampleRow, [vars(s) | {"karyotype": s.karyotype.value} for _, s in samples])
            _insert(registry, ConsentRow, [vars(c) | {"participant_id": p, "scope": c.scope.value} for p, c in consents])
            links.execute(delete(LinkRow).where(LinkRow.sample_id.in_([s.sample_id for _, s in samples])))
            _insert(links, LinkRow, [{"sample_id": s.sample_id, "participant_id": p} for p, s in samples])

    def participants(self) -> dict[str, Participant]:
        """Every participant, by pseudonym."""
        with Session(self._registry) as session:
            row = ParticipantRow
            rows = session.execute(select(row.participant_id, row.sex, row.birth_year, row.country_of_origin, row.region))
            return {
                r.participant_id: Participant(r.participant_id, r.sex, r.birth_year, r.country_of_origin, r.region)
                for r in rows
            }

    def samples(self) -> dict[str, Sample]:
        """Every sample, by the name of its genome in files."""
        with Session(self._registry) as session:
            rows = session.execute(select(SampleRow.sample_id, SampleRow.genome, SampleRow.karyotype))
            return {r.genome: Sample(r.sample_id, r.genome, Karyotype(r.karyotype)) for r in rows}

    def consents(self) -> dict[str, tuple[ConsentEvent, ...]]:
        """The consent history of every participant, in the order of recording."""
        histories: dict[str, list[ConsentEvent]] = {}
        with Session(self._registry) as session:
            for r in session.scalars(select(ConsentRow).order_by(ConsentRow.number)):
                since = r.since
                assert isinstance(since, date)
                histories.setdefault(r.participant_id, []).append(ConsentEvent(Scope(r.scope), r.given, since))
        return {person: tuple(events) for person, events in histories.items()}

    def links(self) -> dict[str, str]:
        """The participant of each sample, by pseudonyms."""
        with Session(self._links) as session:
            return {r.sample_id: r.participant_id for r in session.execute(select(LinkRow.sample_id, LinkRow.participant_id))}

    def epoch_pairs(self, number: int) -> frozenset[tuple[str, str]]:
        """The pairs of sample and batch of one counting epoch; empty for a number that is not known."""
        with Session(self._registry) as session:
            wanted = select(EpochSampleRow.sample_id, EpochSampleRow.batch_id).where(EpochSampleRow.number == number)
            return frozenset((s, b) for s, b in session.execute(wanted))

    def newest_epoch(self) -> tuple[CountingEpoch, frozenset[tuple[str, str]]] | None:
        """The last counting epoch and its pairs of sample and batch, or None before the first."""
        with Session(self._registry) as session:
            row = session.scalars(select(EpochRow).order_by(EpochRow.number.desc()).limit(1)).first()
            if row is None:
                return None
            epoch = CountingEpoch(row.number, row.digest, row.people)
        return epoch, self.epoch_pairs(epoch.number)

    def add_epoch(self, epoch: CountingEpoch, counted: Iterable[tuple[str, str]], data_set_id: str) -> None:
        """Freeze pairs of sample and batch as a counting epoch."""
        with self._writing() as (registry, _):
            registry.add(EpochRow(number=epoch.number, data_set_id=data_set_id, digest=epoch.digest, people=epoch.people))
            registry.flush()
            _insert(
                registry, EpochSampleRow, [{"number": epoch.number, "sample_id": s, "batch_id": b} for s, b in sorted(counted)]
            )

    def sizes(self) -> dict[str, int]:
        """Rows per table, for a health check."""
        with Session(self._registry) as session:
            tables = (ParticipantRow, SampleRow, ConsentRow, EpochRow)
            return {t.__tablename__: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def _insert(session: Session, table: type, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        session.execute(insert(table), rows)
