"""Sites at which batches do not agree: found by comparing them, kept beside the batches for a release to leave out.

`flagged.<assembly>.parquet` in the folder of the batches has a row for each site, pair of batches and stratum: contig,
position, reference, alternate, first, second, stratum, both frequencies, p. The verdict on each pair is in its metadata.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from goe.errors import Damaged

COLUMNS = pa.schema(
    [
        ("contig", pa.int8()),
        ("position", pa.int32()),
        ("reference", pa.string()),
        ("alternate", pa.string()),
        ("first", pa.string()),
        ("second", pa.string()),
        ("stratum", pa.string()),
        ("frequency_first", pa.float64()),
        ("frequency_second", pa.float64()),
        ("p", pa.float64()),
    ]
)
_VERDICTS = b"goe.verdicts"


def path_of(folder: Path, assembly: str) -> Path:
    """Where the sites of an assembly are kept."""
    return folder / f"flagged.{assembly}.parquet"


def write_flags(folder: Path, assembly: str, flagged: pa.Table, verdicts: Sequence[Mapping[str, Any]]) -> Path:
    """Keep the flagged sites and the verdicts, beside and then renamed."""
    path = path_of(folder, assembly)
    unfinished = folder / f".{path.name}-unfinished-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        text = json.dumps(list(verdicts), sort_keys=True).encode()
        pq.write_table(flagged.cast(COLUMNS).replace_schema_metadata({_VERDICTS: text}), unfinished, compression="zstd")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def read_flags(folder: Path, assembly: str) -> tuple[pa.Table, list[dict[str, Any]]]:
    """The flagged sites and the verdicts; none where batches were never compared. Raises Damaged for another file."""
    path = path_of(folder, assembly)
    if not path.is_file():
        return COLUMNS.empty_table(), []
    try:
        table = pq.read_table(path)
        verdicts: list[dict[str, Any]] = json.loads(table.schema.metadata[_VERDICTS])
        return table.cast(COLUMNS), verdicts
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise Damaged(
            "the list of flagged sites cannot be read", where=str(path), remedy="compare the batches again: goe genomes compare"
        ) from error
