"""Genotypes of a block of variants, packed; how to pack and unpack them.

A genotype is one of eleven codes that say what was written: how many alleles were called, and which. A block keeps a code
only where it differs from what that sample has *by default* in the block (reference at its usual ploidy), because nearly
every genotype of a nation is that. Rare sites are lists of carriers; sites with many carriers are two bit planes, with one bit
more for the phase of each heterozygote; a sample without any call over many sites is one gap.

`EFFECT` says what each code is worth, given how many copies of the chromosome the person has, which is where the allele number
gets its meaning; `goe.science.counting` counts with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

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
WORD = 64
DENSE_ABOVE = 32  # a variant with more than samples / 32 entries is kept as bit planes
GAP_ROWS = 16  # a sample without a call at so many variants in a row has a gap there

# What one person with a code adds to the six numbers, by the copies of the chromosome that the person has.
# Two copies (or karyotype unknown): as written. One copy: a second allele that was written all the same is not counted, and
# a heterozygous call, impossible there, is a missing one. No copy (Y in women): nothing, whatever was written.
_HOM_REF, _HET, _REF_ALT, _ALT_REF = (
    int(g) for g in (Genotype.HOM_REF, Genotype.HET, Genotype.HET_REF_ALT, Genotype.HET_ALT_REF)
)
# (default, codes) the bits of a code in the planes, low 1 and high 2, for people with two copies by default and with one
_BITS = np.zeros((2, CODES), dtype=np.uint8)
_BITS[0, [_HET, _REF_ALT, _ALT_REF, Genotype.HOM_ALT, Genotype.MISSING]] = 1, 1, 1, 2, 3
_BITS[1, [Genotype.HAPLOID_ALT, Genotype.HAPLOID_MISSING]] = 2, 3

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
    entry_sample  (entries,) integers: whose genotype it is, ascending within a variant
    entry_code    (entries,) uint8, values of Genotype
    dense_row     (dense,) int32, ascending: variants that have bit planes besides
    dense_phased  (dense,) bool: whether the heterozygotes in the planes are phased
    plane         (dense, 2, words) uint64: bits "one alternate allele or missing" and "two of them or missing"
    phase         (heterozygotes in planes of phased variants,) bool, in order: the alternate allele comes first; None where it
                  was not read, and heterozygotes then come out unphased
    gap           (gaps, 3) int32: sample, first variant and the variant after the last one: no call at all in between
    """

    default: Codes
    entry_offset: NDArray[np.int64]
    entry_sample: NDArray[Any]
    entry_code: Codes
    dense_row: NDArray[np.int32]
    dense_phased: NDArray[np.bool_]
    plane: NDArray[np.uint64]
    phase: NDArray[np.bool_] | None
    gap: NDArray[np.int32]

    @property
    def variants(self) -> int:
        """Number of variants in the block."""
        return len(self.entry_offset) - 1

    @property
    def samples(self) -> int:
        """Number of samples in the block."""
        return len(self.default)

    @property
    def entry_row(self) -> NDArray[np.int64]:
        """(entries,) the variant of each entry."""
        return np.repeat(np.arange(self.variants), np.diff(self.entry_offset))

    @property
    def gap_code(self) -> Codes:
        """(gaps,) the code of each gap: missing at the usual ploidy of its sample."""
        return missing_code(self.default[self.gap[:, 0]])


def missing_code(default: Codes) -> Codes:
    """The code of a no-call of somebody who has this by default."""
    return np.where(default == Genotype.HOM_REF, Genotype.MISSING, Genotype.HAPLOID_MISSING).astype(np.uint8)


def usual_default(codes: Codes) -> Codes:
    """(samples,) the reference code at the ploidy that most calls of each sample have in this block."""
    haploid = np.isin(codes, (Genotype.HAPLOID_REF, Genotype.HAPLOID_ALT, Genotype.HAPLOID_MISSING))
    mostly = haploid.sum(axis=0) * 2 > len(codes)
    return np.where(mostly, Genotype.HAPLOID_REF, Genotype.HOM_REF).astype(np.uint8)


