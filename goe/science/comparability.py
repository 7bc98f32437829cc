"""Do two batches of the same ancestry agree? So that a sequencing centre or a caller does not appear as a nation.

Frequencies of people of one ancestry differ between batches by chance, and a little by finer structure. Structure moves all
sites somewhat; a caller moves some sites a lot. Genomic control measures the first and so lets the second stand out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LEAST_EXPECTED = (
    5.0  # alleles of either kind expected in each batch for the chi-square to hold (Cochran, Biometrics 1954; 10:417)
)
SIGNIFICANT = 0.05  # probability that any site is flagged where batches agree, shared among the sites tested (Bonferroni)


@dataclass(frozen=True)
class Comparison:
    """Batches compared site by site.

    statistic  (variants,) chi-square before genomic control; nan where not tested
    p          (variants,) p-value after genomic control; nan where not tested
    inflation  genomic-control lambda: 1 where only chance moves the sites
    flagged    (variants,) bool: differs more than chance and structure explain
    """

    statistic: Floats
    p: Floats
    inflation: float
    flagged: NDArray[np.bool_]

    @property
    def tested(self) -> int:
        """Number of sites at which there were enough alleles to test."""
        return int(np.isfinite(self.statistic).sum())


def compare_batches(count: ArrayLike, number: ArrayLike, *, significant: float = SIGNIFICANT) -> Comparison:
    """Test at each site whether batches have the same allele frequency.

    `count` and `number` are (variants, batches): alternate alleles and alleles called, of people of one ancestry. Pearson's
    chi-square with batches - 1 degrees of freedom, at sites where every batch expects five alleles of either kind; divided by
    the genomic-control inflation, the median statistic over its expected median, where that is above 1 (Devlin and Roeder,
    Biometrics 1999; 55:997). Flagged where p < significant / sites tested. A count is of alleles, so it takes Hardy-Weinberg
    proportions for granted, and relatives inflate it.
    """
    x, n = np.asarray(count, dtype=np.float64), np.asarray(number, dtype=np.float64)
    degrees = x.shape[1] - 1
    if degrees < 1:
        raise ValueError("comparing needs at least two batches")
    statistic = _chi_square(x, n)
    inflation = genomic_control(statistic, degrees)
    from scipy.special import chdtrc

    p = np.where(np.isfinite(statistic), chdtrc(degrees, np.nan_to_num(statistic) / max(inflation, 1.0)), np.nan)
    flagged = p < significant / max(1, np.isfinite(statistic).sum())
    return Comparison(statistic, p, inflation, flagged)


def _chi_square(x: Floats, n: Floats) -> Floats:
    """(variants,) Pearson's chi-square of the tables (batches, 2); nan where too few alleles are expected."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (x.sum(axis=1) / n.sum(axis=1))[:, None]
        found: Floats = ((x - n * mean) ** 2 / (n * mean * (1 - mean))).sum(axis=1)
        enough = (n * np.minimum(mean, 1 - mean)).min(axis=1) >= LEAST_EXPECTED
    return np.where(enough, found, np.nan)


def genomic_control(statistic: Floats, degrees: int = 1) -> float:
    """lambda: the median of chi-square statistics over the median that chance gives; nan ignored, 1 where there is none.

    Devlin and Roeder, Biometrics 1999; 55:997, whose constant 0.456 is the median at one degree of freedom.
    """
    from scipy.special import chdtri

    tested = statistic[np.isfinite(statistic)]
    return float(np.median(tested) / chdtri(degrees, 0.5)) if len(tested) else 1.0
