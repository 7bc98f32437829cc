"""Who is related to whom, from genotypes alone: KING-robust kinship of all pairs of people.

The estimator needs no allele frequencies, so it works within one population whatever its structure; between people of
different ancestry, and in admixed ones, it is too low (use `pc_relate`, given principal components, there). It is meant for
common autosomal variants. Two steps keep it exact and fast: a compiled screen counts just enough of each pair to rule out that
it reaches a threshold, and `compare` computes the few pairs that are left, in plain numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from enum import IntEnum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.science.by_person import ByPerson, ones

Integers = NDArray[np.int64]

# Lower bounds of kinship, the powers of two between the expected values 1/2, 1/4, 1/8, 1/16: Manichaikul et al. 2010, table 1.
DUPLICATE_ABOVE = 2**-1.5  # .354
FIRST_DEGREE_ABOVE = 2**-2.5  # .177
SECOND_DEGREE_ABOVE = 2**-3.5  # .0884
THIRD_DEGREE_ABOVE = 2**-4.5  # .0442
# Parent and child share an allele everywhere, but for errors; the bound of UK Biobank: Bycroft et al., Nature 2018; 562:203.
PARENT_IBS0_BELOW = 0.0012

_TILE = 64  # people on each side of a tile of pairs: with 10,000 variants, two tiles fit a 512 KB cache
_WORDS_TOGETHER = 1 << 20  # words of genotypes per step of `compare`


class Relation(IntEnum):
    """What two people are to each other."""

    UNRELATED = 0
    THIRD_DEGREE = 1
    SECOND_DEGREE = 2
    FULL_SIBLINGS = 3
    PARENT_OFFSPRING = 4
    DUPLICATE = 5  # or monozygotic twins


@dataclass(frozen=True)
class Pairs:
    """Pairs of people compared; every array is (pairs,).

    first, second  index of either person
    sites          variants called in both
    het_het        of these, where both are heterozygous
    ibs0           of these, where they share no allele
    kinship        probability that two alleles drawn one from each are identical by descent, as estimated
    """

    first: Integers
    second: Integers
    sites: Integers
    het_het: Integers
    ibs0: Integers
    kinship: NDArray[np.float64]

    def where(self, chosen: NDArray[np.bool_] | Integers) -> Pairs:
        """Some of the pairs, or all in another order."""
        return Pairs(*(getattr(self, f.name)[chosen] for f in fields(self)))

    def __len__(self) -> int:
        return len(self.first)


def compare(people: ByPerson, first: Integers, second: Integers) -> Pairs:
    """KING-robust kinship of the pairs named, from the variants called in both.

    kinship = 1/2 - sum (x_i - x_j)^2 / (4 min(h_i, h_j)), x the number of alternate alleles and h the number of heterozygotes:
    equation (11) of Manichaikul et al., Bioinformatics 2010; 26:2867; what plink2 --make-king-table writes. nan or -inf where
    somebody has no heterozygote.

    All pairs are `compare(people, *np.triu_indices(people.samples, 1))`.
    """
    step = max(1, _WORDS_TOGETHER // max(1, people.low.shape[1]))
    parts = [_counts(people, first[i : i + step], second[i : i + step]) for i in range(0, len(first), step)]
    sites, both, ibs0, one, other = np.concatenate(parts, axis=1) if parts else np.zeros((5, 0), dtype=np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        kinship = 0.5 - (4 * ibs0 + one + other) / (4 * (both + np.minimum(one, other)))
    return Pairs(first.astype(np.int64), second.astype(np.int64), sites, both, ibs0, kinship)


def _counts(people: ByPerson, first: Integers, second: Integers) -> Integers:
    """(5, pairs): sites called in both; both heterozygous; no allele shared; only the first, only the second heterozygous."""
    low, high, other_low, other_high = people.low[first], people.high[first], people.low[second], people.high[second]
    het, other_het = low & ~high, other_low & ~other_high
    called = ~((low & high) | (other_low & other_high))
    shared_none = (high ^ other_high) & ~(low | other_low)
    kinds = (called, het & other_het, shared_none, het & ~other_low, other_het & ~low)
    return np.stack([ones(kind) for kind in kinds])


def related(people: ByPerson, *, above: float = THIRD_DEGREE_ABOVE, threads: int = 2) -> Pairs:
    """All pairs with a kinship of `above` or more, first < second, in order; the default reaches the third degree.

    Exactly the pairs of the full table, whose other rows are not kept.
    """
    found = _candidates(people, above, threads)
    pairs = compare(people, found[:, 0], found[:, 1])
    return pairs.where(pairs.kinship >= above)


def _candidates(people: ByPerson, above: float, threads: int) -> Integers:
    """(pairs, 2) of the people that the compiled screen cannot rule out, in order; tiles of pairs are shared among threads."""
    screen, het, missing = _compiled(), people.het, people.missing
    starts = range(0, people.samples, _TILE)

    def tile(corner: tuple[int, int]) -> NDArray[np.int32]:
        found = np.empty((_TILE * _TILE, 2), dtype=np.int32)
        return found[: screen(people.low, people.high, het, missing, above, *corner, found)].copy()

    with ThreadPoolExecutor(threads) as pool:
        tiles = list(pool.map(tile, [(i, j) for i in starts for j in starts if i <= j]))
    found = np.concatenate([np.empty((0, 2), dtype=np.int32), *tiles]).astype(np.int64)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


@cache
def _compiled() -> Callable[..., Any]:
    """`_screen` as machine code. Importing numba costs half a second, so only who screens pays it."""
    from numba import njit
    from numba.extending import register_jitable

    register_jitable(_ones)
    compiled: Callable[..., Any] = njit(nogil=True, cache=True)(_screen)
    return compiled


def _ones(x: Any) -> Any:
    """The number of bits set in a uint64; compilers know this spelling and use the processor's instruction for it."""
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (x * np.uint64(0x0101010101010101)) >> np.uint64(56)


