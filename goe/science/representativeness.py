"""Whether a cohort looks like its country.

The headline numbers are participation ratios and coverage, which say who is missing and by how much. The R-indicator tends to
one at small sampling fractions whatever is missing, so it is meant for those who were invited and nobody else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
AS_CENSUS = (0.8, 1.25)
"""Participation ratios that count as close enough."""


def participation_ratio(people: ArrayLike, population: ArrayLike) -> Floats:
    """(strata,) share of the cohort over share of the population; nan where nobody lives."""
    n, w = np.asarray(people, dtype=np.float64), np.asarray(population, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (n / n.sum()) / (w / w.sum())
    return found


def participation_interval(people: ArrayLike, population: ArrayLike, *, z: float = 1.959963984540054) -> tuple[Floats, Floats]:
    """The 95 % interval of each participation ratio, from Wilson's interval of the cohort's share."""
    n, w = np.asarray(people, dtype=np.float64), np.asarray(population, dtype=np.float64)
    total = n.sum()
    middle = (n + z * z / 2) / (total + z * z)
    half = z * np.sqrt(n * (total - n) / total + z * z / 4) / (total + z * z)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (middle - half) / (w / w.sum()), (middle + half) / (w / w.sum())


def coverage(people: ArrayLike, population: ArrayLike, *, least: int = 1) -> float:
    """Share of the population that lives in strata with at least so many participants.

    >>> coverage([5, 0], [900, 100])
    0.9
    """
    n, w = np.asarray(people), np.asarray(population, dtype=np.float64)
    return float(w[n >= least].sum() / w.sum())


def response_variation(people: ArrayLike, population: ArrayLike) -> float:
    """Coefficient of variation of the strata's participation: SD(rho) / mean(rho), each stratum weighted by its population.

    0 where everybody takes part alike; it does not depend on the size of the cohort.

    >>> round(response_variation([400, 150, 60, 10], [4000, 3000, 2000, 1000]), 5)
    0.53397
    """
    mean, sd = _participation(people, population)
    return sd / mean


def r_indicator(responded: ArrayLike, invited: ArrayLike) -> float:
    """R = 1 - 2 SD(rho) of the chance to respond (Schouten, Cobben and Bethlehem, Survey Methodology 2009; 35:101).

    >>> round(r_indicator([400, 150, 60, 10], [4000, 3000, 2000, 1000]), 5)
    0.93379
    """
    return 1 - 2 * _participation(responded, invited)[1]


def _participation(people: ArrayLike, population: ArrayLike) -> tuple[float, float]:
    n, w = np.asarray(people, dtype=np.float64), np.asarray(population, dtype=np.float64)
    n, w = n[w > 0], w[w > 0]
    rho, share = n / w, w / w.sum()
    mean = float(share @ rho)
    return mean, float(np.sqrt(share @ (rho - mean) ** 2))


def jensen_shannon(people: ArrayLike, population: ArrayLike) -> float:
    """The Jensen-Shannon divergence of two distributions in bits, 0 (the same) to 1 (nothing in common).

    >>> round(jensen_shannon([400, 150, 60, 10], [4000, 3000, 2000, 1000]), 5)
    0.06072
    """
    p, q = (np.asarray(x, dtype=np.float64) / np.sum(x) for x in (people, population))
    m = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        halves = [np.where(x > 0, x * np.log2(x / m), 0.0).sum() / 2 for x in (p, q)]
    return float(sum(halves))


def standardised_differences(people: ArrayLike, population: ArrayLike) -> Floats:
    """(strata,) (p - q) / sqrt((p (1 - p) + q (1 - q)) / 2), shares of the cohort less shares of the population."""
    p, q = (np.asarray(x, dtype=np.float64) / np.sum(x) for x in (people, population))
    spread = np.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    return np.asarray(np.divide(p - q, spread, out=np.zeros_like(p), where=spread > 0))


def genetic_coverage(people: ArrayLike, population: ArrayLike, least: int) -> float:
    """Share of the population in strata with enough participants to see an allele: `least` as `people_to_detect` says."""
    return coverage(people, population, least=least)
