"""Variant names and reference assemblies: how an id is written, and which positions exist.

Ids are 1-based `chrom-pos-ref-alt` without `chr`. Colons, `chr` and rsIDs are accepted where a person types.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from goe.rules.words import Assembly

CONTIGS: tuple[str, ...] = (*(str(n) for n in range(1, 23)), "X", "Y", "MT")
"""Chromosome names in sorting order; a `variant_contig` number is an index into it."""

# Lengths in bases of 1-22, X, Y, MT. Source: Genome Reference Consortium, GRCh37 (GCA_000001405.1, with the rCRS
# mitochondrion that both assemblies use) and GRCh38 (GCA_000001405.15).
_LENGTHS: dict[Assembly, tuple[int, ...]] = {
    Assembly.GRCh37: (
        249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022, 141213431,
        135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753, 81195210, 78077248,
        59128983, 63025520, 48129895, 51304566, 155270560, 59373566, 16569,
    ),
    Assembly.GRCh38: (
        248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636, 138394717,
        133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345, 83257441, 80373285,
        58617616, 64444167, 46709983, 50818468, 156040895, 57227415, 16569,
    ),
}  # fmt: skip


def contig_name(name: str) -> str | None:
    """The plain name of a primary chromosome, or None for anything else (patches, decoys, alternate loci).

    >>> contig_name("chr2"), contig_name("chrM"), contig_name("GL000191.1")
    ('2', 'MT', None)
    """
    plain = name[3:] if name[:3].lower() == "chr" else name
    plain = {"M": "MT", "m": "MT", "mt": "MT", "x": "X", "y": "Y", "23": "X", "24": "Y"}.get(plain, plain)
    return plain if plain in CONTIGS else None


def contig_length(assembly: Assembly, contig: str) -> int:
    """Length of a chromosome in bases."""
    return _LENGTHS[assembly][CONTIGS.index(contig)]


def assemblies_with(contig: str, length: int) -> frozenset[Assembly]:
    """The assemblies in which this chromosome has exactly this length; empty when none does."""
    return frozenset(a for a in Assembly if contig_length(a, contig) == length)


@dataclass(frozen=True, order=True)
class Variant:
    """One biallelic change at a 1-based position, alleles in upper case.

    >>> str(Variant("2", 136608646, "G", "A"))
    '2-136608646-G-A'
    """

    contig: str
    position: int
    reference: str
    alternate: str

    def __str__(self) -> str:
        return f"{self.contig}-{self.position}-{self.reference}-{self.alternate}"


_ALLELE = r"[ACGT]+|<[^<>\s]+>"
_ID = re.compile(rf"(?P<c>[^\s:\-]+)[-:](?P<p>[0-9,]{{1,15}})[-:](?P<r>[ACGTN]+)[-:>](?P<a>{_ALLELE})", re.IGNORECASE)
_RSID = re.compile(r"rs\d{1,12}", re.IGNORECASE)


def parse_variant(text: str) -> Variant:
    """Read a variant id as a person types it; the result is trimmed to its minimal form.

    Raises ValueError with what was found, what is expected and an example.

    >>> str(parse_variant("chr2:136608646:g:a"))
    '2-136608646-G-A'
    """
    match = _ID.fullmatch(text.strip())
    if not match:
        raise ValueError(
            f"{text.strip()[:80]!r} is not a variant id; expected chromosome-position-reference-alternate, "
            "for example 2-136608646-G-A"
        )
    contig = contig_name(match["c"])
    if contig is None:
        raise ValueError(f"{match['c']!r} is not a chromosome; expected 1 to 22, X, Y or MT")
    position = int(match["p"].replace(",", "") or 0)
    if position < 1 or all(position > contig_length(a, contig) for a in Assembly):
        raise ValueError(f"position {position} is outside chromosome {contig}")
    reference, alternate = match["r"].upper(), match["a"]
    alternate = alternate if alternate.startswith("<") else alternate.upper()
    if reference == alternate:
        raise ValueError(f"reference and alternate allele are both {reference}; a variant changes something")
    return Variant(contig, *minimal(position, reference, alternate))


def is_rsid(text: str) -> bool:
    """Whether the text is a dbSNP reference number such as rs4988235."""
    return _RSID.fullmatch(text.strip()) is not None


def minimal(position: int, reference: str, alternate: str) -> tuple[int, str, str]:
    """Trim shared bases: first from the right, then from the left, keeping one base of each allele.

    This is the minimal representation of Tan, Abecasis and Kang (Bioinformatics 2015; 31:2202) without the shift to the
    left, which needs the reference sequence. Symbolic alleles are left as they are.

    >>> minimal(100, "CTT", "CT")
    (100, 'CT', 'C')
    >>> minimal(100, "AG", "AT")
    (101, 'G', 'T')
    """
    if not alternate.isalpha():
        return position, reference, alternate
    while len(reference) > 1 and len(alternate) > 1 and reference[-1] == alternate[-1]:
        reference, alternate = reference[:-1], alternate[:-1]
    while len(reference) > 1 and len(alternate) > 1 and reference[0] == alternate[0]:
        position, reference, alternate = position + 1, reference[1:], alternate[1:]
    return position, reference, alternate


def left_aligned(
    position: int, reference: str, alternate: str, base: Callable[[int], str], *, reach: int
) -> tuple[int, str, str]:
    """The minimal form shifted to the left as far as the sequence allows, at most `reach` bases.

    `base` gives the base of the reference sequence at a position; a shift ends before anything but A, C, G and T. Algorithm 1
    of Tan, Abecasis and Kang (Bioinformatics 2015; 31:2202). Symbolic alleles are left as they are.

    >>> left_aligned(3, "ACA", "A", " GCACA".__getitem__, reach=9)  # the sequence is GCACA
    (1, 'GCA', 'G')
    """
    position, reference, alternate = minimal(position, reference, alternate)
    if not alternate.isalpha() or len(reference) == len(alternate):
        return position, reference, alternate
    lowest = max(1, position - reach)
    while reference[-1] == alternate[-1] and position > lowest and (before := base(position - 1)) in "ACGT":
        position, reference, alternate = position - 1, before + reference[:-1], before + alternate[:-1]
    return minimal(position, reference, alternate)
