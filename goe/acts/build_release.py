"""Building the release of a nation: count, apply the disclosure rules, write the table, sign the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import goe
from goe.acts.count import (
    Counted,
    changed_people,
    cohort,
    of_batches,
    people_in,
    registered,
    take_epoch,
)
from goe.acts.products import Product, batches_of, clinical, countable, reference, register
from goe.acts.progress import Progress, Silence
from goe.acts.recorded import record_if_missing
from goe.acts.release_table import frequency_table
from goe.acts.setting import Installation, Node
from goe.errors import BadInput, Conflict
from goe.rules.dataset import ClinicalDataSet
from goe.rules.disclosure import Floors, may_take_new_epoch
from goe.rules.events import Deed
from goe.rules.words import Assembly
from goe.signing import digest, sign
from goe.store.genomes.batch import BatchInfo
from goe.store.release import (
    MANIFEST,
    TABLE,
    VERSION,
    Releases,
    file_list,
    read_body,
    version_order,
    write_document,
    write_table,
)


@dataclass(frozen=True)
class Built:
    """A release that stands, and whether it was made now."""

    folder: Path
    version: str
    assembly: Assembly
    new: bool
    variants: int
    people: int
    left_out: Mapping[str, str]


def build_release(node: Node, assembly: Assembly, *, version: str | None = None, progress: Progress | None = None) -> Built:
    """Count everyone who consents, over all batches of one assembly that can be verified, and publish the table.

    Where the newest release already counts the same people over the same batches, that one stands. Raises BadInput where there
    is nothing to count, Conflict where the version cannot be used or the people differ too little from a published release.
    """
    return _build(node, reference(node), assembly, version, progress or Silence())


def build_clinical_release(
    node: Node, assembly: Assembly, *, version: str | None = None, progress: Progress | None = None
) -> Built:
    """The same for the clinical special category, which is counted and published apart and never added to Europe."""
    return _build(node, clinical(node), assembly, version, progress or Silence())


def _build(node: Node, product: Product, assembly: Assembly, version: str | None, progress: Progress) -> Built:
    batches, left_out = batches_of(node, product, assembly)
    if not batches:
        raise BadInput(
            f"no batch of {assembly} can be counted for {product.population}",
            expected="a batch with verified reference alleles that holds people who may be counted",
            where="; ".join([str(node.folder), *(f"{name}: {why}" for name, why in left_out.items())]),
        )
    everybody = countable(node, product)
    members = of_batches(everybody, batches)
    check_people(node, product, assembly, members)
    known = known_versions(node, product.releases, product.deed, assembly)
    newest = product.releases.versions(assembly)[-1:]
    if newest and version in (None, newest[0]) and _published(node, product, assembly, newest[0]) == members:
        return _standing(node, product, assembly, newest[0], left_out)
    version = next_version(known, version, node.clock().year, f"{assembly} of {product.population}")
    progress.say(f"{product.population}: counting {assembly} over {len(batches)} batch(es)")
    counted = cohort(node, batches, registered(node, people_in(members, batches)), in_targets=product.in_targets(batches))
    table, people = frequency_table(node, product, counted)
    register(node, product.data_set)
    epoch = take_epoch(node, everybody, product.data_set.data_set_id)
    deed = node.ledger.deed(product.deed, f"{assembly} {version}", actor=node.settings.actor, time=node.now, details={})
    with deed as entry, product.releases.writing(assembly, version) as folder:
        write_table(folder / TABLE, table)
        body: dict[str, Any] = {
            "nation": node.name,
            "release": version,
            "assembly": assembly.value,
            **_data_set_lines(product),
            "epoch": {"number": epoch.number, "digest": epoch.digest},
            "people": _shown_people(people, product.floors, product.population),
            "variants": table.num_rows // len(table["population"].unique()) if table.num_rows else 0,
            "synthetic": any(b.synthetic for b in batches),
            "batches": [_batch_line(b) for b in batches],
            "left_out": [{"batch": name, "reason": reason} for name, reason in left_out.items()],
            "files": file_list(folder, [TABLE]),
            "software": f"goe {goe.__version__}",
        }
        write_document(folder / MANIFEST, sign(product.manifest, body, key=node.key, issued=node.now))
        entry["details_hash"] = digest(body)
    counted_people = people[product.population]
    return Built(product.releases.path(assembly, version), version, assembly, True, body["variants"], counted_people, left_out)


def _data_set_lines(product: Product) -> dict[str, Any]:
    """What the manifest says of the data set; of the special category also what it is and what access to it asks."""
    data_set = product.data_set
    found: dict[str, Any] = {
        "data_set": data_set.data_set_id,
        "data_set_version": data_set.version,
        "disclosure_class": data_set.disclosure_class.value,
        "floor": product.floors.cell,
    }
    if isinstance(data_set, ClinicalDataSet):
        found |= {
            "data_set_kind": data_set.kind,
            "population": product.population,
            "access": {
                "visa": data_set.data_set_id,
                "terms": f"only holders of a visa for {data_set.data_set_id}; never added to a reference or to Europe",
            },
            "cohorts": [
                {"cohort": c.cohort_id, "target": c.target, "target_bed": c.target_bed}
                for c in sorted(product.cohorts.values(), key=lambda c: c.cohort_id)
            ],
        }
    return found


def check_people(node: Node, product: Product, assembly: Assembly, members: Counted) -> None:
    """Raise Conflict where too few people would be counted, or nearly the same people as in a release that was published.

    Whoever holds two releases over almost the same people can subtract them; positions can be lifted from one assembly to the
    other, so that holds across assemblies too. A release over exactly the same people answers nothing new.
    """
    people, floors = frozenset(sample for sample, _ in members), product.floors
    if len(people) < floors.group:
        raise Conflict(
            f"{len(people)} people would be counted",
            expected=f"at least {floors.group} in this disclosure class",
            where=str(node.folder),
            remedy="build the release when more people have joined",
        )
    for other in map(Assembly, product.releases.assemblies()):
        for version in product.releases.versions(other):
            before = _published(node, product, other, version)
            changed = changed_people(before, members) if other == assembly else len(people ^ {sample for sample, _ in before})
            if not may_take_new_epoch(changed, floors):
                raise Conflict(
                    f"the people differ by {changed} from those of release {other} {version}",
                    expected=f"by none, or by at least {floors.change}, so that none can be told apart",
                    where=str(node.folder),
                    remedy="build the release when more people have joined, or import the missing genomes of both assemblies",
                )


def _published(node: Node, product: Product, assembly: Assembly, version: str) -> Counted:
    """Who was counted in what, in a release of this node."""
    body = read_body(product.releases.path(assembly, version) / MANIFEST)
    of_assembly = [b for b in node.genomes.batches() if b.assembly == assembly]
    pairs = node.registry.epoch_pairs(int(body["epoch"]["number"]))
    today = node.genomes.successors()  # a batch that was rewritten without some genomes is the same batch for the others
    return of_batches(frozenset((sample, today.get(batch, batch)) for sample, batch in pairs), of_assembly)


def _standing(node: Node, product: Product, assembly: Assembly, version: str, left_out: Mapping[str, str]) -> Built:
    """The release that is there already; a killed run may have left it out of the ledger, where it is now written."""
    folder = product.releases.path(assembly, version)
    body = read_body(folder / MANIFEST)
    record_if_missing(node, product.deed, f"{assembly} {version}", digest(body))
    return Built(folder, version, assembly, False, body["variants"], body["people"].get(product.population) or 0, left_out)


def known_versions(installation: Installation, releases: Releases, deed: Deed, assembly: Assembly) -> list[str]:
    """Versions that are there, and those that the ledger says were: a name that was published is never used again."""
    written = [row["object"].split(" ") for row in installation.ledger.rows() if row["verb"] == deed]
    gone = {version for name, version in written if name == assembly.value}
    return sorted(gone | set(releases.versions(assembly)), key=version_order)


def next_version(known: list[str], wanted: str | None, year: int, what: str) -> str:
    """The name of the next release: the one wanted, or <year>.<number>. Raises BadInput or Conflict for one that cannot be."""
    if wanted is None:
        numbers = [version_order(v)[1] for v in known if version_order(v)[0] == year and len(version_order(v)) == 2]
        return f"{year}.{max(numbers, default=0) + 1}"
    if not VERSION.fullmatch(wanted):
        raise BadInput(f"the version is {wanted!r}", expected="numbers and dots, for example 2026.1", where="--version")
    if known and version_order(wanted) <= version_order(known[-1]):
        raise Conflict(
            f"release {wanted} of {what} cannot be built: {known[-1]} exists, and a release is never changed",
            expected=f"a version after {known[-1]}",
            where="--version",
            remedy="choose another --version, or none",
        )
    return wanted


def _batch_line(batch: BatchInfo) -> dict[str, Any]:
    return {"batch": batch.batch_id, "label": batch.label, "pipeline": batch.pipeline, "synthetic": batch.synthetic}


def _shown_people(people: Mapping[str, int], floors: Floors, nation: str) -> dict[str, int | None]:
    """Sizes of the populations that have anybody; null below the least group, and for every sex where one is below it."""
    present = {name: number for name, number in people.items() if number}
    small = any(number < floors.group for name, number in present.items() if name != nation)
    return {n: None if number < floors.group or (small and n != nation) else number for n, number in present.items()}
