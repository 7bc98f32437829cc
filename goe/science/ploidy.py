"""How many copies of a chromosome a person has, by place and genetic karyotype.

Outside the pseudo-autosomal regions (PAR) a man has one X and one Y, a woman two X and no Y; everybody has one kind of
mitochondrial genome. An unknown karyotype takes genotypes as they were written.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Region(IntEnum):
    """Parts of the genome in which ploidy follows one rule."""

    AUTOSOME = 0  # with the pseudo-autosomal regions
    X = 1
    Y = 2
    MT = 3


class Sex(IntEnum):
    """Genetic karyotype as a number, for arrays."""

    UNKNOWN = 0
    XX = 1
    XY = 2


# 1-based closed intervals. Source: Genome Reference Consortium, human genome assembly regions.
PSEUDO_AUTOSOMAL: dict[str, dict[str, tuple[tuple[int, int], ...]]] = {
    "GRCh37": {"X": ((60001, 2699520), (154931044, 155260560)), "Y": ((10001, 2649520), (59034050, 59363566))},
    "GRCh38": {"X": ((10001, 2781479), (155701383, 156030895)), "Y": ((10001, 2781479), (56887903, 57217415))},
}

_COPIES = np.array([[2, 2, 2], [2, 2, 1], [2, 0, 1], [1, 1, 1]], dtype=np.int64)  # (regions, sexes)


def regions(contig: str, position: NDArray[np.int64], assembly: str) -> NDArray[np.int64]:
    """(variants,) the Region of each 1-based position on one chromosome."""
    if contig == "MT":
        return np.full(position.shape, Region.MT, dtype=np.int64)
    if contig not in ("X", "Y"):
        return np.full(position.shape, Region.AUTOSOME, dtype=np.int64)
    shared = np.zeros(position.shape, dtype=np.bool_)
    for first, last in PSEUDO_AUTOSOMAL[assembly][contig]:
        shared |= (position >= first) & (position <= last)
    return np.where(shared, Region.AUTOSOME, Region.X if contig == "X" else Region.Y).astype(np.int64)


def copies(region: Region, sex: NDArray[np.int64]) -> NDArray[np.int64]:
    """(samples,) copies of the chromosome in that region; `sex` holds values of Sex."""
    found: NDArray[np.int64] = _COPIES[region, sex]
    return found
