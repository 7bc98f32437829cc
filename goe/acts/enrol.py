"""Registering participants, their consents, their samples and what is known of them: all rows of a file, or the good ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from goe.acts.setting import Node
from goe.rules.events import Deed
from goe.rules.intake import Reception, completes, receive_person, receive_samples
from goe.signing import digest
from goe.store.arrivals import Arrival, Context, Fault, Rejected, Source, reject
from goe.store.aside import Aside
from goe.store.facts import Facts
from goe.store.formats.intake import open_source
from goe.store.formats.mapping import read_mapping
from goe.store.formats.participants import COLUMNS, OPTIONAL, refusal
from goe.store.formats.repeated import ANSWERS, OBSERVATIONS
from goe.store.models import AnswerRow, CohortRow, MinimalValueRow, ObservationRow, ProviderRow
from goe.store.registry import Enrolment, Known, Writing

TEMPLATES = {"people": COLUMNS | OPTIONAL, "observations": OBSERVATIONS, "answers": ANSWERS}
"""Columns of the files that `enrol` reads, and what they hold."""

REQUIRED = COLUMNS
"""Columns that a file of people must have."""

_AT_ONCE = 5_000  # rows compared and inserted together: large enough for the database, small enough for memory


@dataclass
class Enrolled:
    """What a file brought: people, samples and facts that are new; records completed; rows known already; rows rejected."""

    new: int = 0
    completed: int = 0
    known: int = 0
    samples: int = 0
    facts: int = 0
    rejected: int = 0
    faulty: tuple[Rejected, ...] = ()
    rejected_file: Path | None = None

    @property
    def anything(self) -> bool:
        """Whether anything is new."""
        return bool(self.new or self.completed or self.samples or self.facts)


class _Undone(Exception):
    pass


def enrol(
    node: Node, file: Path, *, mapping: Path | None = None, accept_valid: bool = False, rejected: Path | None = None
) -> Enrolled:
    """Register what a file says, all or none; with `accept_valid`, the rows without a fault.

    What is registered already, unchanged, is passed over. Rejected rows are written to `rejected`, or beside the file, to be
    corrected. Raises BadInput with every fault of the file, unless `accept_valid`.
    """
    source, done = _open(node, file, mapping), Enrolled()
    with Aside(source.columns, rejected or file.with_name(f"{file.stem}.rejected.csv")) as aside:
        deed = node.ledger.deed(Deed.PARTICIPANTS_ENROLLED, "", actor=node.settings.actor, time=node.now, details={})
        try:
            with deed as row, node.registry.writing() as writing:
                _take(node, source, writing, done, aside)
                if not done.anything or (aside.rows and not accept_valid):
                    raise _Undone
                row["object"], row["details_hash"] = f"{done.new} participants", digest(_details(done))
        except _Undone:
            pass
    if aside.rows and not accept_valid:
        raise refusal(aside.first, file, faults=aside.faults, remedy=_remedy(aside.path))
    done.rejected, done.faulty, done.rejected_file = aside.rows, tuple(aside.first), aside.path
    return done


def preview(node: Node, file: Path, *, mapping: Path | None = None) -> Enrolled:
    """What `enrol` would do, without doing it and without writing anything."""
    source, done = _open(node, file, mapping), Enrolled()
    aside = Aside(source.columns, None)
    try:
        with node.registry.writing() as writing:
            _take(node, source, writing, done, aside)
            raise _Undone
    except _Undone:
        done.rejected, done.faulty = aside.rows, tuple(aside.first)
        return done


def _open(node: Node, file: Path, mapping: Path | None) -> Source:
    mapped = read_mapping(mapping)
    return open_source(file, Context(node.name, node.clock().date(), mapped.participants), mapped)


def _details(done: Enrolled) -> dict[str, int]:
    more = {"completed": done.completed, "samples": done.samples, "facts": done.facts}
    return {"participants": done.new} | {name: number for name, number in more.items() if number}


def _remedy(rejected: Path | None) -> str:
    return (
        "correct these cells and import the file again, or import the other rows with --accept-valid; "
        f"the rejected rows are in {rejected.name if rejected else 'no file'}"
    )


def _take(node: Node, source: Source, writing: Writing, done: Enrolled, aside: Aside) -> None:
    """Compare each row with the registry, write what is new, and put aside what is rejected."""
    places = {"cohort": writing.names(CohortRow, "cohort_id"), "provider": writing.names(ProviderRow, "provider_id")}
    empty = not node.registry.sizes()["participant"]
    met: dict[str, None] = {}  # people registered by this very file
    rows = iter(source.rows())
    while part := list(islice(rows, _AT_ONCE)):
        for row in part:
            if isinstance(row, Rejected):
                aside.add(row)
        arrivals = [row for row in part if isinstance(row, Arrival)]
        again = [row.participant_id for row in arrivals if row.participant_id in met]
        fresh = empty and not again and all(row.enrolment for row in arrivals)
        known, facts = _known(arrivals, writing, fresh=fresh), Facts(writing, arrivals, fresh=fresh)
        good = list(_received(arrivals, known, facts, places, aside))
        _write(good, facts, writing, done)
        met |= dict.fromkeys(a.participant_id for a, _ in good)


def _known(arrivals: list[Arrival], writing: Writing, *, fresh: bool) -> Known:
    """What is registered of the people of some rows; nothing need be asked of a registry that was empty."""
    people = list({row.participant_id for row in arrivals})
    samples = [s for row in arrivals if row.enrolment for s in row.enrolment.samples]
    return Known(departed=writing.departed()) if fresh else writing.known(people, samples)


def _received(
    arrivals: Iterable[Arrival], known: Known, facts: Facts, places: dict[str, frozenset[str]], aside: Aside
) -> Iterator[tuple[Arrival, Reception]]:
    """The rows that can be taken, with what is new in them; the others are rejected."""
    met: set[str] = set()
    for row in arrivals:
        reception = _reception(row, known, places, row.participant_id in met)
        if refused := reception.refused + facts.refused(row):
            aside.add(reject(row, *(Fault(c, rule, row.cells.get(c, "")) for c, rule in refused)))
            continue
        met.add(row.participant_id)
        yield row, reception


def _reception(row: Arrival, known: Known, places: dict[str, frozenset[str]], met: bool) -> Reception:
    person = known.people.get(row.participant_id)
    if row.enrolment is None:
        there = person is not None or met
        return Reception(refused=() if there else (("participant", "this participant is not registered"),))
    enrolment = row.enrolment
    gone = not known.departed.isdisjoint([row.participant_id, *(s.sample_id for s in enrolment.samples)])
    history = known.consents.get(row.participant_id, ())
    partial = not (enrolment.consents or enrolment.samples)
    completed = completes(enrolment.participant, person, history) and not partial
    before = None if completed else person
    refused = receive_person(enrolment.participant, enrolment.consents, before, history, gone=gone, partial=partial)
    for column, value in (("cohort", enrolment.participant.cohort_id), ("provider", enrolment.participant.provider_id)):
        if value and value not in places[column]:
            refused += ((column, f"this {column} is not registered"),)
    found = receive_samples(
        row.participant_id, enrolment.samples, samples=known.samples, genomes=known.genomes, links=known.links
    )
    return Reception(person is None and not met, completed and not met, found.samples, refused + found.refused)


def _write(good: list[tuple[Arrival, Reception]], facts: Facts, writing: Writing, done: Enrolled) -> None:
    people = [Enrolment(a.enrolment.participant, a.enrolment.consents, ()) for a, r in good if a.enrolment and r.new]
    writing.enrol(people)
    for enrolment in (a.enrolment for a, r in good if a.enrolment and r.completed):
        writing.amend(enrolment.participant)
        writing.add_consents([(enrolment.participant.participant_id, c) for c in enrolment.consents])
        done.completed += 1
    samples = [(a.participant_id, s) for a, r in good for s in r.samples]
    writing.add_samples(samples)
    fresh = facts.new(a for a, _ in good)
    writing.add(ObservationRow, fresh[0])
    writing.add(AnswerRow, fresh[1])
    writing.add(MinimalValueRow, fresh[2])
    new = {e.participant.participant_id for e in people}
    done.new += len(people)
    done.samples += sum(person not in new for person, _ in samples)
    done.facts += sum(len(records) for records in fresh)
    done.known += sum(1 for a, r in good if a.enrolment and not (r.new or r.completed or r.samples))
