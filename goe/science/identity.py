"""Whether two sets of genotypes are of one person, and which sex the genotypes of X suggest, for a genome that comes alone.

Nothing here needs allele frequencies, since one delivered file has none: only sites count at which either of the two compared
carries the other allele. One person's agree there but for errors; two people's often do not, however rare the alleles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goe.science.by_person import HET, HOM_ALT, HOM_REF, MISSING

LEAST_SITES = 20  # fewer are chance. These bounds are conventions of ours, far from either side
SAME_ABOVE = 0.9  # one person called twice agrees at more than 0.98, a parent and a child at 0.4 to 0.7
OTHER_BELOW = 0.8
LEAST_X_SITES = 30
XY_BELOW = 0.05  # heterozygous share of the sites on X, outside PAR, that carry the other allele
XX_ABOVE = 0.3


@dataclass(frozen=True)
class Concordance:
    """One genome compared with others; every array is (people,).

    sites  called in both, and not homozygous reference in both
    same   of these, where both have the same genotype
    """

    sites: NDArray[np.int64]
    same: NDArray[np.int64]

    @property
    def share(self) -> NDArray[np.float64]:
        """Same genotypes among the sites; nan where there are fewer than LEAST_SITES."""
        enough = self.sites >= LEAST_SITES
        return np.where(enough, self.same / np.maximum(self.sites, 1), np.nan)


def concordance(state: NDArray[np.uint8], others: NDArray[np.uint8]) -> Concordance:
    """Compare one genome, (sites,), with others, (sites, people); states are those of `by_person`, 3 is missing.

    >>> import numpy as np
    >>> found = concordance(np.array([0, 1, 2, 1], np.uint8), np.array([[0, 0], [1, 0], [2, 2], [3, 1]], np.uint8))
    >>> found.sites.tolist(), found.same.tolist()
    ([2, 3], [2, 2])
    """
    one = state[:, None]
    told = (one != MISSING) & (others != MISSING) & ((one != HOM_REF) | (others != HOM_REF))
    return Concordance(told.sum(axis=0, dtype=np.int64), (told & (one == others)).sum(axis=0, dtype=np.int64))


def suggested_by_x(state: NDArray[np.uint8]) -> str:
    """`XX`, `XY` or `unknown`, from the states of a genome on X outside PAR; a haploid call counts as homozygous.

    >>> import numpy as np
    >>> suggested_by_x(np.repeat(np.array([1, 2], np.uint8), 20)), suggested_by_x(np.full(40, 2, np.uint8))
    ('XX', 'XY')
    """
    het, hom = int((state == HET).sum()), int((state == HOM_ALT).sum())
    if het + hom < LEAST_X_SITES:
        return "unknown"
    share = het / (het + hom)
    return "XY" if share < XY_BELOW else "XX" if share > XX_ABOVE else "unknown"
