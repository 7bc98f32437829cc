"""Who is counted: freezing a counting epoch, and the cohort of a node in it."""

from __future__ import annotations

import hashlib
import hmac

from goe.acts.setting import Node, secret
from goe.rules.dataset import CountingEpoch
from goe.rules.events import Deed
from goe.rules.words import Assembly, Scope
from goe.store.countable import Countable
from goe.store.genomes.batch import BatchInfo
from goe.store.genomes.cohort import Person, Place, StoredCohort

Counted = frozenset[tuple[str, str]]
"""Who is counted in what: pairs of a sample and a batch."""


def consenting(node: Node) -> list[Countable]:
    """Every genome of somebody who may be counted today: permitted, let in by the gate, not clinical."""
    from goe.acts.judged import countable_people  # with a database library, which whoever counts everybody does without

    people = countable_people(node)
    return [c for c in node.countable(Scope.ALLELE_FREQUENCY) if c.participant_id in people]


def changed_people(before: Counted, now: Counted) -> int:
    """People who joined, left, or are counted in other batches than before: a new batch changes everybody in it."""
    return len({sample for sample, _ in before ^ now})


def take_epoch(node: Node, counted: Counted, data_set_id: str) -> CountingEpoch:
    """The counting epoch of these people in these batches: the last of the data set where it is the same, else a new one.

    What may be asked of the people is decided before, by comparing with what was published; an epoch alone answers nothing.
    """
    last = node.registry.newest_epoch(data_set_id)
    if last and last[1] == counted:
        return last[0]
    key = secret(node.folder, "epoch")
    epoch = CountingEpoch(
        number=node.registry.newest_number() + 1,
        digest=hmac.new(key, "\n".join(" ".join(pair) for pair in sorted(counted)).encode(), hashlib.sha256).hexdigest(),
        people=len({sample for sample, _ in counted}),
    )
    details = {"epoch": epoch.number, "digest": epoch.digest}
    with node.ledger.deed(Deed.EPOCH_TAKEN, f"epoch {epoch.number}", actor=node.settings.actor, time=node.now, details=details):
        node.registry.add_epoch(epoch, counted, data_set_id)
    return epoch


def of_batches(counted: Counted, batches: list[BatchInfo]) -> Counted:
    """The pairs that are in these batches."""
    names = {b.batch_id for b in batches}
    return frozenset(pair for pair in counted if pair[1] in names)


def people_in(counted: Counted, batches: list[BatchInfo]) -> frozenset[str]:
    """The samples counted in some of these batches."""
    names = {b.batch_id for b in batches}
    return frozenset(sample for sample, batch in counted if batch in names)


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


def cohort(
    node: Node,
    batches: list[BatchInfo],
    people: list[Countable] | None,
    *,
    within: Place | None = None,
    in_targets: frozenset[str] = frozenset(),
) -> StoredCohort:
    """The node's cohort over these batches, of these people; None counts every genome of a registered person.

    Batches named in `in_targets` speak within their target regions alone.
    """
    known = node.countable(Scope.ALLELE_FREQUENCY) if people is None else people
    counted = {c.genome: Person(c.participant_id, node.name, c.letter, c.region, category=c.category) for c in known}
    return StoredCohort.of([node.genomes.batch(b.batch_id) for b in batches], counted, within, in_targets)


def registered(node: Node, samples: frozenset[str]) -> list[Countable]:
    """The registered genomes of these samples."""
    return [c for c in node.countable(Scope.ALLELE_FREQUENCY) if c.sample_id in samples]
