"""What a node published of its clinical special category; no look-up and no page reads it."""

from __future__ import annotations

from dataclasses import dataclass

from goe.acts.setting import Node
from goe.errors import Damaged
from goe.signing import verify
from goe.store.release import CLINICAL_MANIFEST, MANIFEST, file_faults, read_document


@dataclass(frozen=True)
class ClinicalRelease:
    """One release of the special category. `people` is None below the floor; `visa` is the data set that a visa must name."""

    assembly: str
    release: str
    population: str
    people: int | None
    signed: str
    variants: int
    disclosure_class: str
    visa: str


def clinical_releases(node: Node) -> tuple[ClinicalRelease, ...]:
    """The newest release of each assembly, verified. Raises Damaged where signature or files do not hold."""
    shelf = node.clinical_releases
    return tuple(_release(node, assembly, shelf.versions(assembly)[-1]) for assembly in shelf.assemblies())


def _release(node: Node, assembly: str, version: str) -> ClinicalRelease:
    folder = node.clinical_releases.path(assembly, version)
    where, document = str(folder / MANIFEST), read_document(folder / MANIFEST)
    body = verify(document, kind=CLINICAL_MANIFEST, trusted={node.name: node.public_keys}, where=where)
    if faults := file_faults(folder, body["files"]):
        raise Damaged("; ".join(faults), where=str(folder), remedy="restore the release from a copy")
    population = body["population"]
    return ClinicalRelease(
        assembly,
        body["release"],
        population,
        body["people"].get(population),
        str(document["issued"])[:10],
        body["variants"],
        body["disclosure_class"],
        body["access"]["visa"],
    )