def pack(codes: Codes) -> Packed:
    """Pack a (variants, samples) matrix of codes; `unpack` gives it back unchanged."""
    default = usual_default(codes)
    row, sample = np.nonzero(codes != default)
    return pack_entries(row, sample, codes[row, sample], len(codes), default)


def pack_entries(row: NDArray[Any], sample: NDArray[Any], code: Codes, variants: int, default: Codes) -> Packed:
    """Pack the genotypes that differ from the default; all three arrays are (entries,), ascending by row and then sample."""
    gap, kept = _gaps(row, sample, code, variants, default)
    if len(gap):
        row, sample, code = row[kept], sample[kept], code[kept]
    number = np.bincount(row, minlength=variants)
    is_dense = number * DENSE_ABOVE > len(default)
    there = np.repeat(is_dense, number)
    at = np.repeat(np.arange(is_dense.sum()), number[is_dense])
    plane, phased, phase, inside = _planes(at, sample[there], code[there], int(is_dense.sum()), default)
    left = ~there
    left[there] = ~inside  # what the planes say needs no entry
    return Packed(
        default=default,
        entry_offset=_offsets(np.bincount(row[left], minlength=variants)),
        entry_sample=sample[left].astype(np.uint16 if len(default) <= 1 << 16 else np.uint32),
        entry_code=code[left],
        dense_row=np.flatnonzero(is_dense).astype(np.int32),
        dense_phased=phased,
        plane=plane,
        phase=phase,
        gap=gap,
    )


def _offsets(number: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(number)]).astype(np.int64)


