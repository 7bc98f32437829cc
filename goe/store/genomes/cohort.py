"""The cohort of a node: its batches of one assembly, seen against the union of their variants.

Two rules of the allele number live here. A batch speaks only about the variants that it lists and the regions in which it says
that its genomes were read: elsewhere it is not callable. And a person who is in two batches is counted once at each variant, in
the batch that came first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goe import pooling
from goe.rules.variants import CONTIGS
from goe.science.genotypes import Genotype, Packed, pack, take
from goe.science.ploidy import Region, regions
from goe.store.genomes.batch import StoredBatch
from goe.store.genomes.writing import BLOCK_VARIANTS

_KEY = ["contig", "position", "reference", "alternate"]
_END = 1 << 60  # behind every key
LABELS = ("region", "genetic_group", "category")  # columns of people besides nation, sex and batch


@dataclass(frozen=True)
class Person:
    """Whose genome it is, as far as counting needs to know."""

    person: str
    nation: str
    sex: str  # F, M or U, by genetic karyotype
    region: str = ""
    genetic_group: str = "unassigned"
    category: str = "reference"


@dataclass(frozen=True)
class Place:
    """A stretch of a chromosome, 1-based and closed, outside which nothing is looked at."""

    contig: int
    first: int
    last: int


@dataclass(frozen=True)
class Members:
    """Who is in a batch, as its cohort sees them; every array is (samples,).

    person is the pseudonym, empty for somebody who is not counted; number stands for it in all batches of the cohort; mask says
    who is counted, a person with two samples in the batch with the first; also_in holds, for each earlier batch that shares
    people with this one, who is counted there; in_targets says that the batch speaks only within the regions read in everybody,
    whatever it lists outside them.
    """

    stored: StoredBatch
    person: NDArray[np.object_]
    number: NDArray[np.int64]
    people: pooling.People
    mask: NDArray[np.bool_]
    also_in: Mapping[int, NDArray[np.bool_]]
    in_targets: bool = False


class StoredCohort:
    """Batches of one assembly, and the people of theirs who are counted (by the name of their genome)."""

    def __init__(self, members: Sequence[Members], first: int = 0, last: int = _END) -> None:
        """The variants whose key is from first to last (exclusive) are looked at; `StoredCohort.of` is easier to call."""
        self._members, self._span = members, (first, last)
        rows = [tuple(np.searchsorted(m.stored.key, (first, last)).tolist()) for m in members]
        self.batches = [BatchOfCohort(self, found, *span) for found, span in zip(members, rows, strict=True)]

    def __reduce__(self) -> tuple[Any, ...]:
        return StoredCohort, (self._members, *self._span)  # the files are opened where it arrives

    @classmethod
    def of(
        cls,
        batches: Sequence[StoredBatch],
        counted: Mapping[str, Person],
        within: Place | None = None,
        in_targets: frozenset[str] = frozenset(),
    ) -> StoredCohort:
        """These batches, and the people of theirs who are counted; outside `within` nothing is looked at.

        Batches named in `in_targets` speak only within the regions that everybody in them was read in.
        """
        members = _members(batches, counted, in_targets)
        if within is None:
            return cls(members)
        return cls(members, _key(within.contig, within.first), _key(within.contig, within.last + 1))

    def slices(self) -> Iterator[StoredCohort]:
        """The same people at consecutive stretches of the variants, which can be looked at one by one or apart."""
        largest = max((m.stored for m in self._members), key=lambda stored: stored.info.variants)
        first, last = self._span
        begin = [key for key in largest.key[largest.group_start[1:-1]].tolist() if first < key < last]
        for edges in pairwise([first, *dict.fromkeys(begin), last]):
            yield StoredCohort(self._members, *edges)

    @cached_property
    def table(self) -> pa.Table:
        """The union of the batches' variants, in genome order: contig, position, reference, alternate, rsid, filter."""
        return _union([batch.table for batch in self.batches])

    @cached_property
    def variants(self) -> pooling.Variants:
        """The same as arrays."""
        return _variants(self.table)

    @property
    def people(self) -> int:
        """People with a genome in at least one of the batches."""
        return len(np.unique(np.concatenate([m.number[m.mask] for m in self._members])))


class BatchOfCohort:
    """One batch seen against the variants of its cohort: `first` to `last` (exclusive) of its own are among them."""

    def __init__(self, cohort: StoredCohort, members: Members, first: int, last: int) -> None:
        self._cohort, self._stored = cohort, members.stored
        self._first, self._last, self._also_in = first, last, members.also_in
        self.person, self.people, self.mask = members.person, members.people, members.mask
        self._in_targets = members.in_targets

    def __reduce__(self) -> tuple[Any, ...]:
        return _batch_of, (self._cohort, self._cohort.batches.index(self))

    @property
    def variants(self) -> pooling.Variants:
        """The variants of the cohort."""
        return self._cohort.variants

    @property
    def stored(self) -> StoredBatch:
        """The batch as it is stored."""
        return self._stored

    @property
    def size(self) -> int:
        """How many variants the cohort has."""
        return int(self._cohort.table.num_rows)

    @cached_property
    def table(self) -> pa.Table:
        """The batch's own variants."""
        return self._stored.table(self._first, self._last)

    @cached_property
    def _row(self) -> NDArray[np.int64]:
        """(own variants,) the row of each in the cohort's variants."""
        if self.table.num_rows == self.size:
            return np.arange(self.table.num_rows)  # a union that is no larger is the same
        import pyarrow.compute as pc  # takes longer than most counts need

        return np.asarray(pc.index_in(_keys(self.table), value_set=_keys(self._cohort.table)), dtype=np.int64)

    @cached_property
    def _unlisted(self) -> NDArray[np.int64]:
        """Rows of the cohort's variants that this batch does not list and at which somebody in it was read."""
        if len(self._row) == self.size:
            return np.empty(0, dtype=np.int64)
        listed = np.zeros(self.size, dtype=np.bool_)
        listed[self._row] = True
        read = [
            rows[self._stored.callable.anybody(int(contig), self.variants.position[rows])]
            for contig in np.unique(self.variants.contig)
            for rows in [np.flatnonzero((self.variants.contig == contig) & ~listed)]
        ]
        return np.concatenate([np.empty(0, dtype=np.int64), *read])

    @cached_property
    def answers(self) -> NDArray[np.bool_]:
        """(variants,) at which of the cohort's variants this batch speaks: it lists them, or somebody was read there."""
        answering = np.zeros(self.size, dtype=np.bool_)
        answering[self._row] = True
        answering[self._unlisted] = True
        return answering & self._targets if self._in_targets else answering

    @cached_property
    def _targets(self) -> NDArray[np.bool_]:
        """(variants,) which of the cohort's variants lie where everybody in the batch was read."""
        contigs, found = self.variants.contig, np.zeros(self.size, dtype=np.bool_)
        for contig in np.unique(contigs):
            here = contigs == contig
            found[here] = self._stored.callable.for_everybody(int(contig), self.variants.position[here])
        return found

    def blocks(self, *, phase: bool = False) -> Iterator[pooling.Block]:
        """The genotypes; a block is divided where an earlier batch already answers for some of its people."""
        rivals = [self._cohort.batches[number] for number in self._also_in]
        for row, packed, region in self._spoken(chain(self._listed_blocks(phase), self._unlisted_blocks())):
            if not rivals:
                yield pooling.Block(row, packed, region, self.mask)
                continue
            answered = np.stack([b.answers[row] for b in rivals], axis=1)
            for pattern in np.unique(answered, axis=0):
                chosen = np.flatnonzero((answered == pattern).all(axis=1))
                part = packed if len(chosen) == len(row) else take(packed, chosen)
                yield pooling.Block(row[chosen], part, region, self._mask_behind(pattern))

    def _spoken(
        self, blocks: Iterator[tuple[NDArray[np.int64], Packed, Region]]
    ) -> Iterator[tuple[NDArray[np.int64], Packed, Region]]:
        """The blocks, without what lies outside the targets where the batch speaks within them alone."""
        if not self._in_targets:
            yield from blocks
            return
        for row, packed, region in blocks:
            chosen = np.flatnonzero(self._targets[row])
            if len(chosen):
                yield row[chosen], packed if len(chosen) == len(row) else take(packed, chosen), region

    def _listed_blocks(self, phase: bool) -> Iterator[tuple[NDArray[np.int64], Packed, Region]]:
        for block in self._stored.blocks(self._first, self._last, phase=phase):
            first, last = max(block.first, self._first), min(block.last, self._last)
            whole = (first, last) == (block.first, block.last)
            packed = block.packed if whole else take(block.packed, np.arange(first, last) - block.first)
            yield self._row[first - self._first : last - self._first], packed, block.region

    def _unlisted_blocks(self) -> Iterator[tuple[NDArray[np.int64], Packed, Region]]:
        """Variants of other batches: everybody who was read there is homozygous reference, everybody else a no-call."""
        for contig in np.unique(self.variants.contig[self._unlisted]) if len(self._unlisted) else ():
            rows = self._unlisted[self.variants.contig[self._unlisted] == contig]
            kinds = regions(CONTIGS[contig], self.variants.position[rows], self._stored.info.assembly)
            for kind in np.unique(kinds):
                of_kind = rows[kinds == kind]
                for start in range(0, len(of_kind), BLOCK_VARIANTS):
                    part = of_kind[start : start + BLOCK_VARIANTS]
                    read = self._stored.callable.reads(int(contig), self.variants.position[part])
                    yield part, pack(np.where(read, Genotype.HOM_REF, Genotype.MISSING).astype(np.uint8)), Region(int(kind))

    def _mask_behind(self, answering: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(samples,) who is counted here, given which earlier batches answer."""
        mask = self.mask.copy()
        for there, answers in zip(self._also_in.values(), answering, strict=True):
            if answers:
                mask &= ~there
        return mask


def _batch_of(cohort: StoredCohort, number: int) -> BatchOfCohort:
    return cohort.batches[number]


def _members(
    batches: Sequence[StoredBatch], counted: Mapping[str, Person], in_targets: frozenset[str] = frozenset()
) -> tuple[Members, ...]:
    """The people of each batch, numbered over all of them."""
    numbers: dict[str, int] = {}
    nobody = Person("", "", "U")
    found: list[Members] = []
    for stored in batches:
        known = [counted.get(name, nobody) for name in stored.samples]
        person = np.array([p.person for p in known], dtype=object)
        number = np.array([numbers.setdefault(p.person, len(numbers)) if p.person else -1 for p in known], dtype=np.int64)
        columns = {name: np.array([getattr(p, name) for p in known], dtype=object) for name in ("nation", "sex", *LABELS)}
        columns["batch"] = np.full(len(known), stored.info.batch_id, dtype=object)
        _, first = np.unique(number, return_index=True)
        mask = np.zeros(len(known), dtype=np.bool_)
        mask[first] = True
        mask &= number >= 0
        shared = ((i, np.isin(number, m.number[m.mask])) for i, m in enumerate(found))
        also_in = {i: there for i, there in shared if there[mask].any()}
        inside = stored.info.batch_id in in_targets
        found.append(Members(stored, person, number, pooling.People(columns), mask, also_in, inside))
    return tuple(found)


def _key(contig: int, position: int) -> int:
    return contig << 32 | position


def _union(tables: Sequence[pa.Table]) -> pa.Table:
    """The distinct variants in genome order; FILTER is PASS only where no batch says otherwise."""
    if all(table is tables[0] or table.equals(tables[0]) for table in tables):
        return tables[0]
    from goe.store.filters import plain, ranked  # with pyarrow.compute, which takes longer to load than most counts need

    together = pa.concat_tables(tables)
    place = together.schema.get_field_index("filter")
    together = together.set_column(place, "filter", ranked(together["filter"]))
    merged = together.group_by(_KEY).aggregate([("rsid", "max"), ("filter", "max")]).sort_by([(k, "ascending") for k in _KEY])
    site = {k: merged[k] for k in _KEY}
    return pa.table({**site, "rsid": merged["rsid_max"], "filter": plain(merged["filter_max"])}).combine_chunks()


def _keys(table: pa.Table) -> pa.Array:
    """Each variant as one string."""
    import pyarrow.compute as pc

    parts = [
        pc.cast(table["contig"], pa.string()),
        pc.cast(table["position"], pa.string()),
        table["reference"],
        table["alternate"],
    ]
    joined = pc.binary_join_element_wise(*parts, "-")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def _variants(table: pa.Table) -> pooling.Variants:
    return pooling.Variants(
        contig=np.asarray(table["contig"]),
        position=np.asarray(table["position"], dtype=np.int64),
        reference=np.asarray(table["reference"], dtype=object),
        alternate=np.asarray(table["alternate"], dtype=object),
    )
