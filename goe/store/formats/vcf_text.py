"""Reading the text of a blocked VCF in parts, a process for each core: the fast way in for a nation's genotypes.

Nearly every call of a cohort is the same four characters, `0|0` and a tab. So a line whose cells are all that wide is compared
with them as one array of numbers, and only what differs is looked at. What is less regular (men on X, several alternate
alleles) is taken apart line by line, still as arrays. Whatever is not as it should be ends in
`Irregular`: then the file is read again by `goe.store.formats.vcf`, which says what is wrong, and where.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from goe.errors import BadInput
from goe.rules.variants import CONTIGS, contig_length, contig_name, minimal
from goe.rules.words import Assembly
from goe.science.genotypes import Codes, Genotype, Packed, pack, pack_entries
from goe.science.ploidy import Region, regions
from goe.store.formats import bgzf
from goe.store.formats.vcf import BLOCK_ALLELES, alleles, genotype_codes, rsids
from goe.store.genomes.pieces import Piece

_HEAD_BYTES = 512  # in which CHROM to FORMAT of a line are looked for first
_BLOCKS = 512  # of at most 64 kB of text in a part
_WORTH_PROCESSES = 8  # parts; starting processes takes about half a second
_TOGETHER = 8  # lines compared at a time
_TAB, _LINE_END, _DOT, _ZERO, _COMMENT = b"\t\n.0#"
_SLASH, _BAR = b"/|"
_REFERENCE = (np.frombuffer(b"0|0\t", "<u4")[0], np.frombuffer(b"0/0\t", "<u4")[0])
_BASES = frozenset("ACGT")
_HOM_REF = int(Genotype.HOM_REF)
_MANY = 64  # a variant that more than one in so many people carry is put in order by writing it down
_BUFFER = bytearray()  # of this process, for the text of one part after the other


class Irregular(Exception):
    """The text is not what this reader takes; it may be wrong, or just unusual."""


# A number that scatters the 18 cells of alleles 0, 1 and . over 32 places, found by trying: (cell * number mod 2^32) >> 27.
_SCATTER, _PLACES = np.uint32(3824225007), np.uint32(27)


def _cell_tables() -> tuple[NDArray[np.uint32], Codes]:
    """(32,) the cell that belongs to each place, and its code; 0 where none does."""
    cell, code = np.zeros(32, dtype=np.uint32), np.zeros(32, dtype=np.uint8)
    alleles_ = {_ZERO: 0, _ZERO + 1: 1, _DOT: -1}
    for (a, first), (b, second), (bar, phased) in product(alleles_.items(), alleles_.items(), {_SLASH: 0, _BAR: 1}.items()):
        value = np.frombuffer(bytes([a, bar, b, _TAB]), "<u4")
        place = int((value * _SCATTER)[0] >> _PLACES)
        assert cell[place] == 0
        cell[place] = value[0]
        code[place] = genotype_codes(np.array([first]), np.array([second]), np.array([phased]), 1)[0]
    return cell, code


_CELL, _CELL_CODE = _cell_tables()


class _Head(NamedTuple):
    """CHROM to FORMAT of a line, read; REF and ALT as htslib names them."""

    contig: int
    start: int
    rsid: str
    REF: str
    ALT: tuple[str, ...]
    filter: str


class _Line(NamedTuple):
    """A line of cells: its head, and where the cells begin and the line ends in the text."""

    head: _Head
    first: int
    last: int


@dataclass(frozen=True)
class Job:
    """What every part of a file is read with.

    rank    (samples,) the place in the store of each sample of the file
    """

    path: Path
    assembly: Assembly
    rank: NDArray[np.int64]

    @property
    def samples(self) -> int:
        """Number of samples in the file."""
        return len(self.rank)

    @cached_property
    def key(self) -> NDArray[np.uint32]:
        """(samples,) the place of each in the store, moved up to leave room for a code."""
        return (self.rank << 4).astype(np.uint32)


@dataclass
class Reading:
    """What a part held: header lines, its pieces, the places of its first and last record, and what is to be said aloud."""

    pieces: list[Piece] = field(default_factory=list)
    first: tuple[int, int] | None = None
    last: tuple[int, int] = (-1, 0)
    header: bool = False
    records: int = 0
    star_alleles: int = 0
    symbolic_alleles: int = 0
    duplicates: int = 0


@dataclass
class _Rows:
    """Variants as they are found, with whoever is not homozygous reference: place in the store << 4 | code, ascending."""

    place: list[tuple[int, int, str, str]] = field(default_factory=list)  # contig, position, reference, alternate
    rsid: list[str] = field(default_factory=list)
    filter: list[str] = field(default_factory=list)
    carriers: list[NDArray[np.uint32]] = field(default_factory=list)

    def add(self, head: _Head, number: int, carriers: NDArray[np.uint32], reading: Reading) -> None:
        """One alternate allele of a record."""
        alternate = head.ALT[number - 1] if head.ALT else "."
        reading.symbolic_alleles += not alternate.isalpha() and alternate != "."
        position, reference, alternate = minimal(head.start, head.REF, alternate)
        names = rsids(head.rsid, len(head.ALT) or 1) if head.rsid != "." else ("",) * (len(head.ALT) or 1)
        self.place.append((head.contig, position, reference, alternate))
        self.rsid.append(names[number - 1])
        self.filter.append(head.filter)
        self.carriers.append(carriers)


def read_parts(job: Job, workers: int, blocks: int = _BLOCKS) -> Iterator[Reading]:
    """The parts of the file, of so many BGZF blocks each, in its order, read by so many processes.

    Raises Irregular where a part is, or where they do not fit together.
    """
    try:
        parts, last, records = bgzf.parts(job.path, blocks), (-1, 0), 0
        by_many = workers > 1 and len(parts) >= _WORTH_PROCESSES
        for reading in _read_by_many(job, parts, workers) if by_many else map(partial(read_part, job), parts):
            if (reading.first and reading.first < last) or (reading.header and records):
                raise Irregular
            last, records = max(last, reading.last), records + reading.records
            yield reading
        if not records:
            raise Irregular
    except (bgzf.NotBlocked, BrokenProcessPool, ValueError) as error:
        raise Irregular from error


def _read_by_many(job: Job, parts: list[bgzf.Part], workers: int) -> Iterator[Reading]:
    """In order, with few parts waiting at a time, so that memory does not grow with the file."""
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        waiting: deque[Future[Reading]] = deque()
        for part in parts:
            waiting.append(pool.submit(read_part, job, part))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def read_part(job: Job, part: bgzf.Part) -> Reading:
    """The variants of one part of the file. Raises Irregular, or NotBlocked for a damaged block."""
    text, (start, end) = _BUFFER, bgzf.text_of(job.path, part, _BUFFER)
    reading, rows = Reading(), _Rows()
    fixed: list[_Line] = []
    for line in _lines(text, start, end, job, reading):
        if line.last - line.first == 4 * job.samples - 1 and len(line.head.ALT) == 1 and line.head.ALT != ("*",):
            fixed.append(line)
        else:
            _add_fixed(fixed, text, job, rows, reading)
            _add_any(line, text, job, rows, reading)
        if len(fixed) == _TOGETHER:
            _add_fixed(fixed, text, job, rows, reading)
    _add_fixed(fixed, text, job, rows, reading)
    reading.pieces = _pieces(rows, job, reading)
    return reading


def _lines(text: bytearray, start: int, end: int, job: Job, reading: Reading) -> Iterator[_Line]:
    """The records, checked to be in order; the header stands before all of them."""
    width, known = 4 * job.samples - 1, _Known(job.assembly)
    while start < end:
        if text[start] == _COMMENT and reading.records == 0:
            reading.header = True
            start = _line_end(text, start, end) + 1
            continue
        head, first = _head(text, start, end, job, known)
        last = first + width
        if last >= end or text[last] != _LINE_END or text.find(b"\n", first, last) >= 0:
            last = _line_end(text, first, end)
        place = (head.contig, head.start)
        if place < reading.last:
            raise Irregular
        reading.first, reading.last = reading.first or place, place
        reading.records += 1
        yield _Line(head, first, last)
        start = last + 1


def _line_end(text: bytearray, start: int, end: int) -> int:
    """Where the line ends: at its line end, or at the end of the text."""
    found = text.find(b"\n", start, end)
    return found if found >= 0 else end


class _Known:
    """Chromosomes by the name that the file uses, with their lengths."""

    def __init__(self, assembly: Assembly) -> None:
        self._assembly, self._found = assembly, {}  # type: ignore[var-annotated]

    def contig(self, name: bytes) -> tuple[int, int]:
        """Index and length. Raises Irregular for what is no chromosome."""
        if name not in self._found:
            plain = contig_name(name.decode("ascii", "replace"))
            if plain is None:
                raise Irregular
            self._found[name] = CONTIGS.index(plain), contig_length(self._assembly, plain)
        found: tuple[int, int] = self._found[name]
        return found


def _head(text: bytearray, start: int, end: int, job: Job, known: _Known) -> tuple[_Head, int]:
    """The first nine columns of the line that begins at `start`, and where its cells begin."""
    window = text[start : min(start + _HEAD_BYTES, end)]
    columns = window.split(b"\t", 9)
    if len(columns) < 10:
        window = text[start : _line_end(text, start, end)]
        columns = window.split(b"\t", 9)
    first = start + len(window) - len(columns[-1])
    if len(columns) < 10 or text.find(b"\n", start, first) >= 0:
        raise Irregular
    name, place, rsid, ref, alt, _, passed, _, keys, _ = columns
    strange = keys != b"GT" or not place.isdigit() or passed.startswith(b";") or passed.endswith(b";") or b";;" in passed
    if strange or text.find(b"\0", start, first) >= 0:
        raise Irregular
    contig, length = known.contig(bytes(name))
    try:
        position, reference, alternate = int(place), ref.decode("ascii"), alt.decode("ascii")
        head = _Head(contig, position, rsid.decode("ascii"), reference, (alternate,), passed.decode("ascii"))
    except ValueError as error:
        raise Irregular from error
    if not (len(ref) == len(alt) == 1 and reference in _BASES and alternate in _BASES and reference != alternate):
        head = _checked(head._replace(ALT=tuple(alternate.split(","))))
    if not (position >= 1 and position + len(reference) - 1 <= length) or not passed:
        raise Irregular
    return head, first


def _checked(head: _Head) -> _Head:
    """The alleles as the slow reader has them: capitals, no dot."""
    try:
        reference, alternates = alleles(head, "")
    except BadInput as error:
        raise Irregular from error
    if not BLOCK_ALLELES.isdisjoint(alternates):
        raise Irregular
    return head._replace(REF=reference, ALT=alternates)


def _add_fixed(lines: list[_Line], text: bytearray, job: Job, rows: _Rows, reading: Reading) -> None:
    """Lines of one alternate allele whose cells are all four bytes wide; the list is emptied."""
    if not lines:
        return
    samples = job.samples
    cells = np.empty((len(lines), samples), dtype="<u4")
    raw, source = cells.view(np.uint8), np.frombuffer(text, dtype=np.uint8)
    for row, line in zip(raw, lines, strict=True):
        row[: 4 * samples - 1] = source[line.first : line.last]
    raw[:, -1] = _TAB
    flat = cells.reshape(-1)
    hit = _different(flat)
    code, regular = _decoded(flat[hit])
    edge = np.searchsorted(hit, np.arange(len(lines) + 1) * samples)
    carriers = job.key[hit - np.repeat(np.arange(len(lines)) * samples, np.diff(edge))] | code
    plain = bool(regular.all() and code.all())
    for number, line in enumerate(lines):
        here = slice(edge[number], edge[number + 1])
        if plain:
            rows.add(line.head, 1, _ascending(carriers[here], samples), reading)
        elif regular[here].all():
            rows.add(line.head, 1, _ascending(carriers[here][code[here] != _HOM_REF], samples), reading)
        else:
            _add_any(line, text, job, rows, reading)
    lines.clear()


def _ascending(carriers: NDArray[np.uint32], samples: int) -> NDArray[np.uint32]:
    """The carriers of a variant in the order of the store. Many are put in order by writing them down, not by sorting."""
    if len(carriers) * _MANY < samples:
        carriers.sort()
        return carriers
    everybody = np.zeros(samples, dtype=np.uint32)
    everybody[carriers >> np.uint32(4)] = carriers
    found: NDArray[np.uint32] = everybody[everybody != 0]  # a code is never 0: that is HOM_REF
    return found


def _different(flat: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Where cells are not homozygous reference, for the way that most of them are written."""
    for reference in _REFERENCE:
        different = flat != reference
        if np.count_nonzero(different) * 2 <= len(flat):
            break
    return np.flatnonzero(different)


