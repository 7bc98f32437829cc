"""Writing BGZF, gzip in members of less than 64 kB that can be entered at each, and the indexes over sorted records in it.

Formats: SAM specification, section 4.1 (BGZF); `tabix.pdf` (TBI) and `CSIv1.pdf` of the same project. A place in the file is a
virtual offset: where its member begins, times 65536, plus the place within the member's text.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

MEMBER = 65280  # bytes of text in a member, as bgzip has it
_LEVEL = 3
_HEAD = bytes.fromhex("1f8b08040000000000ff060042430200")  # up to the size of the member
_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")

SHIFT, DEPTH = 14, 5  # a leaf bin has 16 kb; five levels above it reach 512 Mb, more than any chromosome
_STATISTICS = ((1 << (DEPTH * 3 + 3)) - 1) // 7 + 1  # the bin that holds how many records there are


class BgzfWriter:
    """A file that is written as BGZF; `written` is how much text it holds, and `offsets` says where text came to lie."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._pending = bytearray()
        self._start: list[int] = []  # where each member begins
        self._compressed = 0
        self.written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self._flush(whole=False)
            self._start.append(self._compressed)
            self._file.write(_END)
        self._file.close()

    def write(self, text: bytes) -> None:
        """Add text; whole members are written at once."""
        self._pending += text
        self.written += len(text)
        self._flush(whole=True)

    def offsets(self, place: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Virtual offsets of places in the text, after the file was closed."""
        start = np.array(self._start, dtype=np.int64)
        found: NDArray[np.uint64] = ((start[place // MEMBER] << 16) | place % MEMBER).astype(np.uint64)
        return found

    def _flush(self, *, whole: bool) -> None:
        end = len(self._pending) - (len(self._pending) % MEMBER if whole else 0)
        for begin in range(0, end, MEMBER):
            member = _member(bytes(self._pending[begin : min(begin + MEMBER, end)]))
            self._start.append(self._compressed)
            self._compressed += len(member)
            self._file.write(member)
        del self._pending[:end]


def _member(text: bytes) -> bytes:
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -15)
    body = deflate.compress(text) + deflate.flush()
    if len(body) + 26 > 1 << 16:  # what does not shrink is stored
        deflate = zlib.compressobj(0, zlib.DEFLATED, -15)
        body = deflate.compress(text) + deflate.flush()
    return b"".join((_HEAD, struct.pack("<H", len(body) + 25), body, struct.pack("<II", zlib.crc32(text), len(text))))


@dataclass(frozen=True)
class Records:
    """Where sorted records lie on the genome and in a closed file; all arrays are (records,).

    `contig` counts from 0, `first` to `last` are 0-based and half open, `begin` and `end` are virtual offsets.
    """

    contig: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    begin: NDArray[np.uint64]
    end: NDArray[np.uint64]

    def of(self, contig: int) -> Records:
        """Those of one contig."""
        here = self.contig == contig
        return Records(self.contig[here], self.first[here], self.last[here], self.begin[here], self.end[here])


def write_tabix(path: Path, records: Records, names: Sequence[str]) -> None:
    """Write a `.tbi` index of a VCF; `names` are the contigs that its records' numbers mean."""
    used = np.unique(records.contig).tolist()
    listed = b"".join(names[c].encode() + b"\0" for c in used)
    head = b"TBI\1" + struct.pack("<8i", len(used), 2, 1, 2, 0, ord("#"), 0, len(listed)) + listed
    parts = [_bins(of, linear=False) + _windows_text(of) for c in used for of in [records.of(c)]]
    _write(path, head + b"".join(parts))


def write_csi(path: Path, records: Records, contigs: int) -> None:
    """Write a `.csi` index of a BCF whose header has so many contigs."""
    head = b"CSI\1" + struct.pack("<4i", SHIFT, DEPTH, 0, contigs)
    _write(path, head + b"".join(_bins(records.of(c), linear=True) for c in range(contigs)))


def _write(path: Path, text: bytes) -> None:
    with BgzfWriter(path) as file:
        file.write(text + struct.pack("<Q", 0))  # no records without a place


def bins(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """The smallest bin that holds each stretch (first to last, 0-based, half open): `reg2bin` of the SAM specification.

    >>> bins(np.array([0, 16383, 0]), np.array([1, 16385, 1 << 29])).tolist()
    [4681, 585, 0]
    """
    found = np.zeros(len(first), dtype=np.int64)
    for level in range(DEPTH, 0, -1):  # from the leaves up: the first level at which both ends lie in one bin
        shift = SHIFT + 3 * (DEPTH - level)
        same = (found == 0) & (first >> shift == (last - 1) >> shift)
        found = np.where(same, ((1 << (3 * level)) - 1) // 7 + (first >> shift), found)
    return found


def _windows(of: Records) -> NDArray[np.uint64]:
    """(windows of 16 kb,) the offset before which no record overlaps the window."""
    low, high = of.first >> SHIFT, (of.last - 1) >> SHIFT
    windows = np.full(int(high.max(initial=-1)) + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    for step in range(int((high - low).max(initial=0)) + 1):
        reach = low + step <= high
        np.minimum.at(windows, (low + step)[reach], of.begin[reach])
    empty = windows == np.iinfo(np.uint64).max
    before = np.maximum.accumulate(np.where(empty, -1, np.arange(len(windows))))
    return np.where(before < 0, 0, windows[np.maximum(before, 0)]).astype(np.uint64)


def _windows_text(of: Records) -> bytes:
    windows = _windows(of)
    return struct.pack("<i", len(windows)) + windows.astype("<u8").tobytes()


def _bins(of: Records, *, linear: bool) -> bytes:
    """The bins of one contig with their chunks; `linear` puts each bin's first offset beside it, as CSI does."""
    number = bins(of.first, of.last)
    order = np.argsort(number, kind="stable")
    number = number[order]
    starts = np.ones(len(order), dtype=np.bool_)
    starts[1:] = (np.diff(number) != 0) | (np.diff(order) != 1)
    begin, end = of.begin[order][starts], of.end[order][np.append(starts[1:], True)[: len(order)]]
    in_bin, windows, parts = number[starts], _windows(of), []
    for bin_ in np.unique(in_bin).tolist():
        chunks = np.stack([begin[in_bin == bin_], end[in_bin == bin_]], axis=1)
        parts.append(_bin(bin_, windows, chunks, linear=linear))
    if parts:
        counts = np.array([[of.begin[0], of.end[-1]], [len(order), 0]], dtype=np.uint64)
        parts.append(_bin(_STATISTICS, None, counts, linear=linear))
    return struct.pack("<i", len(parts)) + b"".join(parts)


def _bin(number: int, windows: NDArray[np.uint64] | None, chunks: NDArray[np.uint64], *, linear: bool) -> bytes:
    offset = b""
    if linear:
        offset = struct.pack("<Q", 0 if windows is None else int(windows[min(_leaf(number), len(windows) - 1)]))
    return struct.pack("<I", number) + offset + struct.pack("<i", len(chunks)) + chunks.astype("<u8").tobytes()


def _leaf(number: int) -> int:
    """The first window of 16 kb that a bin covers."""
    level = next(n for n in range(DEPTH, -1, -1) if number >= ((1 << (3 * n)) - 1) // 7)
    return (number - ((1 << (3 * level)) - 1) // 7) << (3 * (DEPTH - level))
