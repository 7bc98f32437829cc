"""A batch: one immutable import of genomes, in a folder of its own.

    manifest.json       what it is, where it came from, and the SHA-256 of every other file
    samples.json        names of the genomes, in storage order
    variants.parquet    contig, position, alleles, rsID, FILTER; sorted, one alternate allele each
    callable.parquet    where its genomes were read besides, if the file said so
    calls.zarr/         genotypes as Zarr v3 arrays, zstd, the parts of `goe.science.genotypes.Packed` end to end

Genotypes lie in blocks of consecutive variants of one ploidy region. A batch is written beside its final place and renamed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zarr
import zarr.codecs
from numpy.typing import NDArray

from goe.errors import Conflict, Damaged
from goe.rules.variants import CONTIGS
from goe.rules.words import Assembly
from goe.science.genotypes import Packed, pack
from goe.science.ploidy import Region, regions
from goe.store.checksums import checksums, sha256
from goe.store.formats.genotype_file import Record
from goe.store.genomes.callable import Callable

FORMAT = 1
BLOCK_CELLS = 1 << 24  # genotypes of a block while it is packed, one byte each
BLOCK_VARIANTS = 4096
_ARRAYS = ("default", "entry_count", "entry", "dense_row", "dense_phased", "plane")
_BLOCK_COLUMNS = ("variants", "region", "entries", "dense")


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


def write_genotypes(folder: Path, assembly: Assembly, samples: Sequence[str], records: Iterable[Record]) -> int:
    """Write everything but the manifest into an existing empty folder; returns the number of exact duplicates left out.

    Records come in genome order up to the shifts of trimming; they are sorted before writing. `seal` finishes the batch.
    """
    arrays: dict[str, list[NDArray[Any]]] = {name: [] for name in _ARRAYS}
    table: list[pa.Table] = []
    blocks: list[tuple[int, ...]] = []
    duplicates = 0
    for chunk, dropped in _sorted_chunks(records, len(samples), assembly):
        duplicates += dropped
        region, rows = chunk
        packed = pack(np.stack([r.codes for r in rows]))
        blocks.append((len(rows), region, len(packed.entry), len(packed.dense_row)))
        for name in _ARRAYS:
            part = np.diff(packed.entry_offset) if name == "entry_count" else getattr(packed, name)
            arrays[name].append(part.reshape(-1))
        table.append(_variant_table(rows))
    _write_arrays(folder / "calls.zarr", arrays, blocks)
    variants = pa.concat_tables(table) if table else _variant_table([])
    pq.write_table(variants, folder / "variants.parquet", compression="zstd")
    (folder / "samples.json").write_text(json.dumps(list(samples)))
    return duplicates


def seal(folder: Path, info: Mapping[str, Any]) -> str:
    """Write the manifest and return its SHA-256, to be kept elsewhere.

    `info` has the fields of BatchInfo but the two sizes, which are read from the files.
    """
    sizes = {
        "samples": len(json.loads((folder / "samples.json").read_text())),
        "variants": pq.read_metadata(folder / "variants.parquet").num_rows,
    }
    manifest = {**info, **sizes, "format": FORMAT, "files": checksums(folder, but="manifest.json")}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
    return sha256(folder / "manifest.json")


def _sorted_chunks(records: Iterable[Record], samples: int, assembly: str) -> Iterator[tuple[tuple[Region, list[Record]], int]]:
    """Chunks of one region in genome order without exact duplicates, and how many were dropped.

    Trimming may move a variant to the right, so a chunk is cut only where the next record starts behind everything in it.
    """
    limit = max(64, min(BLOCK_VARIANTS, BLOCK_CELLS // max(samples, 1)))
    for _, run in groupby(records, key=lambda r: r.contig):
        pending: list[Record] = []
        furthest = 0
        for record in run:
            if len(pending) >= limit and record.start > furthest:
                yield from _chunks(pending, assembly)
                pending = []
            pending.append(record)
            furthest = max(furthest, record.position)
        yield from _chunks(pending, assembly)


def _chunks(records: list[Record], assembly: str) -> Iterator[tuple[tuple[Region, list[Record]], int]]:
    unique = _unique(records)
    dropped = len(records) - len(unique)
    for region, run in groupby(unique, key=lambda r: _region(r, assembly)):
        yield (region, list(run)), dropped
        dropped = 0


def _region(record: Record, assembly: str) -> Region:
    contig = CONTIGS[record.contig]
    if contig not in ("X", "Y", "MT"):
        return Region.AUTOSOME
    return Region(int(regions(contig, np.array([record.position]), assembly)[0]))


def _unique(records: list[Record]) -> list[Record]:
    """Sorted by position and alleles; of the same variant twice the first stays."""
    kept = {(r.position, r.reference, r.alternate): r for r in reversed(records)}
    return [kept[key] for key in sorted(kept)]


def _variant_table(rows: Sequence[Record]) -> pa.Table:
    return pa.table(
        {
            "contig": pa.array([r.contig for r in rows], pa.int8()),
            "position": pa.array([r.position for r in rows], pa.int32()),
            "reference": pa.array([r.reference for r in rows], pa.string()),
            "alternate": pa.array([r.alternate for r in rows], pa.string()),
            "rsid": pa.array([r.rsid for r in rows], pa.string()),
            "filter": pa.array([r.filter for r in rows], pa.string()),
        }
    )


def _write_arrays(path: Path, arrays: Mapping[str, list[NDArray[Any]]], blocks: list[tuple[int, ...]]) -> None:
    group = zarr.open_group(str(path), mode="w", zarr_format=3)
    types = {
        "default": np.uint8,
        "entry_count": np.int64,
        "entry": np.uint32,
        "dense_row": np.int32,
        "dense_phased": np.bool_,
        "plane": np.uint64,
    }
    parts: dict[str, NDArray[Any]] = {
        name: np.concatenate([np.empty(0, types[name]), *arrays[name]]).astype(types[name]) for name in _ARRAYS
    }
    columns = np.array(blocks, dtype=np.int64).reshape(-1, len(_BLOCK_COLUMNS)).T
    parts |= {f"block_{name}": column for name, column in zip(_BLOCK_COLUMNS, columns, strict=True)}
    codecs = [zarr.codecs.ZstdCodec(level=3, checksum=True)]
    for name, data in parts.items():
        chunk = max(1, (1 << 20) // data.dtype.itemsize)
        array = group.create_array(name, shape=data.shape, chunks=(chunk,), dtype=data.dtype, compressors=codecs)
        array[:] = data


class StoredBatch:
    """A batch on disk, read lazily."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.info = read_info(folder)

    @cached_property
    def samples(self) -> tuple[str, ...]:
        """Names of the genomes, in storage order."""
        return tuple(json.loads((self.folder / "samples.json").read_text()))

    @cached_property
    def variants(self) -> pa.Table:
        """The variant table."""
        return pq.read_table(self.folder / "variants.parquet")

    @cached_property
    def callable(self) -> Callable:
        """Where its genomes were read besides the variants that it lists."""
        return Callable(self.folder, len(self.samples))

    def blocks(self) -> Iterator[Block]:
        """The genotypes, block by block, in genome order."""
        group = zarr.open_group(str(self.folder / "calls.zarr"), mode="r")
        data = {name: np.asarray(group[name]) for name in _ARRAYS}
        columns = zip(*(np.asarray(group[f"block_{name}"]).tolist() for name in _BLOCK_COLUMNS), strict=True)
        samples, words = len(self.samples), (len(self.samples) + 63) // 64
        variant = entry = dense = 0
        for number, (variants, region, entries, dense_rows) in enumerate(columns):
            counts = data["entry_count"][variant : variant + variants]
            packed = Packed(
                default=data["default"][number * samples : (number + 1) * samples],
                entry_offset=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
                entry=data["entry"][entry : entry + entries],
                dense_row=data["dense_row"][dense : dense + dense_rows],
                dense_phased=data["dense_phased"][dense : dense + dense_rows],
                plane=data["plane"][dense * 3 * words : (dense + dense_rows) * 3 * words].reshape(dense_rows, 3, words),
            )
            yield Block(variant, variant + variants, Region(region), packed)
            variant, entry, dense = variant + variants, entry + entries, dense + dense_rows