def _decoded(value: NDArray[np.uint32]) -> tuple[Codes, NDArray[np.bool_]]:
    """The code of each cell, and whether the cell is one that exists."""
    place = (value * _SCATTER >> _PLACES).astype(np.intp)
    return _CELL_CODE.take(place), _CELL.take(place) == value


def _add_any(line: _Line, text: bytearray, job: Job, rows: _Rows, reading: Reading) -> None:
    """A line of genotypes of any ploidy, with any number of alleles."""
    first, second, phased = _calls(np.frombuffer(text, dtype=np.uint8, count=line.last - line.first, offset=line.first), job)
    alternates = line.head.ALT
    if max(first.max(), second.max()) > len(alternates):
        raise Irregular
    for number in range(1, max(len(alternates), 1) + 1):
        if alternates and alternates[number - 1] == "*":
            reading.star_alleles += 1
            continue
        codes = genotype_codes(first, second, phased, number)
        carried = np.flatnonzero(codes)  # whoever is not HOM_REF, which is 0
        rows.add(line.head, number, _ascending(job.key[carried] | codes[carried], job.samples), reading)


def _calls(cells: NDArray[np.uint8], job: Job) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int8]]:
    """First allele, second allele and phase of every sample of a line; -1 is missing, -2 absent."""
    tab = np.flatnonzero(cells == _TAB)
    start, length = np.concatenate([[0], tab + 1]), np.diff(np.concatenate([[-1], tab, [len(cells)]])) - 1
    if len(start) != job.samples or length.min() < 1:
        raise Irregular
    padded = np.concatenate([cells, np.full(4, _TAB, dtype=np.uint8)])
    byte = [np.where(length > i, padded[start + i], _TAB) for i in range(4)]
    ends = [b == _TAB for b in byte]
    haploid, diploid = ends[1], ((byte[1] == _SLASH) | (byte[1] == _BAR)) & ends[3]
    first, second = _allele(byte[0]), np.where(haploid, np.int16(-2), _allele(byte[2]))
    phased = (byte[1] == _BAR).astype(np.int8)
    for i in np.flatnonzero(~(haploid | diploid)):  # an allele number of two digits
        first[i], second[i], phased[i] = _long_call(bytes(cells[start[i] : start[i] + length[i]]))
    if (first < -1).any() or (second < -2).any():
        raise Irregular
    return first, second, phased


