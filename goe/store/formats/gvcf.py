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
from goe.store.formats.aligned import SAYS
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
    confident: bool  # called and believed
    whole: bool  # confident in every copy, so that it also tells of alleles that it does not list
    called: bool  # in at least one copy
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
        """The variants of all files, one alternate allele each, with a code for every sample, in genome order.

        One that two samples' records spell differently, one of them inside a longer record, is still one variant. It is handed
        out once all records that begin up to its place have been seen, so that neither their order nor which files are read
        together changes a count.
        """
        offsets = np.cumsum([0, *(len(f.samples) for f in self._files)])
        streams = [self._lines(file, int(offset)) for file, offset in zip(self._files, offsets[:-1], strict=True)]
        for contig, run in groupby(merge(*streams), key=lambda line: line.contig):
            read, waiting = _Read(len(self.samples)), _Waiting()
            for position, at in groupby(run, key=lambda line: line.position):
                yield from self._before(contig, waiting, position, read)
                for line in at:
                    read.enter(line)
                    self._take(line, waiting)
            yield from self._before(contig, waiting, None, read)

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
        called = (first >= 0) | (second >= 0)
        half = called & (np.minimum(first, second) == -1)
        believed = called
        if self._mask != OFF:
            believed = called & ~self._mask.doubts(evidence(variant, depths, where), first, second)
        names = rsids(variant.ID, len(alternates))
        for i, call in enumerate(zip(first.tolist(), second.tolist(), phased.tolist(), strict=True)):
            confident = bool(believed[i])
            whole = confident and not half[i]
            if whole:
                self._confident.setdefault((offset + i, contig), []).append((variant.POS, last))
            place = (contig, variant.POS, offset + i, last)
            yield _Line(*place, confident, whole, bool(called[i]), reference, alternates, call, names, where)

    def _take(self, line: _Line, waiting: _Waiting) -> None:
        """Let the alleles of a record wait for what else is said at their place."""
        for number, alternate in enumerate(line.alternates, start=1):
            if alternate == "*":
                self.findings.star_alleles += 1
            else:
                waiting.setdefault(minimal(line.position, line.reference, alternate), []).append((line, number))

    def _before(self, contig: int, waiting: _Waiting, position: int | None, read: _Read) -> Iterator[Record]:
        """The waiting variants that lie before a position (None: all), which then wait no more."""
        for variant in sorted(v for v in waiting if position is None or v[0] < position):
            yield self._record(contig, *variant, waiting.pop(variant), read)

    def _record(self, contig: int, place: int, ref: str, alt: str, carriers: list[tuple[_Line, int]], read: _Read) -> Record:
        """One variant: the word of the samples whose records list it, and for the others whether they were read there.

        Of several records of one sample that list it, those that the mask believes decide; of these the fullest word.
        """
        codes = np.where(there := read.whole(place), Genotype.HOM_REF, Genotype.MISSING).astype(np.uint8)
        masked = read.doubted(place) & ~there
        for line, number in sorted(carriers, key=_fullness):
            codes[line.sample] = _code(line, number)
            masked[line.sample] = line.called and not line.confident
        name = next((name for line, number in carriers if (name := line.rsids[number - 1])), "")
        self.findings.symbolic_alleles += not alt.isalpha()
        check_place(contig, place, ref, self.assembly, carriers[0][0].where)
        # samples called apart: nobody judged the site, so it has no FILTER
        return Record(contig, place, place, ref, alt, name, ".", codes, masked)


_Waiting = dict[tuple[int, str, str], list[tuple[_Line, int]]]
"""Trimmed variants of a chromosome, each with the records that list it and as which of their alternates."""


class _Read:
    """Where in a chromosome each sample has been read, in a block or a variant record, while files are read side by side."""

    def __init__(self, samples: int) -> None:
        self._block, self._site, self._doubted = np.zeros((3, samples), dtype=np.int64)  # last positions

    def enter(self, line: _Line) -> None:
        """Take note of a record that begins here."""
        if line.whole:
            (self._site if line.alternates else self._block)[line.sample] = line.last
        if line.called and not line.confident:
            self._doubted[line.sample] = max(self._doubted[line.sample], line.last)

    def whole(self, position: int) -> NDArray[np.bool_]:
        """(samples,) who is in a confident record here; the latest one that was entered must not begin behind it."""
        found: NDArray[np.bool_] = (self._block >= position) | (self._site == position)
        return found

    def doubted(self, position: int) -> NDArray[np.bool_]:
        """(samples,) who is in a record here that the mask does not believe."""
        found: NDArray[np.bool_] = self._doubted >= position
        return found


def _fullness(carrier: tuple[_Line, int]) -> tuple[int, int]:
    """How much a record says of its sample's genotype, to be sorted by, the order of the file being none of it."""
    line, number = carrier
    code = _code(line, number)
    return int(SAYS[code]) + line.called, code


def _code(line: _Line, number: int) -> int:
    """The genotype of one sample's record with respect to its alternate allele `number`."""
    if not line.confident:
        return Genotype.MISSING if line.call[1] != -2 else Genotype.HAPLOID_MISSING
    first, second, phased = (np.array([value]) for value in line.call)
    return int(genotype_codes(first, second, phased, number)[0])
