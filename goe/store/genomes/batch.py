"""A batch: one immutable import of genomes, in a folder of its own.

    manifest.json       what it is, where it came from, and the SHA-256 of every other file
    samples.json        names of the genomes, in storage order
    variants.parquet    contig, position, alleles, rsID, FILTER; sorted, one alternate allele each
    callable.parquet    where its genomes were read besides, if the file said so
    calls.zarr/         genotypes as Zarr v3 arrays, see `goe.store.genomes.encoding`

Genotypes lie in blocks of consecutive variants of one ploidy region. A batch is written beside its final place and renamed, or
copied to a storage with its manifest last; without a manifest it is not there.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from goe.errors import Conflict, Damaged
from goe.rules.words import Assembly
from goe.science.genotypes import Packed
from goe.science.ploidy import Region
from goe.store.checksums import checksums, sha256
from goe.store.genomes.arrays import ArrayReader
from goe.store.genomes.callable import Callable
from goe.store.genomes.encoding import BLOCK_COLUMNS, DTYPES, WIDE, Extent, decode, decode_one, extents
from goe.store.places import Folder, Place, place

FORMAT = 2
VARIANTS = pa.schema(
    [
        ("contig", pa.int8()),
        ("position", pa.int32()),
        ("reference", pa.string()),
        ("alternate", pa.string()),
        ("rsid", pa.string()),
        ("filter", pa.string()),
    ]
)
"""The columns of `variants.parquet`; contig is an index into `goe.rules.variants.CONTIGS`, position is 1-based."""


@dataclass(frozen=True)
class BatchInfo:
    """What a batch says of itself. `inputs` are (file name, SHA-256); `notes` are what the import said aloud."""

    batch_id: str
    label: str
    assembly: Assembly
    pipeline: str
    reference_verified: bool
    synthetic: bool
    samples: int
    variants: int
    inputs: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    imported: str
    software: str
    left_aligned: bool = False  # against a FASTA; a manifest that does not say is of an import without

    @property
    def release_fault(self) -> str:
        """Why the batch cannot be counted in a release; empty where it can."""
        return "" if self.reference_verified else "reference allele unverified"


@dataclass(frozen=True)
class Block:
    """Consecutive variants, first to last (exclusive), of one ploidy region."""

    first: int
    last: int
    region: Region
    packed: Packed


def seal(folder: Path, info: Mapping[str, Any]) -> str:
    """Write the manifest and return its SHA-256, to be kept elsewhere.

    `info` has the fields of BatchInfo but the two sizes, which are read from the files.
    """
    sizes = {
        "samples": len(json.loads((folder / "samples.json").read_text())),
        "variants": pq.read_metadata(folder / "variants.parquet").num_rows,
    }
    manifest = {**info, **sizes, "format": FORMAT, "files": checksums(Folder(folder), but="manifest.json")}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
    return sha256(folder / "manifest.json")


class StoredBatch:
    """A batch in its place, read lazily. It travels to another process by its address."""

    def __init__(self, where: Place | Path | str) -> None:
        self.place: Place = place(where) if isinstance(where, Path | str) else where

    @cached_property
    def info(self) -> BatchInfo:
        """What it says of itself. Raises Damaged or Conflict."""
        return read_info(self.place)

    def __reduce__(self) -> tuple[Any, ...]:
        return StoredBatch, (self.place.address,)

    @cached_property
    def samples(self) -> tuple[str, ...]:
        """Names of the genomes, in storage order."""
        return tuple(json.loads(self.place.read("samples.json")))

    @property
    def variants(self) -> pa.Table:
        """The variant table."""
        return self.table(0, int(self.group_start[-1]))

    def table(self, first: int, last: int) -> pa.Table:
        """Variants first to last (exclusive) of the variant table; only the row groups that hold them are read."""
        start = self.group_start
        groups = [g for g in range(len(start) - 1) if start[g + 1] > first and start[g] < last]
        found = self._rows(groups)
        return found.slice(first - start[groups[0]] if groups else 0, last - first)

    @cached_property
    def group_start(self) -> NDArray[np.int64]:
        """(row groups + 1,) the variant that each row group of the table begins with; they begin with blocks."""
        meta = self._parquet.metadata
        return np.cumsum([0, *(meta.row_group(g).num_rows for g in range(meta.num_row_groups))])

    @cached_property
    def key(self) -> NDArray[np.int64]:
        """(variants,) chromosome and position of each variant as one ascending number, contig << 32 | position."""
        columns = self._rows(range(len(self.group_start) - 1), ["contig", "position"])
        contig, position = (np.asarray(columns[n].combine_chunks(), dtype=np.int64) for n in ("contig", "position"))
        key: NDArray[np.int64] = (
            contig << 32 | position
        )  # arrays in one piece: those in several import pandas, which takes long
        if (key[1:] < key[:-1]).any():
            where = f"{self.place.address}/variants.parquet"
            raise Damaged("the variants are not in genome order", where=where, remedy="restore the batch from a copy")
        return key

    @cached_property
    def _parquet(self) -> pq.ParquetFile:
        with self._intact():
            source = pa.BufferReader(self.place.read("variants.parquet"))
            found = pq.ParquetFile(source, page_checksum_verification=True)
            if found.schema_arrow.names != VARIANTS.names or found.schema_arrow.types != VARIANTS.types:
                raise OSError("other columns")
            return found

    def _rows(self, groups: Sequence[int], columns: list[str] | None = None) -> pa.Table:
        with self._intact():
            return self._parquet.read_row_groups(list(groups), columns=columns)

    @contextmanager
    def _intact(self) -> Iterator[None]:
        """Say of a variant table that cannot be read that it is damaged."""
        try:
            yield
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            where = f"{self.place.address}/variants.parquet"
            raise Damaged(
                "the variants of the batch are missing or damaged", where=where, remedy="restore it from a copy"
            ) from error

    @cached_property
    def callable(self) -> Callable:
        """Where its genomes were read besides the variants that it lists."""
        return Callable(self.place, len(self.samples))

    @cached_property
    def extents(self) -> list[Extent]:
        """Where the blocks lie, in genome order."""
        return extents({name: self._read(f"block_{name}", 0, None) for name in BLOCK_COLUMNS}, len(self.samples))

    def blocks(self, first: int = 0, last: int | None = None, *, phase: bool = True) -> Iterator[Block]:
        """The genotypes, block by block, in genome order: the blocks that hold variants first to last (exclusive).

        Without `phase` heterozygotes at common variants come out unphased, and less is read.
        """
        for extent in self.extents:
            if extent.last > first and (last is None or extent.first < last):
                packed = decode(self._read, extent, len(self.samples), phase=phase)
                yield Block(extent.first, extent.last, extent.region, packed)

    def find(self, contig: int, position: int, reference: str, alternate: str) -> int | None:
        """The row of a variant in the table; None where it is not listed."""
        key = contig << 32 | position
        rows = range(*np.searchsorted(self.key, (key, key + 1)).tolist())
        return next((row for row in rows if self._alleles_of(row) == (reference, alternate)), None)

    def _alleles_of(self, row: int) -> tuple[str, str]:
        group = int(np.searchsorted(self.group_start, row, side="right")) - 1
        reference, alternate = self._alleles(group)
        place = row - int(self.group_start[group])
        return reference[place].as_py(), alternate[place].as_py()

    @lru_cache(maxsize=16)  # noqa: B019  the row groups looked at last
    def _alleles(self, group: int) -> tuple[pa.Array, pa.Array]:
        found = self._rows([group], ["reference", "alternate"])
        return found["reference"].combine_chunks(), found["alternate"].combine_chunks()

    def one(self, variant: int) -> Block:
        """The genotypes of one variant alone, without the phase where many carry it: to look up its carriers."""
        at = bisect_right(self.extents, variant, key=lambda extent: extent.first) - 1
        extent = self.extents[at]
        packed = decode_one(self._read, extent, len(self.samples), variant - extent.first)
        return Block(variant, variant + 1, extent.region, packed)

    @cached_property
    def _arrays(self) -> dict[str, ArrayReader]:
        names = [name for name in DTYPES if name != "entry_top" or len(self.samples) > WIDE]
        return {name: ArrayReader(self.place.below("calls.zarr"), name) for name in names}

    def _read(self, name: str, first: int, last: int | None) -> NDArray[Any]:
        return self._arrays[name].read(first, last)


def read_info(where: Place) -> BatchInfo:
    """The manifest of a batch. Raises Damaged where it cannot be read, Conflict where a newer goe wrote it."""
    raw = _manifest(where)
    try:
        fields = {name: raw[name] for name in BatchInfo.__dataclass_fields__ if name in raw}
        lists = {"inputs": tuple((str(name), str(hash_)) for name, hash_ in raw["inputs"]), "notes": tuple(raw["notes"])}
        return BatchInfo(**{**fields, **lists, "assembly": Assembly(raw["assembly"])})
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(where) from error


def _manifest(where: Place) -> dict[str, Any]:
    """The manifest as it is written, of a format that we know and with the list of files."""
    try:
        raw: dict[str, Any] = json.loads(where.read("manifest.json"))
        newer = raw["format"] > FORMAT
        whole = isinstance(raw["files"], dict)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable(where) from error
    if newer:
        found, here = f"the batch has format {raw['format']}", f"{where.address}/manifest.json"
        raise Conflict(found, expected=f"up to {FORMAT}", where=here, remedy="use a newer goe")
    if raw["format"] < FORMAT:
        found, here = (
            f"the batch has format {raw['format']}, of a goe before the first release",
            f"{where.address}/manifest.json",
        )
        raise Conflict(found, expected=str(FORMAT), where=here, remedy="import its files again into a new node")
    if not whole:
        raise _unreadable(where)
    return raw


def _unreadable(where: Place) -> Damaged:
    here = f"{where.address}/manifest.json"
    return Damaged("the manifest of the batch cannot be read", where=here, remedy="restore it from a copy")


def faults(where: Place) -> list[str]:
    """Files of a batch that are missing, added or changed since it was written; empty where it is whole. Raises Damaged."""
    expected = _manifest(where)["files"]
    found = checksums(where, but="manifest.json")
    return [
        f"{name}: changed, missing or new" for name in sorted(expected.keys() | found) if expected.get(name) != found.get(name)
    ]
