"""Writing genotypes for plink2 (.pgen, .pvar, .psam, through Pgenlib) and PLINK 1 (.bed, .bim, .fam).

What they cannot say is lost: a half-call becomes a missing one, and a haploid call a homozygous one (PLINK reads the ploidy off
the chromosome and the sex). PLINK 1 knows no phase and no FILTER either. Format: PGEN specification of plink-ng.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.rules.variants import CONTIGS
from goe.science.genotypes import CODES, Codes, Genotype
from goe.store.formats.write_vcf import Heading

LONGEST_IN_NAME = 40
"""Bases of an allele that are written out in the name of a variant."""

_MISSING = -9
_ALLELES = np.full((CODES, 2), _MISSING, dtype=np.int32)
_ALLELES[[Genotype.HOM_REF, Genotype.HAPLOID_REF]] = 0, 0
_ALLELES[[Genotype.HOM_ALT, Genotype.HAPLOID_ALT]] = 1, 1
_ALLELES[[Genotype.HET, Genotype.HET_REF_ALT]] = 0, 1
_ALLELES[Genotype.HET_ALT_REF] = 1, 0
_PHASED = np.isin(np.arange(CODES), (Genotype.HET_REF_ALT, Genotype.HET_ALT_REF))

_BED_MAGIC = b"\x6c\x1b\x01"
_BED = np.full(CODES, 1, dtype=np.uint8)  # pairs of bits by code, A1 being the alternate allele; 1 is missing
_BED[[Genotype.HOM_REF, Genotype.HAPLOID_REF]] = 3
_BED[[Genotype.HOM_ALT, Genotype.HAPLOID_ALT]] = 0
_BED[[Genotype.HET, Genotype.HET_REF_ALT, Genotype.HET_ALT_REF]] = 2
_SEX = {"M": "1", "F": "2"}


def write_pgen(path: Path, heading: Heading, blocks: Iterable[Codes]) -> list[Path]:
    """Write `.pgen`, `.pvar` and `.psam`; `blocks` are (variants, samples) codes, in order. Returns the paths, .pgen first."""
    import pgenlib

    pvar, psam = path.with_suffix(".pvar"), path.with_suffix(".psam")
    unverified = not heading.reference_verified
    writer = pgenlib.PgenWriter(
        str(path).encode(),
        len(heading.samples),
        variant_ct=heading.variants.num_rows,
        nonref_flags=unverified,
        hardcall_phase_present=True,
    )
    try:
        for codes in blocks:
            alleles = np.ascontiguousarray(_ALLELES[codes].reshape(len(codes), -1))
            writer.append_partially_phased_batch(alleles, _PHASED[codes].astype(np.uint8))
    finally:
        writer.close()
    pvar.write_text("".join(_pvar(heading)), encoding="utf-8")
    people = zip(heading.samples, heading.sexes, strict=True)
    psam.write_text("#IID\tSEX\n" + "".join(f"{name}\t{_SEX.get(sex, 'NA')}\n" for name, sex in people), encoding="utf-8")
    return [path, pvar, psam]


def _pvar(heading: Heading) -> Iterator[str]:
    """The heading of the variants without samples, and a line each."""
    for line in heading.text().splitlines():
        if line.startswith("##") and not line.startswith("##FORMAT"):
            yield line + "\n"
    yield "#CHROM\tPOS\tID\tREF\tALT\tFILTER\n"
    names = heading.contigs
    for contig, position, rsid, reference, alternate, failed in _rows(heading):
        yield f"{names[contig]}\t{position}\t{rsid or '.'}\t{reference}\t{alternate}\t{failed or '.'}\n"


def _rows(heading: Heading) -> Iterator[tuple[Any, ...]]:
    columns = ("contig", "position", "rsid", "reference", "alternate", "filter")
    return zip(*(heading.variants[name].to_pylist() for name in columns), strict=True)


def write_bed(path: Path, heading: Heading, blocks: Iterable[Codes]) -> list[Path]:
    """Write `.bed`, `.bim` and `.fam`, A1 being the alternate allele; `blocks` are (variants, samples) codes, in order."""
    bim, fam = path.with_suffix(".bim"), path.with_suffix(".fam")
    with path.open("wb") as file:
        file.write(_BED_MAGIC)
        for codes in blocks:
            file.write(_bed_rows(codes).tobytes())
    lines = (
        f"{CONTIGS[contig]}\t{rsid or _name(contig, position, reference, alternate)}\t0\t{position}"
        f"\t{alternate if alternate != '.' else '0'}\t{reference}\n"
        for contig, position, rsid, reference, alternate, _ in _rows(heading)
    )
    bim.write_text("".join(lines), encoding="utf-8")
    people = zip(heading.samples, heading.sexes, strict=True)
    fam.write_text("".join(f"0\t{name}\t0\t0\t{_SEX.get(sex, '0')}\t-9\n" for name, sex in people), encoding="utf-8")
    return [path, bim, fam]


def _name(contig: int, position: int, reference: str, alternate: str) -> str:
    """What a variant without an rsID is called in a .bim: where and which, with long alleles shortened."""
    return f"{CONTIGS[contig]}-{position}-{_short(reference)}-{_short(alternate)}"


def _short(allele: str) -> str:
    """An allele, or of a long one beginning, length and a checksum that tells it from others: plink2 refuses long names.

    >>> _short("ACGT"), _short("ACGT" * 5000)
    ('ACGT', 'ACGTACGTAC.20000.0ef13df3')
    """
    if len(allele) <= LONGEST_IN_NAME:
        return allele
    return f"{allele[:10]}.{len(allele)}.{sha256(allele.encode()).hexdigest()[:8]}"


def _bed_rows(codes: Codes) -> NDArray[np.uint8]:
    """(variants, bytes) four genotypes a byte, the first in the lowest bits."""
    pairs = np.pad(_BED[codes], ((0, 0), (0, -codes.shape[1] % 4))).reshape(len(codes), -1, 4)
    shifted = pairs << np.array([0, 2, 4, 6], dtype=np.uint8)
    packed: NDArray[np.uint8] = np.bitwise_or.reduce(shifted, axis=2).astype(np.uint8)
    return packed
