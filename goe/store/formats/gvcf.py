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
from goe.store.formats.aligned import in_order
from goe.store.formats.bed import Regions
from goe.store.formats.genotype_file import Findings, Record, check_place, check_samples
from goe.store.formats.mask import OFF, Mask, evidence
from goe.store.formats.vcf import BLOCK_ALLELES, VcfFile, alleles, genotype_codes, rsids


@dataclass(frozen=True, order=True)
class _Line:
    """One record of one file, for one sample; ordered by place."""

    contig: int
    position: int
    sample: int
    last: int  # last position that it describes
    confident: bool
    called: bool
    reference: str
    alternates: tuple[str, ...]  # without the block allele
    call: tuple[int, int, int]  # first allele, second allele, phased
    rsids: tuple[str, ...]  # one per alternate
    where: str


class GvcfFiles:
    """gVCF files read together; see `goe.store.formats.genotype_file.GenotypeFile`."""

    reference_verified = True
    called_apart = True

    def __init__(
        self,
        paths: Sequence[Path],
        assembly: Assembly | None = None,
        mask: Mask | None = None,
        *,
        regions: Regions | None = None,
    ) -> None:
        self._files = [VcfFile(path, assembly, regions=regions) for path in paths]
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
        """The variants of all files, one alternate allele each, with a code for every sample.

        One that two samples' records spell differently, one of them inside a longer record, is still one variant.
        """
        return in_order(self._apart(), 0, join=True)

    def _apart(self) -> Iterator[Record]:
        """The variants as the records that begin at one position tell them."""
        offsets = np.cumsum([0, *(len(f.samples) for f in self._files)])
        streams = [self._lines(file, int(offset)) for file, offset in zip(self._files, offsets[:-1], strict=True)]
        block = _Blocks(len(self.samples))
        for (contig, position), at in groupby(merge(*streams), key=lambda line: (line.contig, line.position)):
            lines = list(at)
            block.enter(contig, lines)
            variants = [line for line in lines if line.alternates]
            if variants:
                yield from self._merge(contig, position, variants, block)

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
            if last < variant.POS:
                raise BadInput(
                    f"the reference block from {variant.POS} ends at {last}",
                    expected="END at or behind POS",
                    where=f"{where}, field INFO",
                )
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
        depths = ("DP", "MIN_DP") if alternates else ("MIN_DP", "DP")
        called = ((first >= 0) | (second >= 0)) & (np.minimum(first, second) != -1)
        believed = called
        if self._mask != OFF:
            believed = called & ~self._mask.doubts(evidence(variant, depths, where), first, second)
        names = rsids(variant.ID, len(alternates))
        for i, call in enumerate(zip(first.tolist(), second.tolist(), phased.tolist(), strict=True)):
            confident = bool(believed[i])
            if confident:
                self._confident.setdefault((offset + i, contig), []).append((variant.POS, last))
            yield _Line(
                contig, variant.POS, offset + i, last, confident, bool(called[i]), reference, alternates, call, names, where
            )

    def _merge(self, contig: int, position: int, lines: list[_Line], block: _Blocks) -> Iterator[Record]:
        """One record per distinct trimmed variant of the samples' records at one position."""
        wanted: dict[tuple[int, str, str], list[tuple[_Line, int]]] = {}
        for line in lines:
            for number, alternate in enumerate(line.alternates, start=1):
                if alternate == "*":
                    self.findings.star_alleles += 1
                    continue
                wanted.setdefault(minimal(position, line.reference, alternate), []).append((line, number))
        base = np.where(block.reference(position), Genotype.HOM_REF, Genotype.MISSING).astype(np.uint8)
        masked = block.doubted(position)
        for line in lines:  # called here, whatever the allele
            base[line.sample] = _code(line, 0)
            masked[line.sample] = line.called and not line.confident
        for (place, ref, alt), carriers in sorted(wanted.items()):
            codes = base.copy()
            for line, number in carriers:
                codes[line.sample] = _code(line, number)
            name = next((name for line, number in carriers if (name := line.rsids[number - 1])), "")
            self.findings.symbolic_alleles += not alt.isalpha()
            check_place(contig, place, ref, self.assembly, carriers[0][0].where)
            yield Record(
                contig, position, place, ref, alt, name, ".", codes, masked
            )  # samples called apart: nobody judged the site


class _Blocks:
    """Which reference block each sample is in while the files are read side by side."""

    def __init__(self, samples: int) -> None:
        self._contig, self._last, self._doubted = -1, np.zeros(samples, dtype=np.int64), np.zeros(samples, dtype=np.int64)

    def enter(self, contig: int, lines: list[_Line]) -> None:
        """Take note of the blocks that begin here."""
        if contig != self._contig:
            self._contig = contig
            self._last[:] = self._doubted[:] = 0
        for line in lines:
            if not line.alternates:
                self._last[line.sample] = line.last if line.confident else 0
                self._doubted[line.sample] = line.last if line.called and not line.confident else 0

    def doubted(self, position: int) -> NDArray[np.bool_]:
        """(samples,) who is in a block here that the mask does not believe."""
        return self._doubted >= position

    def reference(self, position: int) -> NDArray[np.bool_]:
        """(samples,) who is in a confident block here."""
        return self._last >= position


def _code(line: _Line, number: int) -> int:
    """The genotype of one sample's record with respect to alternate allele `number` (0: none of them)."""
    if not line.confident:
        return Genotype.MISSING if line.call[1] != -2 else Genotype.HAPLOID_MISSING
    first, second, phased = (np.array([value]) for value in line.call)
    return int(genotype_codes(first, second, phased, number or len(line.alternates) + 2)[0])
