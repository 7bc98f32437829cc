"""Reading BED files of callable regions."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from goe.errors import BadInput
from goe.rules.variants import CONTIGS, contig_length, contig_name
from goe.rules.words import Assembly
from goe.science.intervals import Positions, merged

Regions = dict[int, tuple[Positions, Positions]]  # contig -> first and last positions, 1-based closed, sorted, disjoint


def read_bed(path: Path, assembly: Assembly) -> Regions:
    """The regions of a BED file (plain or gzipped), merged. Regions off the primary chromosomes are passed over.

    BED counts from 0 and its ends are exclusive; what comes back is 1-based and closed. Raises BadInput with the line.
    """
    if not path.is_file() or path.stat().st_size == 0:
        raise BadInput("the file is missing or empty", expected="a BED file", where=str(path))
    found: dict[int, list[tuple[int, int]]] = {}
    opener = gzip.open if path.suffix in (".gz", ".bgz") else open
    try:
        with opener(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip() and not line.startswith(("#", "track", "browser")):
                    _add(found, line.split(), assembly, f"{path} line {number}")
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise BadInput("the file cannot be read", expected="a complete BED file", where=str(path)) from error
    return {contig: merged(*np.array(regions, dtype=np.int64).T) for contig, regions in sorted(found.items())}


def _add(found: dict[int, list[tuple[int, int]]], fields: list[str], assembly: Assembly, where: str) -> None:
    if len(fields) < 3 or not (fields[1].isdecimal() and fields[2].isdecimal()):
        raise BadInput("the line is not a region", expected="chromosome, start and end", where=where)
    contig = contig_name(fields[0])
    if contig is None:
        return
    start, end, length = int(fields[1]), int(fields[2]), contig_length(assembly, contig)
    if not start < end <= length:
        raise BadInput(
            f"the region {start}-{end} does not lie on chromosome {contig}",
            expected=f"0 <= start < end <= {length}, the length in {assembly}",
            where=where,
        )
    found.setdefault(CONTIGS.index(contig), []).append((start + 1, end))
