"""The genotype mask: what a call must have to be believed, the same for variant calls and for reference blocks.

Defaults are those of the programme's frequency pipeline: depth 10, genotype quality 20, and in heterozygotes each of the two
called alleles on at least a fifth of their reads. What a record or a sample does not say is not held against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.errors import BadInput


@dataclass(frozen=True)
class Evidence:
    """What a record says about its calls; None where it says nothing, negative or not a number where a sample says nothing."""

    depth: NDArray[Any] | None  # (samples,) reads
    quality: NDArray[Any] | None  # (samples,) phred-scaled
    reads: NDArray[Any] | None  # (samples, alleles) reads of each allele, the reference first


@dataclass(frozen=True)
class Mask:
    """The least depth, genotype quality, and share of the reads for each allele of a heterozygote."""

    depth: int = 10
    quality: int = 20
    balance: float = 0.2

    def doubts(self, evidence: Evidence, first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.bool_]:
        """(samples,) which calls are not believed; `first` and `second` are allele numbers, negative where there is none."""
        doubted = np.zeros(len(first), dtype=np.bool_)
        for value, least in ((evidence.depth, self.depth), (evidence.quality, self.quality)):
            if value is not None:
                doubted |= (value >= 0) & (value < least)
        if evidence.reads is not None and self.balance > 0:
            doubted |= self._unbalanced(evidence.reads, first, second)
        return doubted

    def _unbalanced(self, reads: NDArray[Any], first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.bool_]:
        """(samples,) heterozygotes with one of their two alleles on too few of the reads of both."""
        found = np.zeros(len(first), dtype=np.bool_)
        het = (np.minimum(first, second) >= 0) & (first != second) & (np.maximum(first, second) < reads.shape[1])
        who = np.flatnonzero(het)
        one, other = reads[who, first[who]], reads[who, second[who]]
        least = np.minimum(one, other)
        found[who] = (least >= 0) & (least < self.balance * (one + other))
        return found


OFF = Mask(depth=0, quality=0, balance=0.0)


def evidence(record: Any, depths: tuple[str, ...], where: str) -> Evidence:
    """What htslib's record says; `depths` are the fields to take the depth from, the first that is there. Raises BadInput."""
    depth = next((found for name in depths if (found := _field(record, name, where)) is not None), None)
    quality = _field(record, "GQ", where)
    reads = _field(record, "AD", where)
    return Evidence(None if depth is None else depth[:, 0], None if quality is None else quality[:, 0], reads)


def _field(record: Any, name: str, where: str) -> NDArray[Any] | None:
    """(samples, values) a FORMAT field of numbers, or None where the record does not have it."""
    try:
        found = record.format(name)
    except KeyError:  # not in the header either
        return None
    if found is None:
        return None
    values = np.asarray(found)
    if values.dtype.kind not in "iuf" or values.ndim != 2:
        raise BadInput("the field is not numbers", expected=f"##FORMAT=<ID={name},...,Type=Integer>", where=f"{where}, {name}")
    return values
