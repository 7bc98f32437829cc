"""Finding damage: releases that are not as they were signed, batches that are not as they were written, a broken ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from goe.acts.combine_europe import add_up, receive
from goe.acts.setting import Hub, Installation, Node, Root, open_place, secret
from goe.errors import GoeError
from goe.rules.events import Deed
from goe.rules.words import Assembly
from goe.signing import verify
from goe.store import release as store


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: where, what, and what is wrong (nothing, where it is whole)."""

    place: str
    subject: str
    faults: tuple[str, ...] = ()


def verify_releases(installation: Installation) -> list[Finding]:
    """Every release of a node or hub: signature, files, and for Europe that it is the sum of its nations."""
    found = []
    for assembly in installation.releases.assemblies():
        for version in installation.releases.versions(assembly):
            folder = installation.releases.path(assembly, version)
            faults = release_faults(installation, folder, Assembly(assembly))
            found.append(Finding(installation.name, f"release {assembly} {version}", tuple(faults)))
    return found


def release_faults(installation: Installation, folder: Path, assembly: Assembly) -> list[str]:
    """What is wrong with one release; empty where all holds."""
    kind = store.EUROPE_MANIFEST if isinstance(installation, Hub) else store.NATION_MANIFEST
    trusted = {installation.name: [installation.public_key]}
    try:
        document = store.read_document(folder / store.MANIFEST)
        body = verify(document, kind=kind, trusted=trusted, where=str(folder / store.MANIFEST))
        faults = store.file_faults(folder, body["files"])
        if isinstance(installation, Hub) and not faults:
            faults = _sum_faults(installation, folder, assembly, [c for c, n in body["nations"].items() if n["answered"]])
    except GoeError as error:
        return [str(error)]
    return faults


def _sum_faults(hub: Hub, folder: Path, assembly: Assembly, nations: list[str]) -> list[str]:
    """Whether the European table is the sum of the nations' signed tables."""
    parts = [receive(hub, code, folder / store.NATIONS / code, assembly) for code in nations]
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
    faults = []
    for name in ("signing", "epoch"):
        try:
            secret(installation.folder, name)
        except GoeError as error:
            faults.append(str(error))
    if not faults and installation.key.public != installation.public_key:
        faults.append("signing.pub is not the public half of signing.key")
    return Finding(installation.name, "keys", tuple(faults))


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
        written = {row["object"]: row["details_hash"] for row in node.ledger.rows() if row["verb"] == Deed.GENOMES_IMPORTED}
        found = node.genomes.seals()
    except GoeError as error:
        return Finding(node.name, "genomes", (str(error),))
    faults += [f"{batch}: the ledger has it, the store has not" for batch in sorted(written.keys() - found)]
    faults += [
        f"{batch}: manifest.json is not the one that the ledger knows" for batch in found if found[batch] != written.get(batch)
    ]
    return Finding(node.name, f"genomes, {len(found)} batches", tuple(faults))
