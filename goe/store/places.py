"""Where files lie: a folder on a disk, or a prefix on any storage that fsspec reaches (S3, for example).

Only what the genotype store needs: whole files, parts of files, what there is, and writing a finished folder. A place is told
by its path or URL, so that it can be handed to another process.
"""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from goe.errors import NotFound


class Place(Protocol):
    """A folder, wherever it is."""

    address: str

    def below(self, name: str) -> Place:
        """A folder in this one."""

    def read(self, name: str, first: int = 0, last: int | None = None) -> bytes:
        """The bytes of a file, from first to last (exclusive). Raises OSError where there is no such file."""

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""

    def folders(self) -> list[str]:
        """Names of the folders in this one."""

    def files(self) -> list[str]:
        """Every file below, by relative path, sorted."""

    def size(self, name: str) -> int:
        """Bytes of a file."""


class Folder:
    """A folder on a disk."""

    def __init__(self, path: Path) -> None:
        self.path, self.address = path, str(path)

    def below(self, name: str) -> Folder:
        """A folder in this one."""
        return Folder(self.path / name)

    def read(self, name: str, first: int = 0, last: int | None = None) -> bytes:
        """The bytes of a file, from first to last (exclusive)."""
        with (self.path / name).open("rb", buffering=0) as file:
            if last is None:
                file.seek(first)
                return file.read()
            return os.pread(file.fileno(), last - first, first)

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return (self.path / name).is_file()

    def folders(self) -> list[str]:
        """Names of the folders in this one."""
        return [p.name for p in self.path.iterdir() if p.is_dir()] if self.path.is_dir() else []

    def files(self) -> list[str]:
        """Every file below, by relative path, sorted."""
        return sorted(p.relative_to(self.path).as_posix() for p in self.path.rglob("*") if p.is_file())

    def size(self, name: str) -> int:
        """Bytes of a file."""
        return (self.path / name).stat().st_size


class Bucket:
    """A prefix on a storage that fsspec knows by its URL."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")

    @cached_property
    def _storage(self) -> tuple[Any, str]:
        try:
            from fsspec.core import url_to_fs

            found: tuple[Any, str] = url_to_fs(self.address, skip_instance_cache=False, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            remedy = "install what the storage needs, for S3: pip install 'goe[s3]'"
            raise NotFound("this storage cannot be reached", where=self.address, remedy=remedy) from error
        return found

    def _path(self, name: str) -> str:
        return f"{self._storage[1]}/{name}"

    def below(self, name: str) -> Bucket:
        """A folder in this one."""
        return Bucket(f"{self.address}/{name}")

    def read(self, name: str, first: int = 0, last: int | None = None) -> bytes:
        """The bytes of a file, from first to last (exclusive)."""
        found: bytes = self._storage[0].cat_file(self._path(name), start=first or None, end=last)
        return found

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return bool(self._storage[0].isfile(self._path(name)))

    def folders(self) -> list[str]:
        """Names of the folders in this one."""
        storage, root = self._storage
        if not storage.exists(root):
            return []
        return [e["name"].rstrip("/").rsplit("/", 1)[-1] for e in storage.ls(root, detail=True) if e["type"] == "directory"]

    def files(self) -> list[str]:
        """Every file below, by relative path, sorted."""
        storage, root = self._storage
        return sorted(path[len(root.rstrip("/")) + 1 :] for path in storage.find(root))

    def size(self, name: str) -> int:
        """Bytes of a file."""
        return int(self._storage[0].size(self._path(name)))

    def put(self, folder: Path, *, last: str) -> None:
        """Copy a folder here; the file `last` goes last, since what lacks it does not count as there."""
        storage, root = self._storage
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        for path in sorted(files, key=lambda p: p == folder / last):
            target = f"{root}/{path.relative_to(folder).as_posix()}"
            storage.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
            storage.put_file(str(path), target)

    def remove(self) -> None:
        """Remove everything here; the manifest first, so that a removal cut short leaves nothing that counts as there."""
        storage, root = self._storage
        if storage.isfile(f"{root}/manifest.json"):
            storage.rm_file(f"{root}/manifest.json")
        if storage.exists(root):
            storage.rm(root, recursive=True)


def place(address: str | Path) -> Folder | Bucket:
    """The place of a path or URL.

    >>> place("s3://genomes/FI").below("batch-1").address
    's3://genomes/FI/batch-1'
    """
    return Bucket(address) if isinstance(address, str) and "://" in address else Folder(Path(address))
