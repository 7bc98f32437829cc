"""Genotypes of a block of variants, packed; how to pack, unpack and count them.

A genotype is one of eleven codes that say what was written: how many alleles were called, and which. A block keeps a code
only where it differs from what that sample has *by default* in the block (reference at its usual ploidy), because nearly
every genotype of a nation is that. Rare sites are lists of carriers; sites with many carriers are three bit planes.

Two steps turn codes into counts. First, people are counted per code (`count_codes`). Then a table says what each code is
worth, given how many copies of the chromosome the person has (`EFFECT`), which is where the allele number gets its meaning.
The packed count is checked against `definitions.py` in the tests, which counts genotype by genotype.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]  # (variants, samples), values of Genotype
Counts = NDArray[np.int64]


class Genotype(IntEnum):
    """What was called at a biallelic site; the slash codes are unphased."""

    HOM_REF = 0  # 0/0 or 0|0
    HET = 1  # 0/1
    HOM_ALT = 2  # 1/1 or 1|1
    MISSING = 3  # ./.
    HET_REF_ALT = 4  # 0|1
    HET_ALT_REF = 5  # 1|0
    HAPLOID_REF = 6  # 0
    HAPLOID_ALT = 7  # 1
    HAPLOID_MISSING = 8  # .
    HALF_REF = 9  # 0/.
    HALF_ALT = 10  # 1/.


CODES = len(Genotype)
_CODE_BITS = 4  # an entry is sample << 4 | code
_WORD = 64
DENSE_ABOVE = 32  # a variant with more than samples / 32 entries is kept as bit planes

# What one person with a code adds to the six numbers, by the copies of the chromosome that the person has.
# Two copies (or karyotype unknown): as written. One copy: a second allele that was written all the same is not counted, and
# a heterozygous call, impossible there, is a missing one. No copy (Y in women): nothing, whatever was written.
OUTCOMES = ("allele_number", "allele_count", "heterozygote", "homozygote", "hemizygote", "missing")
_TWO_COPIES = {
    Genotype.HOM_REF: (2, 0, 0, 0, 0, 0),
    Genotype.HET: (2, 1, 1, 0, 0, 0),
    Genotype.HOM_ALT: (2, 2, 0, 1, 0, 0),
    Genotype.MISSING: (0, 0, 0, 0, 0, 1),
    Genotype.HET_REF_ALT: (2, 1, 1, 0, 0, 0),
    Genotype.HET_ALT_REF: (2, 1, 1, 0, 0, 0),
    Genotype.HAPLOID_REF: (1, 0, 0, 0, 0, 0),
    Genotype.HAPLOID_ALT: (1, 1, 0, 0, 1, 0),
    Genotype.HAPLOID_MISSING: (0, 0, 0, 0, 0, 1),
    Genotype.HALF_REF: (1, 0, 0, 0, 0, 0),
    Genotype.HALF_ALT: (1, 1, 0, 0, 0, 0),
}
_ONE_COPY = {
    **_TWO_COPIES,
    Genotype.HOM_REF: (1, 0, 0, 0, 0, 0),
    Genotype.HOM_ALT: (1, 1, 0, 0, 1, 0),
    Genotype.HALF_ALT: (1, 1, 0, 0, 1, 0),
    Genotype.HET: (0, 0, 0, 0, 0, 1),
    Genotype.HET_REF_ALT: (0, 0, 0, 0, 0, 1),
    Genotype.HET_ALT_REF: (0, 0, 0, 0, 0, 1),
}
EFFECT: NDArray[np.int64] = np.array(  # (copies, codes, outcomes)
    [[(0,) * len(OUTCOMES)] * CODES, [_ONE_COPY[g] for g in Genotype], [_TWO_COPIES[g] for g in Genotype]], dtype=np.int64
)


@dataclass(frozen=True)
class Packed:
    """Genotypes of (variants, samples), as differences from a default.

    default       (samples,) uint8, HOM_REF or HAPLOID_REF: what a sample has where nothing else is said
    entry_offset  (variants + 1,) int64: where each variant's entries begin
    entry         (entries,) uint32: sample << 4 | code, ascending within a variant
    dense_row     (dense,) int32: variants that have bit planes besides
    dense_phased  (dense,) bool: whether a heterozygote in the planes is phased
    plane         (dense, 3, words) uint64: bits "one alt or missing", "two alts or missing", "alt allele comes first"
    """

    default: Codes
    entry_offset: NDArray[np.int64]
    entry: NDArray[np.uint32]
    dense_row: NDArray[np.int32]
    dense_phased: NDArray[np.bool_]
    plane: NDArray[np.uint64]

    @property
    def variants(self) -> int:
        """Number of variants in the block."""
        return len(self.entry_offset) - 1

    @property
    def samples(self) -> int:
        """Number of samples in the block."""
        return len(self.default)


def usual_default(codes: Codes) -> Codes:
    """(samples,) the reference code at the ploidy that most calls of each sample have in this block."""
    haploid = np.isin(codes, (Genotype.HAPLOID_REF, Genotype.HAPLOID_ALT, Genotype.HAPLOID_MISSING))
    mostly = haploid.sum(axis=0) * 2 > len(codes)
    return np.where(mostly, Genotype.HAPLOID_REF, Genotype.HOM_REF).astype(np.uint8)


def pack(codes: Codes) -> Packed:
    """Pack a (variants, samples) matrix of codes; `unpack` gives it back unchanged."""
    default = usual_default(codes)
    differs = codes != default
    dense = np.flatnonzero(differs.sum(axis=1) * DENSE_ABOVE > codes.shape[1])
    low, high, first, phased = _planes(codes[dense], default)
    differs[dense] &= ~(low | high)  # what the planes say needs no entry
    row, sample = np.nonzero(differs)
    return Packed(
        default=default,
        entry_offset=np.concatenate([[0], np.cumsum(differs.sum(axis=1))]).astype(np.int64),
        entry=(sample.astype(np.uint32) << np.uint32(_CODE_BITS)) | codes[row, sample],
        dense_row=dense.astype(np.int32),
        dense_phased=phased,
        plane=np.stack([_to_words(low), _to_words(high), _to_words(first)], axis=1),
    )


def _planes(codes: Codes, default: Codes) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Bits of the common codes, and whether each row is phased; a code the planes cannot hold has neither low nor high."""
    phased: NDArray[np.bool_] = np.any((codes == Genotype.HET_REF_ALT) | (codes == Genotype.HET_ALT_REF), axis=1)
    diploid = default == Genotype.HOM_REF
    first = codes == Genotype.HET_ALT_REF
    het = np.where(phased[:, None], first | (codes == Genotype.HET_REF_ALT), codes == Genotype.HET) & diploid
    alt = np.where(diploid, codes == Genotype.HOM_ALT, codes == Genotype.HAPLOID_ALT)
    missing = np.where(diploid, codes == Genotype.MISSING, codes == Genotype.HAPLOID_MISSING)
    return het | missing, alt | missing, first & het, phased


