"""Leaving genomes that may no longer be kept out of the store for good, by rewriting the batches that hold them.

A withdrawal ends every use at once, by consent; this ends the keeping. The new batch takes the place of the old one at the
moment it is admitted, and only then is the old one removed. After a run that was cut short the store counts what it counted
before, and the next run completes what is left.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from goe.acts.progress import Progress, Silence
from goe.acts.recorded import record_if_missing
from goe.acts.setting import Node
from goe.errors import Conflict
from goe.rules.events import Deed
from goe.rules.withdrawal import has_withdrawn
from goe.store.genomes.batch import seal
from goe.store.genomes.compaction import renewed_manifest, write_without


@dataclass(frozen=True)
class Rewritten:
    """A batch that holds, or held, genomes which may not be kept. `new` is empty while nothing was done."""

    old: str
    new: str
    removed: int
    kept: int


def withdrawn_genomes(node: Node) -> frozenset[str]:
    """Genomes of registered participants who have withdrawn every scope."""
    today, links = node.clock().date(), node.registry.links()
    gone = {person for person, history in node.registry.consents().items() if has_withdrawn(history, today)}
    return frozenset(genome for genome, s in node.registry.samples().items() if links.get(s.sample_id) in gone)


def compact_genomes(
    node: Node, gone: Collection[str], *, dry_run: bool = False, progress: Progress | None = None
) -> list[Rewritten]:
    """Rewrite every batch that holds genomes named in `gone` without them, and remove what earlier runs left behind.

    With `dry_run` nothing is changed. The remaining people count exactly as before. Raises Conflict where another process
    rewrote the same batch meanwhile.
    """
    names = frozenset(gone)
    found = {b.batch_id: len(names & set(node.genomes.batch(b.batch_id).samples)) for b in node.genomes.batches()}
    wanted = [name for name, number in found.items() if number]
    if dry_run:
        return [Rewritten(name, "", found[name], node.genomes.batch(name).info.samples - found[name]) for name in wanted]
    _complete(node)
    done = [_rewrite(node, name, names, found[name]) for name in (progress or Silence()).track(wanted, node.name, len(wanted))]
    _complete(node)
    return done


def _rewrite(node: Node, old: str, gone: frozenset[str], removed: int) -> Rewritten:
    stored = node.genomes.batch(old)
    note = f"{removed} genomes that may no longer be kept were removed on {node.now[:10]}"
    with node.genomes.incoming() as folder:
        write_without(folder, stored, gone)
        with node.ledger.deed(Deed.GENOMES_COMPACTED, "", actor=node.settings.actor, time=node.now, details={}) as entry:
            if old not in {b.batch_id for b in node.genomes.batches()}:  # the ledger is locked here, so this stays true
                raise Conflict(f"{old} was rewritten meanwhile", where=str(node.folder), remedy="run the command again")
            new, line = node.genomes.next_id(), (*node.genomes.replaced_by(old), old)
            entry["object"] = deed_object(old, new)
            entry["details_hash"] = seal(folder, renewed_manifest(stored, new, line, note, node.now))
            node.genomes.admit(folder, new)
    return Rewritten(old, new, removed, stored.info.samples - removed)


def deed_object(old: str, new: str) -> str:
    """How the ledger names the rewriting of one batch as another."""
    return f"{old} -> {new}"


def _complete(node: Node) -> None:
    """Write down a rewriting that stands without a row, and remove what was replaced."""
    for batch_id, seal_ in node.genomes.seals().items():
        if line := node.genomes.replaced_by(batch_id):
            record_if_missing(node, Deed.GENOMES_COMPACTED, deed_object(line[-1], batch_id), seal_)
    node.genomes.remove_replaced()
