"""Linkage disequilibrium: which variants tell something that their neighbours do not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from goe.science.ancestry import Dosages, frequencies, standardised

R2_BELOW = 0.2
WINDOW = 100  # variants kept before a variant that it is compared with
FAR_APART = 500_000  # bases beyond which linkage disequilibrium is nearly nothing in a population without recent admixture


def pruned(
    dosage: Dosages, contig: NDArray[np.integer], *, r2_below: float = R2_BELOW, window: int = WINDOW
) -> NDArray[np.bool_]:
    """(variants,) a choice of variants of which no two near each other on a chromosome have r^2 of `r2_below` or more.

    From left to right, each variant is kept unless it is too much like one of the last `window` kept ones. `dosage` is
    (variants, samples) in genome order, `contig` (variants,). A missing genotype is the mean. A variant at which nobody differs
    is not kept.
    """
    z = standardised(dosage, frequencies(dosage))
    size = np.sqrt((z**2).sum(axis=1))
    z = z / np.where(size > 0, size, 1)[:, None]
    kept = np.zeros(len(dosage), dtype=np.bool_)
    near: list[int] = []
    for row in range(len(dosage)):
        if near and contig[near[-1]] != contig[row]:
            near = []
        if size[row] > 0 and not (len(near) and ((z[near] @ z[row]) ** 2 >= r2_below).any()):
            kept[row] = True
            near = [*near, row][-window:]
    return kept


def far_apart(contig: NDArray[np.integer], position: NDArray[np.integer], *, least: int = FAR_APART) -> int:
    """How many variants can be chosen of which no two on a chromosome are nearer than `least` bases, whoever the people are.

    Both arrays are (variants,), the positions of each chromosome in any order.

    >>> far_apart(np.array([1, 1, 1, 2]), np.array([100, 400_100, 500_100, 7]))
    3
    """
    found = 0
    for one in np.unique(contig):
        places = np.sort(position[contig == one])
        row = 0
        while row < len(places):
            found += 1
            row = int(np.searchsorted(places, places[row] + least))
    return found
