"""Blocked gzip (BGZF): where the blocks of a file lie, so that parts of it can be read apart.

Each block is a gzip member of at most 64 kB of text that says its own compressed size: SAM specification, section 4.1.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_EXTRA = bytes.fromhex("060042430200")  # length of the extra field, then `BC` and the length of its content
_HEAD = 18
_TAIL = 8


class NotBlocked(Exception):
    """The file is not BGZF, or is damaged."""


@dataclass(frozen=True)
class Part:
    """Consecutive blocks of a file: their first bytes, and the byte after the last block."""

    number: int
    blocks: tuple[int, ...]
    end: int


def parts(path: Path, blocks: int) -> list[Part]:
    """A file as parts of so many blocks, the last one shorter. Raises NotBlocked where it is not BGZF."""
    with _mapped(path) as data:
        starts = list(_starts(data))
        size = len(data)
    edges = [*starts, size]
    return [
        Part(number, tuple(starts[i : i + blocks]), edges[min(i + blocks, len(starts))])
        for number, i in enumerate(range(0, len(starts), blocks))
    ]


def _starts(data: Any) -> Iterator[int]:
    """The first byte of each block."""
    start, size = 0, len(data)
    while start < size:
        if data[start : start + 4] != b"\x1f\x8b\x08\x04" or data[start + 10 : start + 16] != _EXTRA:
            raise NotBlocked
        yield start
        start += int.from_bytes(data[start + 16 : start + _HEAD], "little") + 1
    if start != size:
        raise NotBlocked


@contextmanager
def _mapped(path: Path) -> Iterator[Any]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def text_of(path: Path, part: Part, buffer: bytearray) -> tuple[int, int]:
    """Write the text of a part into `buffer`; where its lines begin and end there.

    A part has the lines that begin behind its first line end, up to the first line end behind it; the first part has its first
    line too. The buffer grows where it must and may be handed in again: new memory for every part costs more than reading it.
    Each block's checksum is verified. Raises NotBlocked for a damaged block.
    """
    used = 0
    with _mapped(path) as data:
        for start in part.blocks:
            used = _append(buffer, used, _inflated(data, start))
        begin = 0 if part.number == 0 else buffer.find(b"\n", 0, used) + 1
        if part.number and not begin:
            return used, used  # all within one line, which belongs to the part before
        used = _append(buffer, used, _rest_of_line(data, part.end))
    return begin, used


def _append(buffer: bytearray, used: int, text: bytes | bytearray) -> int:
    buffer[used : used + len(text)] = text
    return used + len(text)


def _rest_of_line(data: Any, start: int) -> bytes:
    """From the start of a block to the next line end, that included."""
    found = []
    while start < len(data):
        piece = _inflated(data, start)
        end = piece.find(b"\n") + 1
        found.append(piece[: end or None])
        if end:
            break
        start += int.from_bytes(data[start + 16 : start + _HEAD], "little") + 1
    return b"".join(found)


def _inflated(data: Any, start: int) -> bytearray:
    import deflate

    size = int.from_bytes(data[start + 16 : start + _HEAD], "little") + 1
    end = start + size
    crc, length = struct.unpack("<II", data[end - _TAIL : end])
    try:
        text: bytearray = deflate.deflate_decompress(data[start + _HEAD : end - _TAIL], length)
    except (deflate.DeflateError, ValueError) as error:
        raise NotBlocked from error
    if deflate.crc32(text) != crc or len(text) != length:
        raise NotBlocked
    return text
