"""How a block of packed genotypes lies in the arrays of a batch, end to end with the blocks before it.

    default        reference code of each sample in the block
    entry_count    entries of each variant
    entry_low      sample of each entry, less that of the entry before it in the block, modulo 2^32: the lowest byte
    entry_high     ... the second byte
    entry_top      ... the upper two bytes, only where there are more than 65,536 samples
    entry_code     code of each entry, two to a byte, the first in the low half; a block is filled up to whole bytes
    dense_row, dense_phased, plane      as in `goe.science.genotypes.Packed`
    phase          one bit for each heterozygote in planes of phased variants, filled up to whole bytes
    gap            sample, first variant and variant after the last, three numbers a gap
    block_...      how many of each a block has, its chromosome (index) and its ploidy region

Differences and separate bytes compress well; a rare variant costs little more than the information in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from goe.science.genotypes import Packed, words_for
from goe.science.ploidy import Region

WIDE = 1 << 16  # more samples than this need more than two bytes
BLOCK_COLUMNS = ("variants", "contig", "region", "entries", "dense", "phases", "gaps")
DTYPES: dict[str, Any] = {
    "default": np.uint8,
    "entry_count": np.uint32,
    "entry_low": np.uint8,
    "entry_high": np.uint8,
    "entry_top": np.uint16,
    "entry_code": np.uint8,
    "dense_row": np.uint16,
    "dense_phased": np.bool_,
    "plane": np.uint64,
    "phase": np.uint8,
    "gap": np.uint32,
    **{f"block_{name}": np.int64 for name in BLOCK_COLUMNS},
}


@dataclass(frozen=True)
class Extent:
    """Where a block lies: `first` is its first variant, `start` the first element of each array, `size` the numbers of it."""

    first: int
    contig: int
    region: Region
    size: Mapping[str, int]
    start: Mapping[str, int]

    @property
    def last(self) -> int:
        """The variant after the block's last one."""
        return self.first + self.size["variants"]


def encode(packed: Packed, contig: int, region: Region) -> dict[str, NDArray[Any]]:
    """The parts of each array that a block adds. The phase must have been read."""
    assert packed.phase is not None
    sample = packed.entry_sample.astype(np.uint32)
    step = sample - np.concatenate([np.zeros(1, dtype=np.uint32), sample])[:-1]
    numbers = (packed.variants, contig, region, len(step), len(packed.dense_row), len(packed.phase), len(packed.gap))
    code = np.pad(packed.entry_code, (0, len(step) % 2))
    wide = {"entry_top": step >> np.uint32(16)} if packed.samples > WIDE else {}
    return {
        "default": packed.default,
        "entry_count": np.diff(packed.entry_offset),
        "entry_low": step & np.uint32(255),
        "entry_high": (step >> np.uint32(8)) & np.uint32(255),
        **wide,
        "entry_code": code[::2] | code[1::2] << np.uint8(4),
        "dense_row": packed.dense_row,
        "dense_phased": packed.dense_phased,
        "plane": packed.plane,
        "phase": np.packbits(packed.phase, bitorder="little"),
        "gap": packed.gap,
        **{f"block_{name}": np.array([n]) for name, n in zip(BLOCK_COLUMNS, numbers, strict=True)},
    }


