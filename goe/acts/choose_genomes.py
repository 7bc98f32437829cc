"""Whose genomes, of which batches, for looking at them one by one or handing them out: who consents today, unless told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from goe.acts.count import releasable
from goe.acts.setting import Node
from goe.errors import BadInput, NotFound
from goe.rules.consent import permits
from goe.rules.words import Assembly, Scope
from goe.store.filters import plain, ranked
from goe.store.genomes.batch import BatchInfo, StoredBatch
from goe.store.genomes.cohort import Place
from goe.store.genomes.joined import KEY, Column, Joined


@dataclass(frozen=True)
class Person:
    """What is known of the person whose genome stands in a column; empty where the genome is not registered."""

    participant_id: str
    nation: str
    sex: str  # F, M or U, by genetic karyotype
    region: str
    batch: str  # the first batch that has a genome of this person
    genetic_group: str = "unassigned"
    category: str = "reference"


@dataclass(frozen=True)
class Chosen:
    """Columns and batches. `people` goes with `columns`; `left_out` counts people of these batches who do not consent."""

    assembly: Assembly
    batches: tuple[StoredBatch, ...]
    columns: tuple[Column, ...]
    people: tuple[Person, ...]
    left_out: int

    def variants(self, within: Place | None = None) -> pa.Table:
        """Every variant that a batch lists there, in genome order; FILTER is PASS only where no batch says otherwise."""
        tables = [_within(b, within).select([*KEY, "rsid", "filter"]) for b in self.batches]
        if len(tables) == 1:
            return tables[0].sort_by([(k, "ascending") for k in KEY]).combine_chunks()
        together = pa.concat_tables(tables)
        together = together.set_column(together.schema.get_field_index("filter"), "filter", ranked(together["filter"]))
        merged = together.group_by(KEY).aggregate([("rsid", "max"), ("filter", "max")]).sort_by([(k, "ascending") for k in KEY])
        site = {k: merged[k] for k in KEY}
        return pa.table({**site, "rsid": merged["rsid_max"], "filter": plain(merged["filter_max"])}).combine_chunks()

    def joined(self, variants: pa.Table) -> Joined:
        """The genotypes at these variants."""
        return Joined(self.batches, self.columns, variants)

    def only(self, keep: Iterable[int]) -> Chosen:
        """The same with these columns alone, in their order."""
        chosen = sorted(keep)
        columns, people = tuple(self.columns[i] for i in chosen), tuple(self.people[i] for i in chosen)
        return replace(self, columns=columns, people=people)


def choose_genomes(
    node: Node, assembly: Assembly, *, batch: str = "", everyone: bool = False, scope: Scope = Scope.ALLELE_FREQUENCY
) -> Chosen:
    """Everyone who consents to `scope` today and has a genome in the batches of this assembly, or in one batch.

    Over several batches, those that a release may count, a person is one column, named by the first genome; in one batch each
    genome is a column of its own. `everyone` ignores consent, and genomes without a registered person are in it too. Raises
    BadInput where there is no batch or nobody, NotFound for a batch that is not there.
    """
    batches = [node.genomes.batch(b.batch_id) for b in _batches(node, assembly, batch)]
    permitted = _consenting(node, scope)
    links, people = node.registry.links(), node.registry.participants()
    samples = node.registry.samples()
    columns: dict[str, tuple[str, set[str], Person]] = {}
    left_out = set()
    for stored in batches:
        for genome in stored.samples:
            sample = samples.get(genome)
            person = links.get(sample.sample_id, "") if sample else ""
            if not everyone and person not in permitted:
                left_out.add(person or genome)
                continue
            key = genome if batch or not person else person
            region = people[person].region if person in people else ""
            known = Person(person, node.name, sample.karyotype.letter if sample else "U", region, stored.info.batch_id)
            columns.setdefault(key, (genome, set(), known))[1].add(genome)
    if not columns:
        raise BadInput(
            "nobody's genome may be shown", expected=f"genomes of participants with the scope {scope}", where=str(node.folder)
        )
    found = [Column(name, frozenset(genomes), known.sex) for name, genomes, known in columns.values()]
    return Chosen(assembly, tuple(batches), tuple(found), tuple(known for _, _, known in columns.values()), len(left_out))


def newest_assembly(node: Node, batch: str = "") -> Assembly:
    """The assembly of a batch, or the only one that the node has. Raises BadInput where it must be said."""
    found = sorted({b.assembly for b in node.genomes.batches() if batch in ("", b.batch_id)})
    if len(found) != 1:
        raise BadInput(f"the node has {' and '.join(found) or 'no'} batches", expected="--assembly", where=str(node.folder))
    return found[0]


def _batches(node: Node, assembly: Assembly, batch: str) -> list[BatchInfo]:
    there = node.genomes.batches()
    if batch:
        named = [b for b in there if b.batch_id == batch and b.assembly == assembly]
        if not named:
            known = ", ".join(b.batch_id for b in there if b.assembly == assembly)
            raise NotFound(f"there is no batch {batch!r} of {assembly}", expected=known or "a batch", where=str(node.folder))
        return named
    fit, _ = releasable(there, assembly)
    if not fit:
        raise BadInput(
            f"no batch of {assembly} can be joined with others",
            expected="a batch with verified reference alleles",
            where=str(node.folder),
            remedy="name one batch with --batch",
        )
    return fit


def _consenting(node: Node, scope: Scope) -> frozenset[str]:
    today = node.clock().date()
    return frozenset(p for p, history in node.registry.consents().items() if permits(history, scope, today).permitted)


def _within(stored: StoredBatch, place: Place | None) -> pa.Table:
    if place is None:
        return stored.variants
    first, last = (place.contig << 32 | position for position in (place.first, place.last))
    near = np.flatnonzero((stored.key >= first) & (stored.key <= last))
    return stored.table(int(near[0]), int(near[-1]) + 1) if near.size else stored.table(0, 0)
