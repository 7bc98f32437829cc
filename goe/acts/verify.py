"""Finding damage: releases that are not as they were signed, batches that are not as they were written, a broken ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from goe.acts.combine_europe import add_up, receive
from goe.acts.setting import Hub, Installation, Node, Root, open_place, secret
from goe.errors import GoeError
from goe.rules.events import Deed
from goe.rules.words import Assembly
from goe.signing import digest, verify
from goe.store import release as store


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: where, what, and what is wrong (nothing, where it is whole)."""

    place: str
    subject: str
    faults: tuple[str, ...] = ()


def verify_releases(installation: Installation) -> list[Finding]:
    """Every release of a node or hub: signature, files, the ledger's word, and for Europe that it is the sum of its nations."""
    return [finding for shelf in _shelves(installation) for finding in _verify_shelf(installation, shelf)]


@dataclass(frozen=True)
class Shelf:
    """Releases of one kind at a place: the folder, the type that they are signed as, and the deed that made them."""

    name: str
    releases: store.Releases
    manifest: str
    deed: Deed


def _shelves(installation: Installation) -> list[Shelf]:
    if not isinstance(installation, Node):
        return [Shelf("release", installation.releases, store.EUROPE_MANIFEST, Deed.EUROPE_COMBINED)]
    return [
        Shelf("release", installation.releases, store.NATION_MANIFEST, Deed.RELEASE_BUILT),
        Shelf("clinical release", installation.clinical_releases, store.CLINICAL_MANIFEST, Deed.CLINICAL_RELEASE_BUILT),
    ]


def _verify_shelf(installation: Installation, shelf: Shelf) -> list[Finding]:
    there = [(a, v) for a in shelf.releases.assemblies() for v in shelf.releases.versions(a)]
    found = [
        _look(installation, f"{shelf.name} {a} {v}", partial(release_faults, installation, shelf.releases.path(a, v), a, shelf))
        for a, v in there
    ]
    return [*found, *_gone(installation, shelf, {f"{a} {v}" for a, v in there})]


def release_faults(installation: Installation, folder: Path, assembly: str, shelf: Shelf) -> list[str]:
    """What is wrong with one release; empty where all holds. Raises Damaged at what cannot be read or is not signed."""
    kind = shelf.manifest
    trusted = {installation.name: installation.public_keys}
    document = store.read_document(folder / store.MANIFEST)
    body = verify(document, kind=kind, trusted=trusted, where=str(folder / store.MANIFEST))
    faults = store.file_faults(folder, body["files"])
    if isinstance(installation, Hub) and not faults:
        faults += _sum_faults(installation, folder, Assembly(assembly), body["nations"])
    if _written(installation, shelf).get(f"{assembly} {folder.name}") != digest(body):
        faults.append("the manifest is not the one that the ledger knows")
    return faults


def _gone(installation: Installation, shelf: Shelf, there: set[str]) -> list[Finding]:
    """Releases that the ledger knows and the folder has not."""
    try:
        written = _written(installation, shelf)
    except GoeError:
        return []  # the ledger has a finding of its own
    missing = ("the ledger has it, the folder has not",)
    return [Finding(installation.name, f"{shelf.name} {name}", missing) for name in sorted(written.keys() - there)]


def _written(installation: Installation, shelf: Shelf) -> dict[str, str]:
    """Releases that the ledger knows, with the hash of their manifests."""
    return {row["object"]: row["details_hash"] for row in installation.ledger.rows() if row["verb"] == shelf.deed}


def _look(installation: Installation, subject: str, faults: Callable[[], Iterable[str]]) -> Finding:
    """A finding; what cannot be looked at is a fault, and the rest is looked at all the same."""
    try:
        return Finding(installation.name, subject, tuple(faults()))
    except GoeError as error:
        return Finding(installation.name, subject, (str(error),))


