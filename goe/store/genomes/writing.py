"""Writing the genotypes of a batch: pieces of sorted variants come in and are kept as blocks.

A piece is what a reader has of one chromosome and ploidy region: variants in order, none twice. Pieces come in genome order,
but where trimming or left-alignment moved a variant, one may begin before the one before it ends; then the two are merged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from goe.rules.variants import CONTIGS
from goe.science.genotypes import Packed, joined, pack, take, unpack
from goe.science.ploidy import Region, regions
from goe.store.formats.genotype_file import Record
from goe.store.genomes.arrays import GroupWriter
from goe.store.genomes.encoding import DTYPES, WIDE, encode

BLOCK_CELLS = 1 << 26  # genotypes of a block when it is unpacked, one byte each
BLOCK_VARIANTS = 4096
SITES_OF_TABLE = 1 << 16  # rows of the variant table that are written and read together

SCHEMA = pa.schema(
    [
        ("contig", pa.int8()),
        ("position", pa.int32()),
        ("reference", pa.string()),
        ("alternate", pa.string()),
        ("rsid", pa.string()),
        ("filter", pa.string()),
    ]
)

Key = tuple[int, str, str]


@dataclass(frozen=True)
class Piece:
    """Variants of one chromosome and ploidy region in genome order, none twice, with their genotypes.

    position is (variants,) int32; the other four are lists of as many strings.
    """

    contig: int
    region: Region
    position: NDArray[np.int32]
    reference: list[str]
    alternate: list[str]
    rsid: list[str]
    filter: list[str]
    packed: Packed

    def __len__(self) -> int:
        return len(self.position)

    def key(self, row: int) -> Key:
        """What the order of variants goes by, within a chromosome."""
        return int(self.position[row]), self.reference[row], self.alternate[row]

    def rows(self, first: int, last: int) -> Piece:
        """Some consecutive variants."""
        texts = {name: getattr(self, name)[first:last] for name in ("reference", "alternate", "rsid", "filter")}
        return replace(self, position=self.position[first:last], packed=take(self.packed, np.arange(first, last)), **texts)


class BatchWriter:
    """Writes variants and genotypes of a batch into an existing folder; to be used with `with`.

    `duplicates` counts variants left out because they were there already.
    """

    def __init__(self, folder: Path, assembly: str, samples: Sequence[str]) -> None:
        self.duplicates = 0
        self._assembly = assembly
        self._limit = max(64, min(BLOCK_VARIANTS, BLOCK_CELLS // max(len(samples), 1)))
        self._held: list[Piece] = []  # of the last chromosome, the ones that may still be merged or joined
        needed = {name: dtype for name, dtype in DTYPES.items() if name != "entry_top" or len(samples) > WIDE}
        self._group = GroupWriter(folder / "calls.zarr", needed)
        self._table = pq.ParquetWriter(folder / "variants.parquet", SCHEMA, compression="zstd")
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
        last = self._held[-1] if self._held else None
        if last and last.contig == piece.contig and piece.key(0) <= last.key(-1):
            self._held.pop()
            merged, dropped = merge(last, piece, self._assembly)
            self.duplicates += dropped
            for part in merged:
                self.add(part)
            return
        if last and not _alike(last, piece):
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


def _alike(one: Piece, other: Piece) -> bool:
    """Whether two pieces can be in one block."""
    same = (one.contig, one.region) == (other.contig, other.region)
    return same and np.array_equal(one.packed.default, other.packed.default)


def _blocks(pieces: Sequence[Piece], limit: int) -> Iterator[Piece]:
    """The pieces, which are alike, joined and cut into blocks of `limit` variants and a rest."""
    if not pieces:
        return
    whole = _joined(pieces)
    for start in range(0, len(whole), limit):
        yield whole if len(whole) <= limit else whole.rows(start, min(start + limit, len(whole)))


def _joined(pieces: Sequence[Piece]) -> Piece:
    if len(pieces) == 1:
        return pieces[0]
    texts = {name: [text for p in pieces for text in getattr(p, name)] for name in ("reference", "alternate", "rsid", "filter")}
    position = np.concatenate([p.position for p in pieces])
    return replace(pieces[0], position=position, packed=joined([p.packed for p in pieces]), **texts)


def merge(first: Piece, second: Piece, assembly: str) -> tuple[list[Piece], int]:
    """Two pieces of one chromosome whose variants interlock, in order, and how many of the second's were there already."""
    rows = [
        Record(p.contig, 0, *p.key(i), p.rsid[i], p.filter[i], codes)
        for p in (first, second)
        for i, codes in enumerate(unpack(p.packed))
    ]
    unique = sorted_once(rows)
    return pieces(unique, assembly), len(rows) - len(unique)


def sorted_once(records: Sequence[Record]) -> list[Record]:
    """Sorted by position and alleles; of the same variant twice the first stays."""
    kept = {(r.position, r.reference, r.alternate): r for r in reversed(records)}
    return [kept[key] for key in sorted(kept)]


def pieces(records: Sequence[Record], assembly: str) -> list[Piece]:
    """Sorted records of one chromosome as pieces, one for each stretch of one ploidy region."""
    return [_piece(list(run), region) for region, run in groupby(records, key=lambda r: _region(r, assembly))]


def _piece(rows: list[Record], region: Region) -> Piece:
    return Piece(
        contig=rows[0].contig,
        region=region,
        position=np.array([r.position for r in rows], dtype=np.int32),
        reference=[r.reference for r in rows],
        alternate=[r.alternate for r in rows],
        rsid=[r.rsid for r in rows],
        filter=[r.filter for r in rows],
        packed=pack(np.stack([r.codes for r in rows])),
    )


def _region(record: Record, assembly: str) -> Region:
    contig = CONTIGS[record.contig]
    if contig not in ("X", "Y", "MT"):
        return Region.AUTOSOME
    return Region(int(regions(contig, np.array([record.position]), assembly)[0]))


def _table(block: Piece) -> pa.Table:
    columns = [
        pa.array(np.full(len(block), block.contig, dtype=np.int8)),
        pa.array(block.position),
        *(pa.array(getattr(block, name), pa.string()) for name in ("reference", "alternate", "rsid", "filter")),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


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
            for piece in pieces(unique, assembly):
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
