"""Who is counted: freezing a counting epoch, and the cohort of a node in it."""

from __future__ import annotations

import hashlib
import hmac

from goe.acts.setting import Node, secret
from goe.errors import BadInput, Conflict
from goe.rules.consent import permits
from goe.rules.dataset import CountingEpoch
from goe.rules.disclosure import FLOORS, may_take_new_epoch
from goe.rules.events import Deed
from goe.rules.words import Assembly, Scope
from goe.store.genomes.batch import BatchInfo
from goe.store.genomes.cohort import Person, StoredCohort


def consenting_samples(node: Node) -> frozenset[str]:
    """Samples of registered participants who consent today to being counted in frequencies."""
    consents, today = node.registry.consents(), node.clock().date()
    people = {p for p, history in consents.items() if permits(history, Scope.ALLELE_FREQUENCY, today).permitted}
    return frozenset(sample for sample, person in node.registry.links().items() if person in people)


def take_epoch(node: Node) -> CountingEpoch:
    """The counting epoch of today: the last one where nobody joined or left, else a new one, written in the ledger.

    Raises Conflict where fewer people changed than the disclosure class asks for: the same questions would be answered on
    nearly the same people, and the difference would be theirs. Raises BadInput where nobody may be counted.
    """
    samples = consenting_samples(node)
    if not samples:
        raise BadInput("nobody may be counted", expected="participants with the allele-frequency scope", where=str(node.folder))
    last = node.registry.newest_epoch()
    changed = len(samples ^ last[1]) if last else 0
    if last and changed == 0:
        return last[0]
    data_set = node.registry.data_set()
    floors = FLOORS[data_set.disclosure_class]
    if last and not may_take_new_epoch(changed, floors):
        raise Conflict(
            f"{changed} people joined or left since epoch {last[0].number}",
            expected=f"at least {floors.change} in class {data_set.disclosure_class}, so that none can be told apart",
            where=str(node.folder),
        )
    key = secret(node.folder, "epoch")
    epoch = CountingEpoch(
        number=last[0].number + 1 if last else 1,
        digest=hmac.new(key, "\n".join(sorted(samples)).encode(), hashlib.sha256).hexdigest(),
        people=len(samples),
    )
    details = {"epoch": epoch.number, "digest": epoch.digest}
    with node.ledger.deed(Deed.EPOCH_TAKEN, f"epoch {epoch.number}", actor=node.settings.actor, time=node.now, details=details):
        node.registry.add_epoch(epoch, samples, data_set.data_set_id)
    return epoch


def releasable(batches: list[BatchInfo], assembly: Assembly) -> tuple[list[BatchInfo], dict[str, str]]:
    """The batches of an assembly that a release counts, and why each other one is left out.

    Real and synthetic genotypes are never added up: synthetic batches count only where a node has nothing else.
    """
    here = [b for b in batches if b.assembly == assembly]
    left_out = {b.batch_id: b.release_fault for b in here if b.release_fault}
    fit = [b for b in here if not b.release_fault]
    if any(not b.synthetic for b in fit):
        left_out |= {b.batch_id: "synthetic genotypes, kept apart from real ones" for b in fit if b.synthetic}
        fit = [b for b in fit if not b.synthetic]
    return fit, left_out


def cohort(node: Node, batches: list[BatchInfo], samples: frozenset[str] | None) -> StoredCohort:
    """The node's cohort over these batches. `samples` are those counted; None counts every genome of a registered person."""
    links = node.registry.links()
    counted = {
        genome: Person(links[s.sample_id], node.name, s.karyotype.letter)
        for genome, s in node.registry.samples().items()
        if s.sample_id in links and (samples is None or s.sample_id in samples)
    }
    return StoredCohort([node.genomes.batch(b.batch_id) for b in batches], counted)
