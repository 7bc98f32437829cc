"""Writing a batch again without some of its genomes. Every variant stays listed: it was read in those who remain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from goe.science.genotypes import unpack
from goe.store.formats.bed import Regions
from goe.store.formats.genotype_file import Record
from goe.store.genomes.batch import StoredBatch
from goe.store.genomes.callable import EVERYBODY, FILE, write_callable
from goe.store.genomes.writing import write_genotypes
from goe.store.places import Place

_COMPUTED = ("samples", "variants", "format", "files")  # `seal` finds these anew


def write_without(folder: Path, stored: StoredBatch, gone: frozenset[str]) -> None:
    """Write everything but the manifest of a batch into an empty folder, without the genomes of these names."""
    kept = np.array([i for i, name in enumerate(stored.samples) if name not in gone], dtype=np.int64)
    samples = [stored.samples[i] for i in kept]
    write_genotypes(folder, stored.info.assembly, samples, _records(stored, kept))
    write_callable(folder, _renumbered(read_callable(stored.place), kept))


def renewed_manifest(stored: StoredBatch, batch_id: str, replaces: tuple[str, ...], note: str, time: str) -> dict[str, Any]:
    """What `seal` is told of the new batch: as the old one was, with its name, whom it replaces, and why.

    The inputs stay, so that the file that was imported is not imported again.
    """
    written = stored.place.read("manifest.json")
    old = json.loads(written)
    kept = {name: value for name, value in old.items() if name not in _COMPUTED}
    line = {"replaces": list(replaces), "replaced_manifest": hashlib.sha256(written).hexdigest(), "rewritten": time}
    return {**kept, "batch_id": batch_id, "notes": [*old["notes"], note], **line}


def _records(stored: StoredBatch, kept: NDArray[np.int64]) -> Iterator[Record]:
    for block in stored.blocks():
        codes = unpack(block.packed)[:, kept]
        rows = stored.table(block.first, block.last).to_pylist()
        for r, row in zip(rows, codes, strict=True):
            place, alleles = (r["contig"], r["position"], r["position"]), (r["reference"], r["alternate"])
            yield Record(*place, *alleles, r["rsid"], r["filter"], row)


def read_callable(where: Place) -> dict[int, Regions]:
    """The intervals of each sample, or of everybody, in which a batch says that it was read; empty without."""
    if not where.has(FILE):
        return {}
    table = pq.read_table(pa.BufferReader(where.read(FILE)))
    sample, contig, first, last = (np.asarray(table[name], dtype=np.int64) for name in ("sample", "contig", "first", "last"))
    found: dict[int, Regions] = {}
    for s, c in sorted(set(zip(sample.tolist(), contig.tolist(), strict=True))):
        here = (sample == s) & (contig == c)
        found.setdefault(s, {})[c] = (first[here], last[here])
    return found


def _renumbered(found: Mapping[int, Regions], kept: NDArray[np.int64]) -> dict[int, Regions]:
    """The intervals of those who are kept, by their new numbers."""
    new = {EVERYBODY: EVERYBODY} | {int(old): i for i, old in enumerate(kept)}
    return {new[sample]: regions for sample, regions in found.items() if sample in new}
