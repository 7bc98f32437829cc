"""One verb: the sum, over everyone who takes part, of a local statistic.

Most statistics depend on people only through sums over people. An author writes a *totals record* whose fields add, a
*statistic* (batch -> totals) and an *analysis* (pooled -> answer). `here` makes a `pooled` that adds over the batches of one
cohort; `across` adds over nations. The analysis cannot tell which, so the answer is the same: a batch adds up to a nation,
nations add up to Europe.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from typing import Annotated, Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from goe.science.genotypes import Packed
from goe.science.ploidy import Region

# What a field of a totals record counts. The disclosure rules read these names.
Alleles = Annotated[NDArray[np.int32], "alleles"]
PeopleCount = Annotated[NDArray[np.int32], "people"]


@dataclass(frozen=True)
class Total:
    """Totals add field by field; a record inherits that and never writes it.

    They form a group (there is a zero, and subtraction), so masks that cancel, noise, and the removal of a withdrawn person
    are written once for all analyses.
    """

    def __add__(self, other: Self) -> Self:
        """The totals of two disjoint sets of people, together."""
        return self._combined(operator.add, other)

    def __sub__(self, other: Self) -> Self:
        """The totals of these people without those."""
        return self._combined(operator.sub, other)

    def _combined(self, operation: Callable[[Any, Any], Any], other: Self) -> Self:
        return type(self)(*(operation(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)))


@dataclass(frozen=True)
class People:
    """A column table of the samples of a batch, in their order in storage; every column is (samples,).

    `nation` and `sex` (F, M, U) are always there. Groups, covariates and weights are further columns.
    """

    columns: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.columns["nation"])

    def cell(self, by: Sequence[str], cells: Sequence[Sequence[str]]) -> NDArray[np.int64]:
        """(samples,) the index in `cells` of each person's values in the columns `by`; -1 where no cell fits."""
        index = {tuple(values): i for i, values in enumerate(cells)}
        rows = zip(*(self.columns[name] for name in by), strict=True)
        return np.array([index.get(tuple(map(str, row)), -1) for row in rows], dtype=np.int64)


@dataclass(frozen=True)
class Variants:
    """The agreed variants of a cohort, sorted by contig, position, alleles; every array is (variants,).

    `contig` is an index into `goe.rules.variants.CONTIGS`, `position` is 1-based, alleles are strings.
    """

    contig: NDArray[np.int8]
    position: NDArray[np.int64]
    reference: NDArray[np.object_]
    alternate: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.position)


@dataclass(frozen=True)
class Block:
    """Genotypes of consecutive stored variants of one ploidy region.

    row     (block variants,) index of each in the cohort's variants
    packed  the genotypes, (block variants, samples)
    region  which ploidy rule holds here
    mask    (samples,) bool: who is counted at these variants (a person sequenced twice only once)
    """

    row: NDArray[np.int64]
    packed: Packed
    region: Region
    mask: NDArray[np.bool_]


class Batch(Protocol):
    """One immutable import of genomes, seen against the variants of its cohort."""

    @property
    def people(self) -> People:
        """Who is in the batch."""

    @property
    def variants(self) -> Variants:
        """The variants of the whole cohort, the same for all its batches."""

    @property
    def size(self) -> int:
        """How many variants the cohort has, which is cheaper than to list them."""

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(samples,) who may be counted at all."""

    def blocks(self) -> Iterator[Block]:
        """The genotypes, block by block; a variant that no block names is not callable in this batch."""


class Cohort(Protocol):
    """People counted together: batches of one assembly."""

    @property
    def variants(self) -> Variants:
        """The union of the batches' variants, in genome order."""

    @property
    def batches(self) -> Sequence[Batch]:
        """The imports it consists of."""


T = TypeVar("T", bound=Total)


class Pooled(Protocol):
    """The verb that an analysis is given: `pooled(statistic, **parameters)` is the statistic's sum over everyone."""

    def __call__(self, statistic: Callable[..., T], **parameters: Any) -> T:
        """The sum of `statistic(batch, **parameters)` over all people who take part."""


def here(cohort: Cohort) -> Pooled:
    """Pool over the batches of one cohort, in this process."""

    def pooled(statistic: Callable[..., T], **parameters: Any) -> T:
        return reduce(operator.add, (statistic(batch, **parameters) for batch in cohort.batches))

    return pooled


def across(nations: Iterable[Pooled]) -> Pooled:
    """Pool over nations, each a `Pooled` of its own that answers with its sum over people."""
    members = tuple(nations)

    def pooled(statistic: Callable[..., T], **parameters: Any) -> T:
        return reduce(operator.add, (member(statistic, **parameters) for member in members))

    return pooled
