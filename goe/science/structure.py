"""Regions that differ genetically, and regions that do not: F_ST with its error, merging, and principal axes.

Administrative regions are strata of convenience. Two of them are one stratum where genetics cannot tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MERGE_BELOW, SPLIT_FROM, CLEAR_FROM = 5e-4, 1e-3, 3.0
"""F_ST below which neighbours are merged if z is below the third, and from which they are kept apart whatever z."""


@dataclass(frozen=True)
class Fst:
    """F_ST of a pair of groups, its standard error from the block jackknife, and z = F_ST / error."""

    value: float
    error: float

    @property
    def z(self) -> float:
        """How many standard errors from none; 0 where the error is not known."""
        return self.value / self.error if self.error > 0 else 0.0


def hudson_fst_jackknife(count: ArrayLike, number: ArrayLike, block: ArrayLike) -> Fst:
    """Hudson's F_ST of two groups over sites, the ratio of summed numerators and denominators, with a weighted block jackknife.

    `count` and `number` are (sites, 2) alternate and called alleles, `block` (sites,) whole numbers: sites that are linked
    share a block. Bhatia et al., Genome Res 2013; 23:1514, equation 10; Busing et al., Stat Comput 1999; 9:3 for blocks of
    unequal size.
    """
    x, n = np.asarray(count, dtype=np.float64), np.asarray(number, dtype=np.float64)
    use = (n > 1).all(axis=1)
    x, n, of = x[use], n[use], np.asarray(block)[use]
    p = x / n
    within = p * (1 - p) / (n - 1)
    above = (p[:, 0] - p[:, 1]) ** 2 - within.sum(axis=1)
    below = p[:, 0] * (1 - p[:, 1]) + p[:, 1] * (1 - p[:, 0])
    _, of = np.unique(of, return_inverse=True)
    a, b, m = (np.bincount(of, weights=v) for v in (above, below, (below > 0).astype(np.float64)))
    if not b.sum():
        return Fst(float("nan"), float("nan"))
    whole = float(a.sum() / b.sum())
    a, b, m = a[m > 0], b[m > 0], m[m > 0]
    g = len(m)
    if g < 2:
        return Fst(whole, float("nan"))
    without = (a.sum() - a) / (b.sum() - b)
    h = m.sum() / m
    mean = g * whole - ((1 - m / m.sum()) * without).sum()
    pseudo = h * whole - (h - 1) * without
    return Fst(whole, float(np.sqrt(((pseudo - mean) ** 2 / (h - 1)).sum() / g)))


def mergeable(pair: Fst) -> bool:
    """Whether two neighbours are one stratum: F_ST below 5e-4 and less than three standard errors from none."""
    return bool(pair.value < MERGE_BELOW and pair.z < CLEAR_FROM)


def merged(groups: Sequence[str], fst: dict[tuple[str, str], Fst], neighbours: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The groups that remain when neighbours that cannot be told apart are merged, the most alike first.

    Two merged sets join only if every pair between them may: a chain of small steps does not make its ends alike.

    >>> alike, apart = Fst(1e-5, 1e-4), Fst(2e-3, 1e-4)
    >>> merged(["A", "B", "C"], {("A", "B"): alike, ("B", "C"): alike, ("A", "C"): apart}, [("A", "B"), ("B", "C")])
    [['A', 'B'], ['C']]
    """
    sets = [[g] for g in groups]
    next_to = {frozenset(pair) for pair in neighbours}

    def between(a: list[str], b: list[str]) -> list[Fst]:
        return [fst[min(x, y), max(x, y)] for x in a for y in b]

    while True:
        pairs = [
            (max(f.value for f in between(a, b)), i, j)
            for i, a in enumerate(sets)
            for j, b in enumerate(sets)
            if i < j and any(frozenset((x, y)) in next_to for x in a for y in b) and all(map(mergeable, between(a, b)))
        ]
        if not pairs:
            return [sorted(s) for s in sets]
        _, i, j = min(pairs)
        sets[i] += sets.pop(j)


def principal_axes(dosage: ArrayLike, axes: int = 2) -> tuple[Floats, Floats]:
    """(people, axes) coordinates and (axes,) shares of variance of dosages, (sites, people), nan where missing.

    Patterson et al., PLoS Genet 2006; 2:e190: centred by twice the frequency, scaled by sqrt(2 p (1 - p)); missing calls are
    put at the mean. The sign of an axis is fixed so that its largest coordinate is positive.
    """
    g = np.asarray(dosage, dtype=np.float64)
    p = np.nanmean(g, axis=1) / 2
    g, p = g[(p > 0) & (p < 1)], p[(p > 0) & (p < 1)]
    z = np.nan_to_num((g - 2 * p[:, None]) / np.sqrt(2 * p * (1 - p))[:, None])
    values, vectors = np.linalg.eigh(z.T @ z / len(z))
    values, vectors = values[::-1], vectors[:, ::-1]
    first = vectors[:, :axes]
    sign = np.sign(first[np.abs(first).argmax(axis=0), np.arange(first.shape[1])])
    return np.asarray(first * sign * np.sqrt(np.maximum(values[:axes], 0))), np.asarray(values[:axes] / values.sum())
