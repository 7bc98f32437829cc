"""Hardy-Weinberg proportions: an exact test, its one-sided form, and the inbreeding coefficient.

A site whose genotypes do not follow from its allele frequency is either structured (too few heterozygotes, expected wherever
ancestries mix) or badly called (too many). Only the second is a fault of the site, so filters use `excess_heterozygosity_p`.
Everything here takes counts of people at biallelic sites, in one genetic stratum, women only on X.

The probabilities are exact and normalised, so a tail is summed outwards from where it begins, about sqrt(n) terms, and the bulk
of the distribution is never visited. Sites with equal counts are computed once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_TIE = 1e-8  # log probabilities nearer than this are the same number, written by different roundings
_NEGLIGIBLE = 1e-16  # a term this small beside its sum ends the sum: the terms fall faster than a geometric series
_BLOCK = 1 << 15  # sites at a time, so that the work fits the cache


@dataclass(frozen=True)
class _Counts:
    """Heterozygotes, people, and alleles of either kind, each (sites,), with the logarithms of factorials."""

    het: Integers
    people: Integers
    rare: Integers
    common: Integers
    log_factorial: Floats

    def log_probability(self, het: Integers) -> Floats:
        """(sites,) log P(het | people, alleles): equation (2) of Wigginton, Cutler and Abecasis 2005."""
        f = self.log_factorial
        ways = f[self.people] - f[(self.rare - het) // 2] - f[het] - f[(self.common - het) // 2]
        found: Floats = ways + het * np.log(2.0) + f[self.rare] + f[self.common] - f[2 * self.people]
        return found

    def mode(self) -> Integers:
        """(sites,) the most probable number of heterozygotes, the smaller of two that are equal.

        The least h with P(h + 2) <= P(h), that is 4 hom_rare hom_common <= (h + 2)(h + 1).
        """
        parity = self.rare & 1
        least = -((2 - self.rare * self.common) // (2 * self.people + 3))
        found: Integers = np.maximum(least + ((least ^ parity) & 1), parity)
        return found

    def subset(self, rows: NDArray[np.bool_] | slice) -> _Counts:
        return _Counts(self.het[rows], self.people[rows], self.rare[rows], self.common[rows], self.log_factorial)


def exact_p(het: ArrayLike, hom_ref: ArrayLike, hom_alt: ArrayLike, *, midp: bool = True) -> Floats:
    """Exact test of Hardy-Weinberg proportions: how probable a table is that is no more probable than the one seen.

    Counts of people, of any shapes that broadcast; nan where nobody is called. Wigginton, Cutler and Abecasis, Am J Hum Genet
    2005; 76:887. With `midp` the tables exactly as probable as the one seen count half (Graffelman and Moreno, Stat Appl Genet
    Mol Biol 2013; 12:433), which brings the rejection rate nearer to the nominal one.

    >>> round(float(exact_p(40, 43, 6)), 6)
    0.528794
    """
    return _by_distinct_counts(lambda counts: _two_sided(counts, 0.5 if midp else 1.0), het, hom_ref, hom_alt)


def excess_heterozygosity_p(het: ArrayLike, hom_ref: ArrayLike, hom_alt: ArrayLike, *, midp: bool = True) -> Floats:
    """The probability of as many heterozygotes or more: small where a site is called in too many people.

    P_high of Wigginton et al. 2005, of which the mid-p counts the table seen half. nan where nobody is called.

    >>> float(excess_heterozygosity_p(20, 0, 0)) < 1e-5 < 0.5 < float(excess_heterozygosity_p(0, 10, 10))
    True
    """
    return _by_distinct_counts(lambda counts: _upper(counts, 0.5 if midp else 1.0), het, hom_ref, hom_alt)


def inbreeding(het: ArrayLike, hom_ref: ArrayLike, hom_alt: ArrayLike) -> Floats:
    """F = 1 - Ho / He at each site; nan where nobody is called or nobody differs.

    Ho is the share of heterozygotes; He = 2 p q 2n / (2n - 1) is without bias in a sample of n people (Levene, Ann Math Stat
    1949; 20:91; Nei, Genetics 1978; 89:583), so that F is 0 on average under random mating, however few they are.

    >>> round(float(inbreeding(40, 43, 6)), 4)
    -0.0806
    """
    h, r, a = (np.asarray(x, dtype=np.float64) for x in (het, hom_ref, hom_alt))
    n = h + r + a
    with np.errstate(invalid="ignore", divide="ignore"):
        q = (h + 2 * a) / (2 * n)
        found: Floats = 1 - (h / n) / (2 * q * (1 - q) * 2 * n / (2 * n - 1))
    return np.where(np.isfinite(found), found, np.nan)


def _by_distinct_counts(test: Callable[[_Counts], Floats], het: ArrayLike, hom_ref: ArrayLike, hom_alt: ArrayLike) -> Floats:
    """Apply a test once for each distinct (heterozygotes, people, rarer allele), which it is a function of."""
    h, r, a = np.broadcast_arrays(*(np.asarray(x, dtype=np.int64) for x in (het, hom_ref, hom_alt)))
    if h.size == 0:
        return np.empty(h.shape)
    if min(h.min(), r.min(), a.min()) < 0:
        raise ValueError("counts of people cannot be negative")
    people, rare = (h + r + a).ravel(), (h + 2 * np.minimum(r, a)).ravel()
    base = int(people.max()) + 1
    if base >= 1 << 20:
        raise ValueError(f"{base - 1} people in one stratum; the test is written for up to {(1 << 20) - 2}")
    key, back = np.unique((people * base + rare) * base + h.ravel(), return_inverse=True)  # below 2^60
    from scipy.special import gammaln

    n, x, y = key // base**2, key // base % base, key % base
    counts = _Counts(y, n, x, 2 * n - x, gammaln(np.arange(2 * base) + 1.0))
    parts = [test(counts.subset(slice(i, i + _BLOCK))) for i in range(0, len(key), _BLOCK)]
    p = np.where(n > 0, np.minimum(np.concatenate(parts), 1.0), np.nan)
    found: Floats = p[back.reshape(-1)].reshape(h.shape)
    return found


def _two_sided(counts: _Counts, share: float) -> Floats:
    """Everything no more probable than the table seen; `share` of what is exactly as probable."""
    seen = counts.log_probability(counts.het)
    up = counts.het > counts.mode()  # at the mode, downwards: its equal, if any, lies above and must be met as the other tail
    near = _tail(counts, counts.het, up) - (1 - share) * np.exp(seen)
    other, tied = _opposite(counts, seen, up)
    inside = other >= 0
    far = np.where(inside, _tail(counts, np.where(inside, other, counts.het), ~up), 0.0)
    return near + far - np.where(tied, (1 - share) * np.exp(seen), 0.0)


def _upper(counts: _Counts, share: float) -> Floats:
    """P(as many heterozygotes or more), summed on the side that is the smaller."""
    seen = np.exp(counts.log_probability(counts.het))
    up = counts.het >= counts.mode()
    tail = _tail(counts, counts.het, up)
    return np.where(up, tail - (1 - share) * seen, 1 - tail + share * seen)


def _tail(counts: _Counts, start: Integers, up: NDArray[np.bool_]) -> Floats:
    """(sites,) the sum of P over start, start + 2, ... where `up`, over start, start - 2, ... elsewhere.

    P(h + 2) / P(h) = 4 hom_rare hom_common / ((h + 2)(h + 1)): equation (3) of Wigginton et al. 2005.
    """
    total = np.exp(counts.log_probability(start))
    going = np.arange(len(start))
    h, term = start.astype(np.float64), total.copy()
    rare, common, rising = counts.rare.astype(np.float64), counts.common.astype(np.float64), up
    while len(going):
        above = (rare - h) * (common - h) / ((h + 2) * (h + 1))
        below = h * (h - 1) / ((rare - h + 2) * (common - h + 2))
        term = term * np.where(rising, above, below)
        total[going] += term
        h = h + np.where(rising, 2.0, -2.0)
        more = term > _NEGLIGIBLE * total[going]
        going, rising = going[more], rising[more]
        h, term, rare, common = h[more], term[more], rare[more], common[more]
    return total


def _opposite(counts: _Counts, seen: Floats, up: NDArray[np.bool_]) -> tuple[Integers, NDArray[np.bool_]]:
    """(sites,) where the other tail begins: the table beyond the mode nearest to it that is no more probable than the one seen.

    -1 where there is none. The second array says whether it is exactly as probable. Found by bisection, since P falls
    steadily away from the mode.
    """
    mode, parity = counts.mode(), counts.rare & 1
    nearest = np.where(up, np.minimum(mode, counts.het - 2), np.maximum(mode, counts.het + 2))
    last = np.where(up, parity, counts.rare)
    steps = np.where(up, nearest - last, last - nearest) // 2  # tables from the nearest to the last, less one; -1 if none
    sign = np.where(up, -2, 2)
    low, high = np.zeros_like(steps), steps + 1  # the first step that is improbable enough lies in [low, high]
    while np.any(low < high):
        middle = (low + high) // 2
        step = np.minimum(middle, np.maximum(steps, 0))
        here = np.clip(nearest + sign * step, parity, counts.rare)
        enough = counts.log_probability(here) <= seen + _TIE
        low, high = np.where((low < high) & ~enough, middle + 1, low), np.where((low < high) & enough, middle, high)
    found = np.where(low <= steps, nearest + sign * low, -1)
    at = np.where(found >= 0, found, counts.het)
    return found, (found >= 0) & (np.abs(counts.log_probability(at) - seen) <= _TIE)
