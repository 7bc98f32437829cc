"""Reading VCF and BCF, through htslib (cyvcf2).

htslib is forgiving and goe is not: what htslib would mend or skip in silence (a truncated file, an allele number beyond the
alleles, an unknown chromosome, a column too many) is an error here, with the line.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from io import BufferedReader
from itertools import count, islice, takewhile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.errors import BadInput
from goe.rules.variants import CONTIGS, assemblies_with, contig_name, is_rsid, minimal
from goe.rules.words import Assembly
from goe.science.genotypes import Codes, Genotype
from goe.store.formats.bed import Regions
from goe.store.formats.genotype_file import Findings, Ordered, Record, check_place, check_samples
from goe.store.formats.mask import OFF, Mask, evidence
from goe.store.formats.regions import overlaps

_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
BLOCK_ALLELES = frozenset({"<NON_REF>", "<*>"})
"""What a gVCF writes for any allele that was not seen."""

_BASES = re.compile(r"[ACGTN]+")
_ALTERNATE = re.compile(r"""
    [ACGT]+ | \*                                     # bases, or a deletion that began before
    | <[^<>]+>                                       # symbolic
    | [ACGTN]*[\[\]][^\[\]]+[\[\]][ACGTN]*            # breakend with its mate
    | [ACGTN]+\. | \.[ACGTN]+                        # breakend without
    """, re.VERBOSE | re.IGNORECASE)  # fmt: skip
_FIXED_COLUMNS = 9  # CHROM to FORMAT
_PIECE = 1 << 20  # bytes of text looked at together
_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile)  # what gzip raises for a file that was cut or changed
_REF, _ALT, _MISSING, _ABSENT = range(4)  # one allele of a call, as htslib tells it


def _code_table() -> NDArray[np.uint8]:
    """(first allele, second allele, phased) -> genotype code; absent second allele means haploid."""
    g = Genotype
    table = np.full((4, 4, 2), g.MISSING, dtype=np.uint8)
    table[_REF, _REF], table[_ALT, _ALT] = g.HOM_REF, g.HOM_ALT
    table[_REF, _ALT], table[_ALT, _REF] = (g.HET, g.HET_REF_ALT), (g.HET, g.HET_ALT_REF)
    for first, second in ((_REF, _MISSING), (_MISSING, _REF)):
        table[first, second] = g.HALF_REF
    for first, second in ((_ALT, _MISSING), (_MISSING, _ALT)):
        table[first, second] = g.HALF_ALT
    table[_REF, _ABSENT], table[_ALT, _ABSENT], table[_MISSING, _ABSENT] = g.HAPLOID_REF, g.HAPLOID_ALT, g.HAPLOID_MISSING
    return table


_CODE = _code_table()
_HAPLOID = (Genotype.HAPLOID_REF, Genotype.HAPLOID_ALT, Genotype.HAPLOID_MISSING)
_NO_CALL = np.array([Genotype.HAPLOID_MISSING if g in _HAPLOID else Genotype.MISSING for g in Genotype], dtype=np.uint8)


class VcfFile:
    """A VCF or BCF file with its header checked; see `goe.store.formats.genotype_file.GenotypeFile`."""

    reference_verified: bool
    called_apart = False

    def __init__(
        self,
        path: Path,
        assembly: Assembly | None = None,
        *,
        mask: Mask | None = None,
        regions: Regions | None = None,
    ) -> None:
        """`regions` are those that the caller will use: what lies outside need not be read, and is not handed out."""
        _check_container(path)
        self.path = path
        self.findings = Findings()
        self._header_lines = _check_header(path)
        self._reader = _open(path)
        header = self._reader.raw_header
        self.samples = tuple(self._reader.samples)
        check_samples(self.samples, str(path))
        self.assembly = find_assembly(header, assembly, str(path))
        self.synthetic = "##goe_synthetic=true" in header
        self.reference_verified = "##goe_reference_unverified=true" not in header
        self._regions = regions
        fields = set(re.findall(r"^##FORMAT=<ID=(DP|GQ|AD),", header, re.MULTILINE))
        self._mask = (mask or Mask()) if fields else OFF
        self._provisional = re.search(r"^##INFO=<ID=PR,Number=0,Type=Flag", header, re.MULTILINE) is not None  # as plink writes

    @property
    def masked(self) -> bool:
        """Whether the file has fields that the genotype mask asks about."""
        return self._mask != OFF

    @property
    def provisional(self) -> bool:
        """Whether records may mark their reference allele as provisional, as plink does."""
        return self._provisional

    @property
    def has_blocks(self) -> bool:
        """Whether this is a gVCF: its first record has the allele that stands for anything else."""
        first = next((variant for _, variant in self._read(_open(self.path))), None)
        return first is not None and not BLOCK_ALLELES.isdisjoint(first.ALT)

    def records(self) -> Iterator[Record]:
        """The variants of the file, one per alternate allele."""
        for where, contig, variant in self.variants():
            self.findings.records += 1
            check_place(contig, variant.POS, variant.REF, self.assembly, where)
            yield from self._split(variant, contig, where)

    def callable(self) -> dict[int, Regions]:
        """Nothing: a VCF does not say where else its samples were read."""
        return {}

    def variants(self) -> Iterator[tuple[str, int, Any]]:
        """Htslib's records with where they stand in the file and their chromosome, checked to be in genome order.

        Raises BadInput also where the file has none.
        """
        ordered, where = Ordered(), ""
        for where, variant in self._source():
            if self._regions is not None and contig_name(variant.CHROM) is None:
                continue
            contig = _contig(variant.CHROM, self.assembly, where)
            ordered.check(contig, variant.POS, where)
            if overlaps(self._regions, contig, variant.POS, variant.end):
                yield where, contig, variant
        if not where and self._regions is None:
            raise BadInput("the file has no records", expected="at least one after the header", where=str(self.path))

    def calls(self, variant: Any, where: str) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int8]]:
        """First allele, second allele and phase of every sample; -1 is missing, -2 absent. Raises BadInput."""
        return _calls(variant, len(self.samples), where)

    def _source(self) -> Iterator[tuple[str, Any]]:
        """The records and where they stand: through the index where regions are asked for, else one after the other."""
        if self._regions is not None and _is_indexed(self.path):
            yield from self._indexed(self._regions)
        else:
            yield from self._read(self._reader)

    def _indexed(self, regions: Regions) -> Iterator[tuple[str, Any]]:
        """The records that touch the regions, each once; surplus columns are not looked for here."""
        names = {contig_name(name): name for name in self._reader.seqnames}
        for name, (first, last) in ((names.get(CONTIGS[contig]), pairs) for contig, pairs in sorted(regions.items())):
            done = 0
            for begin, end in zip(first.tolist(), last.tolist(), strict=True) if name else ():
                records = self._reader(f"{name}:{begin}-{end}")
                while (variant := _next(records, f"{self.path} after {name}:{begin}")) is not None:
                    if done < variant.POS:  # one that reaches into several regions came with the first
                        yield f"{self.path} record at {name}:{variant.POS}", variant
                done = end

    def _read(self, reader: Any) -> Iterator[tuple[str, Any]]:
        """A reader's records and where they stand, with htslib's failures turned into ours."""
        place = f"{self.path} " + ("line" if self._header_lines else "record")
        columns = self._columns()
        for number in count(self._header_lines + 1):
            found, wanted = _next(columns, f"{place} {number}") or 0, _FIXED_COLUMNS + len(self.samples)
            variant = _next(reader, f"{place} {number}") if found <= wanted else None
            if found > wanted:  # htslib passes over what is too much
                raise BadInput(
                    f"the record has {found} columns",
                    expected=f"{wanted}, for {len(self.samples)} sample(s)",
                    where=f"{place} {number}",
                )
            if variant is None:
                return
            yield f"{place} {number}", variant

    def _columns(self) -> Iterator[int]:
        """How many columns each record of a VCF has as text; nothing for BCF, where records state their samples."""
        if self._header_lines:
            yield from islice(line_columns(self.path), self._header_lines, None)

    def _split(self, variant: Any, contig: int, where: str) -> Iterator[Record]:
        """One record per alternate allele; a call of another alternate allele counts as not this one, like the reference."""
        reference, alternates = alleles(variant, where)
        first, second, phased = self.calls(variant, where)
        doubted = self._doubts(variant, first, second, where)
        if self._provisional and variant.INFO.get("PR") is not None:
            self.reference_verified = False
        names = rsids(variant.ID, len(alternates) or 1)
        passed = ";".join(variant.FILTERS) or "."  # variant.FILTER is None for PASS and `.` alike
        for number, alternate in enumerate(alternates or (".",), start=1):
            if alternate == "*":
                self.findings.star_alleles += 1
                continue
            if alternate in BLOCK_ALLELES:
                raise BadInput(
                    f"the allele {alternate} of a gVCF in a file that does not begin like one",
                    expected="it in every record, or in none",
                    where=where,
                )
            self.findings.symbolic_alleles += not alternate.isalpha() and alternate != "."
            position, ref, alt = minimal(variant.POS, reference, alternate)
            codes = genotype_codes(first, second, phased, number)
            masked = None if doubted is None else set_missing(codes, doubted)
            yield Record(contig, variant.POS, position, ref, alt, names[number - 1], passed, codes, masked)

    def _doubts(
        self, variant: Any, first: NDArray[np.int16], second: NDArray[np.int16], where: str
    ) -> NDArray[np.bool_] | None:
        """(samples,) calls that the genotype mask does not believe, or None where it believes all."""
        if self._mask == OFF:
            return None
        doubted = self._mask.doubts(evidence(variant, ("DP",), where), first, second)
        return doubted if doubted.any() else None


def alleles(variant: Any, where: str) -> tuple[str, tuple[str, ...]]:
    """The reference allele and the alternate alleles of a record, bases in capitals. Raises BadInput with the field."""
    return checked_alleles(variant.REF, variant.ALT or (), where)


def checked_alleles(reference: str, alternates: Sequence[str], where: str) -> tuple[str, tuple[str, ...]]:
    """The same from the alleles as they are written; `.` is no alternate allele."""
    reference = _reference(reference, where)
    alternates = tuple(a.upper() if a.isalpha() else a for a in alternates if a != ".")
    for number, alternate in enumerate(alternates):
        if not _ALTERNATE.fullmatch(alternate):
            fault = f"the alternate allele is {alternate[:40]!r}"
        elif alternate == reference:
            fault = "the alternate allele is the reference allele"
        elif alternate in alternates[:number]:
            fault = "an alternate allele occurs twice"
        else:
            continue
        raise BadInput(
            fault, expected="other bases (A, C, G, T), `*`, <symbol>, a breakend or `.`, each once", where=f"{where}, field ALT"
        )
    return reference, alternates


def rsids(names: str | None, alternates: int) -> tuple[str, ...]:
    """The rsID of each alternate allele: one each where the record has as many, else the first for all; empty without.

    >>> rsids("rs100;rs200", 2), rsids("COSV1;RS77", 2), rsids(None, 1)
    (('rs100', 'rs200'), ('rs77', 'rs77'), ('',))
    """
    found = tuple(name.lower() for name in (names or "").split(";") if is_rsid(name))
    return found if len(found) == alternates else (*found, "")[:1] * alternates


def genotype_codes(first: NDArray[Any], second: NDArray[Any], phased: NDArray[Any], number: int) -> Codes:
    """(samples,) the genotype with respect to alternate allele `number`: other alternate alleles are not it, like REF."""
    codes: Codes = _CODE[_allele(first, number), _allele(second, number), phased]
    return codes


def set_missing(codes: Codes, doubted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Make the doubted calls no-calls of their ploidy, in place; (samples,) which of them had been calls."""
    nothing = _NO_CALL[codes]
    masked: NDArray[np.bool_] = doubted & (codes != nothing)
    codes[masked] = nothing[masked]
    return masked


def _check_container(path: Path) -> None:
    """Raise BadInput for an empty file, a truncated one, and one that is not VCF or BCF at all."""
    where = str(path)
    if not path.is_file():
        raise BadInput("there is no such file", where=where, remedy="check the name")
    if path.stat().st_size == 0:
        raise BadInput("the file is empty", expected="a VCF or BCF file", where=where)
    with path.open("rb") as file:
        start = file.read(18)
        if start[:2] == b"\x1f\x8b":
            _check_gzip(path, is_bgzf=start[12:14] == b"BC")
            try:
                with gzip.open(path) as inner:
                    start = inner.read(18)
            except _DAMAGE as error:
                raise BadInput("the compressed file is damaged", expected="a complete file", where=where) from error
    if not (start.startswith((b"##fileformat=VCF", b"BCF\x02"))):
        raise BadInput("the file does not begin like a VCF or BCF", expected="a first line `##fileformat=VCFv4.x`", where=where)


def _check_header(path: Path) -> int:
    """Lines before the first record of a VCF, once its line of columns is checked; 0 for BCF, which has no lines."""
    try:
        with _text(path) as file:
            header = list(takewhile(lambda line: line.startswith(b"#"), file))
    except _DAMAGE as error:
        raise BadInput("the compressed file is damaged", expected="a complete file", where=str(path)) from error
    if header and not (header[-1].startswith(b"#CHROM") and header[-1].endswith(b"\n")):
        raise BadInput("the header has no line #CHROM", expected="`#CHROM POS ID ...`", where=f"{path} line {len(header)}")
    if header:
        check_samples(tuple(header[-1].decode(errors="replace").rstrip("\r\n").split("\t")[9:]), str(path))
    return len(header)


