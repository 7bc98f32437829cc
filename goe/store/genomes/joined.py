"""Genotypes of a chosen set of genomes as one table: batches side by side, blockwise, in genome order.

The rules are those by which the cohort is counted, so what is handed out adds up to what is counted: a batch speaks where it
lists a variant or where somebody in it was read; there, a genome that was read is homozygous reference. Of a person in
several batches the first batch that speaks is taken, site by site.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from goe.rules.variants import CONTIGS
from goe.science.genotypes import Codes, Genotype, take, unpack
from goe.science.ploidy import Region, Sex, copies, regions
from goe.store.genomes.batch import Block, StoredBatch

KEY = ["contig", "position", "reference", "alternate"]
BLOCK_CELLS = 1 << 22  # genotypes that are unpacked at a time
BLOCK_VARIANTS = 4096
_SEX = {"F": Sex.XX, "M": Sex.XY}
_READ = np.array([Genotype.HAPLOID_MISSING, Genotype.HAPLOID_REF, Genotype.HOM_REF], dtype=np.uint8)  # by copies
_UNREAD = np.array([Genotype.HAPLOID_MISSING, Genotype.HAPLOID_MISSING, Genotype.MISSING], dtype=np.uint8)


class Source(IntEnum):
    """Where a genotype comes from."""

    NOWHERE = 0  # not callable: no batch says that this genome was read there
    LISTED = 1  # a batch lists the variant
    READ = 2  # no batch lists it, and this genome was read there: homozygous reference


@dataclass(frozen=True)
class Column:
    """One column of the table. `genomes` are the names of one person's genomes; `sex` is F, M or U, by genetic karyotype."""

    name: str
    genomes: frozenset[str]
    sex: str


@dataclass(frozen=True)
class JoinedBlock:
    """Genotypes of the variants first to last (exclusive) of the table, all on one chromosome.

    codes   (variants, columns) values of Genotype, as written; MISSING or HAPLOID_MISSING where there is no call
    source  (variants, columns) values of Source
    copies  (variants, columns) copies of the chromosome that the person has there: 0, 1 or 2
    """

    first: int
    last: int
    codes: Codes
    source: NDArray[np.uint8]
    copies: NDArray[np.int64]


class Joined:
    """Some genomes of some batches of one assembly at the variants of a table, which is sorted by `KEY`."""

    def __init__(self, batches: Sequence[StoredBatch], columns: Sequence[Column], variants: pa.Table) -> None:
        self.columns, self.variants = tuple(columns), variants
        self._assembly = batches[0].info.assembly if batches else ""
        self._contig = np.asarray(variants["contig"], dtype=np.int64)
        self._position = np.asarray(variants["position"], dtype=np.int64)
        self._sex = np.array([_SEX.get(c.sex, Sex.UNKNOWN) for c in columns], dtype=np.int64)
        column_of = {name: i for i, c in enumerate(columns) for name in c.genomes}
        keys, place = variant_keys(variants), self._contig << 32 | self._position  # as in StoredBatch.key
        span = (int(place[0]), int(place[-1])) if len(place) else (0, -1)
        self._batches = [part for b in batches if (part := _BatchColumns(b, column_of, keys, span)).column.size]

    def blocks(self) -> Iterator[JoinedBlock]:
        """The genotypes in the order of the table."""
        step = max(1, min(BLOCK_VARIANTS, BLOCK_CELLS // max(len(self.columns), 1)))
        edges = [*np.flatnonzero(np.diff(self._contig, prepend=-1)).tolist(), len(self._contig)]
        for start, end in pairwise(edges):
            for first in range(start, end, step):
                yield self._block(first, min(first + step, end))

    def _block(self, first: int, last: int) -> JoinedBlock:
        here = (last - first, len(self.columns))
        of = self._copies(first, last)
        codes, source = _UNREAD[of], np.zeros(here, dtype=np.uint8)
        settled = np.zeros(here, dtype=np.bool_)
        contig, position = int(self._contig[first]), self._position[first:last]
        for batch in self._batches:
            listed, written = batch.listed(first, last)
            speaks = listed | batch.stored.callable.anybody(contig, position)
            read = np.zeros((last - first, len(batch.column)), dtype=np.bool_)
            silent = np.flatnonzero(speaks & ~listed)
            read[silent] = batch.stored.callable.reads(contig, position[silent])[:, batch.sample]
            read &= of[:, batch.column] > 0
            found = np.where(read, _READ[of[:, batch.column]], _UNREAD[of[:, batch.column]])
            found[listed] = written
            origin = np.where(read, Source.READ, Source.NOWHERE).astype(np.uint8)
            origin[listed] = Source.LISTED
            free = speaks[:, None] & ~settled[:, batch.column]
            codes[:, batch.column] = np.where(free, found, codes[:, batch.column])
            source[:, batch.column] = np.where(free, origin, source[:, batch.column])
            settled[:, batch.column] |= speaks[:, None]
        return JoinedBlock(first, last, codes, source, of)

    def _copies(self, first: int, last: int) -> NDArray[np.int64]:
        """(variants, columns) copies of the chromosome that each genome has there."""
        contig = CONTIGS[int(self._contig[first])]
        kinds = regions(contig, self._position[first:last], self._assembly)
        return np.stack([copies(kind, self._sex) for kind in Region])[kinds]


class _BatchColumns:
    """The chosen genomes of one batch: which sample stands in which column, and where each variant of the table lies."""

    def __init__(self, stored: StoredBatch, column_of: Mapping[str, int], keys: pa.Array, span: tuple[int, int]) -> None:
        self.stored = stored
        first: dict[int, int] = {}
        for sample, name in enumerate(stored.samples):
            if name in column_of:
                first.setdefault(column_of[name], sample)  # of two genomes of a person in one batch the first
        self.column = np.array(list(first), dtype=np.int64)
        self.sample = np.array(list(first.values()), dtype=np.int64)
        self._place = np.full(len(keys), -1, dtype=np.int64)
        near = np.flatnonzero((stored.key >= span[0]) & (stored.key <= span[1])) if self.column.size else np.empty(0)
        if near.size:
            first_near = int(near[0])
            found = pc.index_in(keys, value_set=variant_keys(stored.table(first_near, int(near[-1]) + 1)))
            self._place = np.asarray(pc.fill_null(pc.add(found, first_near), -1), dtype=np.int64)
        self._block: Block | None = None

    def listed(self, first: int, last: int) -> tuple[NDArray[np.bool_], Codes]:
        """(variants,) which the batch lists, and the (listed, samples) codes of these."""
        place = self._place[first:last]
        wanted = place[place >= 0]
        parts = [np.empty((0, len(self.sample)), dtype=np.uint8)]
        while len(wanted):
            block = self._with(int(wanted[0]))
            here = np.searchsorted(wanted, block.last)
            parts.append(unpack(take(block.packed, wanted[:here] - block.first))[:, self.sample])
            wanted = wanted[here:]
        return place >= 0, np.concatenate(parts)

    def _with(self, variant: int) -> Block:
        """The block that holds a stored variant."""
        if self._block is None or not self._block.first <= variant < self._block.last:
            self._block = next(self.stored.blocks(variant, variant + 1))
        return self._block


def variant_keys(table: pa.Table) -> pa.Array:
    """Each variant of a table as one string."""
    parts = [pc.cast(table[name], pa.string()) for name in KEY]
    joined = pc.binary_join_element_wise(*parts, "-")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined
