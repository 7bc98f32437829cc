"""Genotypes turned round: bit planes per person instead of per variant.

A block of the store holds one variant after the other, which suits counting people. Comparing two people, or describing one,
needs one person after the other. Here a block becomes two bit planes per person, with four states for each variant:
homozygous reference 00, heterozygous 01, homozygous alternate 10, missing 11 (written high, low). Phase is dropped, a haploid
call is a homozygous one, and a call of half a genotype is missing, as in plink2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from goe.science.genotypes import Genotype, Packed, to_bits, to_words

Words = NDArray[np.uint64]

HOM_REF, HET, HOM_ALT, MISSING = range(4)
STATES = 4
STATE: NDArray[np.uint8] = np.full(len(Genotype), MISSING, dtype=np.uint8)  # (codes,) the state of each Genotype
STATE[[Genotype.HOM_REF, Genotype.HAPLOID_REF]] = HOM_REF
STATE[[Genotype.HET, Genotype.HET_REF_ALT, Genotype.HET_ALT_REF]] = HET
STATE[[Genotype.HOM_ALT, Genotype.HAPLOID_ALT]] = HOM_ALT

_WORD = 64
_TOGETHER = 8  # words of variants turned at a time, so that the work stays in the cache
# For the exchange of blocks of j x j bits: the low j bits of every 2 j.
_LOW_HALVES = {j: np.uint64(((1 << _WORD) - 1) // ((1 << j) + 1)) for j in (32, 16, 8, 4, 2, 1)}


@dataclass(frozen=True)
class ByPerson:
    """Genotypes of each person at the same variants.

    low, high  (samples, words) uint64: one bit a variant, little-endian; bits beyond the last variant are set in both (missing)
    variants   how many there are
    """

    low: Words
    high: Words
    variants: int

    @property
    def samples(self) -> int:
        """Number of people."""
        return len(self.low)

    @property
    def missing(self) -> NDArray[np.int64]:
        """(samples,) variants at which each person has no call."""
        padding = np.int64(self.low.shape[1] * _WORD - self.variants)
        return ones(self.low & self.high) - padding

    @property
    def het(self) -> NDArray[np.int64]:
        """(samples,) variants at which each person is heterozygous."""
        return ones(self.low & ~self.high)


def by_person(blocks: Iterable[Packed]) -> ByPerson:
    """The variants of some blocks, all of the same samples, person by person, in the order given."""
    rows, samples = [], 0
    for packed in blocks:
        samples = packed.samples
        rows.append(planes(packed))
    if not rows:
        raise ValueError("no block of genotypes was given; at least one is needed")
    low, high = (np.concatenate(planes) for planes in zip(*rows, strict=True))
    return of_planes(low, high, samples)


def ones(words: Words) -> NDArray[np.int64]:
    """Bits set in the last axis, (..., words) to (...)."""
    found: NDArray[np.int64] = np.bitwise_count(words).sum(axis=-1, dtype=np.int64)
    return found


def of_planes(low: Words, high: Words, samples: int) -> ByPerson:
    """The same from two planes that still lie variant by variant, (variants, words of samples)."""
    return ByPerson(turned(low, samples, padding=True), turned(high, samples, padding=True), len(low))


def dosages(people: ByPerson, rows: NDArray[np.int64], *, together: int = 16) -> Iterator[NDArray[np.int8]]:
    """Blocks of (variants, samples) alternate alleles, -1 where missing, of the variants in `rows`, which ascend."""
    for first in range(0, people.low.shape[1], together):
        here = rows[(rows >= first * _WORD) & (rows < (first + together) * _WORD)] - first * _WORD
        if len(here):
            low, high = (
                to_bits(plane[:, first : first + together], together * _WORD)[:, here].T for plane in (people.low, people.high)
            )
            yield np.where(low & high, -1, low + 2 * high.astype(np.int8)).astype(np.int8)


def column_sums(rows: Words, samples: int) -> NDArray[np.int64]:
    """(samples,) bits set in each column of (variants, words of samples).

    Three rows make a sum and a carry, like three digits in a full adder, until one row is left for each power of two; that is
    a seventh of the work of turning the rows round.
    """
    found, power = np.zeros(samples, dtype=np.int64), 1
    while len(rows):
        carried = [rows[:0]]
        while len(rows) > 1:
            third = max(len(rows) // 3, 1)
            a, b, c, rest = rows[:third], rows[third : 2 * third], rows[2 * third : 3 * third], rows[3 * third :]
            differ = a ^ b
            carry = a & b
            if len(c):
                carry |= differ & c
                differ ^= c
            carried.append(carry)
            rows = np.concatenate([differ, rest]) if len(rest) else differ
        found += power * to_bits(rows, samples)[0].astype(np.int64)
        rows, power = np.concatenate(carried), 2 * power
    return found


def only(packed: Packed, mask: NDArray[np.bool_]) -> Packed:
    """The block with nothing but the default in everybody outside `mask`, (samples,); unphased."""
    if mask.all():
        return packed
    kept = mask[packed.entry_sample]
    before = np.concatenate([[0], np.cumsum(kept)])
    return replace(
        packed,
        entry_offset=before[packed.entry_offset],
        entry_sample=packed.entry_sample[kept],
        entry_code=packed.entry_code[kept],
        plane=packed.plane & to_words(mask[None, :])[0],
        phase=None,
        gap=packed.gap[mask[packed.gap[:, 0]]],
    )


def entries(packed: Packed) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Variant, sample and state of each entry of a block, three arrays of (entries,); gaps are apart."""
    return packed.entry_row, packed.entry_sample.astype(np.int64), STATE[packed.entry_code]


