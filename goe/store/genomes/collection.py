"""All batches of a node: which there are, and how a new one comes in whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goe.store.folders import unfinished
from goe.store.genomes.batch import BatchInfo, StoredBatch, faults, read_info
from goe.store.places import Bucket, Folder, place


class Genomes:
    """The batches of a node, each a folder `batch-<number>`.

    They lie in a folder on a disk, or at a URL that fsspec knows; batches are written in `folder` in both cases.
    """

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self._place: Folder | Bucket = place(url or folder)

    def batches(self) -> list[BatchInfo]:
        """What each batch says of itself, oldest first."""
        return [read_info(self._place.below(name)) for name in self._names()]

    def batch(self, batch_id: str) -> StoredBatch:
        """One batch."""
        return StoredBatch(self._place.below(batch_id))

    def faults(self) -> dict[str, list[str]]:
        """Batches that are not as they were written, with what is wrong."""
        found = {name: faults(self._place.below(name)) for name in self._names()}
        return {name: wrong for name, wrong in found.items() if wrong}

    def seals(self) -> dict[str, str]:
        """SHA-256 of the manifest of each batch, as it is now."""
        return {n: hashlib.sha256(self._place.below(n).read("manifest.json")).hexdigest() for n in self._names()}

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """A folder beside the batches to write a new one into; it is removed afterwards unless `admit` took it."""
        with unfinished(self.folder, "batch") as folder:
            yield folder

    def next_id(self) -> str:
        """The name of the next batch."""
        return f"batch-{max((int(name.split('-')[1]) for name in self._names()), default=0) + 1}"

    def admit(self, incoming: Path, batch_id: str) -> None:
        """Make a written batch part of the collection: in one step on a disk, with its manifest last elsewhere."""
        if isinstance(self._place, Bucket):
            self._place.below(batch_id).put(incoming, last="manifest.json")
        else:
            incoming.rename(self.folder / batch_id)
            (self.folder / batch_id).chmod(0o750)

    def _names(self) -> list[str]:
        named = [name for name in self._place.folders() if name.startswith("batch-")]
        if isinstance(self._place, Bucket):  # a copy that was cut short has no manifest
            named = [name for name in named if self._place.below(name).has("manifest.json")]
        return sorted(named, key=lambda name: int(name.split("-")[1]))
