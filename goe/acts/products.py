"""What a nation publishes: its reference, and its clinical special category, each a product of its own.

The two never mix: their people are of different cohorts, their data sets of different types, their releases lie in different
folders and are signed as documents of different types, so that nobody can take one for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from goe.acts.count import Counted, consenting, releasable
from goe.acts.judged import cohorts, permitted_people
from goe.acts.setting import Node
from goe.rules.cohort import ClinicalCohort, clinical_population
from goe.rules.dataset import ClinicalDataSet, DataSet
from goe.rules.disclosure import FLOORS, Floors
from goe.rules.events import Deed
from goe.rules.words import Assembly, Scope
from goe.store.countable import Countable
from goe.store.genomes.batch import BatchInfo, StoredBatch
from goe.store.release import CLINICAL_MANIFEST, NATION_MANIFEST, Releases

NOBODY = "nobody in it is counted in this data set"
NO_TARGETS = "it holds exomes, and was not imported with their target regions"
PER_GENOME = "it holds exomes in gVCF files, which say of each genome where it was read, not where the targets lie"


@dataclass(frozen=True)
class Product:
    """One of the two: who is counted, for which data set, under which label, and where and how it is published.

    `sexes` says whether women and men are shown apart. `cohorts` are those of the special category, empty for a reference.
    """

    population: str
    data_set: DataSet
    people: tuple[Countable, ...]
    releases: Releases
    manifest: str
    deed: Deed
    sexes: bool = True
    cohorts: Mapping[str, ClinicalCohort] = field(default_factory=dict)

    @property
    def floors(self) -> Floors:
        """The least numbers of its disclosure class."""
        return FLOORS[self.data_set.disclosure_class]

    def in_targets(self, batches: list[BatchInfo]) -> frozenset[str]:
        """The batches counted within their target regions alone: those imported with the regions of an exome cohort."""
        beds = {c.target_bed for c in self.cohorts.values() if c.target == "WES"}
        return frozenset(b.batch_id for b in batches if beds & {digest for _, digest in b.inputs})


def reference(node: Node) -> Product:
    """The nation's reference: citizens as they come."""
    people = tuple(consenting(node))
    return Product(node.name, node.registry.data_set(), people, node.releases, NATION_MANIFEST, Deed.RELEASE_BUILT)


def clinical(node: Node) -> Product:
    """The nation's clinical special category; its class is the reference's until its data set is registered."""
    people, cohorts = _permitted(node)
    data_set = node.registry.clinical_data_set() or ClinicalDataSet(
        f"GOE-{node.name}-DATASET-2", 1, node.registry.data_set().disclosure_class
    )
    return Product(
        clinical_population(node.name),
        data_set,
        tuple(people),
        node.clinical_releases,
        CLINICAL_MANIFEST,
        Deed.CLINICAL_RELEASE_BUILT,
        sexes=False,
        cohorts=cohorts,
    )


def _permitted(node: Node) -> tuple[list[Countable], dict[str, ClinicalCohort]]:
    """Every genome of the clinical special category whose person may be counted in it today, and the category's cohorts.

    The consent, its scope and the gate are those of the reference.
    """
    special = {name: c for name, c in cohorts(node).items() if isinstance(c, ClinicalCohort)}
    people = {person for person, cohort in permitted_people(node).items() if cohort in special}
    return [c for c in node.countable(Scope.ALLELE_FREQUENCY) if c.participant_id in people], special


def register(node: Node, data_set: DataSet) -> None:
    """Register the data set of the special category before it is first published; that of the reference is there always."""
    if not isinstance(data_set, ClinicalDataSet) or node.registry.clinical_data_set() is not None:
        return
    name, details = data_set.data_set_id, {"kind": data_set.kind, "class": data_set.disclosure_class.value}
    with node.ledger.deed(Deed.PROVIDER_RECORDED, name, actor=node.settings.actor, time=node.now, details=details):
        node.registry.add_data_set(data_set)


def batches_of(node: Node, product: Product, assembly: Assembly) -> tuple[list[BatchInfo], dict[str, str]]:
    """The batches of an assembly that a release of this product counts, and why each other one is left out."""
    here = [b for b in node.genomes.batches() if b.assembly == assembly]
    known = {c.genome: c for c in product.people}
    faults = {b.batch_id: _fault(product, node.genomes.batch(b.batch_id), known) for b in here}
    fit, left_out = releasable([b for b in here if not faults[b.batch_id]], assembly)
    return fit, {name: fault for name, fault in faults.items() if fault} | left_out


def _fault(product: Product, batch: StoredBatch, known: Mapping[str, Countable]) -> str:
    """Why a batch is not counted in a product; empty where nothing speaks against it."""
    people = [known[name] for name in batch.samples if name in known]
    if not people:
        return NOBODY
    cohorts = (product.cohorts.get(c.cohort_id) for c in people)
    beds = {c.target_bed for c in cohorts if c is not None and c.target == "WES"}
    if beds - {digest for _, digest in batch.info.inputs}:
        return NO_TARGETS
    return PER_GENOME if beds and not batch.callable.has_targets else ""


def countable(node: Node, product: Product) -> Counted:
    """Every genome that may be counted today: in a batch fit for a release, of somebody who may be counted."""
    sample_of = {c.genome: c.sample_id for c in product.people}
    fit = [b for assembly in Assembly for b in batches_of(node, product, assembly)[0]]
    return frozenset(
        (sample_of[genome], b.batch_id) for b in fit for genome in node.genomes.batch(b.batch_id).samples if genome in sample_of
    )