def extents(columns: Mapping[str, NDArray[np.int64]], samples: int) -> list[Extent]:
    """Where each block lies, from the block columns."""
    found: list[Extent] = []
    start = dict.fromkeys(("variants", "default", "entries", "codes", "dense", "plane", "phase", "gap"), 0)
    for numbers in zip(*(columns[name].tolist() for name in BLOCK_COLUMNS), strict=True):
        size = dict(zip(BLOCK_COLUMNS, numbers, strict=True))
        found.append(Extent(start["variants"], size["contig"], Region(size["region"]), size, dict(start)))
        start["variants"] += size["variants"]
        start["default"] += samples
        start["entries"] += size["entries"]
        start["codes"] += -(-size["entries"] // 2)
        start["dense"] += size["dense"]
        start["plane"] += size["dense"] * 2 * words_for(samples)
        start["phase"] += -(-size["phases"] // 8)
        start["gap"] += size["gaps"] * 3
    return found


def decode(read: Any, extent: Extent, samples: int, *, phase: bool) -> Packed:
    """The block again; `read(name, first, last)` gives a part of an array. The phase is read only where it is asked for."""
    size, start = extent.size, extent.start
    entries, dense, words = size["entries"], size["dense"], words_for(samples)

    def part(name: str, at: str, length: int) -> NDArray[Any]:
        found: NDArray[Any] = read(name, start[at], start[at] + length)
        return found

    count = part("entry_count", "variants", size["variants"])
    return Packed(
        default=part("default", "default", samples),
        entry_offset=np.concatenate([[0], np.cumsum(count, dtype=np.int64)]),
        entry_sample=_samples(part, entries, samples),
        entry_code=_codes(part("entry_code", "codes", -(-entries // 2)), entries),
        dense_row=part("dense_row", "dense", dense).astype(np.int32),
        dense_phased=part("dense_phased", "dense", dense),
        plane=part("plane", "plane", dense * 2 * words).reshape(dense, 2, words),
        phase=_bits(part("phase", "phase", -(-size["phases"] // 8)), size["phases"]) if phase else None,
        gap=part("gap", "gap", size["gaps"] * 3).astype(np.int32).reshape(-1, 3),
    )


def _samples(part: Any, entries: int, samples: int) -> NDArray[Any]:
    step = part("entry_high", "entries", entries).astype(np.uint16)
    step <<= np.uint16(8)
    step |= part("entry_low", "entries", entries)
    if samples <= WIDE:
        return np.cumsum(step, dtype=np.uint16)
    wide = part("entry_top", "entries", entries).astype(np.uint32) << np.uint32(16) | step
    return np.cumsum(wide, dtype=np.uint32)


def _codes(pairs: NDArray[np.uint8], entries: int) -> NDArray[np.uint8]:
    code = np.empty((len(pairs), 2), dtype=np.uint8)
    np.bitwise_and(pairs, 15, out=code[:, 0])
    np.right_shift(pairs, 4, out=code[:, 1])
    return code.reshape(-1)[:entries]


def _bits(raw: NDArray[np.uint8], number: int) -> NDArray[np.bool_]:
    return np.unpackbits(raw, count=number, bitorder="little").view(np.bool_)


def decode_one(read: Any, extent: Extent, samples: int, row: int) -> Packed:
    """One variant of a block, without the phase of its planes; little more is read than where it lies."""
    size, start, words = extent.size, extent.start, words_for(samples)
    count = read("entry_count", start["variants"], start["variants"] + row + 1)
    last = int(count.sum(dtype=np.int64))
    first = last - int(count[row])
    even = first // 2 * 2  # two codes share a byte
    code = _codes(read("entry_code", start["codes"] + even // 2, start["codes"] + -(-last // 2)), last - even)
    place = np.flatnonzero(read("dense_row", start["dense"], start["dense"] + size["dense"]) == row)
    gap = read("gap", start["gap"], start["gap"] + size["gaps"] * 3).astype(np.int32).reshape(-1, 3)
    gap = gap[(gap[:, 1] <= row) & (row < gap[:, 2])]
    gap[:, 1:] = 0, 1
    at = start["plane"] + (int(place[0]) if len(place) else 0) * 2 * words
    return Packed(
        default=read("default", start["default"], start["default"] + samples),
        entry_offset=np.array([0, last - first]),
        entry_sample=_samples(lambda name, at, number: read(name, start[at], start[at] + number), last, samples)[first:],
        entry_code=code[first - even :],
        dense_row=np.zeros(len(place), dtype=np.int32),
        dense_phased=np.zeros(len(place), dtype=np.bool_),
        plane=read("plane", at, at + len(place) * 2 * words).reshape(-1, 2, words),
        phase=None,
        gap=gap,
    )
