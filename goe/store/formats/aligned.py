"""A genotype file held against the reference sequence: every reference allele is compared, and indels are shifted to the left.

Shifted variants come earlier than the file has them, so records are held back until nothing can come before them any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import reduce
from heapq import heappop, heappush
from itertools import count, groupby

import numpy as np

from goe.errors import BadInput
from goe.rules.variants import CONTIGS, left_aligned
from goe.science.genotypes import Genotype
from goe.store.formats.bed import Regions
from goe.store.formats.fasta import FastaFile
from goe.store.formats.genotype_file import GenotypeFile, Record

REACH = 10_000
"""Bases that a variant is shifted at most; what could go further stays there."""

SAYS = np.ones(len(Genotype), dtype=np.uint8)
"""How much a code says: nothing, not this allele, this allele."""

SAYS[[Genotype.MISSING, Genotype.HAPLOID_MISSING]] = 0
SAYS[[Genotype.HET, Genotype.HOM_ALT, Genotype.HET_REF_ALT, Genotype.HET_ALT_REF, Genotype.HAPLOID_ALT, Genotype.HALF_ALT]] = 2


class Aligned:
    """The same file, left-aligned; see `goe.store.formats.genotype_file.GenotypeFile`."""

    def __init__(self, file: GenotypeFile, fasta: FastaFile) -> None:
        self._file, self._fasta = file, fasta
        self.path, self.samples, self.assembly, self.findings = file.path, file.samples, file.assembly, file.findings
        self.synthetic, self.called_apart = file.synthetic, file.called_apart

    @property
    def reference_verified(self) -> bool:
        """As the file says: that letters agree does not tell which of two alleles of an indel is the reference."""
        return self._file.reference_verified

    def callable(self) -> dict[int, Regions]:
        """As the file says."""
        return self._file.callable()

    def records(self) -> Iterator[Record]:
        """The variants in genome order. Raises BadInput at the end if reference alleles differ from the sequence."""
        return in_order(self._moved(), REACH, join=self.called_apart)

    def _moved(self) -> Iterator[Record]:
        first, wrong, seen = "", 0, 0
        for record in self._file.records():
            seen += 1
            found = self._fasta.bases(record.contig, record.position, record.position + len(record.reference) - 1)
            if found != record.reference:
                wrong += 1
                first = first or f"{record.reference[:20]} at {CONTIGS[record.contig]}:{record.position}, expected {found[:20]}"
            if not wrong:  # else nothing is stored any more, only counted
                yield self._shifted(record)
        if wrong:
            raise BadInput(
                f"{wrong} of {seen} variants have another reference allele than {self._fasta.path.name}; the first is {first}",
                where=str(self.path),
                remedy="give the reference that the genotypes were called with"
                + ("" if self.reference_verified else ", or set the alleles with `plink2 --ref-from-fa force`"),
            )

    def _shifted(self, record: Record) -> Record:
        if len(record.reference) == len(record.alternate):
            return record
        position, reference, alternate = left_aligned(
            record.position,
            record.reference,
            record.alternate,
            lambda place: self._fasta.bases(record.contig, place, place),
            reach=REACH - (record.position - record.start) if record.position - record.start < REACH else 0,
        )
        return replace(record, position=position, reference=reference, alternate=alternate)


def in_order(records: Iterable[Record], reach: int, *, join: bool = False) -> Iterator[Record]:
    """The records sorted by place and alleles, where none lies more than `reach` before its start in the file.

    With `join` records of the same variant become one; without, they stay as many, in the order in which they came.
    """
    ordered = _sorted(records, reach)
    if not join:
        yield from ordered
        return
    for _, same in groupby(ordered, key=lambda r: (r.contig, r.position, r.reference, r.alternate)):
        yield reduce(_joined, same)


def _sorted(records: Iterable[Record], reach: int) -> Iterator[Record]:
    """A window of records waits in a heap; a record leaves it when those to come start too far behind it."""
    for _, run in groupby(records, key=lambda r: r.contig):
        waiting: list[tuple[int, str, str, int, Record]] = []
        number = count()
        for record in run:
            while waiting and waiting[0][0] < record.start - reach:
                yield heappop(waiting)[-1]
            placed = replace(record, start=record.position)
            heappush(waiting, (record.position, record.reference, record.alternate, next(number), placed))
        while waiting:
            yield heappop(waiting)[-1]


def _joined(one: Record, other: Record) -> Record:
    """One variant that samples called apart were given in two records: each sample's fuller word, of equals the first."""
    codes = np.where(SAYS[other.codes] > SAYS[one.codes], other.codes, one.codes)
    masked = [r.masked if r.masked is not None else np.zeros(len(codes), dtype=np.bool_) for r in (one, other)]
    still = (masked[0] | masked[1]) & (SAYS[codes] == 0)
    return replace(one, codes=codes, rsid=one.rsid or other.rsid, masked=still)