def _to_words(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(rows, samples) bits as (rows, words) of 64, little-endian, the last word padded with zeros."""
    padding = -bits.shape[1] % _WORD
    padded = np.pad(bits, ((0, 0), (0, padding)))
    return np.packbits(padded, axis=1, bitorder="little").view("<u8").astype(np.uint64)


def _to_bits(words: NDArray[np.uint64], samples: int) -> NDArray[np.bool_]:
    """(rows, samples) bits back from (rows, words)."""
    raw = np.ascontiguousarray(words.astype("<u8")).view(np.uint8)
    return np.unpackbits(raw, axis=1, count=samples, bitorder="little").astype(np.bool_)


def unpack(packed: Packed) -> Codes:
    """The (variants, samples) matrix of codes."""
    codes = np.tile(packed.default, (packed.variants, 1))
    if len(packed.dense_row):
        low, high, first = (_to_bits(packed.plane[:, i], packed.samples) for i in range(3))
        diploid = packed.default == Genotype.HOM_REF
        ref_alt = np.where(packed.dense_phased, Genotype.HET_REF_ALT, Genotype.HET)[:, None]
        dense = codes[packed.dense_row]
        dense = np.where(low & ~high, np.where(first, Genotype.HET_ALT_REF, ref_alt), dense)
        dense = np.where(high & ~low, np.where(diploid, Genotype.HOM_ALT, Genotype.HAPLOID_ALT), dense)
        dense = np.where(high & low, np.where(diploid, Genotype.MISSING, Genotype.HAPLOID_MISSING), dense)
        codes[packed.dense_row] = dense
    row = np.repeat(np.arange(packed.variants), np.diff(packed.entry_offset))
    codes[row, packed.entry >> _CODE_BITS] = packed.entry & (2**_CODE_BITS - 1)
    return codes


def count_codes(packed: Packed, group: NDArray[np.int64], groups: int) -> Counts:
    """(variants, groups, codes) people of each group with each code.

    `group` is (samples,) with values 0 to groups - 1, or -1 for a person who is not counted.
    """
    counts = np.zeros((packed.variants, groups, CODES), dtype=np.int64)
    counted = group >= 0
    counts += np.bincount(group[counted] * CODES + packed.default[counted], minlength=groups * CODES).reshape(groups, CODES)
    _add_entries(counts, packed, group)
    for members, name, default in _uniform_groups(group, packed.default):
        _add_planes(counts, packed, members, name, default)
    return counts


def _add_entries(counts: Counts, packed: Packed, group: NDArray[np.int64]) -> None:
    """Move each person with an entry from the default code to the entry's."""
    row = np.repeat(np.arange(packed.variants), np.diff(packed.entry_offset))
    sample, code = packed.entry >> _CODE_BITS, packed.entry & (2**_CODE_BITS - 1)
    counted = group[sample] >= 0
    cell = (row[counted] * counts.shape[1] + group[sample[counted]]) * CODES
    flat = counts.reshape(-1)
    flat += np.bincount(cell + code[counted], minlength=flat.size)
    flat -= np.bincount(cell + packed.default[sample[counted]], minlength=flat.size)


def _uniform_groups(group: NDArray[np.int64], default: Codes) -> Iterator[tuple[NDArray[np.bool_], int, int]]:
    """People of one group with one default, as (samples,) membership, group and default."""
    for name in np.unique(group[group >= 0]):
        for usual in np.unique(default[group == name]):
            yield (group == name) & (default == usual), int(name), int(usual)


def _add_planes(counts: Counts, packed: Packed, members: NDArray[np.bool_], group: int, default: int) -> None:
    """Move people from the default code to what the bit planes say."""
    mask = _to_words(members[None, :])[0]
    low, high, first = (packed.plane[:, i] & mask for i in range(3))
    low, high, both, first = (np.bitwise_count(w).sum(axis=1, dtype=np.int64) for w in (low, high, low & high, first))
    diploid = default == Genotype.HOM_REF
    here = counts[packed.dense_row, group]
    here[:, default] -= low + high - both
    here[:, Genotype.MISSING if diploid else Genotype.HAPLOID_MISSING] += both
    here[:, Genotype.HOM_ALT if diploid else Genotype.HAPLOID_ALT] += high - both
    het = low - both
    here[:, Genotype.HET_ALT_REF] += first
    here[:, Genotype.HET_REF_ALT] += np.where(packed.dense_phased, het - first, 0)
    here[:, Genotype.HET] += np.where(packed.dense_phased, 0, het)
    counts[packed.dense_row, group] = here


def count_outcomes(packed: Packed, group: NDArray[np.int64], groups: int, copies: NDArray[np.int64]) -> Counts:
    """(variants, groups, outcomes) allele number, allele count and people per outcome, in the order of OUTCOMES.

    `copies` is (samples,): how many copies of this chromosome the person has, 0, 1 or 2 (see `goe.science.ploidy`).
    """
    if (copies == 2).all():  # autosomes: no need to tell people apart by ploidy
        autosomal: Counts = count_codes(packed, group, groups) @ EFFECT[2]
        return autosomal
    fine = np.where(group >= 0, group * 3 + copies, -1)
    codes = count_codes(packed, fine, groups * 3).reshape(packed.variants, groups, 3, CODES)
    counts: Counts = np.einsum("vgpc,pco->vgo", codes, EFFECT)
    return counts


def take(packed: Packed, rows: NDArray[np.int64]) -> Packed:
    """The block with only these variants; `rows` is (chosen,), ascending."""
    counts = np.diff(packed.entry_offset)
    chosen = np.isin(np.repeat(np.arange(packed.variants), counts), rows)
    dense = np.isin(packed.dense_row, rows)
    return Packed(
        default=packed.default,
        entry_offset=np.concatenate([[0], np.cumsum(counts[rows])]).astype(np.int64),
        entry=packed.entry[chosen],
        dense_row=np.searchsorted(rows, packed.dense_row[dense]).astype(np.int32),
        dense_phased=packed.dense_phased[dense],
        plane=packed.plane[dense],
    )