def line_columns(path: Path) -> Iterator[int]:
    """How many columns separated by tabs each line of a text has, header included; read in pieces of one size."""
    carried, rest = 0, False
    with _text(path) as file:
        while piece := file.read(_PIECE):
            text = np.frombuffer(piece, dtype=np.uint8)
            tabs, ends = np.flatnonzero(text == ord("\t")), np.flatnonzero(text == ord("\n"))
            before = np.searchsorted(tabs, ends)  # tabs in the piece before each end of line
            for number, columns in enumerate((np.diff(before, prepend=0) + 1).tolist()):
                yield columns + (0 if number else carried)
            carried = len(tabs) - int(before[-1]) if len(ends) else carried + len(tabs)
            rest = text[-1] != ord("\n")
    if rest:
        yield carried + 1


def _next(records: Any, where: str) -> Any:
    """The next of htslib's records, or None at the end. Raises BadInput where it cannot be read."""
    try:
        return next(records, None)
    except Exception as error:
        raise BadInput(
            "htslib cannot read the record",
            expected="a complete, valid VCF or BCF",
            where=where,
            remedy="copy the file again, or check it with `bcftools view`",
        ) from error


def _is_indexed(path: Path) -> bool:
    """Whether an index lies beside the file that is not older than it."""
    beside = (path.with_name(path.name + ending) for ending in (".tbi", ".csi"))
    return any(index.is_file() and index.stat().st_mtime >= path.stat().st_mtime for index in beside)


