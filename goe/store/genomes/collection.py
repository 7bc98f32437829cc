"""All batches of a node: which there are, and how a new one comes in whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goe.store.checksums import sha256
from goe.store.folders import unfinished
from goe.store.genomes.batch import BatchInfo, StoredBatch, faults, read_info
from goe.store.genomes.lineage import number, replaced, standing, successors


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
        return f"batch-{max((number(p.name) for p in self._everything()), default=0) + 1}"

    def admit(self, incoming: Path, batch_id: str) -> None:
        """Make a written batch part of the collection, in one step."""
        incoming.rename(self.folder / batch_id)
        (self.folder / batch_id).chmod(0o750)

    def replaced_by(self, batch_id: str) -> tuple[str, ...]:
        """The batches in whose place this one stands, oldest first."""
        return replaced(self.folder / batch_id)

    def successors(self) -> dict[str, str]:
        """The batch that stands today in the place of each one that was replaced."""
        return successors(self._everything())

    def replaced(self) -> list[Path]:
        """Folders of batches that another one replaces and that are still there."""
        return [path for path in self._everything() if path.name in self.successors()]

    def _paths(self) -> list[Path]:
        return standing(self._everything())

    def _everything(self) -> list[Path]:
        return sorted(self.folder.glob("batch-*"), key=lambda p: number(p.name))