def _allele(byte: NDArray[np.uint8]) -> NDArray[np.int16]:
    """The allele number that a character is; -1 for a dot, -9 for anything else."""
    value = byte.astype(np.int16) - np.int16(_ZERO)
    return np.where((value >= 0) & (value <= 9), value, np.where(byte == _DOT, np.int16(-1), np.int16(-9)))


def _long_call(cell: bytes) -> tuple[int, int, int]:
    phased = b"|" in cell
    found = cell.replace(b"|", b"/").split(b"/")
    if len(found) > 2 or not all(allele == b"." or allele.isdigit() for allele in found):
        raise Irregular
    value = [-1 if allele == b"." else int(allele) for allele in found]
    return value[0], value[1] if len(value) == 2 else -2, int(phased)


def _pieces(rows: _Rows, job: Job, reading: Reading) -> list[Piece]:
    """The variants sorted, without repetitions, and cut where the chromosome or its ploidy changes."""
    first_of: dict[tuple[int, int, str, str], int] = {}
    for i, place in enumerate(rows.place):
        first_of.setdefault(place, i)
    reading.duplicates += len(rows.place) - len(first_of)
    order = [first_of[place] for place in sorted(first_of)]
    found, begin = [], 0
    region = _regions([rows.place[i] for i in order], job.assembly)
    for end in range(1, len(order) + 1):
        if end == len(order) or region[end] != region[begin]:
            found.append(_piece(rows, order[begin:end], Region(region[begin][1]), job))
            begin = end
    return found


