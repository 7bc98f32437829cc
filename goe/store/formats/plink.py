"""Reading PLINK 1 binary files (.bed, .bim, .fam).

PLINK 1 does not know which allele is the reference: A1 is usually the rarer one. A2 is taken as reference and the batch says
that this is unverified, so that it is used for structure and never for a release. Format: PLINK 1.9, "BED".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from goe.errors import BadInput
from goe.rules.variants import CONTIGS, contig_name, is_rsid
from goe.rules.words import Assembly
from goe.science.genotypes import Genotype
from goe.store.formats.bed import Regions
from goe.store.formats.genotype_file import Findings, Ordered, Record, check_place, check_samples

_MAGIC = b"\x6c\x1b\x01"  # the last byte says that variants come one after the other
_CODE = np.array([Genotype.HOM_ALT, Genotype.MISSING, Genotype.HET, Genotype.HOM_REF], dtype=np.uint8)  # of A1


class BedFile:
    """A PLINK 1 fileset; see `goe.store.formats.genotype_file.GenotypeFile`."""

    reference_verified = False
    called_apart = False
    synthetic = False

    def __init__(self, path: Path, assembly: Assembly | None = None) -> None:
        self.path = path
        if assembly is None:
            raise BadInput(
                "PLINK files do not say which assembly their positions belong to",
                expected="--assembly GRCh37 or --assembly GRCh38",
                where=str(path),
            )
        self.assembly = assembly
        self.findings = Findings()
        fam, self._bim = (_lines(path.with_suffix(s), columns=6) for s in (".fam", ".bim"))
        self.samples = tuple(fields[1] for fields in fam)
        check_samples(self.samples, str(path.with_suffix(".fam")))
        self._width = (len(self.samples) + 3) // 4
        _check_bed(path, self._width * len(self._bim) + len(_MAGIC), len(self._bim), len(self.samples))

    def records(self) -> Iterator[Record]:
        """The variants of the file; A2 is taken as the reference allele."""
        ordered = Ordered()
        rows = np.memmap(self.path, dtype=np.uint8, mode="r", offset=len(_MAGIC)).reshape(len(self._bim), self._width)
        bim = self.path.with_suffix(".bim")
        for number, (name, variant_id, _, position, a1, a2) in enumerate(self._bim):
            where = f"{bim} line {number + 1}"
            contig, place = contig_name(name), int(position) if position.isdecimal() else 0
            if contig is None:
                raise BadInput(f"{name!r} is not a chromosome", expected="1 to 22, X, Y or MT", where=where)
            if not all(re.fullmatch(r"[ACGT]+|[0.]", allele.upper()) for allele in (a1, a2)) or a2 in "0.":
                raise BadInput(f"the alleles are {a1!r} and {a2!r}", expected="the letters A, C, G, T", where=where)
            index = CONTIGS.index(contig)
            ordered.check(index, place, where)
            check_place(index, place, a2, self.assembly, where)
            self.findings.records += 1
            bits = (rows[number][:, None] >> np.array([0, 2, 4, 6], dtype=np.uint8)) & 3
            codes = _CODE[bits.reshape(-1)[: len(self.samples)]]
            alternate = "." if a1 in "0." else a1.upper()
            rsid = variant_id.lower() if is_rsid(variant_id) else ""
            yield Record(index, place, place, a2.upper(), alternate, rsid, "", codes)

    def callable(self) -> dict[int, Regions]:
        """Nothing: PLINK files do not say where else their samples were read."""
        return {}


def _lines(path: Path, *, columns: int) -> list[list[str]]:
    if not path.is_file():
        raise BadInput("the file is missing", expected="the .bed, .bim and .fam files side by side", where=str(path))
    try:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError as error:
        raise BadInput("the file is not text", expected=f"{columns} columns of text", where=str(path)) from error
    for number, row in enumerate(rows, start=1):
        if len(row) != columns:
            raise BadInput(f"the line has {len(row)} columns", expected=str(columns), where=f"{path} line {number}")
    return rows


def _check_bed(path: Path, expected: int, variants: int, samples: int) -> None:
    if not path.is_file() or path.stat().st_size == 0:
        raise BadInput("the file is missing or empty", expected="a PLINK 1 .bed file", where=str(path))
    with path.open("rb") as file:
        magic = file.read(3)
    if magic != _MAGIC:
        raise BadInput("the file does not begin like a variant-major .bed file", expected="bytes 6c 1b 01", where=str(path))
    if path.stat().st_size != expected:
        raise BadInput(
            f"the file has {path.stat().st_size} bytes",
            expected=f"{expected}, for {variants} variants and {samples} samples",
            where=str(path),
            remedy="check that .bed, .bim and .fam belong together",
        )
