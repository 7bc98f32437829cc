"""Regions that a person asks for, typed or as a BED file, and what lies in them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from goe.errors import BadInput
from goe.rules.variants import CONTIGS, contig_length, contig_name
from goe.rules.words import Assembly
from goe.science.intervals import common, merged
from goe.store.formats.bed import Regions, read_bed

_REGION = re.compile(r"([^\s:]+)(?::([\d,]{1,15})(?:-([\d,]{1,15}))?)?", re.ASCII)
_EXAMPLE = "for example 2:136500000-136700000"


def read_regions(asked: str, assembly: Assembly, where: str = "--regions") -> Regions:
    """A BED file, or regions as a person types them, separated by spaces or semicolons. Raises BadInput."""
    if Path(asked).is_file():
        found = read_bed(Path(asked), assembly)
    else:
        typed: dict[int, list[tuple[int, int]]] = {}
        for text in re.split(r"[;\s]+", asked.strip()):
            contig, first, last = parse_region(text, assembly, where)
            typed.setdefault(contig, []).append((first, last))
        found = {contig: merged(*np.array(pairs, dtype=np.int64).T) for contig, pairs in sorted(typed.items())}
    if not found:
        raise BadInput("the file names no region of a primary chromosome", expected="at least one", where=asked)
    return found


def parse_region(text: str, assembly: Assembly, where: str) -> tuple[int, int, int]:
    """A chromosome, a position, or first and last position, as contig, first and last. Raises BadInput.

    >>> parse_region("chr2:136,500,000-136700000", Assembly.GRCh38, "--regions")
    (1, 136500000, 136700000)
    """
    match = _REGION.fullmatch(text)
    contig = contig_name(match[1]) if match else None
    if match is None or contig is None:
        raise BadInput(f"{text!r} is neither a region nor a file", expected=_EXAMPLE, where=where)
    length = contig_length(assembly, contig)
    first = int((match[2] or "1").replace(",", "") or 0)
    last = int((match[3] or match[2] or str(length)).replace(",", "") or 0)
    if not 1 <= first <= last <= length:
        raise BadInput(
            f"{text!r} does not lie on chromosome {contig}",
            expected=f"positions from 1 to {length}, its length in {assembly}",
            where=where,
        )
    return CONTIGS.index(contig), first, last


def overlaps(regions: Regions | None, contig: int, first: int, last: int) -> bool:
    """Whether a stretch touches one of the regions; without regions everything does."""
    if regions is None:
        return True
    if contig not in regions:
        return False
    begins, ends = regions[contig]
    before = int(np.searchsorted(begins, last, side="right")) - 1
    return before >= 0 and int(ends[before]) >= first


def widened(regions: Regions | None, by: int) -> Regions | None:
    """The regions with as many more positions at their right: from there a variant may move in when it is left-aligned."""
    return None if regions is None else {contig: merged(first, last + by) for contig, (first, last) in regions.items()}


def intersection(one: Regions, other: Regions) -> Regions:
    """Positions in both."""
    both = {contig: common(*one[contig], *other[contig]) for contig in sorted(one.keys() & other.keys())}
    return {contig: (first, last) for contig, (first, last) in both.items() if len(first)}
