"""What every genotype file looks like once it is read, whatever its format: its samples, its assembly, and its variants
split to one alternate allele each, trimmed, in genome order, with one genotype code per sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from goe.errors import BadInput
from goe.rules.variants import CONTIGS, contig_length
from goe.rules.words import Assembly
from goe.science.genotypes import Codes
from goe.store.formats.bed import Regions


@dataclass(frozen=True)
class Record:
    """One biallelic variant. `codes` is (samples,) of `goe.science.genotypes.Genotype`; alleles are trimmed."""

    contig: int  # index into CONTIGS
    start: int  # position in the file, before trimming
    position: int
    reference: str
    alternate: str
    rsid: str
    filter: str
    codes: Codes
    masked: NDArray[np.bool_] | None = None  # (samples,) calls that the genotype mask set to missing; None where none was


@dataclass
class Findings:
    """What an import has to say aloud about a file; filled while the records are read."""

    records: int = 0
    star_alleles: int = 0
    symbolic_alleles: int = 0
    duplicates: int = 0
    masked: int = 0
    notes: list[str] = field(default_factory=list)


class GenotypeFile(Protocol):
    """A file that has been opened and whose header has been checked."""

    path: Path
    samples: tuple[str, ...]
    assembly: Assembly
    synthetic: bool
    called_apart: bool  # its samples were called one by one, so that several records together may be one variant
    findings: Findings

    @property
    def reference_verified(self) -> bool:
        """Whether the reference alleles are the reference's; known once the records have been read."""

    def records(self) -> Iterator[Record]:
        """The variants in the order of the file, which is genome order up to the shifts that trimming makes.

        Raises BadInput with file and line at the first record that is not what it should be.
        """

    def callable(self) -> dict[int, Regions]:
        """After the records: where each sample (by index) was read besides the variants; empty where the file does not say."""


def check_samples(samples: tuple[str, ...], where: str) -> None:
    """Raise BadInput unless there are samples and no name comes twice."""
    if not samples:
        raise BadInput("the file has no samples", expected="genotypes of at least one sample", where=where)
    if len(set(samples)) < len(samples):
        first = next(name for i, name in enumerate(samples) if name in samples[:i])
        column = samples.index(first, samples.index(first) + 1) + 1
        raise BadInput(
            "a sample name occurs twice",
            expected="each sample once",
            where=f"{where}, sample column {column}",
            remedy="rename or remove the second one",
        )


def check_place(contig: int, position: int, reference: str, assembly: Assembly, where: str) -> None:
    """Raise BadInput unless the reference allele lies within its chromosome."""
    name, end = CONTIGS[contig], position + len(reference) - 1
    length = contig_length(assembly, name)
    if position < 1 or end > length:
        raise BadInput(
            f"the reference allele covers {position} to {end} of chromosome {name}",
            expected=f"positions 1 to {length}, the length in {assembly}",
            where=where,
            remedy="check the assembly and the record",
        )


class Ordered:
    """Watches that records come in genome order."""

    def __init__(self) -> None:
        self._last = (-1, 0)
        self._seen: set[int] = set()

    def check(self, contig: int, position: int, where: str) -> None:
        """Raise BadInput where a record comes before the one before it, or its chromosome had already ended."""
        contig_before, position_before = self._last
        returned = contig != contig_before and contig in self._seen
        if returned or (contig == contig_before and position < position_before):
            raise BadInput(
                f"the record at {CONTIGS[contig]}:{position} follows one at {CONTIGS[contig_before]}:{position_before}",
                expected="records sorted by chromosome and position",
                where=where,
                remedy="sort the file, for example with `bcftools sort`",
            )
        self._seen.add(contig)
        self._last = (contig, position)
