"""Where the genomes of a batch were read, listed variants or not: `callable.parquet` of the batch.

A row is a closed interval of one sample (its index in storage order), or of everybody (-1): from a BED file given at import, or
from the confident reference blocks of gVCF files. A batch without the file speaks only about the variants that it lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from goe.science.intervals import Positions, covers, merged
from goe.store.formats.bed import Regions
from goe.store.places import Place

FILE = "callable.parquet"
EVERYBODY = -1


def write_callable(folder: Path, found: Mapping[int, Regions], rank: NDArray[np.int64] | None = None) -> None:
    """Write the intervals of each sample, or of everybody; nothing where there are none.

    `rank` is (samples,): the place in the store of each sample that `found` names.
    """
    if rank is not None:
        found = {sample if sample == EVERYBODY else int(rank[sample]): regions for sample, regions in found.items()}
    rows = [
        np.stack([np.full(len(first), sample), np.full(len(first), contig), first, last])
        for sample, regions in sorted(found.items())
        for contig, (first, last) in sorted(regions.items())
    ]
    if not rows:
        return
    columns = np.concatenate(rows, axis=1)
    table = pa.table(
        {
            name: pa.array(column, pa.int32())
            for name, column in zip(("sample", "contig", "first", "last"), columns, strict=True)
        }
    )
    pq.write_table(table, folder / FILE, compression="zstd")


class Callable:
    """The intervals of one batch, ready to be asked."""

    def __init__(self, where: Place, samples: int) -> None:
        self._samples = samples
        self._regions: dict[int, dict[int, tuple[Positions, Positions]]] = {}  # contig -> sample -> intervals
        if where.has(FILE):
            columns = pq.read_table(pa.BufferReader(where.read(FILE)))
            sample, contig, first, last = (np.asarray(columns[name], dtype=np.int64) for name in columns.column_names)
            for c in np.unique(contig):
                here = contig == c
                self._regions[int(c)] = {
                    int(s): (first[here & (sample == s)], last[here & (sample == s)]) for s in np.unique(sample[here])
                }

    def anybody(self, contig: int, position: Positions) -> NDArray[np.bool_]:
        """(positions,) whether at least one sample was read there."""
        regions = self._regions.get(contig, {}).values()
        if not regions:
            return np.zeros(len(position), dtype=np.bool_)
        first, last = (np.concatenate(part) for part in zip(*regions, strict=True))
        return covers(*merged(first, last), position)

    def for_everybody(self, contig: int, position: Positions) -> NDArray[np.bool_]:
        """(positions,) whether all samples were read there, by the BED file given at import: the targets of an exome."""
        regions = self._regions.get(contig, {})
        return covers(*regions[EVERYBODY], position) if EVERYBODY in regions else np.zeros(len(position), dtype=np.bool_)

    @property
    def has_targets(self) -> bool:
        """Whether there are regions in which everybody was read."""
        return any(EVERYBODY in regions for regions in self._regions.values())

    def reads(self, contig: int, position: Positions) -> NDArray[np.bool_]:
        """(positions, samples) who was read where."""
        regions = self._regions.get(contig, {})
        everybody = self.for_everybody(contig, position)
        read = np.repeat(everybody[:, None], self._samples, axis=1)
        for sample, (first, last) in regions.items():
            if sample != EVERYBODY:
                read[:, sample] |= covers(first, last, position)
        return read
