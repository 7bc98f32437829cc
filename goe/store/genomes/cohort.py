"""The cohort of a node: its batches of one assembly, seen against the union of their variants.

Two rules of the allele number live here. A batch speaks only about the variants that it lists and the regions in which it says
that its genomes were read: elsewhere it is not callable. And a person who is in two batches is counted once at each variant, in
the batch that came first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from goe import pooling
from goe.rules.variants import CONTIGS
from goe.science.genotypes import Genotype, Packed, pack, take
from goe.science.ploidy import Region, regions
from goe.store.filters import plain, ranked
from goe.store.genomes.batch import BLOCK_VARIANTS, StoredBatch

_KEY = ["contig", "position", "reference", "alternate"]


@dataclass(frozen=True)
class Person:
    """Whose genome it is, as far as counting needs to know."""

    person: str
    nation: str
    sex: str  # F, M or U, by genetic karyotype
    region: str = ""


@dataclass(frozen=True)
class Place:
    """A stretch of a chromosome, 1-based and closed, outside which nothing is looked at."""

    contig: int
    first: int
    last: int


class StoredCohort:
    """Batches of one assembly, and the people of theirs who are counted (by the name of their genome)."""

    def __init__(self, batches: Sequence[StoredBatch], counted: Mapping[str, Person], within: Place | None = None) -> None:
        self.table = _union([_within(b.variants, within) for b in batches])
        self.variants = _variants(self.table)
        keys = _keys(self.table)
        self.batches: list[BatchOfCohort] = []
        for stored in batches:
            row = np.asarray(pc.fill_null(pc.index_in(_keys(stored.variants), value_set=keys), -1), dtype=np.int64)
            self.batches.append(BatchOfCohort(stored, self.variants, row, counted, tuple(self.batches)))

    @property
    def people(self) -> int:
        """People with a genome in at least one of the batches."""
        return len({p for b in self.batches for p in b.person[b.mask]})


class BatchOfCohort:
    """One batch with its rows in the cohort's variants, and the batches that go before it."""

    def __init__(
        self,
        stored: StoredBatch,
        variants: pooling.Variants,
        row: NDArray[np.int64],
        counted: Mapping[str, Person],
        earlier: tuple[BatchOfCohort, ...],
    ) -> None:
        self._stored, self.variants, self._row, self._earlier = stored, variants, row, earlier
        known = [counted.get(name) for name in stored.samples]
        self.person = np.array([p.person if p else "" for p in known], dtype=object)
        nation = np.array([p.nation if p else "" for p in known], dtype=object)
        sex = np.array([p.sex if p else "U" for p in known], dtype=object)
        region = np.array([p.region if p else "" for p in known], dtype=object)
        batch = np.full(len(known), stored.info.batch_id, dtype=object)
        self.people = pooling.People({"nation": nation, "sex": sex, "region": region, "batch": batch})
        _, first = np.unique(self.person.astype(str), return_index=True)
        self.mask = np.zeros(len(known), dtype=np.bool_)
        self.mask[first] = True  # a person with two samples in one batch is counted with the first
        self.mask &= self.person != ""

    @cached_property
    def _unlisted(self) -> NDArray[np.int64]:
        """Rows of the cohort's variants that this batch does not list and at which somebody in it was read."""
        listed = np.zeros(len(self.variants), dtype=np.bool_)
        listed[self._row[self._row >= 0]] = True
        read = [
            rows[self._stored.callable.anybody(int(contig), self.variants.position[rows])]
            for contig in np.unique(self.variants.contig)
            for rows in [np.flatnonzero((self.variants.contig == contig) & ~listed)]
        ]
        return np.concatenate([np.empty(0, dtype=np.int64), *read])

    @cached_property
    def answers(self) -> NDArray[np.bool_]:
        """(variants,) at which of the cohort's variants this batch speaks: it lists them, or somebody was read there."""
        answering = np.zeros(len(self.variants), dtype=np.bool_)
        answering[self._row[self._row >= 0]] = True
        answering[self._unlisted] = True
        return answering

    def blocks(self) -> Iterator[pooling.Block]:
        """The genotypes; a block is divided where an earlier batch already answers for some of its people."""
        rivals = [b for b in self._earlier if np.isin(self.person[self.mask], b.person[b.mask]).any()]
        for row, packed, region in chain(self._listed_blocks(), self._unlisted_blocks()):
            answered = np.stack([b.answers[row] for b in rivals], axis=1) if rivals else np.zeros((len(row), 0), dtype=np.bool_)
            for pattern in np.unique(answered, axis=0):
                chosen = np.flatnonzero((answered == pattern).all(axis=1))
                part = packed if len(chosen) == len(row) else take(packed, chosen)
                yield pooling.Block(row[chosen], part, region, self._mask_behind(rivals, pattern))

    def _listed_blocks(self) -> Iterator[tuple[NDArray[np.int64], Packed, Region]]:
        for block in self._stored.blocks():
            row = self._row[block.first : block.last]
            inside = np.flatnonzero(row >= 0)
            if len(inside):
                yield row[inside], block.packed if len(inside) == len(row) else take(block.packed, inside), block.region

    def _unlisted_blocks(self) -> Iterator[tuple[NDArray[np.int64], Packed, Region]]:
        """Variants of other batches: everybody who was read there is homozygous reference, everybody else a no-call."""
        for contig in np.unique(self.variants.contig[self._unlisted]):
            rows = self._unlisted[self.variants.contig[self._unlisted] == contig]
            kinds = regions(CONTIGS[contig], self.variants.position[rows], self._stored.info.assembly)
            for kind in np.unique(kinds):
                of_kind = rows[kinds == kind]
                for start in range(0, len(of_kind), BLOCK_VARIANTS):
                    part = of_kind[start : start + BLOCK_VARIANTS]
                    read = self._stored.callable.reads(int(contig), self.variants.position[part])
                    yield part, pack(np.where(read, Genotype.HOM_REF, Genotype.MISSING).astype(np.uint8)), Region(int(kind))

    def _mask_behind(self, rivals: Sequence[BatchOfCohort], answering: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(samples,) who is counted here, given which earlier batches answer."""
        mask = self.mask.copy()
        for rival, answers in zip(rivals, answering, strict=True):
            if answers:
                mask &= ~np.isin(self.person, rival.person[rival.mask])
        return mask


def _within(variants: pa.Table, place: Place | None) -> pa.Table:
    if place is None:
        return variants
    here = pc.and_(pc.equal(variants["contig"], place.contig), pc.greater_equal(variants["position"], place.first))
    return variants.filter(pc.and_(here, pc.less_equal(variants["position"], place.last)))


def _union(tables: Sequence[pa.Table]) -> pa.Table:
    """The distinct variants in genome order; FILTER is PASS only where no batch says otherwise."""
    together = pa.concat_tables(tables)
    place = together.schema.get_field_index("filter")
    together = together.set_column(place, "filter", ranked(together["filter"]))
    merged = together.group_by(_KEY).aggregate([("rsid", "max"), ("filter", "max")]).sort_by([(k, "ascending") for k in _KEY])
    site = {k: merged[k] for k in _KEY}
    return pa.table({**site, "rsid": merged["rsid_max"], "filter": plain(merged["filter_max"])}).combine_chunks()


def _keys(table: pa.Table) -> pa.Array:
    """Each variant as one string."""
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
