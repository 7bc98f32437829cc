"""How many people have each genotype, and whether that follows from the allele frequency (Hardy-Weinberg), in each stratum.

What leaves a node: three integers per variant and cell, 12 bytes; no person's genotype.
Everyone with a whole call adds one person to one of the three: homozygous reference, heterozygous, homozygous alternate.

    p  = exact mid-p of the three counts        F = 1 - Ho / He, with He = 2 p q 2n / (2n - 1)

Half a call and a missing one add nothing. On X only women are counted, on Y and mitochondria nobody. Where ancestries mix there
are too few heterozygotes, so cells are genetic strata; only too many are a fault of the site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goe.pooling import Batch, PeopleCount, Pooled, Total
from goe.science import hardy_weinberg
from goe.science.by_person import only
from goe.science.ploidy import Region
from goe.science.quality import site_states

Cell = tuple[str, ...]
GENETIC_STRATA = ("genetic_group",)
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GenotypeCounts(Total):
    """People with each diploid genotype, (variants, cells)."""

    hom_ref_count: PeopleCount
    heterozygote_count: PeopleCount
    hom_alt_count: PeopleCount

    @property
    def _three(self) -> tuple[PeopleCount, PeopleCount, PeopleCount]:
        return self.heterozygote_count, self.hom_ref_count, self.hom_alt_count

    @property
    def midp(self) -> Floats:
        """Exact mid-p of Hardy-Weinberg proportions; nan where nobody is counted."""
        return hardy_weinberg.exact_p(*self._three)

    @property
    def excess_p(self) -> Floats:
        """Mid-p of as many heterozygotes or more; small where a site is badly called. nan where nobody is counted."""
        return hardy_weinberg.excess_heterozygosity_p(*self._three)

    @property
    def inbreeding(self) -> Floats:
        """F = 1 - Ho / He; nan where nobody differs."""
        return hardy_weinberg.inbreeding(*self._three)


def count_genotypes(batch: Batch, *, cells: Sequence[Cell], by: Sequence[str] = GENETIC_STRATA) -> GenotypeCounts:
    """The statistic: genotypes of one batch at the cohort's variants."""
    found = np.zeros((3, batch.size, len(cells)), dtype=np.int32)
    cell, women = batch.people.cell(by, cells), batch.people.columns["sex"] == "F"
    for block in batch.blocks():
        if block.region not in (Region.AUTOSOME, Region.X):
            continue
        counted = block.mask & women if block.region is Region.X else block.mask
        for number in np.unique(cell[counted & (cell >= 0)]):
            members = counted & (cell == number)
            sites = site_states(only(block.packed, members))
            whole = np.count_nonzero(members) - sites.missing - sites.het - sites.hom_alt
            found[:, block.row, number] += np.stack([whole, sites.het, sites.hom_alt]).astype(np.int32)
    return GenotypeCounts(*found)


def genotype_counts(pooled: Pooled, *, cells: Sequence[Cell], by: Sequence[str] = GENETIC_STRATA) -> GenotypeCounts:
    """Genotype counts of everyone who takes part, with their Hardy-Weinberg tests, in the given cells of some columns."""
    return pooled(count_genotypes, cells=cells, by=by)
