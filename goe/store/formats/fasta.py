"""Reading the reference sequence from a FASTA file with its index (.fai), base by base where it is needed."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import NamedTuple

from goe.errors import BadInput
from goe.rules.variants import CONTIGS, contig_length, contig_name
from goe.rules.words import Assembly

_LETTERS = "ACGTN" + "RYSWKMBDHV"
_READ_AS = "ACGTN" + "ACCAGACAAA"  # an ambiguous base is written in a VCF as the first it may be (VCF 4.3, section 1.6.1)
_BASES = bytes.maketrans((_LETTERS + _LETTERS.lower()).encode(), (_READ_AS * 2).encode())


class _Entry(NamedTuple):
    """A line of the index: where a sequence begins, bases and bytes of its lines."""

    length: int
    offset: int
    bases: int
    width: int


class FastaFile:
    """A FASTA file of one assembly. Raises BadInput where it is compressed, not indexed, or of another assembly."""

    def __init__(self, path: Path, assembly: Assembly) -> None:
        self.path = path
        self._entries = _index(path, assembly)
        with path.open("rb") as file:
            self._text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        last = max(e.offset + e.length for e in self._entries.values())
        if last > len(self._text):
            raise _unindexed(path, "the index does not belong to the file: it ends before")

    def bases(self, contig: int, first: int, last: int) -> str:
        """The bases from first to last, 1-based and closed, in capitals. Raises BadInput where the file lacks them."""
        entry = self._entries.get(contig)
        if entry is None or last > entry.length:
            raise BadInput(
                f"the file has no chromosome {CONTIGS[contig]}",
                expected="every chromosome of the genotypes",
                where=str(self.path),
            )
        begin, end = (entry.offset + (p // entry.bases) * entry.width + p % entry.bases for p in (first - 1, last - 1))
        return self._text[begin : end + 1].translate(_BASES, b"\r\n").decode("ascii", errors="replace")


def _index(path: Path, assembly: Assembly) -> dict[int, _Entry]:
    if not path.is_file() or path.stat().st_size == 0:
        raise BadInput("the file is missing or empty", expected="a FASTA file", where=str(path))
    with path.open("rb") as file:
        start = file.read(2)
    if start == b"\x1f\x8b":
        raise BadInput(
            "the FASTA file is compressed",
            expected="plain text",
            where=str(path),
            remedy="unpack it (`gunzip`) and index it (`samtools faidx`)",
        )
    if not start.startswith(b">"):
        raise BadInput("the file does not begin like a FASTA", expected="a first line `>name`", where=str(path))
    index = path.with_name(path.name + ".fai")
    if not index.is_file():
        raise _unindexed(path, "the FASTA file has no index")
    entries = {}
    for number, line in enumerate(index.read_text(encoding="utf-8").splitlines(), start=1):
        name, *numbers = line.split("\t")
        if len(numbers) < 4 or not all(n.isdecimal() for n in numbers[:4]):
            raise BadInput("the line is not of an index", expected="a name and four numbers", where=f"{index} line {number}")
        entry, contig = _Entry(*map(int, numbers[:4])), contig_name(name)
        if contig and (contig != "MT" or entry.length == contig_length(assembly, contig)):  # hg19 has another mitochondrion
            _check_length(contig, entry.length, assembly, path)
            entries[CONTIGS.index(contig)] = entry
    if not entries:
        raise BadInput("the file has no chromosome", expected=f"chromosomes of {assembly}", where=str(path))
    return entries


def _check_length(contig: str, length: int, assembly: Assembly, path: Path) -> None:
    if length != contig_length(assembly, contig):
        raise BadInput(
            f"chromosome {contig} has {length} bases",
            expected=f"{contig_length(assembly, contig)}, its length in {assembly}",
            where=str(path),
            remedy="give the FASTA file of the assembly that the genotypes are of",
        )


def _unindexed(path: Path, found: str) -> BadInput:
    return BadInput(found, expected=f"{path.name}.fai beside it", where=str(path), remedy=f"run `samtools faidx {path}`")