def _text(path: Path) -> gzip.GzipFile | BufferedReader:
    """The file opened to be read as it is once decompressed."""
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if compressed else path.open("rb")


def _check_gzip(path: Path, *, is_bgzf: bool) -> None:
    """Raise BadInput for a compressed file that ends before its end."""
    with path.open("rb") as file:
        if is_bgzf:
            file.seek(-min(len(_BGZF_END), path.stat().st_size), 2)
            complete = file.read() == _BGZF_END
        else:
            complete = _inflates(path)
    if not complete:
        raise BadInput(
            "the compressed file is truncated: its end is missing",
            expected="a complete gzip or bgzip file",
            where=str(path),
            remedy="copy it again and compare checksums",
        )


def _inflates(path: Path) -> bool:
    try:
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass
    except _DAMAGE:
        return False
    return True


def _open(path: Path) -> Any:
    import cyvcf2

    cyvcf2.cyvcf2.set_htslib_log_level(0)  # what htslib would write on stderr is said here, with the line
    try:
        return cyvcf2.VCF(str(path), gts012=False, lazy=True)
    except Exception as error:  # cyvcf2 raises bare OSError and Exception alike
        raise BadInput("htslib cannot read the header", expected="a valid VCF or BCF", where=str(path)) from error


def find_assembly(header: str, stated: Assembly | None, where: str, default: Assembly | None = None) -> Assembly:
    """The assembly whose chromosome lengths the header has; `stated` settles a doubt but may not contradict the lengths.

    `default` is taken where neither says anything. Raises BadInput.
    """
    possible = set(Assembly)
    seen = False
    for line in re.findall(r"^##contig=<(.*)>", header, re.MULTILINE):
        name, length = re.search(r"ID=([^,>]+)", line), re.search(r"length=(\d+)", line)
        contig = contig_name(name[1]) if name else None
        if contig and contig != "MT" and length:  # both assemblies have the same mitochondrion
            seen = True
            possible &= assemblies_with(contig, int(length[1]))
    if not possible:
        raise BadInput(
            "the chromosome lengths in the header belong to neither GRCh37 nor GRCh38, or to a mixture",
            expected="one assembly",
            where=where,
        )
    if stated:
        if seen and stated not in possible:
            raise BadInput(
                f"--assembly says {stated}",
                expected=f"{'/'.join(possible)}, by the chromosome lengths in the header",
                where=where,
            )
        return stated
    if len(possible) > 1 and default:
        return default
    if len(possible) > 1:
        raise BadInput(
            "the header has no chromosome lengths, so the assembly cannot be told",
            expected="`##contig=<ID=...,length=...>` lines",
            where=where,
            remedy="say it with --assembly GRCh37 or --assembly GRCh38",
        )
    return possible.pop()


