"""What a batch says of itself, and how large it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from goe.acts.setting import Node
from goe.errors import NotFound
from goe.rules.variants import CONTIGS
from goe.store.genomes.compaction import read_callable


def show_batch(node: Node, batch_id: str) -> dict[str, Any]:
    """The manifest without its list of files, bytes on disk, variants per chromosome, bases read by a genome on average.

    Raises NotFound for a batch that is not there, with its successor if it was rewritten.
    """
    known = [b.batch_id for b in node.genomes.batches()]
    if batch_id not in known:
        now = node.genomes.successors().get(batch_id)
        found = f"{batch_id} was rewritten as {now}" if now else f"there is no batch {batch_id!r}"
        raise NotFound(found, expected=", ".join(known) or "a batch", where=str(node.folder))
    stored = node.genomes.batch(batch_id)
    files = [stored.place.size(name) for name in stored.place.files()]
    contigs, sites = np.unique(stored.key >> 32, return_counts=True)
    info = {name: value for name, value in vars(stored.info).items()}
    return {
        **info,
        "assembly": stored.info.assembly.value,
        "inputs": [{"name": name, "sha256": sha} for name, sha in stored.info.inputs],
        "notes": list(stored.info.notes),
        "replaces": list(node.genomes.replaced_by(batch_id)),
        "files": len(files),
        "bytes": sum(files),
        "sites": {CONTIGS[c]: int(n) for c, n in zip(contigs.tolist(), sites.tolist(), strict=True)},
        "callable_bases": _callable_bases(node, batch_id),
    }


def _callable_bases(node: Node, batch_id: str) -> int:
    """Bases in which a genome was read besides the listed variants, the mean over the genomes; 0 where the file did not say."""
    stored = node.genomes.batch(batch_id)
    bases = {
        sample: sum(int((last - first + 1).sum()) for first, last in regions.values())
        for sample, regions in read_callable(stored.place).items()
    }
    everybody = bases.pop(-1, 0)
    return everybody + round(sum(bases.values()) / max(len(stored.samples), 1))