def _sum_faults(hub: Hub, folder: Path, assembly: Assembly, nations: Mapping[str, Any]) -> list[str]:
    """Whether the European table is the sum of the nations' signed tables."""
    answering = {code: line for code, line in nations.items() if line["answered"]}
    parts = [receive(hub, code, folder / store.NATIONS / code, assembly) for code in answering]
    swapped = [p.nation for p in parts if p.document["hash"] != answering[p.nation]["manifest"]]
    if swapped:
        return [f"the part of {code} is not the one that was added up" for code in swapped]
    summed = add_up([store.read_table(p.folder / store.TABLE) for p in parts])
    order = [(name, "ascending") for name in (*store.KEY, "population")]
    there, made = (
        t.select(store.SCHEMA.names).sort_by(order).combine_chunks() for t in (store.read_table(folder / store.TABLE), summed)
    )
    return [] if pa.Table.equals(there, made) else ["the European table is not the sum of the nations' tables"]


def check(folder: Path) -> list[Finding]:
    """The health of a root, hub or node: settings, keys, databases, ledger, genomes, releases."""
    place = open_place(folder)
    installations = [place.hub, *place.nodes.values()] if isinstance(place, Root) else [place]
    return [finding for installation in installations for finding in _check(installation)]


def _check(installation: Installation) -> list[Finding]:
    findings = [_settings(installation), _keys(installation), verify_ledger(installation)]
    if isinstance(installation, Node):
        findings += [_registry(installation), verify_genomes(installation)]
    return [*findings, *verify_releases(installation)]


def _settings(installation: Installation) -> Finding:
    """Settings that are not set are named; only a wrong one, which cannot be read at all, is a fault."""
    unset = [name for name, value in vars(installation.settings).items() if not value]
    return Finding(installation.name, f"settings ({'not set: ' + ', '.join(unset) if unset else 'all set'})")


def _keys(installation: Installation) -> Finding:
    return _look(installation, "keys", partial(_key_faults, installation))


def _key_faults(installation: Installation) -> Iterator[str]:
    for name in ("signing", "epoch"):
        secret(installation.folder, name)
    if installation.key.public != installation.public_key:
        yield "signing.pub is not the public half of signing.key"


def verify_ledger(installation: Installation) -> Finding:
    """Whether the ledger's chain of hashes holds."""
    try:
        fault = installation.ledger.first_fault()
        rows = len(installation.ledger.rows())
    except GoeError as error:
        return Finding(installation.name, "ledger", (str(error),))
    return Finding(installation.name, f"ledger, {rows} rows", (f"row {fault.seq}: {fault.reason}",) if fault else ())


def _registry(node: Node) -> Finding:
    try:
        sizes = node.registry.sizes()
    except GoeError as error:
        return Finding(node.name, "registry", (str(error),))
    return Finding(node.name, "registry, " + ", ".join(f"{number} {name} rows" for name, number in sizes.items()))


def verify_genomes(node: Node) -> Finding:
    """Whether every batch is as it was written: its files by its manifest, and the manifest by the ledger."""
    try:
        faults = [f"{batch}: {fault}" for batch, listed in node.genomes.faults().items() for fault in listed]
        written = _batches_written(node)
        found = node.genomes.seals()
    except GoeError as error:
        return Finding(node.name, "genomes", (str(error),))
    faults += [f"{batch}: the ledger has it, the store has not" for batch in sorted(written.keys() - found)]
    faults += [
        f"{batch}: manifest.json is not the one that the ledger knows" for batch in found if found[batch] != written.get(batch)
    ]
    return Finding(node.name, f"genomes, {len(found)} batches", tuple(faults))


def _batches_written(node: Node) -> dict[str, str]:
    """Batches that the ledger knows and that stand, with the hash of their manifests: one that was rewritten has a new name."""
    written: dict[str, str] = {}
    for row in node.ledger.rows():
        if row["verb"] == Deed.GENOMES_IMPORTED:
            written[row["object"]] = row["details_hash"]
        elif row["verb"] == Deed.GENOMES_COMPACTED:
            old, new = row["object"].split(" -> ")
            written.pop(old, None)
            written[new] = row["details_hash"]
    return written
