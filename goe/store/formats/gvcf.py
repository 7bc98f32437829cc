"""Reading gVCF files, several samples side by side: variant calls, and the reference blocks that say where a sample was read.

A sample without a record at a site of another sample is homozygous reference there if a confident block of its own covers the
site, and a no-call otherwise. The genotype mask treats blocks and calls alike, or is off for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.errors import BadInput
from goe.rules.variants import minimal
from goe.rules.words import Assembly
from goe.science.genotypes import Genotype
from goe.science.intervals import merged
from goe.store.formats.bed import Regions
from goe.store.formats.genotype_file import Findings, Record, check_place, check_samples
from goe.store.formats.vcf import BLOCK_ALLELES, VcfFile, alleles, genotype_codes, rsids


@dataclass(frozen=True)
class Mask:
    """What a call must have to be believed; a field that a record does not have is not held against it.

    Defaults: depth 10, genotype quality 20, and in heterozygotes each allele on at least a fifth of the reads.
    """

    depth: int = 10
    quality: int = 20
    balance: float = 0.2

    def believes(self, depth: int | None, quality: int | None, reads: Sequence[int] | None, het: bool) -> bool:
        """Whether a call of one sample passes; `reads` are the depths of its two alleles."""
        if depth is not None and depth < self.depth:
            return False
        if quality is not None and quality < self.quality:
            return False
        if not het or reads is None or sum(reads) == 0:
            return True
        return min(reads) >= self.balance * sum(reads)


OFF = Mask(depth=0, quality=0, balance=0.0)


@dataclass(frozen=True, order=True)
class _Line:
    """One record of one file, for one sample; ordered by place."""

    contig: int
    position: int
    sample: int
    last: int  # last position that it describes
    confident: bool
    reference: str
    alternates: tuple[str, ...]  # without the block allele
    call: tuple[int, int, int]  # first allele, second allele, phased
    rsids: tuple[str, ...]  # one per alternate
    where: str


class GvcfFiles:
    """gVCF files read together; see `goe.store.formats.genotype_file.GenotypeFile`."""

    reference_verified = True

    def __init__(self, paths: Sequence[Path], assembly: Assembly | None = None, mask: Mask | None = None) -> None:
        self._files = [VcfFile(path, assembly) for path in paths]
        self.path = paths[0]
        self.findings = Findings()
        self._mask = mask or Mask()
        self.samples = tuple(name for file in self._files for name in file.samples)
        check_samples(self.samples, ", ".join(map(str, paths[:3])))
        assemblies = {file.assembly for file in self._files}
        if len(assemblies) > 1:
            raise BadInput("the files are of several assemblies", expected="one", where=", ".join(map(str, paths[:3])))
        self.assembly = assemblies.pop()
        self.synthetic = any(file.synthetic for file in self._files)
        self._confident: dict[tuple[int, int], list[tuple[int, int]]] = {}  # (sample, contig) -> intervals

    def records(self) -> Iterator[Record]:
        """The variants of all files, one alternate allele each, with a code for every sample."""
        offsets = np.cumsum([0, *(len(f.samples) for f in self._files)])
        streams = [self._lines(file, int(offset)) for file, offset in zip(self._files, offsets[:-1], strict=True)]
        block = _Blocks(len(self.samples))
        for (contig, position), at in groupby(merge(*streams), key=lambda line: (line.contig, line.position)):
            lines = list(at)
            block.enter(contig, lines)
            variants = [line for line in lines if line.alternates]
            if variants:
                yield from self._merge(contig, position, variants, block.reference(position))

    def callable(self) -> dict[int, Regions]:
        """After the records have been read: where each sample (by index) was confidently read, listed sites included."""
        found: dict[int, Regions] = {}
        for (sample, contig), pairs in sorted(self._confident.items()):
            first, last = np.array(pairs, dtype=np.int64).T
            found.setdefault(sample, {})[contig] = merged(first, last)
        return found

    def _lines(self, file: VcfFile, offset: int) -> Iterator[_Line]:
        """The records of a file, one per sample, in order. Raises BadInput where blocks overlap or run backwards."""
        end = (-1, 0, 0)  # contig, start and last position of the last block
        for where, contig, variant in file.variants():
            self.findings.records += 1
            reference, seen = alleles(variant, where)
            alternates = tuple(a for a in seen if a not in BLOCK_ALLELES)
            last = (variant.INFO.get("END") or variant.POS) if not alternates else variant.POS
            check_place(contig, variant.POS, "N" * (last - variant.POS + 1), file.assembly, where)
            if not alternates:
                if contig == end[0] and end[2] >= variant.POS:
                    raise BadInput(
                        f"the reference block from {variant.POS} overlaps the one up to {end[2]}",
                        expected="blocks one after the other",
                        where=where,
                    )
                end = (contig, variant.POS, last)
            yield from self._split_samples(variant, file, offset, contig, last, reference, alternates, where)

    def _split_samples(
        self,
        variant: Any,
        file: VcfFile,
        offset: int,
        contig: int,
        last: int,
        reference: str,
        alternates: tuple[str, ...],
        where: str,
    ) -> Iterator[_Line]:
        first, second, phased = file.calls(variant, where)
        depth = _numbers(variant, "DP" if alternates else "MIN_DP")
        depth = _numbers(variant, "DP") if depth is None else depth
        quality, reads = _numbers(variant, "GQ"), _numbers(variant, "AD", columns=True)
        names = rsids(variant.ID, len(alternates))
        for i in range(len(file.samples)):
            call = (int(first[i]), int(second[i]), int(phased[i]))
            of = [a for a in call[:2] if a >= 0]
            two = None if reads is None else [max(int(reads[i][a]), 0) for a in of if a < reads.shape[1]]
            called = bool(of) and min(call[0], call[1]) != -1
            confident = called and self._mask.believes(
                None if depth is None else int(depth[i]), None if quality is None else int(quality[i]), two, len(set(of)) > 1
            )
            if confident:
                self._confident.setdefault((offset + i, contig), []).append((variant.POS, last))
            yield _Line(contig, variant.POS, offset + i, last, confident, reference, alternates, call, names, where)

    def _merge(self, contig: int, position: int, lines: list[_Line], reference: NDArray[np.bool_]) -> Iterator[Record]:
        """One record per distinct trimmed variant of the samples' records at one position."""
        wanted: dict[tuple[int, str, str], list[tuple[_Line, int]]] = {}
        for line in lines:
            for number, alternate in enumerate(line.alternates, start=1):
                if alternate == "*":
                    self.findings.star_alleles += 1
                    continue
                wanted.setdefault(minimal(position, line.reference, alternate), []).append((line, number))
        base = np.where(reference, Genotype.HOM_REF, Genotype.MISSING).astype(np.uint8)
        for line in lines:  # called here, whatever the allele
            base[line.sample] = _code(line, 0)
        for (place, ref, alt), carriers in sorted(wanted.items()):
            codes = base.copy()
            for line, number in carriers:
                codes[line.sample] = _code(line, number)
            name = next((name for line, number in carriers if (name := line.rsids[number - 1])), "")
            self.findings.symbolic_alleles += not alt.isalpha()
            check_place(contig, place, ref, self.assembly, carriers[0][0].where)
            yield Record(contig, position, place, ref, alt, name, ".", codes)  # samples called apart: nobody judged the site