def _gaps(
    row: NDArray[Any], sample: NDArray[Any], code: Codes, variants: int, default: Codes
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Runs of at least GAP_ROWS missing calls of a sample, and which entries are in none of them."""
    kept = np.ones(len(row), dtype=np.bool_)
    gone = np.flatnonzero((code == Genotype.MISSING) | (code == Genotype.HAPLOID_MISSING))
    gone = gone[code[gone] == missing_code(default[sample[gone]])]
    key = sample[gone].astype(np.int64) * (variants + 1) + row[gone]  # one more, so that runs of two samples never touch
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-2) != 1)
    length = np.diff(first, append=len(order))
    long = length >= GAP_ROWS
    start = order[first[long]]
    gap = np.stack([sample[gone[start]], row[gone[start]], row[gone[start]] + length[long]], axis=1).astype(np.int32)
    kept[gone[order[np.repeat(long, length)]]] = False
    return gap, kept


def _planes(
    row: NDArray[Any], sample: NDArray[Any], code: Codes, rows: int, default: Codes
) -> tuple[NDArray[np.uint64], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Planes and phase of variants with many entries, whether each is phased, and (entries,) which entries the planes hold."""
    is_phased = (code == _REF_ALT) | (code == _ALT_REF)
    phased = np.bincount(row[is_phased], minlength=rows) > 0
    bits = _BITS[(default[sample] != _HOM_REF).view(np.uint8), code] if default.any() else _BITS[0].take(code)
    bits[(code == _HET) & phased[row]] = 0  # in a phased variant only phased heterozygotes are in the planes
    both = np.zeros((rows, words_for(len(default)) * WORD), dtype=np.uint8)
    both.reshape(-1)[row * both.shape[1] + sample] = bits
    words = [np.packbits(both & bit, axis=1, bitorder="little").view("<u8") for bit in (1, 2)]
    return np.stack(words, axis=1).astype(np.uint64, copy=False), phased, code[is_phased & (bits == 1)] == _ALT_REF, bits > 0


def words_for(samples: int) -> int:
    """Words of 64 bits that hold one bit a sample."""
    return -(-samples // WORD)


def to_words(bits: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """(rows, samples) bits as (rows, words) of 64, little-endian, the last word padded with zeros."""
    padded = np.pad(bits, ((0, 0), (0, -bits.shape[1] % WORD)))
    return np.packbits(padded, axis=1, bitorder="little").view("<u8").astype(np.uint64, copy=False)


def to_bits(words: NDArray[np.uint64], samples: int) -> NDArray[np.bool_]:
    """(rows, samples) bits back from (rows, words)."""
    raw = np.ascontiguousarray(words.astype("<u8", copy=False)).view(np.uint8)
    return np.unpackbits(raw, axis=1, count=samples, bitorder="little").view(np.bool_)


def unpack(packed: Packed) -> Codes:
    """The (variants, samples) matrix of codes."""
    codes = np.tile(packed.default, (packed.variants, 1))
    if len(packed.dense_row):
        codes[packed.dense_row] = _unpacked_planes(packed)
    codes[packed.entry_row, packed.entry_sample] = packed.entry_code
    for (sample, first, last), code in zip(packed.gap.tolist(), packed.gap_code, strict=True):
        codes[first:last, sample] = code
    return codes


def _unpacked_planes(packed: Packed) -> Codes:
    """(dense, samples) codes of the variants with planes, without their entries."""
    low, high = (to_bits(packed.plane[:, i], packed.samples) for i in range(2))
    diploid = packed.default == Genotype.HOM_REF
    codes: Codes = np.where(high & ~low, np.where(diploid, Genotype.HOM_ALT, Genotype.HAPLOID_ALT), packed.default).astype(
        np.uint8
    )
    codes[low & ~high] = Genotype.HET
    if packed.phase is not None:
        phased = np.flatnonzero(packed.dense_phased)
        codes[phased] = _with_phase(codes[phased], (low & ~high)[phased], packed.phase)
    return np.where(low & high, missing_code(packed.default), codes)


def _with_phase(codes: Codes, het: NDArray[np.bool_], phase: NDArray[np.bool_]) -> Codes:
    codes[het] = np.where(phase, Genotype.HET_ALT_REF, Genotype.HET_REF_ALT)
    return codes


def take(packed: Packed, rows: NDArray[np.int64]) -> Packed:
    """The block with only these variants; `rows` is (chosen,), ascending."""
    number = np.diff(packed.entry_offset)
    chosen = np.zeros(packed.variants, dtype=np.bool_)
    chosen[rows] = True
    entry, dense = np.repeat(chosen, number), chosen[packed.dense_row]
    gap = packed.gap.copy()
    gap[:, 1:] = np.searchsorted(rows, packed.gap[:, 1:])
    return replace(
        packed,
        entry_offset=_offsets(number[rows]),
        entry_sample=packed.entry_sample[entry],
        entry_code=packed.entry_code[entry],
        dense_row=np.searchsorted(rows, packed.dense_row[dense]).astype(np.int32),
        dense_phased=packed.dense_phased[dense],
        plane=packed.plane[dense],
        phase=None if packed.phase is None else packed.phase[np.repeat(dense, phased_heterozygotes(packed))],
        gap=gap[gap[:, 1] < gap[:, 2]],
    )


def phased_heterozygotes(packed: Packed) -> NDArray[np.int64]:
    """(dense,) how many bits of `phase` each variant with planes has."""
    low, high = packed.plane[:, 0], packed.plane[:, 1]
    het = np.bitwise_count(low & ~high).sum(axis=1, dtype=np.int64)
    return np.where(packed.dense_phased, het, 0)


def joined(parts: Sequence[Packed]) -> Packed:
    """Blocks of the same samples with the same default, one after the other."""
    start = np.cumsum([0, *(p.variants for p in parts)])
    shifted = [p.gap + np.array([0, s, s], dtype=np.int32) for p, s in zip(parts, start, strict=False)]
    phase = [p.phase for p in parts if p.phase is not None]
    return Packed(
        default=parts[0].default,
        entry_offset=_offsets(np.concatenate([np.diff(p.entry_offset) for p in parts])),
        entry_sample=np.concatenate([p.entry_sample for p in parts]),
        entry_code=np.concatenate([p.entry_code for p in parts]),
        dense_row=np.concatenate([p.dense_row + s for p, s in zip(parts, start, strict=False)]).astype(np.int32),
        dense_phased=np.concatenate([p.dense_phased for p in parts]),
        plane=np.concatenate([p.plane for p in parts]),
        phase=np.concatenate(phase) if len(phase) == len(parts) else None,
        gap=np.concatenate(shifted),
    )
