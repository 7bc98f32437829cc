"""Reading PLINK 2 binary files (.pgen, .pvar or .pvar.zst, .psam), through Pgenlib (the optional extra `pgen`).

Genotypes are hard calls, kept as they are written: PLINK has no haploid calls, so that men on X are homozygous or heterozygous
here and the store counts them by karyotype. PLINK says of each reference allele whether it is provisional (flags in the .pgen,
`PR` in the .pvar); one that is makes the batch unverified. Format: PLINK 2 file format specification.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.errors import BadInput
from goe.rules.variants import CONTIGS, contig_name, minimal
from goe.rules.words import Assembly
from goe.store.formats.bed import Regions
from goe.store.formats.genotype_file import Findings, Ordered, Record, check_place, check_samples
from goe.store.formats.regions import overlaps
from goe.store.formats.vcf import checked_alleles, find_assembly, genotype_codes, rsids

_MAGIC = b"\x6c\x1b"
_PLINK1 = 0x01  # third byte: a .bed file under another name
_NO_CALL = -9
_NEVER_PROVISIONAL, _IN_PVAR = 1, 0  # upper two bits of byte 12: what is said of reference alleles
_ELSEWHERE = {"XY": "X", "PAR1": "X", "PAR2": "X", "25": "X", "26": "MT"}  # PLINK's own names of chromosomes
_WANTED = ("#CHROM", "POS", "ID", "REF", "ALT")


@dataclass(frozen=True)
class _Header:
    """The first twelve bytes of a .pgen."""

    variants: int
    samples: int
    provisional: int


class PgenFile:
    """A PLINK 2 fileset; see `goe.store.formats.genotype_file.GenotypeFile`."""

    called_apart = False

    def __init__(
        self,
        path: Path,
        assembly: Assembly | None = None,
        *,
        default: Assembly | None = None,
        regions: Regions | None = None,
    ) -> None:
        """`default` is the assembly where neither `assembly` nor chromosome lengths in the .pvar say one."""
        self.path, self._regions = path, regions
        self._pgenlib = _pgenlib()
        header = _header(path)
        self._pvar, psam = pvar_of(path), path.with_suffix(".psam")
        self.samples = _samples(psam)
        check_samples(self.samples, str(psam))
        _agree(header.samples, len(self.samples), "samples", path, psam)
        about, self._alleles = _survey(self._pvar)
        _agree(header.variants, len(self._alleles), "variants", path, self._pvar)
        self.assembly = find_assembly(about, assembly, str(self._pvar), default)
        self.synthetic = "##goe_synthetic=true" in about
        self.reference_verified = header.provisional in (_NEVER_PROVISIONAL, _IN_PVAR)
        self.findings = Findings()

    def records(self) -> Iterator[Record]:
        """The variants of the file, one per alternate allele."""
        ordered, read = Ordered(), _calls(self._pgenlib, self.path, self._alleles, len(self.samples))
        for number, (where, row) in enumerate(_rows(self._pvar)):
            contig, position = _contig(row["#CHROM"], where), int(row["POS"]) if row["POS"].isdecimal() else 0
            reference, alternates = checked_alleles(row["REF"], row["ALT"].split(","), where)
            ordered.check(contig, position, where)
            check_place(contig, position, reference, self.assembly, where)
            self.findings.records += 1
            self.reference_verified &= "PR" not in row.get("INFO", "").split(";")
            if overlaps(self._regions, contig, position, position + len(reference) - 1):
                first, second, phased = read(number, where)
                names = rsids(row["ID"], len(alternates) or 1)
                passed = row.get("FILTER", ".")
                for n, alternate in enumerate(alternates or (".",), start=1):
                    if alternate == "*":
                        self.findings.star_alleles += 1
                        continue
                    self.findings.symbolic_alleles += not alternate.isalpha() and alternate != "."
                    codes = genotype_codes(first, second, phased, n)
                    yield Record(contig, position, *minimal(position, reference, alternate), names[n - 1], passed, codes)

    def callable(self) -> dict[int, Regions]:
        """Nothing: PLINK files do not say where else their samples were read."""
        return {}


def pvar_of(path: Path) -> Path:
    """The file of variants beside a .pgen, compressed or not."""
    compressed = path.with_suffix(".pvar.zst")
    return compressed if compressed.is_file() and not path.with_suffix(".pvar").is_file() else path.with_suffix(".pvar")


def _pgenlib() -> Any:
    try:
        import pgenlib
    except ImportError as error:
        raise BadInput(
            "PGEN files are read with the library Pgenlib, which is not installed",
            expected="the extra `pgen`",
            remedy="run `pip install 'goe[pgen]'`",
        ) from error
    return pgenlib


def _header(path: Path) -> _Header:
    where = str(path)
    if not path.is_file() or path.stat().st_size < 12:
        raise BadInput("the file is missing or too short", expected="a PLINK 2 .pgen file", where=where)
    with path.open("rb") as file:
        start = file.read(12)
    if start[:2] != _MAGIC or start[2] == _PLINK1:
        raise BadInput(
            "the file does not begin like a .pgen file",
            expected="bytes 6c 1b and a storage mode of PLINK 2",
            where=where,
            remedy="give a PLINK 1 file as .bed",
        )
    return _Header(int.from_bytes(start[3:7], "little"), int.from_bytes(start[7:11], "little"), start[11] >> 6)


def _agree(stated: int, found: int, what: str, path: Path, beside: Path) -> None:
    if stated != found:
        raise BadInput(
            f"the file has {found} {what}",
            expected=f"{stated}, as {path.name} says",
            where=str(beside),
            remedy="check that .pgen, .pvar and .psam belong together",
        )


def _samples(path: Path) -> tuple[str, ...]:
    """The second column of a .psam after FID, else the first; without a heading it is like a .fam file."""
    rows = [line.split() for line in _text(path) if line.strip() and not line.startswith("##")]
    heading = rows.pop(0) if rows and rows[0][0] in ("#FID", "#IID") else ["#FID", "IID"]
    column = heading.index("IID") if "IID" in heading else 0
    short = next((number for number, row in enumerate(rows, start=1) if len(row) <= column), 0)
    if short or (rows and rows[0][0].startswith("#")):
        raise BadInput("the line names no sample", expected="#IID or #FID and IID", where=f"{path}, sample {max(short, 1)}")
    return tuple(row[column] for row in rows)


def _survey(path: Path) -> tuple[str, NDArray[np.uintp]]:
    """What the heading of a .pvar says, and how many alleles each variant has."""
    about = "".join(line for line in _heading(path))
    alleles = [row["ALT"].count(",") + 2 for _, row in _rows(path)]
    if not alleles:
        raise BadInput("the file has no variants", expected="at least one", where=str(path))
    return about, np.array(alleles, dtype=np.uintp)


def _heading(path: Path) -> Iterator[str]:
    for line in _text(path):
        if not line.startswith("##"):
            return
        yield line


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Each variant's columns by name, and where it stands."""
    columns: list[str] = []
    for number, line in enumerate(_text(path), start=1):
        where = f"{path} line {number}"
        cells = line.rstrip("\r\n").split("\t")
        if line.startswith("#CHROM"):
            columns = cells
        elif not line.startswith("#"):
            if not set(_WANTED) <= set(columns):
                raise BadInput("the heading is missing or incomplete", expected=" ".join(_WANTED), where=where)
            if len(cells) != len(columns):
                raise BadInput(f"the line has {len(cells)} columns", expected=str(len(columns)), where=where)
            yield where, dict(zip(columns, cells, strict=True))