class _Blocks:
    """Which reference block each sample is in while the files are read side by side."""

    def __init__(self, samples: int) -> None:
        self._contig, self._last = -1, np.zeros(samples, dtype=np.int64)

    def enter(self, contig: int, lines: list[_Line]) -> None:
        """Take note of the confident blocks that begin here."""
        if contig != self._contig:
            self._contig = contig
            self._last[:] = 0
        for line in lines:
            if not line.alternates:
                self._last[line.sample] = line.last if line.confident else 0

    def reference(self, position: int) -> NDArray[np.bool_]:
        """(samples,) who is in a confident block here."""
        return self._last >= position


def _code(line: _Line, number: int) -> int:
    """The genotype of one sample's record with respect to alternate allele `number` (0: none of them)."""
    if not line.confident:
        return Genotype.MISSING if line.call[1] != -2 else Genotype.HAPLOID_MISSING
    first, second, phased = (np.array([value]) for value in line.call)
    return int(genotype_codes(first, second, phased, number or len(line.alternates) + 2)[0])


def _numbers(variant: Any, name: str, *, columns: bool = False) -> NDArray[np.int64] | None:
    """A FORMAT field of every sample, or None where the record does not have it."""
    try:
        found = variant.format(name)
    except KeyError:
        return None
    if found is None:
        return None
    array = np.asarray(found)
    return array if columns else array[:, 0]
