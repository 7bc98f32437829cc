"""All batches of a node: which there are, and how a new one comes in whole or not at all."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goe.store.folders import unfinished
from goe.store.genomes.batch import BatchInfo, StoredBatch, faults, read_info
from goe.store.genomes.lineage import number, replaced, standing
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
        return f"batch-{max(map(number, self._lines()), default=0) + 1}"

    def admit(self, incoming: Path, batch_id: str) -> None:
        """Make a written batch part of the collection: in one step on a disk, with its manifest last elsewhere."""
        if isinstance(self._place, Bucket):
            self._place.below(batch_id).put(incoming, last="manifest.json")
        else:
            incoming.rename(self.folder / batch_id)
            (self.folder / batch_id).chmod(0o750)

    def replaced_by(self, batch_id: str) -> tuple[str, ...]:
        """The batches in whose place this one stands, oldest first."""
        return replaced(self._place.below(batch_id))

    def successors(self) -> dict[str, str]:
        """The batch that stands today in the place of each one that was replaced."""
        lines = self._lines()
        return {old: name for name in standing(lines) for old in lines[name]}

    def remove_replaced(self) -> None:
        """Remove what another batch replaces: at once out of sight under its name, whatever ends the run."""
        for name in self._lines().keys() & self.successors().keys():
            if isinstance(self._place, Bucket):
                self._place.below(name).remove()
            else:
                with self.incoming() as away:
                    (self.folder / name).rename(away / name)
                    shutil.rmtree(away)

    def _names(self) -> list[str]:
        return standing(self._lines())

    def _lines(self) -> dict[str, tuple[str, ...]]:
        """Every batch that is there, with those that it replaces."""
        named = [name for name in self._place.folders() if name.startswith("batch-")]
        if isinstance(self._place, Bucket):  # a copy that was cut short has no manifest
            named = [name for name in named if self._place.below(name).has("manifest.json")]
        return {name: replaced(self._place.below(name)) for name in named}