def planes(packed: Packed) -> tuple[Words, Words]:
    """Both planes of a block, still variant by variant: (variants, words of samples)."""
    words = -(-packed.samples // _WORD)
    low, high = np.zeros((2, packed.variants, words), dtype=np.uint64)
    low[packed.dense_row], high[packed.dense_row] = packed.plane[:, 0], packed.plane[:, 1]
    row, sample, state = entries(packed)
    if len(row):
        cell = row * words + (sample >> 6)
        first = np.concatenate([[0], np.flatnonzero(np.diff(cell)) + 1])  # entries ascend, so those of a word are together
        place = (sample & 63).astype(np.uint64)
        for plane, bit in ((low, state & 1), (high, state >> 1)):
            plane.reshape(-1)[cell[first]] |= np.bitwise_or.reduceat(bit.astype(np.uint64) << place, first)
    for sample, first, last in packed.gap.tolist():
        for plane in (low, high):
            plane[first:last, sample >> 6] |= np.uint64(1) << np.uint64(sample & 63)
    return low, high


def turned(rows: Words, samples: int, *, padding: bool = False) -> Words:
    """(variants, words of samples) bits as (samples, words of variants); bits beyond the last variant are set to `padding`."""
    variants, words = rows.shape
    depth = -(-variants // _WORD)
    found = np.empty((words, _WORD, depth), dtype=np.uint64)
    for start in range(0, depth, _TOGETHER):
        part = rows[start * _WORD : (start + _TOGETHER) * _WORD]
        missing = -len(part) % _WORD
        if missing:
            part = np.concatenate([part, np.full((missing, words), np.uint64(2**_WORD - 1) if padding else 0, dtype=np.uint64)])
        found[:, :, start : start + _TOGETHER] = _transposed(part.reshape(-1, _WORD, words)).transpose(2, 1, 0)
    return found.reshape(words * _WORD, depth)[:samples]


def _transposed(square: Words) -> Words:
    """Transpose (blocks, 64, words), each a 64 x 64 square of bits along the second axis and within the word.

    Exchanges the off-diagonal halves, then quarters, ...: Warren, Hacker's Delight, 2nd edition, section 7-3.
    """
    bits = square.copy()
    for j, low_half in _LOW_HALVES.items():
        pair = bits.reshape(len(bits), _WORD // (2 * j), 2, j, -1)
        above, below = pair[:, :, 0], pair[:, :, 1]
        exchanged = ((above >> np.uint64(j)) ^ below) & low_half
        below ^= exchanged
        above ^= exchanged << np.uint64(j)
    return bits
