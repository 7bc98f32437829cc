"""Writing the invented genomes as VCF: whole blocks of genotypes become text at once, compressed as BGZF.

BGZF is gzip in members of less than 64 kB, each of which says its own compressed size (SAM specification, section 4.1).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from goe.rules.variants import CONTIGS, contig_length
from goe.synthetic.genomes import ASSEMBLY, Plan, Sites, Stretch, copies, missing_calls, simulate

_LEVEL = 2  # measured: 290 MB/s of genotype text on one core, and no larger than level 1
_MEMBER = 65280  # bytes of text, as bgzip has it
_HEAD = bytes.fromhex("1f8b08040000000000ff060042430200")  # up to the size of the member
END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty member that ends a BGZF file."""

_TEXT = 1 << 24  # bytes of text that are compressed at a time
_NO_CALL = 4
_CELL = np.frombuffer(b"0|0\t1|0\t0|1\t1|1\t./.\t", dtype="<u4")  # by genotype
_ONE_COPY, _TWO_COPIES = (True, False, False, True), (True, True, True, True)  # which bytes of a cell are written


def bgzf(text: bytes) -> bytes:
    """The text as BGZF members, without the one that ends a file."""
    members = []
    for start in range(0, len(text), _MEMBER):
        part = text[start : start + _MEMBER]
        deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
        body = deflate.compress(part) + deflate.flush()
        members += [_HEAD, struct.pack("<H", len(body) + 25), body, struct.pack("<II", zlib.crc32(part), len(part))]
    return b"".join(members)


def header(source: str, tile: int, genomes: Sequence[str]) -> bytes:
    """The lines before the first record, which say that nothing here is real."""
    contigs = [f"##contig=<ID={_chromosome(c)},length={contig_length(ASSEMBLY, c)},assembly={ASSEMBLY}>" for c in CONTIGS]
    lines = [
        "##fileformat=VCFv4.3",
        '##FILTER=<ID=PASS,Description="All filters passed">',
        "##goe_synthetic=true",
        f"##source={source}",
        *([f"##goe_synthetic_tile={tile} (each simulated site comes {tile} times)"] if tile > 1 else []),
        f"##reference={ASSEMBLY}, bases at random",
        *contigs,
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype, synthetic">',
        "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *genomes]),
    ]
    return ("\n".join(lines) + "\n").encode()


def _chromosome(contig: str) -> str:
    return "chrM" if contig == "MT" else f"chr{contig}"


def stretch_text(plan: Plan, stretch: Stretch) -> list[bytes]:
    """The records of a stretch as BGZF, one piece per nation."""
    sites, both = simulate(plan, stretch), copies(plan, stretch)
    starts = [stretch.start + repeat * (stretch.room // plan.tile) for repeat in range(plan.tile)]
    heads = [_line_heads(sites, _chromosome(stretch.contig), start) for start in starts]
    return [_nation_text(plan, stretch, nation, sites, both, heads) for nation in range(len(plan.people.nations))]


def _line_heads(sites: Sites, chromosome: str, start: int) -> list[bytes]:
    """What stands before the genotypes of each site."""
    return [
        f"{chromosome}\t{start + offset}\t.\t{reference}\t{alternate}\t.\tPASS\t.\tGT\t".encode()
        for offset, (reference, alternate) in zip(sites.offset.tolist(), sites.alleles, strict=True)
    ]


def _nation_text(
    plan: Plan, stretch: Stretch, nation: int, sites: Sites, both: NDArray[np.int64], heads: list[list[bytes]]
) -> bytes:
    """One nation's records of a stretch; `heads` has a list for each time that the sites come."""
    members = np.flatnonzero(plan.people.nation == nation)
    genotype = _genotypes(sites, both[members])
    failed, site, person = missing_calls(plan, stretch, nation, *genotype.shape)
    genotype[:, failed] = _NO_CALL
    genotype[site, person] = _NO_CALL
    one_copy = plan.people.is_male[members] if stretch.contig == "X" else np.zeros(len(members), dtype=np.bool_)
    rows = max(1, _TEXT // (4 * len(members)))
    parts = range(0, len(genotype), rows)
    cells = [_cells(genotype[i : i + rows], one_copy) for i in parts]
    return b"".join(
        bgzf(b"".join(piece for line in zip(lines[i : i + rows], text, strict=True) for piece in line))
        for lines in heads
        for i, text in zip(parts, cells, strict=True)
    )


def _genotypes(sites: Sites, both: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(sites, members) which copies have the alternate allele: first 1, second 2, both 3."""
    found: NDArray[np.uint8] = sites.allele.take(both[:, 1], axis=1)
    found <<= 1
    found |= sites.allele.take(both[:, 0], axis=1)
    return found


def _cells(genotype: NDArray[np.uint8], one_copy: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(sites, bytes) the genotypes as text, a line's end at the end. Who has one copy is written with one allele."""
    text = _CELL.take(genotype, mode="clip").view(np.uint8)
    text[:, -1] = ord("\n")
    if one_copy.any():
        text = text[:, np.where(one_copy[:, None], _ONE_COPY, _TWO_COPIES).ravel()]
    return np.ascontiguousarray(text)