def read_info(folder: Path) -> BatchInfo:
    """The manifest of a batch. Raises Damaged where it cannot be read, Conflict where a newer goe wrote it."""
    raw = _manifest(folder)
    try:
        fields = {name: raw[name] for name in BatchInfo.__dataclass_fields__ if name in raw}
        lists = {"inputs": tuple((str(name), str(hash_)) for name, hash_ in raw["inputs"]), "notes": tuple(raw["notes"])}
        return BatchInfo(**{**fields, **lists, "assembly": Assembly(raw["assembly"])})
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(folder) from error


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest as it is written, of a format that we know and with the list of files."""
    where = str(folder / "manifest.json")
    try:
        raw: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        newer = raw["format"] > FORMAT
        whole = isinstance(raw["files"], dict)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable(folder) from error
    if newer:
        raise Conflict(
            f"the batch has format {raw['format']}", expected=f"up to {FORMAT}", where=where, remedy="use a newer goe"
        )
    if not whole:
        raise _unreadable(folder)
    return raw


def _unreadable(folder: Path) -> Damaged:
    where = str(folder / "manifest.json")
    return Damaged("the manifest of the batch cannot be read", where=where, remedy="restore it from a copy")


def faults(folder: Path) -> list[str]:
    """Files of a batch that are missing, added or changed since it was written; empty where it is whole. Raises Damaged."""
    expected = _manifest(folder)["files"]
    found = checksums(folder, but="manifest.json")
    return [
        f"{name}: changed, missing or new" for name in sorted(expected.keys() | found) if expected.get(name) != found.get(name)
    ]