def _text(path: Path) -> Iterator[str]:
    """The lines of a text file, plain or compressed with zstd."""
    import pyarrow as pa

    if not path.is_file():
        raise BadInput("the file is missing", expected="the .pgen, .pvar and .psam files side by side", where=str(path))
    try:
        with path.open("rb") as raw:
            stream = pa.CompressedInputStream(raw, "zstd") if path.suffix == ".zst" else raw
            yield from io.TextIOWrapper(io.BufferedReader(stream, 1 << 20) if stream is not raw else stream, encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise BadInput("the file is not text, or damaged", expected="lines of text", where=str(path)) from error


def _contig(name: str, where: str) -> int:
    plain = contig_name(_ELSEWHERE.get(name.removeprefix("chr"), name))
    if plain is None:
        raise BadInput(
            f"{name!r} is not a chromosome",
            expected="1 to 22, X, Y or MT, with or without chr",
            where=where,
            remedy="leave such variants out, for example with `plink2 --chr 1-22,X,Y,MT`",
        )
    return CONTIGS.index(plain)


def _calls(pgenlib: Any, path: Path, alleles: Sequence[int] | NDArray[np.uintp], samples: int) -> Any:
    """A function that reads one variant: first allele, second allele and phase of every sample, -1 where missing."""
    offsets = np.concatenate([[0], np.cumsum(alleles)]).astype(np.uintp)
    many = {"allele_idx_offsets": offsets} if (np.asarray(alleles) > 2).any() else {}
    try:
        reader = pgenlib.PgenReader(str(path).encode(), raw_sample_ct=samples, variant_ct=len(alleles), **many)
    except (RuntimeError, OSError) as error:
        raise BadInput("Pgenlib cannot open the file", expected="a complete .pgen file", where=str(path)) from error
    pairs, phased = np.empty(2 * samples, dtype=np.int32), np.empty(samples, dtype=np.bool_)

    def read(number: int, where: str) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        try:
            reader.read_alleles_and_phasepresent(number, pairs, phased)
        except (RuntimeError, OSError) as error:
            raise BadInput("Pgenlib cannot read the genotypes", expected="a complete .pgen file", where=where) from error
        calls = np.where(pairs == _NO_CALL, -1, pairs).astype(np.int16)
        return calls[::2], calls[1::2], phased.astype(np.int8)

    return read
