"""Pieces: what a reader of genotype files hands to the store, variants of one chromosome and ploidy region in genome order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from goe.rules.variants import CONTIGS
from goe.science.genotypes import Packed, joined, pack, take, unpack
from goe.science.ploidy import Region, regions
from goe.store.formats.genotype_file import Record

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
        return replace(
            self,
            position=self.position[first:last],
            reference=self.reference[first:last],
            alternate=self.alternate[first:last],
            rsid=self.rsid[first:last],
            filter=self.filter[first:last],
            packed=take(self.packed, np.arange(first, last)),
        )


def one_after_another(parts: Sequence[Piece]) -> Piece:
    """Pieces that are alike (one chromosome, region and default) as one."""
    if len(parts) == 1:
        return parts[0]
    return replace(
        parts[0],
        position=np.concatenate([p.position for p in parts]),
        reference=[text for p in parts for text in p.reference],
        alternate=[text for p in parts for text in p.alternate],
        rsid=[text for p in parts for text in p.rsid],
        filter=[text for p in parts for text in p.filter],
        packed=joined([p.packed for p in parts]),
    )


def alike(one: Piece, other: Piece) -> bool:
    """Whether two pieces can be in one block."""
    same = (one.contig, one.region) == (other.contig, other.region)
    return same and np.array_equal(one.packed.default, other.packed.default)


def merge(first: Piece, second: Piece, assembly: str) -> tuple[list[Piece], int]:
    """Two pieces of one chromosome whose variants interlock, in order, and how many of the second's were there already."""
    rows = [
        Record(p.contig, 0, *p.key(i), p.rsid[i], p.filter[i], codes)
        for p in (first, second)
        for i, codes in enumerate(unpack(p.packed))
    ]
    unique = sorted_once(rows)
    return pieces_of(unique, assembly), len(rows) - len(unique)


def sorted_once(records: Sequence[Record]) -> list[Record]:
    """Sorted by position and alleles; of the same variant twice the first stays."""
    kept = {(r.position, r.reference, r.alternate): r for r in reversed(records)}
    return [kept[key] for key in sorted(kept)]


def pieces_of(records: Sequence[Record], assembly: str) -> list[Piece]:
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