def _screen(low: Any, high: Any, het: Any, missing: Any, above: float, row: int, column: int, found: Any) -> int:
    """Write to `found` the pairs of one tile that may reach the threshold; returns how many. `compare` is the definition.

    With m <= M the heterozygotes of two people where both are called, kinship = 1/4 + (het_het - 2 ibs0 - M / 2) / (2 m). Only
    het_het and ibs0 are counted pair by pair. Where calls are missing, m and M are at most the totals of the two people and at
    least those less the other's missing calls, which bounds the kinship from above.
    """
    number = 0
    for i in range(row, min(row + _TILE, len(low))):
        for j in range(max(i + 1, column), min(column + _TILE, len(low))):
            both, none = np.uint64(0), np.uint64(0)
            for w in range(low.shape[1]):
                both += _ones(low[i, w] & low[j, w] & ~(high[i, w] | high[j, w]))
                none += _ones((high[i, w] ^ high[j, w]) & ~(low[i, w] | low[j, w]))
            least_i, least_j = max(het[i] - missing[j], 0), max(het[j] - missing[i], 0)
            smaller = min(het[i], het[j]) if above < 0.25 else min(least_i, least_j)
            excess = float(both) - 2.0 * float(none) - max(least_i, least_j) / 2.0
            if excess >= (above - 0.25) * 2.0 * smaller - 1e-6:
                found[number, 0], found[number, 1] = i, j
                number += 1
    return number


def relation(pairs: Pairs, *, parent_ibs0_below: float = PARENT_IBS0_BELOW) -> NDArray[np.int64]:
    """(pairs,) the Relation of each pair, by kinship, and for the first degree by the share of sites with no allele in common.

    Parent and child share an allele everywhere but for errors; siblings share none at a quarter of the sites where unrelated
    people share none. The share is taken of all sites compared, so these must be common ones for it to tell the two apart.
    """
    cuts = np.array([THIRD_DEGREE_ABOVE, SECOND_DEGREE_ABOVE, FIRST_DEGREE_ABOVE, DUPLICATE_ABOVE])
    kinds = np.array(
        [Relation.UNRELATED, Relation.THIRD_DEGREE, Relation.SECOND_DEGREE, Relation.FULL_SIBLINGS, Relation.DUPLICATE],
        dtype=np.int64,
    )
    kind = kinds[np.searchsorted(cuts, np.nan_to_num(pairs.kinship, nan=-1.0), side="right")]
    parent = (kind == Relation.FULL_SIBLINGS) & (pairs.ibs0 < parent_ibs0_below * pairs.sites)
    return np.where(parent, np.int64(Relation.PARENT_OFFSPRING), kind)