def _contig(name: str, assembly: Assembly, where: str) -> int:
    plain = contig_name(name)
    if plain is None:
        raise BadInput(
            f"{name!r} is not a chromosome of {assembly}",
            expected="1 to 22, X, Y or MT, with or without chr",
            where=where,
            remedy="leave such records out, for example with `bcftools view -t`",
        )
    return CONTIGS.index(plain)


def _reference(text: str, where: str) -> str:
    upper = text.upper()
    if not _BASES.fullmatch(upper):
        raise BadInput(
            f"the reference allele is {text[:40]!r}", expected="the letters A, C, G, T, N", where=f"{where}, field REF"
        )
    return upper


def _calls(variant: Any, samples: int, where: str) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int8]]:
    """First allele, second allele and phase of every sample; -1 is missing, -2 absent."""
    try:
        genotype = variant.genotype
        array = genotype.array() if genotype is not None else None
    except Exception as error:
        raise BadInput("the genotypes cannot be read", where=f"{where}, field GT") from error
    if array is None or array.shape[0] != samples:
        raise BadInput("the record has no genotypes", expected="a GT field for every sample", where=where)
    alleles, phased = array[:, :-1], array[:, -1].astype(np.int8)
    if alleles.shape[1] > 2 and ((alleles[:, 2:] != -2).any(axis=1) & (alleles >= 0).any(axis=1)).any():  # `././.` is a no-call
        raise BadInput("a genotype has more than two alleles", expected="one or two", where=f"{where}, field GT")
    highest = int(alleles.max(initial=-1))
    if highest > len(variant.ALT or []):
        raise BadInput(
            f"a genotype names allele {highest}",
            expected=f"numbers up to {len(variant.ALT or [])}, the alternate alleles of the record",
            where=f"{where}, field GT",
        )
    second = alleles[:, 1] if alleles.shape[1] > 1 else np.full(samples, -2, dtype=np.int16)
    return alleles[:, 0], second, phased


def _allele(call: NDArray[np.int16], number: int) -> Codes:
    """(samples,) this alternate allele, another one, missing or absent."""
    kind = np.full(max(number, int(call.max(initial=0))) + 3, _REF, dtype=np.uint8)
    kind[[0, 1, number + 2]] = _ABSENT, _MISSING, _ALT
    found: Codes = kind[call + 2]
    return found
