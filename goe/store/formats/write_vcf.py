"""Writing genotypes as VCF or BCF with an index, blockwise. Formats: VCF 4.3 specification, BCF2 in its section 6.

Chromosomes are named as is usual in the assembly: `chr1` to `chrM` in GRCh38, `1` to `MT` in GRCh37.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goe.rules.variants import CONTIGS, contig_length
from goe.rules.words import Assembly
from goe.science.genotypes import Codes, Genotype
from goe.store.formats.write_bgzf import BgzfWriter, Records, write_csi, write_tabix

SPELLING = {
    Genotype.HOM_REF: "0/0",
    Genotype.HET: "0/1",
    Genotype.HOM_ALT: "1/1",
    Genotype.MISSING: "./.",
    Genotype.HET_REF_ALT: "0|1",
    Genotype.HET_ALT_REF: "1|0",
    Genotype.HAPLOID_REF: "0",
    Genotype.HAPLOID_ALT: "1",
    Genotype.HAPLOID_MISSING: ".",
    Genotype.HALF_REF: "0/.",
    Genotype.HALF_ALT: "1/.",
}
"""How VCF spells each genotype."""

_CELL = np.array([list(SPELLING[g].encode() + b"\t" * (4 - len(SPELLING[g]))) for g in Genotype], dtype=np.uint8)
_CELL_KEPT = np.array([[i <= len(SPELLING[g]) for i in range(4)] for g in Genotype])  # a haploid cell is shorter

_HAPLOID = (Genotype.HAPLOID_REF, Genotype.HAPLOID_ALT, Genotype.HAPLOID_MISSING)


def _bcf_alleles() -> NDArray[np.uint8]:
    """(codes, 2) the two bytes of a call in BCF: allele + 1 shifted by the phase bit of the second; 0x81 ends a haploid one."""
    pairs = []
    for g in Genotype:
        alleles = [0 if a == "." else int(a) + 1 for a in SPELLING[g].replace("|", "/").split("/")]
        phase = int("|" in SPELLING[g])
        pairs.append([alleles[0] << 1, alleles[1] << 1 | phase if len(alleles) == 2 else 0x81])
    return np.array(pairs, dtype=np.uint8)


_BCF_ALLELES = _bcf_alleles()
_BCF_NO_QUALITY = 0x7F800001
_BCF_TEXT, _BCF_SMALLEST = 7, 1


@dataclass(frozen=True)
class Heading:
    """What stands before the records. `variants` has contig, position, reference, alternate, rsid, filter, in genome order."""

    assembly: Assembly
    samples: tuple[str, ...]
    sexes: str  # a letter per sample: F, M or U, by genetic karyotype
    variants: pa.Table
    synthetic: bool
    reference_verified: bool
    software: str

    @property
    def contigs(self) -> list[str]:
        """The names of the chromosomes, in the order of CONTIGS."""
        return [_contig(name, self.assembly) for name in CONTIGS]

    @cached_property
    def filters(self) -> list[str]:
        """Every filter that a variant fails, sorted."""
        names = {name for text in self.variants["filter"].unique().to_pylist() for name in text.split(";")}
        return sorted(names - {"PASS", ".", ""})

    @cached_property
    def symbols(self) -> list[str]:
        """Every symbolic allele, without its brackets, sorted."""
        found = self.variants["alternate"].unique().to_pylist()
        return sorted(alternate[1:-1] for alternate in found if alternate.startswith("<"))

    @property
    def flags(self) -> list[tuple[str, str]]:
        """What goe says of the data, as header keys and values that its import reads again."""
        said = {"goe_synthetic": self.synthetic, "goe_reference_unverified": not self.reference_verified}
        return [(name, "true") for name, holds in said.items() if holds]

    def text(self) -> str:
        """The lines of the header."""
        lengths = [contig_length(self.assembly, name) for name in CONTIGS]
        lines = [
            "##fileformat=VCFv4.3",
            '##FILTER=<ID=PASS,Description="All filters passed">',
            *(f"##{name}={value}" for name, value in self.flags),
            f"##source={self.software}",
            *(
                f"##contig=<ID={name},length={length},assembly={self.assembly}>"
                for name, length in zip(self.contigs, lengths, strict=True)
            ),
            *(f'##FILTER=<ID={name},Description="As in the file that was imported">' for name in self.filters),
            *(f'##ALT=<ID={name},Description="As in the file that was imported">' for name in self.symbols),
            '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
            "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *self.samples]),
        ]
        return "\n".join(lines) + "\n"


def _contig(name: str, assembly: Assembly) -> str:
    if assembly == Assembly.GRCh37:
        return name
    return "chrM" if name == "MT" else f"chr{name}"


def write_vcf(path: Path, heading: Heading, blocks: Iterable[Codes]) -> list[Path]:
    """Write a `.vcf.gz` and its `.tbi`; `blocks` are (variants, samples) codes, in order. Returns both paths."""
    with BgzfWriter(path) as file:
        file.write(heading.text().encode())
        begin = _write_records(file, heading, blocks, _vcf_lines)
    index = path.with_name(f"{path.name}.tbi")
    write_tabix(index, _records(file, heading.variants, begin), heading.contigs)
    return [path, index]


def write_bcf(path: Path, heading: Heading, blocks: Iterable[Codes]) -> list[Path]:
    """Write a `.bcf` and its `.csi`; `blocks` are (variants, samples) codes, in order. Returns both paths."""
    text = heading.text().encode() + b"\0"
    with BgzfWriter(path) as file:
        file.write(b"BCF\2\2" + struct.pack("<I", len(text)) + text)
        begin = _write_records(file, heading, blocks, _bcf_records)
    index = path.with_name(f"{path.name}.csi")
    write_csi(index, _records(file, heading.variants, begin), len(CONTIGS))
    return [path, index]


def _write_records(file: BgzfWriter, heading: Heading, blocks: Iterable[Codes], spell: Any) -> NDArray[np.int64]:
    """Write the records; returns (variants,) where the text of each begins."""
    begin, first = np.zeros(heading.variants.num_rows, dtype=np.int64), 0
    for codes in blocks:
        records = spell(heading, heading.variants.slice(first, len(codes)), codes)
        for number, record in enumerate(records, start=first):
            begin[number] = file.written
            file.write(record)
        first += len(codes)
    return begin


def _records(file: BgzfWriter, variants: pa.Table, begin: NDArray[np.int64]) -> Records:
    first = np.asarray(variants["position"], dtype=np.int64) - 1
    length = np.array([len(text) for text in variants["reference"].to_pylist()], dtype=np.int64)
    end = np.append(begin[1:], file.written).astype(np.int64)[: len(begin)]
    contig = np.asarray(variants["contig"], dtype=np.int64)
    return Records(contig, first, first + length, file.offsets(begin), file.offsets(end))


def _vcf_lines(heading: Heading, variants: pa.Table, codes: Codes) -> Iterator[bytes]:
    contigs = heading.contigs
    heads = [
        f"{contigs[c]}\t{p}\t{i or '.'}\t{r}\t{a}\t.\t{f or '.'}\t.\tGT\t".encode()
        for c, p, i, r, a, f in _rows(variants, "contig", "position", "rsid", "reference", "alternate", "filter")
    ]
    cells = _CELL[codes]  # (variants, samples, 4)
    cells[:, -1][cells[:, -1] == ord("\t")] = ord("\n")
    longest = np.isin(codes, _HAPLOID).sum(axis=1) == 0
    for number, head in enumerate(heads):
        text = cells[number] if longest[number] else cells[number][_CELL_KEPT[codes[number]]]
        yield head + text.tobytes()


def _rows(variants: pa.Table, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(variants[name].to_pylist() for name in names), strict=True)


def _bcf_records(heading: Heading, variants: pa.Table, codes: Codes) -> Iterator[bytes]:
    words = {name: n for n, name in enumerate(dict.fromkeys(["PASS", *heading.filters, "GT"]))}
    samples = len(heading.samples)
    key = _typed_numbers([words["GT"]]) + bytes([2 << 4 | _BCF_SMALLEST])
    cells = _BCF_ALLELES[codes].reshape(len(codes), -1)
    rows = _rows(variants, "contig", "position", "rsid", "reference", "alternate", "filter")
    for (contig, position, rsid, reference, alternate, failed), calls in zip(rows, cells, strict=True):
        alleles = [reference] if alternate == "." else [reference, alternate]
        filters = [words[name] for name in failed.split(";") if name not in ("", ".")]
        shared = b"".join(
            [
                struct.pack("<iiiI", contig, position - 1, len(reference), _BCF_NO_QUALITY),
                struct.pack("<II", len(alleles) << 16, 1 << 24 | samples),
                *map(_typed_text, [rsid or ".", *alleles]),
                _typed_numbers(filters),
            ]
        )
        own = key + calls.tobytes()
        yield struct.pack("<II", len(shared), len(own)) + shared + own


def _typed_text(text: str) -> bytes:
    raw = text.encode()
    return _typed_size(len(raw), _BCF_TEXT) + raw


def _typed_numbers(numbers: Sequence[int]) -> bytes:
    """A vector of small numbers in the narrowest type that holds them all."""
    kind, letter = (1, "b") if max(numbers, default=0) < 128 else (2, "h")
    return _typed_size(len(numbers), kind if numbers else 0) + struct.pack(f"<{len(numbers)}{letter}", *numbers)


def _typed_size(size: int, kind: int) -> bytes:
    if size < 15:
        return bytes([size << 4 | kind])
    return bytes([15 << 4 | kind, 1 << 4 | 3]) + struct.pack("<i", size)
