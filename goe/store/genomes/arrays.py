"""Long one-dimensional arrays in a Zarr v3 group, written as they grow and read in parts.

zarr-python opens them; here they are written and read directly, since a library that takes milliseconds to find a chunk is too
slow for looking up one variant. Each array is cut into inner chunks of about a megabyte, zstd with a checksum that every read
verifies, and 64 of them to a shard, so that a nation does not become millions of files. Format: Zarr specification 3.1, codecs
`bytes`, `zstd`, `sharding_indexed`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from goe.errors import Damaged
from goe.store.places import Place

_CHUNK_BYTES = 1 << 20
_CHUNKS_OF_SHARD = 64
_LEVEL = 3
_ABSENT = np.iinfo(np.uint64).max


class ArrayWriter:
    """One array that grows; `close` writes what is left and the metadata."""

    def __init__(self, folder: Path, dtype: Any) -> None:
        import zstandard

        self.length = 0
        self._folder, self._dtype = folder, np.dtype(dtype)
        self._chunk = max(1, _CHUNK_BYTES // self._dtype.itemsize)
        self._waiting: list[NDArray[Any]] = []
        self._number = self._shard = 0
        self._index: list[tuple[int, int]] = []
        self._file: BinaryIO | None = None
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
        folder.mkdir(parents=True)

    def append(self, data: NDArray[Any]) -> None:
        """Add elements at the end."""
        self._waiting.append(np.ascontiguousarray(data, dtype=self._dtype).reshape(-1))
        self._number += data.size
        self.length += data.size
        if self._number >= self._chunk:
            self._write_chunks()

    def close(self) -> None:
        """Write the last chunk, which is filled up with zeros, and the metadata."""
        self._write_chunks()
        if self._number:
            self._write_chunk(np.concatenate([*self._waiting, np.zeros(self._chunk - self._number, self._dtype)]))
        self.abandon()
        (self._folder / "zarr.json").write_text(json.dumps(_metadata(self._dtype, self.length, self._chunk), indent=1))

    def abandon(self) -> None:
        """Let go of the open file, after which nothing can be written."""
        if self._file:
            self._end_shard()

    def _write_chunks(self) -> None:
        data = np.concatenate(self._waiting) if self._waiting else np.empty(0, self._dtype)
        whole = len(data) // self._chunk * self._chunk
        for start in range(0, whole, self._chunk):
            self._write_chunk(data[start : start + self._chunk])
        self._waiting, self._number = [data[whole:].copy()], len(data) - whole

    def _write_chunk(self, data: NDArray[Any]) -> None:
        if self._file is None:
            (self._folder / "c").mkdir(exist_ok=True)
            self._file = (self._folder / "c" / str(self._shard)).open("wb")
        frame = self._compressor.compress(data.astype(self._dtype.newbyteorder("<"), copy=False).data)
        self._index.append((self._file.tell(), len(frame)))
        self._file.write(frame)
        if len(self._index) == _CHUNKS_OF_SHARD:
            self._end_shard()

    def _end_shard(self) -> None:
        assert self._file is not None
        index = np.full((_CHUNKS_OF_SHARD, 2), _ABSENT, dtype="<u8")
        index[: len(self._index)] = self._index
        self._file.write(index.tobytes())
        self._file.close()
        self._file, self._index, self._shard = None, [], self._shard + 1


class GroupWriter:
    """A Zarr group of arrays that grow together; leaving it without an error closes them."""

    def __init__(self, folder: Path, dtypes: Mapping[str, Any]) -> None:
        folder.mkdir()
        (folder / "zarr.json").write_text(json.dumps({"zarr_format": 3, "node_type": "group", "attributes": {}}))
        self.arrays = {name: ArrayWriter(folder / name, dtype) for name, dtype in dtypes.items()}

    def __enter__(self) -> GroupWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for array in self.arrays.values():
            if kind is None:
                array.close()
            else:
                array.abandon()


class ArrayReader:
    """One array of a group, of which parts are read. The last chunks that were read are remembered."""

    def __init__(self, group: Place, name: str) -> None:
        self._place = group.below(name)
        try:
            meta = json.loads(self._place.read("zarr.json"))
            (self.length,), (shard,) = meta["shape"], meta["chunk_grid"]["configuration"]["chunk_shape"]
            self.dtype = np.dtype(meta["data_type"])
            self._chunk = int(meta["codecs"][0]["configuration"]["chunk_shape"][0])
            self._chunks_of_shard = shard // self._chunk
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise self._damaged() from error
        self._index = lru_cache(maxsize=256)(self._read_index)
        self._data = lru_cache(maxsize=4)(self._read_chunk)

    def read(self, first: int = 0, last: int | None = None) -> NDArray[Any]:
        """Elements first to last (exclusive). Raises Damaged where a chunk is missing or not as it was written."""
        last = self.length if last is None else last
        if last <= first:
            return np.empty(0, self.dtype)
        parts = []
        for number in range(first // self._chunk, (last - 1) // self._chunk + 1):
            start = number * self._chunk
            parts.append(self._data(number)[max(first - start, 0) : last - start])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _read_chunk(self, number: int) -> NDArray[Any]:
        import zstandard

        shard, place = divmod(number, self._chunks_of_shard)
        try:
            start, size = self._index(shard)[place].tolist()
            frame = self._place.read(f"c/{shard}", start, start + size)
            raw = zstandard.ZstdDecompressor().decompress(frame, max_output_size=self._chunk * self.dtype.itemsize)
            return np.frombuffer(raw, dtype=self.dtype.newbyteorder("<"), count=self._chunk)
        except (OSError, ValueError, OverflowError, IndexError, zstandard.ZstdError) as error:
            raise self._damaged() from error

    def _read_index(self, shard: int) -> NDArray[np.uint64]:
        name, bytes_ = f"c/{shard}", self._chunks_of_shard * 16
        size = self._place.size(name)
        return np.frombuffer(self._place.read(name, size - bytes_, size), dtype="<u8").reshape(-1, 2)

    def _damaged(self) -> Damaged:
        return Damaged(
            "an array of the batch is missing or damaged", where=self._place.address, remedy="restore the batch from a copy"
        )


def _metadata(dtype: np.dtype[Any], length: int, chunk: int) -> dict[str, Any]:
    endian = {"name": "bytes", "configuration": {"endian": "little"}}
    inner = [endian, {"name": "zstd", "configuration": {"level": _LEVEL, "checksum": True}}]
    sharding = {"chunk_shape": [chunk], "codecs": inner, "index_codecs": [endian], "index_location": "end"}
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [length],
        "data_type": dtype.name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [chunk * _CHUNKS_OF_SHARD]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "fill_value": False if dtype == np.bool_ else 0,
        "codecs": [{"name": "sharding_indexed", "configuration": sharding}],
        "attributes": {},
    }
