"""Writing the genotypes of a batch: pieces of sorted variants come in and are kept as blocks.

A piece is what a reader has of one chromosome and ploidy region: variants in order, none twice. Pieces come in genome order,
but where trimming or left-alignment moved a variant, one may begin before the one before it ends; then the two are merged.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from goe.store.formats.genotype_file import Record
from goe.store.genomes.arrays import GroupWriter
from goe.store.genomes.batch import VARIANTS, StoredBatch
from goe.store.genomes.encoding import DTYPES, WIDE, encode
from goe.store.genomes.pieces import Piece, alike, merge, one_after_another, pieces_of, sorted_once

BLOCK_CELLS = 1 << 26  # genotypes of a block when it is unpacked, one byte each
BLOCK_VARIANTS = 4096
SITES_OF_TABLE = 1 << 16  # rows of the variant table that are written and read together


class BatchWriter:
    """Writes variants and genotypes of a batch into an existing folder; to be used with `with`.

    `duplicates` counts variants left out because they were there already; `ordered` says whether chromosomes came in order.
    """

    def __init__(self, folder: Path, assembly: str, samples: Sequence[str]) -> None:
        self.duplicates, self.ordered = 0, True
        self._assembly = assembly
        self._limit = max(64, min(BLOCK_VARIANTS, BLOCK_CELLS // max(len(samples), 1)))
        self._held: list[Piece] = []  # of the last chromosome, the ones that may still be merged or joined
        needed = {name: dtype for name, dtype in DTYPES.items() if name != "entry_top" or len(samples) > WIDE}
        self._group = GroupWriter(folder / "calls.zarr", needed)
        self._table = pq.ParquetWriter(folder / "variants.parquet", VARIANTS, compression="zstd", write_page_checksum=True)
        self._rows: list[Piece] = []
        (folder / "samples.json").write_text(json.dumps(list(samples)))

    def __enter__(self) -> BatchWriter:
        self._group.__enter__()
        return self

    def __exit__(self, *failure: object) -> None:
        if failure[0] is None:
            self._write_held(0)
            self._write_rows()
        self._table.close()
        self._group.__exit__(*failure)  # type: ignore[arg-type]

    def add(self, piece: Piece) -> None:
        """Take variants that come after, or a little before, the end of what came so far."""
        if not len(piece):
            return
        self.ordered &= not self._held or self._held[-1].contig <= piece.contig
        last = self._held[-1] if self._held else None
        if last and last.contig == piece.contig and piece.key(0) <= last.key(-1):
            self._held.pop()
            merged, dropped = merge(last, piece, self._assembly)
            self.duplicates += dropped
            for part in merged:
                self.add(part)
            return
        if last and not alike(last, piece):
            self._write_held(0)
        self._held.append(piece)
        if sum(map(len, self._held[:-1])) >= self._limit:
            self._write_held(1)

    def _write_held(self, keep: int) -> None:
        """Write the pieces held as blocks, but the last `keep` of them."""
        ready, self._held = self._held[: len(self._held) - keep], self._held[len(self._held) - keep :]
        for block in _blocks(ready, self._limit):
            if keep and len(block) < self._limit:  # a rest, to be joined with what comes
                self._held = [block, *self._held]
            else:
                self._write_block(block)

    def _write_block(self, block: Piece) -> None:
        for name, data in encode(block.packed, block.contig, block.region).items():
            self._group.arrays[name].append(data)
        self._rows.append(block)
        if sum(map(len, self._rows)) >= SITES_OF_TABLE:
            self._write_rows()

    def _write_rows(self) -> None:
        if self._rows:
            rows = pa.concat_tables([_table(block) for block in self._rows])
            self._table.write_table(rows, row_group_size=len(rows))  # whole blocks in a row group
        self._rows = []


def _blocks(pieces: Sequence[Piece], limit: int) -> Iterator[Piece]:
    """The pieces, which are alike, joined and cut into blocks of `limit` variants and a rest."""
    if not pieces:
        return
    whole = one_after_another(pieces)
    for start in range(0, len(whole), limit):
        yield whole if len(whole) <= limit else whole.rows(start, min(start + limit, len(whole)))


def _table(block: Piece) -> pa.Table:
    columns = [
        pa.array(np.full(len(block), block.contig, dtype=np.int8)),
        pa.array(block.position),
        *(pa.array(getattr(block, name), pa.string()) for name in ("reference", "alternate", "rsid", "filter")),
    ]
    return pa.Table.from_arrays(columns, schema=VARIANTS)


def write_genotypes(
    folder: Path, assembly: str, samples: Sequence[str], records: Iterable[Record], order: NDArray[np.int64] | None = None
) -> int:
    """Write records into an existing empty folder, all but the manifest; returns the number of exact duplicates left out.

    Records come in genome order up to the shifts of trimming. `order` is (samples,): the sample of the records that stands at
    each place of the store. `seal` finishes the batch.
    """
    names = list(samples) if order is None else [samples[i] for i in order]
    limit = max(64, BLOCK_CELLS // 4 // max(len(samples), 1))
    with BatchWriter(folder, assembly, names) as writer:
        for chunk in _chunks(records, min(limit, BLOCK_VARIANTS)):
            unique = sorted_once(chunk)
            writer.duplicates += len(chunk) - len(unique)
            if order is not None:
                unique = [replace(r, codes=r.codes[order]) for r in unique]
            for piece in pieces_of(unique, assembly):
                writer.add(piece)
    if not writer.ordered:
        _put_in_order(folder, assembly, names)
    return writer.duplicates


def _put_in_order(folder: Path, assembly: str, samples: Sequence[str]) -> None:
    """Write genotypes again whose file had its chromosomes in another order, such as 1, 10, 11, ... 2."""
    found, again = StoredBatch(folder), folder / "ordered"
    again.mkdir()
    with BatchWriter(again, assembly, samples) as writer:
        for extent in sorted(found.extents, key=lambda e: e.contig):
            block = next(found.blocks(extent.first, extent.last))
            table = found.table(block.first, block.last)
            reference, alternate, rsid, filter_ = (table[n].to_pylist() for n in ("reference", "alternate", "rsid", "filter"))
            position = np.asarray(table["position"], dtype=np.int32)
            writer.add(Piece(extent.contig, block.region, position, reference, alternate, rsid, filter_, block.packed))
    for path in again.iterdir():
        there = folder / path.name
        shutil.rmtree(there) if there.is_dir() else there.unlink()
        path.rename(there)
    again.rmdir()


def write_pieces(folder: Path, assembly: str, samples: Sequence[str], read: Iterable[Piece]) -> int:
    """The same from pieces, whose samples stand in the order of the store."""
    with BatchWriter(folder, assembly, samples) as writer:
        for piece in read:
            writer.add(piece)
    return writer.duplicates


def _chunks(records: Iterable[Record], limit: int) -> Iterator[list[Record]]:
    """Runs of records of one chromosome, cut only where the next record starts behind everything in the run."""
    for _, run in groupby(records, key=lambda r: r.contig):
        pending: list[Record] = []
        furthest = 0
        for record in run:
            if len(pending) >= limit and record.start > furthest:
                yield pending
                pending = []
            pending.append(record)
            furthest = max(furthest, record.position)
        if pending:
            yield pending
