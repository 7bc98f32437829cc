"""How common each allele is, by nation and sex.

What leaves a node: six integers per variant and cell (nation x sex), 48 bytes; no person's genotype.
Everyone adds the alleles of their own genotype, given the copies of the chromosome that they have:

    AC = sum over people of alternate alleles      AN = sum over people of called alleles      AF = AC / AN

A no-call adds nothing, a half-call its called allele; a person outside the callable sites adds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goe.pooling import Alleles, Batch, PeopleCount, Pooled, Total
from goe.science import ploidy
from goe.science.counting import count_outcomes
from goe.science.genotypes import OUTCOMES

Cell = tuple[str, ...]  # values of the columns that people are grouped by
NATION_AND_SEX = ("nation", "sex")

_SEX = {"F": ploidy.Sex.XX, "M": ploidy.Sex.XY, "U": ploidy.Sex.UNKNOWN}


@dataclass(frozen=True)
class AlleleCounts(Total):
    """Counts of (variants, cells): what each nation's men and women carry."""

    allele_number: Alleles
    allele_count: Alleles
    heterozygote_count: PeopleCount
    homozygote_count: PeopleCount
    hemizygote_count: PeopleCount
    missing_count: PeopleCount

    def of(self, cells: Sequence[int]) -> AlleleCounts:
        """The sum over some of the cells, (variants,): women and men of a nation, or all of Europe."""
        chosen = list(cells)
        return AlleleCounts(*(getattr(self, name)[:, chosen].sum(axis=1) for name in self.__dataclass_fields__))

    @property
    def frequency(self) -> NDArray[np.float64]:
        """AC / AN; nan where nobody is called."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.allele_count / self.allele_number


def count_alleles(batch: Batch, *, cells: Sequence[Cell], by: Sequence[str] = NATION_AND_SEX) -> AlleleCounts:
    """The statistic: counts of one batch at the cohort's variants."""
    assert OUTCOMES[:2] == ("allele_number", "allele_count")
    counts = np.zeros((len(OUTCOMES), batch.size, len(cells)), dtype=np.int32)
    cell = batch.people.cell(by, cells)
    sex = np.array([_SEX[letter] for letter in batch.people.columns["sex"]], dtype=np.int64)
    for block in batch.blocks():
        group = np.where(block.mask, cell, -1)
        counts[:, block.row] += count_outcomes(block.packed, group, len(cells), ploidy.copies(block.region, sex))
    return AlleleCounts(*counts)


def allele_frequency(pooled: Pooled, *, cells: Sequence[Cell], by: Sequence[str] = NATION_AND_SEX) -> AlleleCounts:
    """Allele counts of everyone who takes part, in the given cells of some columns of people, nation and sex unless said.

    The cells are agreed beforehand so that each nation fills its own columns and the sum puts them side by side.
    """
    return pooled(count_alleles, cells=cells, by=by)