def _regions(places: list[tuple[int, int, str, str]], assembly: str) -> list[tuple[int, int]]:
    """Chromosome and ploidy region of each variant."""
    contig = np.array([place[0] for place in places], dtype=np.int64)
    position = np.array([place[1] for place in places], dtype=np.int64)
    kind = np.zeros(len(places), dtype=np.int64)
    for c in np.unique(contig):
        kind[contig == c] = regions(CONTIGS[c], position[contig == c], assembly)
    return list(zip(contig.tolist(), kind.tolist(), strict=True))


def _piece(rows: _Rows, order: list[int], region: Region, job: Job) -> Piece:
    return Piece(
        contig=rows.place[order[0]][0],
        region=region,
        position=np.array([rows.place[i][1] for i in order], dtype=np.int32),
        reference=[rows.place[i][2] for i in order],
        alternate=[rows.place[i][3] for i in order],
        rsid=[rows.rsid[i] for i in order],
        filter=[rows.filter[i] for i in order],
        packed=_packed([rows.carriers[i] for i in order], region, job.samples),
    )


def _packed(carriers: list[NDArray[np.uint32]], region: Region, samples: int) -> Packed:
    """The genotypes of a piece from those that are not homozygous reference, variant by variant."""
    row = np.repeat(np.arange(len(carriers)), [len(found) for found in carriers])
    key = np.concatenate(carriers)
    place, code = (key >> np.uint32(4)).astype(np.int64), (key & np.uint32(15)).astype(np.uint8)
    if region is Region.AUTOSOME:
        return pack_entries(row, place, code, len(carriers), np.zeros(samples, dtype=np.uint8))
    codes = np.zeros((len(carriers), samples), dtype=np.uint8)  # most people may have one copy here
    codes[row, place] = code
    return pack(codes)
