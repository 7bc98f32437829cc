"""The registry of a node: participants, their samples and consents, the data set, and the people counted in each epoch.

Each method is one transaction. Records go in and come out; nothing of SQL leaves this room. What reads many people selects
columns, not objects, since every count begins with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from goe.errors import Conflict
from goe.rules.consent import ConsentEvent, LegalBasis, OptOut
from goe.rules.dataset import ClinicalDataSet, CountingEpoch, DataSet, ReferenceDataSet
from goe.rules.participant import Participant, Sample
from goe.rules.words import Karyotype, Scope
from goe.store import consents
from goe.store.countable import Countable
from goe.store.database import open_database
from goe.store.dossiers import AT_ONCE, Page, pages
from goe.store.models import (
    CohortRow,
    DataSetRow,
    DepartureRow,
    EpochRow,
    EpochSampleRow,
    LinkRow,
    ParticipantRow,
    SampleRow,
)
from goe.store.records import Kept, add_records, insert_many, insert_rows, read_records, row_of, table_of
from goe.store.rows import Record

PEOPLE, SAMPLES, LINKS = map(table_of, (ParticipantRow, SampleRow, LinkRow))
_EPOCHS, _EPOCH_SAMPLES, _DATA_SETS, _DEPARTURES = map(table_of, (EpochRow, EpochSampleRow, DataSetRow, DepartureRow))
_COHORTS = table_of(CohortRow)


@dataclass(frozen=True)
class Enrolment:
    """A participant as intake hands it over: the person, the consents, and the samples given."""

    participant: Participant
    consents: tuple[ConsentEvent, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True)
class Known:
    """What is registered of some people and samples. A link to nobody, which a killed import leaves behind, does not count."""

    people: Mapping[str, Participant] = field(default_factory=dict)
    consents: Mapping[str, tuple[ConsentEvent, ...]] = field(default_factory=dict)
    samples: Mapping[str, Sample] = field(default_factory=dict)
    genomes: Mapping[str, Sample] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    departed: frozenset[str] = frozenset()


class Writing:
    """An open transaction over registry and links; see `Registry.writing`."""

    def __init__(self, registry: Connection, links: Connection) -> None:
        self.registry, self.links = registry, links

    def known(self, people: list[str], samples: list[Sample]) -> Known:
        """What is registered of these people and these samples."""
        ids, genomes = [s.sample_id for s in samples], [s.genome for s in samples]
        named = SAMPLES.c.sample_id.in_(ids) | SAMPLES.c.genome.in_(genomes)
        found = self.registry.execute(select(SAMPLES.c.sample_id, SAMPLES.c.genome, SAMPLES.c.karyotype).where(named))
        links = self.links.execute(select(LINKS.c.sample_id, LINKS.c.participant_id).where(LINKS.c.sample_id.in_(ids)))
        gone = select(_DEPARTURES.c.pseudonym).where(_DEPARTURES.c.pseudonym.in_([*people, *ids]))
        kept = [Sample(s, g, Karyotype(k)) for s, g, k in found]
        return Known(
            people={p.participant_id: p for p in read_records(self.registry, PEOPLE, Participant, {"participant_id": people})},
            consents=consents.consents(self.registry, of=people),
            samples={s.sample_id: s for s in kept},
            genomes={s.genome: s for s in kept},
            links={s: p for s, p in links},
            departed=frozenset(self.registry.scalars(gone)),
        )

    def remembered(self, row: Any, record: type[Any], people: list[str], *, by: str = "participant_id") -> dict[str, list[Any]]:
        """The records of a table about these people, by pseudonym."""
        found: dict[str, list[Any]] = {}
        for one in read_records(self.registry, table_of(row), record, {by: people}):
            found.setdefault(getattr(one, by), []).append(one)
        return found

    def departed(self) -> frozenset[str]:
        """Every pseudonym that was erased."""
        return frozenset(self.registry.scalars(select(_DEPARTURES.c.pseudonym)))

    def names(self, row: Any, column: str) -> frozenset[str]:
        """The values of one column of a table: the cohorts that are registered, say."""
        return frozenset(self.registry.scalars(select(table_of(row).c[column])))

    def enrol(self, people: Iterable[Enrolment]) -> None:
        """Add new participants with their consents, samples and links."""
        people = list(people)
        add_records(self.registry, PEOPLE, [e.participant for e in people])
        self.add_samples((e.participant.participant_id, s) for e in people for s in e.samples)
        self.add_consents((e.participant.participant_id, c) for e in people for c in e.consents)

    def add_samples(self, given: Iterable[tuple[str, Sample]]) -> None:
        """Add samples of participants, and the links; a link to nobody, which a killed import leaves, is replaced."""
        pairs = list(given)
        add_records(self.registry, SAMPLES, [sample for _, sample in pairs])
        for part in _parts([sample.sample_id for _, sample in pairs]):
            self.links.execute(delete(LINKS).where(LINKS.c.sample_id.in_(part)))
        insert_many(self.links, LINKS, ("sample_id", "participant_id"), [(s.sample_id, person) for person, s in pairs])

    def add_consents(self, said: Iterable[tuple[str, ConsentEvent]]) -> None:
        """Append ethics consents to the histories of participants."""
        consents.add_consents(self.registry, said)

    def amend(self, participant: Participant) -> None:
        """Replace the record of a registered participant."""
        named = PEOPLE.c.participant_id == participant.participant_id
        self.registry.execute(update(PEOPLE).where(named).values(row_of(participant, PEOPLE)))

    def add_bases(self, said: Iterable[tuple[str, LegalBasis]]) -> None:
        """Append legal bases of processing."""
        consents.add_bases(self.registry, said)

    def add_opt_outs(self, said: Iterable[tuple[str, OptOut]]) -> None:
        """Append opt-outs from secondary use."""
        consents.add_opt_outs(self.registry, said)

    def add(self, row: Any, records: Iterable[Record]) -> None:
        """Add records to the table of a model."""
        add_records(self.registry, table_of(row), list(records))


class Registry:
    """Participants of one node, and the links of their samples.

    `database` and `links_database` are the addresses of PostgreSQL databases; without, SQLite files in the folder.
    """

    def __init__(self, folder: Path, *, database: str = "", links_database: str = "") -> None:
        self._registry = open_database(database or folder / "registry.sqlite", "registry")
        self._links = open_database(links_database or folder / "links.sqlite", "links")

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A transaction over both databases. The links are committed first: a link to nobody is harmless, and is replaced.

        Raises Conflict where a name is registered already.
        """
        try:
            with (
                self._registry.execution_options(writing=True).begin() as registry,
                self._links.execution_options(writing=True).begin() as links,
            ):
                yield Writing(registry, links)
        except IntegrityError as error:
            raise Conflict("a name is registered already, or names what is not registered", remedy="run it again") from error

    def kept(self, row: Any, record: type[Any]) -> Kept:
        """The records of this type in the table of this model: providers, cohorts, quality, observations, answers, ..."""
        return Kept(self._registry, row, record)

    def add_data_set(self, data_set: DataSet) -> None:
        """Register a data set of this node: its reference, or its clinical special category."""
        with self.writing() as writing:
            insert_rows(writing.registry, _DATA_SETS, [row_of(data_set, _DATA_SETS) | {"kind": data_set.kind}])

    def data_set(self) -> ReferenceDataSet:
        """The reference data set of this node."""
        with self._registry.connect() as connection:
            [found] = read_records(connection, _DATA_SETS, ReferenceDataSet, {"kind": ReferenceDataSet.kind})
            return found

    def clinical_data_set(self) -> ClinicalDataSet | None:
        """The data set of this node's clinical special category; None before it has one."""
        with self._registry.connect() as connection:
            return next(iter(read_records(connection, _DATA_SETS, ClinicalDataSet, {"kind": ClinicalDataSet.kind})), None)

    def enrol(self, enrolments: Iterable[Enrolment]) -> None:
        """Add new participants with their consents, samples and links, all or none."""
        with self.writing() as writing:
            writing.enrol(enrolments)

    def amend(self, participant: Participant) -> None:
        """Replace the record of a registered participant."""
        with self.writing() as writing:
            writing.amend(participant)

    def participants(self) -> dict[str, Participant]:
        """Every participant, by pseudonym."""
        with self._registry.connect() as connection:
            return {p.participant_id: p for p in read_records(connection, PEOPLE, Participant, {})}

    def names(self, *, cohort: str = "") -> list[str]:
        """The pseudonym of every participant, or of those of one cohort, in no order."""
        wanted = select(PEOPLE.c.participant_id)
        with self._registry.connect() as connection:
            return list(connection.scalars(wanted.where(PEOPLE.c.cohort_id == cohort) if cohort else wanted))

    def pages(self, people: list[str], *, at_once: int = AT_ONCE) -> Iterator[Page]:
        """Everything about these people, in their order, page by page."""
        with self._registry.connect() as registry, self._links.connect() as links:
            yield from pages(registry, links, people, at_once=at_once)

    def participant(self, participant_id: str) -> Participant | None:
        """One participant, or None."""
        with self._registry.connect() as connection:
            return next(iter(read_records(connection, PEOPLE, Participant, {"participant_id": participant_id})), None)

    def samples(self) -> dict[str, Sample]:
        """Every sample, by the name of its genome in files."""
        with self._registry.connect() as connection:
            return {s.genome: s for s in read_records(connection, SAMPLES, Sample, {})}

    def consents(self, scope: Scope | None = None) -> dict[str, tuple[ConsentEvent, ...]]:
        """The ethics consents of every participant, in the order of recording; of one scope, where one is given."""
        with self._registry.connect() as connection:
            return consents.consents(connection, scope=scope)

    def history(self, participant_id: str) -> tuple[ConsentEvent, ...]:
        """The ethics consents of one participant, in the order of recording."""
        with self._registry.connect() as connection:
            return consents.consents(connection, of=[participant_id]).get(participant_id, ())

    def bases(self) -> dict[str, tuple[LegalBasis, ...]]:
        """The legal bases of processing of every participant who has any."""
        with self._registry.connect() as connection:
            return consents.bases(connection)

    def opt_outs(self) -> dict[str, tuple[OptOut, ...]]:
        """The opt-outs of every participant who has any."""
        with self._registry.connect() as connection:
            return consents.opt_outs(connection)

    def links(self) -> dict[str, str]:
        """The participant of each sample, by pseudonyms."""
        with self._links.connect() as connection:
            return {s: p for s, p in connection.execute(select(LINKS.c.sample_id, LINKS.c.participant_id))}

    def samples_of(self, participant_id: str) -> tuple[Sample, ...]:
        """The samples of one participant."""
        with self._links.connect() as links, self._registry.connect() as registry:
            ids = links.scalars(select(LINKS.c.sample_id).where(LINKS.c.participant_id == participant_id))
            return tuple(read_records(registry, SAMPLES, Sample, {"sample_id": list(ids)}))

    def countable(self, scope: Scope) -> list[Countable]:
        """Every genome of a registered participant, with what a count asks of the person, in the order of samples."""
        links, events = self.links(), self.consents(scope)
        letters = {k.value: k.letter for k in Karyotype}
        with self._registry.connect() as connection:
            kinds = {c: k for c, k in connection.execute(select(_COHORTS.c.cohort_id, _COHORTS.c.kind))}
            said = connection.execute(select(PEOPLE.c.participant_id, PEOPLE.c.region, PEOPLE.c.cohort_id))
            people = {p: (region, cohort or "", kinds.get(cohort, "reference")) for p, region, cohort in said}
            rows = connection.execute(select(SAMPLES.c.genome, SAMPLES.c.sample_id, SAMPLES.c.karyotype).order_by("sample_id"))
            return [
                Countable(genome, sample, person, letters[karyotype], of[0], events.get(person, ()), *of[1:])
                for genome, sample, karyotype in rows
                if (of := people.get(person := links.get(sample, "")))
            ]

    def depart(self, pseudonyms: Iterable[str], kind: str, since: date) -> None:
        """Remember that these pseudonyms were erased, so that no import brings them back."""
        with self.writing() as writing:
            insert_rows(writing.registry, _DEPARTURES, [{"pseudonym": p, "kind": kind, "since": since} for p in pseudonyms])

    def departed(self) -> dict[str, date]:
        """The pseudonyms that were erased, and since when."""
        with self._registry.connect() as connection:
            return {p: day for p, day in connection.execute(select(_DEPARTURES.c.pseudonym, _DEPARTURES.c.since))}

    def epoch_pairs(self, number: int) -> frozenset[tuple[str, str]]:
        """The pairs of sample and batch of one counting epoch; empty for a number that is not known."""
        wanted = select(_EPOCH_SAMPLES.c.sample_id, _EPOCH_SAMPLES.c.batch_id).where(_EPOCH_SAMPLES.c.number == number)
        with self._registry.connect() as connection:
            return frozenset((s, b) for s, b in connection.execute(wanted))

    def newest_epoch(self, data_set_id: str = "") -> tuple[CountingEpoch, frozenset[tuple[str, str]]] | None:
        """The last counting epoch, of one data set where said, and its pairs of sample and batch; None before the first."""
        with self._registry.connect() as connection:
            epochs = read_records(connection, _EPOCHS, CountingEpoch, {"data_set_id": data_set_id} if data_set_id else {})
        return (epochs[-1], self.epoch_pairs(epochs[-1].number)) if epochs else None

    def newest_number(self) -> int:
        """The number of the last counting epoch of any data set; 0 before the first."""
        with self._registry.connect() as connection:
            return connection.scalar(select(func.max(_EPOCHS.c.number))) or 0

    def add_epoch(self, epoch: CountingEpoch, counted: Iterable[tuple[str, str]], data_set_id: str) -> None:
        """Freeze pairs of sample and batch as a counting epoch."""
        with self.writing() as writing:
            add_records(writing.registry, _EPOCHS, [epoch], data_set_id=data_set_id)
            pairs = [{"number": epoch.number, "sample_id": s, "batch_id": b} for s, b in sorted(counted)]
            insert_rows(writing.registry, _EPOCH_SAMPLES, pairs)

    def sizes(self) -> dict[str, int]:
        """Rows per table, for a health check."""
        with self._registry.connect() as connection:
            tables = (PEOPLE, SAMPLES, consents.CONSENTS, _EPOCHS)
            return {t.name: connection.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def _parts(items: list[str], size: int = 10_000) -> Iterator[list[str]]:
    """The items in parts that a database takes as parameters of one question."""
    return (items[i : i + size] for i in range(0, len(items), size))
