"""All batches of a node: which there are, and how a new one comes in whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goe.store.checksums import sha256
from goe.store.folders import unfinished
from goe.store.genomes.batch import BatchInfo, StoredBatch, faults, read_info


class Genomes:
    """The folder `genomes` of a node; each batch is a folder `batch-<number>` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def batches(self) -> list[BatchInfo]:
        """What each batch says of itself, oldest first."""
        return [read_info(path) for path in self._paths()]

    def batch(self, batch_id: str) -> StoredBatch:
        """One batch."""
        return StoredBatch(self.folder / batch_id)

    def faults(self) -> dict[str, list[str]]:
        """Batches that are not as they were written, with what is wrong."""
        found = {path.name: faults(path) for path in self._paths()}
        return {name: wrong for name, wrong in found.items() if wrong}

    def seals(self) -> dict[str, str]:
        """SHA-256 of the manifest of each batch, as it is now."""
        return {path.name: sha256(path / "manifest.json") for path in self._paths()}

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """A folder beside the batches to write a new one into; it is removed afterwards unless `admit` took it."""
        with unfinished(self.folder, "batch") as folder:
            yield folder

    def next_id(self) -> str:
        """The name of the next batch."""
        return f"batch-{max((int(p.name.split('-')[1]) for p in self._paths()), default=0) + 1}"

    def admit(self, incoming: Path, batch_id: str) -> None:
        """Make a written batch part of the collection, in one step."""
        incoming.rename(self.folder / batch_id)
        (self.folder / batch_id).chmod(0o750)

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("batch-*"), key=lambda p: int(p.name.split("-")[1]))
